//! `actor move`: the letter moves to another address, and its followers with it.

use crate::{
    both::on_both_databases,
    support::{
        fediverse::FakeServer,
        program::eventually,
        world::{Audience, World},
    },
};
use serde_json::{Value, json};
use undersigned::activitystreams::{Activity, ActivityKind};

on_both_databases!(
    a_move_is_announced_and_keeps_what_was_there,
    an_unconfirmed_move_changes_nothing,
);

/// The new actor's document, which names these as the same.
fn new_actor(peer: &FakeServer, also_known_as: &[String]) -> (String, Value) {
    let mut document = peer.actor("Letter");
    document["type"] = json!("Service");
    document["alsoKnownAs"] = json!(also_known_as);
    (document["id"].as_str().unwrap().to_owned(), document)
}

async fn a_move_is_announced_and_keeps_what_was_there(database: &str) {
    let world = World::new(database).await;
    let elsewhere = FakeServer::start();
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    ada.says("I sign.", Audience::Public).await;
    world.delivered("Like").await;
    let actor = ada.letters("/actor");
    let (new, document) = new_actor(&elsewhere, std::slice::from_ref(&actor));
    elsewhere.put("/users/letter", document);
    assert_eq!(world.letter.document("/actor").await.get("movedTo"), None);

    let asked = world.letter.command(&["actor", "move", "--to", &new]);
    assert_eq!(asked.code, 2, "{}", asked.stderr);
    for said in [&new, "1 inboxes on 1 hosts", "nothing was changed"] {
        assert!(asked.stderr.contains(said), "{}", asked.stderr);
    }
    assert_eq!(world.letter.document("/actor").await.get("movedTo"), None);

    let done = world.letter.json(&["actor", "move", "--to", &new, "--yes"]);
    assert_eq!(
        (&done["moved_to"], &done["deliveries"]),
        (&json!(new), &json!(2))
    );
    let moved = world.delivered("Move").await.activity;
    for (member, expected) in [("actor", &actor), ("object", &actor), ("target", &new)] {
        assert_eq!(moved[member], *expected, "{member}");
    }
    // We can parse it ourselves.
    let read = Activity::parse(moved.to_string().as_bytes()).unwrap();
    assert!(
        matches!(read.kind, ActivityKind::Move { .. }),
        "{:?}",
        read.kind
    );
    // To each server first the changed actor, and then the Move.
    let order: Vec<_> = world
        .peer
        .all_deliveries()
        .into_iter()
        .filter(|delivery| {
            ["Update", "Move"]
                .iter()
                .any(|kind| delivery.activity["type"] == *kind)
        })
        .collect();
    let kinds: Vec<_> = order.iter().map(|it| &it.activity["type"]).collect();
    assert_eq!(kinds, ["Update", "Move"]);
    assert_eq!(order[0].activity["object"]["movedTo"], new);
    assert_eq!(order[0].activity["object"]["id"], actor);

    eventually("the new address", async || {
        let shown = world.letter.document("/actor").await;
        (shown["movedTo"] == new).then_some(())
    })
    .await;
    let page = world.letter.page("/").await;
    let handle = format!("@letter@{}", elsewhere.origin.trim_start_matches("http://"));
    let link = format!("<a href=\"{new}\"><bdi>{handle}</bdi></a>");
    assert!(page.contains(&link), "{page}");
    assert_eq!(world.state(&ada), "listed");
    assert_eq!(world.letter.json(&["status"])["actor"]["moved_to"], new);
    // Activities are still accepted.
    let bo = world.person("Bo Diddley");
    bo.does(&bo.follow()).await;
    bo.does(&bo.like()).await;
    assert_eq!(world.endorsers().await, 2);

    let again = world
        .letter
        .command(&["actor", "move", "--to", &new, "--yes"]);
    assert_eq!(again.code, 4, "{}", again.stderr);
    assert!(again.stderr.contains("seven days"), "{}", again.stderr);
    let audit = world.letter.json(&["audit", "list"]);
    assert_eq!(
        (&audit[0]["action"], &audit[0]["reason"]),
        (&json!("actor.move"), &json!(new))
    );
}

async fn an_unconfirmed_move_changes_nothing(database: &str) {
    let world = World::new(database).await;
    let elsewhere = FakeServer::start();
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    world.delivered("Accept").await;
    let actor = ada.letters("/actor");
    let other = format!("{actor}/not");
    for (path, names) in [
        ("/users/silent", Vec::new()),
        ("/users/wrong", vec![other]),
        ("/users/further", vec![actor.clone()]),
    ] {
        let (_, mut document) = new_actor(&elsewhere, &names);
        document["id"] = json!(elsewhere.url(path));
        document["publicKey"] = Value::Null;
        if path == "/users/further" {
            document["movedTo"] = json!("https://further.example/actor");
        }
        elsewhere.put(path, document);
    }
    let note = json!({"id": elsewhere.url("/note"), "type": "Note", "content": "I am no actor",
                      "attributedTo": elsewhere.url("/users/silent"), "to": []});
    elsewhere.put("/note", note);
    elsewhere.refuse("/users/gone", 410);
    elsewhere.refuse("/users/broken", 500);
    let closed = FakeServer::start().url("/users/letter");
    for (to, code, said) in [
        (elsewhere.url("/users/silent"), 4, actor.as_str()),
        (elsewhere.url("/users/wrong"), 4, "alsoKnownAs"),
        (elsewhere.url("/users/further"), 4, "further.example"),
        (elsewhere.url("/note"), 4, "no actor"),
        (actor.clone(), 4, "this very server"),
        (elsewhere.url("/users/nobody"), 3, "no actor at"),
        (elsewhere.url("/users/gone"), 3, "no actor at"),
        (elsewhere.url("/users/broken"), 6, "500"),
        (closed, 6, "no answer"),
        ("@letter@new.example".to_owned(), 2, "no URL"),
    ] {
        let printed = world
            .letter
            .command(&["actor", "move", "--to", &to, "--yes"]);
        assert_eq!(printed.code, code, "{to}: {}", printed.stderr);
        assert!(printed.stderr.contains(said), "{to}: {}", printed.stderr);
    }
    assert_eq!(world.letter.document("/actor").await.get("movedTo"), None);
    world.settle().await;
    assert!(world.peer.deliveries("Move").is_empty());
    assert!(world.peer.deliveries("Update").is_empty());
    assert_eq!(
        world
            .letter
            .json(&["audit", "list"])
            .as_array()
            .unwrap()
            .len(),
        1
    );
}
