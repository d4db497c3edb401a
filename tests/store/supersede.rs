//! A newer Update replaces an older one of the same object that still waits.

use super::{
    deliveries::{settled, state},
    fixtures::{at, person, saved},
    on_both,
    outgoing::{activity, inbox_at},
};
use undersigned::store::{
    DeliveryOutcome, FollowerRow, HostPace, NewActivity, NewDelivery, QueueStats, Store, Tx,
};

async fn queue(tx: &mut Tx, path: &str, kind: &str, subject: &str, to: &[NewDelivery]) -> i64 {
    let new = NewActivity {
        kind: kind.to_owned(),
        to: to.to_vec(),
        ..activity(path, subject)
    };
    tx.send(&[new]).await.unwrap()[0]
}

/// What waits for a host, in the order of sending; each is removed from the queue.
async fn waiting(tx: &mut Tx, host_id: i64) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        let due = tx.due_deliveries(&[host_id], at(0), 100).await.unwrap();
        let Some(first) = due.first() else {
            return all;
        };
        all.push(first.activity_path.clone());
        let done = settled(first, DeliveryOutcome::Delivered, 0);
        tx.settle("w", at(0), &[done], &[]).await.unwrap();
    }
}

on_both!(
    a_newer_update_replaces_one_that_waits_for_the_same_inbox,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ada = inbox_at(&mut tx, "ada", "m.example").await;
        let bob = inbox_at(&mut tx, "bob", "m.example").await;
        let eve = inbox_at(&mut tx, "eve", "n.example").await;
        queue(&mut tx, "/create", "Create", "/letter", &[ada, bob, eve]).await;
        queue(&mut tx, "/one", "Update", "/letter", &[ada, bob, eve]).await;
        queue(&mut tx, "/other", "Update", "/posts/1", &[ada]).await;
        queue(&mut tx, "/like", "Like", "/letter", &[ada]).await;
        // Bob's server waits for the older one alone.
        queue(&mut tx, "/two", "Update", "/letter", &[ada, eve]).await;
        let m = waiting(&mut tx, ada.host_id).await;
        assert_eq!(
            m,
            ["/create", "/create", "/one", "/other", "/like", "/two"]
                .map(str::to_owned)
                .to_vec()
        );
        assert_eq!(waiting(&mut tx, eve.host_id).await, ["/create", "/two"]);
    }
);

on_both!(
    what_is_replaced_is_counted_nowhere_and_what_is_settled_stays,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ada = inbox_at(&mut tx, "ada", "m.example").await;
        queue(&mut tx, "/one", "Update", "/letter", &[ada]).await;
        assert_eq!(waiting(&mut tx, ada.host_id).await, ["/one"]);
        queue(&mut tx, "/two", "Update", "/letter", &[ada]).await;
        queue(&mut tx, "/three", "Update", "/letter", &[ada]).await;
        let stats = tx.queue_stats().await.unwrap();
        let expected = QueueStats {
            queued: 1,
            delivered: 1,
            ..QueueStats::default()
        };
        assert_eq!(stats, expected);
        assert_eq!(waiting(&mut tx, ada.host_id).await, ["/three"]);
    }
);

on_both!(
    what_may_be_on_its_way_is_not_replaced_and_goes_first,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ada = inbox_at(&mut tx, "ada", "m.example").await;
        queue(&mut tx, "/one", "Update", "/letter", &[ada]).await;
        let leased = tx
            .lease_hosts("w", at(-9), at(9), HostPace::Unknown, 1, &[])
            .await
            .unwrap();
        assert_eq!(leased.len(), 0, "nothing is due yet");
        let leased = tx
            .lease_hosts("w", at(0), at(9), HostPace::Unknown, 1, &[])
            .await
            .unwrap();
        assert_eq!(leased.len(), 1);
        let two = queue(&mut tx, "/two", "Update", "/letter", &[ada]).await;
        assert_eq!(tx.queue_stats().await.unwrap().queued, 2);
        assert_eq!(tx.replace_waiting(&[], at(8)).await.unwrap(), 0);
        assert_eq!(tx.replace_waiting(&[two], at(8)).await.unwrap(), 0);
        // The lease expired: its worker is taken for dead.
        assert_eq!(tx.replace_waiting(&[two], at(9)).await.unwrap(), 1);
        assert_eq!(waiting(&mut tx, ada.host_id).await, ["/two"]);
    }
);

