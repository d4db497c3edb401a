//! Inboxes that are not found, and their owners.

use super::{
    fixtures::{at, host, person, saved},
    on_both,
    outgoing::{activity, inbox_at},
};
use undersigned::store::{FollowerRow, NewActor, Store, Tx};

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
