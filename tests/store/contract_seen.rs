//! What was there before: taken activities, early arrivals, tombstones.

use std::collections::HashSet;

use crate::{fixtures::at, on_both};
use undersigned::{
    hash::Sha256,
    store::{Early, Store},
};

fn hash(text: &str) -> Sha256 {
    Sha256::of(text)
}

fn pairs(ids: &[(&str, &str)]) -> Vec<(Sha256, Sha256)> {
    ids.iter()
        .map(|(id, actor)| (hash(id), hash(actor)))
        .collect()
}

on_both!(an_activity_stays_with_who_sent_it_first, async |store| {
    let mut tx = store.write().await.unwrap();
    tx.save_seen(&pairs(&[("1", "ada"), ("2", "bo")]), at(0))
        .await
        .unwrap();
    tx.save_seen(&pairs(&[("1", "mallory"), ("3", "cy")]), at(1))
        .await
        .unwrap();
    let asked = [hash("1"), hash("3"), hash("4")];
    let mut found = tx.seen(&asked).await.unwrap();
    found.sort();
    let mut expected = pairs(&[("1", "ada"), ("3", "cy")]);
    expected.sort();
    assert_eq!(found, expected);
});

on_both!(a_deleted_object_stays_with_its_author, async |store| {
    let mut tx = store.write().await.unwrap();
    tx.save_tombstones(&pairs(&[("1", "ada")])).await.unwrap();
    tx.save_tombstones(&pairs(&[("1", "mallory"), ("2", "bo")]))
        .await
        .unwrap();
    let found = tx.tombstones(&[hash("1"), hash("3")]).await.unwrap();
    assert_eq!(found, pairs(&[("1", "ada")]));
});

fn early(actor: &str, target: &str, kind: &str) -> Early {
    Early {
        actor_hash: hash(actor),
        target_hash: hash(target),
        kind: kind.to_owned(),
    }
}

on_both!(what_came_early_is_known_until_it_expires, async |store| {
    let mut tx = store.write().await.unwrap();
    let (undo, delete) = (early("ada", "1", "undo"), early("ada", "1", "delete"));
    let both = [undo.clone(), delete.clone(), early("bo", "1", "undo")];
    tx.save_early(&both, at(10)).await.unwrap();
    let targets = [hash("1"), hash("2")];
    let known = tx.early(&[hash("ada")], &targets, at(9)).await.unwrap();
    assert_eq!(known, HashSet::from([undo.clone(), delete]));
    let elsewhere = tx.early(&[hash("ada")], &[hash("2")], at(9)).await;
    assert!(elsewhere.unwrap().is_empty());
    let expired = tx.early(&[hash("ada")], &targets, at(10)).await;
    assert!(expired.unwrap().is_empty());
    // Once more makes it last longer, also twice at once.
    tx.save_early(&[undo.clone(), undo.clone()], at(20))
        .await
        .unwrap();
    let known = tx
        .early(&[hash("ada"), hash("cy")], &targets, at(10))
        .await
        .unwrap();
    assert_eq!(known, HashSet::from([undo]));
});

on_both!(sixty_four_at_once_are_remembered, async |store| {
    let mut tx = store.write().await.unwrap();
    let ids: Vec<_> = (0..64)
        .map(|n| (hash(&format!("id {n}")), hash("ada")))
        .collect();
    tx.save_seen(&ids, at(0)).await.unwrap();
    tx.save_tombstones(&ids).await.unwrap();
    let asked: Vec<_> = ids.iter().map(|it| it.0.clone()).collect();
    assert_eq!(tx.seen(&asked).await.unwrap().len(), 64);
    assert_eq!(tx.tombstones(&asked).await.unwrap().len(), 64);
});

on_both!(nothing_given_is_nothing_remembered, async |store| {
    let mut tx = store.write().await.unwrap();
    tx.save_seen(&[], at(0)).await.unwrap();
    tx.save_early(&[], at(0)).await.unwrap();
    tx.save_tombstones(&[]).await.unwrap();
    assert!(tx.seen(&[]).await.unwrap().is_empty());
    assert!(tx.early(&[], &[hash("1")], at(0)).await.unwrap().is_empty());
    assert!(tx.tombstones(&[]).await.unwrap().is_empty());
});
