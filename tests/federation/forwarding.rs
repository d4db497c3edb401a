//! Forwarded activities (ActivityPub, section 7.1.2): only the id is used, nothing else is believed.

use serde_json::{Value, json};
use undersigned::clock::{Clock as _, SystemClock};
use url::Url;

use crate::{
    both::on_both_databases,
    federation::draft::Draft,
    support::{
        fediverse::FakeServer,
        program::eventually,
        world::{Audience, Person, World},
    },
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

/// Delivers an activity of somebody else.
async fn passes_on(world: &World, who: &Person, activity: &Value) {
    let draft = Draft::of(who, &who.key_id, activity, SystemClock.now());
    assert_eq!(draft.send(world).await.unwrap(), 202, "{activity}");
}

/// Waits until the peer was asked so often for a path.
pub(crate) async fn asked(peer: &FakeServer, path: &str, times: usize) {
    let line = format!("GET {path}");
    eventually(&line, async || {
        let asked = peer
            .request_lines()
            .iter()
            .filter(|it| **it == line)
            .count();
        (asked >= times).then_some(())
    })
    .await;
}

async fn what_is_passed_on_is_taken_and_not_believed(database: &str) {
    let world = World::new(database).await;
    let elsewhere = FakeServer::start();
    let ada = world.person("Ada Lovelace");
    let bob = world.person("Bob Carver");
    let eve = world.person_on(&elsewhere, "Eve Moneypenny", |_| ());
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
            // No server has it, so it has no author.
            ada.create(&note),
            ada.create(&json!(ours)),
            ada.delete(&note),
        ] {
            passes_on(&world, who, &activity).await;
        }
    }
    // In the name of another actor, with the sender's own key.
    let mut like = ada.like();
    like["actor"] = eve.id.as_str().into();
    passes_on(&world, &ada, &like).await;
    asked(&world.peer, &path(&note["id"]), 1).await;
    assert_eq!((world.endorsers().await, world.followers().await), (0, 0));
    // The twins: each of these is effective when it is Ada's own, and none was remembered against her.
    ada.does(&ada.follow()).await;
    ada.does(&ada.create(&note)).await;
    assert_eq!((world.endorsers().await, world.followers().await), (1, 1));
    world.assert_is_sound();
}

async fn a_reply_that_is_passed_on_is_read_on_its_own_server(database: &str) {
    let world = World::new(database).await;
    let elsewhere = FakeServer::start();
    let ada = world.person("Ada Lovelace");
    let eve = world.person_on(&elsewhere, "Eve Moneypenny", |_| ());
    let note = ada.reply("I sign", Audience::Public);
    world.peer.put(&path(&note["id"]), note.clone());
    let mut forged = note.clone();
    forged["content"] = json!("<p>I sign. Buy my shoes!</p>");
    passes_on(&world, &eve, &ada.create(&forged)).await;
    eventually("the signature", async || {
        (world.endorsers().await == 1).then_some(())
    })
    .await;
    let endorsement = world.endorsement(&ada);
    assert_eq!(endorsement["evidence"], "fetched");
    assert_eq!(endorsement["statement"], Value::Null);
    assert_eq!(endorsement["object"], note["id"]);
    // Delivered as well, it changes nothing.
    ada.does(&ada.create(&note)).await;
    assert_eq!(world.endorsers().await, 1);
    // Forwarded in the name of somebody who is not its author: its server knows the author.
    let bob = world.person("Bob Carver");
    let mut stolen = bob.create(&note);
    stolen["object"]["attributedTo"] = bob.id.as_str().into();
    passes_on(&world, &eve, &stolen).await;
    asked(&world.peer, &path(&note["id"]), 2).await;
    // A post whose author has an account on another server has no author.
    let foreign = elsewhere.url("/users/eve/statuses/9");
    let mut claimed = note.clone();
    claimed["id"] = json!(foreign);
    elsewhere.put("/users/eve/statuses/9", claimed);
    passes_on(&world, &eve, &ada.create(&json!(foreign))).await;
    asked(&elsewhere, "/users/eve/statuses/9", 1).await;
    // An edit: the words on its server count, and it is still one endorsement.
    let mut edited = note.clone();
    edited["content"] = json!("<p>Interesting read.</p>");
    edited["updated"] = json!(SystemClock.now());
    world.peer.put(&path(&note["id"]), edited);
    passes_on(&world, &eve, &ada.edit(&note, |_| ())).await;
    eventually("the edit", async || {
        (world.endorsers().await == 0).then_some(())
    })
    .await;
    assert_eq!(world.listed(&[]).len(), 1);
    world.assert_is_sound();
}

