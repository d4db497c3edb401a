//! Objects that their sender does not prove are read from their own server; `fetch` reads one by hand.

use serde_json::{Value, json};

use crate::{
    both::on_both_databases,
    federation::{
        draft::Draft,
        forwarding::{asked, path},
    },
    support::{
        fediverse::FakeServer,
        program::eventually,
        world::{Audience, World},
    },
};

on_both_databases!(
    of_an_object_on_another_server_only_the_id_is_taken,
    an_update_without_a_document_has_it_read,
    what_cannot_concern_us_is_not_read,
    what_its_author_brings_back_is_read_before_it_counts,
    what_stands_at_a_url_is_read_by_hand,
);

async fn of_an_object_on_another_server_only_the_id_is_taken(database: &str) {
    let world = World::new(database).await;
    let elsewhere = FakeServer::start();
    let ada = world.person("Ada Lovelace");
    let bob = world.person("Bob Carver");
    let eve = world.person_on(&elsewhere, "Eve Moneypenny", |_| ());
    // The sender's own object, by its bare id.
    let note = ada.reply("I sign", Audience::Public);
    world.peer.put(&path(&note["id"]), note.clone());
    ada.does(&ada.activity("Create", note["id"].clone())).await;
    eventually("the signature", async || {
        (world.endorsers().await == 1).then_some(())
    })
    .await;
    assert_eq!(world.state(&ada), "listed");
    // Eve publishes an altered copy of Bob's post: what counts is the post on his server.
    let note = bob.reply("I sign", Audience::Public);
    world.peer.put(&path(&note["id"]), note.clone());
    let mut forged = note.clone();
    forged["attributedTo"] = eve.id.as_str().into();
    forged["content"] = json!("<p>I sign. Buy my shoes!</p>");
    eve.does(&eve.create(&forged)).await;
    eventually("Bob's signature", async || {
        (world.endorsers().await == 2).then_some(())
    })
    .await;
    assert_eq!(world.endorsement(&bob)["statement"], Value::Null);
    let shown = world.letter.command(&["endorsement", "show", &eve.id]);
    assert_eq!(shown.code, 3);
    // Once deleted, it does not come back by a fetch, although its server still serves it.
    bob.does(&bob.delete(&note)).await;
    eve.does(&eve.create(&forged)).await;
    asked(&world.peer, &path(&note["id"]), 2).await;
    assert_eq!(world.endorsers().await, 1);
    world.assert_is_sound();
}

async fn an_update_without_a_document_has_it_read(database: &str) {
    let world = World::new(database).await;
    // The library accepts only host names, no IP addresses.
    let peer = FakeServer::named("localhost");
    let ada = world.person_on(&peer, "Ada Lovelace", |_| ());
    ada.does(&ada.like()).await;
    let mut document = peer.actor("Ada Lovelace");
    document["name"] = json!("Ada King");
    peer.put("/users/ada", document);
    ada.does(&ada.activity("Update", ada.id.clone().into()))
        .await;
    eventually("the new name", async || {
        let page = world.letter.page("/").await;
        (page.contains("Ada King") && !page.contains("Ada Lovelace")).then_some(())
    })
    .await;
}

async fn what_cannot_concern_us_is_not_read(database: &str) {
    let world = World::new(database).await;
    let elsewhere = FakeServer::start();
    let ada = world.person("Ada Lovelace");
    let eve = world.person_on(&elsewhere, "Eve Moneypenny", |_| ());
    let mut stray = ada.reply("Hello", Audience::Public);
    stray["inReplyTo"] = Value::Null;
    stray["tag"] = Value::Null;
    let stray_id = stray["id"].clone();
    world.peer.put(&path(&stray_id), stray.clone());
    eve.does(&eve.create(&stray)).await;
    eve.does(&eve.activity("Update", stray)).await;
    // The document that is read afterwards shows that it was false.
    let note = ada.reply("I sign", Audience::Public);
    world.peer.put(&path(&note["id"]), note.clone());
    eve.does(&eve.create(&note)).await;
    eventually("the signature", async || {
        (world.endorsers().await == 1).then_some(())
    })
    .await;
    let line = format!("GET {}", path(&stray_id));
    assert!(!world.peer.request_lines().contains(&line));
}

