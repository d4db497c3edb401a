//! Transactions: all or nothing, one snapshot, no writing while reading, no connection lost.

use super::{
    database,
    fixtures::{endorsement, evidence, like, people, person},
    on_both, sql,
};
use undersigned::store::{Access, EndorsementRow, Store, Topic, Tx, Versions};

async fn setting(store: &Store, key: &str) -> Option<String> {
    store.read().await.unwrap().setting(key).await.unwrap()
}

on_both!(
    what_is_dropped_is_undone_and_what_is_committed_stays,
    async |store| {
        let mut tx = store.write().await.unwrap();
        tx.set_setting("a", "1").await.unwrap();
        drop(tx);
        assert_eq!(setting(&store, "a").await, None);
        let mut tx = store.write().await.unwrap();
        tx.set_setting("a", "2").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(setting(&store, "a").await.as_deref(), Some("2"));
    }
);

on_both!(a_statement_that_fails_undoes_the_whole, async |store| {
    let mut tx = store.write().await.unwrap();
    tx.set_setting("a", "1").await.unwrap();
    tx.save_followers(&[undersigned::store::FollowerRow {
        actor_id: 404,
        follow_id: None,
        since: undersigned::clock::Millis::default(),
    }])
    .await
    .unwrap_err();
    drop(tx);
    assert_eq!(setting(&store, "a").await, None);
});

on_both!(
    a_snapshot_does_not_see_what_is_written_meanwhile,
    async |store| {
        let mut before = store.read().await.unwrap();
        assert_eq!(before.follower_count().await.unwrap(), 0);
        let mut tx = store.write().await.unwrap();
        tx.set_setting("a", "1").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(before.setting("a").await.unwrap(), None);
        drop(before);
        assert_eq!(setting(&store, "a").await.as_deref(), Some("1"));
    }
);

on_both!(nothing_is_written_while_reading, async |store| {
    for statement in [
        "INSERT INTO setting (key, value) VALUES ('a', '1')",
        "UPDATE setting SET value = '2'",
        "DELETE FROM setting",
        "CREATE TABLE mine (id INTEGER)",
    ] {
        let mut tx = store.read().await.unwrap();
        let error = sql::run(&mut tx, statement).await.unwrap_err().to_string();
        let told = error.contains("read-only transaction") || error.contains("readonly database");
        assert!(told, "{statement}: {error}");
    }
    assert_eq!(setting(&store, "a").await, None);
});

#[tokio::test]
async fn readers_of_a_file_can_never_write() {
    let (_folder, url) = database::sqlite();
    let store = Store::open(&url, 2, Access::Create).await.unwrap();
    let Store::Sqlite { reader, .. } = &store else {
        panic!("a file is opened by SQLite");
    };
    let insert = sqlx::query("INSERT INTO setting (key, value) VALUES ('a', '1')");
    let error = insert.execute(reader).await.unwrap_err().to_string();
    assert!(error.contains("readonly database"), "{error}");
    store.close().await;
}

#[tokio::test]
async fn a_file_has_wal_full_sync_and_foreign_keys() {
    let (_folder, url) = database::sqlite();
    let store = Store::open(&url, 2, Access::Create).await.unwrap();
    let Store::Sqlite { reader, writer, .. } = &store else {
        panic!("a file is opened by SQLite");
    };
    assert_eq!(writer.options().get_max_connections(), 1);
    for pool in [reader, writer] {
        let mode = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(pool);
        let mode: String = mode.await.unwrap();
        let full = sqlx::query_scalar("PRAGMA synchronous").fetch_one(pool);
        let full: i64 = full.await.unwrap();
        let keys = sqlx::query_scalar("PRAGMA foreign_keys").fetch_one(pool);
        let keys: i64 = keys.await.unwrap();
        assert_eq!((mode.as_str(), full, keys), ("wal", 2, 1));
    }
    store.close().await;
}

async fn versions(store: &Store) -> Versions {
    store.read().await.unwrap().versions().await.unwrap()
}

on_both!(what_changed_has_another_version, async |store| {
    let before = versions(&store).await;
    assert_eq!(before, Versions::default());
    assert!(Topic::ALL.iter().all(|it| before.of(*it) == 0));
    let mut tx = store.write().await.unwrap();
    // Each once, in whatever order and however often they were named.
    let twice = [Topic::Register, Topic::Letter, Topic::Register];
    tx.changed(&twice).await.unwrap();
    tx.changed(&[]).await.unwrap();
    tx.commit().await.unwrap();
    let after = versions(&store).await;
    let changed: Vec<_> = Topic::ALL.iter().map(|it| after.of(*it)).collect();
    assert_eq!(changed, [0, 0, 1, 0, 0, 1]);
    let mut tx = store.write().await.unwrap();
    tx.changed(&[Topic::Letter]).await.unwrap();
    assert_eq!(
        versions(&store).await,
        after,
        "seen before it was committed"
    );
    tx.commit().await.unwrap();
    assert_eq!(versions(&store).await.of(Topic::Letter), 2);
});

