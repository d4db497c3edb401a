//! Steps of the delivery worker: a fixed clock, a real database, real HTTP on loopback.

use std::sync::Arc;

use tokio::sync::Barrier;

use super::{
    DeliverySettings, WorkerStep,
    testing::{DAY, HOUR, MINUTE, NOW, Reply, SECOND, SETTINGS, World, signer, signers},
};
use crate::{
    clock::Clock as _,
    signature::{PublicKey, Received, inspect},
    store::HostPace,
};

#[tokio::test]
async fn a_status_decides_what_becomes_of_a_delivery() {
    let check = async |reply: Reply, expected: &str| {
        let mut world = World::new().await;
        world.befriend("m.example").await;
        world.script("m.example/inbox", [reply.clone(), reply.clone()]);
        world.queue("a", "a", &["m.example/inbox"]).await;
        let timeout = if matches!(reply, Reply::Hang) {
            SECOND / 5
        } else {
            30 * SECOND
        };
        let worker = world.worker_with(1, SETTINGS, timeout);
        assert_eq!(
            worker.step().await.unwrap(),
            WorkerStep::Sent(1),
            "{reply:?}"
        );
        let stats = world.stats().await;
        let found = match (
            stats.queued,
            stats.delivered - 1,
            stats.refused,
            stats.abandoned,
        ) {
            (1, 0, 0, 0) => "again",
            (0, 1, 0, 0) => "delivered",
            (0, 0, 1, 0) => "refused",
            _ => "neither",
        };
        assert_eq!(found, expected, "{reply:?}");
        // Who says when it takes more has not failed.
        let failing = i64::from(expected == "again" && !matches!(reply, Reply::RetryAfter(..)));
        assert_eq!(stats.hosts.backing_off, failing, "{reply:?}");
        // A second knock where the signature may be at fault; a redirect is never followed.
        let knocks = if matches!(reply, Reply::Status(400 | 401)) {
            2
        } else {
            1
        };
        // Of what was not answered in time a busy machine may not even have sent the request.
        if !matches!(reply, Reply::Hang) {
            assert_eq!(world.hits().len(), knocks, "{reply:?}");
        }
    };
    for status in [200, 202, 204] {
        check(Reply::Status(status), "delivered").await;
    }
    for status in [400, 403, 404, 410, 501] {
        check(Reply::Status(status), "refused").await;
    }
    for status in [301, 307, 401, 408, 429, 500, 503] {
        check(Reply::Status(status), "again").await;
    }
    check(Reply::RetryAfter(429, 30), "again").await;
    check(Reply::Hang, "again").await;
}

#[tokio::test]
async fn what_is_stored_arrives_byte_for_byte_with_a_signature_of_the_letters_actor() {
    let mut world = World::new().await;
    let body = "{\"type\" : \"Create\",\n \"content\":\"Grüße \\u00e4\"}";
    world
        .queue(body, "a", &["m.example/users/ada/inbox?a=b"])
        .await;
    world.worker(1).step().await.unwrap();
    let hit = world.hits().remove(0);
    assert_eq!(hit.body, body.as_bytes());
    assert_eq!(hit.method, http::Method::POST);
    assert_eq!(hit.headers["content-type"], "application/activity+json");
    let origin = format!("http://{}", world.authority("m.example"));
    let received = Received {
        method: &hit.method,
        target: "/users/ada/inbox?a=b",
        headers: &hit.headers,
        body: &hit.body,
    };
    let claim = inspect(&received, &origin, NOW).unwrap();
    assert_eq!(claim.key_id, signer().key_id);
    let key = PublicKey::from_pem(&signer().key.public_key_pem()).unwrap();
    claim.verify(&key).unwrap();
}

