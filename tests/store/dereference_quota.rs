//! Fetch jobs that strangers cause: how many wait, how much is fetched, and what is known already.

use super::{
    fixtures::{at, comment, like, people, reply},
    on_both,
};
use undersigned::{
    clock::Millis,
    endorsement::{ActKind, Cause, Visibility},
    hash::Sha256,
    store::{ActRow, JobLane, KnownPost, NewJob, Ordered, Store, WaitingLimits},
};

const LIMITS: WaitingLimits = WaitingLimits {
    per_host: 2,
    in_all: 3,
};

fn job(key: &str) -> NewJob {
    NewJob {
        kind: "fetch_post".to_owned(),
        key_hash: Sha256::of(key),
        payload: key.to_owned(),
        due_at: at(0),
        domain: None,
    }
}

on_both!(only_so_many_ordered_jobs_wait, async |store| {
    let mut tx = store.write().await.unwrap();
    // Jobs of our own do not count against the quota.
    tx.add_jobs(&[job("own")]).await.unwrap();
    for (host, key, expected) in [
        ("m.example", "a", Ordered::New),
        ("m.example", "a", Ordered::Known),
        ("n.example", "a", Ordered::Known),
        ("n.example", "own", Ordered::Known),
        ("m.example", "b", Ordered::New),
        ("m.example", "c", Ordered::Full),
        ("n.example", "c", Ordered::New),
        ("o.example", "d", Ordered::Full),
    ] {
        let ordered = tx.order_job(host, &job(key), LIMITS).await.unwrap();
        assert_eq!(ordered, expected, "{key} by {host}");
    }
    let leased = tx
        .lease_jobs("w", JobLane::Main, at(0), at(9), 10)
        .await
        .unwrap();
    assert_eq!(leased.len(), 4);
    let a = leased.iter().find(|it| it.payload == "a").unwrap();
    tx.finish_jobs(&[a.id]).await.unwrap();
    let again = tx.order_job("m.example", &job("d"), LIMITS).await.unwrap();
    assert_eq!(again, Ordered::New);
});

on_both!(so_much_is_fetched_of_a_host_on_one_day, async |store| {
    const DAY: i64 = 24 * 60 * 60;
    let mut tx = store.write().await.unwrap();
    let mut spend = async |host: &str, now: Millis| tx.spend_fetch(host, now, 2).await.unwrap();
    assert!(spend("m.example", at(0)).await);
    assert!(spend("m.example", at(1)).await);
    assert!(!spend("m.example", at(2)).await);
    assert!(spend("n.example", at(3)).await);
    assert!(spend("m.example", at(DAY)).await);
    assert!(spend("m.example", at(DAY)).await);
    assert!(!spend("m.example", at(DAY)).await);
});

on_both!(
    a_post_is_known_while_it_stands_with_its_author,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = people(&mut tx, &["ada", "bo"]).await;
        let url = |n: u8| format!("https://m.example/{n}");
        let mut ended = reply(ids[0], &url(3), "I sign");
        ended.act.ended = Some((at(9), Cause::Delete));
        let acts = [
            reply(ids[0], &url(1), "I sign"),
            comment(ids[1], &url(2), "Hm"),
            ended,
            like(ids[1], "https://m.example/like"),
        ];
        tx.save_acts(&acts).await.unwrap();
        let hashes: Vec<_> = (1..5).map(|n| Sha256::of(&url(n))).collect();
        let letter = Sha256::of("https://letter.example/letter");
        let hashes = [hashes, vec![letter]].concat();
        let mut known = tx.known_posts(&hashes).await.unwrap();
        known.sort_by(|a, b| a.object.cmp(&b.object));
        let post = |n, who: &str| KnownPost {
            object_hash: Sha256::of(&url(n)),
            object: url(n),
            actor: format!("https://m.example/users/{who}"),
        };
        assert_eq!(known, [post(1, "ada"), post(2, "bo")]);
        assert!(tx.known_posts(&[]).await.unwrap().is_empty());
        // A direct message is no post that anybody could read.
        assert!(tx.direct_messages(&hashes).await.unwrap().is_empty());
        let message = reply(ids[0], &url(4), "");
        let mut message = ActRow {
            text: None,
            ..message
        };
        message.act.kind = ActKind::Direct;
        message.act.visibility = Visibility::Direct;
        tx.save_acts(&[message]).await.unwrap();
        let messages = tx.direct_messages(&hashes).await.unwrap();
        assert_eq!(messages, [Sha256::of(&url(4))]);
        let mut known = tx.known_posts(&hashes).await.unwrap();
        known.sort_by(|a, b| a.object.cmp(&b.object));
        assert_eq!(known, [post(1, "ada"), post(2, "bo")]);
        // What a Move brought outlives its source.
        tx.carry_acts(ids[0], ids[1]).await.unwrap();
        assert_eq!(tx.known_posts(&hashes).await.unwrap(), [post(2, "bo")]);
    }
);
