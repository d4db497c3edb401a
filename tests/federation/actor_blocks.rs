//! Blocks and limits of single actors, and commands that have to be confirmed.

use std::sync::Arc;

use reqwest::StatusCode;
use serde_json::json;
use undersigned::signature::KeyPair;
use url::Url;

use crate::{
    both::on_both_databases,
    support::{
        fediverse::FakeServer,
        program::eventually,
        world::{Person, World},
    },
};

on_both_databases!(
    whom_we_block_is_told_to_them_alone,
    one_actor_can_be_blocked_and_the_neighbour_goes_on,
    a_limited_server_waits_until_the_limit_is_lifted,
    a_block_that_hides_many_has_to_be_confirmed,
);

async fn one_actor_can_be_blocked_and_the_neighbour_goes_on(database: &str) {
    let world = World::new(database).await;
    let (ada, bo) = (world.person("Ada Lovelace"), world.person("Bo Diddley"));
    for person in [&ada, &bo] {
        person.does(&person.like()).await;
    }
    let handle = world.endorsement(&ada)["handle"]
        .as_str()
        .unwrap()
        .to_owned();
    world.blocks(&handle, &ada).await;
    assert_eq!(
        world.letter.json(&["block", "show", &handle])["target"],
        ada.id
    );
    assert_eq!(
        (world.state(&ada), world.state(&bo)),
        ("hidden".to_owned(), "listed".to_owned())
    );
    assert_eq!(
        ada.sends("/inbox", &ada.follow()).await,
        Some(StatusCode::FORBIDDEN)
    );
    bo.does(&bo.follow()).await;
    let id = world.endorsement(&ada)["id"].clone();
    let audit = world.letter.json(&["audit", "list"]);
    assert_eq!(
        (&audit[0]["action"], &audit[0]["target"]),
        (&json!("block.add"), &id)
    );
    let unhide = world
        .letter
        .command(&["endorsement", "unhide", id.as_str().unwrap()]);
    assert_eq!(unhide.code, 4, "{}", unhide.stderr);
    world.commands(&["block", "remove", &ada.id]);
    assert_eq!(world.state(&ada), "listed");
    // No such actor is known.
    assert_eq!(
        world
            .letter
            .command(&["block", "add", "@nobody@m.example"])
            .code,
        3
    );
}

async fn whom_we_block_is_told_to_them_alone(database: &str) {
    let world = World::new(database).await;
    let (ada, bo) = (world.person("Ada Lovelace"), world.person("Bo Diddley"));
    ada.does(&ada.like()).await;
    // A key of hers that we do not know.
    let other_id = format!("{}#other", ada.id);
    let mut document = world.peer.actor("Ada Lovelace");
    let other = json!({"id": other_id, "owner": ada.id, "publicKeyPem": ada.key.public_key_pem()});
    document["publicKey"] = json!([document["publicKey"], other]);
    world.peer.put("/users/ada", document);
    let handle = world.endorsement(&ada)["handle"].clone();
    world.blocks(handle.as_str().unwrap(), &ada).await;
    let asked = world.peer.request_lines();
    let key = Arc::new(KeyPair::generate().unwrap());
    let under = |person: &Person, key_id: &str, key: &Arc<KeyPair>| {
        let client = person.client.clone();
        Person::new(person.letters(""), client, &person.id, key_id, key)
    };
    let forged = under(&ada, &ada.key_id, &key);
    let unknown = under(&ada, &other_id, &ada.key);
    let url = Url::parse(&ada.letters("/actor")).unwrap();
    for (name, person, read, sent) in [
        ("herself", &ada, 403, 403),
        ("a forger", &forged, 200, 401),
        ("a key that nobody knows", &unknown, 200, 401),
        ("somebody else", &bo, 200, 202),
    ] {
        let mut headers = person.reading(&url);
        headers.insert("accept", "application/activity+json".parse().unwrap());
        let request = world.client.get(url.clone()).headers(headers.clone());
        assert_eq!(request.send().await.unwrap().status(), read, "{name}");
        // A signature over a GET proves nothing of a HEAD.
        let request = world.client.head(url.clone()).headers(headers);
        assert_eq!(request.send().await.unwrap().status(), 200, "{name}");
        let answer = person.sends("/inbox", &person.follow()).await.unwrap();
        assert_eq!(answer, sent, "{name}");
    }
    let asked_since = world.peer.requests_after(asked.len());
    let of_her = asked_since.iter().filter(|it| it.path() == "/users/ada");
    assert_eq!(of_her.count(), 0);
}

async fn a_limited_server_waits_until_the_limit_is_lifted(database: &str) {
    let world = World::new(database).await;
    let bad = FakeServer::named("localhost");
    let [ada, bo] = ["Ada", "Bo"].map(|name| world.person_on(&bad, name, |_| ()));
    ada.does(&ada.like()).await;
    world.commands(&["block", "add", "localhost", "--severity", "limit"]);
    assert_eq!(world.state(&ada), "pending");
    bo.does(&bo.like()).await;
    assert_eq!(world.state(&bo), "pending");
    assert_eq!(world.endorsement(&bo)["reason"], "limited");
    let waiting = world.listed(&["--waits-for", "limited"]);
    assert_eq!(waiting.len(), 2);
    world.commands(&["block", "remove", "localhost"]);
    assert_eq!(
        (world.state(&ada), world.state(&bo)),
        ("listed".to_owned(), "listed".to_owned())
    );
    world.assert_is_sound();
}

async fn a_block_that_hides_many_has_to_be_confirmed(database: &str) {
    let world = World::new(database).await;
    let bad = FakeServer::named("localhost");
    for number in 0..11 {
        let person = world.person_on(&bad, &format!("P{number}"), |_| ());
        person.does(&person.like()).await;
    }
    let refused = world.letter.command(&["block", "add", "localhost"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("11 endorsements") && refused.stderr.contains("--yes"));
    assert_eq!(world.endorsers().await, 11);
    world.commands(&["block", "add", "localhost", "--yes"]);
    eventually("nobody is counted", async || {
        (world.endorsers().await == 0).then_some(())
    })
    .await;
}