#[tokio::test]
async fn every_attempt_is_signed_anew() {
    let mut world = World::new().await;
    world.script("m.example/inbox", [Reply::Status(503)]);
    world.queue("a", "a", &["m.example/inbox"]).await;
    let worker = world.worker(1);
    worker.step().await.unwrap();
    let first = world.hit().await;
    world.clock.advance(2 * HOUR);
    worker.step().await.unwrap();
    let second = world.hit().await;
    assert_eq!(first.headers["date"], "Sun, 22 Nov 2026 12:00:00 GMT");
    assert_eq!(second.headers["date"], "Sun, 22 Nov 2026 14:00:00 GMT");
    assert_ne!(first.headers["signature"], second.headers["signature"]);
    assert_eq!(first.body, second.body);
}

#[tokio::test]
async fn at_first_contact_one_delivery_goes_after_the_other_and_none_after_a_failure() {
    let mut world = World::new().await;
    for name in ["a", "b", "c"] {
        world.queue(name, name, &["m.example/inbox"]).await;
    }
    let gate = Arc::new(Barrier::new(2));
    world.script("m.example/inbox", [Reply::Gate(Arc::clone(&gate))]);
    let worker = world.worker(1);
    let watch = async {
        assert_eq!(world.hit().await.body, b"a");
        // While another worker makes a whole delivery, a second request would have come.
        world.befriend("z.example").await;
        world.script("m.example/inbox", vec![Reply::Status(401); 2]);
        gate.wait().await;
    };
    let (step, ()) = tokio::join!(worker.step(), watch);
    assert_eq!(step.unwrap(), WorkerStep::Sent(2));
    assert_eq!(world.bodies(), ["b"; 2], "by two schemes");
    world.clock.advance(2 * MINUTE);
    assert_eq!(worker.step().await.unwrap(), WorkerStep::Sent(2));
    // By now it gets several at once, when it lets us wait. These come in any order.
    let mut bodies = world.bodies();
    bodies.sort_unstable();
    assert_eq!(bodies, ["b", "c"]);
}

#[tokio::test]
async fn hosts_are_served_in_parallel_and_so_are_the_deliveries_of_one_host() {
    let mut world = World::new().await;
    world.befriend("m.example").await;
    world.befriend("n.example").await;
    // The gate answers nobody before all four requests are there.
    let gate = Arc::new(Barrier::new(4));
    for inbox in ["m.example/inbox", "n.example/inbox"] {
        world.script(
            inbox,
            [
                Reply::Gate(Arc::clone(&gate)),
                Reply::Gate(Arc::clone(&gate)),
            ],
        );
    }
    for name in ["a", "b"] {
        world
            .queue(name, name, &["m.example/inbox", "n.example/inbox"])
            .await;
    }
    assert_eq!(world.worker(1).step().await.unwrap(), WorkerStep::Sent(4));
}

#[tokio::test]
async fn one_domain_gets_a_quarter_of_the_requests_at_once_however_many_hosts_it_has() {
    let mut world = World::new().await;
    let names: Vec<_> = (0..40)
        .map(|n| format!("h{n}.wild.example/inbox"))
        .collect();
    let mut inboxes: Vec<_> = names.iter().map(String::as_str).collect();
    // Queued last, and served at once all the same.
    inboxes.push("n.example/inbox");
    let gate = Arc::new(Barrier::new(64 / 4 + 1));
    for inbox in &inboxes {
        world.script(inbox, [Reply::Gate(Arc::clone(&gate))]);
    }
    world.queue("a", "a", &inboxes).await;
    let worker = world.worker(1);
    assert_eq!(worker.step().await.unwrap(), WorkerStep::Sent(64 / 4 + 1));
    assert!(
        world
            .hits()
            .iter()
            .any(|hit| hit.inbox == "n.example/inbox")
    );
    world.heal();
    assert_eq!(worker.step().await.unwrap(), WorkerStep::Sent(16));
    assert_eq!(worker.step().await.unwrap(), WorkerStep::Sent(8));
    assert_eq!(world.stats().await.delivered, 41);
}

