//! `post boost | unboost`: the letter boosts posts of others, and takes that back when they are gone.

use serde_json::{Value, json};

use crate::{
    both::on_both_databases,
    support::{
        fediverse::FakeServer,
        program::eventually,
        world::{Audience, Person, World},
    },
};

on_both_databases!(
    a_boost_goes_to_followers_and_its_author_and_can_be_taken_back,
    a_boost_ends_with_what_it_shows,
    a_boost_ends_when_its_author_may_not_be_named_any_more,
    only_public_posts_of_others_are_boosted,
    the_sweep_finds_boosted_posts_gone,
);

const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

/// Somebody on another server, with a public post there that does not concern the letter.
struct Writer {
    server: FakeServer,
    person: Person,
    note: Value,
}

impl Writer {
    fn new(world: &World, name: &str) -> Self {
        let server = FakeServer::start();
        let person = world.person_on(&server, name, |_| ());
        let note = put(&server, &person, "1", PUBLIC);
        Self {
            server,
            person,
            note,
        }
    }

    fn handle(&self) -> String {
        let user = self.person.id.rsplit('/').next().unwrap();
        let host = self.server.origin.trim_start_matches("http://");
        format!("@{user}@{host}")
    }

    fn url(&self) -> &str {
        self.note["id"].as_str().unwrap()
    }
}

fn put(server: &FakeServer, person: &Person, name: &str, to: &str) -> Value {
    let path = format!("/notes/{name}");
    let note = json!({
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": server.url(&path), "type": "Note", "attributedTo": person.id, "to": [to],
        "cc": [format!("{}/followers", person.id)], "content": "<p>Rivers need room.</p>",
        "published": "2026-01-01T00:00:00Z",
    });
    server.put(&path, note.clone());
    note
}

/// A world with a follower.
async fn followed(database: &str) -> World {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    world.delivered("Accept").await;
    world
}

/// The newest item of the outbox.
async fn newest(world: &World) -> Value {
    world.letter.document("/outbox").await["orderedItems"][0].clone()
}

/// Waits until the outbox has this post, and none of those.
async fn outbox_has(world: &World, shown: &str, gone: &[&str]) {
    eventually("the outbox knows", async || {
        let outbox = world.letter.document("/outbox").await.to_string();
        let is_gone = gone.iter().all(|url| !outbox.contains(url));
        (is_gone && outbox.contains(shown)).then_some(())
    })
    .await;
}

async fn a_boost_goes_to_followers_and_its_author_and_can_be_taken_back(database: &str) {
    let world = followed(database).await;
    let bo = Writer::new(&world, "Bo");
    let boosted = world.letter.json(&["post", "boost", bo.url()]);
    assert_eq!(
        (&boosted["post"], &boosted["actor"]),
        (&bo.note["id"], &json!(bo.person.id))
    );
    let followers = world.letter.document("/actor").await["followers"].clone();
    let announce = world.delivered("Announce").await.activity;
    assert_eq!(announce["id"], boosted["activity"]);
    assert_eq!(announce["object"], bo.note["id"]);
    assert_eq!(
        (&announce["to"], &announce["cc"]),
        (&json!([PUBLIC]), &json!([followers, bo.person.id]))
    );
    let told = eventually("the author is told", async || {
        bo.server.deliveries("Announce").pop()
    })
    .await;
    assert_eq!(told.activity, announce);
    let path = announce["id"].as_str().unwrap();
    let path = path.strip_prefix(&world.letter.origin).unwrap();
    let shown = eventually("it is in the outbox", async || {
        let newest = newest(&world).await;
        (newest["id"] == announce["id"]).then_some(newest)
    })
    .await;
    assert_eq!(shown["object"], bo.note["id"]);
    assert_eq!(world.letter.document(path).await["id"], announce["id"]);
    let again = world.letter.command(&["post", "boost", bo.url()]);
    assert_eq!(again.stdout, "unchanged\n");

    let ended = world.letter.json(&["post", "unboost", bo.url()]);
    assert_eq!(ended, boosted);
    let undo = world.delivered("Undo").await.activity;
    assert_eq!(
        (&undo["object"]["id"], &undo["object"]["type"]),
        (&announce["id"], &json!("Announce"))
    );
    assert_eq!(undo["object"]["object"], bo.note["id"]);
    assert_eq!(
        (&undo["to"], &undo["cc"]),
        (&json!([PUBLIC]), &json!([followers]))
    );
    eventually("the author is told of the end", async || {
        bo.server.deliveries("Undo").pop()
    })
    .await;
    eventually("it is out of the outbox", async || {
        let outbox = world.letter.document("/outbox").await.to_string();
        (!outbox.contains(bo.url())).then_some(())
    })
    .await;
    assert_eq!(world.letter.get(path, None).await.status, 404);
    let none = world.letter.command(&["post", "unboost", bo.url()]);
    assert_eq!(none.code, 3, "{}", none.stderr);
    let audit = world.letter.json(&["audit", "list"]);
    let actions: Vec<_> = audit.as_array().unwrap().iter().take(2).collect();
    assert_eq!(
        (&actions[0]["action"], &actions[1]["action"]),
        (&json!("post.unboost"), &json!("post.boost"))
    );
    world.assert_is_sound();
}

