//! Our own keys, and the hosts for which earlier ones sign.

use super::{
    fixtures::at,
    on_both,
    outgoing::{activity, inbox_at},
    sql,
};
use undersigned::store::{FormerKeys, NewActivity, NewDelivery, Store, Tx};

async fn key(tx: &mut Tx, actor: &str) -> Option<(i64, Vec<u8>)> {
    let key = tx.own_key(actor).await.unwrap();
    assert!(key.iter().all(|key| key.actor == actor));
    key.map(|key| (key.number, key.pkcs8))
}

/// Replaces the newest key of an actor; gives the id of the one before it.
async fn rotate(tx: &mut Tx, actor: &str, second: i64) -> i64 {
    let old = tx.own_key(actor).await.unwrap().unwrap().id;
    tx.retire_own_keys(actor, at(second)).await.unwrap();
    tx.add_own_key(actor, b"newer", at(second)).await.unwrap();
    old
}

on_both!(the_newest_key_that_is_not_retired_signs, async |store| {
    let mut tx = store.write().await.unwrap();
    let every_byte: Vec<u8> = (0..=255).collect();
    assert_eq!(key(&mut tx, "letter").await, None);
    tx.add_own_key("letter", b"old", at(0)).await.unwrap();
    tx.add_own_key("instance", b"other", at(9)).await.unwrap();
    assert_eq!(key(&mut tx, "letter").await, Some((1, b"old".to_vec())));
    assert!(tx.former_keys().await.unwrap().is_empty());
    tx.retire_own_keys("letter", at(1)).await.unwrap();
    assert_eq!(key(&mut tx, "letter").await, None);
    tx.add_own_key("letter", &every_byte, at(1)).await.unwrap();
    assert_eq!(key(&mut tx, "letter").await, Some((2, every_byte)));
    assert_eq!(key(&mut tx, "instance").await, Some((1, b"other".to_vec())));
    rotate(&mut tx, "instance", 2).await;
    let former = tx.former_keys().await.unwrap();
    let keys: Vec<_> = former
        .iter()
        .map(|it| (it.actor.as_str(), it.number, it.pkcs8.as_slice()))
        .collect();
    assert_eq!(
        keys,
        [("letter", 1, &b"old"[..]), ("instance", 1, b"other")]
    );
    assert!(!format!("{former:?}").contains("111"), "a key is printed");
});

on_both!(no_number_of_a_key_is_given_twice, async |store| {
    let mut tx = store.write().await.unwrap();
    tx.add_own_key("letter", b"first", at(0)).await.unwrap();
    for second in 1..4 {
        rotate(&mut tx, "letter", second).await;
        assert_eq!(tx.erase_former_keys(at(0)).await.unwrap(), 1);
        let newest = tx.own_key("letter").await.unwrap().unwrap();
        assert_eq!((newest.number, newest.created_at), (second + 1, at(second)));
    }
});

/// An Update of an actor for some inboxes.
async fn news(tx: &mut Tx, path: &str, subject: &str, second: i64, to: &[NewDelivery]) -> i64 {
    let sent = NewActivity {
        to: to.to_vec(),
        kind: "Update".to_owned(),
        at: at(second),
        ..activity(path, subject)
    };
    tx.send(&[sent]).await.unwrap()[0]
}

/// The hosts that take this activity.
async fn take(tx: &mut Tx, activity_id: i64, hosts: &[&NewDelivery]) {
    let hosts: Vec<i64> = hosts.iter().map(|it| it.host_id).collect();
    let due = tx.due_deliveries(&hosts, at(99), 10).await.unwrap();
    let taken = due.iter().filter(|it| it.activity_id == activity_id);
    let taken: Vec<i64> = taken.map(|it| it.id).collect();
    assert_eq!(taken.len(), hosts.len());
    tx.news_taken(&hosts, &taken).await.unwrap();
    for id in taken {
        let settle = format!("UPDATE delivery SET state = 'delivered' WHERE id = {id}");
        sql::run(tx, &settle).await.unwrap();
    }
}

async fn signing(tx: &mut Tx, inbox: &NewDelivery) -> FormerKeys {
    let mut found = tx.former_keys_for(&[inbox.host_id]).await.unwrap();
    assert!(found.iter().all(|(host, _)| *host == inbox.host_id));
    found.pop().map(|(_, keys)| keys).unwrap_or_default()
}

