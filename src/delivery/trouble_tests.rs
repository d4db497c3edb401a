//! Steps of the delivery worker when hosts or workers fail.

use std::sync::{Arc, Mutex, OnceLock};

use tokio_util::sync::CancellationToken;

use super::{
    DeliverySettings, WorkerStep,
    testing::{DAY, HOUR, MINUTE, NOW, Reply, SECOND, SETTINGS, World, signers},
};
use crate::clock::{Clock as _, FixedClock};

#[tokio::test]
async fn a_401_at_first_contact_is_tried_again_within_seconds() {
    let world = World::new().await;
    world.script("m.example/inbox", vec![Reply::Status(401); 2]);
    world.queue("a", "a", &["m.example/inbox"]).await;
    let worker = world.worker(1);
    worker.step().await.unwrap();
    let WorkerStep::Idle { until: Some(until) } = worker.step().await.unwrap() else {
        panic!("there is nothing to wait for");
    };
    assert!((12..=18).contains(&until.since(NOW).as_secs()), "{until}");
    world.clock.advance(18 * SECOND);
    assert_eq!(worker.step().await.unwrap(), WorkerStep::Sent(1));
    assert_eq!(world.stats().await.delivered, 1);
}

#[tokio::test]
async fn a_401_from_everywhere_is_an_alarm_until_somebody_takes_something() {
    let world = World::new().await;
    let hosts = ["m.example", "n.example", "o.example"];
    let worker = world.worker(1);
    for host in hosts {
        let inbox = format!("{host}/inbox");
        world.script(&inbox, vec![Reply::Status(401); 2]);
        assert!(!world.is_alarmed().await, "{host}");
        world.queue(host, host, &[&inbox]).await;
        worker.step().await.unwrap();
    }
    assert!(world.is_alarmed().await);
    world.heal();
    world.queue("p", "p", &["p.example/inbox"]).await;
    worker.step().await.unwrap();
    assert!(!world.is_alarmed().await);
}

#[tokio::test]
async fn ten_failures_at_one_host_are_one_step_of_back_off() {
    let mut world = World::new().await;
    world.befriend("m.example").await;
    for name in ["a", "b", "c", "d"] {
        world.queue(name, name, &["m.example/inbox"]).await;
    }
    world.script("m.example/inbox", vec![Reply::Status(503); 5]);
    let worker = world.worker(1);
    assert_eq!(worker.step().await.unwrap(), WorkerStep::Sent(4));
    let WorkerStep::Idle { until: Some(until) } = worker.step().await.unwrap() else {
        panic!()
    };
    assert!((48..=72).contains(&until.since(NOW).as_secs()), "{until}");
    // One delivery probes whether the host is back; the others follow one that was taken.
    world.clock.advance(2 * MINUTE);
    assert_eq!(worker.step().await.unwrap(), WorkerStep::Sent(1));
    world.clock.advance(10 * MINUTE);
    assert_eq!(worker.step().await.unwrap(), WorkerStep::Sent(4));
    assert_eq!(world.stats().await.hosts.reachable, 1);
}

#[tokio::test]
async fn a_host_in_trouble_does_not_hold_up_another() {
    let mut world = World::new().await;
    world.script("m.example/inbox", [Reply::Status(500)]);
    world
        .queue("a", "a", &["m.example/inbox", "n.example/inbox"])
        .await;
    let worker = world.worker(1);
    worker.step().await.unwrap();
    world
        .queue("b", "b", &["m.example/inbox", "n.example/inbox"])
        .await;
    world.hits();
    assert_eq!(worker.step().await.unwrap(), WorkerStep::Sent(1));
    assert_eq!(world.hits()[0].inbox, "n.example/inbox");
}

#[tokio::test]
async fn retry_after_is_respected() {
    let mut world = World::new().await;
    world.befriend("m.example").await;
    world.queue("a", "a", &["m.example/inbox"]).await;
    world.queue("b", "b", &["m.example/other"]).await;
    world.script("m.example/inbox", [Reply::RetryAfter(429, 600)]);
    let worker = world.worker(1);
    // Another delivery was taken, but 429 asks for a pause of all of them.
    assert_eq!(worker.step().await.unwrap(), WorkerStep::Sent(2));
    assert_eq!(
        worker.step().await.unwrap(),
        WorkerStep::Idle {
            until: Some(NOW.plus(600 * SECOND))
        }
    );
}

