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
    tx.remove_boost(&one.path).await.unwrap();
    assert_eq!(tx.own_boosts().await.unwrap(), [two]);
});
