//! The delivery queue: leases, due deliveries, outcomes.

use super::{
    fixtures::at,
    on_both,
    outgoing::{activity, inbox_at},
    sql,
};
use undersigned::store::{
    DeliveryOutcome, DueDelivery, HostPace, HostState, HostStats, LeasedHost, NewActivity,
    QueueStats, QueueStatus, Settled, Store, Topic, Tx,
};

/// Queues one activity for each of these (host, subject), in this order.
async fn queue(tx: &mut Tx, wanted: &[(&str, &str)]) {
    let mut all = Vec::new();
    for (n, (at_host, subject)) in wanted.iter().enumerate() {
        all.push(NewActivity {
            to: vec![inbox_at(tx, "ada", at_host).await],
            ..activity(&format!("/activities/{n}"), subject)
        });
    }
    tx.send(&all).await.unwrap();
}

async fn lease(tx: &mut Tx, worker: &str, now: i64) -> Vec<LeasedHost> {
    let mut hosts = tx
        .lease_hosts(worker, at(now), at(now + 10), HostPace::Unknown, 10, &[])
        .await
        .unwrap();
    hosts.sort_by(|a, b| a.authority.cmp(&b.authority));
    hosts
}

async fn due(tx: &mut Tx, hosts: &[LeasedHost], now: i64) -> Vec<DueDelivery> {
    let ids: Vec<_> = hosts.iter().map(|it| it.id).collect();
    tx.due_deliveries(&ids, at(now), 10).await.unwrap()
}

/// The outcome of a delivery that is due again then.
pub(crate) fn settled(delivery: &DueDelivery, outcome: DeliveryOutcome, due: i64) -> Settled {
    Settled {
        inbox_id: delivery.inbox_id,
        delivery_id: delivery.id,
        outcome,
        due_at: at(due),
        status: Some(202),
        body: "so it is".to_owned(),
    }
}

/// The state of a host after so many failures, due then.
pub(crate) fn state(host: &LeasedHost, failures: i64, due: i64) -> HostState {
    HostState {
        id: host.id,
        failures_before: host.failures,
        failures,
        due_at: at(due),
        asked_to_wait: 0,
        unavailable_since: None,
        last_success_at: (failures == 0).then(|| at(due)),
        failing_since: (failures > 0).then(|| at(1)),
        rfc9421_at: None,
        pace: HostPace::Unknown,
        tried_at: Some(at(due)),
        status: Some(202),
    }
}

fn names(hosts: &[LeasedHost]) -> Vec<&str> {
    hosts.iter().map(|host| host.authority.as_str()).collect()
}

on_both!(
    a_host_is_leased_to_one_worker_until_its_lease_runs_out,
    async |store| {
        let mut tx = store.write().await.unwrap();
        queue(&mut tx, &[("m.example", "a"), ("n.example", "b")]).await;
        let hosts = lease(&mut tx, "one", 0).await;
        assert_eq!(names(&hosts), ["m.example", "n.example"]);
        let first = &hosts[0];
        assert_eq!(
            (
                first.failures,
                first.unavailable_since,
                first.last_success_at
            ),
            (0, None, None)
        );
        assert!(lease(&mut tx, "two", 9).await.is_empty());
        assert_eq!(lease(&mut tx, "two", 10).await.len(), 2);
        // The first worker cannot give back leases that are no longer its own.
        assert_eq!(tx.release_hosts("one").await.unwrap(), 0);
        assert_eq!(tx.release_hosts("two").await.unwrap(), 2);
        assert_eq!(lease(&mut tx, "one", 11).await.len(), 2);
    }
);

on_both!(no_more_hosts_are_leased_than_asked_for, async |store| {
    let mut tx = store.write().await.unwrap();
    queue(&mut tx, &[("m.example", "a"), ("n.example", "b")]).await;
    assert_eq!(
        tx.lease_hosts("w", at(0), at(9), HostPace::Unknown, 1, &[])
            .await
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        tx.lease_hosts("w", at(0), at(9), HostPace::Unknown, 10, &[])
            .await
            .unwrap()
            .len(),
        1
    );
});

