//! What somebody passes on that somebody else did: an id is taken, nothing else is believed (F-219).

use serde_json::{Value, json};
use undersigned::clock::{Clock as _, SystemClock};
use url::Url;

use crate::{
    careless::Draft,
    peer::Peer,
    scene::{Audience, Person, Scene},
    server::eventually,
};

on_both_databases!(
    what_is_passed_on_is_taken_and_not_believed,
    a_reply_that_is_passed_on_is_read_on_its_own_server,
    a_delete_that_is_passed_on_is_looked_into_twice,
    what_no_server_calls_gone_stays,
    what_a_group_wraps_is_read_on_its_own_server,
);

/// The path of an id.
pub(crate) fn path(id: &Value) -> String {
    Url::parse(id.as_str().unwrap()).unwrap().path().to_owned()
}

/// Somebody delivers what another did.
async fn passes_on(scene: &Scene, who: &Person, activity: &Value) {
    let draft = Draft::of(who, &who.key_id, activity, SystemClock.now());
    assert_eq!(draft.send(scene).await.unwrap(), 202, "{activity}");
}

/// Waits until the peer was asked so often for a path.
pub(crate) async fn asked(peer: &Peer, path: &str, times: usize) {
    let line = format!("GET {path}");
    eventually(&line, async || {
        let asked = peer.requests().iter().filter(|it| **it == line).count();
        (asked >= times).then_some(())
    })
    .await;
}

async fn what_is_passed_on_is_taken_and_not_believed(database: &str) {
    let scene = Scene::new(database).await;
    let elsewhere = Peer::start(scene.client.clone()).await;
    let ada = scene.person("Ada Lovelace");
    let bob = scene.person("Bob Carver");
    let eve = scene.person_on(&elsewhere, "Eve Moneypenny", |_| ());
    let note = ada.reply("I sign", Audience::Public);
    let boost = ada.activity("Announce", ada.letters("/letter").into());
    let ours = ada.letters("/posts/0123456789abcdef");
    for who in [&bob, &eve] {
        for activity in [
            ada.like(),
            ada.follow(),
            boost.clone(),
            ada.undo(&ada.like()),
            ada.activity("Block", ada.letters("/actor").into()),
            ada.delete_account(),
            // It stands nowhere, so nobody said it.
            ada.create(&note),
            ada.create(&json!(ours)),
            ada.delete(&note),
        ] {
            passes_on(&scene, who, &activity).await;
        }
    }
    // In another's name, with the own key.
    let mut like = ada.like();
    like["actor"] = eve.id.as_str().into();
    passes_on(&scene, &ada, &like).await;
    asked(&scene.peer, &path(&note["id"]), 1).await;
    assert_eq!((scene.endorsers().await, scene.followers().await), (0, 0));
    // The twins: each of these is effective when it is Ada's own, and none was remembered against her.
    ada.does(&ada.follow()).await;
    ada.does(&ada.create(&note)).await;
    assert_eq!((scene.endorsers().await, scene.followers().await), (1, 1));
    scene.assert_is_sound();
}

async fn a_reply_that_is_passed_on_is_read_on_its_own_server(database: &str) {
    let scene = Scene::new(database).await;
    let elsewhere = Peer::start(scene.client.clone()).await;
    let ada = scene.person("Ada Lovelace");
    let eve = scene.person_on(&elsewhere, "Eve Moneypenny", |_| ());
    let note = ada.reply("I sign", Audience::Public);
    scene.peer.put(&path(&note["id"]), note.clone());
    let mut forged = note.clone();
    forged["content"] = json!("<p>I sign. Buy my shoes!</p>");
    passes_on(&scene, &eve, &ada.create(&forged)).await;
    eventually("the signature", async || {
        (scene.endorsers().await == 1).then_some(())
    })
    .await;
    let endorsement = scene.endorsement(&ada);
    assert_eq!(endorsement["evidence"], "fetched");
    assert_eq!(endorsement["statement"], Value::Null);
    assert_eq!(endorsement["object"], note["id"]);
    // Delivered as well, it changes nothing.
    ada.does(&ada.create(&note)).await;
    assert_eq!(scene.endorsers().await, 1);
    // Passed on in the name of somebody who did not write it: its server says who did.
    let bob = scene.person("Bob Carver");
    let mut stolen = bob.create(&note);
    stolen["object"]["attributedTo"] = bob.id.as_str().into();
    passes_on(&scene, &eve, &stolen).await;
    asked(&scene.peer, &path(&note["id"]), 2).await;
    // A post whose author lives elsewhere is nobody's.
    let foreign = elsewhere.url("/users/eve/statuses/9");
    let mut claimed = note.clone();
    claimed["id"] = json!(foreign);
    elsewhere.put("/users/eve/statuses/9", claimed);
    passes_on(&scene, &eve, &ada.create(&json!(foreign))).await;
    asked(&elsewhere, "/users/eve/statuses/9", 1).await;
    // An edit: the words that stand there count, and it is still one.
    let mut edited = note.clone();
    edited["content"] = json!("<p>Interesting read.</p>");
    edited["updated"] = json!(SystemClock.now());
    scene.peer.put(&path(&note["id"]), edited);
    passes_on(&scene, &eve, &ada.edit(&note, |_| ())).await;
    eventually("the edit", async || {
        (scene.endorsers().await == 0).then_some(())
    })
    .await;
    assert_eq!(scene.listed(&[]).len(), 1);
    scene.assert_is_sound();
}

