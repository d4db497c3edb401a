//! Documents of shown actors are read again, by a job that outlives a restart (F-155, F-344).

use serde_json::json;
use undersigned::{
    clock::Millis,
    hash::Sha256,
    store::{Access, NewJob, Store},
};
use url::Url;

use crate::{peer::Peer, scene::Scene, server::eventually};

on_both_databases!(a_stale_name_is_read_again_from_its_server);

async fn a_stale_name_is_read_again_from_its_server(database: &str) {
    let scene = Scene::new(database).await;
    // The library reads no addresses, only names.
    let peer = Peer::named(scene.client.clone(), "localhost").await;
    let ada = scene.person_on(&peer, "Ada Lovelace", |_| ());
    ada.does(&ada.like()).await;
    assert!(scene.letter.page("/").await.contains("Ada Lovelace"));
    let mut document = peer.actor("Ada Lovelace");
    document["name"] = json!("Ada King");
    peer.put(Url::parse(&ada.id).unwrap().path(), document);
    let store = Store::open(database, 2, Access::Existing).await.unwrap();
    let mut tx = store.write().await.unwrap();
    let job = NewJob {
        kind: "refresh_actor".to_owned(),
        key_hash: Sha256::of(&ada.id),
        payload: ada.id.clone(),
        due_at: Millis::default(),
    };
    tx.add_jobs(&[job]).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;
    eventually("the new name", async || {
        let page = scene.letter.page("/").await;
        (page.contains("Ada King") && !page.contains("Ada Lovelace")).then_some(())
    })
    .await;
    scene.assert_is_sound();
}
