//! Boosts and quotes, and quote authorizations.

use super::{
    fixtures::{at, people, reply},
    integrity::{broken, mend_all},
    on_both,
};
use undersigned::{
    hash::Sha256,
    store::{Counts, OwnObject, QuoteAuthorizationRow, ReachKind, ReachRow, Store},
};

fn passed(actor_id: i64, kind: ReachKind, object: &str, activity: &str) -> ReachRow {
    let target = match kind {
        ReachKind::Boost => object,
        ReachKind::Quote => "/letter",
    };
    ReachRow {
        actor_id,
        kind,
        object_hash: Sha256::of(object),
        target: target.to_owned(),
        activity_hash: Sha256::of(activity),
    }
}

on_both!(
    what_is_passed_on_is_one_row_for_each_actor_kind_and_object,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = people(&mut tx, &["ada", "bo"]).await;
        let first = passed(ids[0], ReachKind::Boost, "/letter", "b1");
        let again = ReachRow {
            target: "/posts/2".to_owned(),
            activity_hash: Sha256::of("b2"),
            ..first.clone()
        };
        let others = [
            passed(ids[0], ReachKind::Quote, "/letter", "q1"),
            passed(ids[0], ReachKind::Boost, "/posts/1", "b3"),
            passed(ids[1], ReachKind::Boost, "/letter", "b1"),
        ];
        tx.save_reach(&[]).await.unwrap();
        tx.save_reach(std::slice::from_ref(&first)).await.unwrap();
        tx.save_reach(&[again]).await.unwrap();
        tx.save_reach(&others).await.unwrap();
        let expected = ReachRow {
            target: "/posts/2".to_owned(),
            activity_hash: Sha256::of("b2"),
            ..first
        };
        let by_activity = tx.reach(&ids, &[Sha256::of("b2")]).await.unwrap();
        assert_eq!(by_activity, std::slice::from_ref(&expected));
        let mut by_object = tx.reach(&ids[..1], &[Sha256::of("/letter")]).await.unwrap();
        by_object.sort_by_key(|it| it.kind);
        assert_eq!(by_object, [expected, others[0].clone()]);
        assert!(tx.reach(&[], &[Sha256::of("b2")]).await.unwrap().is_empty());
        assert!(tx.reach(&ids, &[]).await.unwrap().is_empty());
    }
);

on_both!(
    what_is_taken_back_goes_alone_and_who_leaves_takes_all,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = people(&mut tx, &["ada", "bo", "cy"]).await;
        let rows = [
            passed(ids[0], ReachKind::Boost, "/letter", "b1"),
            passed(ids[0], ReachKind::Boost, "/posts/1", "b2"),
            passed(ids[1], ReachKind::Boost, "/letter", "b1"),
            passed(ids[2], ReachKind::Quote, "https://m.example/1", "q1"),
            passed(ids[2], ReachKind::Quote, "https://m.example/2", "q2"),
        ];
        tx.save_reach(&rows).await.unwrap();
        // Of one account all quotes are one; of the boosts, some are of the letter.
        let counts = tx.counts(1).await.unwrap();
        assert_eq!((counts.reach, counts.boosts), (4, 2));
        tx.remove_reach(&[]).await.unwrap();
        let key = |it: &ReachRow| (it.actor_id, it.kind, it.object_hash.clone());
        let unknown = (ids[1], ReachKind::Quote, Sha256::of("/letter"));
        tx.remove_reach(&[key(&rows[0]), key(&rows[3]), unknown])
            .await
            .unwrap();
        let counts = tx.counts(1).await.unwrap();
        assert_eq!((counts.reach, counts.boosts), (3, 1));
        assert_eq!(tx.forget_reach_of(&[]).await.unwrap(), 0);
        assert_eq!(tx.forget_reach_of(&ids[..2]).await.unwrap(), 2);
        let counts = tx.counts(1).await.unwrap();
        let expected = Counts {
            reach: 1,
            ..Counts::default()
        };
        assert_eq!(counts, expected);
    }
);

