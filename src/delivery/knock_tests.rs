//! The second knock: which scheme is tried, which answer counts, what is remembered.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Signers, WorkerStep,
    testing::{DAY, Hit, MINUTE, NOW, Reply, SECOND, World, signer},
};
use crate::{
    clock::Clock as _,
    signature::{KeyPair, PublicKey, Received, Scheme, Signer, inspect},
};

const INBOX: &str = "m.example/inbox";
const USUAL: Scheme = Scheme::Cavage;
const NEWER: Scheme = Scheme::Rfc9421;

fn schemes(hits: &[Hit]) -> Vec<Scheme> {
    hits.iter().map(|hit| Scheme::of(&hit.headers)).collect()
}

#[tokio::test]
async fn who_refuses_the_usual_signature_gets_the_other_at_once_and_first_from_then_on() {
    let mut world = World::new().await;
    world.script(INBOX, vec![Reply::Only(NEWER); 9]);
    let worker = world.worker(1);
    for (name, expected) in [("a", &[USUAL, NEWER][..]), ("b", &[NEWER])] {
        world.queue(name, name, &[INBOX]).await;
        assert_eq!(worker.step().await.unwrap(), WorkerStep::Sent(1));
        let hits = world.hits();
        assert_eq!(schemes(&hits), expected);
        let origin = format!("http://{}", world.authority("m.example"));
        let key = PublicKey::from_pem(&signer().key.public_key_pem()).unwrap();
        for hit in &hits {
            assert_eq!(hit.body, name.as_bytes());
            let received = Received {
                method: &hit.method,
                target: "/inbox",
                headers: &hit.headers,
                body: &hit.body,
            };
            let claim = inspect(&received, &origin, NOW).unwrap();
            claim.verify(&key).unwrap();
        }
    }
    assert_eq!(world.stats().await.delivered, 2);
    // Some weeks later the usual one gets another chance.
    world.clock.advance(28 * DAY);
    world.queue("c", "c", &[INBOX]).await;
    worker.step().await.unwrap();
    assert_eq!(schemes(&world.hits()), [USUAL, NEWER]);
}

#[tokio::test]
async fn a_host_that_takes_the_usual_signature_again_gets_it_first_again() {
    let mut world = World::new().await;
    let worker = world.worker(1);
    world.script(INBOX, vec![Reply::Only(NEWER); 2]);
    world.script(INBOX, vec![Reply::Only(USUAL); 3]);
    for (name, expected) in [
        ("a", &[USUAL, NEWER][..]),
        ("b", &[NEWER, USUAL]),
        ("c", &[USUAL]),
    ] {
        world.queue(name, name, &[INBOX]).await;
        assert_eq!(worker.step().await.unwrap(), WorkerStep::Sent(1));
        assert_eq!(schemes(&world.hits()), expected);
    }
    assert_eq!(world.stats().await.delivered, 3);
}

#[tokio::test]
async fn of_two_refusals_the_first_one_counts() {
    let check = async |first: u16, second: Reply, expected: &str| {
        let mut world = World::new().await;
        world.befriend("m.example").await;
        world.script(INBOX, [Reply::Status(first), second.clone()]);
        world.queue("a", "a", &[INBOX]).await;
        world.worker(1).step().await.unwrap();
        assert_eq!(schemes(&world.hits()), [USUAL, NEWER]);
        let stats = world.stats().await;
        let found = match (stats.queued, stats.refused) {
            (1, 0) => "again",
            (0, 1) => "refused",
            _ => "neither",
        };
        assert_eq!(found, expected, "{first}, then {second:?}");
    };
    check(400, Reply::Status(400), "refused").await;
    check(400, Reply::Status(401), "refused").await;
    check(401, Reply::Status(401), "again").await;
    check(401, Reply::Status(400), "again").await;
    // The answer of a host that does not know the second scheme means nothing.
    for status in [403, 404, 410, 422, 500] {
        check(401, Reply::Status(status), "again").await;
        check(400, Reply::Status(status), "refused").await;
    }
    check(400, Reply::RetryAfter(429, 30), "again").await;
}

#[tokio::test]
async fn who_asks_for_peace_at_the_second_knock_gets_it() {
    let world = World::new().await;
    world.script(INBOX, [Reply::Status(401), Reply::RetryAfter(503, 600)]);
    world.queue("a", "a", &[INBOX]).await;
    let worker = world.worker(1);
    worker.step().await.unwrap();
    let until = Some(world.clock.now().plus(600 * SECOND));
    assert_eq!(worker.step().await.unwrap(), WorkerStep::Idle { until });
}

/// The index of the key that made the signature, under its own id.
fn signed_by(hit: &Hit, keys: &[Signer]) -> Option<usize> {
    let received = Received {
        method: &hit.method,
        target: "/inbox",
        headers: &hit.headers,
        body: &hit.body,
    };
    let claim = inspect(&received, &hit.origin(), NOW).unwrap();
    keys.iter().position(|signer| {
        let public = PublicKey::from_pem(&signer.key.public_key_pem()).unwrap();
        claim.key_id == signer.key_id && claim.verify(&public).is_ok()
    })
}

