//! Deduplication: what was received or undone, and tombstones.

use super::{fixtures::at, on_both};
use undersigned::{
    clock::Millis,
    hash::Sha256,
    store::{SeenRow, Store, TombstoneRow},
};

/// Something that was received.
pub(super) fn received(what: &str, at: Millis) -> SeenRow {
    SeenRow {
        hash: Sha256::of(what),
        at,
        undone_at: None,
        awaited: false,
    }
}

/// A post of Ada's that was deleted, for a while or for ever.
pub(super) fn deleted(post: &str, expires_at: Option<Millis>) -> TombstoneRow {
    TombstoneRow {
        object_hash: Sha256::of(post),
        actor_hash: Sha256::of("ada"),
        deleted_at: None,
        claimed: false,
        expires_at,
    }
}

on_both!(what_was_received_is_remembered_once, async |store| {
    let mut tx = store.write().await.unwrap();
    let (one, two) = (received("1", at(0)), received("2", at(0)));
    tx.save_seen(&[one.clone(), two]).await.unwrap();
    let undone = SeenRow {
        undone_at: Some(at(7)),
        awaited: true,
        ..received("2", at(1))
    };
    tx.save_seen(&[undone.clone(), received("3", at(1))])
        .await
        .unwrap();
    let asked = ["1", "2", "4"].map(Sha256::of);
    let mut found = tx.seen(&asked).await.unwrap();
    found.sort_by_key(|row| row.at);
    assert_eq!(found, [one, undone]);
});

on_both!(a_deleted_object_stays_with_each_author, async |store| {
    let mut tx = store.write().await.unwrap();
    let ada = TombstoneRow {
        deleted_at: Some(at(3)),
        ..deleted("1", None)
    };
    let mallory = TombstoneRow {
        actor_hash: Sha256::of("mallory"),
        ..deleted("1", None)
    };
    tx.save_tombstones(&[
        mallory.clone(),
        deleted("1", Some(at(9))),
        deleted("2", None),
    ])
    .await
    .unwrap();
    let claimed = TombstoneRow {
        claimed: true,
        ..ada.clone()
    };
    tx.save_tombstones(std::slice::from_ref(&claimed))
        .await
        .unwrap();
    let asked = ["1", "3"].map(Sha256::of);
    let mut found = tx.tombstones(&asked, at(9)).await.unwrap();
    found.sort_by_key(|row| row.claimed);
    assert_eq!(found, [mallory.clone(), claimed]);
    let keys = (ada.object_hash, ada.actor_hash);
    tx.remove_tombstones(&[keys]).await.unwrap();
    assert_eq!(tx.tombstones(&asked, at(9)).await.unwrap(), [mallory]);
});

on_both!(what_never_came_is_known_until_it_expires, async |store| {
    let mut tx = store.write().await.unwrap();
    let early = deleted("1", Some(at(10)));
    tx.save_tombstones(std::slice::from_ref(&early))
        .await
        .unwrap();
    let asked = [Sha256::of("1")];
    assert_eq!(tx.tombstones(&asked, at(9)).await.unwrap(), [early]);
    assert_eq!(tx.tombstones(&asked, at(10)).await.unwrap(), []);
});

on_both!(sixty_four_at_once_are_remembered, async |store| {
    let mut tx = store.write().await.unwrap();
    let names = || (0..64).map(|n| format!("id {n}"));
    let seen: Vec<_> = names().map(|name| received(&name, at(0))).collect();
    let stones: Vec<_> = names().map(|name| deleted(&name, None)).collect();
    tx.save_seen(&seen).await.unwrap();
    tx.save_tombstones(&stones).await.unwrap();
    let asked: Vec<_> = names().map(|name| Sha256::of(&name)).collect();
    assert_eq!(tx.seen(&asked).await.unwrap().len(), 64);
    assert_eq!(tx.tombstones(&asked, at(0)).await.unwrap().len(), 64);
});

on_both!(nothing_given_is_nothing_remembered, async |store| {
    let mut tx = store.write().await.unwrap();
    tx.save_seen(&[]).await.unwrap();
    tx.save_tombstones(&[]).await.unwrap();
    tx.remove_tombstones(&[]).await.unwrap();
    assert!(tx.seen(&[]).await.unwrap().is_empty());
    assert!(tx.tombstones(&[], at(0)).await.unwrap().is_empty());
});
