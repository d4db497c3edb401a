//! A newer Update takes the place of one that waits (F-169).

use undersigned::store::{
    FollowerRow, NewActivity, NewDelivery, Outcome, QueueStats, Settled, Store, Tx,
};

use crate::{
    contract_outgoing::{activity, inbox_at},
    fixtures::{at, person, saved},
    on_both,
};

async fn queue(tx: &mut Tx, path: &str, kind: &str, subject: &str, to: &[NewDelivery]) -> i64 {
    let new = NewActivity {
        kind: kind.to_owned(),
        to: to.to_vec(),
        ..activity(path, subject)
    };
    tx.send(&[new]).await.unwrap()[0]
}

/// What waits for a host, in the order of its sending; each is taken off the queue.
async fn waiting(tx: &mut Tx, host_id: i64) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        let due = tx.due_deliveries(&[host_id], at(0), 100).await.unwrap();
        let Some(first) = due.first() else {
            return all;
        };
        all.push(first.activity_path.clone());
        let done = Settled {
            delivery_id: first.id,
            outcome: Outcome::Delivered,
            due_at: at(0),
            status: None,
            body: String::new(),
        };
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
        let stats = tx.queue_stats(at(1)).await.unwrap();
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
        let leased = tx.lease_hosts("w", at(-9), at(9), 1).await.unwrap();
        assert_eq!(leased.len(), 0, "nothing is due yet");
        let leased = tx.lease_hosts("w", at(0), at(9), 1).await.unwrap();
        assert_eq!(leased.len(), 1);
        let two = queue(&mut tx, "/two", "Update", "/letter", &[ada]).await;
        assert_eq!(tx.queue_stats(at(1)).await.unwrap().queued, 2);
        assert_eq!(tx.replace_waiting(&[], at(8)).await.unwrap(), 0);
        assert_eq!(tx.replace_waiting(&[two], at(8)).await.unwrap(), 0);
        // The lease ran out: whoever held it is taken for dead.
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
            follow_hash: None,
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