on_both!(
    full_domains_are_left_out_and_hosts_returned,
    async |store| {
        let mut tx = store.write().await.unwrap();
        queue(&mut tx, &[("m.example", "a"), ("n.example", "b")]).await;
        let lease = async |tx: &mut Tx, except: &[&str]| {
            let except: Vec<_> = except.iter().map(|it| (*it).to_owned()).collect();
            let hosts = tx
                .lease_hosts("w", at(0), at(9), HostPace::Unknown, 9, &except)
                .await;
            let ids: Vec<_> = hosts.unwrap().iter().map(|host| host.id).collect();
            ids
        };
        // All hosts of these tests belong to the domain `example`.
        for except in [&["example"][..], &["a.example", "example", "b.example"]] {
            assert_eq!(lease(&mut tx, except).await, [0; 0]);
        }
        let ids = lease(&mut tx, &["m.example", "xexample", "examples"]).await;
        assert_eq!(ids.len(), 2);
        assert_eq!(tx.return_hosts("another", &ids).await.unwrap(), 0);
        assert_eq!(tx.return_hosts("w", &ids[1..]).await.unwrap(), 1);
        assert_eq!(tx.return_hosts("w", &[]).await.unwrap(), 0);
        assert_eq!(lease(&mut tx, &[]).await, ids[1..]);
    }
);

on_both!(of_two_about_the_same_the_older_goes_first, async |store| {
    let mut tx = store.write().await.unwrap();
    queue(
        &mut tx,
        &[("m.example", "a"), ("m.example", "a"), ("m.example", "b")],
    )
    .await;
    let hosts = lease(&mut tx, "w", 0).await;
    let front = due(&mut tx, &hosts, 0).await;
    let paths: Vec<_> = front.iter().map(|it| it.activity_path.as_str()).collect();
    assert_eq!(paths, ["/activities/0", "/activities/2"]);
    assert_eq!(front[0].inbox, "https://m.example/users/ada/inbox");
    assert_eq!((front[0].kind.as_str(), front[0].attempts), ("Like", 0));
    let ids: Vec<_> = front.iter().map(|it| it.activity_id).collect();
    let mut bodies = tx.bodies_of(&ids).await.unwrap();
    bodies.sort_unstable();
    let expected = ["/activities/0", "/activities/2"].map(|path| activity(path, "a").body);
    assert!(bodies.iter().map(|(_, body)| body).eq(&expected));
    assert_eq!(tx.bodies_of(&[]).await.unwrap(), []);
    let done = [settled(&front[0], DeliveryOutcome::Delivered, 0)];
    tx.settle("w", at(1), &done, &[]).await.unwrap();
    let next = due(&mut tx, &hosts, 1).await;
    assert_eq!(next[0].activity_path, "/activities/1");
    let ids: Vec<_> = hosts.iter().map(|it| it.id).collect();
    assert_eq!(tx.due_deliveries(&ids, at(1), 1).await.unwrap().len(), 1);
    assert!(tx.due_deliveries(&[], at(1), 1).await.unwrap().is_empty());
});

on_both!(each_outcome_is_written_down, async |store| {
    let mut tx = store.write().await.unwrap();
    let wanted = ["a", "b", "c", "d"].map(|it| ("m.example", it));
    queue(&mut tx, &wanted).await;
    let hosts = lease(&mut tx, "w", 0).await;
    let front = due(&mut tx, &hosts, 0).await;
    let outcomes = [
        Settled {
            status: None,
            ..settled(&front[0], DeliveryOutcome::TryAgain, 60)
        },
        settled(&front[1], DeliveryOutcome::Delivered, 0),
        settled(&front[2], DeliveryOutcome::Refused, 0),
        settled(&front[3], DeliveryOutcome::Abandoned, 0),
    ];
    tx.settle("w", at(5), &outcomes, &[state(&hosts[0], 0, 5)])
        .await
        .unwrap();
    let expected = QueueStats {
        queued: 1,
        delivered: 1,
        refused: 1,
        abandoned: 1,
        hosts: HostStats {
            reachable: 1,
            backing_off: 0,
            gone: 0,
        },
    };
    assert_eq!(tx.queue_stats().await.unwrap(), expected);
    // What is settled stays settled.
    let late = [settled(&front[1], DeliveryOutcome::Refused, 0)];
    tx.settle("w", at(6), &late, &[]).await.unwrap();
    assert_eq!(tx.queue_stats().await.unwrap(), expected);
    assert!(due(&mut tx, &hosts, 59).await.is_empty());
    let again = due(&mut tx, &hosts, 60).await;
    assert_eq!((again[0].id, again[0].attempts), (front[0].id, 1));
    // Counted until it is purged.
    assert_eq!(tx.forget_settled(at(5)).await.unwrap(), 0);
    assert_eq!(tx.queue_stats().await.unwrap(), expected);
    assert_eq!(tx.forget_settled(at(6)).await.unwrap(), 3);
    let left = QueueStats {
        delivered: 0,
        refused: 0,
        abandoned: 0,
        ..expected
    };
    assert_eq!(tx.queue_stats().await.unwrap(), left);
});

