//! Remote actors, their hosts, inboxes and keys; followers.

use std::slice::from_ref;

use super::{
    fixtures::{at, host, like, people, person, saved},
    on_both,
};
use undersigned::{
    endorsement::Cause,
    hash::Sha256,
    store::{FollowerEntry, FollowerRow, NewActor, Store},
};

on_both!(an_actor_comes_back_as_its_document_told, async |store| {
    let mut tx = store.write().await.unwrap();
    let told = NewActor {
        shared_inbox: Some((
            "https://cdn.m.example/inbox".to_owned(),
            host("cdn.m.example"),
        )),
        opted_out: true,
        ..person("ada", "m.example:8443")
    };
    let ada = saved(&mut tx, from_ref(&told)).await.remove(0);
    assert_eq!(ada.url, told.url);
    assert_eq!(ada.url_hash, Sha256::of(&told.url));
    assert_eq!(ada.authority, "m.example:8443");
    assert_eq!(ada.domain, "example");
    assert_eq!(ada.r#type, "Person");
    assert_eq!((ada.handle, ada.name), (told.handle, told.name));
    assert_eq!((ada.page, ada.followers), (told.page, told.followers));
    assert_eq!(ada.published_at, told.published_at);
    assert_eq!(
        (ada.discoverable, ada.opted_out, ada.suspended),
        (true, true, false)
    );
    assert_eq!(
        (ada.first_seen_at, ada.refreshed_at, ada.answered_at),
        (at(0), at(0), None)
    );
    assert_eq!(ada.inbox_host_id, ada.host_id);
    assert_eq!(tx.actors_by_id(&[ada.id]).await.unwrap().len(), 1);
});

on_both!(
    a_newer_document_replaces_all_but_the_first_sight,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let before = saved(&mut tx, &[person("ada", "m.example")])
            .await
            .remove(0);
        let newer = NewActor {
            r#type: "Service".to_owned(),
            name: "Ada L.".to_owned(),
            page: None,
            followers: None,
            discoverable: false,
            suspended: true,
            inbox: ("https://m.example/other".to_owned(), host("m.example")),
            read_at: at(60),
            ..person("ada", "m.example")
        };
        let after = saved(&mut tx, &[newer]).await.remove(0);
        assert_eq!((after.id, after.host_id), (before.id, before.host_id));
        assert_ne!(after.inbox_id, before.inbox_id);
        assert_eq!(
            (after.r#type.as_str(), after.name.as_str()),
            ("Service", "Ada L.")
        );
        assert_eq!((after.page, after.followers), (None, None));
        assert_eq!((after.discoverable, after.suspended), (false, true));
        assert_eq!((after.first_seen_at, after.refreshed_at), (at(0), at(60)));
    }
);

on_both!(a_batch_of_sixty_four_shares_host_and_inbox, async |store| {
    let mut tx = store.write().await.unwrap();
    let batch: Vec<_> = (0..64)
        .map(|n| person(&format!("p{n}"), "m.example"))
        .collect();
    let rows = saved(&mut tx, &batch).await;
    let distinct: std::collections::HashSet<_> = rows.iter().map(|it| it.id).collect();
    assert_eq!(distinct.len(), 64);
    assert!(rows.iter().all(|it| it.host_id == rows[0].host_id));
    assert!(
        rows.iter()
            .zip(&batch)
            .all(|(row, told)| row.url == told.url)
    );
    // The same again changes no number.
    assert_eq!(saved(&mut tx, &batch).await, rows);
});

on_both!(
    nothing_asked_is_nothing_found_and_nothing_written,
    async |store| {
        let mut tx = store.write().await.unwrap();
        tx.save_actors(&[]).await.unwrap();
        tx.save_notes(&[]).await.unwrap();
        tx.save_followers(&[]).await.unwrap();
        tx.remove_followers(&[]).await.unwrap();
        assert!(tx.actors(&[]).await.unwrap().is_empty());
        assert!(tx.actors_by_id(&[]).await.unwrap().is_empty());
        assert!(tx.followers_of(&[]).await.unwrap().is_empty());
        assert!(tx.actors(&[Sha256::of("nobody")]).await.unwrap().is_empty());
        assert!(
            tx.keys(from_ref(&Sha256::of("no key")))
                .await
                .unwrap()
                .pop()
                .is_none()
        );
    }
);

on_both!(
    keys_that_a_document_no_longer_names_are_forgotten,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let key_id = "https://m.example/users/ada#main-key";
        saved(
            &mut tx,
            &[person("ada", "m.example"), person("bo", "m.example")],
        )
        .await;
        let key = tx
            .keys(from_ref(&Sha256::of(key_id)))
            .await
            .unwrap()
            .pop()
            .unwrap();
        assert_eq!(key.actor, "https://m.example/users/ada");
        assert_eq!(
            (key.key_id.as_str(), key.pem.as_str()),
            (key_id, "PEM of ada")
        );

        let renewed = NewActor {
            keys: vec![(
                "https://m.example/users/ada#second".to_owned(),
                "PEM 2".to_owned(),
            )],
            ..person("ada", "m.example")
        };
        saved(&mut tx, &[renewed]).await;
        assert!(
            tx.keys(from_ref(&Sha256::of(key_id)))
                .await
                .unwrap()
                .pop()
                .is_none()
        );
        let second = Sha256::of("https://m.example/users/ada#second");
        assert_eq!(
            tx.keys(from_ref(&second)).await.unwrap().pop().unwrap().pem,
            "PEM 2"
        );
        let other = Sha256::of("https://m.example/users/bo#main-key");
        assert!(
            tx.keys(from_ref(&other)).await.unwrap().pop().is_some(),
            "another actor's key went, too"
        );

        let keyless = NewActor {
            keys: Vec::new(),
            ..person("ada", "m.example")
        };
        saved(&mut tx, &[keyless]).await;
        assert!(tx.keys(from_ref(&second)).await.unwrap().pop().is_none());
    }
);