#[tokio::test]
async fn one_network_address_gets_half_of_the_requests_at_once_however_many_domains_lead_to_it() {
    let mut world = World::new().await;
    let crowd: Vec<_> = (0..39).map(|n| format!("d{n}.example/inbox")).collect();
    let mut inboxes: Vec<_> = crowd.iter().map(String::as_str).collect();
    // An address is counted like a name that leads to it. The last one has an address of its own.
    inboxes.extend(["127.0.0.1/inbox", "127.0.0.2/inbox"]);
    let gate = Arc::new(Barrier::new(64 / 2 + 1));
    for inbox in &inboxes {
        world.script(inbox, [Reply::Gate(Arc::clone(&gate))]);
    }
    let elsewhere = world.server_at([127, 0, 0, 2], Arc::clone(&gate));
    world.queue("a", "a", &inboxes).await;
    world.all_hosts_are(HostPace::Quick).await;
    let worker = world.worker_from(1, signers(), SETTINGS, |client| {
        client.allow = vec!["127.0.0.0/8".parse().unwrap()];
        client.count_laboratory = true;
    });
    assert_eq!(worker.step().await.unwrap(), WorkerStep::Sent(64 / 2 + 1));
    assert_eq!(
        (world.hits().len(), elsewhere.requests_after(0).len()),
        (32, 1)
    );
    // The others wait for a moment, and have not failed.
    let until = Some(NOW.plus(SECOND));
    assert_eq!(worker.step().await.unwrap(), WorkerStep::Idle { until });
    assert_eq!(world.stats().await.hosts.backing_off, 0);
    world.heal();
    world.clock.advance(SECOND);
    assert_eq!(worker.step().await.unwrap(), WorkerStep::Sent(8));
    assert_eq!(world.stats().await.delivered, 41);
}

#[tokio::test]
async fn a_step_keeps_to_what_one_host_may_get_and_to_the_order_of_its_deliveries() {
    let mut world = World::new().await;
    world.befriend("m.example").await;
    for name in ["a", "b", "c", "d", "e"] {
        world.queue(name, name, &["m.example/inbox"]).await;
    }
    let worker = world.worker_with(
        1,
        DeliverySettings {
            per_host: 2,
            ..SETTINGS
        },
        30 * SECOND,
    );
    // Two requests wait at the gate until this test comes, too.
    let gate = Arc::new(Barrier::new(3));
    let waits = Reply::Gate(Arc::clone(&gate));
    world.script("m.example/inbox", vec![waits; 4]);
    let watch = async {
        for expected in [["a", "b"], ["c", "d"]] {
            let mut arrived = Vec::new();
            for _ in expected {
                arrived.push(String::from_utf8(world.hit().await.body).unwrap());
            }
            arrived.sort_unstable();
            assert_eq!(arrived, expected);
            // While another worker makes a whole delivery, a third request would have come.
            let other = format!("{}.example", expected[0]);
            world.befriend(&other).await;
            gate.wait().await;
        }
    };
    let (step, ()) = tokio::join!(worker.step(), watch);
    assert_eq!(step.unwrap(), WorkerStep::Sent(5));
    assert_eq!(world.bodies(), ["e"]);
}

#[tokio::test]
async fn never_are_more_requests_on_their_way_than_there_are_workers() {
    let mut world = World::new().await;
    // Eight requests wait at the gate until this test comes, too.
    let gate = Arc::new(Barrier::new(9));
    let inboxes = ["m", "n", "o", "p", "q"].map(|name| format!("{name}.example/inbox"));
    let inboxes = inboxes.each_ref().map(String::as_str);
    for inbox in inboxes {
        world.befriend(inbox.split('/').next().unwrap()).await;
        world.script(inbox, vec![Reply::Gate(Arc::clone(&gate)); 2]);
    }
    for name in ["a", "b"] {
        world.queue(name, name, &inboxes).await;
    }
    let settings = DeliverySettings {
        workers: 8,
        ..SETTINGS
    };
    let worker = world.worker_with(1, settings, 30 * SECOND);
    let watch = async {
        for _ in 0..8 {
            world.hit().await;
        }
        // While another worker makes a whole delivery, a ninth request would have come.
        world.befriend("z.example").await;
        world.heal();
        gate.wait().await;
    };
    let (step, ()) = tokio::join!(worker.step(), watch);
    assert_eq!(step.unwrap(), WorkerStep::Sent(10));
    assert_eq!(world.stats().await.queued, 0);
}

