//! `serve --read-only`: everything is shown, nothing is accepted, and nothing changes.

use crate::{
    both::on_both_databases,
    support::{
        program::eventually,
        world::{Audience, World},
    },
};
use reqwest::StatusCode;
use undersigned::store::{Access, Contents, Store, TABLES};

on_both_databases!(
    a_read_only_server_shows_all_and_accepts_nothing,
    it_shows_what_a_server_beside_it_takes,
    without_a_first_start_there_is_nothing_to_show,
);

const READ_ONLY: &[&str] = &["--read-only"];

/// The content of every table.
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

async fn a_read_only_server_shows_all_and_accepts_nothing(database: &str) {
    let mut world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    let bo = world.person("Bo Diddley");
    ada.does(&ada.follow()).await;
    ada.says("I sign", Audience::Public).await;
    world.settle().await;
    // A delivery waits, and a read-only server does not send it.
    world.peer.answer_with(503);
    bo.does(&bo.follow()).await;
    eventually("the first attempt failed", async || {
        let stats = world.letter.json(&["queue", "stats"]);
        (stats["hosts"]["backing_off"] == 1).then_some(())
    })
    .await;
    world.letter.stop().await;
    world.peer.answer_with(202);
    let shown = async |world: &World| {
        let mut documents = Vec::new();
        for path in [
            "/letter",
            "/actor",
            "/outbox",
            "/followers",
            "/letter/likes",
        ] {
            documents.push(world.letter.document(path).await);
        }
        documents
    };
    let before = contents(database).await;
    let requests = world.peer.request_lines().len();

    world.letter.serve_with(READ_ONLY);
    world.letter.serve().await;
    assert!(world.letter.page("/").await.contains("Ada Lovelace"));
    assert_eq!(
        world.letter.get("/healthz", None).await.status,
        StatusCode::OK
    );
    let documents = shown(&world).await;
    for activity in [bo.like(), ada.undo(&ada.like()), ada.delete_account()] {
        let asked = ada.sends("/inbox", &activity).await;
        assert_eq!(asked, Some(StatusCode::SERVICE_UNAVAILABLE), "{activity}");
    }
    let url = world.letter.origin.clone() + "/inbox";
    let answer = world
        .client
        .post(url)
        .body("{\"type\":\"Like\",\"actor\":\"https://a.example/\"}");
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let wait = answer.headers()["retry-after"].to_str().unwrap();
    assert!(wait.parse::<u32>().unwrap() > 0);
    world.letter.stop().await;
    assert_eq!(
        world.peer.request_lines().len(),
        requests,
        "nothing was sent or asked"
    );
    assert_eq!(contents(database).await, before);

    world.letter.serve_with(&[]);
    world.letter.serve().await;
    assert_eq!(shown(&world).await, documents);
    bo.does(&bo.like()).await;
    assert_eq!(world.endorsers().await, 2);
}

async fn it_shows_what_a_server_beside_it_takes(database: &str) {
    let world = World::new(database).await;
    let mut showing = world.letter.another();
    showing.serve_with(READ_ONLY);
    showing.serve().await;
    let ada = world.person("Ada Lovelace");
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
    world.assert_is_sound();
}

async fn without_a_first_start_there_is_nothing_to_show(database: &str) {
    let mut world = World::new(database).await;
    world.letter.stop().await;
    world.letter.serve_with(READ_ONLY);
    world.letter.rename_host("localhost");
    let (code, log) = world.letter.serve_in_vain().await;
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains("http://localhost:"), "{log}");
    let (_folder, empty) = crate::support::database::sqlite();
    let mut nowhere = world.letter.another();
    nowhere.use_database(&empty);
    nowhere.serve_with(READ_ONLY);
    let (code, log) = nowhere.serve_in_vain().await;
    assert_eq!(code, Some(1), "{log}");
    assert!(
        log.contains("there is no database with a letter at"),
        "{log}"
    );
}
