//! When endorsements are verified, what there is to look at, and which servers are gone.

use std::time::Duration;

use super::{
    fixtures::{at, endorsement, like, people, person, reply, saved},
    on_both,
};
use undersigned::{
    clock::Millis,
    endorsement::State,
    hash::Sha256,
    store::{EndorsementRow, Store, Topic, Tx},
};

const WEEK: Duration = Duration::from_hours(7 * 24);
const AT_ONCE: Millis = Millis::from_millis(0);

/// The row ids of those who are due.
async fn due(tx: &mut Tx, now: Millis) -> Vec<i64> {
    let due = tx.due_to_verify(now, 99).await.unwrap();
    due.into_iter().map(|actor| actor.id).collect()
}

async fn host_of(tx: &mut Tx, name: &str) -> i64 {
    saved(tx, &[person(name, "m.example")])
        .await
        .remove(0)
        .host_id
}

on_both!(
    who_is_due_comes_in_order_and_once_in_an_interval,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = people(&mut tx, &["ada", "bo", "cy", "di"]).await;
        let [ada, bo, cy, di] = ids[..] else { panic!() };
        // Who does not endorse is never due.
        assert!(due(&mut tx, at(9)).await.is_empty());
        assert_eq!(tx.verify_first(&[ada, bo, cy]).await.unwrap(), 3);
        assert_eq!(tx.verify_at(&[bo], at(5)).await.unwrap(), 1);
        assert_eq!(tx.verify_at(&[cy], at(3)).await.unwrap(), 1);
        // Whoever has a turn keeps it.
        assert_eq!(tx.verify_first(&[bo, di]).await.unwrap(), 1);
        assert_eq!(due(&mut tx, at(4)).await, [ada, di, cy]);
        assert_eq!(due(&mut tx, at(5)).await, [ada, di, cy, bo]);
        let first = tx.due_to_verify(at(5), 1).await.unwrap().remove(0);
        assert_eq!((first.id, first.at_once), (ada, true));
        tx.verify_again(&ids, at(5), WEEK).await.unwrap();
        assert!(due(&mut tx, at(5).plus(WEEK / 4 * 3)).await.is_empty());
        assert_eq!(due(&mut tx, at(5).plus(WEEK)).await.len(), 4);
        let stored = tx.actors_by_id(&ids).await.unwrap();
        let mut turns: Vec<_> = stored.iter().map(|actor| actor.verify_at).collect();
        turns.dedup();
        assert_eq!(turns.len(), 4);
        tx.stop_verifying(&stored[0].url_hash).await.unwrap();
        assert_eq!(due(&mut tx, at(5).plus(WEEK)).await.len(), 3);
    }
);

on_both!(
    there_is_something_to_verify_while_an_endorsement_stands,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = people(&mut tx, &["ada", "bo", "cy", "di", "old"]).await;
        let acts = [
            reply(ids[0], "https://m.example/1", "I sign"),
            like(ids[1], "https://m.example/2"),
            reply(ids[4], "https://m.example/3", "I sign"),
        ];
        let act_ids = tx.save_acts(&acts).await.unwrap();
        // What was moved outlives its source.
        tx.carry_acts(ids[4], ids[2]).await.unwrap();
        let mut rows: Vec<_> = ids.iter().take(4).map(|id| endorsement(*id, "x")).collect();
        for (row, act_id) in rows.iter_mut().zip(&act_ids) {
            row.act_id = Some(*act_id);
        }
        rows[3] = EndorsementRow {
            state: State::Withdrawn,
            ..endorsement(ids[3], "x")
        };
        tx.save_endorsements(&rows).await.unwrap();
        let stored = tx.actors_by_id(&ids).await.unwrap();
        let mut posts = Vec::new();
        for actor in &stored {
            let source = tx.verification_source(&actor.url_hash).await.unwrap();
            posts.push(source.map(|source| source.post));
        }
        let post = |id: &str| Some(Some(id.to_owned()));
        let expected = [
            post("https://m.example/1"),
            Some(None),
            Some(None),
            None,
            None,
        ];
        assert_eq!(posts, expected);
        assert_eq!(tx.endorsements_in_all().await.unwrap(), 3);
        for (read_before, expected) in [(None, 3), (Some(at(0)), 0), (Some(at(1)), 3)] {
            assert_eq!(tx.count_verifiable(read_before).await.unwrap(), expected);
            let all = tx.verifiable(read_before, 0, 9).await.unwrap();
            assert_eq!(i64::try_from(all.len()).unwrap(), expected);
        }
        let page = tx.verifiable(None, ids[0], 1).await.unwrap();
        assert_eq!(
            (page[0].id, page[0].handle.as_str()),
            (ids[1], "@bo@m.example")
        );
        tx.save_move(ids[1], ids[0], at(1)).await.unwrap();
        let former = tx.former_accounts(&stored[0].url_hash).await.unwrap();
        assert_eq!(former, std::slice::from_ref(&stored[1].url));
    }
);

