//! Slow hosts: the rule, and the worker that keeps to it.

use std::{sync::Arc, time::Duration};

use tokio::sync::Barrier;

use super::{
    DeliverySettings, WorkerStep, pace,
    testing::{HOUR, Reply, SECOND, SETTINGS, World},
};
use crate::store::HostPace::{self, Quick, Slow, Unknown};

#[test]
fn one_late_request_makes_a_host_slow_and_a_batch_without_one_makes_it_quick() {
    for (before, late, answered, after) in [
        (Unknown, false, false, Unknown),
        (Unknown, false, true, Quick),
        (Unknown, true, false, Slow),
        (Unknown, true, true, Slow),
        (Quick, false, false, Quick),
        (Quick, false, true, Quick),
        (Quick, true, false, Slow),
        (Quick, true, true, Slow),
        (Slow, false, false, Slow),
        (Slow, false, true, Quick),
        (Slow, true, false, Slow),
        (Slow, true, true, Slow),
    ] {
        assert_eq!(
            pace::after(before, late, answered),
            after,
            "{before:?} {late} {answered}"
        );
    }
    for (millis, late) in [(0, false), (999, false), (1000, true), (60_000, true)] {
        assert_eq!(pace::is_late(Duration::from_millis(millis)), late);
    }
}

#[test]
fn slow_hosts_get_a_quarter_unknown_ones_half_and_everybody_at_least_one() {
    for (workers, unknown, slow) in [(1, 1, 1), (4, 2, 1), (64, 32, 16), (512, 256, 128)] {
        let shares = pace::PaceShares::of(workers);
        for (pace, most) in [(Unknown, unknown), (Slow, slow)] {
            let all = shares.take(pace, workers + 1).unwrap();
            assert_eq!((all.size(), shares.left(pace)), (most, 0), "{pace:?}");
            assert!(shares.take(pace, 1).is_none());
            // Theirs alone.
            assert_eq!(shares.take(Quick, workers).unwrap().size(), workers);
            drop(all);
            assert_eq!(shares.left(pace), most);
        }
    }
}

#[test]
fn quick_hosts_come_first_and_in_every_eighth_turn_slow_ones() {
    let first: Vec<_> = (0..16).map(|turn| pace::order(turn)[0]).collect();
    let mut expected = [Quick; 16];
    (expected[7], expected[15]) = (Slow, Slow);
    assert_eq!(first, expected);
    for turn in 0..8 {
        let mut order = pace::order(turn);
        order.sort_unstable();
        assert_eq!(order, HostPace::ALL, "nobody is left out");
    }
}

#[tokio::test]
async fn a_host_is_as_quick_as_its_last_answers() {
    let mut world = World::new().await;
    let (patient, hasty) = (world.worker(1), world.worker_with(2, SETTINGS, SECOND / 5));
    for (name, reply) in [("takes", 202), ("fails", 500)] {
        world.script("m.example/inbox", [Reply::Status(reply)]);
        world.queue(name, name, &["m.example/inbox"]).await;
        patient.step().await.unwrap();
        assert_eq!(world.pace("m.example").await, "quick", "{name}");
    }
    // What failed is delivered before the next one.
    world.clock.advance(HOUR);
    patient.step().await.unwrap();
    // Not answered in time.
    world.script("m.example/inbox", [Reply::Hang]);
    world.queue("late", "late", &["m.example/inbox"]).await;
    hasty.step().await.unwrap();
    assert_eq!(world.pace("m.example").await, "slow");
    world.heal();
    world.clock.advance(HOUR);
    patient.step().await.unwrap();
    assert_eq!(world.pace("m.example").await, "quick");
    // Answered, but late.
    let gate = Arc::new(Barrier::new(2));
    world.script("m.example/inbox", [Reply::Gate(Arc::clone(&gate))]);
    world.queue("slow", "slow", &["m.example/inbox"]).await;
    world.hits();
    let watch = async {
        world.hit().await;
        world.clock.advance(2 * SECOND);
        gate.wait().await;
    };
    let (step, ()) = tokio::join!(patient.step(), watch);
    assert_eq!(step.unwrap(), WorkerStep::Sent(1));
    assert_eq!(world.pace("m.example").await, "slow");
}

/// So many hosts, each with one delivery that is answered when so many requests are there.
async fn at_a_gate(world: &World, hosts: usize, gate: usize) {
    let inboxes: Vec<_> = (0..hosts).map(|n| format!("d{n}.example/inbox")).collect();
    let inboxes: Vec<_> = inboxes.iter().map(String::as_str).collect();
    let gate = Arc::new(Barrier::new(gate));
    for inbox in &inboxes {
        world.script(inbox, [Reply::Gate(Arc::clone(&gate))]);
    }
    world.queue("a", "a", &inboxes).await;
}

#[tokio::test]
async fn slow_and_unknown_hosts_hold_their_share_of_the_requests_and_quick_ones_all() {
    const WORKERS: usize = 16;
    for (pace, at_once) in [
        (Slow, WORKERS / 4),
        (Unknown, WORKERS / 2),
        (Quick, WORKERS),
    ] {
        let world = World::new().await;
        let settings = DeliverySettings {
            workers: WORKERS,
            ..SETTINGS
        };
        at_a_gate(&world, WORKERS, at_once).await;
        world.all_hosts_are(pace).await;
        let worker = world.worker_with(1, settings, 30 * SECOND);
        assert_eq!(
            worker.step().await.unwrap(),
            WorkerStep::Sent(at_once),
            "{pace:?}"
        );
        // All of them get it in the end.
        world.heal();
        while let WorkerStep::Sent(_) = worker.step().await.unwrap() {}
        let delivered = world.stats().await.delivered;
        assert_eq!(usize::try_from(delivered).unwrap(), WORKERS, "{pace:?}");
    }
}

#[tokio::test]
async fn a_quick_host_goes_before_slow_ones_that_wait_longer_and_they_go_all_the_same() {
    let mut world = World::new().await;
    let slow: Vec<_> = (0..8).map(|n| format!("d{n}.example/inbox")).collect();
    let slow: Vec<_> = slow.iter().map(String::as_str).collect();
    world.queue("a", "a", &slow).await;
    world.all_hosts_are(Slow).await;
    world.clock.advance(SECOND);
    let settings = DeliverySettings {
        workers: 1,
        ..SETTINGS
    };
    let worker = world.worker_with(1, settings, 30 * SECOND);
    let mut served = Vec::new();
    for turn in 0..16 {
        // There is always another quick host.
        let quick = format!("q{turn}.example/inbox");
        let name = turn.to_string();
        world.queue(&name, &name, &[&quick]).await;
        worker.step().await.unwrap();
        let is_slow = |inbox: &str| inbox.starts_with('d');
        served.extend(world.hits().iter().map(|hit| is_slow(&hit.inbox)));
    }
    assert!(!served[0], "{served:?}");
    let n_slow = served.iter().filter(|slow| **slow).count();
    assert_eq!(n_slow, 2, "{served:?}");
}
