//! Our own keys, and which activities each of them signs.

use super::{
    fixtures::at,
    on_both,
    outgoing::{activity, inbox_at},
    sql,
};
use undersigned::store::{NewActivity, OwnKey, Store, Tx};

async fn key(tx: &mut Tx, actor: &str) -> Option<Vec<u8>> {
    let key = tx.own_key(actor).await.unwrap();
    assert_eq!(
        key.as_ref().map(|it| it.id),
        tx.own_key_id(actor).await.unwrap()
    );
    key.map(|key| key.pkcs8)
}

on_both!(the_newest_key_that_is_not_retired_signs, async |store| {
    let mut tx = store.write().await.unwrap();
    let every_byte: Vec<u8> = (0..=255).collect();
    assert_eq!(key(&mut tx, "letter").await, None);
    tx.add_own_key("letter", b"old", at(0)).await.unwrap();
    tx.add_own_key("instance", b"other", at(9)).await.unwrap();
    assert_eq!(key(&mut tx, "letter").await, Some(b"old".to_vec()));
    assert!(tx.former_keys().await.unwrap().is_empty());
    tx.retire_own_keys("letter", at(1)).await.unwrap();
    assert_eq!(key(&mut tx, "letter").await, None);
    tx.add_own_key("letter", &every_byte, at(1)).await.unwrap();
    assert_eq!(key(&mut tx, "letter").await, Some(every_byte));
    assert_eq!(key(&mut tx, "instance").await, Some(b"other".to_vec()));
    let former = tx.former_keys().await.unwrap();
    let keys: Vec<_> = former.iter().map(|it| it.pkcs8.as_slice()).collect();
    assert_eq!(keys, [b"old"]);
    assert!(!format!("{former:?}").contains("111"), "a key is printed");
    // The earlier key of the instance actor signs nothing that waits.
    tx.retire_own_keys("instance", at(2)).await.unwrap();
    assert_eq!(tx.former_keys().await.unwrap().len(), 1);
});

/// An old key that signs an activity which waits, and a newer one.
async fn rotated(tx: &mut Tx) -> (OwnKey, i64) {
    tx.add_own_key("letter", b"old", at(0)).await.unwrap();
    let old = tx.own_key("letter").await.unwrap().unwrap();
    tx.retire_own_keys("letter", at(1)).await.unwrap();
    tx.add_own_key("letter", b"new", at(1)).await.unwrap();
    let to = inbox_at(tx, "ada", "m.example").await;
    let sent = NewActivity {
        to: vec![to],
        kind: "Update".to_owned(),
        ..activity("/activities/1", "/actor")
    };
    let id = tx.send(&[sent]).await.unwrap()[0];
    (old, id)
}

async fn signers(tx: &mut Tx) -> Vec<Option<i64>> {
    let host = sql::number(tx, "SELECT MAX(host_id) FROM delivery").await;
    let due = tx.due_deliveries(&[host], at(9), 10).await.unwrap();
    due.iter().map(|delivery| delivery.signed_by).collect()
}

on_both!(
    an_old_key_stays_while_something_waits_that_it_signs,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let (old, id) = rotated(&mut tx).await;
        assert_eq!(signers(&mut tx).await, [None]);
        tx.sign_by(id, old.id).await.unwrap();
        assert_eq!(signers(&mut tx).await, [Some(old.id)]);
        assert_eq!(tx.erase_former_keys().await.unwrap(), 0);
        assert_eq!(tx.former_keys().await.unwrap(), std::slice::from_ref(&old));
        sql::run(&mut tx, "UPDATE delivery SET state = 'delivered'")
            .await
            .unwrap();
        assert_eq!(tx.erase_former_keys().await.unwrap(), 1);
        assert!(tx.former_keys().await.unwrap().is_empty());
        assert_eq!(key(&mut tx, "letter").await, Some(b"new".to_vec()));
        // A repeated delivery is signed by the newest key.
        sql::run(&mut tx, "UPDATE delivery SET state = 'queued'")
            .await
            .unwrap();
        assert_eq!(signers(&mut tx).await, [None]);
    }
);

on_both!(
    what_an_old_key_signs_is_replaced_by_nothing_newer,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let (old, id) = rotated(&mut tx).await;
        tx.sign_by(id, old.id).await.unwrap();
        let to = inbox_at(&mut tx, "ada", "m.example").await;
        for path in ["/activities/2", "/activities/3"] {
            let newer = NewActivity {
                to: vec![to],
                kind: "Update".to_owned(),
                ..activity(path, "/actor")
            };
            tx.send(&[newer]).await.unwrap();
        }
        // The oldest goes first, and the newest alone after it.
        assert_eq!(signers(&mut tx).await, [Some(old.id)]);
        assert_eq!(tx.queue_stats(at(9)).await.unwrap().queued, 2);
    }
);

on_both!(a_key_has_the_age_of_the_newest, async |store| {
    let mut tx = store.write().await.unwrap();
    assert_eq!(tx.own_key_made_at("letter").await.unwrap(), None);
    tx.add_own_key("letter", b"old", at(1)).await.unwrap();
    tx.add_own_key("instance", b"other", at(2)).await.unwrap();
    assert_eq!(tx.own_key_made_at("letter").await.unwrap(), Some(at(1)));
    tx.retire_own_keys("letter", at(3)).await.unwrap();
    tx.add_own_key("letter", b"new", at(3)).await.unwrap();
    assert_eq!(tx.own_key_made_at("letter").await.unwrap(), Some(at(3)));
});
