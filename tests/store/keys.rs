//! Changed keys, and frozen actors.

use super::{
    fixtures::{at, endorsement, person, saved},
    on_both, sql,
};
use undersigned::{
    endorsement::State,
    store::{EndorsementRow, HeldKey, NewActor, Store},
};

const DAY: i64 = 24 * 60 * 60;

on_both!(keys_are_replaced_and_nothing_else, async |store| {
    let mut tx = store.write().await.unwrap();
    let ada = saved(&mut tx, &[person("ada", "m.example")])
        .await
        .remove(0);
    let held = HeldKey {
        actor_id: ada.id,
        pem: "PEM of ada".to_owned(),
        fetched_at: at(0),
        unavailable_since: None,
        returned_at: None,
    };
    let before = tx.held_keys(&[ada.id]).await.unwrap();
    assert_eq!(before, std::slice::from_ref(&held));
    assert!(tx.held_keys(&[]).await.unwrap().is_empty());
    let document = NewActor {
        name: "Somebody else".to_owned(),
        keys: vec![(
            "https://m.example/users/ada#new".to_owned(),
            "NEW".to_owned(),
        )],
        read_at: at(9),
        ..person("ada", "m.example")
    };
    tx.replace_keys(&[document]).await.unwrap();
    tx.replace_keys(&[person("stranger", "m.example")])
        .await
        .unwrap();
    let after = tx.held_keys(&[ada.id]).await.unwrap();
    let new = HeldKey {
        pem: "NEW".to_owned(),
        fetched_at: at(9),
        ..held
    };
    assert_eq!(after, [new]);
    assert_eq!(tx.actors_by_id(&[ada.id]).await.unwrap(), [ada]);
});

on_both!(
    of_those_whose_keys_changed_the_shown_ones_of_a_host_are_found,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let everybody = [
            person("ada", "m.example"),
            person("bo", "m.example"),
            person("cy", "m.example"),
            person("di", "n.example"),
            person("el", "m.example"),
        ];
        let rows = saved(&mut tx, &everybody).await;
        let ids: Vec<_> = rows.iter().map(|it| it.id).collect();
        let endorsements = [
            endorsement(ids[0], "Ada"),
            EndorsementRow {
                state: State::Withdrawn,
                ..endorsement(ids[1], "Bo")
            },
            endorsement(ids[3], "Di"),
            EndorsementRow {
                state: State::Counted,
                ..endorsement(ids[4], "El")
            },
        ];
        tx.save_endorsements(&endorsements).await.unwrap();
        tx.keys_changed(&ids, at(5)).await.unwrap();
        tx.keys_changed(&[], at(9)).await.unwrap();
        let host = rows[0].host_id;
        assert_eq!(
            tx.changed_keys(host, at(4), 9).await.unwrap(),
            [ids[0], ids[4]]
        );
        assert!(tx.changed_keys(host, at(5), 9).await.unwrap().is_empty());
    }
);

on_both!(who_is_frozen_stays_so_until_it_thaws, async |store| {
    let mut tx = store.write().await.unwrap();
    let rows = saved(
        &mut tx,
        &[person("ada", "m.example"), person("bo", "m.example")],
    )
    .await;
    let (ada, bo) = (rows[0].id, rows[1].id);
    tx.save_endorsements(&[endorsement(ada, "Ada")])
        .await
        .unwrap();
    tx.keys_changed(&[ada], at(1)).await.unwrap();
    tx.freeze(&[ada, bo], at(2)).await.unwrap();
    // Reading its document again changes nothing about that.
    tx.save_actors(&[person("ada", "m.example")]).await.unwrap();
    tx.thaw(bo).await.unwrap();
    let mut frozen = tx.actors_by_id(&[ada, bo]).await.unwrap();
    frozen.sort_by_key(|it| it.id);
    let frozen: Vec<_> = frozen.into_iter().map(|it| it.frozen_at).collect();
    assert_eq!(frozen, [Some(at(2)), None]);
    let listed = tx
        .list(&undersigned::store::EndorsementFilter::default(), 9)
        .await;
    assert_eq!(listed.unwrap()[0].frozen_at, Some(at(2)));
    tx.thaw(ada).await.unwrap();
    assert!(
        tx.changed_keys(rows[0].host_id, at(0), 9)
            .await
            .unwrap()
            .is_empty()
    );
});

on_both!(
    a_host_that_comes_back_after_a_month_is_remembered,
    async |store| {
        for (gone_for, returns) in [(29, false), (31, true)] {
            let mut tx = store.write().await.unwrap();
            let host = format!("{gone_for}.example");
            let ada = saved(&mut tx, &[person("ada", &host)]).await.remove(0);
            let gone = format!("UPDATE host SET unavailable_since = {}", at(0).as_millis());
            sql::run(&mut tx, &gone).await.unwrap();
            let held = tx.held_keys(&[ada.id]).await.unwrap();
            assert_eq!(held[0].unavailable_since, Some(at(0)));
            let now = at(gone_for * DAY);
            tx.host_spoke_to_us(&[ada.host_id], now).await.unwrap();
            let held = tx.held_keys(&[ada.id]).await.unwrap();
            assert_eq!(held[0].unavailable_since, None);
            assert_eq!(held[0].returned_at, returns.then_some(now));
            // The next activity does not change that.
            tx.host_spoke_to_us(&[ada.host_id], at(99 * DAY))
                .await
                .unwrap();
            let held = tx.held_keys(&[ada.id]).await.unwrap();
            assert_eq!(held[0].returned_at, returns.then_some(now));
            tx.commit().await.unwrap();
        }
    }
);
