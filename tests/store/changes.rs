//! Recent arrivals by domain; notifications about changes.

use std::time::Duration;

use super::{database, fixtures::at, on_both, sql};
use undersigned::store::{Access, Store, Topic};

on_both!(
    what_came_in_is_counted_by_domain_and_forgotten_in_time,
    async |store| {
        let mut tx = store.write().await.unwrap();
        tx.add_surges(&[("a.example", 2), ("", 3)], at(0))
            .await
            .unwrap();
        tx.add_surges(&[("a.example", 1), ("b.example", 4)], at(0))
            .await
            .unwrap();
        tx.add_surges(&[("a.example", 5)], at(60)).await.unwrap();
        tx.add_surges(&[], at(60)).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = store.write().await.unwrap();
        let mut found = tx
            .surges(&["", "a.example", "c.example"], at(-1))
            .await
            .unwrap();
        found.sort();
        assert_eq!(found, [(String::new(), 3), ("a.example".to_owned(), 8)]);
        let later = tx.surges(&["", "a.example"], at(0)).await.unwrap();
        assert_eq!(later, [("a.example".to_owned(), 5)]);
        assert_eq!(tx.surges(&[], at(-1)).await.unwrap(), []);
        assert_eq!(tx.forget_surges(at(0)).await.unwrap(), 3);
        let left = sql::number(&mut tx, "SELECT CAST(SUM(n) AS BIGINT) FROM surge").await;
        assert_eq!(left, 5);
    }
);

on_both!(
    a_change_differs_beyond_the_topics_that_do_not_matter,
    async |store| {
        let versions = async || store.read().await.unwrap().versions().await.unwrap();
        let harmless = [Topic::Additions, Topic::Queue];
        let mut known = versions().await;
        assert!(!known.differs_beyond(&known, &harmless));
        for (statement, expected) in [
            ("additions", false),
            ("queue", false),
            ("register", true),
            ("letter", true),
            ("policy", true),
            ("identity", true),
            ("a topic of a later version", true),
        ] {
            let mut tx = store.write().await.unwrap();
            let bump = format!(
                "INSERT INTO change (topic, version) VALUES ('{statement}', 1)
                 ON CONFLICT (topic) DO UPDATE SET version = change.version + 1"
            );
            sql::run(&mut tx, &bump).await.unwrap();
            tx.commit().await.unwrap();
            let now = versions().await;
            assert_ne!(now, known, "{statement}");
            assert_eq!(
                now.differs_beyond(&known, &harmless),
                expected,
                "{statement}"
            );
            assert_eq!(
                known.differs_beyond(&now, &harmless),
                expected,
                "{statement}"
            );
            known = now;
        }
    }
);

async fn change(store: &Store) {
    let mut tx = store.write().await.unwrap();
    tx.changed(&[Topic::Letter]).await.unwrap();
    tx.changed(&[Topic::Queue, Topic::Register]).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn each_commit_notifies_once_and_a_rollback_never() {
    let Some((_database, url)) = database::postgres().await else {
        return;
    };
    let store = Store::open(&url, 4, Access::Create).await.unwrap();
    let other = Store::open(&url, 4, Access::ReadOnly).await.unwrap();
    let mut listener = other.listen().await.unwrap().unwrap();
    let mut tx = store.write().await.unwrap();
    tx.changed(&[Topic::Letter]).await.unwrap();
    drop(tx);
    let mut untold = store.write().await.unwrap();
    untold.set_setting("a", "1").await.unwrap();
    untold.commit().await.unwrap();
    change(&store).await;
    listener.changed().await.unwrap();
    assert_eq!(
        other
            .read()
            .await
            .unwrap()
            .versions()
            .await
            .unwrap()
            .of(Topic::Letter),
        1
    );
    // Any other notification would have come before that of the next commit.
    change(&store).await;
    change(&store).await;
    listener.changed().await.unwrap();
    listener.changed().await.unwrap();
    let silent = tokio::time::timeout(Duration::from_millis(100), listener.changed()).await;
    assert!(silent.is_err());
    store.close().await;
    other.close().await;
}

#[tokio::test]
async fn who_was_cut_off_is_told_so_and_listens_again() {
    const CUT: &str = "
        SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'undersigned listener'";
    let Some((_database, url)) = database::postgres().await else {
        return;
    };
    let store = Store::open(&url, 4, Access::Create).await.unwrap();
    let mut listener = store.listen().await.unwrap().unwrap();
    assert_eq!(sql::number(&mut store.read().await.unwrap(), CUT).await, 1);
    // Changes during the interruption may have been missed, which is reported.
    listener.changed().await.unwrap();
    change(&store).await;
    listener.changed().await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn a_file_tells_nobody() {
    let (_folder, url) = database::sqlite();
    let store = Store::open(&url, 2, Access::Create).await.unwrap();
    assert!(store.listen().await.unwrap().is_none());
    change(&store).await;
    store.close().await;
}
