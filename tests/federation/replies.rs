//! Public replies: signatures, statements, comments, edits and deletion.

use serde_json::{Value, json};

use crate::{
    both::on_both_databases,
    federation::forwarding::{asked, path},
    support::{
        program::eventually,
        world::{Audience, Person, World},
    },
};

on_both_databases!(
    a_signing_reply_is_listed_until_it_is_deleted,
    a_statement_waits_and_stands_on_no_public_page,
    a_comment_stands_on_no_public_page,
    an_edit_that_no_longer_signs_ends_the_signature,
    three_edits_under_one_id_count_in_either_direction,
    of_two_edits_of_one_second_the_server_knows_the_later_one,
    a_like_takes_over_from_a_deleted_reply,
    the_word_withdraw_as_a_reply_ends_everything,
);

async fn a_signing_reply_is_listed_until_it_is_deleted(database: &str) {
    let world = World::new(database).await;
    let before = world.number("signed").await;
    let ada = world.person("Ada Lovelace");
    let note = ada.reply("I sign", Audience::Public);
    let create = ada.create(&note);
    for inbox in ["/inbox", "/actor/inbox"] {
        assert_eq!(ada.sends(inbox, &create).await.unwrap(), 202);
    }
    assert_eq!(world.number("signed").await, before + 1);
    assert!(world.letter.page("/").await.contains("Ada Lovelace"));
    let replies = world.letter.document("/letter/replies?page=1").await;
    assert!(replies.to_string().contains(note["id"].as_str().unwrap()));

    let like = world.delivered("Like").await;
    assert_eq!(like.inbox, "/users/ada/inbox");
    assert_eq!(like.activity["object"], note["id"]);
    world.settle().await;
    assert_eq!(world.peer.deliveries("Like").len(), 1);

    ada.does(&ada.delete(&note)).await;
    assert_eq!(world.number("signed").await, before);
    let public = world.public_text().await;
    assert!(!public.contains("Lovelace") && !public.contains("/users/ada"));
    let undo = world.delivered("Undo").await;
    assert_eq!(undo.activity["object"]["id"], like.activity["id"]);
    // What was deleted does not come back while its own server does not show it.
    ada.does(&ada.create(&note)).await;
    assert_eq!(world.number("signed").await, before);
    world.settle().await;
    assert_eq!(world.peer.deliveries("Like").len(), 1);
    assert_eq!(world.peer.deliveries("Undo").len(), 1);
    world.assert_is_sound();
}

async fn a_statement_waits_and_stands_on_no_public_page(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    let note = ada
        .says("I sign. Because it matters.", Audience::Unlisted)
        .await;
    assert_eq!(world.endorsers().await, 1);
    let endorsement = world.endorsement(&ada);
    assert_eq!(endorsement["state"], "listed");
    let waiting = json!({"text": "Because it matters.", "state": "pending"});
    assert_eq!(endorsement["statement"], waiting);
    let public = world.public_text().await;
    assert!(public.contains("Ada Lovelace"));
    assert!(!public.contains("Because it matters"));
    assert!(!public.contains(note["id"].as_str().unwrap()));
    // It worked, though the statement waits.
    assert_eq!(world.delivered("Like").await.activity["object"], note["id"]);
}

async fn a_comment_stands_on_no_public_page(database: &str) {
    let world = World::new(database).await;
    let bob = world.person("Bob Carver");
    let note = bob.says("This is wrong", Audience::Public).await;
    let comments = world.listed(&["--state", "comment"]);
    assert_eq!(comments.len(), 1);
    assert_eq!(comments[0]["actor"], bob.id);
    assert_eq!(comments[0]["object"], note["id"]);
    assert_eq!(world.endorsers().await, 0);
    let public = world.public_text().await;
    for text in ["This is wrong", "Carver", "/users/bob"] {
        assert!(!public.contains(text), "{text}");
    }
    bob.does(&bob.activity("Delete", note["id"].clone())).await;
    assert!(world.listed(&["--state", "comment"]).is_empty());
}

