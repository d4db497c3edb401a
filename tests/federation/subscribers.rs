//! News for those who asked for them: each gets a message of its own, and nobody else sees it.

use std::io::Write as _;

use serde_json::{Value, json};

use crate::{
    both::on_both_databases,
    support::{
        fediverse::Delivery,
        program::eventually,
        world::{Audience, Person, World},
    },
};

on_both_databases!(
    who_asked_gets_a_message_of_its_own,
    who_stops_hears_nothing_more,
);

/// A Markdown file with this text.
fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn news(world: &World, options: &[&str], text: &str) -> (i32, Value, String) {
    let file = file(text);
    let name = file.path().to_str().unwrap();
    let command = [&["--json", "post"], options, &["--file", name]].concat();
    let done = world.letter.command(&command);
    let printed = serde_json::from_str(&done.stdout).unwrap_or_default();
    (done.code, printed, done.stderr)
}

async fn subscribers(world: &World, expected: i64) {
    eventually("the number of subscribers", async || {
        let status = world.letter.json(&["status"]);
        (status["subscribers"] == expected).then_some(())
    })
    .await;
}

/// The activities of a kind to the personal inbox of somebody.
fn alone(world: &World, person: &Person, kind: &str) -> Vec<Delivery> {
    let inbox = person
        .id
        .strip_prefix(&world.peer.origin)
        .unwrap()
        .to_owned()
        + "/inbox";
    let mut all = world.peer.deliveries(kind);
    all.retain(|delivery| delivery.inbox == inbox);
    all
}

#[expect(
    clippy::too_many_lines,
    reason = "one post, from its first word to its deletion"
)]
async fn who_asked_gets_a_message_of_its_own(database: &str) {
    let world = World::with(database, "endorsing.acknowledge = 'none'").await;
    let (ada, bo, cy) = (
        world.person("Ada Lovelace"),
        world.person("Bo"),
        world.person("Cy"),
    );
    // By a direct message, beside a signature, and by somebody who follows.
    ada.says("updates", Audience::Direct).await;
    bo.says(
        "I sign. Keep me posted! Because it matters.",
        Audience::Public,
    )
    .await;
    cy.does(&cy.follow()).await;
    cy.says("updates, please", Audience::Direct).await;
    subscribers(&world, 3).await;
    assert_eq!(world.endorsers().await, 1);
    let statement = &world.endorsement(&bo)["statement"]["text"];
    assert_eq!(*statement, "Because it matters.");
    assert_eq!(alone(&world, &ada, "Create").len(), 1, "the answer");

    let (code, post, stderr) = news(
        &world,
        &["create", "--to-subscribers"],
        "They *answered*.\n",
    );
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stderr.contains("2 subscribers who do not follow"),
        "{stderr}"
    );
    world.settle().await;
    let notes = alone(&world, &ada, "Create");
    let create = &notes.last().unwrap().activity;
    assert_eq!(notes.last().unwrap().verified, Ok(()));
    for document in [create, &create["object"]] {
        assert_eq!(document["to"], json!([ada.id]));
        assert_eq!(document["cc"], json!([]));
    }
    let note = &create["object"];
    assert_eq!(note.get("inReplyTo"), None);
    assert_eq!(note["tag"][0]["type"], "Mention");
    assert_eq!(note["tag"][0]["href"], ada.id);
    let text = note["content"].as_str().unwrap();
    assert!(text.starts_with("<p>They <em>answered</em>.</p>"), "{text}");
    assert!(text.contains(post["url"].as_str().unwrap()), "{text}");
    assert!(
        text.ends_with("“stop” to this account alone.</p>"),
        "{text}"
    );
    // Each has a Note of its own, and who follows has the post.
    let of_bo = alone(&world, &bo, "Create").pop().unwrap().activity;
    assert_eq!(of_bo["to"], json!([bo.id]));
    assert_ne!(of_bo["object"]["id"], note["id"]);
    let answer = alone(&world, &cy, "Create").pop().unwrap().activity;
    assert_ne!(answer["object"]["content"], note["content"]);
    let public = world.peer.deliveries("Create");
    assert!(
        public
            .iter()
            .any(|it| it.activity["object"]["id"] == post["url"])
    );

    // Nobody else can read it, and nobody sees who asked.
    for id in [&note["id"], &create["id"]] {
        let path = id
            .as_str()
            .unwrap()
            .strip_prefix(&world.letter.origin)
            .unwrap();
        let accept = Some("application/activity+json");
        assert_eq!(world.letter.get(path, accept).await.status, 404, "{path}");
        assert_eq!(world.letter.get(path, None).await.status, 404, "{path}");
    }
    let all = world.public_text().await;
    assert!(!all.contains(&ada.id) && !all.contains("to this account alone"));
    assert_eq!(
        world
            .letter
            .json(&["post", "list"])
            .as_array()
            .unwrap()
            .len(),
        1
    );

    // Once in a week.
    let (code, _, stderr) = news(&world, &["create", "--to-subscribers"], "More.\n");
    assert_eq!(code, 4);
    assert!(stderr.contains("one message in a week at most"), "{stderr}");
    assert_eq!(
        world
            .letter
            .json(&["post", "list"])
            .as_array()
            .unwrap()
            .len(),
        1
    );

    // An edit and a deletion reach the same people.
    let id = post["id"].as_str().unwrap();
    let (code, _, stderr) = news(&world, &["update", id], "They *refused*.\n");
    assert_eq!(code, 0, "{stderr}");
    world.settle().await;
    let update = alone(&world, &ada, "Update").pop().unwrap().activity;
    assert_eq!(update["object"]["id"], note["id"]);
    assert_eq!(update["to"], json!([ada.id]));
    assert!(
        update["object"]["content"]
            .as_str()
            .unwrap()
            .contains("refused")
    );
    assert!(alone(&world, &cy, "Update").is_empty());
    world.letter.json(&["post", "delete", id, "--yes"]);
    world.settle().await;
    let delete = alone(&world, &ada, "Delete").pop().unwrap().activity;
    assert_eq!(delete["object"]["id"], note["id"]);
    assert_eq!(delete["to"], json!([ada.id]));
    assert_eq!(alone(&world, &bo, "Delete").len(), 1);
    world.assert_is_sound();
}

