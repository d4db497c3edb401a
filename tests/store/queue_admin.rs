//! The delivery queue as administrators see and correct it.

use super::{
    fixtures::at,
    on_both,
    outgoing::{activity, inbox_at},
};
use undersigned::store::{
    DeliveryOutcome, FailingHost, HostPace, HostState, NewActivity, QueuePages, Retried, Settled,
    Signatures, Store, Tx,
};

/// Queues one activity for each of these hosts, tries each once, and writes this outcome down. Gives the numbers
/// of the hosts.
async fn tried(tx: &mut Tx, hosts: &[(&str, DeliveryOutcome, Option<i64>)]) -> Vec<i64> {
    let mut ids = Vec::new();
    for (n, (host, outcome, status)) in hosts.iter().enumerate() {
        let to = inbox_at(tx, "ada", host).await;
        let new = NewActivity {
            to: vec![to],
            ..activity(&format!("/activities/{n}"), host)
        };
        tx.send(&[new]).await.unwrap();
        tx.lease_hosts("w", at(0), at(9), HostPace::Unknown, 9, &[])
            .await
            .unwrap();
        let due = tx.due_deliveries(&[to.host_id], at(0), 9).await.unwrap();
        let failed = *outcome == DeliveryOutcome::TryAgain;
        let settled = Settled {
            inbox_id: due[0].inbox_id,
            delivery_id: due[0].id,
            outcome: *outcome,
            due_at: at(1),
            status: *status,
            body: format!("{host} says so"),
        };
        let state = HostState {
            id: to.host_id,
            failures_before: 0,
            failures: i64::from(failed),
            due_at: at(if failed { 60 } else { 1 }),
            asked_to_wait: 0,
            unavailable_since: None,
            last_success_at: None,
            failing_since: failed.then(|| at(1)),
            rfc9421_at: None,
            pace: HostPace::Unknown,
            tried_at: Some(at(1)),
            status: *status,
        };
        tx.settle("w", at(1), &[settled], &[state]).await.unwrap();
        ids.push(to.host_id);
    }
    ids
}

on_both!(
    what_was_not_delivered_is_listed_with_the_last_answer,
    async |store| {
        let mut tx = store.write().await.unwrap();
        tried(
            &mut tx,
            &[
                ("forbids.example", DeliveryOutcome::Refused, Some(403)),
                ("takes.example", DeliveryOutcome::Delivered, Some(202)),
                ("fails.example", DeliveryOutcome::TryAgain, None),
            ],
        )
        .await;
        let rows = QueuePages::of(None).next(&mut tx, 9).await.unwrap();
        let found: Vec<_> = rows
            .iter()
            .map(|it| (it.host.as_str(), it.state.as_str(), it.status, it.next))
            .collect();
        let expected = [
            ("fails.example", "queued", None, Some(at(60))),
            ("forbids.example", "refused", Some(403), None),
        ];
        assert_eq!(found, expected);
        let first = &rows[0];
        assert_eq!(first.inbox, "https://fails.example/users/ada/inbox");
        assert_eq!(
            (first.r#type.as_str(), first.activity.as_str()),
            ("Like", "/activities/2")
        );
        assert_eq!((first.attempts, first.queued), (1, at(0)));
        assert_eq!(first.answer.as_deref(), Some("fails.example says so"));
        // Page by page it is the same list.
        let (mut pages, mut paged) = (QueuePages::of(None), Vec::new());
        while let [row] = pages.next(&mut tx, 1).await.unwrap().as_slice() {
            paged.push(row.clone());
        }
        assert_eq!(paged, rows);
        assert_eq!(tx.undelivered_count(None).await.unwrap(), 2);
        for (glob, n) in [
            ("FAILS.example", 1),
            ("*.example", 2),
            ("%", 0),
            ("f*s.*", 2),
        ] {
            let mut pages = QueuePages::of(Some(glob.to_owned()));
            let rows = pages.next(&mut tx, 9).await.unwrap();
            assert_eq!(rows.len(), n, "{glob}");
            let counted = tx.undelivered_count(Some(glob)).await.unwrap();
            assert_eq!(counted, i64::try_from(n).unwrap(), "{glob}");
        }
    }
);

on_both!(
    what_waits_for_a_host_is_made_due_or_given_up,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let hosts = [
            ("m.example", DeliveryOutcome::TryAgain, Some(503)),
            ("n.example", DeliveryOutcome::TryAgain, Some(401)),
        ];
        let ids = tried(&mut tx, &hosts).await;
        assert_eq!(tx.next_due(at(2)).await.unwrap(), Some(at(60)));
        let known = tx.host_with_mail("m.example").await.unwrap();
        assert_eq!(known, Some(ids[0]));
        assert_eq!(tx.host_with_mail("x.example").await.unwrap(), None);
        let retried = tx.retry_hosts(Some(ids[0]), at(2)).await.unwrap();
        let one = Retried {
            hosts: 1,
            deliveries: 1,
        };
        assert_eq!(retried, one);
        let leased = tx
            .lease_hosts("w", at(2), at(9), HostPace::Unknown, 9, &[])
            .await
            .unwrap();
        let leased: Vec<_> = leased.iter().map(|it| (it.id, it.failures)).collect();
        assert_eq!(leased, [(ids[0], 0)]);
        assert_eq!(tx.retry_hosts(None, at(2)).await.unwrap().deliveries, 2);
        assert_eq!(tx.waiting_for_host(ids[0]).await.unwrap(), 1);
        assert_eq!(tx.drop_waiting(ids[0], at(3)).await.unwrap(), 1);
        assert_eq!(tx.waiting_for_host(ids[0]).await.unwrap(), 0);
        let stats = tx.queue_stats().await.unwrap();
        assert_eq!((stats.queued, stats.abandoned), (1, 1));
        // An expired delivery stays expired.
        assert_eq!(
            tx.retry_hosts(Some(ids[0]), at(4))
                .await
                .unwrap()
                .deliveries,
            0
        );
        assert_eq!(tx.host_with_mail("m.example").await.unwrap(), Some(ids[0]));
    }
);