/// Adds one to a counter, after a read that another writer's change would make wrong.
async fn count_up(store: &Store, topics: &[Topic]) {
    let mut tx = store.write().await.unwrap();
    if let Tx::Postgres(_) = &tx {
        sql::run(
            &mut tx,
            "SELECT value FROM setting WHERE key = 'n' FOR UPDATE",
        )
        .await
        .unwrap();
    }
    let n: i64 = tx.setting("n").await.unwrap().unwrap().parse().unwrap();
    tx.set_setting("n", &(n + 1).to_string()).await.unwrap();
    tx.changed(topics).await.unwrap();
    tx.commit().await.unwrap();
}

/// Many tasks of two programs change the same at once; every one of them succeeds.
async fn all_writers_succeed(url: &str) {
    const WRITERS: i64 = 8;
    const CHANGES: i64 = 10;
    let server = Store::open(url, 4, Access::Create).await.unwrap();
    let command = Store::open(url, 4, Access::Existing).await.unwrap();
    let mut tx = server.write().await.unwrap();
    tx.set_setting("n", "0").await.unwrap();
    tx.commit().await.unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for n in 0..WRITERS {
        let store = if n % 2 == 0 {
            server.clone()
        } else {
            command.clone()
        };
        writers.spawn(async move {
            let mut topics = Topic::ALL.to_vec();
            topics.rotate_left(usize::try_from(n).unwrap() % Topic::ALL.len());
            for _ in 0..CHANGES {
                count_up(&store, &topics).await;
            }
        });
    }
    while let Some(writer) = writers.join_next().await {
        writer.unwrap();
    }
    let n = setting(&server, "n").await.unwrap();
    assert_eq!(n, (WRITERS * CHANGES).to_string());
    let versions = versions(&command).await;
    assert!(
        Topic::ALL
            .iter()
            .all(|it| versions.of(*it) == WRITERS * CHANGES)
    );
    server.close().await;
    command.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn server_and_command_line_write_one_file_and_nobody_fails() {
    let (_folder, url) = database::sqlite();
    all_writers_succeed(&url).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn server_and_command_line_share_one_database() {
    if let Some((_database, url)) = database::postgres().await {
        all_writers_succeed(&url).await;
    }
}

on_both!(a_reader_is_never_kept_waiting_by_a_writer, async |store| {
    let mut tx = store.write().await.unwrap();
    people(&mut tx, &["ada"]).await;
    // Within an open change, another connection reads at once.
    assert_eq!(setting(&store, "a").await, None);
    tx.save_actors(&[person("bo", "m.example")]).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.read().await.unwrap();
    assert_eq!(sql::number(&mut tx, "SELECT COUNT(*) FROM actor").await, 2);
});

on_both!(
    what_one_writer_read_no_other_changes_before_it_wrote,
    async |store| {
        let count = async |store: Store| {
            for _ in 0..20 {
                let mut tx = store.write().await.unwrap();
                let before = tx.setting("n").await.unwrap();
                let before: u32 = before.map_or(0, |it| it.parse().unwrap());
                tx.set_setting("n", &(before + 1).to_string())
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
            }
        };
        tokio::join!(
            count(store.clone()),
            count(store.clone()),
            count(store.clone())
        );
        assert_eq!(setting(&store, "n").await.as_deref(), Some("60"));
    }
);

#[tokio::test]
async fn on_postgresql_a_writer_reads_no_table_whole_that_was_small_when_it_planned() {
    let Some((_database, url)) = database::postgres().await else {
        return;
    };
    let store = Store::open(&url, 2, Access::Create).await.unwrap();
    let Store::Postgres { pool, .. } = &store else {
        panic!("a server is opened by PostgreSQL");
    };
    // From now on the tables count as small, however much they grow.
    sqlx::query("ANALYZE").execute(pool).await.unwrap();
    let mut tx = store.write().await.unwrap();
    for name in ["ada", "ben", "cleo"] {
        let [actor] = people(&mut tx, &[name]).await[..] else {
            panic!("one person has one id");
        };
        let acts = tx.save_acts(&[like(actor, name)]).await.unwrap();
        tx.save_evidence(&[(acts[0], evidence(b"{}"))])
            .await
            .unwrap();
        let kept = EndorsementRow {
            act_id: Some(acts[0]),
            ..endorsement(actor, name)
        };
        tx.save_endorsements(&[kept]).await.unwrap();
        tx.acts(&[actor], &[]).await.unwrap();
        tx.endorsements_of(&[actor]).await.unwrap();
    }
    let Tx::Postgres(server) = &mut tx else {
        panic!("a server is opened by PostgreSQL");
    };
    let read_whole: Vec<String> = sqlx::query_scalar(
        "SELECT CAST(relname AS TEXT) FROM pg_stat_xact_user_tables
         WHERE seq_scan > 0 AND relname IN ('act', 'actor', 'actor_key', 'endorsement', 'evidence', 'host', 'inbox')",
    )
    .fetch_all(&mut **server)
    .await
    .unwrap();
    assert!(read_whole.is_empty(), "{read_whole:?}");
    drop(tx);
    store.close().await;
}
