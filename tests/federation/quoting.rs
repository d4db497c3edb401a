//! Who may quote the letter: requests, stamps and their end (F-118, F-194, FEP-044f).

use serde_json::{Value, json};

use crate::{
    peer::Delivery,
    scene::{Audience, Person, Scene},
    server::{Answer, eventually},
};

on_both_databases!(
    who_asks_to_quote_gets_a_stamp_that_others_can_check_until_the_post_goes,
    a_quote_that_is_not_the_asking_actors_own_is_rejected,
    the_organisers_may_want_no_quotes,
    who_blocks_us_loses_the_stamps_and_hears_nothing_of_it,
);

/// A post that quotes the letter.
fn quoting(person: &Person) -> Value {
    let mut note = person.reply("Read this", Audience::Public);
    note.as_object_mut().unwrap().remove("inReplyTo");
    note["quote"] = json!(person.letters("/letter"));
    note
}

/// Asks whether a post may quote the letter, as Mastodon does.
fn asks(person: &Person, instrument: Value) -> Value {
    let mut request = person.activity("QuoteRequest", person.letters("/letter").into());
    request["instrument"] = instrument;
    request
}

/// The answer to this request.
async fn answer(scene: &Scene, kind: &str, request: &Value) -> Delivery {
    let delivery = eventually("an answer to the request", async || {
        let answers = scene.peer.deliveries(kind).into_iter();
        let mut answers = answers.filter(|it| it.activity["object"]["id"] == request["id"]);
        answers.find(|it| it.answer == 202)
    })
    .await;
    assert_eq!(delivery.verified, Ok(()));
    delivery
}

/// What a server gets under the id of a stamp.
async fn fetched(scene: &Scene, stamp: &Value) -> Answer {
    let path = stamp.as_str().unwrap().strip_prefix(&scene.letter.origin);
    let accept = Some("application/activity+json");
    scene.letter.get(path.unwrap(), accept).await
}

async fn who_asks_to_quote_gets_a_stamp_that_others_can_check_until_the_post_goes(database: &str) {
    let scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    let note = quoting(&ada);
    let request = asks(&ada, note.clone());
    ada.does(&request).await;
    let accept = answer(&scene, "Accept", &request).await;
    assert_eq!(accept.inbox, "/users/ada/inbox");
    assert_eq!(accept.activity["object"]["type"], "QuoteRequest");
    assert_eq!(accept.activity["object"]["instrument"], note["id"]);
    let stamp = &accept.activity["result"];

    let document = fetched(&scene, stamp).await;
    assert_eq!(document.status, 200);
    assert!(
        document
            .header("content-type")
            .starts_with("application/activity+json")
    );
    assert!(document.header("cache-control").contains("no-cache"));
    let document = document.json();
    assert_eq!(document["id"], *stamp);
    assert_eq!(document["type"], "QuoteAuthorization");
    assert_eq!(document["attributedTo"], ada.letters("/actor"));
    assert_eq!(document["interactingObject"], note["id"]);
    assert_eq!(document["interactionTarget"], ada.letters("/letter"));
    let terms = &document["@context"][1];
    for term in [
        "QuoteAuthorization",
        "interactingObject",
        "interactionTarget",
    ] {
        assert!(terms.get(term).is_some(), "{term}");
    }

    // Asking again, by the post's bare id, gives the same stamp; another post gets another.
    let again = asks(&ada, note["id"].clone());
    ada.does(&again).await;
    let repeated = answer(&scene, "Accept", &again).await;
    assert_eq!(repeated.activity["result"], *stamp);
    let other = asks(&ada, quoting(&ada));
    ada.does(&other).await;
    let other = answer(&scene, "Accept", &other).await.activity;
    assert_ne!(other["result"], *stamp);

    ada.does(&ada.delete(&note)).await;
    let gone = fetched(&scene, stamp).await;
    assert_eq!(
        (gone.status.as_u16(), &gone.json()["type"]),
        (410, &json!("Tombstone"))
    );
    let delete = scene.delivered("Delete").await;
    assert_eq!(delete.inbox, "/users/ada/inbox");
    assert_eq!(delete.activity["object"]["id"], *stamp);
    assert_eq!(fetched(&scene, &other["result"]).await.status, 200);
    // The post was deleted, and nobody quotes in it any more.
    let late = asks(&ada, note);
    ada.does(&late).await;
    answer(&scene, "Reject", &late).await;
    let never = json!(ada.letters("/quote-authorizations/0123456789abcdef"));
    assert_eq!(fetched(&scene, &never).await.status, 404);
    scene.assert_is_sound();
}

async fn a_quote_that_is_not_the_asking_actors_own_is_rejected(database: &str) {
    let scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    let bob = scene.person("Bob Carver");
    let changed = |change: fn(&mut Value)| {
        let mut note = quoting(&ada);
        change(&mut note);
        note
    };
    for instrument in [
        quoting(&bob),
        json!("https://other.example/users/ada/statuses/1"),
        changed(|it| it["id"] = json!("https://other.example/users/ada/statuses/1")),
        changed(|it| it["quote"] = json!("https://other.example/posts/1")),
        changed(|it| it["to"] = json!([])),
        changed(|it| it["type"] = json!("Person")),
    ] {
        let request = asks(&ada, instrument.clone());
        ada.does(&request).await;
        let reject = answer(&scene, "Reject", &request).await;
        assert_eq!(reject.activity.get("result"), None, "{instrument}");
    }
    let mut elsewhere = asks(&ada, quoting(&ada));
    elsewhere["object"] = json!(ada.letters("/posts/0123456789abcdef"));
    ada.does(&elsewhere).await;
    answer(&scene, "Reject", &elsewhere).await;
    scene.settle().await;
    assert!(scene.peer.deliveries("Accept").is_empty());
}

async fn the_organisers_may_want_no_quotes(database: &str) {
    let scene = Scene::with(database, "note.allow_quotes = false").await;
    let ada = scene.person("Ada Lovelace");
    let request = asks(&ada, quoting(&ada));
    ada.does(&request).await;
    answer(&scene, "Reject", &request).await;
}

async fn who_blocks_us_loses_the_stamps_and_hears_nothing_of_it(database: &str) {
    let scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    let request = asks(&ada, quoting(&ada));
    ada.does(&request).await;
    let accept = answer(&scene, "Accept", &request).await;
    let block = ada.activity("Block", ada.letters("/actor").into());
    ada.does(&block).await;
    assert_eq!(
        fetched(&scene, &accept.activity["result"]).await.status,
        410
    );
    scene.settle().await;
    assert!(scene.peer.deliveries("Delete").is_empty());
}