async fn a_boost_ends_with_what_it_shows(database: &str) {
    let world = followed(database).await;
    let names = ["Bo", "Cy", "Di", "Ed", "Fo", "Gi"];
    let writers = names.map(|name| Writer::new(&world, name));
    for writer in &writers {
        world.letter.json(&["post", "boost", writer.url()]);
    }
    let [bo, cy, di, ed, fo, gi] = writers.each_ref();
    // Deleted, narrowed, with the account, by a block of the author's, by one of ours, and by an erasure.
    bo.person.does(&bo.person.delete(&bo.note)).await;
    let followers = format!("{}/followers", cy.person.id);
    let narrowed = cy.person.edit(&cy.note, |note| {
        note["to"] = json!([followers]);
        note["cc"] = json!([]);
    });
    cy.person.does(&narrowed).await;
    di.person.does(&di.person.delete_account()).await;
    let block = ed
        .person
        .activity("Block", ed.person.letters("/actor").into());
    ed.person.does(&block).await;
    world.letter.json(&["block", "add", &fo.handle(), "--yes"]);
    world.letter.json(&[
        "person",
        "erase",
        &gi.person.id,
        "--reason",
        "request",
        "--yes",
    ]);
    // An edit of the words alone ends nothing.
    let hy = Writer::new(&world, "Hy");
    world.letter.json(&["post", "boost", hy.url()]);
    let edit = hy.person.edit(&hy.note, |note| {
        note["content"] = json!("<p>Rivers need more room.</p>");
    });
    hy.person.does(&edit).await;
    for writer in &writers {
        eventually(writer.url(), async || {
            let undone = world.peer.deliveries("Undo");
            let undone = undone
                .iter()
                .find(|undo| undo.activity["object"]["object"] == writer.note["id"])?;
            assert_eq!(undone.verified, Ok(()));
            Some(())
        })
        .await;
    }
    world.settle().await;
    assert_eq!(world.peer.deliveries("Undo").len(), writers.len());
    let gone = writers.each_ref().map(Writer::url);
    outbox_has(&world, hy.url(), &gone).await;
    world.assert_is_sound();
}

