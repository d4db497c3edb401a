//! One server writes to a SQLite file, and only for as long as the file stays in its place.

use std::fs;

use crate::support::{
    database,
    program::eventually,
    world::{Audience, World},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_second_server_is_refused_and_everything_else_works_beside_the_first() {
    let (_folder, database) = database::sqlite();
    let mut world = World::new(&database).await;
    let ada = world.person("Ada Lovelace");
    let mut second = world.letter.another();
    let (code, log) = second.serve_in_vain().await;
    assert_eq!(code, Some(1), "{log}");
    for said in ["another server runs on the database at", "--read-only"] {
        assert!(log.contains(said), "{log}");
    }
    second.serve_with(&["--read-only"]);
    second.serve().await;
    ada.says("I sign.", Audience::Public).await;
    assert_eq!(world.listed(&[]).len(), 1);
    world.assert_is_sound();
    second.stop().await;
    // The lock goes with the process, however that ends.
    world.letter.kill();
    second.serve_with(&[]);
    second.serve().await;
}

/// What became of the file of a running server.
async fn ends_when(change: impl FnOnce(&str)) {
    let (_folder, database) = database::sqlite();
    let mut world = World::new(&database).await;
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.like()).await;
    change(database.strip_prefix("sqlite://").unwrap());
    // Nothing that would be lost is answered 202.
    let status = ada.sends("/inbox", &ada.follow()).await;
    assert!(status.is_none_or(|it| it != 202), "{status:?}");
    let ended = world.letter.ended().await;
    let log = world.letter.log();
    assert_eq!(ended.code(), Some(1), "{log}");
    assert!(
        log.contains("is no longer the file that was opened"),
        "{log}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_whose_file_was_moved_ends() {
    ends_when(|file| fs::rename(file, format!("{file}.away")).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_whose_file_was_replaced_ends() {
    ends_when(|file| {
        let copy = format!("{file}.copy");
        fs::copy(file, &copy).unwrap();
        fs::rename(copy, file).unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_file_that_was_moved_and_put_back_serves_again() {
    let (_folder, database) = database::sqlite();
    let file = database.strip_prefix("sqlite://").unwrap();
    let away = format!("{file}.away");
    let mut world = World::new(&database).await;
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.like()).await;
    fs::rename(file, &away).unwrap();
    world.letter.ended().await;
    fs::rename(&away, file).unwrap();
    world.letter.serve().await;
    let counted = eventually("the like", async || Some(world.endorsers().await)).await;
    assert_eq!(counted, 1);
    world.assert_is_sound();
}