on_both!(
    a_host_that_fails_is_left_alone_until_its_date,
    async |store| {
        let mut tx = store.write().await.unwrap();
        queue(&mut tx, &[("m.example", "a")]).await;
        let hosts = lease(&mut tx, "w", 0).await;
        let front = due(&mut tx, &hosts, 0).await;
        let failed = HostState {
            unavailable_since: Some(at(1)),
            rfc9421_at: Some(at(1)),
            ..state(&hosts[0], 2, 100)
        };
        let again = settled(&front[0], DeliveryOutcome::TryAgain, 0);
        tx.settle("w", at(1), &[again], &[failed]).await.unwrap();
        let status = QueueStatus {
            ready: 0,
            waiting: 1,
            failing_hosts: 1,
            oldest: Some(at(0)),
        };
        assert_eq!(tx.queue_status(at(1)).await.unwrap(), status);
        assert_eq!(tx.queue_stats().await.unwrap().hosts.gone, 1);
        assert_eq!(tx.next_due(at(1)).await.unwrap(), Some(at(100)));
        assert!(lease(&mut tx, "w", 99).await.is_empty());
        let back = lease(&mut tx, "w", 100).await;
        assert_eq!(
            (
                back[0].failures,
                back[0].unavailable_since,
                back[0].failing_since,
                back[0].rfc9421_at
            ),
            (2, Some(at(1)), Some(at(1)), Some(at(1)))
        );
    }
);

on_both!(
    a_host_that_spoke_to_us_meanwhile_goes_first,
    async |store| {
        let mut tx = store.write().await.unwrap();
        queue(&mut tx, &[("m.example", "a")]).await;
        let hosts = lease(&mut tx, "w", 0).await;
        tx.settle("w", at(1), &[], &[state(&hosts[0], 3, 500)])
            .await
            .unwrap();
        tx.host_spoke_to_us(&[hosts[0].id], at(2)).await.unwrap();
        tx.host_spoke_to_us(&[], at(2)).await.unwrap();
        let hosts = lease(&mut tx, "w", 2).await;
        assert_eq!((hosts[0].failures, hosts[0].failing_since), (0, None));
        // After a single failure the host keeps its due date.
        tx.settle("w", at(3), &[], &[state(&hosts[0], 1, 60)])
            .await
            .unwrap();
        tx.host_spoke_to_us(&[hosts[0].id], at(4)).await.unwrap();
        assert!(lease(&mut tx, "w", 59).await.is_empty());
        let again = lease(&mut tx, "w", 60).await;
        assert_eq!(
            (again[0].failures, again[0].failing_since),
            (1, Some(at(1)))
        );
    }
);

on_both!(a_host_that_takes_a_delivery_is_not_gone, async |store| {
    const GONE: &str = "SELECT COALESCE(MAX(gone_since), 0) FROM host";
    let mut tx = store.write().await.unwrap();
    queue(&mut tx, &[("m.example", "a")]).await;
    let host = lease(&mut tx, "w", 0).await.remove(0);
    tx.host_unreached(host.id, at(1), at(0)).await.unwrap();
    tx.host_unreached(host.id, at(2), at(1)).await.unwrap();
    for (failures, gone_since) in [(3, at(1).as_millis()), (0, 0), (0, 0)] {
        let before = tx.version(Topic::Register).await.unwrap();
        let was_gone = sql::number(&mut tx, GONE).await > 0;
        tx.settle("w", at(3), &[], &[state(&host, failures, 0)])
            .await
            .unwrap();
        let is_gone = sql::number(&mut tx, GONE).await;
        assert_eq!(is_gone, gone_since, "{failures}");
        let after = tx.version(Topic::Register).await.unwrap();
        assert_eq!(before != after, was_gone && failures == 0, "{failures}");
        lease(&mut tx, "w", 9).await;
    }
});

