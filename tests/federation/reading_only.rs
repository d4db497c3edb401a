//! `serve --read-only`: everything is shown, nothing is taken, and nothing changes.

use crate::{
    scene::{Audience, Scene},
    server::eventually,
};
use reqwest::StatusCode;
use undersigned::store::{Access, Contents, Store, TABLES};

on_both_databases!(
    a_server_that_may_change_nothing_shows_everything_and_takes_nothing,
    it_shows_what_a_server_beside_it_takes,
    without_a_first_start_there_is_nothing_to_show,
);

const READ_ONLY: &[&str] = &["--read-only"];

/// What stands in every table.
async fn contents(database: &str) -> Vec<Contents> {
    let store = Store::open(database, 1, Access::Existing).await.unwrap();
    let mut all = Vec::new();
    for table in TABLES {
        let mut tx = store.read().await.unwrap();
        all.push(tx.contents(table).await.unwrap());
    }
    store.close().await;
    all
}

async fn a_server_that_may_change_nothing_shows_everything_and_takes_nothing(database: &str) {
    let mut scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    let bo = scene.person("Bo Diddley");
    ada.does(&ada.follow()).await;
    ada.says("I sign", Audience::Public).await;
    scene.settle().await;
    // Something waits, and is not sent by a server that may change nothing.
    scene.peer.answer_with(503);
    bo.does(&bo.follow()).await;
    eventually("the first attempt failed", async || {
        let stats = scene.letter.json(&["queue", "stats"]);
        (stats["hosts"]["backing_off"] == 1).then_some(())
    })
    .await;
    scene.letter.stop().await;
    scene.peer.answer_with(202);
    let shown = async |scene: &Scene| {
        let mut documents = Vec::new();
        for path in [
            "/letter",
            "/actor",
            "/outbox",
            "/followers",
            "/letter/likes",
        ] {
            documents.push(scene.letter.document(path).await);
        }
        documents
    };
    let before = contents(database).await;
    let requests = scene.peer.requests().len();

    scene.letter.serve_with(READ_ONLY);
    scene.letter.serve().await;
    assert!(scene.letter.page("/").await.contains("Ada Lovelace"));
    assert_eq!(
        scene.letter.get("/healthz", None).await.status,
        StatusCode::OK
    );
    let documents = shown(&scene).await;
    for activity in [bo.like(), ada.undo(&ada.like()), ada.delete_account()] {
        let asked = ada.sends("/inbox", &activity).await;
        assert_eq!(asked, Some(StatusCode::SERVICE_UNAVAILABLE), "{activity}");
    }
    let url = scene.letter.origin.clone() + "/inbox";
    let answer = scene
        .client
        .post(url)
        .body("{\"type\":\"Like\",\"actor\":\"https://a.example/\"}");
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let wait = answer.headers()["retry-after"].to_str().unwrap();
    assert!(wait.parse::<u32>().unwrap() > 0);
    scene.letter.stop().await;
    assert_eq!(
        scene.peer.requests().len(),
        requests,
        "nothing was sent or asked"
    );
    assert_eq!(contents(database).await, before);

    scene.letter.serve_with(&[]);
    scene.letter.serve().await;
    assert_eq!(shown(&scene).await, documents);
    bo.does(&bo.like()).await;
    assert_eq!(scene.endorsers().await, 2);
}

async fn it_shows_what_a_server_beside_it_takes(database: &str) {
    let scene = Scene::new(database).await;
    let mut showing = scene.letter.another();
    showing.serve_with(READ_ONLY);
    showing.serve().await;
    let ada = scene.person("Ada Lovelace");
    assert!(!showing.page("/").await.contains("Ada Lovelace"));
    let like = ada.like();
    let asked = ada.sends_through(&showing, &like).await;
    assert_eq!(asked, Some(StatusCode::SERVICE_UNAVAILABLE));
    ada.does(&like).await;
    eventually("the like is shown by both", async || {
        showing
            .page("/")
            .await
            .contains("Ada Lovelace")
            .then_some(())
    })
    .await;
    showing.stop().await;
    scene.assert_is_sound();
}

async fn without_a_first_start_there_is_nothing_to_show(database: &str) {
    let mut scene = Scene::new(database).await;
    scene.letter.stop().await;
    scene.letter.serve_with(READ_ONLY);
    scene.letter.rename_host("localhost");
    let (code, log) = scene.letter.serve_in_vain().await;
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains("http://localhost:"), "{log}");
    let (_folder, empty) = crate::database::sqlite();
    let mut nowhere = scene.letter.another();
    nowhere.use_database(&empty);
    nowhere.serve_with(READ_ONLY);
    let (code, log) = nowhere.serve_in_vain().await;
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains("there is no database at"), "{log}");
}
