//! Documents of shown actors are read again, by a job that outlives a restart (F-155, F-344).

use serde_json::json;
use undersigned::{
    clock::Millis,
    hash::Sha256,
    store::{Access, NewJob, Store},
};
use url::Url;

use crate::{peer::Peer, scene::Scene, server::eventually};

on_both_databases!(
    a_stale_name_is_read_again_from_its_server,
    whose_account_is_gone_for_longer_than_a_grace_follows_and_endorses_no_longer,
    who_is_back_at_the_second_look_stays,
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
    };
    tx.add_jobs(&[job]).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;
}

/// How often the peer was asked for this since its start.
fn asked(peer: &Peer, path: &str) -> usize {
    let line = format!("GET {path}");
    peer.requests().iter().filter(|it| **it == line).count()
}

async fn whose_account_is_gone_for_longer_than_a_grace_follows_and_endorses_no_longer(
    database: &str,
) {
    let scene = Scene::with(database, "verify.grace = '1s'").await;
    let peer = Peer::named(scene.client.clone(), "localhost").await;
    let ada = scene.person_on(&peer, "Ada Lovelace", |_| ());
    let bob = scene.person_on(&peer, "Bob", |_| ());
    for person in [&ada, &bob] {
        person.does(&person.follow()).await;
        person.does(&person.like()).await;
    }
    scene.settle().await;
    // 404 and 500 are no absence.
    peer.refuse(Url::parse(&bob.id).unwrap().path(), 404);
    peer.refuse(Url::parse(&ada.id).unwrap().path(), 410);
    order(database, &bob.id).await;
    order(database, &ada.id).await;
    eventually("Ada is gone", async || {
        (scene.followers().await == 1).then_some(())
    })
    .await;
    assert_eq!(scene.state(&ada), "withdrawn");
    assert_eq!(scene.state(&bob), "listed");
    scene.assert_is_sound();
}

async fn who_is_back_at_the_second_look_stays(database: &str) {
    let scene = Scene::with(database, "verify.grace = '2s'").await;
    let peer = Peer::named(scene.client.clone(), "localhost").await;
    let ada = scene.person_on(&peer, "Ada Lovelace", |_| ());
    ada.does(&ada.follow()).await;
    scene.settle().await;
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
    assert_eq!(scene.followers().await, 1);
}

async fn a_stale_name_is_read_again_from_its_server(database: &str) {
    let scene = Scene::new(database).await;
    let peer = Peer::named(scene.client.clone(), "localhost").await;
    let ada = scene.person_on(&peer, "Ada Lovelace", |_| ());
    ada.does(&ada.like()).await;
    assert!(scene.letter.page("/").await.contains("Ada Lovelace"));
    let mut document = peer.actor("Ada Lovelace");
    document["name"] = json!("Ada King");
    peer.put(Url::parse(&ada.id).unwrap().path(), document);
    order(database, &ada.id).await;
    eventually("the new name", async || {
        let page = scene.letter.page("/").await;
        (page.contains("Ada King") && !page.contains("Ada Lovelace")).then_some(())
    })
    .await;
    scene.assert_is_sound();
}
