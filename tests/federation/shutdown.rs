//! Shutdown: in order at the first signal, at once at the second; and what does not end the server.

use std::os::unix::net::UnixDatagram;

use reqwest::StatusCode;

use crate::{
    both::{on_both_databases, on_postgres},
    support::{database, program::eventually, sql, world::World},
};

on_both_databases!(
    a_stop_finishes_deliveries_and_releases_leases,
    a_second_signal_ends_at_once_and_fails,
    a_terminal_that_closes_stops_it_in_order,
);
on_postgres!(the_server_outlives_its_connections);

#[tokio::test]
async fn a_service_manager_hears_of_the_start_of_work_and_of_the_stop() {
    let (folder, database) = database::sqlite();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_nonblocking(true).unwrap();
    let hears = async |message: &str| {
        eventually(message, async || {
            let mut bytes = [0; 64];
            let n = socket.recv(&mut bytes).ok()?;
            (&bytes[..n] == message.as_bytes()).then_some(())
        })
        .await;
    };
    let mut world = World::new(&database).await;
    world.letter.stop().await;
    let variable = format!("NOTIFY_SOCKET={}", path.display());
    world.letter.serve_under(&["env", &variable]);
    world.letter.serve().await;
    hears("READY=1").await;
    // Each time when it wrote to its database, and not once alone.
    hears("WATCHDOG=1").await;
    hears("WATCHDOG=1").await;
    world.letter.stop().await;
    hears("STOPPING=1").await;
    // Who only reads writes nothing, and lives all the same.
    world.letter.serve_with(&["--read-only"]);
    world.letter.serve().await;
    hears("READY=1").await;
    hears("WATCHDOG=1").await;
    world.letter.stop().await;
}

/// The Accept of a Follow is in flight to a host that does not answer.
async fn has_an_accept_on_its_way(world: &World) {
    world.peer.hold(true);
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    eventually("the Accept arrives", async || {
        world.peer.deliveries("Accept").pop()
    })
    .await;
}

/// How many hosts are leased, and how many deliveries were accepted.
async fn leased_and_delivered(database: &str) -> (i64, i64) {
    const LEASED: &str = "SELECT COUNT(*) FROM host WHERE leased_by IS NOT NULL";
    const DELIVERED: &str = "SELECT COUNT(*) FROM delivery WHERE state = 'delivered'";
    (
        sql::number_at(database, LEASED).await,
        sql::number_at(database, DELIVERED).await,
    )
}

async fn a_stop_finishes_deliveries_and_releases_leases(database: &str) {
    let mut world = World::new(database).await;
    has_an_accept_on_its_way(&world).await;
    assert_eq!(leased_and_delivered(database).await, (1, 0));
    world.letter.signal("-TERM");
    eventually("the server stops", async || {
        world.letter.log().contains("stopping").then_some(())
    })
    .await;
    world.peer.hold(false);
    assert_eq!(world.letter.ended().await.code(), Some(0));
    assert_eq!(leased_and_delivered(database).await, (0, 1));
}

async fn a_second_signal_ends_at_once_and_fails(database: &str) {
    let mut world = World::new(database).await;
    has_an_accept_on_its_way(&world).await;
    world.letter.signal("-INT");
    eventually("the server stops", async || {
        world.letter.log().contains("stopping").then_some(())
    })
    .await;
    world.letter.signal("-TERM");
    let ended = world.letter.ended().await;
    let log = world.letter.log();
    assert_eq!(ended.code(), Some(1), "{log}");
    assert!(log.contains("error: told to stop a second time"), "{log}");
    // What was in flight is not lost: the lease expires, and it is sent once more.
    assert_eq!(leased_and_delivered(database).await, (1, 0));
}

async fn a_terminal_that_closes_stops_it_in_order(database: &str) {
    let mut world = World::new(database).await;
    world.letter.signal("-HUP");
    assert_eq!(world.letter.ended().await.code(), Some(0));
    let log = world.letter.log();
    assert!(log.contains("stopping signal=\"SIGHUP\""), "{log}");
    assert!(!log.contains("did not stop in time"), "{log}");
}

/// A database server that is down for a moment is tried again; a file has no connections that could end.
async fn the_server_outlives_its_connections(database: &str) {
    const END: &str = "
        SELECT COUNT(pg_terminate_backend(pid))
        FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let world = World::new(database).await;
    assert!(sql::number_at(database, END).await > 0);
    let ada = world.person("Ada Lovelace");
    let follow = ada.follow();
    eventually("the follow is taken", async || {
        (ada.sends("/inbox", &follow).await? == StatusCode::ACCEPTED).then_some(())
    })
    .await;
    world.delivered("Accept").await;
    assert_eq!(world.followers().await, 1);
}