on_both!(
    a_key_id_stays_with_the_actor_that_had_it_first,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ada = person("ada", "m.example");
        let bo = NewActor {
            keys: ada.keys.clone(),
            read_at: at(9),
            ..person("bo", "m.example")
        };
        saved(&mut tx, from_ref(&ada)).await;
        saved(&mut tx, from_ref(&bo)).await;
        let key = tx
            .keys(from_ref(&Sha256::of(&bo.keys[0].0)))
            .await
            .unwrap()
            .pop()
            .unwrap();
        assert_eq!(key.actor, ada.url);
    }
);

on_both!(
    what_is_noted_of_an_actor_stays_when_its_document_changes,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = people(&mut tx, &["ada", "bo"]).await;
        let mut ada = tx.actors_by_id(&ids[..1]).await.unwrap().remove(0);
        ada.answered_at = Some(at(3));
        ada.acknowledged_at = Some(at(4));
        ada.unnamed_at = Some(at(5));
        (ada.told_at, ada.told_today) = (Some(at(6)), 2);
        ada.subscribed_at = Some(at(7));
        tx.save_notes(&[&ada]).await.unwrap();
        people(&mut tx, &["ada", "bo"]).await;
        let rows = tx.actors_by_id(&ids).await.unwrap();
        let noted = |id| {
            let row = rows.iter().find(|row| row.id == id).unwrap();
            (
                row.answered_at,
                row.acknowledged_at,
                row.unnamed_at,
                row.told_at,
                row.told_today,
                row.subscribed_at,
            )
        };
        let all = (
            Some(at(3)),
            Some(at(4)),
            Some(at(5)),
            Some(at(6)),
            2,
            Some(at(7)),
        );
        assert_eq!(noted(ids[0]), all);
        assert_eq!(noted(ids[1]), (None, None, None, None, 0, None));
    }
);