on_both!(a_quote_is_reach_or_an_act_and_never_both, async |store| {
    let mut tx = store.write().await.unwrap();
    let ids = people(&mut tx, &["ada", "bo"]).await;
    let object = "https://m.example/1";
    tx.save_acts(&[reply(ids[0], object, "I sign")])
        .await
        .unwrap();
    let rows = [
        passed(ids[0], ReachKind::Quote, object, "q1"),
        passed(ids[1], ReachKind::Quote, object, "q1"),
        passed(ids[0], ReachKind::Boost, object, "b1"),
    ];
    tx.save_reach(&rows).await.unwrap();
    let twice = [("posts that count as reach although they are acts", 1)];
    assert_eq!(broken(&mut tx).await, twice);
    assert_eq!(mend_all(&mut tx).await, 1);
    assert_eq!(broken(&mut tx).await, []);
    let counts = tx.counts(1).await.unwrap();
    assert_eq!(counts.reach, 2);
});

on_both!(
    only_what_was_published_and_not_deleted_is_there,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let object = |path: &str, deleted_at| OwnObject {
            path: path.to_owned(),
            kind: "post".to_owned(),
            published_at: at(1),
            updated_at: None,
            deleted_at,
        };
        for object in [object("/letter", None), object("/posts/1", Some(at(2)))] {
            tx.save_own_object(&object).await.unwrap();
        }
        let asked = ["/letter", "/posts/1", "/posts/2"].map(str::to_owned);
        assert_eq!(tx.standing_objects(&asked).await.unwrap(), ["/letter"]);
        assert!(tx.standing_objects(&[]).await.unwrap().is_empty());
    }
);

fn authorization(actor_id: i64, path: &str, post: &str) -> QuoteAuthorizationRow {
    QuoteAuthorizationRow {
        path: path.to_owned(),
        actor_id,
        object: post.to_owned(),
        target: "/letter".to_owned(),
        revoked_at: None,
    }
}

on_both!(
    a_stamp_is_in_force_until_it_ends_and_then_nothing_is_left_of_it,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = people(&mut tx, &["ada", "bo"]).await;
        let long = format!("https://m.example/{}", "x".repeat(2_000));
        let authorizations = [
            authorization(ids[0], "/quote-authorizations/1", &long),
            authorization(ids[0], "/quote-authorizations/2", "https://m.example/2"),
            authorization(ids[1], "/quote-authorizations/3", &long),
        ];
        tx.save_quote_authorizations(&[]).await.unwrap();
        tx.save_quote_authorizations(&authorizations).await.unwrap();
        let of = |authorization: &QuoteAuthorizationRow| authorization.path.clone();
        assert_eq!(
            tx.quote_authorizations_of(&ids[..1]).await.unwrap(),
            authorizations[..2]
        );
        assert!(tx.quote_authorizations_of(&[]).await.unwrap().is_empty());
        let found = tx
            .quote_authorization(&authorizations[2].path)
            .await
            .unwrap();
        assert_eq!(found.as_ref(), Some(&authorizations[2]));
        assert_eq!(tx.quote_authorization("/letter").await.unwrap(), None);

        tx.end_quote_authorizations(&[]).await.unwrap();
        let paths = [of(&authorizations[0]), of(&authorizations[2])];
        tx.end_quote_authorizations(&paths).await.unwrap();
        for path in &paths {
            assert_eq!(tx.quote_authorization(path).await.unwrap(), None);
        }
        assert_eq!(
            tx.quote_authorizations_of(&ids).await.unwrap(),
            authorizations[1..2]
        );
        // The same post may get a new one.
        let anew = authorization(ids[0], "/quote-authorizations/4", &long);
        tx.save_quote_authorizations(&[anew]).await.unwrap();
        // But never two at once.
        let double = authorization(ids[0], "/quote-authorizations/6", &long);
        assert!(tx.save_quote_authorizations(&[double]).await.is_err());
    }
);
