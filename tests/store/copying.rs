//! A whole database copied into another one: everything exactly, in both directions, or nothing.

use super::{
    database,
    fixtures::{people, signatory},
    full::fill,
    on_both, sql,
};
use undersigned::store::{Access, Contents, Copy, Store, TABLES};

async fn contents(store: &Store) -> Vec<Contents> {
    let mut tx = store.read().await.unwrap();
    let mut all = Vec::new();
    for table in TABLES {
        all.push(tx.contents(table).await.unwrap());
    }
    all
}

async fn filled(url: &str) -> Store {
    let store = Store::open(url, 4, Access::Create).await.unwrap();
    let mut tx = store.write().await.unwrap();
    fill(&mut tx).await;
    tx.commit().await.unwrap();
    store
}

/// Copies, and checks that both sides are the same, by the report of the copy and by reading both.
async fn copies(source: &Store, target: &Store) {
    let mut told = 0;
    let done = source.copy_to(target, &mut |_, _| told += 1).await.unwrap();
    assert!(done.agrees(), "{done:?}");
    assert_eq!(contents(source).await, contents(target).await);
    // Counts are not copied: the target's triggers count what arrives.
    let mut tx = target.read().await.unwrap();
    assert_eq!(tx.wrong_counts().await.unwrap(), []);
    assert_eq!(tx.follower_count().await.unwrap(), 2);
    drop(tx);
    assert!(told >= TABLES.len());
}

on_both!(the_same_is_told_by_the_same_digest, async |store| {
    let mut tx = store.write().await.unwrap();
    fill(&mut tx).await;
    tx.commit().await.unwrap();
    let before = contents(&store).await;
    let empty: Vec<_> = before.iter().filter(|it| it.rows == 0).collect();
    assert!(empty.is_empty(), "tests/store/full.rs leaves out {empty:?}");
    assert_eq!(contents(&store).await, before);
    for change in [
        "UPDATE setting SET value = ' ' WHERE key = 'a'",
        "UPDATE own_key SET retired_at = NULL",
        "UPDATE delivery SET last_body = '' WHERE last_body IS NULL",
        "UPDATE actor SET opted_out = FALSE",
        "UPDATE actor SET successor_id = 1 WHERE id = 2",
        "DELETE FROM fetch_day WHERE day = 2",
    ] {
        let mut tx = store.write().await.unwrap();
        sql::run(&mut tx, change).await.unwrap();
        tx.commit().await.unwrap();
    }
    let after = contents(&store).await;
    let changed: Vec<_> = before
        .iter()
        .zip(&after)
        .filter(|(a, b)| a != b)
        .map(|pair| pair.0.table)
        .collect();
    assert_eq!(
        changed,
        ["own_key", "setting", "actor", "delivery", "fetch_day"]
    );
});

#[tokio::test]
async fn a_file_goes_to_a_server_and_back_and_stays_what_it_was() {
    let Some((_database, server)) = database::postgres().await else {
        return;
    };
    let (_folder, file) = database::sqlite();
    let (_other_folder, other) = database::sqlite();
    let file = filled(&file).await;
    // A wrong count stays where it is.
    let mut tx = file.write().await.unwrap();
    sql::run(&mut tx, "UPDATE total SET n = 99").await.unwrap();
    tx.commit().await.unwrap();
    let server = Store::open(&server, 4, Access::Create).await.unwrap();
    let other = Store::open(&other, 4, Access::Create).await.unwrap();
    copies(&file, &server).await;
    copies(&server, &other).await;
    assert_eq!(contents(&file).await, contents(&other).await);
    for store in [file, server, other] {
        // The next row gets an id that no row had.
        let mut tx = store.write().await.unwrap();
        let people = people(&mut tx, &["Dora"]).await;
        assert_eq!(people, [4]);
        tx.save_signatories(&[signatory(7, "New")]).await.unwrap();
        let numbers = sql::number(&mut tx, "SELECT MAX(id) FROM signatory").await;
        assert_eq!(numbers, 3);
        tx.commit().await.unwrap();
        store.close().await;
    }
}

on_both!(what_is_not_empty_is_not_touched, async |store| {
    let (_folder, url) = database::sqlite();
    let source = filled(&url).await;
    let mut tx = store.write().await.unwrap();
    tx.set_setting("mine", "1").await.unwrap();
    tx.commit().await.unwrap();
    let before = contents(&store).await;
    let done = source.copy_to(&store, &mut |_, _| ()).await.unwrap();
    assert_eq!(done, Copy::NotEmpty("setting"));
    assert!(!done.agrees());
    assert_eq!(contents(&store).await, before);
    source.close().await;
});

