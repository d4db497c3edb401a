//! `actor rotate-key`: another key, and nobody who loses sight of the letter (F-44, F-350).

use serde_json::{Value, json};

use crate::{
    peer::{Delivery, Peer},
    scene::{Audience, Person, Scene},
    server::{Letter, eventually},
};

on_both_databases!(
    who_knows_the_old_key_learns_the_new_one_from_one_update,
    every_server_of_the_letter_takes_the_new_key_and_a_restart_keeps_it,
    the_instance_actor_gets_another_key_and_nobody_is_told,
    without_a_person_who_confirms_nothing_is_changed,
);

/// The public key that an actor shows.
async fn shown_key(letter: &Letter, actor: &str) -> Value {
    letter.document(actor).await["publicKey"].clone()
}

fn rotate(letter: &Letter) -> Value {
    letter.json(&["actor", "rotate-key", "--yes"])
}

fn edit(letter: &Letter, words: &str) {
    letter.edit_file(|text| format!("{text}\n\n{words}\n"));
    let published = letter.command(&["letter", "publish", "--kind", "typo"]);
    assert_eq!(published.code, 0, "{}", published.stderr);
}

/// What arrived of this kind and about this object.
fn updates(peer: &Peer, object: &str) -> Vec<Delivery> {
    let updates = peer.deliveries("Update").into_iter();
    updates
        .filter(|it| it.activity["object"]["id"] == object)
        .collect()
}

async fn updated(peer: &Peer, object: &str, n: usize) -> Vec<Delivery> {
    eventually("an Update", async || {
        let taken = updates(peer, object);
        let taken: Vec<_> = taken.into_iter().filter(|it| it.answer == 202).collect();
        (taken.len() >= n).then_some(taken)
    })
    .await
}

async fn follows(scene: &Scene, peer: &Peer, person: &Person) {
    person.does(&person.follow()).await;
    eventually("the Accept", async || {
        let accepts = peer.deliveries("Accept");
        accepts.into_iter().find(|it| it.answer == 202)
    })
    .await;
    scene.settle().await;
}

async fn who_knows_the_old_key_learns_the_new_one_from_one_update(database: &str) {
    let scene = Scene::new(database).await;
    // One remembers what it has seen, and asks nobody again; the other remembers nothing.
    let forgetful = Peer::start(scene.client.clone()).await;
    scene.peer.remember_keys();
    let (ada, bo) = (
        scene.person("Ada Lovelace"),
        scene.person_on(&forgetful, "Bo Diddley", |_| ()),
    );
    follows(&scene, &scene.peer, &ada).await;
    follows(&scene, &forgetful, &bo).await;
    let before = shown_key(&scene.letter, "/actor").await;

    let said = rotate(&scene.letter);
    assert_eq!(said["key"], "letter");
    assert_eq!(said["id"], before["id"]);
    assert_eq!(said["deliveries"], 2);
    let after = eventually("the new key", async || {
        let shown = shown_key(&scene.letter, "/actor").await;
        (shown != before).then_some(shown)
    })
    .await;
    assert_eq!(
        (&after["id"], &after["owner"]),
        (&before["id"], &before["owner"])
    );

    let actor = ada.letters("/actor");
    for peer in [&scene.peer, &forgetful] {
        let told = updated(peer, &actor, 1).await.remove(0);
        assert_eq!(told.verified, Ok(()));
        assert_eq!(told.activity["object"]["publicKey"], after);
        assert_eq!(told.activity["actor"], actor);
    }
    // Everything that follows is signed by the new key; who remembered the old one had no other source for it.
    edit(&scene.letter, "A comma.");
    let letter = ada.letters("/letter");
    for peer in [&scene.peer, &forgetful] {
        assert_eq!(updated(peer, &letter, 1).await[0].verified, Ok(()));
    }
    ada.says("I sign.", Audience::Public).await;
    assert_eq!(scene.delivered("Like").await.verified, Ok(()));
    scene.settle().await;
    let attempts = updates(&scene.peer, &actor);
    assert_eq!(attempts.len(), 1, "told more than once: {attempts:?}");
    let attempts = updates(&forgetful, &actor);
    let answers: Vec<_> = attempts.iter().map(|it| it.answer).collect();
    assert_eq!(
        answers,
        [401, 401, 202],
        "the old key by either scheme first, then the new one"
    );

    let audit = scene.letter.json(&["audit", "list"]);
    assert_eq!(
        (&audit[1]["action"], &audit[1]["target"]),
        (&json!("actor.rotate-key"), &json!("letter"))
    );
}