/// Signers with a new key of the letter and one former key, and the two in the order old, new.
fn rotated() -> (Signers, [Signer; 2]) {
    let new = Signer {
        key_id: "https://letter.example/actor#key-2".to_owned(),
        ..signer()
    };
    let old = Signer {
        key: Arc::new(KeyPair::generate().unwrap()),
        ..signer()
    };
    let keys = [old.clone(), new.clone()];
    let signers = Signers {
        letter: new.clone(),
        instance: new,
        former: BTreeMap::from([(1, old)]),
    };
    (signers, keys)
}

#[tokio::test]
async fn what_the_old_key_signs_is_signed_by_the_new_one_for_who_does_not_know_the_old_one() {
    let (signers, keys) = rotated();
    let (old, new) = (0, 1);
    for (name, former, replies, expected, delivered) in [
        ("known", 1, &[][..], &[(old, USUAL)][..], 1),
        (
            "known, by one scheme only",
            1,
            &[400],
            &[(old, USUAL), (old, NEWER)],
            1,
        ),
        (
            "known, by one scheme only, politely",
            1,
            &[401],
            &[(old, USUAL), (old, NEWER)],
            1,
        ),
        (
            "unknown",
            1,
            &[401, 401],
            &[(old, USUAL), (old, NEWER), (new, USUAL)],
            1,
        ),
        (
            "unknown, by one scheme only",
            1,
            &[400, 401, 400],
            &[(old, USUAL), (old, NEWER), (new, USUAL), (new, NEWER)],
            1,
        ),
        (
            "neither",
            1,
            &[401; 9],
            &[(old, USUAL), (old, NEWER), (new, USUAL), (new, NEWER)],
            0,
        ),
        (
            "no matter of keys",
            1,
            &[400; 9],
            &[(old, USUAL), (old, NEWER)],
            0,
        ),
        (
            "asked for peace",
            1,
            &[401, 429],
            &[(old, USUAL), (old, NEWER)],
            0,
        ),
        ("a key that is gone", 2, &[], &[(new, USUAL)], 1),
    ] {
        let mut world = World::new().await;
        world.script(INBOX, replies.iter().map(|status| Reply::Status(*status)));
        world.queue(name, name, &[INBOX]).await;
        world.let_sign(former).await;
        let worker = world.worker_of(signers.clone());
        worker.step().await.unwrap();
        let hits = world.hits();
        let found: Vec<_> = hits
            .iter()
            .filter_map(|hit| signed_by(hit, &keys))
            .zip(schemes(&hits))
            .collect();
        assert_eq!(found, expected, "{name}");
        assert_eq!(world.stats().await.delivered, delivered, "{name}");
    }
}

#[tokio::test]
async fn the_old_key_signs_all_for_a_host_until_it_takes_the_news_or_the_new_key() {
    let (signers, keys) = rotated();
    let (old, new) = (0, 1);
    // Whether the first delivery is the news, the answers to it, and who signs it and another one after it.
    for (name, is_news, replies, expected) in [
        ("news that were taken", true, &[][..], &[old, new][..]),
        ("news that were refused", true, &[403], &[old, old]),
        ("something else", false, &[], &[old, old]),
        (
            "something else, by the new key",
            false,
            &[401, 401],
            &[old, old, new, new],
        ),
        (
            "something else, by neither",
            false,
            &[401, 401, 401, 401],
            &[old, old, new, new, old],
        ),
    ] {
        let mut world = World::new().await;
        world.script(INBOX, replies.iter().map(|status| Reply::Status(*status)));
        let kind = if is_news { "Update" } else { "Create" };
        world.queue_kind(kind, name, "/actor", &[INBOX]).await;
        world.let_sign(1).await;
        world.has_a_new_key().await;
        let worker = world.worker_of(signers.clone());
        worker.step().await.unwrap();
        world.clock.advance(30 * MINUTE);
        world.queue("after", "after", &[INBOX]).await;
        worker.step().await.unwrap();
        let hits = world.hits();
        let found: Vec<_> = hits
            .iter()
            .map(|hit| signed_by(hit, &keys).unwrap())
            .collect();
        assert_eq!(
            found.get(..expected.len()),
            Some(expected),
            "{name}: {found:?}"
        );
    }
}

#[tokio::test]
async fn no_knock_begins_when_its_answer_may_come_after_the_lease() {
    let (signers, _) = rotated();
    for earlier in 0..4 {
        let mut world = World::new().await;
        world.script(INBOX, vec![Reply::Status(401); earlier]);
        let late = Reply::After(Arc::clone(&world.clock), 61 * SECOND, 401);
        world.script(INBOX, [late]);
        world.queue("a", "a", &[INBOX]).await;
        world.let_sign(1).await;
        world.worker_of(signers.clone()).step().await.unwrap();
        assert_eq!(world.hits().len(), earlier + 1);
    }
}
