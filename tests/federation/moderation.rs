//! Moderation commands while the server runs: in force on the page within two seconds.

use crate::{
    both::on_both_databases,
    support::{
        program::eventually,
        world::{Audience, World},
    },
};
use serde_json::{Value, json};
use undersigned::clock::{Clock as _, SystemClock};

on_both_databases!(
    who_has_no_proper_handle_waits_and_is_shown_without_one,
    a_decision_shows_on_the_page_within_seconds,
    after_a_rejection_a_new_like_waits,
    words_and_names_are_decided_and_taken_back,
    what_is_declared_waits_and_is_shown_as_such,
);

impl World {
    /// Runs a command that has to succeed, and waits until the page shows `name`, or shows it no more.
    async fn decides(&self, arguments: &[&str], name: &str, shown: bool) {
        let printed = self.letter.command(arguments);
        assert_eq!(printed.code, 0, "{arguments:?}: {}", printed.stderr);
        eventually(&format!("{arguments:?}"), async || {
            let page = self.letter.page("/").await;
            (page.contains(name) == shown).then_some(())
        })
        .await;
    }
}

async fn a_decision_shows_on_the_page_within_seconds(database: &str) {
    let world = World::new(database).await;
    let now = SystemClock.now();
    let ada = world.person_who("Ada Lovelace", |it| it["published"] = json!(now));
    let note = ada
        .says("I sign. Because it matters.", Audience::Public)
        .await;
    assert_eq!(world.state(&ada), "pending");
    let id = world.endorsement(&ada)["id"].as_str().unwrap().to_owned();

    world
        .decides(&["endorsement", "approve", &id], "Ada Lovelace", true)
        .await;
    assert_eq!(world.endorsers().await, 1);
    // An approval means that its words were read: they are shown, and it is acknowledged.
    assert!(world.letter.page("/").await.contains("Because it matters."));
    assert_eq!(world.delivered("Like").await.activity["object"], note["id"]);
    let again = world.letter.command(&["endorsement", "approve", &id]);
    assert_eq!(again.code, 4, "{}", again.stderr);

    world
        .decides(&["endorsement", "hide", &id], "Ada Lovelace", false)
        .await;
    assert_eq!(world.endorsers().await, 0);
    world
        .decides(&["endorsement", "unhide", &id], "Ada Lovelace", true)
        .await;
    let withdraw = ["endorsement", "withdraw", &id];
    assert_eq!(
        world.letter.command(&withdraw).code,
        2,
        "a reason is required"
    );
    let withdraw = [&withdraw[..], &["--reason", "request: by mail", "--yes"]].concat();
    world.decides(&withdraw, "Ada Lovelace", false).await;
    assert_eq!(world.endorsers().await, 0);
    assert_eq!(
        world.delivered("Undo").await.activity["object"]["object"],
        note["id"]
    );

    world.assert_is_sound();
    let audit = world.letter.json(&["audit", "list", "--target", &id]);
    let audit = audit.as_array().unwrap();
    let action = |it: &Value| it["action"].as_str().unwrap().to_owned();
    let actions: Vec<String> = audit.iter().map(action).collect();
    let expected = ["withdraw", "unhide", "hide", "approve"].map(|it| format!("endorsement.{it}"));
    assert_eq!(actions, expected);
    assert!(audit.iter().all(|it| it["by"] == "test"));
}

async fn after_a_rejection_a_new_like_waits(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    let like = ada.like();
    ada.does(&like).await;
    assert!(world.letter.page("/").await.contains("Ada Lovelace"));
    let reject = ["endorsement", "reject", &ada.id, "--reason", "spam"];
    world.decides(&reject, "Ada Lovelace", false).await;
    assert_eq!(world.state(&ada), "rejected");
    ada.does(&ada.undo(&like)).await;
    ada.does(&ada.like()).await;
    assert_eq!(world.state(&ada), "pending");
    assert_eq!(world.endorsers().await, 0);
    assert!(!world.public_text().await.contains("Lovelace"));
    world.assert_is_sound();
    // Others are not affected.
    let bob = world.person("Bob Carver");
    bob.does(&bob.like()).await;
    assert_eq!(world.endorsers().await, 1);
}

