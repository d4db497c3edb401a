//! The posts of others that the letter boosts.

use super::{
    fixtures::{at, person, saved},
    on_both,
};
use undersigned::{
    hash::Sha256,
    store::{OwnBoost, Store},
};

on_both!(a_post_is_boosted_once, async |store| {
    let mut tx = store.write().await.unwrap();
    let authors = [person("bo", "m.example"), person("cy", "m.example")];
    let authors = saved(&mut tx, &authors).await;
    let boost = |number: i64, author: usize| OwnBoost {
        path: format!("/activities/{number}"),
        actor_id: authors[author].id,
        actor: authors[author].url.clone(),
        object: format!("https://m.example/{number}"),
        at: at(number),
    };
    let (one, two) = (boost(1, 0), boost(2, 1));
    for boost in [&one, &two] {
        assert!(tx.save_boost(boost).await.unwrap());
    }
    let again = OwnBoost {
        path: "/activities/3".to_owned(),
        ..one.clone()
    };
    assert!(!tx.save_boost(&again).await.unwrap());
    assert_eq!(tx.own_boosts().await.unwrap(), [two.clone(), one.clone()]);
    let hash = Sha256::of(&one.object);
    let found = tx.boosts_of_posts(&[hash]).await.unwrap();
    assert_eq!(found, std::slice::from_ref(&one));
    assert!(tx.boosts_of_posts(&[]).await.unwrap().is_empty());
    let theirs = tx.boosts_of_actors(&[two.actor_id]).await.unwrap();
    assert_eq!(theirs, std::slice::from_ref(&two));
    // Who moved is found by the account that is used now.
    tx.save_move(one.actor_id, two.actor_id, at(3))
        .await
        .unwrap();
    let of_both = tx.boosts_of_people(&[two.actor_id]).await.unwrap();
    assert_eq!(of_both, [one.clone(), two.clone()]);
    let former = tx.boosts_of_people(&[one.actor_id]).await.unwrap();
    assert!(former.is_empty(), "{former:?}");
    // The posts are known, so that a look can be ordered.
    let hashes = [&one, &two].map(|boost| Sha256::of(&boost.object));
    assert_eq!(tx.known_posts(&hashes).await.unwrap().len(), 2);
    let due = tx.boosts_to_look_at(at(1), 9).await.unwrap();
    assert_eq!(due, std::slice::from_ref(&one.object));
    tx.look_at_boosts(&hashes[..1], at(5)).await.unwrap();
    for (before, due) in [(at(1), 0), (at(2), 1), (at(5), 2)] {
        let found = tx.boosts_to_look_at(before, 9).await.unwrap();
        assert_eq!(found.len(), due);
    }
    // After a restore all of them, at once.
    tx.look_at_boosts_first().await.unwrap();
    assert_eq!(tx.boosts_to_look_at(at(0), 9).await.unwrap().len(), 2);
    tx.remove_boost(&one.path).await.unwrap();
    assert_eq!(tx.own_boosts().await.unwrap(), [two]);
});