async fn who_stops_hears_nothing_more(database: &str) {
    let world = World::new(database).await;
    let names = ["Ada", "Bo", "Cy", "Di", "Ed"];
    let people = names.map(|name| world.person(name));
    let [ada, bo, cy, di, ed] = &people;
    for person in [ada, bo] {
        person
            .says("I sign. Keep me posted.", Audience::Public)
            .await;
    }
    for person in [cy, di] {
        person.says("updates", Audience::Direct).await;
    }
    subscribers(&world, 4).await;
    // Of somebody who does not get any: how to withdraw.
    ed.says("stop", Audience::Direct).await;
    eventually("the answer", async || {
        let answer = alone(&world, ed, "Create").pop()?.activity;
        let text = answer["object"]["content"].as_str()?.to_owned();
        text.contains("“withdraw”").then_some(())
    })
    .await;
    // "Unsubscribe me" ends the news, and the signature stays.
    ada.says("Unsubscribe me", Audience::Direct).await;
    subscribers(&world, 3).await;
    assert_eq!(world.state(ada), "listed");
    bo.says("withdraw", Audience::Public).await;
    cy.does(&cy.activity("Block", cy.letters("/actor").into()))
        .await;
    di.does(&di.delete_account()).await;
    subscribers(&world, 0).await;
    // Whoever looks at the post again brings nothing back, and a new one asks anew.
    ada.says("I sign. Keep me posted.", Audience::Public).await;
    subscribers(&world, 1).await;
    let (code, _, stderr) = news(&world, &["create", "--to-subscribers"], "News.\n");
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("1 subscriber "), "{stderr}");
    world.assert_is_sound();
}