async fn every_server_of_the_letter_takes_the_new_key_and_a_restart_keeps_it(database: &str) {
    let mut scene = Scene::new(database).await;
    let mut other = scene.letter.another();
    other.serve().await;
    scene.peer.remember_keys();
    let ada = scene.person("Ada Lovelace");
    follows(&scene, &scene.peer, &ada).await;
    let before = shown_key(&other, "/actor").await;
    rotate(&scene.letter);
    let mut keys = Vec::new();
    for letter in [&scene.letter, &other] {
        let shown = eventually("the new key", async || {
            let shown = shown_key(letter, "/actor").await;
            (shown != before).then_some(shown)
        });
        keys.push(shown.await);
    }
    assert_eq!(keys[0], keys[1]);
    updated(&scene.peer, &ada.letters("/actor"), 1).await;
    scene.settle().await;

    // Each of the two, alone, signs with the new key: the one that was there before, and the one that is new.
    let letter = ada.letters("/letter");
    scene.letter.stop().await;
    edit(&scene.letter, "By another.");
    assert_eq!(updated(&scene.peer, &letter, 1).await[0].verified, Ok(()));
    other.stop().await;
    scene.letter.serve().await;
    edit(&scene.letter, "Once more.");
    assert_eq!(updated(&scene.peer, &letter, 2).await[1].verified, Ok(()));
    assert_eq!(shown_key(&scene.letter, "/actor").await, keys[0]);
    assert_eq!(updates(&scene.peer, &ada.letters("/actor")).len(), 1);
    let refused = scene.peer.deliveries("Update");
    assert!(refused.iter().all(|it| it.answer == 202), "{refused:?}");
}

async fn the_instance_actor_gets_another_key_and_nobody_is_told(database: &str) {
    let scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    follows(&scene, &scene.peer, &ada).await;
    let before = shown_key(&scene.letter, "/instance-actor").await;
    let letters = shown_key(&scene.letter, "/actor").await;
    let said = scene
        .letter
        .json(&["actor", "rotate-key", "--instance", "--yes"]);
    assert_eq!(
        (&said["key"], &said["deliveries"]),
        (&json!("instance"), &json!(0))
    );
    eventually("the new key", async || {
        let shown = shown_key(&scene.letter, "/instance-actor").await;
        (shown != before).then_some(())
    })
    .await;
    assert_eq!(shown_key(&scene.letter, "/actor").await, letters);
    assert!(scene.peer.deliveries("Update").is_empty());
    // What the instance actor says is signed by the key that it shows.
    let follow = ada.activity("Follow", ada.letters("/instance-actor").into());
    ada.does(&follow).await;
    assert_eq!(scene.delivered("Reject").await.verified, Ok(()));
}

async fn without_a_person_who_confirms_nothing_is_changed(database: &str) {
    let scene = Scene::new(database).await;
    let before = shown_key(&scene.letter, "/actor").await;
    let printed = scene.letter.command(&["actor", "rotate-key"]);
    assert_eq!(printed.code, 2, "{}", printed.stderr);
    for said in ["0 deliveries to 0 hosts", "--yes", "nothing was changed"] {
        assert!(printed.stderr.contains(said), "{}", printed.stderr);
    }
    assert_eq!(shown_key(&scene.letter, "/actor").await, before);
    assert_eq!(
        scene.letter.json(&["audit", "list"])[0]["action"],
        "letter.publish"
    );
}