#[tokio::test]
async fn a_panic_is_a_failed_attempt() {
    let world = World::new().await;
    world
        .queue("a", "a", &["m.example/inbox", "n.example/inbox"])
        .await;
    let worker = world.worker_from(1, signers(), SETTINGS, |client| {
        client.blocked = Arc::new(|host| {
            assert_ne!(host, "m.example", "a fault in this program");
            false
        });
    });
    for _ in 0..3 {
        assert!(matches!(
            worker.step().await.unwrap(),
            WorkerStep::Sent(1 | 2)
        ));
        assert_eq!(world.free_hosts().await.len(), 0, "it waits for its turn");
        world.clock.advance(4 * DAY);
    }
    let stats = world.stats().await;
    assert_eq!((stats.delivered, stats.abandoned), (1, 1));
}

#[tokio::test]
async fn what_was_leased_before_a_silence_is_not_sent_after_it() {
    let mut world = World::new().await;
    world.queue("a", "a", &["m.example/inbox"]).await;
    let worker = world.worker(1);
    let batch = worker.turn(&[], 1).await.unwrap().remove(0);
    worker.holder.was_taken_for_dead();
    let report = worker.send_batch(batch, &CancellationToken::new()).await;
    assert_eq!((report.attempts.len(), world.hits().len()), (0, 0));
    worker.turn(&[report], 0).await.unwrap();
    world.clock.advance(SECOND);
    // While nobody believes that it lives, it leases nothing.
    worker.holder.falls_silent();
    assert_eq!(worker.step().await.unwrap(), WorkerStep::Sent(0));
    assert_eq!(world.free_hosts().await.len(), 1);
}

#[tokio::test]
async fn a_host_that_asks_for_a_second_four_times_gets_everything_within_seconds() {
    let mut world = World::new().await;
    world.befriend("m.example").await;
    world.script("m.example/inbox", vec![Reply::RetryAfter(429, 1); 4]);
    for name in ["a", "b", "c", "d", "e", "f"] {
        world.queue(name, name, &["m.example/inbox"]).await;
    }
    let settings = DeliverySettings {
        per_host: 1,
        ..SETTINGS
    };
    let worker = world.worker_with(1, settings, 30 * SECOND);
    for _ in 0..4 {
        assert_eq!(worker.step().await.unwrap(), WorkerStep::Sent(1));
        let until = Some(world.clock.now().plus(SECOND));
        assert_eq!(worker.step().await.unwrap(), WorkerStep::Idle { until });
        assert_eq!(world.stats().await.hosts.reachable, 1);
        world.clock.advance(SECOND);
    }
    while let WorkerStep::Sent(_) = worker.step().await.unwrap() {}
    assert_eq!(world.stats().await.queued, 0);
}

#[tokio::test]
async fn a_host_that_takes_three_a_second_gets_three_a_second() {
    const A_SECOND: usize = 3;
    let taken = Arc::new(Mutex::new((NOW, 0)));
    let clock: Arc<OnceLock<Arc<FixedClock>>> = Arc::default();
    let seen = Arc::clone(&clock);
    let world = World::deciding(move |_| {
        let (now, mut taken) = (seen.get().unwrap().now(), taken.lock().unwrap());
        if taken.0 != now {
            *taken = (now, 0);
        }
        taken.1 += 1;
        if taken.1 > A_SECOND {
            Reply::RetryAfter(429, 1)
        } else {
            Reply::Status(202)
        }
    })
    .await;
    clock.set(Arc::clone(&world.clock)).unwrap();
    for number in 0..30 {
        let name = number.to_string();
        world.queue(&name, &name, &["m.example/inbox"]).await;
    }
    let worker = world.worker(1);
    for _ in 0..30 / A_SECOND {
        while let WorkerStep::Sent(_) = worker.step().await.unwrap() {}
        world.clock.advance(SECOND);
    }
    assert_eq!(world.stats().await.delivered, 30);
}

#[tokio::test]
async fn a_host_that_speaks_to_us_is_tried_at_once_unless_it_failed_just_once() {
    let mut world = World::new().await;
    world.befriend("m.example").await;
    world.queue("a", "a", &["m.example/inbox"]).await;
    world.script("m.example/inbox", vec![Reply::Status(500); 2]);
    let worker = world.worker(1);
    worker.step().await.unwrap();
    world.speaks("m.example").await;
    assert!(matches!(
        worker.step().await.unwrap(),
        WorkerStep::Idle { .. }
    ));
    world.clock.advance(600 * SECOND);
    assert_eq!(worker.step().await.unwrap(), WorkerStep::Sent(1));
    world.speaks("m.example").await;
    assert_eq!(worker.step().await.unwrap(), WorkerStep::Sent(1));
    assert_eq!(world.stats().await.queued, 0);
}

