//! Leases of holders that are gone.

use std::time::Duration;

use super::{
    fixtures::at,
    on_both,
    outgoing::{activity, inbox_at},
};
use undersigned::{
    hash::Sha256,
    store::{HostPace, JobLane, NewActivity, NewJob, Store, Tx},
};

const HOUR: Duration = Duration::from_hours(1);

/// Two hosts with something to send, the first leased to `one`, the second to `two`; and a job each.
async fn two_holders(tx: &mut Tx) {
    for (holder, host) in [("one", "m.example"), ("two", "n.example")] {
        let new = NewActivity {
            to: vec![inbox_at(tx, "ada", host).await],
            ..activity(&format!("/activities/{host}"), host)
        };
        tx.send(&[new]).await.unwrap();
        let job = NewJob {
            kind: "look".to_owned(),
            key_hash: Sha256::of(host),
            payload: host.to_owned(),
            due_at: at(0),
            domain: None,
        };
        tx.add_jobs(&[job]).await.unwrap();
        assert_eq!(leased(tx, holder).await, 2);
    }
}

/// How many hosts and jobs this holder can get.
async fn leased(tx: &mut Tx, holder: &str) -> usize {
    let until = at(120);
    let hosts = tx
        .lease_hosts(holder, at(0), until, HostPace::Unknown, 9, &[])
        .await
        .unwrap();
    let jobs = tx
        .lease_jobs(holder, JobLane::Main, at(0), until, 9)
        .await
        .unwrap();
    hosts.len() + jobs.len()
}

on_both!(
    what_a_silent_holder_had_is_free_and_nothing_else,
    async |store| {
        let mut tx = store.write().await.unwrap();
        two_holders(&mut tx).await;
        assert!(!tx.renew_holder("one", HOUR).await.unwrap());
        assert!(!tx.renew_holder("two", HOUR).await.unwrap());
        assert!(!tx.any_dead_holder().await.unwrap());
        assert_eq!(tx.release_dead_holders().await.unwrap(), 0);
        assert_eq!(leased(&mut tx, "three").await, 0);
        // It says for the last time that it lives.
        assert!(tx.renew_holder("one", Duration::ZERO).await.unwrap());
        assert!(tx.any_dead_holder().await.unwrap());
        assert_eq!(tx.release_dead_holders().await.unwrap(), 2);
        assert!(!tx.any_dead_holder().await.unwrap());
        assert_eq!(leased(&mut tx, "three").await, 2);
        // It was not dead after all, and learns that its leases are gone.
        assert!(!tx.renew_holder("one", HOUR).await.unwrap());
        assert!(tx.renew_holder("two", HOUR).await.unwrap());
    }
);

on_both!(
    a_start_where_nobody_else_writes_frees_everything,
    async |store| {
        let mut tx = store.write().await.unwrap();
        two_holders(&mut tx).await;
        assert_eq!(leased(&mut tx, "three").await, 0);
        assert_eq!(tx.release_all_leases().await.unwrap(), 4);
        assert_eq!(leased(&mut tx, "three").await, 4);
    }
);

on_both!(
    holders_are_written_where_others_ask_for_them,
    async |store| {
        let alone = matches!(store, Store::Sqlite { .. });
        assert_eq!(store.hold_leases("one", HOUR).await.unwrap(), alone);
        assert!(store.hold_leases("one", Duration::ZERO).await.unwrap());
        let mut tx = store.write().await.unwrap();
        assert_eq!(tx.any_dead_holder().await.unwrap(), !alone);
        tx.lease_jobs("one", JobLane::Main, at(0), at(9), 9)
            .await
            .unwrap();
        drop(tx);
        assert_eq!(store.free_dead_leases().await.unwrap(), 0);
        let mut tx = store.read().await.unwrap();
        assert!(!tx.any_dead_holder().await.unwrap());
    }
);