on_both!(
    a_host_that_speaks_does_not_shorten_the_pause_it_asked_for,
    async |store| {
        let mut tx = store.write().await.unwrap();
        queue(&mut tx, &[("m.example", "a")]).await;
        for (begun, failures) in [(0, 0), (1000, 3)] {
            let hosts = lease(&mut tx, "w", begun).await;
            let resting = HostState {
                asked_to_wait: 2,
                ..state(&hosts[0], failures, begun + 500)
            };
            tx.settle("w", at(begun + 1), &[], &[resting])
                .await
                .unwrap();
            tx.host_spoke_to_us(&[hosts[0].id], at(begun + 2))
                .await
                .unwrap();
            assert!(lease(&mut tx, "w", begun + 499).await.is_empty());
            let back = lease(&mut tx, "w", begun + 500).await;
            assert_eq!((back[0].failures, back[0].asked_to_wait), (0, 2));
            // An administrator may.
            tx.settle(
                "w",
                at(begun + 500),
                &[],
                &[state(&back[0], 0, begun + 900)],
            )
            .await
            .unwrap();
            tx.retry_hosts(None, at(begun + 501)).await.unwrap();
            let back = lease(&mut tx, "w", begun + 501).await;
            assert_eq!(back[0].asked_to_wait, 0);
            tx.release_hosts("w").await.unwrap();
        }
    }
);

on_both!(
    who_lost_a_lease_does_not_write_the_hosts_state,
    async |store| {
        let mut tx = store.write().await.unwrap();
        queue(&mut tx, &[("m.example", "a")]).await;
        let old = lease(&mut tx, "one", 0).await;
        lease(&mut tx, "two", 10).await;
        tx.settle("one", at(11), &[], &[state(&old[0], 5, 900)])
            .await
            .unwrap();
        assert!(
            lease(&mut tx, "three", 12).await.is_empty(),
            "the new lease was given back"
        );
        tx.release_hosts("two").await.unwrap();
        assert_eq!(lease(&mut tx, "three", 13).await[0].failures, 0);
    }
);

on_both!(what_waited_too_long_for_a_host_is_given_up, async |store| {
    let mut tx = store.write().await.unwrap();
    queue(
        &mut tx,
        &[("m.example", "a"), ("m.example", "b"), ("n.example", "a")],
    )
    .await;
    let hosts = lease(&mut tx, "w", 0).await;
    assert_eq!(tx.abandon_deliveries(&[], at(0), at(1)).await.unwrap(), 0);
    let ids = [hosts[0].id];
    assert_eq!(tx.abandon_deliveries(&ids, at(-1), at(1)).await.unwrap(), 0);
    assert_eq!(tx.abandon_deliveries(&ids, at(0), at(1)).await.unwrap(), 2);
    let stats = tx.queue_stats().await.unwrap();
    assert_eq!((stats.queued, stats.abandoned), (1, 2));
});

on_both!(
    hosts_that_took_the_last_delivery_one_of_each_domain,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let hosts = [
            "a.m.example",
            "b.m.example",
            "n.example",
            "o.example",
            "p.example",
        ];
        let all: Vec<_> = hosts.iter().map(|host| (*host, "a")).collect();
        queue(&mut tx, &all).await;
        assert!(tx.reachable_hosts(9).await.unwrap().is_empty());
        for change in [
            "UPDATE host SET last_success_at = id, domain = name",
            "UPDATE host SET domain = 'm.example' WHERE name LIKE '%.m.example'",
            "UPDATE host SET failures = 1 WHERE name = 'o.example'",
            "UPDATE host SET last_success_at = NULL WHERE name = 'p.example'",
        ] {
            sql::run(&mut tx, change).await.unwrap();
        }
        let found = tx.reachable_hosts(9).await.unwrap();
        assert_eq!(found, ["n.example", "a.m.example"]);
        assert_eq!(tx.reachable_hosts(1).await.unwrap(), ["n.example"]);
        let blocked = "UPDATE host SET blocked = (1 = 1) WHERE name = 'n.example'";
        sql::run(&mut tx, blocked).await.unwrap();
        assert_eq!(tx.reachable_hosts(9).await.unwrap(), ["a.m.example"]);
    }
);

