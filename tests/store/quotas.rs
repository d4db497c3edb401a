//! Quotas that keep strangers from filling the register: counts of what waits, histories, evidence.

use super::{
    fixtures::{at, endorsement, evidence, people, reply, waiting},
    on_both,
};
use undersigned::{
    clock::Millis,
    endorsement::{ActKind, Cause, State, WaitsFor},
    store::{EndorsementRow, HistoryRow, Store},
};

on_both!(what_waits_is_counted_by_domain, async |store| {
    let mut tx = store.write().await.unwrap();
    let actors = people(&mut tx, &["ada", "bo", "cy", "di"]).await;
    let rows = [
        waiting(actors[0], "A", WaitsFor::Age),
        waiting(actors[1], "B", WaitsFor::Surge),
        EndorsementRow {
            waiting_domain: Some("n.example".to_owned()),
            ..waiting(actors[2], "C", WaitsFor::Age)
        },
        endorsement(actors[3], "D"),
    ];
    tx.save_endorsements(&rows).await.unwrap();
    let domains = ["m.example", "n.example", "o.example"].map(str::to_owned);
    let mut waiting = tx.waiting_from(&domains).await.unwrap();
    waiting.sort();
    let expected = [("m.example".to_owned(), 2), ("n.example".to_owned(), 1)];
    assert_eq!(waiting, expected);
    assert_eq!(tx.waiting_from(&[]).await.unwrap(), []);
});

on_both!(
    the_comments_that_are_kept_are_counted_by_actor,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let actors = people(&mut tx, &["ada", "bo", "cy"]).await;
        let says = |actor_id, n: i64, kind| {
            let mut act = reply(actor_id, &format!("https://m.example/{n}"), "no");
            act.act.kind = kind;
            act
        };
        let mut ended = says(actors[0], 3, ActKind::Comment);
        ended.act.ended = Some((at(50), Cause::Delete));
        let acts = [
            says(actors[0], 1, ActKind::Comment),
            says(actors[0], 2, ActKind::Comment),
            ended,
            says(actors[1], 1, ActKind::Comment),
            says(actors[1], 2, ActKind::Reply),
        ];
        tx.save_acts(&acts).await.unwrap();
        let mut counted = tx.comments_of(&actors).await.unwrap();
        counted.sort_unstable();
        let mut expected = [(actors[0], 2), (actors[1], 1)];
        expected.sort_unstable();
        assert_eq!(counted, expected);
        assert_eq!(tx.comments_of(&[]).await.unwrap(), []);
    }
);

on_both!(the_middle_of_a_busy_day_is_left_out, async |store| {
    let mut tx = store.write().await.unwrap();
    let actors = people(&mut tx, &["ada", "bo"]).await;
    let rows: Vec<_> = actors.iter().map(|it| endorsement(*it, "P")).collect();
    let ids = tx.save_endorsements(&rows).await.unwrap();
    let change = |endorsement_id, at| HistoryRow {
        endorsement_id,
        at,
        was: None,
        now: State::Listed,
        act_id: None,
        revision: 1,
        cause: Cause::Act,
        audit_id: None,
        left_out: 0,
    };
    let minute = |n: i64| Millis::from_millis(60_000 * n);
    // One of the day before, seven of this day; those of others do not count.
    let day = minute(24 * 60);
    let mut changes = vec![change(ids[0], minute(1))];
    changes.extend((0..7).map(|n| change(ids[0], minute(24 * 60 + n))));
    tx.add_history(&changes).await.unwrap();
    tx.add_history(&vec![change(ids[1], day); 7]).await.unwrap();
    tx.thin_history(&ids[..1], day, 2).await.unwrap();
    let kept = |rows: Vec<HistoryRow>| -> Vec<(i64, i64)> {
        let minutes = |it: &HistoryRow| it.at.as_millis() / 60_000;
        rows.iter().map(|it| (minutes(it), it.left_out)).collect()
    };
    let first = [(1, 0), (1440, 0), (1441, 0), (1445, 3), (1446, 0)];
    assert_eq!(kept(tx.history(ids[0]).await.unwrap()), first);
    assert_eq!(tx.history(ids[1]).await.unwrap().len(), 7);
    // Two more: those left out before still count.
    let more = [1450, 1451].map(|n| change(ids[0], minute(n)));
    tx.add_history(&more).await.unwrap();
    tx.thin_history(&ids, day, 2).await.unwrap();
    let second = [(1, 0), (1440, 0), (1441, 0), (1450, 5), (1451, 0)];
    assert_eq!(kept(tx.history(ids[0]).await.unwrap()), second);
    // Histories within the limit stay as they are.
    tx.thin_history(&ids, day, 2).await.unwrap();
    assert_eq!(kept(tx.history(ids[0]).await.unwrap()), second);
});

on_both!(evidence_is_weighed_and_the_oldest_found, async |store| {
    let mut tx = store.write().await.unwrap();
    assert_eq!(tx.evidence_bytes().await.unwrap(), 0);
    let ada = people(&mut tx, &["ada"]).await[0];
    let acts: Vec<_> = (0..3)
        .map(|n| reply(ada, &format!("https://m.example/{n}"), "I sign"))
        .collect();
    let ids = tx.save_acts(&acts).await.unwrap();
    let request = |n: usize, seconds| {
        let mut row = evidence(&vec![b'x'; n]);
        row.received_at = at(seconds);
        row
    };
    let short = i64::try_from(evidence(b"").headers.len() + evidence(b"").pem.len()).unwrap();
    let rows = [
        (ids[0], request(1000, 30)),
        (ids[1], request(10, 20)),
        (ids[2], request(100, 10)),
    ];
    tx.save_evidence(&rows).await.unwrap();
    assert_eq!(tx.evidence_bytes().await.unwrap(), 1110 + 3 * short);
    assert_eq!(tx.added_up_evidence().await.unwrap(), 1110 + 3 * short);
    let oldest = tx.oldest_evidence(2).await.unwrap();
    assert_eq!(oldest, [(ids[2], 100 + short), (ids[1], 10 + short)]);
    // A newer request for the same act replaces the older one.
    tx.save_evidence(&[(ids[2], request(1, 40))]).await.unwrap();
    assert_eq!(tx.evidence_bytes().await.unwrap(), 1011 + 3 * short);
    tx.forget_evidence(&ids).await.unwrap();
    assert_eq!(tx.evidence_bytes().await.unwrap(), 0);
    assert_eq!(tx.added_up_evidence().await.unwrap(), 0);
});
