//! Inboxes that are not found, and their owners.

use super::{
    deliveries::settled,
    fixtures::{at, host, person, saved},
    on_both,
    outgoing::{activity, inbox_at},
};
use undersigned::store::{
    DeliveryOutcome, FollowerRow, NewActivity, NewActor, NewDelivery, Store, Tx,
};

const DAY: i64 = 24 * 60 * 60;

on_both!(
    an_inbox_is_missing_after_three_times_over_seven_days,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ada = inbox_at(&mut tx, "ada", "m.example").await.inbox_id;
        let bob = inbox_at(&mut tx, "bob", "m.example").await.inbox_id;
        let check = async |tx: &mut Tx, ids: &[i64], day, expected: &[i64]| {
            let over = tx.inboxes_missing(ids, at(day * DAY)).await.unwrap();
            assert_eq!(over, expected, "{ids:?}, day {day}");
        };
        check(&mut tx, &[], 0, &[]).await;
        check(&mut tx, &[ada, bob], 0, &[]).await;
        check(&mut tx, &[ada, ada], 1, &[]).await;
        check(&mut tx, &[ada], 2, &[]).await;
        check(&mut tx, &[ada], 6, &[]).await;
        check(&mut tx, &[ada, bob], 7, &[ada]).await;
        // Reported once; then the count begins anew.
        check(&mut tx, &[ada, bob], 8, &[bob]).await;
        check(&mut tx, &[ada], 9, &[]).await;
        tx.inboxes_found(&[ada]).await.unwrap();
        tx.inboxes_found(&[]).await.unwrap();
        check(&mut tx, &[ada], 16, &[]).await;
        check(&mut tx, &[ada], 17, &[]).await;
        check(&mut tx, &[ada], 22, &[]).await;
        check(&mut tx, &[ada], 23, &[ada]).await;
    }
);

on_both!(
    behind_an_inbox_are_those_who_follow_or_endorse,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let shared = |name: &str, read_at| NewActor {
            shared_inbox: Some(("https://m.example/inbox".to_owned(), host("m.example"))),
            read_at: at(read_at),
            ..person(name, "m.example")
        };
        let people = [shared("ada", 5), shared("bob", 3), shared("eve", 4)];
        let rows = saved(&mut tx, &people).await;
        let (ada, bob) = (&rows[0], &rows[1]);
        let follows = |actor_id| FollowerRow {
            actor_id,
            follow_id: None,
            since: at(0),
        };
        let both = [follows(ada.id), follows(bob.id)];
        tx.save_followers(&both).await.unwrap();
        let id = tx.send(&[activity("/activities/1", "s")]).await.unwrap()[0];
        tx.queue_for_followers(id, at(0)).await.unwrap();
        let due = tx.due_deliveries(&[ada.inbox_host_id], at(0), 9).await;
        let inbox = due.unwrap()[0].inbox_id;
        assert_ne!(inbox, ada.inbox_id, "it is the shared one");
        let check = async |tx: &mut Tx, ids: &[i64], before, limit, expected: &[&String]| {
            let found = tx.actors_behind(ids, at(before), limit).await.unwrap();
            assert_eq!(found.iter().collect::<Vec<_>>(), expected);
        };
        check(&mut tx, &[], 9, 9, &[]).await;
        check(&mut tx, &[inbox], 9, 9, &[&bob.url, &ada.url]).await;
        check(&mut tx, &[inbox], 9, 1, &[&bob.url]).await;
        check(&mut tx, &[inbox], 4, 9, &[&bob.url]).await;
        check(&mut tx, &[ada.inbox_id], 9, 9, &[&ada.url]).await;
        check(&mut tx, &[rows[2].inbox_id], 9, 9, &[]).await;
    }
);

/// Queues one activity to these inboxes.
async fn send(tx: &mut Tx, path: &str, to: &[NewDelivery]) {
    let new = NewActivity {
        to: to.to_vec(),
        ..activity(path, path)
    };
    tx.send(&[new]).await.unwrap();
}

/// Inboxes and paths of everything that waits at these hosts.
async fn waiting(tx: &mut Tx, hosts: &[i64]) -> Vec<(String, String)> {
    let due = tx.due_deliveries(hosts, at(50), 9).await.unwrap();
    let found = due.into_iter().map(|it| (it.inbox, it.activity_path));
    found.collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(inbox, path): &(&str, &str)| ((*inbox).to_owned(), (*path).to_owned());
    expected.iter().map(owned).collect()
}