on_both!(an_empty_queue_says_so, async |store| {
    let mut tx = store.write().await.unwrap();
    assert_eq!(tx.next_due(at(0)).await.unwrap(), None);
    assert_eq!(tx.queue_stats().await.unwrap(), QueueStats::default());
    assert_eq!(
        tx.queue_status(at(0)).await.unwrap(),
        QueueStatus::default()
    );
    assert!(lease(&mut tx, "w", 0).await.is_empty());
    tx.settle("w", at(0), &[], &[]).await.unwrap();
    queue(&mut tx, &[("m.example", "a")]).await;
    assert_eq!(tx.next_due(at(5)).await.unwrap(), Some(at(5)));
    assert_eq!(tx.queue_status(at(5)).await.unwrap().ready, 1);
});

on_both!(a_thousand_and_more_are_settled_at_once, async |store| {
    let mut tx = store.write().await.unwrap();
    let to = vec![inbox_at(&mut tx, "ada", "m.example").await];
    for part in 0..3 {
        let all: Vec<_> = (0..500)
            .map(|n| NewActivity {
                to: to.clone(),
                ..activity(&format!("/activities/{part}/{n}"), &format!("{part}/{n}"))
            })
            .collect();
        tx.send(&all).await.unwrap();
    }
    let due = tx
        .due_deliveries(&[to[0].host_id], at(0), 5_000)
        .await
        .unwrap();
    let all: Vec<_> = due
        .iter()
        .map(|it| settled(it, DeliveryOutcome::Delivered, 0))
        .collect();
    tx.settle("w", at(1), &all, &[]).await.unwrap();
    assert_eq!(tx.queue_stats().await.unwrap().delivered, 1_500);
});

on_both!(
    a_queue_stands_still_when_nothing_is_tried_that_is_due,
    async |store| {
        const HOUR: i64 = 3600;
        let mut tx = store.write().await.unwrap();
        queue(&mut tx, &[("m.example", "a"), ("n.example", "b")]).await;
        let overdue = async |tx: &mut Tx, since| tx.overdue_host(at(since)).await.unwrap();
        assert_eq!(overdue(&mut tx, -1).await, None, "it was not due then");
        assert!(overdue(&mut tx, HOUR).await.is_some());

        // One host is tried, so the other one waits for its turn, however long that takes.
        let hosts = lease(&mut tx, "w", HOUR).await;
        let front = due(&mut tx, &hosts[..1], HOUR).await;
        let failed = [settled(&front[0], DeliveryOutcome::TryAgain, 2 * HOUR)];
        let mut tried = state(&hosts[0], 1, 9 * HOUR);
        tried.tried_at = Some(at(2 * HOUR));
        tx.settle("w", at(2 * HOUR), &failed, &[tried])
            .await
            .unwrap();
        tx.release_hosts("w").await.unwrap();
        assert_eq!(overdue(&mut tx, HOUR).await, None);
        assert_eq!(
            overdue(&mut tx, 3 * HOUR).await.as_deref(),
            Some("n.example")
        );
        // Leased hosts are being tried.
        tx.lease_hosts("w", at(3 * HOUR), at(4 * HOUR), HostPace::Unknown, 9, &[])
            .await
            .unwrap();
        assert_eq!(overdue(&mut tx, 3 * HOUR).await, None);
        tx.release_hosts("w").await.unwrap();

        // What backs off until then is not due, and an empty queue has nothing that is.
        sql::run(
            &mut tx,
            "UPDATE delivery SET state = 'delivered' WHERE host_id IN
                (SELECT id FROM host WHERE authority = 'n.example')",
        )
        .await
        .unwrap();
        assert_eq!(overdue(&mut tx, 8 * HOUR).await, None);
        assert_eq!(
            overdue(&mut tx, 9 * HOUR).await.as_deref(),
            Some("m.example")
        );
        // A delivery with a date of its own is due then.
        sql::run(
            &mut tx,
            &format!("UPDATE delivery SET due_at = due_at + {}", 99 * HOUR * 1000),
        )
        .await
        .unwrap();
        assert_eq!(overdue(&mut tx, 9 * HOUR).await, None);
    }
);