async fn a_delete_that_is_passed_on_is_looked_into_twice(database: &str) {
    let scene = Scene::with(database, "verify.grace = '2s'").await;
    let elsewhere = Peer::start(scene.client.clone()).await;
    let eve = scene.person_on(&elsewhere, "Eve Moneypenny", |_| ());
    let people = [
        (scene.person("Ada Lovelace"), None),
        (scene.person("Bea Gone"), Some(410)),
        (scene.person("Cy Kept"), Some(200)),
    ];
    for (person, status) in &people {
        let note = person.says("I sign", Audience::Public).await;
        let path = path(&note["id"]);
        match status {
            Some(200) => scene.peer.put(&path, note.clone()),
            Some(status) => scene.peer.refuse(&path, *status),
            None => {
                let id = &note["id"];
                scene
                    .peer
                    .put(&path, json!({"id": id, "type": "Tombstone"}));
            }
        }
        passes_on(&scene, &eve, &person.delete(&note)).await;
        asked(&scene.peer, &path, 1).await;
        // The first look ends nothing.
        assert_eq!(scene.state(person), "listed");
    }
    eventually("the second look", async || {
        (scene.endorsers().await == 1).then_some(())
    })
    .await;
    for (person, status) in &people {
        let state = if *status == Some(200) {
            "listed"
        } else {
            "withdrawn"
        };
        assert_eq!(scene.state(person), state, "{}", person.id);
    }
    assert!(!scene.public_text().await.contains("Lovelace"));
    scene.assert_is_sound();
}

async fn what_no_server_calls_gone_stays(database: &str) {
    let scene = Scene::with(database, "verify.grace = '1s'").await;
    let elsewhere = Peer::start(scene.client.clone()).await;
    let eve = scene.person_on(&elsewhere, "Eve Moneypenny", |_| ());
    let mut endorsers = 0;
    for (name, status) in [("Ada", 401), ("Bea", 403), ("Cy", 500), ("Di", 503)] {
        let person = scene.person(&format!("{name} Lovelace"));
        let note = person.says("I sign", Audience::Public).await;
        endorsers += 1;
        scene.peer.refuse(&path(&note["id"]), status);
        passes_on(&scene, &eve, &person.delete(&note)).await;
        asked(&scene.peer, &path(&note["id"]), 1).await;
        assert_eq!(scene.endorsers().await, endorsers, "{status}");
    }
    // Nor when it was gone at the first look and is back at the second.
    let back = scene.person("Fa Lovelace");
    let note = back.says("I sign", Audience::Public).await;
    passes_on(&scene, &eve, &back.delete(&note)).await;
    asked(&scene.peer, &path(&note["id"]), 1).await;
    scene.peer.put(&path(&note["id"]), note.clone());
    asked(&scene.peer, &path(&note["id"]), 2).await;
    assert_eq!(scene.endorsers().await, endorsers + 1);
    scene.assert_is_sound();
}

async fn what_a_group_wraps_is_read_on_its_own_server(database: &str) {
    let scene = Scene::with(database, "verify.grace = '1s'").await;
    let lemmy = Peer::start(scene.client.clone()).await;
    let group = scene.person_on(&lemmy, "Letters", |it| it["type"] = json!("Group"));
    let ada = scene.person("Ada Lovelace");
    let note = ada.reply("I sign", Audience::Public);
    scene.peer.put(&path(&note["id"]), note.clone());
    let mut forged = note.clone();
    forged["content"] = json!("<p>I sign. Buy my shoes!</p>");
    for inner in [
        ada.like(),
        ada.activity("Dislike", ada.letters("/letter").into()),
    ] {
        group.does(&group.activity("Announce", inner)).await;
    }
    group
        .does(&group.activity("Announce", ada.create(&forged)))
        .await;
    eventually("the signature", async || {
        (scene.endorsers().await == 1).then_some(())
    })
    .await;
    assert_eq!(scene.endorsement(&ada)["kind"], "reply");
    assert_eq!(scene.endorsement(&ada)["statement"], Value::Null);
    scene.peer.remove(&path(&note["id"]));
    group
        .does(&group.activity("Announce", ada.delete(&note)))
        .await;
    eventually("the second look", async || {
        (scene.endorsers().await == 0).then_some(())
    })
    .await;
    scene.assert_is_sound();
}
