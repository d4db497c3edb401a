//! Boosts and quotes: counted as reach, and no endorsement.

use serde_json::{Value, json};

use crate::{
    both::on_both_databases,
    federation::draft::Draft,
    support::{
        program::eventually,
        world::{Audience, Person, World},
    },
};

on_both_databases!(
    boosts_are_counted_once_each_until_they_are_taken_back,
    an_undone_boost_is_not_replayed,
    quotes_are_reach_until_they_sign_or_go,
    who_blocks_us_or_deletes_the_account_is_counted_no_more,
);

/// A boost of the letter, as Mastodon sends it; only followers see it when it is `private`.
fn boost(person: &Person, private: bool) -> Value {
    let followers = format!("{}/followers", person.id);
    let public = "https://www.w3.org/ns/activitystreams#Public";
    let mut boost = person.activity("Announce", person.letters("/letter").into());
    boost["published"] = json!("2026-11-22T12:00:00Z");
    boost["to"] = json!([if private { followers.as_str() } else { public }]);
    boost["cc"] = json!([person.id, followers]);
    boost
}

/// A post that quotes the letter and mentions nobody, with the fallback that servers put before it.
fn quoting(person: &Person, words: &str) -> Value {
    let letter = person.letters("/letter");
    let mut note = person.reply("", Audience::Public);
    let members = note.as_object_mut().unwrap();
    members.remove("inReplyTo");
    members.remove("tag");
    note["content"] = json!(format!(
        "<p class=\"quote-inline\">RE: I sign <a href=\"{letter}\">{letter}</a></p><p>{words}</p>"
    ));
    note["quote"] = json!(letter);
    note["_misskey_quote"] = json!(letter);
    note
}

async fn reach(world: &World) -> i64 {
    world.number("reach").await
}

async fn boosts_are_counted_once_each_until_they_are_taken_back(database: &str) {
    let world = World::new(database).await;
    let before = world.letter.count().await;
    let ada = world.person("Ada Lovelace");
    let shy = world.person("Zebedee Quist");
    let (first, second) = (boost(&ada, false), boost(&ada, false));
    let private = boost(&shy, true);
    for (person, activity) in [
        (&ada, &first),
        (&ada, &first),
        (&ada, &second),
        (&shy, &private),
    ] {
        person.does(activity).await;
    }
    assert_eq!(reach(&world).await, 2);
    let shares = world.letter.document("/letter/shares").await;
    assert_eq!(
        (&shares["totalItems"], shares.get("items")),
        (&json!(2), None)
    );
    let letter = world.letter.document("/letter").await;
    assert_eq!(letter["shares"]["totalItems"], 2);
    assert!(world.letter.page("/").await.contains("Passed on 2 times"));
    // It is counted without a name, and is no endorsement.
    let public = world.public_text().await;
    assert!(!public.contains("Lovelace") && !public.contains("Quist"));
    assert!(world.listed(&[]).is_empty());

    ada.does(&ada.undo(&second)).await;
    assert_eq!(reach(&world).await, 1);
    shy.does(&shy.activity("Undo", private["id"].clone())).await;
    assert_eq!(world.letter.count().await, before);
    // A boost of an unknown post has no effect.
    let mut other = boost(&ada, false);
    other["object"] = json!(ada.letters("/posts/0123456789abcdef"));
    ada.does(&other).await;
    assert_eq!(reach(&world).await, 0);
    world.assert_is_sound();
}

async fn an_undone_boost_is_not_replayed(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    let bob = world.person("Bob Carver");
    let recorded = boost(&ada, false);
    let draft = Draft::genuine(&ada, &recorded);
    assert_eq!(draft.clone().send(&world).await.unwrap(), 202);
    // Somebody else cannot take it back.
    let mut foreign = bob.activity("Undo", recorded["id"].clone());
    bob.does(&foreign).await;
    foreign = bob.undo(&boost(&bob, false));
    bob.does(&foreign).await;
    assert_eq!(reach(&world).await, 1);
    ada.does(&ada.undo(&recorded)).await;
    assert_eq!(draft.send(&world).await.unwrap(), 202);
    assert_eq!(reach(&world).await, 0);
    // The Undo came first.
    let late = boost(&ada, false);
    ada.does(&ada.undo(&late)).await;
    ada.does(&late).await;
    assert_eq!(reach(&world).await, 0);
}

async fn quotes_are_reach_until_they_sign_or_go(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    let bob = world.person("Bob Carver");
    let read = quoting(&ada, "Everybody should read this");
    ada.does(&ada.create(&read)).await;
    ada.does(&ada.create(&quoting(&ada, "Really"))).await;
    assert_eq!(reach(&world).await, 1);
    assert!(world.listed(&[]).is_empty());
    assert!(world.listed(&["--state", "comment"]).is_empty());
    let shares = world.letter.document("/letter/shares").await;
    assert_eq!(shares["totalItems"], 0, "a quote is no boost");

    // A quote whose own words sign waits for review, with or without a mention.
    let signing = quoting(&bob, "I sign");
    bob.does(&bob.create(&signing)).await;
    let waiting = world.endorsement(&bob);
    assert_eq!(
        (&waiting["kind"], &waiting["state"], &waiting["reason"]),
        (&json!("quote"), &json!("pending"), &json!("unsure"))
    );
    assert_eq!(reach(&world).await, 1);
    let id = waiting["id"].as_str().unwrap();
    assert_eq!(
        world.letter.command(&["endorsement", "approve", id]).code,
        0
    );
    assert_eq!(world.state(&bob), "listed");
    eventually("the server sees the decision", async || {
        (world.endorsers().await == 1).then_some(())
    })
    .await;

    // One edit removes the words, the next one the quote.
    let edit = bob.edit(&signing, |it| it["content"] = json!("<p>Just read it</p>"));
    bob.does(&edit).await;
    assert_eq!((world.endorsers().await, reach(&world).await), (0, 2));
    let edit = bob.edit(&signing, |note| {
        note["content"] = json!("<p>Just this</p>");
        let members = note.as_object_mut().unwrap();
        members.remove("quote");
        members.remove("_misskey_quote");
    });
    bob.does(&edit).await;
    assert_eq!(reach(&world).await, 1);
    ada.does(&ada.delete(&read)).await;
    // The other one of the same account still counts.
    assert_eq!(reach(&world).await, 1);
    world.assert_is_sound();
}

async fn who_blocks_us_or_deletes_the_account_is_counted_no_more(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    let bob = world.person("Bob Carver");
    for person in [&ada, &bob] {
        person.does(&boost(person, false)).await;
        let quote = quoting(person, "Everybody should read this");
        person.does(&person.create(&quote)).await;
    }
    assert_eq!(reach(&world).await, 4);
    let block = ada.activity("Block", ada.letters("/actor").into());
    ada.does(&block).await;
    assert_eq!(reach(&world).await, 2);
    // The account is gone, and its document with it: only the cached key is left.
    world.peer.remove("/users/bob");
    bob.does(&bob.delete_account()).await;
    assert_eq!(reach(&world).await, 0);
    world.assert_is_sound();
}
