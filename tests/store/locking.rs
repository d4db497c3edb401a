//! A database that another program has locked; the timeout is short so that no case has to wait.

use std::time::Duration;

use super::database;
use sqlx::{Connection as _, SqliteConnection};
use tempfile::TempDir;
use undersigned::{
    store::{Access, Error, OpenOptions, Store},
    text::with_causes,
};

/// A file with tables, and another program's connection to it.
async fn file() -> (TempDir, String, SqliteConnection) {
    let (folder, url) = database::sqlite();
    let store = Store::open(&url, 1, Access::Create).await.unwrap();
    store.close().await;
    let other = SqliteConnection::connect(&url).await.unwrap();
    (folder, url, other)
}

async fn other_runs(other: &mut SqliteConnection, statement: &'static str) {
    sqlx::raw_sql(statement).execute(other).await.unwrap();
}

async fn open_impatiently(url: &str, access: Access) -> Result<Store, Error> {
    let opening = OpenOptions {
        max_connections: 2,
        access,
        patience: Duration::from_millis(20),
    };
    Store::open_with(url, opening).await
}

fn assert_locked<T: std::fmt::Debug>(result: Result<T, Error>, url: &str) {
    let path = url.strip_prefix("sqlite://").unwrap();
    let message = result.unwrap_err().to_string();
    let expected =
        format!("the database at {path} is locked by another program; end it, or try again");
    assert_eq!(message, expected);
}

#[tokio::test]
async fn a_file_that_is_held_exclusively_is_not_opened() {
    let (_folder, url, mut other) = file().await;
    other_runs(&mut other, "PRAGMA locking_mode = EXCLUSIVE").await;
    other_runs(&mut other, "BEGIN EXCLUSIVE; UPDATE change SET version = 9").await;
    for access in [Access::Existing, Access::Create] {
        assert_locked(open_impatiently(&url, access).await, &url);
    }
    other_runs(&mut other, "ROLLBACK").await;
    other.close().await.unwrap();
    open_impatiently(&url, Access::Existing)
        .await
        .unwrap()
        .close()
        .await;
}

#[tokio::test]
async fn while_another_program_writes_we_read_but_do_not_write() {
    let (_folder, url, mut other) = file().await;
    other_runs(
        &mut other,
        "BEGIN EXCLUSIVE; INSERT INTO setting VALUES ('salt', 'theirs')",
    )
    .await;
    let store = open_impatiently(&url, Access::Existing).await.unwrap();
    let mut tx = store.read().await.unwrap();
    assert_eq!(tx.setting("salt").await.unwrap(), None);
    drop(tx);
    assert_locked(store.write().await, &url);
    other_runs(&mut other, "COMMIT").await;
    let mut tx = store.write().await.unwrap();
    assert_eq!(tx.setting("salt").await.unwrap().as_deref(), Some("theirs"));
    drop(tx);
    other.close().await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn tables_are_not_made_while_another_program_writes() {
    let (_folder, url) = database::sqlite();
    std::fs::write(url.strip_prefix("sqlite://").unwrap(), b"").unwrap();
    let mut other = SqliteConnection::connect(&url).await.unwrap();
    other_runs(&mut other, "PRAGMA journal_mode = WAL").await;
    other_runs(
        &mut other,
        "BEGIN EXCLUSIVE; CREATE TABLE theirs (id INTEGER)",
    )
    .await;
    assert_locked(open_impatiently(&url, Access::Create).await, &url);
    other_runs(&mut other, "ROLLBACK").await;
    other.close().await.unwrap();
}

#[tokio::test]
async fn postgres_gives_up_what_is_stuck_and_who_is() {
    let Some((_database, url)) = database::postgres().await else {
        return;
    };
    let patient = Store::open(&url, 2, Access::Create).await.unwrap();
    let opening = OpenOptions {
        max_connections: 2,
        access: Access::Existing,
        patience: Duration::from_millis(500),
    };
    let impatient = Store::open_with(&url, opening).await.unwrap();
    // Waiting for the other writer is a statement, too.
    let writing = patient.write().await.unwrap();
    let refused = impatient.write().await.unwrap_err();
    assert!(
        with_causes(&refused).contains("statement timeout"),
        "{refused:?}"
    );
    drop(writing);
    // Who begins to write and does nothing more is cut off, and the next one writes.
    let mut stuck = impatient.write().await.unwrap();
    let writing = tokio::time::timeout(Duration::from_secs(20), patient.write());
    drop(writing.await.unwrap().unwrap());
    assert!(stuck.setting("salt").await.is_err());
    drop(stuck);
    impatient.close().await;
    patient.close().await;
}

#[tokio::test]
async fn one_server_holds_the_lock_of_a_file_and_a_database_server_has_none() {
    let (folder, url) = database::sqlite();
    let lock = Store::lock_for_serving(&url).await.unwrap();
    assert!(lock.is_some());
    let refused = Store::lock_for_serving(&url).await.unwrap_err();
    assert!(matches!(refused, Error::Served(_)), "{refused:?}");
    drop(lock);
    assert!(Store::lock_for_serving(&url).await.unwrap().is_some());
    assert!(folder.path().join("register.db.lock").exists());
    let server = "postgres://localhost/letter";
    assert!(Store::lock_for_serving(server).await.unwrap().is_none());
}
