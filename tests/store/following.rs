//! Whom the letter follows.

use super::{
    fixtures::{at, person, saved},
    on_both,
};
use undersigned::store::{FollowingRow, Store};

on_both!(a_follow_waits_is_accepted_and_ends, async |store| {
    let mut tx = store.write().await.unwrap();
    let people = [person("bo", "m.example"), person("cy", "m.example")];
    let people = saved(&mut tx, &people).await;
    let row = |number: usize| FollowingRow {
        actor_id: people[number].id,
        actor: people[number].url.clone(),
        handle: people[number].handle.clone(),
        path: format!("/activities/{number}"),
        since: at(1),
        accepted: None,
    };
    let (bo, cy) = (row(0), row(1));
    for row in [&bo, &cy] {
        assert!(tx.save_following(row).await.unwrap());
        assert!(!tx.save_following(row).await.unwrap());
    }
    let other = Some("/activities/9");
    for (path, news) in [(other, false), (None, true), (None, false)] {
        let accepted = tx.accept_following(bo.actor_id, path, at(5)).await;
        assert_eq!(accepted.unwrap(), news, "{path:?}");
    }
    let accepted = FollowingRow {
        accepted: Some(at(5)),
        ..bo.clone()
    };
    assert_eq!(tx.following().await.unwrap(), [accepted, cy.clone()]);
    for (path, ends) in [
        (other, false),
        (Some(bo.path.as_str()), true),
        (None, false),
    ] {
        let ended = tx.end_following(bo.actor_id, path).await;
        assert_eq!(ended.unwrap(), ends, "{path:?}");
    }
    assert_eq!(tx.following().await.unwrap(), [cy]);
});