on_both!(
    a_host_that_was_gone_for_long_counts_as_returned_when_somebody_retries,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = tried(&mut tx, &[("m.example", DeliveryOutcome::TryAgain, None)]).await;
        let day = 24 * 60 * 60;
        let gone = HostState {
            id: ids[0],
            failures_before: 1,
            failures: 9,
            due_at: at(60),
            asked_to_wait: 0,
            unavailable_since: Some(at(60)),
            last_success_at: None,
            failing_since: Some(at(1)),
            rfc9421_at: None,
            pace: HostPace::Unknown,
            tried_at: None,
            status: None,
        };
        tx.lease_hosts("w", at(60), at(70), HostPace::Unknown, 9, &[])
            .await
            .unwrap();
        tx.settle("w", at(60), &[], &[gone]).await.unwrap();
        let trouble = tx.failing_hosts(9).await.unwrap();
        let expected = FailingHost {
            host: "m.example".to_owned(),
            failures: 9,
            since: Some(at(1)),
            status: None,
            next: at(60),
            gone: true,
            waiting: 1,
        };
        assert_eq!(trouble, [expected]);
        tx.retry_hosts(None, at(60 + 31 * day)).await.unwrap();
        assert_eq!(tx.failing_hosts(9).await.unwrap(), []);
        assert_eq!(tx.queue_stats().await.unwrap().hosts.gone, 0);
    }
);

on_both!(
    answers_to_our_signatures_are_counted_by_domain,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let hosts = [
            ("m.example", DeliveryOutcome::TryAgain, Some(401)),
            ("a.many.example", DeliveryOutcome::TryAgain, Some(401)),
            ("b.many.example", DeliveryOutcome::TryAgain, Some(401)),
            ("n.example", DeliveryOutcome::Delivered, Some(202)),
            ("silent.example", DeliveryOutcome::TryAgain, None),
        ];
        tried(&mut tx, &hosts).await;
        let found = tx.signatures_since(at(0)).await.unwrap();
        // All hosts of the fixtures are of one domain.
        let one = Signatures {
            answered: 1,
            refused: 1,
        };
        assert_eq!(found, one);
        let later = tx.signatures_since(at(1)).await.unwrap();
        assert_eq!(later, Signatures::default());
    }
);
