//! `actor rotate-key`: a new key, announced by the old one so that no server loses the letter.

use serde_json::{Value, json};

use crate::{
    both::on_both_databases,
    support::{
        fediverse::{Delivery, FakeServer},
        program::{Program, eventually},
        world::{Audience, Person, World},
    },
};

on_both_databases!(
    one_update_makes_the_new_key_known,
    every_replica_takes_the_new_key_and_keeps_it,
    the_instance_actor_gets_another_key_and_nobody_is_told,
    without_confirmation_nothing_is_changed,
);

/// The public key that an actor shows.
async fn shown_key(letter: &Program, actor: &str) -> Value {
    letter.document(actor).await["publicKey"].clone()
}

fn rotate(letter: &Program) -> Value {
    letter.json(&["actor", "rotate-key", "--yes"])
}

fn edit(letter: &Program, words: &str) {
    letter.edit_file(|text| format!("{text}\n\n{words}\n"));
    let published = letter.command(&["letter", "publish", "--kind", "substantive"]);
    assert_eq!(published.code, 0, "{}", published.stderr);
}

/// What arrived of this kind and about this object.
fn updates(peer: &FakeServer, object: &str) -> Vec<Delivery> {
    let updates = peer.deliveries("Update").into_iter();
    updates
        .filter(|delivery| delivery.activity["object"]["id"] == object)
        .collect()
}

async fn updated(peer: &FakeServer, object: &str, n: usize) -> Vec<Delivery> {
    eventually("an Update", async || {
        let taken = updates(peer, object);
        let taken: Vec<_> = taken.into_iter().filter(|it| it.answer == 202).collect();
        (taken.len() >= n).then_some(taken)
    })
    .await
}

async fn follows(world: &World, peer: &FakeServer, person: &Person) {
    person.does(&person.follow()).await;
    eventually("the Accept", async || {
        let accepts = peer.deliveries("Accept");
        accepts.into_iter().find(|it| it.answer == 202)
    })
    .await;
    world.settle().await;
}

async fn one_update_makes_the_new_key_known(database: &str) {
    let world = World::new(database).await;
    // One server caches keys and never fetches them again; the other caches nothing.
    let forgetful = FakeServer::start();
    world.peer.remember_keys();
    let (ada, bo) = (
        world.person("Ada Lovelace"),
        world.person_on(&forgetful, "Bo Diddley", |_| ()),
    );
    follows(&world, &world.peer, &ada).await;
    follows(&world, &forgetful, &bo).await;
    let before = shown_key(&world.letter, "/actor").await;

    let said = rotate(&world.letter);
    assert_eq!(said["key"], "letter");
    assert_eq!(said["id"], before["id"]);
    assert_eq!(said["deliveries"], 2);
    let after = eventually("the new key", async || {
        let shown = shown_key(&world.letter, "/actor").await;
        (shown != before).then_some(shown)
    })
    .await;
    assert_eq!(
        (&after["id"], &after["owner"]),
        (&before["id"], &before["owner"])
    );

    let actor = ada.letters("/actor");
    for peer in [&world.peer, &forgetful] {
        let told = updated(peer, &actor, 1).await.remove(0);
        assert_eq!(told.verified, Ok(()));
        assert_eq!(told.activity["object"]["publicKey"], after);
        assert_eq!(told.activity["actor"], actor);
    }
    // Everything after that is signed by the new key, which the first server knows from the Update alone.
    edit(&world.letter, "A comma.");
    let letter = ada.letters("/letter");
    for peer in [&world.peer, &forgetful] {
        assert_eq!(updated(peer, &letter, 1).await[0].verified, Ok(()));
    }
    ada.says("I sign.", Audience::Public).await;
    assert_eq!(world.delivered("Like").await.verified, Ok(()));
    world.settle().await;
    let attempts = updates(&world.peer, &actor);
    assert_eq!(attempts.len(), 1, "told more than once: {attempts:?}");
    let attempts = updates(&forgetful, &actor);
    let answers: Vec<_> = attempts.iter().map(|it| it.answer).collect();
    // The old key by either scheme first, then the new one; or the first attempt was faster than the server, which
    // still showed the old key.
    assert!(
        matches!(answers.as_slice(), [401, 401, 202] | [202]),
        "{answers:?}"
    );

    let audit = world.letter.json(&["audit", "list"]);
    assert_eq!(
        (&audit[1]["action"], &audit[1]["target"]),
        (&json!("actor.rotate-key"), &json!("letter"))
    );
}

async fn every_replica_takes_the_new_key_and_keeps_it(database: &str) {
    let mut world = World::new(database).await;
    let mut other = world.letter.another();
    other.serve().await;
    world.peer.remember_keys();
    let ada = world.person("Ada Lovelace");
    follows(&world, &world.peer, &ada).await;
    let before = shown_key(&other, "/actor").await;
    rotate(&world.letter);
    let mut keys = Vec::new();
    for letter in [&world.letter, &other] {
        let shown = eventually("the new key", async || {
            let shown = shown_key(letter, "/actor").await;
            (shown != before).then_some(shown)
        });
        keys.push(shown.await);
    }
    assert_eq!(keys[0], keys[1]);
    updated(&world.peer, &ada.letters("/actor"), 1).await;
    world.settle().await;

    // Each of the two servers, alone, signs with the new key, also after a restart.
    let letter = ada.letters("/letter");
    world.letter.stop().await;
    edit(&world.letter, "By another.");
    assert_eq!(updated(&world.peer, &letter, 1).await[0].verified, Ok(()));
    other.stop().await;
    world.letter.serve().await;
    edit(&world.letter, "Once more.");
    assert_eq!(updated(&world.peer, &letter, 2).await[1].verified, Ok(()));
    assert_eq!(shown_key(&world.letter, "/actor").await, keys[0]);
    assert_eq!(updates(&world.peer, &ada.letters("/actor")).len(), 1);
    let refused = world.peer.deliveries("Update");
    assert!(refused.iter().all(|it| it.answer == 202), "{refused:?}");
}

async fn the_instance_actor_gets_another_key_and_nobody_is_told(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    follows(&world, &world.peer, &ada).await;
    let before = shown_key(&world.letter, "/instance-actor").await;
    let letters = shown_key(&world.letter, "/actor").await;
    let said = world
        .letter
        .json(&["actor", "rotate-key", "--instance", "--yes"]);
    assert_eq!(
        (&said["key"], &said["deliveries"]),
        (&json!("instance"), &json!(0))
    );
    eventually("the new key", async || {
        let shown = shown_key(&world.letter, "/instance-actor").await;
        (shown != before).then_some(())
    })
    .await;
    assert_eq!(shown_key(&world.letter, "/actor").await, letters);
    assert!(world.peer.deliveries("Update").is_empty());
    // What the instance actor says is signed by the key that it shows.
    let follow = ada.activity("Follow", ada.letters("/instance-actor").into());
    ada.does(&follow).await;
    assert_eq!(world.delivered("Reject").await.verified, Ok(()));
}

async fn without_confirmation_nothing_is_changed(database: &str) {
    let world = World::new(database).await;
    let before = shown_key(&world.letter, "/actor").await;
    let printed = world.letter.command(&["actor", "rotate-key"]);
    assert_eq!(printed.code, 2, "{}", printed.stderr);
    for said in ["0 deliveries to 0 hosts", "--yes", "nothing was changed"] {
        assert!(printed.stderr.contains(said), "{}", printed.stderr);
    }
    assert_eq!(shown_key(&world.letter, "/actor").await, before);
    assert_eq!(
        world.letter.json(&["audit", "list"])[0]["action"],
        "letter.publish"
    );
}