on_both!(
    a_confirmed_handle_outlives_documents_that_state_the_same,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let document = person("ada", "m.example");
        let ada = saved(&mut tx, std::slice::from_ref(&document))
            .await
            .remove(0);
        tx.show_handle(ada.id, "@ada@example", Some("@ada@m.example"))
            .await
            .unwrap();
        let ada = saved(&mut tx, std::slice::from_ref(&document))
            .await
            .remove(0);
        assert_eq!(
            (ada.handle.as_str(), ada.own_handle()),
            ("@ada@example", "@ada@m.example")
        );
        let mut renamed = document;
        renamed.handle = "@lovelace@m.example".to_owned();
        let ada = saved(&mut tx, std::slice::from_ref(&renamed))
            .await
            .remove(0);
        assert_eq!(
            (ada.handle.as_str(), ada.stated_handle),
            ("@lovelace@m.example", None)
        );
        let ids = [ada.id];
        tx.save_endorsements(&[endorsement(ada.id, "x")])
            .await
            .unwrap();
        for since in [Some(at(3)), None] {
            tx.doubt_handle(ada.id, since).await.unwrap();
            let source = tx.verification_source(&ada.url_hash).await.unwrap();
            assert_eq!(source.unwrap().handle_doubted_at, since);
        }
        let read_at = tx.actors_by_id(&ids).await.unwrap()[0].refreshed_at;
        for (since, limit, n) in [(read_at, 9, 1), (read_at, 0, 0), (read_at.plus(WEEK), 9, 0)] {
            let read = tx.endorsers_read_since(&ada.url_hash, since, limit).await;
            assert_eq!(read.unwrap(), n);
        }
    }
);

on_both!(
    a_host_is_gone_when_nobody_reached_it_for_long,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = people(&mut tx, &["ada"]).await;
        let host = host_of(&mut tx, "ada").await;
        tx.save_endorsements(&[endorsement(ids[0], "x")])
            .await
            .unwrap();
        let hash = Sha256::of(&person("ada", "m.example").url);
        let seen = async |tx: &mut Tx| {
            let source = tx.verification_source(&hash).await.unwrap().unwrap();
            (source.unreachable_since, source.gone_since)
        };
        assert_eq!(seen(&mut tx).await, (None, None));
        for (second, gone_before, gone_since) in [
            (1, 0, None),
            (2, 0, None),
            (3, 1, Some(at(1))),
            (4, 2, Some(at(1))),
        ] {
            tx.host_unreached(host, at(second), at(gone_before))
                .await
                .unwrap();
            assert_eq!(seen(&mut tx).await, (Some(at(1)), gone_since), "{second}");
        }
        tx.verify_at(&ids, AT_ONCE).await.unwrap();
        // One account that fails for a while is no host that does.
        for (second, rests) in [(4, None), (700, Some(at(700)))] {
            tx.host_unreached(host, at(second), at(0)).await.unwrap();
            let due = tx.due_to_verify(at(9), 1).await.unwrap().remove(0);
            assert_eq!(due.host_unreachable_at, rests, "{second}");
        }
        tx.host_reached(host, at(4)).await.unwrap();
        assert_eq!(seen(&mut tx).await, (None, None));
        // Whoever sends us something is there, and the list says so.
        for (second, gone_before) in [(5, 0), (7, 7)] {
            tx.host_unreached(host, at(5), at(0)).await.unwrap();
            tx.host_unreached(host, at(second), at(gone_before))
                .await
                .unwrap();
            let before = tx.version(Topic::Register).await.unwrap();
            tx.host_spoke_to_us(&[host], at(8)).await.unwrap();
            assert_eq!(seen(&mut tx).await, (None, None));
            let after = tx.version(Topic::Register).await.unwrap();
            assert_eq!(before != after, gone_before > 0, "{second}");
        }
    }
);
