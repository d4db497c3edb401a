//! A database opened read-only: the database itself refuses every change.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use super::{database, fixtures::people, sql};
use undersigned::store::{Access, Store};

async fn every_change_is_refused_by_the_database(url: &str) {
    let writing = Store::open(url, 2, Access::Create).await.unwrap();
    let store = Store::open(url, 2, Access::ReadOnly).await.unwrap();
    for statement in [
        "INSERT INTO setting (key, value) VALUES ('a', '1')",
        "DELETE FROM setting",
        "CREATE TABLE mine (id INTEGER)",
    ] {
        let error = match store.write().await {
            Ok(mut tx) => sql::run(&mut tx, statement).await.unwrap_err().to_string(),
            Err(error) => format!("{:#}", anyhow::Error::new(error)),
        };
        let told = error.contains("read-only transaction") || error.contains("readonly database");
        assert!(told, "{statement}: {error}");
    }
    // Others write meanwhile, and it sees what they wrote.
    let mut tx = writing.write().await.unwrap();
    people(&mut tx, &["Ada"]).await;
    tx.commit().await.unwrap();
    let actors = "SELECT COUNT(*) FROM actor";
    assert_eq!(
        sql::number(&mut store.read().await.unwrap(), actors).await,
        1
    );
    store.close().await;
    writing.close().await;
}

#[tokio::test]
async fn every_change_of_a_file_is_refused() {
    let (_folder, url) = database::sqlite();
    every_change_is_refused_by_the_database(&url).await;
}

#[tokio::test]
async fn every_change_on_a_server_is_refused() {
    if let Some((_database, url)) = database::postgres().await {
        every_change_is_refused_by_the_database(&url).await;
    }
}

#[tokio::test]
async fn a_file_without_its_log_is_read_and_left_as_it_is() {
    let (folder, url) = database::sqlite();
    let store = Store::open(&url, 2, Access::Create).await.unwrap();
    let mut tx = store.write().await.unwrap();
    people(&mut tx, &["Ada"]).await;
    tx.commit().await.unwrap();
    store.close().await;
    let file = Path::new(url.strip_prefix("sqlite://").unwrap());
    let before = fs::read(file).unwrap();
    for (path, mode) in [(file, 0o444), (folder.path(), 0o555)] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    let store = Store::open(&url, 2, Access::ReadOnly).await.unwrap();
    let actors = "SELECT COUNT(*) FROM actor";
    assert_eq!(
        sql::number(&mut store.read().await.unwrap(), actors).await,
        1
    );
    store.close().await;
    assert_eq!(fs::read(file).unwrap(), before);
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
}