async fn a_boost_ends_when_its_author_may_not_be_named_any_more(database: &str) {
    let world = followed(database).await;
    let names = ["Bo", "Cy", "Di", "Ed", "Fo", "Gi", "Hy"];
    let writers = names.map(|name| Writer::new(&world, name));
    let [bo, cy, di, ed, fo, gi, hy] = writers.each_ref();
    for writer in [bo, cy, di, ed, hy] {
        writer.person.says("I sign", Audience::Public).await;
    }
    fo.person.says("What about rivers?", Audience::Public).await;
    for writer in &writers {
        world.letter.json(&["post", "boost", writer.url()]);
    }
    // By decisions, by a wish, by an administrator of who signed and who asked, and by a wish of who said nothing.
    for (writer, decision) in [(bo, "hide"), (cy, "withdraw")] {
        let id = &writer.person.id;
        world
            .letter
            .json(&["endorsement", decision, id, "--reason", "other"]);
    }
    di.person.says("hide me", Audience::Direct).await;
    for writer in [ed, fo] {
        let off = ["names", "off", &writer.person.id, "--reason", "request"];
        world.letter.json(&off);
    }
    gi.person.says("hide me", Audience::Direct).await;
    for writer in [bo, cy, di, ed, fo, gi] {
        eventually(writer.url(), async || {
            let undone = world.peer.deliveries("Undo");
            let undone = undone
                .iter()
                .find(|undo| undo.activity["object"]["object"] == writer.note["id"])?;
            assert_eq!(undone.verified, Ok(()));
            Some(())
        })
        .await;
        let again = world.letter.command(&["post", "boost", writer.url()]);
        assert_eq!(again.code, 4, "{}", again.stderr);
    }
    // What changes nothing about the name ends nothing, and it is not boosted again by itself.
    hy.person.says("And I boosted it", Audience::Public).await;
    world.letter.json(&["names", "on", &fo.person.id]);
    world.settle().await;
    assert_eq!(world.peer.deliveries("Undo").len(), 6);
    assert_eq!(world.peer.deliveries("Announce").len(), names.len());
    let mut gone: Vec<_> = writers.iter().map(Writer::url).collect();
    gone.retain(|url| *url != hy.url());
    outbox_has(&world, hy.url(), &gone).await;
    world.assert_is_sound();
}

async fn only_public_posts_of_others_are_boosted(database: &str) {
    let world = followed(database).await;
    let bo = Writer::new(&world, "Bo");
    let code = |url: &str| world.letter.command(&["post", "boost", url]).code;
    let followers = format!("{}/followers", bo.person.id);
    let private = put(&bo.server, &bo.person, "2", &followers);
    assert_eq!(code(private["id"].as_str().unwrap()), 4);
    assert_eq!(code(&format!("{}/letter", world.letter.origin)), 4);
    assert_eq!(code(&bo.server.url("/notes/none")), 3);
    // Nobody is boosted whom the pages do not name.
    bo.person.says("I sign", Audience::Public).await;
    let id = world.endorsement(&bo.person)["id"].clone();
    let id = id.as_str().unwrap();
    world
        .letter
        .json(&["endorsement", "hide", id, "--reason", "other"]);
    assert_eq!(code(bo.url()), 4);
    world.letter.json(&["endorsement", "unhide", id]);
    world.letter.json(&["block", "add", &bo.handle(), "--yes"]);
    assert_eq!(code(bo.url()), 4);
    world.settle().await;
    assert!(world.peer.deliveries("Announce").is_empty());
    world.assert_is_sound();
}

async fn the_sweep_finds_boosted_posts_gone(database: &str) {
    let quick = "verify.interval = '3s'\nverify.grace = '1s'";
    let world = World::with(database, quick).await;
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    world.delivered("Accept").await;
    let (bo, cy) = (Writer::new(&world, "Bo"), Writer::new(&world, "Cy"));
    for writer in [&bo, &cy] {
        world.letter.json(&["post", "boost", writer.url()]);
    }
    // Nobody tells of it, and what is withheld is not gone.
    bo.server.remove("/notes/1");
    cy.server.refuse("/notes/1", 403);
    let undo = world.delivered("Undo").await;
    assert_eq!(undo.activity["object"]["object"], bo.note["id"]);
    world.settle().await;
    outbox_has(&world, cy.url(), &[bo.url()]).await;
    world.assert_is_sound();
}