on_both!(
    an_update_for_all_followers_replaces_the_one_before,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ada = saved(&mut tx, &[person("ada", "m.example")])
            .await
            .remove(0);
        let follower = FollowerRow {
            actor_id: ada.id,
            follow_id: None,
            since: at(0),
        };
        tx.save_followers(&[follower]).await.unwrap();
        for path in ["/one", "/two"] {
            let id = queue(&mut tx, path, "Update", "/letter", &[]).await;
            assert_eq!(tx.queue_for_followers(id, at(0)).await.unwrap(), 1);
        }
        assert_eq!(waiting(&mut tx, ada.inbox_host_id).await, ["/two"]);
    }
);

/// Lets the delivery of this activity to this inbox fail once more.
async fn fail(tx: &mut Tx, to: NewDelivery, path: &str) {
    let due = tx.due_deliveries(&[to.host_id], at(0), 100).await.unwrap();
    let mut due = due.iter();
    let mine = due.find(|it| it.inbox_id == to.inbox_id && it.activity_path == path);
    let failed = settled(mine.unwrap(), DeliveryOutcome::TryAgain, 0);
    tx.settle("w", at(0), &[failed], &[]).await.unwrap();
}

on_both!(
    a_broken_inbox_holds_up_its_own_order_and_no_longer_that_of_its_host,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let broken = inbox_at(&mut tx, "ada", "m.example").await;
        let well = inbox_at(&mut tx, "bob", "m.example").await;
        queue(&mut tx, "/create", "Create", "/posts/1", &[broken]).await;
        queue(&mut tx, "/delete", "Delete", "/posts/1", &[broken, well]).await;
        for tried in 0..4 {
            let due = tx.due_deliveries(&[well.host_id], at(0), 9).await.unwrap();
            let found: Vec<_> = due
                .iter()
                .map(|it| (it.activity_path.as_str(), it.inbox_id))
                .collect();
            let mut expected = vec![("/create", broken.inbox_id)];
            if tried >= 3 {
                expected.push(("/delete", well.inbox_id));
            }
            assert_eq!(found, expected, "tried {tried} times");
            fail(&mut tx, broken, "/create").await;
        }
    }
);

/// Stores that the host failed this often.
async fn host_fails(tx: &mut Tx, failures: i64) {
    let hosts = tx
        .lease_hosts("w", at(0), at(9), HostPace::Unknown, 1, &[])
        .await
        .unwrap();
    let failing = state(&hosts[0], failures, 0);
    tx.settle("w", at(0), &[], &[failing]).await.unwrap();
}

on_both!(
    an_accept_keeps_its_place_at_a_host_that_fails,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ada = inbox_at(&mut tx, "ada", "m.example").await;
        queue(&mut tx, "/accept", "Accept", "ada", &[ada]).await;
        fail(&mut tx, ada, "/accept").await;
        queue(&mut tx, "/create", "Create", "/letter", &[ada]).await;
        host_fails(&mut tx, 1).await;
        for first in ["/accept", "/accept", "/accept", "/accept", "/create"] {
            let due = tx.due_deliveries(&[ada.host_id], at(0), 9).await.unwrap();
            assert_eq!(due[0].activity_path, first);
            fail(&mut tx, ada, "/accept").await;
        }
    }
);

on_both!(
    a_host_that_fails_is_asked_for_the_oldest_and_for_the_least_tried_by_turns,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ada = inbox_at(&mut tx, "ada", "m.example").await;
        let paths = ["/0", "/1", "/2", "/3"];
        for path in paths {
            queue(&mut tx, path, "Create", path, &[ada]).await;
        }
        let mut order = Vec::new();
        for failures in 1..=7 {
            let due = tx.due_deliveries(&[ada.host_id], at(0), 1).await.unwrap();
            fail(&mut tx, ada, &due[0].activity_path).await;
            host_fails(&mut tx, failures).await;
            order.push(due[0].activity_path.clone());
        }
        assert_eq!(order, ["/0", "/1", "/0", "/2", "/0", "/3", "/0"]);
    }
);

on_both!(
    a_restored_queue_keeps_what_publishes_nothing,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ada = inbox_at(&mut tx, "ada", "m.example").await;
        for (path, kind) in [
            ("/create", "Create"),
            ("/update", "Update"),
            ("/accept", "Accept"),
            ("/delete", "Delete"),
        ] {
            queue(&mut tx, path, kind, path, &[ada]).await;
        }
        assert_eq!(tx.drop_publications(at(1)).await.unwrap(), 2);
        assert_eq!(tx.drop_publications(at(1)).await.unwrap(), 0);
        assert_eq!(waiting(&mut tx, ada.host_id).await, ["/accept", "/delete"]);
    }
);
