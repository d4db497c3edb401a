//! Quote requests and quote authorizations (FEP-044f): given, verified by others, and withdrawn.

use serde_json::{Value, json};

use crate::{
    both::on_both_databases,
    support::{
        fediverse::{Delivery, FakeServer},
        program::{Answer, eventually},
        world::{Audience, Person, World},
    },
};

on_both_databases!(
    a_quote_is_authorized_until_its_post_is_deleted,
    a_quote_that_is_not_the_asking_actors_own_is_rejected,
    the_organisers_may_want_no_quotes,
    who_blocks_us_loses_the_stamps_and_hears_nothing_of_it,
    a_block_takes_a_quote_back_and_does_not_give_it_back,
    a_quote_is_revoked_by_command,
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
async fn answer(world: &World, kind: &str, request: &Value) -> Delivery {
    answer_at(&world.peer, kind, request).await
}

/// The answer to this request by somebody on another server.
async fn answer_at(server: &FakeServer, kind: &str, request: &Value) -> Delivery {
    let delivery = eventually("an answer to the request", async || {
        let answers = server.deliveries(kind).into_iter();
        let mut answers = answers.filter(|it| it.activity["object"]["id"] == request["id"]);
        answers.find(|it| it.answer == 202)
    })
    .await;
    assert_eq!(delivery.verified, Ok(()));
    delivery
}

/// The response to a GET of a quote authorization.
async fn fetched(world: &World, authorization: &Value) -> Answer {
    let path = authorization
        .as_str()
        .unwrap()
        .strip_prefix(&world.letter.origin);
    let accept = Some("application/activity+json");
    world.letter.get(path.unwrap(), accept).await
}

async fn a_quote_is_authorized_until_its_post_is_deleted(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    let note = quoting(&ada);
    let request = asks(&ada, note.clone());
    ada.does(&request).await;
    let accept = answer(&world, "Accept", &request).await;
    assert_eq!(accept.inbox, "/users/ada/inbox");
    assert_eq!(accept.activity["object"]["type"], "QuoteRequest");
    assert_eq!(accept.activity["object"]["instrument"], note["id"]);
    let authorization = &accept.activity["result"];

    let document = fetched(&world, authorization).await;
    assert_eq!(document.status, 200);
    assert!(
        document
            .header("content-type")
            .starts_with("application/activity+json")
    );
    assert!(document.header("cache-control").contains("no-cache"));
    let document = document.json();
    assert_eq!(document["id"], *authorization);
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

    // A repeated request, by the post's bare id, gives the same authorization; another post gets another one.
    let again = asks(&ada, note["id"].clone());
    ada.does(&again).await;
    let repeated = answer(&world, "Accept", &again).await;
    assert_eq!(repeated.activity["result"], *authorization);
    let other = asks(&ada, quoting(&ada));
    ada.does(&other).await;
    let other = answer(&world, "Accept", &other).await.activity;
    assert_ne!(other["result"], *authorization);

    ada.does(&ada.delete(&note)).await;
    assert_eq!(fetched(&world, authorization).await.status, 404);
    let delete = world.delivered("Delete").await;
    assert_eq!(delete.inbox, "/users/ada/inbox");
    assert_eq!(delete.activity["object"]["id"], *authorization);
    assert_eq!(fetched(&world, &other["result"]).await.status, 200);
    // The post was deleted, so its quote is no longer authorized.
    let late = asks(&ada, note);
    ada.does(&late).await;
    answer(&world, "Reject", &late).await;
    let never = json!(ada.letters("/quote-authorizations/0123456789abcdef"));
    assert_eq!(fetched(&world, &never).await.status, 404);
    world.assert_is_sound();
}

async fn a_quote_that_is_not_the_asking_actors_own_is_rejected(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    let bob = world.person("Bob Carver");
    let changed = |change: fn(&mut Value)| {
        let mut note = quoting(&ada);
        change(&mut note);
        note
    };
    for instrument in [
        quoting(&bob),
        json!("https://other.example/users/ada/statuses/1"),
        changed(|document| document["id"] = json!("https://other.example/users/ada/statuses/1")),
        changed(|document| document["quote"] = json!("https://other.example/posts/1")),
        changed(|document| document["to"] = json!([])),
        changed(|document| document["type"] = json!("Person")),
    ] {
        let request = asks(&ada, instrument.clone());
        ada.does(&request).await;
        let reject = answer(&world, "Reject", &request).await;
        assert_eq!(reject.activity.get("result"), None, "{instrument}");
    }
    let mut elsewhere = asks(&ada, quoting(&ada));
    elsewhere["object"] = json!(ada.letters("/posts/0123456789abcdef"));
    ada.does(&elsewhere).await;
    answer(&world, "Reject", &elsewhere).await;
    world.settle().await;
    assert!(world.peer.deliveries("Accept").is_empty());
}

async fn the_organisers_may_want_no_quotes(database: &str) {
    let world = World::with(database, "note.allow_quotes = false").await;
    let ada = world.person("Ada Lovelace");
    let request = asks(&ada, quoting(&ada));
    ada.does(&request).await;
    answer(&world, "Reject", &request).await;
}

async fn who_blocks_us_loses_the_stamps_and_hears_nothing_of_it(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    let request = asks(&ada, quoting(&ada));
    ada.does(&request).await;
    let accept = answer(&world, "Accept", &request).await;
    let block = ada.activity("Block", ada.letters("/actor").into());
    ada.does(&block).await;
    assert_eq!(
        fetched(&world, &accept.activity["result"]).await.status,
        404
    );
    world.settle().await;
    assert!(world.peer.deliveries("Delete").is_empty());
}

async fn a_block_takes_a_quote_back_and_does_not_give_it_back(database: &str) {
    let world = World::new(database).await;
    let bad = FakeServer::named("localhost");
    let ada = world.person_on(&bad, "Ada", |_| ());
    let bo = world.person("Bo");
    bo.does(&bo.follow()).await;
    let note = quoting(&ada);
    let request = asks(&ada, note.clone());
    ada.does(&request).await;
    let accept = answer_at(&bad, "Accept", &request).await;
    let authorization = &accept.activity["result"];
    world.commands(&["block", "add", "localhost", "--severity", "limit"]);
    assert_eq!(fetched(&world, authorization).await.status, 200);

    let done = world.commands(&["block", "add", "localhost"]);
    assert!(done.contains("1 quote revoked for good"), "{done}");
    for server in [&bad, &world.peer] {
        let delete = eventually("the Delete", async || server.deliveries("Delete").pop()).await;
        assert_eq!(delete.activity["object"]["id"], *authorization);
        assert_eq!(delete.verified, Ok(()));
    }
    eventually("nobody finds the authorization", async || {
        let answer = fetched(&world, authorization).await;
        (answer.status == 404).then_some(())
    })
    .await;
    let again = asks(&ada, quoting(&ada));
    let refused = ada.sends("/inbox", &again).await.unwrap();
    assert_eq!(refused, 403);
    let shown = world.commands(&["block", "show", "localhost"]);
    assert!(shown.contains("1 quote revoked for good"), "{shown}");

    let lifted = world.letter.command(&["block", "remove", "localhost"]);
    assert!(
        lifted.stderr.contains("1 quote stays revoked"),
        "{}",
        lifted.stderr
    );
    let same = asks(&ada, note);
    eventually("requests are taken again", async || {
        (ada.sends("/inbox", &same).await?.as_u16() == 202).then_some(())
    })
    .await;
    answer_at(&bad, "Reject", &same).await;
    let other = asks(&ada, quoting(&ada));
    ada.does(&other).await;
    answer_at(&bad, "Accept", &other).await;
    world.assert_is_sound();
}

async fn a_quote_is_revoked_by_command(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    let (first, second) = (asks(&ada, quoting(&ada)), asks(&ada, quoting(&ada)));
    for request in [&first, &second] {
        ada.does(request).await;
    }
    let accept = answer(&world, "Accept", &first).await;
    answer(&world, "Accept", &second).await;
    let post = first["instrument"]["id"].as_str().unwrap();
    let listed = world.letter.json(&["quote", "list"]);
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert_eq!(listed[1]["object"], post);
    assert_eq!(listed[1]["id"], accept.activity["result"]);
    assert_eq!(listed[1]["target"], ada.letters("/letter"));

    let refused = world.letter.command(&["quote", "revoke", post]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    let revoke = |what: &str| world.letter.command(&["quote", "revoke", what, "--yes"]);
    assert_eq!(revoke(post).code, 0);
    let delete = world.delivered("Delete").await;
    assert_eq!(delete.activity["object"]["id"], accept.activity["result"]);
    assert_eq!(
        world
            .letter
            .json(&["quote", "list"])
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(revoke(post).code, 3);
    assert_eq!(revoke(&ada.id).code, 0);
    assert_eq!(world.letter.json(&["quote", "list"]), json!([]));
    assert_eq!(revoke(&ada.id).code, 3);
    assert_eq!(revoke("nobody").code, 3);
    world.assert_is_sound();
}