async fn a_delete_that_is_passed_on_is_looked_into_twice(database: &str) {
    let world = World::with(database, "verify.grace = '2s'").await;
    let elsewhere = FakeServer::start();
    let eve = world.person_on(&elsewhere, "Eve Moneypenny", |_| ());
    let people = [
        (world.person("Ada Lovelace"), None),
        (world.person("Bea Gone"), Some(410)),
        (world.person("Cy Kept"), Some(200)),
    ];
    for (person, status) in &people {
        let note = person.says("I sign", Audience::Public).await;
        let path = path(&note["id"]);
        match status {
            Some(200) => world.peer.put(&path, note.clone()),
            Some(status) => world.peer.refuse(&path, *status),
            None => {
                let id = &note["id"];
                world
                    .peer
                    .put(&path, json!({"id": id, "type": "Tombstone"}));
            }
        }
        passes_on(&world, &eve, &person.delete(&note)).await;
        asked(&world.peer, &path, 1).await;
        // The first fetch ends nothing.
        assert_eq!(world.state(person), "listed");
    }
    eventually("the second look", async || {
        (world.endorsers().await == 1).then_some(())
    })
    .await;
    for (person, status) in &people {
        let state = if *status == Some(200) {
            "listed"
        } else {
            "withdrawn"
        };
        assert_eq!(world.state(person), state, "{}", person.id);
    }
    assert!(!world.public_text().await.contains("Lovelace"));
    world.assert_is_sound();
}

async fn what_no_server_calls_gone_stays(database: &str) {
    let world = World::with(database, "verify.grace = '1s'").await;
    let elsewhere = FakeServer::start();
    let eve = world.person_on(&elsewhere, "Eve Moneypenny", |_| ());
    let mut endorsers = 0;
    for (name, status) in [("Ada", 401), ("Bea", 403), ("Cy", 500), ("Di", 503)] {
        let person = world.person(&format!("{name} Lovelace"));
        let note = person.says("I sign", Audience::Public).await;
        endorsers += 1;
        world.peer.refuse(&path(&note["id"]), status);
        passes_on(&world, &eve, &person.delete(&note)).await;
        asked(&world.peer, &path(&note["id"]), 1).await;
        assert_eq!(world.endorsers().await, endorsers, "{status}");
    }
    // Nor when it was gone at the first fetch and is back at the second.
    let back = world.person("Fa Lovelace");
    let note = back.says("I sign", Audience::Public).await;
    passes_on(&world, &eve, &back.delete(&note)).await;
    asked(&world.peer, &path(&note["id"]), 1).await;
    world.peer.put(&path(&note["id"]), note.clone());
    asked(&world.peer, &path(&note["id"]), 2).await;
    assert_eq!(world.endorsers().await, endorsers + 1);
    world.assert_is_sound();
}

async fn what_a_group_wraps_is_read_on_its_own_server(database: &str) {
    let world = World::with(database, "verify.grace = '1s'").await;
    let lemmy = FakeServer::start();
    let group = world.person_on(&lemmy, "Letters", |it| it["type"] = json!("Group"));
    let ada = world.person("Ada Lovelace");
    let note = ada.reply("I sign", Audience::Public);
    world.peer.put(&path(&note["id"]), note.clone());
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
        (world.endorsers().await == 1).then_some(())
    })
    .await;
    assert_eq!(world.endorsement(&ada)["kind"], "reply");
    assert_eq!(world.endorsement(&ada)["statement"], Value::Null);
    world.peer.remove(&path(&note["id"]));
    group
        .does(&group.activity("Announce", ada.delete(&note)))
        .await;
    eventually("the second look", async || {
        (world.endorsers().await == 0).then_some(())
    })
    .await;
    world.assert_is_sound();
}
