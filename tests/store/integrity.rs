//! What always holds between rows: whatever breaks it is counted, and mended where that can be.

use super::{
    fixtures::{at, comment, endorsement, evidence, like, people, public_id, reply},
    on_both, sql,
};
use undersigned::{
    endorsement::{
        block_file::Flags,
        blocks::{Severity, Target},
    },
    store::{BlockRow, FollowerRow, INVARIANTS, IndexSum, IndexedWords, Store, Tx},
};

/// What is broken, with the number of rows.
pub(crate) async fn broken(tx: &mut Tx) -> Vec<(&'static str, i64)> {
    let mut found = Vec::new();
    for invariant in INVARIANTS {
        match tx.count_broken(invariant).await.unwrap() {
            0 => (),
            n => found.push((invariant.broken, n)),
        }
    }
    found
}

/// Mends all that a statement can mend; gives the number of rows.
pub(crate) async fn mend_all(tx: &mut Tx) -> u64 {
    let mut mended = 0;
    for invariant in INVARIANTS {
        mended += tx.mend_broken(invariant, at(99)).await.unwrap();
    }
    mended
}

/// Statements that each break one invariant, with what that is: of two people who endorse, one of whom follows.
const DAMAGES: [(&str, &str); 9] = [
    (
        "UPDATE follower SET asleep_until = 5",
        "followers that get nothing although nobody blocks them",
    ),
    (
        "UPDATE act SET family = 'reaction' WHERE kind = 'like'",
        "acts that are kept as another kind than they are",
    ),
    (
        "UPDATE evidence SET bytes = 3",
        "signed requests that are kept with a wrong size",
    ),
    (
        "UPDATE endorsement SET statement = 'new' WHERE actor_id = (SELECT MIN(actor_id) FROM endorsement)",
        "statements without a state, or states without a statement",
    ),
    (
        "UPDATE endorsement SET statement_state = 'shown' WHERE statement IS NULL",
        "statements without a state, or states without a statement",
    ),
    (
        "UPDATE endorsement SET declared_affiliation = 'ACME'
         WHERE actor_id = (SELECT MIN(actor_id) FROM endorsement)",
        "declared names without a state, or states without a declared name",
    ),
    (
        "UPDATE endorsement SET declared_state = 'hidden' WHERE declared_affiliation IS NULL",
        "declared names without a state, or states without a declared name",
    ),
    (
        "INSERT INTO audit (at, by, action, target) VALUES (1, 'mona', 'endorsement.hide', 'x')",
        "",
    ),
    (
        "INSERT INTO audit (at, by, action, target) SELECT 2, 'mona', 'audit.undo', CAST(MAX(id) AS TEXT) FROM audit",
        "entries of the audit that were taken back and do not say so",
    ),
];

async fn two_people(tx: &mut Tx) -> Vec<i64> {
    let ids = people(tx, &["ada", "bo"]).await;
    let acts = [
        reply(ids[0], "https://m.example/1", "I sign"),
        like(ids[1], "l1"),
    ];
    let acts = tx.save_acts(&acts).await.unwrap();
    tx.save_evidence(&[(acts[0], evidence(b"{}"))])
        .await
        .unwrap();
    let rows = [endorsement(ids[0], "Ada"), endorsement(ids[1], "Bo")];
    tx.save_endorsements(&rows).await.unwrap();
    let follower = FollowerRow {
        actor_id: ids[0],
        follow_id: None,
        since: at(1),
    };
    tx.save_followers(&[follower]).await.unwrap();
    ids
}

on_both!(what_is_broken_is_counted_and_mended, async |store| {
    let mut tx = store.write().await.unwrap();
    two_people(&mut tx).await;
    assert_eq!(broken(&mut tx).await, []);
    for (damage, expected) in DAMAGES {
        sql::run(&mut tx, damage).await.unwrap();
        let found = broken(&mut tx).await;
        let found: Vec<_> = found.into_iter().map(|(what, _)| what).collect();
        let expected: Vec<_> = Some(expected)
            .filter(|what| !what.is_empty())
            .into_iter()
            .collect();
        assert_eq!(found, expected, "{damage}");
        mend_all(&mut tx).await;
        assert_eq!(broken(&mut tx).await, [], "{damage}");
    }
});

on_both!(who_is_blocked_sleeps, async |store| {
    let mut tx = store.write().await.unwrap();
    two_people(&mut tx).await;
    let block = BlockRow {
        target: Target::Domain("m.example".to_owned()),
        severity: Severity::Block,
        public_comment: None,
        private_comment: None,
        at: at(1),
        flags: Flags::default(),
    };
    tx.save_policy(&block).await.unwrap();
    assert_eq!(tx.hosts_marked_wrongly().await.unwrap(), 0);
    let awake = [("followers that get everything although they are blocked", 1)];
    assert_eq!(broken(&mut tx).await, awake);
    assert_eq!(mend_all(&mut tx).await, 1);
    assert_eq!(broken(&mut tx).await, []);
    sql::run(&mut tx, "UPDATE host SET blocked = FALSE")
        .await
        .unwrap();
    assert_eq!(tx.hosts_marked_wrongly().await.unwrap(), 1);
    tx.mark_all_hosts().await.unwrap();
    assert_eq!(tx.hosts_marked_wrongly().await.unwrap(), 0);
    assert_eq!(broken(&mut tx).await, []);
});

on_both!(a_comment_without_an_id_is_found, async |store| {
    let mut tx = store.write().await.unwrap();
    let ids = people(&mut tx, &["ada"]).await;
    let acts = [
        comment(ids[0], "https://m.example/1", "Why?"),
        reply(ids[0], "https://m.example/2", "I sign"),
    ];
    let acts = tx.save_acts(&acts).await.unwrap();
    assert_eq!(
        broken(&mut tx).await,
        [("comments without an id by which they can be named", 1)]
    );
    assert_eq!(tx.comments_without_id(5).await.unwrap(), acts[..1]);
    let named = [(public_id("c").to_string(), acts[0])];
    tx.save_comments(&named).await.unwrap();
    assert_eq!(tx.comments_without_id(5).await.unwrap(), [0; 0]);
    assert_eq!(broken(&mut tx).await, []);
});

on_both!(the_search_index_is_summed_up_and_made_anew, async |store| {
    let mut tx = store.write().await.unwrap();
    two_people(&mut tx).await;
    let mut rows = IndexSum::default();
    for (_, words) in tx.indexed_words_after(0, 9).await.unwrap() {
        rows.add(&words);
    }
    let other = IndexedWords {
        shown: String::new(),
        other: "ada".to_owned(),
    };
    let mut others = rows;
    others.add(&other);
    assert_ne!(rows, others);
    let Some(index) = tx.search_index_sum().await.unwrap() else {
        assert!(matches!(tx, Tx::Postgres(_)));
        return;
    };
    assert_eq!(index, rows);
    // What the index has is forgotten, and the row is not.
    let forget = "INSERT INTO endorsement_search (endorsement_search, rowid, shown_words, other_words)
                  SELECT 'delete', id, shown_words, other_words FROM endorsement WHERE shown_words = 'ada'";
    sql::run(&mut tx, forget).await.unwrap();
    assert_ne!(tx.search_index_sum().await.unwrap(), Some(rows));
    tx.index_anew().await.unwrap();
    assert_eq!(tx.search_index_sum().await.unwrap(), Some(rows));
});
