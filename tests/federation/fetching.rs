//! Objects that are not proven by who sent them, and the command that reads one by hand (F-237, F-245).

use serde_json::{Value, json};

use crate::{
    forwarded::{asked, path},
    peer::Peer,
    scene::{Audience, Scene},
    server::eventually,
};

on_both_databases!(
    of_an_object_on_another_server_only_the_id_is_taken,
    an_update_that_names_its_actor_alone_has_the_document_read,
    what_cannot_concern_us_is_not_read,
    what_stands_at_a_url_is_read_by_hand,
);

async fn of_an_object_on_another_server_only_the_id_is_taken(database: &str) {
    let scene = Scene::new(database).await;
    let elsewhere = Peer::start(scene.client.clone()).await;
    let ada = scene.person("Ada Lovelace");
    let bob = scene.person("Bob Carver");
    let eve = scene.person_on(&elsewhere, "Eve Moneypenny", |_| ());
    // A bare id of one's own.
    let note = ada.reply("I sign", Audience::Public);
    scene.peer.put(&path(&note["id"]), note.clone());
    ada.does(&ada.activity("Create", note["id"].clone())).await;
    eventually("the signature", async || {
        (scene.endorsers().await == 1).then_some(())
    })
    .await;
    assert_eq!(scene.state(&ada), "listed");
    // Eve publishes what she says is Bob's, altered: it is Bob's, as it stands on his server.
    let note = bob.reply("I sign", Audience::Public);
    scene.peer.put(&path(&note["id"]), note.clone());
    let mut forged = note.clone();
    forged["attributedTo"] = eve.id.as_str().into();
    forged["content"] = json!("<p>I sign. Buy my shoes!</p>");
    eve.does(&eve.create(&forged)).await;
    eventually("Bob's signature", async || {
        (scene.endorsers().await == 2).then_some(())
    })
    .await;
    assert_eq!(scene.endorsement(&bob)["statement"], Value::Null);
    let shown = scene.letter.command(&["endorsement", "show", &eve.id]);
    assert_eq!(shown.code, 3);
    // Deleted, it does not come back by a fetch, although it still stands there.
    bob.does(&bob.delete(&note)).await;
    eve.does(&eve.create(&forged)).await;
    asked(&scene.peer, &path(&note["id"]), 2).await;
    assert_eq!(scene.endorsers().await, 1);
    scene.assert_is_sound();
}

async fn an_update_that_names_its_actor_alone_has_the_document_read(database: &str) {
    let scene = Scene::new(database).await;
    let peer = Peer::named(scene.client.clone(), "localhost").await;
    let ada = scene.person_on(&peer, "Ada Lovelace", |_| ());
    ada.does(&ada.like()).await;
    let mut document = peer.actor("Ada Lovelace");
    document["name"] = json!("Ada King");
    peer.put("/users/ada", document);
    ada.does(&ada.activity("Update", ada.id.clone().into()))
        .await;
    eventually("the new name", async || {
        let page = scene.letter.page("/").await;
        (page.contains("Ada King") && !page.contains("Ada Lovelace")).then_some(())
    })
    .await;
}

async fn what_cannot_concern_us_is_not_read(database: &str) {
    let scene = Scene::new(database).await;
    let elsewhere = Peer::start(scene.client.clone()).await;
    let ada = scene.person("Ada Lovelace");
    let eve = scene.person_on(&elsewhere, "Eve Moneypenny", |_| ());
    let mut stray = ada.reply("Hello", Audience::Public);
    stray["inReplyTo"] = Value::Null;
    stray["tag"] = Value::Null;
    let stray_id = stray["id"].clone();
    scene.peer.put(&path(&stray_id), stray.clone());
    eve.does(&eve.create(&stray)).await;
    eve.does(&eve.activity("Update", stray)).await;
    // What is read after it shows that it never was.
    let note = ada.reply("I sign", Audience::Public);
    scene.peer.put(&path(&note["id"]), note.clone());
    eve.does(&eve.create(&note)).await;
    eventually("the signature", async || {
        (scene.endorsers().await == 1).then_some(())
    })
    .await;
    let line = format!("GET {}", path(&stray_id));
    assert!(!scene.peer.requests().contains(&line));
}

async fn what_stands_at_a_url_is_read_by_hand(database: &str) {
    let scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    let note = ada.reply("I sign", Audience::Public);
    let id = note["id"].as_str().unwrap();
    let fetch = |url: &str| scene.letter.command(&["fetch", url, "--json"]);
    assert_eq!(fetch(id).code, 3);
    scene.peer.put(&path(&note["id"]), note.clone());
    let printed = fetch(id);
    assert_eq!(printed.code, 0, "{}", printed.stderr);
    let printed: Value = serde_json::from_str(&printed.stdout).unwrap();
    let taken = (&printed["url"], &printed["result"], &printed["actor"]);
    assert_eq!(taken, (&json!(id), &json!("taken"), &json!(ada.id)));
    assert_eq!(printed["endorsement"]["state"], "listed");
    assert_eq!(printed["endorsement"]["evidence"], "fetched");
    // The running server sees it within two seconds.
    eventually("the signature", async || {
        let page = scene.letter.page("/").await;
        page.contains("Ada Lovelace").then_some(())
    })
    .await;
    // An actor: the name that it has now.
    let mut document = scene.peer.actor("Ada Lovelace");
    document["name"] = json!("Ada King");
    scene.peer.put("/users/ada", document);
    assert_eq!(scene.letter.json(&["fetch", &ada.id])["result"], "taken");
    assert_eq!(scene.endorsement(&ada)["name"], "Ada King");
    // An activity that stands on its actor's server.
    let bob = scene.person("Bob Carver");
    let like = bob.like();
    scene.peer.put(&path(&like["id"]), like.clone());
    let liked = scene.letter.json(&["fetch", like["id"].as_str().unwrap()]);
    assert_eq!(liked["actor"], bob.id);
    assert_eq!(scene.endorsement(&bob)["kind"], "like");
    // A stranger's activity on somebody's server, and a stranger.
    let mut forged = bob.like();
    forged["actor"] = json!("https://elsewhere.example/users/eve");
    scene.peer.put(&path(&forged["id"]), forged.clone());
    assert_eq!(fetch(forged["id"].as_str().unwrap()).code, 1);
    let eve = scene.person("Eve Moneypenny");
    assert_eq!(
        scene.letter.json(&["fetch", &eve.id])["result"],
        "unconcerned"
    );
    // Whose server does not show it, or does not answer.
    scene.peer.refuse("/closed", 403);
    assert_eq!(fetch(&scene.peer.url("/closed")).code, 6);
    assert_eq!(fetch("http://127.0.0.1:9/").code, 6);
    assert_eq!(fetch("no url").code, 2);
    assert_eq!(fetch(&ada.letters("/letter")).code, 2);
    // What is blocked is not asked for: its server is not to blame.
    let command = scene.letter.command(&["block", "add", "bad.example"]);
    assert_eq!(command.code, 0, "{}", command.stderr);
    let blocked = fetch("https://bad.example/users/eve");
    assert_eq!(blocked.code, 4, "{}{}", blocked.stdout, blocked.stderr);
    let printed: Value = serde_json::from_str(&blocked.stdout).unwrap();
    assert_eq!(printed["result"], "blocked");
    scene.assert_is_sound();
}
