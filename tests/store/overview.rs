//! What `status` shows: what waits for which reason, which servers run, and the counts of an earlier time.

use super::{
    fixtures::{at, endorsement, like, people, reply},
    on_both,
};
use undersigned::{
    clock::Millis,
    endorsement::{ActKind, Cause, State},
    store::{EndorsementRow, HistoryRow, LastEvents, PastCounts, ServerRow, Store},
};

on_both!(the_last_signature_is_no_like, async |store| {
    let mut tx = store.write().await.unwrap();
    assert_eq!(tx.last_events().await.unwrap(), LastEvents::default());
    let ids = people(&mut tx, &["ada", "bo", "cy"]).await;
    let row = |id: i64, name: &str, kind: ActKind, seconds: i64| EndorsementRow {
        kind,
        endorsed_at: at(seconds),
        ..endorsement(id, name)
    };
    tx.save_endorsements(&[
        row(ids[0], "Ada", ActKind::Reply, 5),
        row(ids[1], "Bo", ActKind::Like, 9),
        EndorsementRow {
            state: State::Withdrawn,
            ..row(ids[2], "Cy", ActKind::Reply, 7)
        },
    ])
    .await
    .unwrap();
    let last = tx.last_events().await.unwrap();
    assert_eq!(last.signed, Some(at(5)));
    assert_eq!((last.received, last.delivered), (None, None));
});

on_both!(a_server_runs_until_it_says_so_no_more, async |store| {
    let mut tx = store.write().await.unwrap();
    let server = |name: &str, since: i64, alive: i64| ServerRow {
        name: name.to_owned(),
        version: "0.1.0".to_owned(),
        since: at(since),
        alive_at: at(alive),
    };
    for row in [server("b", 2, 10), server("a", 1, 5), server("b", 3, 20)] {
        tx.save_server(&row).await.unwrap();
    }
    // The second word of a server changes only when it was last alive.
    assert_eq!(tx.servers(at(6)).await.unwrap(), [server("b", 2, 20)]);
    assert_eq!(
        tx.servers(at(5)).await.unwrap(),
        [server("a", 1, 5), server("b", 2, 20)]
    );
    tx.remove_silent_servers(at(6)).await.unwrap();
    assert_eq!(tx.servers(at(0)).await.unwrap(), [server("b", 2, 20)]);
    tx.remove_server("b").await.unwrap();
    assert!(tx.servers(at(0)).await.unwrap().is_empty());
});

on_both!(the_counts_of_a_time_follow_the_history, async |store| {
    let mut tx = store.write().await.unwrap();
    let ids = people(&mut tx, &["ada", "bo", "cy"]).await;
    let acts = tx
        .save_acts(&[
            reply(ids[0], "https://m.example/1", "I sign"),
            like(ids[1], "https://m.example/2"),
            reply(ids[2], "https://m.example/3", "I sign"),
        ])
        .await
        .unwrap();
    let row = |n: usize| EndorsementRow {
        act_id: acts.get(n).copied(),
        ..endorsement(ids[n], "P")
    };
    let rows = tx
        .save_endorsements(&[row(0), row(1), row(2)])
        .await
        .unwrap();
    let change = |n: usize, seconds: i64, now: State| HistoryRow {
        endorsement_id: rows[n],
        at: at(seconds),
        was: None,
        now,
        act_id: acts.get(n).copied(),
        revision: 1,
        cause: Cause::Act,
        audit_id: None,
        left_out: 0,
    };
    tx.add_history(&[
        change(0, 1, State::Pending),
        change(0, 3, State::Listed),
        change(1, 2, State::Counted),
        change(2, 2, State::Listed),
        change(2, 4, State::Withdrawn),
    ])
    .await
    .unwrap();
    let of = |signed, liked, pending| PastCounts {
        signed,
        liked,
        pending,
        current: 0,
        ..PastCounts::default()
    };
    for (seconds, expected) in [
        (0, of(0, 0, 0)),
        (1, of(0, 0, 1)),
        (2, of(1, 1, 1)),
        (3, of(2, 1, 0)),
        (4, of(1, 1, 0)),
        (99, of(1, 1, 0)),
    ] {
        // There is no revision, so nobody signed its text.
        let found = tx.counts_at(at(seconds), 1).await.unwrap();
        assert_eq!(found, expected, "{seconds}");
    }
    assert_eq!(
        tx.revision_at(Millis::from_millis(i64::MAX)).await.unwrap(),
        None
    );
});