on_both!(
    a_copy_holds_what_was_there_when_it_began_however_much_it_is,
    async |store| {
        const MANY: &str = "
        INSERT INTO seen (hash, at, awaited)
        WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 30000)
        SELECT CAST('id ' || n AS BYTES), n, FALSE FROM n";
        let (_folder, url) = database::sqlite();
        let source = Store::open(&url, 4, Access::Create).await.unwrap();
        let mut tx = source.write().await.unwrap();
        sql::run(&mut tx, &MANY.replace("BYTES", "BLOB"))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let before = contents(&source).await;
        let writing = source.clone();
        let (told, mut begun) = tokio::sync::mpsc::unbounded_channel();
        let writer = tokio::spawn(async move {
            begun.recv().await.unwrap();
            let mut tx = writing.write().await.unwrap();
            tx.set_setting("late", "1").await.unwrap();
            tx.commit().await.unwrap();
        });
        let done = source
            .copy_to(&store, &mut |_, _| {
                told.send(()).ok();
            })
            .await
            .unwrap();
        writer.await.unwrap();
        assert!(done.agrees());
        assert_eq!(contents(&store).await, before);
        source.close().await;
    }
);

on_both!(leases_are_free_in_the_copy, async |store| {
    let (_folder, url) = database::sqlite();
    let source = filled(&url).await;
    let mut tx = source.write().await.unwrap();
    for table in ["host", "job"] {
        let lease =
            format!("UPDATE {table} SET leased_by = 'old', leased_until = 9000000000000000");
        sql::run(&mut tx, &lease).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert!(
        source
            .copy_to(&store, &mut |_, _| ())
            .await
            .unwrap()
            .agrees()
    );
    let mut tx = store.read().await.unwrap();
    for table in ["host", "job"] {
        let held =
            format!("SELECT COUNT(*) FROM {table} WHERE leased_by IS NOT NULL OR leased_until > 0");
        assert_eq!(sql::number(&mut tx, &held).await, 0, "{table}");
    }
    drop(tx);
    source.close().await;
});

#[tokio::test]
async fn a_nul_that_postgres_cannot_hold_is_named() {
    let Some((_database, server)) = database::postgres().await else {
        return;
    };
    let (_folder, file) = database::sqlite();
    let source = filled(&file).await;
    let mut tx = source.write().await.unwrap();
    let spoil = "UPDATE report SET text = 'be' || CHAR(0) || 'fore'";
    sql::run(&mut tx, spoil).await.unwrap();
    tx.commit().await.unwrap();
    let target = Store::open(&server, 4, Access::Create).await.unwrap();
    let error = source.copy_to(&target, &mut |_, _| ()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "PostgreSQL takes no NUL character, and report.text has one in the row with id 1; take it out, then copy \
         again"
    );
    let left = contents(&target).await;
    assert!(left.iter().all(|it| it.rows == 0), "{left:?}");
    target.close().await;
    // A file can hold it.
    let (_other_folder, other) = database::sqlite();
    let other = Store::open(&other, 4, Access::Create).await.unwrap();
    copies(&source, &other).await;
    other.close().await;
    source.close().await;
}

#[tokio::test]
async fn a_copy_that_fails_or_differs_leaves_nothing() {
    let (_folder, file) = database::sqlite();
    let source = filled(&file).await;
    for (action, differs) in [
        ("SELECT RAISE(ABORT, 'no room')", None),
        ("UPDATE report SET count = 7", Some("report")),
        ("UPDATE policy SET at = 7", Some("policy")),
    ] {
        let (_other_folder, other) = database::sqlite();
        let target = Store::open(&other, 4, Access::Create).await.unwrap();
        let mut tx = target.write().await.unwrap();
        let spoil = format!("CREATE TRIGGER spoil AFTER INSERT ON report BEGIN {action}; END");
        sql::run(&mut tx, &spoil).await.unwrap();
        tx.commit().await.unwrap();
        match (source.copy_to(&target, &mut |_, _| ()).await, differs) {
            (Err(_), None) => {}
            (Ok(Copy::Done(tables)), Some(table)) => {
                let differ: Vec<_> = tables.iter().filter(|it| it.source != it.target).collect();
                assert_eq!(differ.len(), 1, "{differ:?}");
                assert_eq!(differ[0].source.table, table);
            }
            (other, _) => panic!("{action}: {other:?}"),
        }
        let left = contents(&target).await;
        assert!(left.iter().all(|it| it.rows == 0), "{action}: {left:?}");
        target.close().await;
    }
    source.close().await;
}