on_both!(a_forgotten_actor_keeps_its_number_alone, async |store| {
    let mut tx = store.write().await.unwrap();
    let ids = people(&mut tx, &["ada", "bo"]).await;
    tx.forget_actor(ids[0]).await.unwrap();
    let rows = tx.actors_by_id(&ids).await.unwrap();
    let ada = rows.iter().find(|it| it.id == ids[0]).unwrap();
    assert_eq!(
        (ada.name.as_str(), &ada.page, &ada.followers),
        ("", &None, &None)
    );
    assert!(!ada.discoverable);
    let bo = rows.iter().find(|it| it.id == ids[1]).unwrap();
    assert_eq!(bo.name, "bo");
});

fn follower(actor_id: i64, follow: Option<&str>, since: i64) -> FollowerRow {
    FollowerRow {
        actor_id,
        follow_id: follow.map(str::to_owned),
        since: at(since),
    }
}

on_both!(
    who_follows_twice_keeps_the_date_and_takes_the_newest_follow,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = people(&mut tx, &["ada", "bo"]).await;
        let first = [follower(ids[0], Some("f1"), 1), follower(ids[1], None, 2)];
        tx.save_followers(&first).await.unwrap();
        tx.save_followers(&[follower(ids[0], Some("f2"), 9)])
            .await
            .unwrap();
        let mut rows = tx.followers_of(&ids).await.unwrap();
        rows.sort_by_key(|it| it.actor_id);
        assert_eq!(
            rows,
            [follower(ids[0], Some("f2"), 1), follower(ids[1], None, 2)]
        );
        assert_eq!(tx.follower_count().await.unwrap(), 2);
    }
);

on_both!(
    followers_are_listed_newest_first_and_removed_alone,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = people(&mut tx, &["ada", "bo", "cy"]).await;
        let rows: Vec<_> = [(0, 5), (1, 7), (2, 5)]
            .map(|(who, since)| follower(ids[who], None, since))
            .into();
        tx.save_followers(&rows).await.unwrap();
        let listed = tx.followers(None, 9).await.unwrap();
        let handles: Vec<_> = listed.iter().map(|it| it.handle.as_str()).collect();
        assert_eq!(
            handles,
            ["@bo@m.example", "@cy@m.example", "@ada@m.example"]
        );
        let bo = FollowerEntry {
            actor_id: ids[1],
            actor: "https://m.example/users/bo".to_owned(),
            handle: "@bo@m.example".to_owned(),
            host: "m.example".to_owned(),
            since: at(7),
        };
        assert_eq!(listed[0], bo);
        // In pieces, each after the last one of the one before.
        let first = tx.followers(None, 2).await.unwrap();
        let second = tx.followers(first.last(), 2).await.unwrap();
        assert_eq!([first, second.clone()].concat(), listed);
        assert!(tx.followers(second.last(), 2).await.unwrap().is_empty());
        tx.remove_followers(&ids[1..]).await.unwrap();
        tx.remove_followers(&ids[1..]).await.unwrap();
        assert_eq!(
            tx.followers_of(&ids).await.unwrap(),
            [follower(ids[0], None, 5)]
        );
        assert_eq!(tx.follower_count().await.unwrap(), 1);
    }
);

on_both!(
    who_holds_nothing_is_not_among_those_who_hold,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let everybody = ["ada", "bob", "eve", "gone"].map(|name| person(name, "m.example"));
        let rows = saved(&mut tx, &everybody).await;
        let mut ended = like(rows[3].id, "https://m.example/likes/2");
        ended.act.ended = Some((at(9), Cause::Undo));
        tx.save_acts(&[like(rows[0].id, "https://m.example/likes/1"), ended])
            .await
            .unwrap();
        tx.save_followers(&[follower(rows[1].id, None, 0)])
            .await
            .unwrap();
        let hashes: Vec<_> = rows.iter().map(|row| row.url_hash.clone()).collect();
        let mut holding = tx.actors_who_hold(&hashes).await.unwrap();
        holding.sort();
        let mut expected = vec![rows[0].url.clone(), rows[1].url.clone()];
        expected.sort();
        assert_eq!(holding, expected);
        assert!(tx.actors_who_hold(&[]).await.unwrap().is_empty());
    }
);