#[tokio::test]
async fn a_host_that_speaks_while_an_attempt_fails_is_still_tried_at_once() {
    let mut world = World::new().await;
    world.befriend("m.example").await;
    world.queue("a", "a", &["m.example/inbox"]).await;
    world.script("m.example/inbox", vec![Reply::Status(500); 3]);
    let worker = world.worker(1);
    for _ in 0..2 {
        worker.step().await.unwrap();
        world.clock.advance(HOUR);
    }
    let mut batches = worker.turn(&[], 1).await.unwrap();
    let report = worker
        .send_batch(batches.remove(0), &CancellationToken::new())
        .await;
    world.speaks("m.example").await;
    worker.turn(&[report], 0).await.unwrap();
    assert_eq!(worker.step().await.unwrap(), WorkerStep::Sent(1));
    assert_eq!(world.stats().await.queued, 0);
}

#[tokio::test]
async fn after_give_up_after_a_host_counts_as_gone_until_it_speaks() {
    let mut world = World::new().await;
    world.befriend("m.example").await;
    world.script("m.example/inbox", vec![Reply::Status(502); 100]);
    world.queue("old", "old", &["m.example/inbox"]).await;
    world
        .queue("also old", "also old", &["m.example/inbox"])
        .await;
    let worker = world.worker(1);
    let mut n_attempts = 0;
    while world.clock.now() < NOW.plus(6 * DAY) {
        world.clock.advance(MINUTE);
        if let WorkerStep::Sent(n) = worker.step().await.unwrap() {
            n_attempts += n;
        }
    }
    // Two at once, five more on the first day, then one a day.
    assert!((10..=16).contains(&n_attempts), "{n_attempts}");
    world.queue("young", "young", &["m.example/inbox"]).await;
    world.clock.advance(3 * DAY);
    worker.step().await.unwrap();
    let stats = world.stats().await;
    assert_eq!((stats.queued, stats.abandoned, stats.hosts.gone), (1, 2, 1));
    // One probe a day.
    assert!(matches!(
        worker.step().await.unwrap(),
        WorkerStep::Idle { .. }
    ));
    world.clock.advance(2 * DAY);
    assert_eq!(worker.step().await.unwrap(), WorkerStep::Sent(1));
    world.heal();
    world.speaks("m.example").await;
    assert_eq!(world.stats().await.hosts.gone, 0);
    assert_eq!(worker.step().await.unwrap(), WorkerStep::Sent(1));
    assert_eq!(world.stats().await.queued, 0);
    assert_eq!(world.stats().await.hosts.reachable, 1);
}

#[tokio::test]
async fn one_broken_inbox_does_not_hold_up_the_others_of_its_host() {
    let mut world = World::new().await;
    world.befriend("m.example").await;
    world.queue("a", "a", &["m.example/broken"]).await;
    world.queue("b", "b", &["m.example/well"]).await;
    world.script("m.example/broken", vec![Reply::Status(503); 100]);
    world.script("m.example/well", [Reply::Status(503)]);
    let worker = world.worker(1);
    // The oldest and the least tried by turns: broken, well (once 503), broken, well.
    for _ in 0..4 {
        worker.step().await.unwrap();
        world.clock.advance(HOUR);
    }
    let stats = world.stats().await;
    assert_eq!((stats.queued, stats.delivered), (1, 2));
    assert_eq!(stats.hosts.backing_off, 0);
}