on_both!(
    an_earlier_key_signs_for_a_host_until_it_took_the_news,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let one = inbox_at(&mut tx, "ada", "m.example").await;
        let two = inbox_at(&mut tx, "bo", "n.example").await;
        let untold = inbox_at(&mut tx, "cy", "o.example").await;
        for actor in ["letter", "instance"] {
            tx.add_own_key(actor, b"old", at(0)).await.unwrap();
        }
        let both = [one, two];
        let before = news(&mut tx, "/activities/1", "/actor", 0, &both).await;
        let letter = rotate(&mut tx, "letter", 1).await;
        let update = news(&mut tx, "/activities/2", "/actor", 1, &both).await;
        tx.keep_former_key(update, letter).await.unwrap();
        let instance = rotate(&mut tx, "instance", 2).await;
        let other = news(&mut tx, "/activities/3", "/instance-actor", 2, &both).await;
        tx.keep_former_key(other, instance).await.unwrap();
        let edit = news(&mut tx, "/activities/4", "/letter", 3, &both).await;
        let old = FormerKeys {
            letter: Some(letter),
            instance: Some(instance),
        };
        for inbox in &both {
            assert_eq!(signing(&mut tx, inbox).await, old);
        }
        assert_eq!(signing(&mut tx, &untold).await, FormerKeys::default());

        // Neither what is about something else nor an older Update tells of the new key.
        assert_ne!(before, update);
        take(&mut tx, edit, &[&one]).await;
        assert_eq!(signing(&mut tx, &one).await, old);
        take(&mut tx, update, &[&one]).await;
        let half = FormerKeys {
            letter: None,
            ..old
        };
        assert_eq!(signing(&mut tx, &one).await, half);
        assert_eq!(signing(&mut tx, &two).await, old);
        take(&mut tx, other, &[&one]).await;
        assert_eq!(signing(&mut tx, &one).await, FormerKeys::default());

        // Who refused the old key and took the new one needs no news.
        tx.former_keys_refused(&[(two.host_id, letter)])
            .await
            .unwrap();
        assert_eq!(signing(&mut tx, &two).await, half);
    }
);

on_both!(
    of_two_rotations_a_host_gets_the_last_news_by_the_key_that_it_knows,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let quick = inbox_at(&mut tx, "ada", "m.example").await;
        let slow = inbox_at(&mut tx, "bo", "n.example").await;
        let hosts = [quick, slow];
        tx.add_own_key("letter", b"first", at(0)).await.unwrap();
        let first = rotate(&mut tx, "letter", 1).await;
        let one = news(&mut tx, "/activities/1", "/actor", 1, &hosts).await;
        tx.keep_former_key(one, first).await.unwrap();
        // The first news is under way to the one host when the second key comes.
        let on_its_way = format!(
            "UPDATE host SET leased_until = 9e15 WHERE id = {}",
            quick.host_id
        );
        sql::run(&mut tx, &on_its_way).await.unwrap();
        let second = rotate(&mut tx, "letter", 2).await;
        let two = news(&mut tx, "/activities/2", "/actor", 2, &hosts).await;
        tx.keep_former_key(two, second).await.unwrap();
        for inbox in &hosts {
            assert_eq!(signing(&mut tx, inbox).await.letter, Some(first));
        }
        take(&mut tx, one, &[&quick]).await;
        assert_eq!(signing(&mut tx, &quick).await.letter, Some(second));
        assert_eq!(tx.erase_former_keys(at(0)).await.unwrap(), 0);
        take(&mut tx, two, &[&quick]).await;
        assert_eq!(signing(&mut tx, &quick).await.letter, None);
        // The other host gets the second news alone.
        assert_eq!(signing(&mut tx, &slow).await.letter, Some(first));
        assert_eq!(tx.erase_former_keys(at(0)).await.unwrap(), 1);
        take(&mut tx, two, &[&slow]).await;
        assert_eq!(signing(&mut tx, &slow).await.letter, None);
        assert_eq!(tx.queue_stats().await.unwrap().queued, 0);
        assert_eq!(tx.erase_former_keys(at(0)).await.unwrap(), 1);
    }
);

on_both!(
    an_old_key_is_erased_when_no_host_needs_it_when_given_up_or_when_told_to,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let to = [inbox_at(&mut tx, "ada", "m.example").await];
        for (n, actor, subject) in [(1, "letter", "/actor"), (2, "instance", "/instance-actor")] {
            tx.add_own_key(actor, b"old", at(0)).await.unwrap();
            let old = rotate(&mut tx, actor, n).await;
            let path = format!("/activities/{n}");
            let update = news(&mut tx, &path, subject, n, &to).await;
            tx.keep_former_key(update, old).await.unwrap();
        }
        assert_eq!(tx.erase_former_keys(at(0)).await.unwrap(), 0);
        assert_eq!(tx.former_keys().await.unwrap().len(), 2);
        // The letter's was replaced long ago.
        assert_eq!(tx.erase_former_keys(at(1)).await.unwrap(), 1);
        let signs = signing(&mut tx, &to[0]).await;
        assert_eq!((signs.letter, signs.instance.is_some()), (None, true));
        tx.erase_former_keys_of("letter").await.unwrap();
        assert_eq!(tx.former_keys().await.unwrap().len(), 1);
        tx.erase_former_keys_of("instance").await.unwrap();
        assert!(tx.former_keys().await.unwrap().is_empty());
        assert_eq!(signing(&mut tx, &to[0]).await, FormerKeys::default());
        assert_eq!(key(&mut tx, "letter").await, Some((2, b"newer".to_vec())));
    }
);