async fn words_and_names_are_decided_and_taken_back(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    ada.says("I sign. Because it matters.", Audience::Public)
        .await;
    let bob = world.person("Bob Carver");
    bob.says("What a letter.", Audience::Public).await;
    let decides = async |arguments: &[&str], words: &str, shown: bool| {
        world.decides(arguments, words, shown).await;
    };
    let number = || world.letter.json(&["audit", "list"])[0]["id"].to_string();
    let statement = "Because it matters.";
    decides(&["statement", "approve", &ada.id], statement, true).await;
    decides(&["audit", "undo", &number()], statement, false).await;
    decides(&["name", "hide", &ada.id], "Ada Lovelace", false).await;
    decides(&["audit", "undo", &number()], "Ada Lovelace", true).await;
    let edit = ["endorsement", "edit", &ada.id, "--name", "Augusta King"];
    decides(&edit, "Augusta King", true).await;
    assert_eq!(world.endorsement(&ada)["by"], "moderator");

    let approve = ["endorsement", "approve", &bob.id];
    assert_eq!(world.letter.command(&approve).code, 2, "a comment");
    let approve = [&approve[..], &["--reason", "mistake"]].concat();
    decides(&approve, "Bob Carver", true).await;
    assert_eq!(world.endorsement(&bob)["by"], "moderator");
    let demote = ["endorsement", "demote", &bob.id, "--reason", "mistake"];
    decides(&demote, "Bob Carver", false).await;
    decides(&["audit", "undo", &number()], "Bob Carver", true).await;

    let flood = [
        "endorsement",
        "invalidate",
        "--state",
        "listed",
        "--reason",
        "spam",
        "--apply",
    ];
    decides(&flood, "Bob Carver", false).await;
    assert_eq!(world.endorsers().await, 0);
    assert!(!world.public_text().await.contains("Augusta"));
    decides(&["audit", "undo", &number()], "Bob Carver", true).await;
    assert_eq!(world.endorsers().await, 2);
    let shown = world.letter.json(&["endorsement", "show", &bob.id]);
    let told = shown["history"].as_array().unwrap();
    let actions: Vec<_> = told.iter().filter_map(|it| it["action"].as_str()).collect();
    assert_eq!(
        actions,
        [
            "endorsement.approve",
            "endorsement.demote",
            "audit.undo",
            "endorsement.invalidate",
            "audit.undo"
        ]
    );
    world.assert_is_sound();
}

/// Otherwise `@ceo@bigcorp.example` would stand on the page, with another host after it that few would look at.
async fn who_has_no_proper_handle_waits_and_is_shown_without_one(database: &str) {
    let world = World::new(database).await;
    let wanted = |name: &str, user: &str| {
        world.person_who(name, |actor| actor["preferredUsername"] = json!(user))
    };
    let people = [
        wanted("Ada", "ceo@bigcorp.example"),
        wanted("Bo", "big corp"),
        wanted("Cy", "<b>cy</b>"),
        wanted("Dee", "cy#2"),
        wanted("Eve", ""),
    ];
    for person in &people {
        person.says("I sign", Audience::Public).await;
        let endorsement = world.endorsement(person);
        assert_eq!(endorsement["state"], "pending", "{endorsement}");
        assert_eq!(endorsement["handle"], person.id.as_str());
    }
    let twin = wanted("Zoe", "zoë_b.c-d");
    twin.says("I sign", Audience::Public).await;
    assert_eq!(world.state(&twin), "listed");
    let ada = &people[0];
    world.commands(&["endorsement", "approve", &ada.id]);
    assert_eq!(world.state(ada), "listed");
    let page = world.letter.page("/supporters").await;
    assert!(
        page.contains("Ada") && page.contains("@zoë_b.c-d@"),
        "{page}"
    );
    assert!(
        !page.contains("bigcorp") && !page.contains("@http"),
        "{page}"
    );
}

async fn what_is_declared_waits_and_is_shown_as_such(database: &str) {
    let world = World::new(database).await;
    let jane = world.person("janed");
    jane.says("I sign as Jane Doe, ACME", Audience::Public)
        .await;
    let declared = |state: &str| json!({"name": "Jane Doe", "affiliation": "ACME", "state": state});
    assert_eq!(world.endorsement(&jane)["declared"], declared("pending"));
    let list = world.letter.page("/supporters").await;
    assert!(
        list.contains("janed") && !list.contains("Jane Doe") && !list.contains("ACME"),
        "{list}"
    );

    let list_shows = async |texts: &[&str], not: &[&str]| {
        eventually("the list is as it was decided", async || {
            let list = world.letter.page("/supporters").await;
            let shown = texts.iter().all(|text| list.contains(text));
            (shown && !not.iter().any(|text| list.contains(text))).then_some(())
        })
        .await;
    };
    let (mark, notice) = ("self-declared", "Nobody signs for an organisation that way");
    world
        .decides(&["statement", "approve", &jane.id], "Jane Doe", true)
        .await;
    list_shows(&["Jane Doe", "ACME", mark, notice], &[]).await;
    assert_eq!(world.endorsement(&jane)["declared"], declared("shown"));
    // What a moderator puts in its place is the moderator's word.
    let edit = [
        "endorsement",
        "edit",
        &jane.id,
        "--name",
        "Jane D.",
        "--affiliation",
        "Acme Inc.",
    ];
    world.decides(&edit, "Jane D.", true).await;
    list_shows(&["Jane D.", "Acme Inc."], &["Jane Doe", "ACME", mark]).await;
    let edit = [
        "endorsement",
        "edit",
        &jane.id,
        "--name",
        "",
        "--affiliation",
        "",
    ];
    world.decides(&edit, "Jane Doe", true).await;
    world
        .decides(&["statement", "hide", &jane.id], "Jane Doe", false)
        .await;
    list_shows(&["janed"], &["Jane Doe", "ACME", mark]).await;
}
