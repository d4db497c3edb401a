//! Actor documents are read again by a job that outlives a restart: servers tell about changes only those who follow
//! the actor, and the letter does not.

use serde_json::json;
use undersigned::{
    clock::Millis,
    hash::Sha256,
    store::{Access, NewJob, Store},
};
use url::Url;

use crate::{
    both::on_both_databases,
    support::{fediverse::FakeServer, program::eventually, sql, world::World},
};

on_both_databases!(
    a_stale_name_is_read_again_from_its_server,
    an_account_gone_for_longer_than_a_grace_is_removed,
    who_is_back_at_the_second_look_stays,
    a_like_with_a_stale_discoverable_names_nobody,
);

/// Orders that an actor is read again, as a strange answer of its inbox does.
async fn order(database: &str, actor: &str) {
    let store = Store::open(database, 2, Access::Existing).await.unwrap();
    let mut tx = store.write().await.unwrap();
    let job = NewJob {
        kind: "refresh_actor".to_owned(),
        key_hash: Sha256::of(actor),
        payload: actor.to_owned(),
        due_at: Millis::default(),
        domain: None,
    };
    tx.add_jobs(&[job]).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;
}

/// How often the peer was asked for this since its start.
fn asked(peer: &FakeServer, path: &str) -> usize {
    let line = format!("GET {path}");
    peer.request_lines()
        .iter()
        .filter(|it| **it == line)
        .count()
}

async fn an_account_gone_for_longer_than_a_grace_is_removed(database: &str) {
    let world = World::with(database, "verify.grace = '1s'").await;
    let peer = FakeServer::named("localhost");
    let ada = world.person_on(&peer, "Ada Lovelace", |_| ());
    let bob = world.person_on(&peer, "Bob", |_| ());
    for person in [&ada, &bob] {
        person.does(&person.follow()).await;
        person.does(&person.like()).await;
    }
    world.settle().await;
    // 403 does not mean that the account is gone.
    peer.refuse(Url::parse(&bob.id).unwrap().path(), 403);
    peer.refuse(Url::parse(&ada.id).unwrap().path(), 410);
    order(database, &bob.id).await;
    order(database, &ada.id).await;
    eventually("Ada is gone", async || {
        (world.followers().await == 1).then_some(())
    })
    .await;
    assert_eq!(world.state(&ada), "withdrawn");
    assert_eq!(world.state(&bob), "listed");
    world.assert_is_sound();
}

async fn who_is_back_at_the_second_look_stays(database: &str) {
    let world = World::with(database, "verify.grace = '2s'").await;
    let peer = FakeServer::named("localhost");
    let ada = world.person_on(&peer, "Ada Lovelace", |_| ());
    ada.does(&ada.follow()).await;
    world.settle().await;
    let url = Url::parse(&ada.id).unwrap();
    let before = asked(&peer, url.path());
    peer.refuse(url.path(), 410);
    order(database, &ada.id).await;
    eventually("the first look", async || {
        (asked(&peer, url.path()) > before).then_some(())
    })
    .await;
    peer.welcome(url.path());
    eventually("the second look", async || {
        (asked(&peer, url.path()) > before + 1).then_some(())
    })
    .await;
    assert_eq!(world.followers().await, 1);
}

async fn a_like_with_a_stale_discoverable_names_nobody(database: &str) {
    let world = World::new(database).await;
    let peer = FakeServer::named("localhost");
    let ada = world.person_on(&peer, "Ada Lovelace", |_| ());
    let bob = world.person_on(&peer, "Bob Carver", |_| ());
    for person in [&ada, &bob] {
        person.does(&person.follow()).await;
    }
    // Two days pass; Ada switched it off since, and her server told nobody.
    let store = Store::open(database, 2, Access::Existing).await.unwrap();
    let mut tx = store.write().await.unwrap();
    let aged = "UPDATE actor SET refreshed_at = refreshed_at - 172800000";
    sql::run(&mut tx, aged).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;
    let mut document = peer.actor("Ada Lovelace");
    document["discoverable"] = json!(false);
    peer.put(Url::parse(&ada.id).unwrap().path(), document);
    for person in [&ada, &bob] {
        person.does(&person.like()).await;
    }
    assert_eq!(world.state(&ada), "counted");
    assert!(!world.public_text().await.contains("Lovelace"));
    eventually("Bob is named", async || {
        (world.state(&bob) == "listed").then_some(())
    })
    .await;
    let url = Url::parse(&ada.id).unwrap();
    eventually("Ada was read again", async || {
        (asked(&peer, url.path()) > 1).then_some(())
    })
    .await;
    world.settle().await;
    assert_eq!(world.state(&ada), "counted");
    assert!(!world.public_text().await.contains("Lovelace"));
    world.assert_is_sound();
}

async fn a_stale_name_is_read_again_from_its_server(database: &str) {
    let world = World::new(database).await;
    // The library accepts only host names, no IP addresses.
    let peer = FakeServer::named("localhost");
    let ada = world.person_on(&peer, "Ada Lovelace", |_| ());
    ada.does(&ada.like()).await;
    assert!(world.letter.page("/").await.contains("Ada Lovelace"));
    let mut document = peer.actor("Ada Lovelace");
    document["name"] = json!("Ada King");
    peer.put(Url::parse(&ada.id).unwrap().path(), document);
    order(database, &ada.id).await;
    eventually("the new name", async || {
        let page = world.letter.page("/").await;
        (page.contains("Ada King") && !page.contains("Ada Lovelace")).then_some(())
    })
    .await;
    world.assert_is_sound();
}