#[tokio::test]
async fn a_host_that_is_gone_gets_one_probe_a_day_and_what_waits_for_it_does_not_pile_up() {
    let mut world = World::new().await;
    world.befriend("m.example").await;
    world.script("m.example/inbox", vec![Reply::Status(502); 1000]);
    let worker = world.worker(1);
    for day in 0..30 {
        for n in 0..5 {
            let name = format!("{day} {n}");
            world.queue(&name, &name, &["m.example/inbox"]).await;
        }
        let mut n_attempts = 0;
        for _ in 0..12 {
            world.clock.advance(2 * HOUR);
            if let WorkerStep::Sent(n) = worker.step().await.unwrap() {
                n_attempts += n;
            }
        }
        let stats = world.stats().await;
        assert!(stats.queued <= 5 * 10, "{} wait, day {day}", stats.queued);
        if day > 8 {
            assert_eq!(stats.hosts.gone, 1, "day {day}");
            assert!(n_attempts <= 2, "{n_attempts} on day {day}");
        }
    }
    // The host is back: the deliveries that have not expired arrive, sixteen with each lease.
    world.heal();
    world.speaks("m.example").await;
    assert_eq!(worker.step().await.unwrap(), WorkerStep::Sent(16));
}

#[tokio::test]
async fn what_was_claimed_and_not_settled_is_sent_again_when_the_claim_runs_out() {
    let mut world = World::new().await;
    world.script("m.example/inbox", [Reply::Hang]);
    world.queue("a", "a", &["m.example/inbox"]).await;
    let killed = world.worker(1);
    tokio::select! {
        step = killed.step() => panic!("{step:?}"),
        hit = world.hit() => assert_eq!(hit.body, b"a"),
    }
    drop(killed);
    let restarted = world.worker(2);
    let until = Some(NOW.plus(2 * MINUTE));
    assert_eq!(restarted.step().await.unwrap(), WorkerStep::Idle { until });
    world.clock.advance(2 * MINUTE);
    assert_eq!(restarted.step().await.unwrap(), WorkerStep::Sent(1));
    assert_eq!(world.bodies(), ["a"]);
    assert_eq!(
        restarted.step().await.unwrap(),
        WorkerStep::Idle { until: None }
    );
}

#[tokio::test]
async fn two_couriers_never_serve_the_same_host() {
    let mut world = World::new().await;
    world.befriend("m.example").await;
    for name in ["a", "b", "c", "d", "e", "f"] {
        world.queue(name, name, &["m.example/inbox"]).await;
    }
    let (one, other) = (world.worker(1), world.worker(2));
    let batches = one.turn(&[], 64).await.unwrap();
    assert_eq!(batches.len(), 1);
    assert_eq!(other.turn(&[], 64).await.unwrap().len(), 0);
    // The lease expired, and the other worker took over: the late report does not touch its lease.
    world.clock.advance(2 * MINUTE);
    assert_eq!(other.turn(&[], 64).await.unwrap().len(), 1);
    for batch in batches {
        let report = one.send_batch(batch, &CancellationToken::new()).await;
        assert_eq!(report.attempts.len(), 0, "nothing is begun that late");
        one.turn(&[report], 0).await.unwrap();
    }
    assert_eq!(world.free_hosts().await, []);
}

#[tokio::test]
async fn a_late_failure_changes_nothing_about_what_another_courier_delivered() {
    let mut world = World::new().await;
    world.befriend("m.example").await;
    world.queue("a", "a", &["m.example/inbox"]).await;
    world.script("m.example/inbox", [Reply::Status(500)]);
    let late = world.worker(1);
    let mut batches = late.turn(&[], 1).await.unwrap();
    let report = late
        .send_batch(batches.remove(0), &CancellationToken::new())
        .await;
    world.clock.advance(2 * MINUTE);
    world.worker(2).step().await.unwrap();
    // Meanwhile a third worker leases the host.
    world.queue("b", "b", &["m.example/inbox"]).await;
    assert_eq!(world.worker(3).turn(&[], 1).await.unwrap().len(), 1);
    late.turn(&[report], 0).await.unwrap();
    let stats = world.stats().await;
    assert_eq!(
        (stats.queued, stats.delivered, stats.hosts.backing_off),
        (1, 2, 0)
    );
    assert_eq!(world.free_hosts().await, []);
}

#[tokio::test]
async fn an_inbox_that_is_no_url_is_refused_and_holds_up_nobody() {
    let mut world = World::new().await;
    world.befriend("m.example").await;
    world.queue("a", "a", &["m.example/inbox"]).await;
    let worker = world.worker(1);
    let mut batches = worker.turn(&[], 64).await.unwrap();
    batches[0].deliveries[0].row.inbox = "no url".to_owned();
    let report = worker
        .send_batch(batches.remove(0), &CancellationToken::new())
        .await;
    worker.turn(&[report], 0).await.unwrap();
    assert_eq!(world.stats().await.refused, 1);
    assert_eq!(world.hits().len(), 0);
}