async fn what_stands_at_a_url_is_read_by_hand(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    let note = ada.reply("I sign", Audience::Public);
    let id = note["id"].as_str().unwrap();
    let fetch = |url: &str| world.letter.command(&["fetch", url, "--json"]);
    assert_eq!(fetch(id).code, 3);
    world.peer.put(&path(&note["id"]), note.clone());
    let printed = fetch(id);
    assert_eq!(printed.code, 0, "{}", printed.stderr);
    let printed: Value = serde_json::from_str(&printed.stdout).unwrap();
    let taken = (&printed["url"], &printed["result"], &printed["actor"]);
    assert_eq!(taken, (&json!(id), &json!("taken"), &json!(ada.id)));
    assert_eq!(printed["endorsement"]["state"], "listed");
    assert_eq!(printed["endorsement"]["evidence"], "fetched");
    // What is gone does not end before the second look, and that is said.
    world.peer.refuse(&path(&note["id"]), 410);
    let looks: Vec<Value> = (0..2)
        .map(|_| {
            let gone = fetch(id);
            assert_eq!(gone.code, 3, "{}", gone.stderr);
            assert!(
                gone.stderr.contains("endorsement withdraw"),
                "{}",
                gone.stderr
            );
            let printed: Value = serde_json::from_str(&gone.stdout).unwrap();
            printed["second_look_at"].clone()
        })
        .collect();
    assert!(looks[0].is_string() && looks[0] == looks[1], "{looks:?}");
    assert_eq!(world.state(&ada), "listed");
    world.peer.welcome(&path(&note["id"]));
    // The running server sees it within two seconds.
    eventually("the signature", async || {
        let page = world.letter.page("/").await;
        page.contains("Ada Lovelace").then_some(())
    })
    .await;
    // An actor: the name that it has now.
    let mut document = world.peer.actor("Ada Lovelace");
    document["name"] = json!("Ada King");
    world.peer.put("/users/ada", document);
    assert_eq!(world.letter.json(&["fetch", &ada.id])["result"], "taken");
    assert_eq!(world.endorsement(&ada)["name"], "Ada King");
    // An activity that stands on its actor's server.
    let bob = world.person("Bob Carver");
    let like = bob.like();
    world.peer.put(&path(&like["id"]), like.clone());
    let liked = world.letter.json(&["fetch", like["id"].as_str().unwrap()]);
    assert_eq!(liked["actor"], bob.id);
    assert_eq!(world.endorsement(&bob)["kind"], "like");
    // An activity of an unknown actor, and one whose actor is elsewhere.
    let mut forged = bob.like();
    forged["actor"] = json!("https://elsewhere.example/users/eve");
    world.peer.put(&path(&forged["id"]), forged.clone());
    assert_eq!(fetch(forged["id"].as_str().unwrap()).code, 1);
    let eve = world.person("Eve Moneypenny");
    assert_eq!(
        world.letter.json(&["fetch", &eve.id])["result"],
        "unconcerned"
    );
    // The server refuses it, or does not answer.
    world.peer.refuse("/closed", 403);
    assert_eq!(fetch(&world.peer.url("/closed")).code, 6);
    assert_eq!(fetch("http://127.0.0.1:9/").code, 6);
    assert_eq!(fetch("no url").code, 2);
    assert_eq!(fetch(&ada.letters("/letter")).code, 2);
    // What is blocked is not fetched, which is no failure of its server.
    let command = world.letter.command(&["block", "add", "bad.example"]);
    assert_eq!(command.code, 0, "{}", command.stderr);
    let blocked = fetch("https://bad.example/users/eve");
    assert_eq!(blocked.code, 4, "{}{}", blocked.stdout, blocked.stderr);
    let printed: Value = serde_json::from_str(&blocked.stdout).unwrap();
    assert_eq!(printed["result"], "blocked");
    world.assert_is_sound();
}

/// `WordPress` restores a post from the trash under its old id.
async fn what_its_author_brings_back_is_read_before_it_counts(database: &str) {
    let world = World::new(database).await;
    let people = [
        ("Ada Lovelace", "Create", true),
        ("Bob Carver", "Update", true),
        ("Cy Twombly", "Create", false),
    ];
    for (name, kind, is_there) in people {
        let person = world.person(name);
        let before = world.endorsers().await;
        let note = person.says("I sign", Audience::Public).await;
        assert_eq!(world.endorsers().await, before + 1, "{name}");
        let delete = Draft::genuine(&person, &person.delete(&note));
        assert_eq!(delete.clone().send(&world).await.unwrap(), 202);
        assert_eq!(world.endorsers().await, before, "{name}");
        if is_there {
            world.peer.put(&path(&note["id"]), note.clone());
        }
        person.does(&person.activity(kind, note.clone())).await;
        asked(&world.peer, &path(&note["id"]), 1).await;
        if is_there {
            eventually("the restored post", async || {
                (world.endorsers().await == before + 1).then_some(())
            })
            .await;
        }
        // The recorded Delete ends nothing.
        assert_eq!(delete.send(&world).await.unwrap(), 202);
        let after = before + i64::from(is_there);
        assert_eq!(world.endorsers().await, after, "{name}");
    }
    world.assert_is_sound();
}