on_both!(
    what_waits_for_a_personal_inbox_moves_with_its_actor,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let old = inbox_at(&mut tx, "ada", "m.example").await;
        let new = NewActor {
            inbox: ("https://n.example/ada".to_owned(), host("n.example")),
            read_at: at(20),
            ..person("ada", "m.example")
        };
        // Somebody else's delivery, and one that the new inbox has already: the inbox is there by another name.
        let bob = inbox_at(&mut tx, "bob", "m.example").await;
        let owner = NewActor {
            inbox: new.inbox.clone(),
            ..person("eve", "n.example")
        };
        let eve = &saved(&mut tx, &[owner]).await[0];
        let there = NewDelivery {
            inbox_id: eve.inbox_id,
            host_id: eve.inbox_host_id,
        };
        send(&mut tx, "/both", &[old, there]).await;
        send(&mut tx, "/moves", &[old, bob]).await;
        send(&mut tx, "/waits", &[old]).await;
        send(&mut tx, "/done", &[old]).await;
        let due = tx.due_deliveries(&[old.host_id], at(0), 9).await.unwrap();
        let of = |path| due.iter().find(|it| it.activity_path == path).unwrap();
        let results = [
            settled(of("/waits"), DeliveryOutcome::TryAgain, 900),
            settled(of("/done"), DeliveryOutcome::Delivered, 0),
        ];
        tx.settle("w", at(1), &results, &[]).await.unwrap();
        // Read again without a change: nothing moves.
        saved(&mut tx, &[person("ada", "m.example")]).await;
        let there_yet = waiting(&mut tx, &[there.host_id]).await;
        assert_eq!(there_yet, pairs(&[("https://n.example/ada", "/both")]));

        saved(&mut tx, &[new]).await;
        let moved = ["/both", "/moves", "/waits"].map(|path| ("https://n.example/ada", path));
        assert_eq!(waiting(&mut tx, &[there.host_id]).await, pairs(&moved));
        let stays = [("https://m.example/users/bob/inbox", "/moves")];
        assert_eq!(waiting(&mut tx, &[old.host_id]).await, pairs(&stays));
        assert_eq!(tx.queue_stats().await.unwrap().delivered, 1);
        assert_eq!(tx.queue_stats().await.unwrap().queued, 4);
    }
);

on_both!(
    a_shared_inbox_moves_with_the_last_follower_behind_it,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let people = ["ada", "bob", "eve"].map(|name| person(name, "m.example"));
        let rows = saved(&mut tx, &people).await;
        // Eve does not follow: what she gets is hers alone, and nothing keeps the shared inbox for her.
        let followers = [rows[0].id, rows[1].id].map(|actor_id| FollowerRow {
            actor_id,
            follow_id: None,
            since: at(0),
        });
        tx.save_followers(&followers).await.unwrap();
        let id = tx.send(&[activity("/all", "all")]).await.unwrap()[0];
        tx.queue_for_followers(id, at(0)).await.unwrap();
        let hosts = [rows[0].inbox_host_id];
        let check = async |tx: &mut Tx, inbox: &str| {
            assert_eq!(waiting(tx, &hosts).await, pairs(&[(inbox, "/all")]));
        };
        check(&mut tx, "https://m.example/inbox").await;
        let moved = |name: &str| NewActor {
            shared_inbox: Some(("https://m.example/shared".to_owned(), host("m.example"))),
            read_at: at(20),
            ..person(name, "m.example")
        };
        saved(&mut tx, &[moved("ada")]).await;
        check(&mut tx, "https://m.example/inbox").await;
        saved(&mut tx, &[moved("bob")]).await;
        check(&mut tx, "https://m.example/shared").await;
        // Without a shared one the personal one takes its place.
        saved(&mut tx, &[moved("ada")]).await;
        for name in ["ada", "bob"] {
            let alone = NewActor {
                shared_inbox: None,
                ..moved(name)
            };
            saved(&mut tx, &[alone]).await;
        }
        check(&mut tx, "https://m.example/users/bob/inbox").await;
        tx.move_waiting(rows[1].inbox_id, rows[0].inbox_id, at(30))
            .await
            .unwrap();
        check(&mut tx, "https://m.example/users/bob/inbox").await;
    }
);
