//! Collections of others that show our actor (FEP-7aa9): asked for, verified by others, and taken back.

use serde_json::{Value, json};

use crate::{
    both::on_both_databases,
    support::{
        fediverse::{Delivery, FakeServer},
        program::{Answer, eventually},
        world::{Person, World},
    },
};

on_both_databases!(
    everybody_may_put_the_actor_into_a_collection,
    what_is_not_the_asking_actors_own_is_rejected,
    a_collection_is_taken_back_by_command_and_by_a_block,
);

/// Asks whether a collection may show the actor, as Mastodon does.
pub(super) fn asks(person: &Person, collection: &str) -> Value {
    let mut request = person.activity("FeatureRequest", person.letters("/actor").into());
    request["instrument"] = json!(collection);
    request
}

/// The address of a collection of this person.
fn collection(person: &Person, number: u8) -> String {
    format!("{}/collections/{number}", person.id)
}

/// The answer to this request.
pub(super) async fn answer(server: &FakeServer, kind: &str, request: &Value) -> Delivery {
    let delivery = eventually("an answer to the request", async || {
        let answers = server.deliveries(kind).into_iter();
        let mut answers = answers.filter(|it| it.activity["object"]["id"] == request["id"]);
        answers.find(|it| it.answer == 202)
    })
    .await;
    assert_eq!(delivery.verified, Ok(()));
    delivery
}

/// The response to a GET of an authorization.
pub(super) async fn fetched(world: &World, authorization: &Value) -> Answer {
    let url = authorization.as_str().unwrap();
    let path = url.strip_prefix(&world.letter.origin).unwrap();
    assert!(path.starts_with("/feature-authorizations/"), "{path}");
    let accept = Some("application/activity+json");
    world.letter.get(path, accept).await
}

async fn everybody_may_put_the_actor_into_a_collection(database: &str) {
    let world = World::new(database).await;
    let actor = world.letter.document("/actor").await;
    assert_eq!(
        actor["interactionPolicy"]["canFeature"]["automaticApproval"],
        json!(["https://www.w3.org/ns/activitystreams#Public"])
    );
    let ada = world.person("Ada Lovelace");
    let first = collection(&ada, 1);
    let request = asks(&ada, &first);
    ada.does(&request).await;
    let accept = answer(&world.peer, "Accept", &request).await;
    assert_eq!(accept.inbox, "/users/ada/inbox");
    assert_eq!(accept.activity["object"]["type"], "FeatureRequest");
    assert_eq!(accept.activity["object"]["instrument"], first);
    let authorization = &accept.activity["result"];

    let document = fetched(&world, authorization).await;
    assert_eq!(document.status, 200);
    assert!(document.header("cache-control").contains("no-cache"));
    let document = document.json();
    for (member, expected) in [
        ("id", authorization.clone()),
        ("type", json!("FeatureAuthorization")),
        ("interactingObject", json!(first)),
        ("interactionTarget", json!(ada.letters("/actor"))),
    ] {
        assert_eq!(document[member], expected, "{member}");
    }
    let term = &document["@context"][1]["FeatureAuthorization"];
    assert_eq!(term, "https://w3id.org/fep/7aa9#FeatureAuthorization");

    // A repeated request gives the same one, another collection another one.
    let again = asks(&ada, &first);
    ada.does(&again).await;
    let repeated = answer(&world.peer, "Accept", &again).await;
    assert_eq!(repeated.activity["result"], *authorization);
    let other = asks(&ada, &collection(&ada, 2));
    ada.does(&other).await;
    let other = answer(&world.peer, "Accept", &other).await;
    assert_ne!(other.activity["result"], *authorization);

    // It ends with the collection.
    let deleted = ada.activity("Delete", json!({"id": first, "type": "Tombstone"}));
    ada.does(&deleted).await;
    assert_eq!(fetched(&world, authorization).await.status, 404);
    let delete = world.delivered("Delete").await;
    assert_eq!(delete.activity["object"]["id"], *authorization);
    assert_eq!(delete.activity["object"]["type"], "FeatureAuthorization");
    let result = &other.activity["result"];
    assert_eq!(fetched(&world, result).await.status, 200);
    // Nobody endorses by it, and nobody is counted as quoting.
    assert_eq!(world.endorsers().await, 0);
    assert_eq!(world.number("reach").await, 0);
    world.assert_is_sound();
}

async fn what_is_not_the_asking_actors_own_is_rejected(database: &str) {
    let world = World::new(database).await;
    let (ada, elsewhere) = (world.person("Ada Lovelace"), FakeServer::start());
    let mut of_the_letter = asks(&ada, &collection(&ada, 1));
    of_the_letter["object"] = json!(ada.letters("/letter"));
    for request in [
        asks(&ada, &elsewhere.url("/collections/1")),
        asks(&ada, &ada.letters("/featured")),
        of_the_letter,
    ] {
        ada.does(&request).await;
        let reject = answer(&world.peer, "Reject", &request).await;
        assert_eq!(reject.activity.get("result"), None);
    }
    // Who asks in somebody else's name is nobody.
    let forged = asks(&ada, &collection(&ada, 1));
    let bo = world.person("Bo");
    let mut forged_by_bo = forged.clone();
    forged_by_bo["actor"] = json!(ada.id);
    bo.sends("/inbox", &forged_by_bo).await;
    world.settle().await;
    assert!(world.peer.deliveries("Accept").is_empty());
    assert_eq!(world.letter.json(&["quote", "list"]), json!([]));
    world.assert_is_sound();
}

async fn a_collection_is_taken_back_by_command_and_by_a_block(database: &str) {
    let world = World::new(database).await;
    let bad = FakeServer::named("localhost");
    let ada = world.person("Ada Lovelace");
    let bo = world.person_on(&bad, "Bo", |_| ());
    let mut authorizations = Vec::new();
    let servers = [&world.peer, &bad];
    for (person, server) in [&ada, &bo].into_iter().zip(servers) {
        let request = asks(person, &collection(person, 1));
        person.does(&request).await;
        let accept = answer(server, "Accept", &request).await;
        authorizations.push(accept.activity["result"].clone());
    }
    let listed = world.letter.json(&["quote", "list"]);
    assert_eq!(listed[1]["object"], collection(&ada, 1));
    assert_eq!(listed[1]["target"], ada.letters("/actor"));
    let revoked = world
        .letter
        .command(&["quote", "revoke", &collection(&ada, 1), "--yes"]);
    assert_eq!(revoked.code, 0, "{}", revoked.stderr);
    world.commands(&["block", "add", "localhost"]);
    for (authorization, server) in authorizations.iter().zip(servers) {
        eventually("the authorization went", async || {
            let answer = fetched(&world, authorization).await;
            (answer.status == 404).then_some(())
        })
        .await;
        eventually("its end was told", async || {
            let told = server.deliveries("Delete").into_iter();
            let mut told = told.filter(|it| it.activity["object"]["id"] == *authorization);
            told.next()
        })
        .await;
    }
    // It is not given back.
    let again = asks(&ada, &collection(&ada, 1));
    ada.does(&again).await;
    answer(&world.peer, "Reject", &again).await;
    world.assert_is_sound();
}
