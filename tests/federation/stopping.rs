//! How the server ends: in order when it is told, at once when it is told again; and what does not end it.

use reqwest::StatusCode;

use crate::{raw, scene::Scene, server::eventually};

on_both_databases!(
    a_stop_finishes_what_is_on_its_way_and_gives_the_host_back,
    a_second_signal_ends_at_once_and_fails,
);

/// The answer to a follow is on its way to a host that lets it wait.
async fn has_an_accept_on_its_way(scene: &Scene) {
    scene.peer.hold(true);
    let ada = scene.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    eventually("the Accept arrives", async || {
        scene.peer.deliveries("Accept").pop()
    })
    .await;
}

/// How many hosts a worker holds, and how many deliveries were taken by their hosts.
async fn leased_and_delivered(database: &str) -> (i64, i64) {
    const LEASED: &str = "SELECT COUNT(*) FROM host WHERE leased_by IS NOT NULL";
    const DELIVERED: &str = "SELECT COUNT(*) FROM delivery WHERE state = 'delivered'";
    (
        raw::number(database, LEASED).await,
        raw::number(database, DELIVERED).await,
    )
}

async fn a_stop_finishes_what_is_on_its_way_and_gives_the_host_back(database: &str) {
    let mut scene = Scene::new(database).await;
    has_an_accept_on_its_way(&scene).await;
    assert_eq!(leased_and_delivered(database).await, (1, 0));
    scene.letter.signal("-TERM");
    eventually("the server stops", async || {
        scene.letter.log().contains("stopping").then_some(())
    })
    .await;
    scene.peer.hold(false);
    assert_eq!(scene.letter.ended().await.code(), Some(0));
    assert_eq!(leased_and_delivered(database).await, (0, 1));
}

async fn a_second_signal_ends_at_once_and_fails(database: &str) {
    let mut scene = Scene::new(database).await;
    has_an_accept_on_its_way(&scene).await;
    scene.letter.signal("-INT");
    eventually("the server stops", async || {
        scene.letter.log().contains("stopping").then_some(())
    })
    .await;
    scene.letter.signal("-TERM");
    let ended = scene.letter.ended().await;
    let log = scene.letter.log();
    assert_eq!(ended.code(), Some(1), "{log}");
    assert!(log.contains("error: told to stop a second time"), "{log}");
    // What was on its way is not lost: the claim runs out, and it is sent once more.
    assert_eq!(leased_and_delivered(database).await, (1, 0));
}

/// A server that is gone for a moment is tried again; on a file there is nothing that could end.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn connections_that_the_database_ends_do_not_end_the_server() {
    const END: &str = "
        SELECT COUNT(pg_terminate_backend(pid))
        FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let Some((_database, database)) = crate::database::postgres().await else {
        return;
    };
    let scene = Scene::new(&database).await;
    assert!(raw::number(&database, END).await > 0);
    let ada = scene.person("Ada Lovelace");
    let follow = ada.follow();
    eventually("the follow is taken", async || {
        (ada.sends("/inbox", &follow).await? == StatusCode::ACCEPTED).then_some(())
    })
    .await;
    scene.delivered("Accept").await;
    assert_eq!(scene.followers().await, 1);
}
