//! What a confirmed Move changes.

use crate::{
    fixtures::{at, endorsement, like, people, reply},
    on_both, raw,
};
use undersigned::store::Store;

on_both!(
    acts_go_along_but_none_that_the_new_account_did_too,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = people(&mut tx, &["ada", "bo"]).await;
        let (ada, bo) = (ids[0], ids[1]);
        let acts = [
            like(ada, "https://m.example/1"),
            reply(ada, "https://m.example/2", "I sign"),
            like(bo, "https://m.example/3"),
        ];
        tx.save_acts(&acts).await.unwrap();
        assert_eq!(tx.carry_acts(ada, bo).await.unwrap(), 1);
        let objects = |acts: Vec<undersigned::store::ActRow>| -> Vec<String> {
            acts.into_iter().map(|it| it.object).collect()
        };
        let left = objects(raw::all_acts(&mut tx, ada).await);
        assert_eq!(left, ["https://letter.example/letter"]);
        let own = objects(raw::all_acts(&mut tx, bo).await);
        assert_eq!(
            own,
            ["https://m.example/2", "https://letter.example/letter"]
        );
    }
);

on_both!(an_endorsement_goes_along, async |store| {
    let mut tx = store.write().await.unwrap();
    let ids = people(&mut tx, &["ada", "bo"]).await;
    let row = endorsement(ids[0], "Ada");
    tx.save_endorsements(std::slice::from_ref(&row))
        .await
        .unwrap();
    tx.carry_endorsement(ids[0], ids[1]).await.unwrap();
    assert!(tx.endorsements_of(&[ids[0]]).await.unwrap().is_empty());
    let moved = tx.endorsements_of(&[ids[1]]).await.unwrap();
    assert_eq!(moved[0].public_id, row.public_id);
});

on_both!(the_newest_account_speaks_for_all_before_it, async |store| {
    let mut tx = store.write().await.unwrap();
    let ids = people(&mut tx, &["ada", "bo", "cy"]).await;
    assert_eq!(tx.moved_at(ids[0]).await.unwrap(), None);
    tx.save_move(ids[0], ids[1], at(1)).await.unwrap();
    assert_eq!(tx.moved_at(ids[0]).await.unwrap(), Some(at(1)));
    tx.save_move(ids[1], ids[2], at(2)).await.unwrap();
    let mut successors = async || -> Vec<_> {
        let mut rows = tx.actors_by_id(&ids).await.unwrap();
        rows.sort_by_key(|it| it.id);
        rows.into_iter().map(|it| it.successor_id).collect()
    };
    assert_eq!(successors().await, [Some(ids[2]), Some(ids[2]), None]);
    // Back to the first one: it speaks for itself again, and for the others.
    tx.save_move(ids[2], ids[0], at(3)).await.unwrap();
    let mut rows = tx.actors_by_id(&ids).await.unwrap();
    rows.sort_by_key(|it| it.id);
    let successors: Vec<_> = rows.into_iter().map(|it| it.successor_id).collect();
    assert_eq!(successors, [None, Some(ids[0]), Some(ids[0])]);
});