#[tokio::test]
async fn of_two_activities_about_the_same_the_older_arrives_first_whatever_happens() {
    let mut world = World::new().await;
    world.befriend("m.example").await;
    world
        .queue("create", "letter", &["m.example/ada", "m.example/bob"])
        .await;
    world.queue("update", "letter", &["m.example/ada"]).await;
    world.queue("other", "post", &["m.example/ada"]).await;
    // Ada's inbox alone is in trouble.
    world.script("m.example/ada", [Reply::Status(500), Reply::Status(500)]);
    let worker = world.worker(1);
    assert_eq!(worker.step().await.unwrap(), WorkerStep::Sent(3));
    assert!(!world.bodies().contains(&"update".to_owned()));
    world.clock.advance(MINUTE / 2);
    // The failed delivery waits, and so does the update; the host stays healthy.
    assert!(matches!(
        worker.step().await.unwrap(),
        WorkerStep::Idle { until: Some(_) }
    ));
    assert_eq!(world.stats().await.hosts.reachable, 1);
    for _ in 0..10 {
        world.clock.advance(HOUR);
        worker.step().await.unwrap();
    }
    let bodies = world.bodies();
    let last = |name: &str| bodies.iter().rposition(|body| body == name);
    assert!(last("create") < last("update"), "{bodies:?}");
    assert_eq!(world.stats().await.queued, 0);
}

#[tokio::test]
async fn what_is_settled_is_counted_and_kept_for_thirty_days() {
    let mut world = World::new().await;
    world.befriend("m.example").await;
    world.queue("a", "a", &["m.example/inbox"]).await;
    world.clock.advance(29 * DAY);
    let stats = serde_json::to_value(world.stats().await).unwrap();
    let expected = serde_json::json!({
        "queued": 1, "delivered": 1, "refused": 0, "abandoned": 0,
        "hosts": {"reachable": 1, "backing_off": 0, "gone": 0},
    });
    assert_eq!(stats, expected);
    let mut tx = world.store.write().await.unwrap();
    let queue = tx.queue_status(world.clock.now()).await.unwrap();
    assert_eq!(
        (queue.ready, queue.waiting, queue.oldest),
        (1, 0, Some(NOW))
    );
    world.clock.advance(DAY);
    let before = world.clock.now().minus(30 * DAY);
    assert_eq!(tx.forget_settled(before).await.unwrap(), 0);
    assert_eq!(tx.forget_settled(before.plus(SECOND)).await.unwrap(), 1);
}

#[tokio::test]
async fn nothing_new_is_sent_to_a_follower_before_the_accept() {
    let mut world = World::new().await;
    world.befriend("m.example").await;
    world.queue("old", "old", &["m.example/inbox"]).await;
    world
        .queue_kind("Accept", "accept", "ada", &["m.example/inbox"])
        .await;
    world.queue("new", "new", &["m.example/inbox"]).await;
    let worker = world.worker(1);
    assert_eq!(worker.step().await.unwrap(), WorkerStep::Sent(2));
    let mut first = world.bodies();
    first.sort_unstable();
    assert_eq!(first, ["accept", "old"]);
    assert_eq!(worker.step().await.unwrap(), WorkerStep::Sent(1));
    assert_eq!(world.bodies(), ["new"]);
}