async fn an_edit_that_no_longer_signs_ends_the_signature(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    let note = ada.says("I sign", Audience::Public).await;
    assert_eq!(world.endorsers().await, 1);
    let edit = ada.edit(&note, |note| {
        note["content"] = json!("<p>Interesting read.</p>");
    });
    ada.does(&edit).await;
    assert_eq!(world.endorsers().await, 0);
    let public = world.public_text().await;
    assert!(!public.contains("Lovelace") && !public.contains("Interesting read"));
    // The acknowledgement goes with it.
    let undo = world.delivered("Undo").await;
    assert_eq!(undo.activity["object"]["object"], note["id"]);
}

async fn a_like_takes_over_from_a_deleted_reply(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.like()).await;
    let note = ada.says("I sign", Audience::Public).await;
    let count = world.letter.count().await;
    assert_eq!(
        (&count["fediverse"], &count["liked"]),
        (&json!(1), &json!(0))
    );
    ada.does(&ada.delete(&note)).await;
    let count = world.letter.count().await;
    assert_eq!(
        (&count["fediverse"], &count["liked"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(world.state(&ada), "counted");
    assert!(!world.public_text().await.contains("Lovelace"));
    world.assert_is_sound();
    // A new act may widen what is shown.
    ada.does(&ada.like()).await;
    assert_eq!(world.state(&ada), "listed");
    assert!(world.letter.page("/").await.contains("Ada Lovelace"));
}

async fn the_word_withdraw_as_a_reply_ends_everything(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.like()).await;
    ada.says("I sign. Because it matters.", Audience::Public)
        .await;
    assert_eq!(world.endorsers().await, 1);
    ada.says("withdraw", Audience::Public).await;
    assert_eq!(world.endorsers().await, 0);
    assert_eq!(world.state(&ada), "withdrawn");
    assert!(!world.public_text().await.contains("Lovelace"));
    world.assert_is_sound();
    // After that only a new act counts.
    ada.says("I sign", Audience::Public).await;
    assert_eq!(world.endorsers().await, 1);
}

/// An edit as GoToSocial sends it: all edits of a post have one id, and `updated` counts whole seconds.
fn edit(ada: &Person, note: &Value, words: &str, second: u32) -> Value {
    let mut edit = ada.edit(note, |note| {
        note["content"] = json!(format!("<p>{words}</p>"));
    });
    edit["id"] = json!(format!("{}/activity#Update", note["id"].as_str().unwrap()));
    edit["object"]["updated"] = json!(format!("2026-11-22T12:00:0{second}Z"));
    edit
}

async fn three_edits_under_one_id_count_in_either_direction(database: &str) {
    let world = World::new(database).await;
    let words = ["Tea for everybody", "I sign"];
    for (name, first) in [("Ada Lovelace", 1), ("Bob Carver", 0)] {
        let person = world.person(name);
        let note = person.says(words[first], Audience::Public).await;
        for second in 1..=3_u32 {
            let now = (first + usize::try_from(second).unwrap()) % 2;
            person.does(&edit(&person, &note, words[now], second)).await;
            let expected = if now == 1 { "listed" } else { "withdrawn" };
            assert_eq!(world.state(&person), expected, "{name}, edit {second}");
        }
    }
    world.assert_is_sound();
}

async fn of_two_edits_of_one_second_the_server_knows_the_later_one(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    let note = ada.says("I sign", Audience::Public).await;
    let (less, more) = ("Tea for everybody", "I sign, of course");
    let [less, more] = [less, more].map(|words| edit(&ada, &note, words, 1));
    ada.does(&less).await;
    ada.does(&more).await;
    asked(&world.peer, &path(&note["id"]), 1).await;
    assert_eq!(world.state(&ada), "withdrawn");
    // The same once more, and now its server shows it.
    let [less, more] = ["Tea for some", "I sign"].map(|words| edit(&ada, &note, words, 2));
    world.peer.put(&path(&note["id"]), more["object"].clone());
    ada.does(&less).await;
    ada.does(&more).await;
    eventually("the later edit", async || {
        (world.state(&ada) == "listed").then_some(())
    })
    .await;
    world.assert_is_sound();
}
