//! The loop of the delivery worker: waking, stopping, overlapping batches.

use std::{sync::Arc, time::Duration};

use tokio::sync::{Barrier, Notify};
use tokio_util::sync::CancellationToken;

use super::{
    DeliverySettings,
    run::run_with_grace,
    testing::{MINUTE, Reply, SECOND, SETTINGS, World},
};

/// Longer than any test takes.
const PATIENT: Duration = Duration::from_mins(10);

struct Running {
    wake: Arc<Notify>,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    fn start(world: &World, settings: DeliverySettings, grace: Duration) -> Self {
        let worker = Arc::new(world.worker_with(1, settings, MINUTE));
        let (wake, stop) = (Arc::new(Notify::new()), CancellationToken::new());
        let task = run_with_grace(worker, Arc::clone(&wake), stop.clone(), grace);
        Self {
            wake,
            stop,
            task: tokio::spawn(task),
        }
    }

    async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}

#[tokio::test]
async fn what_is_queued_leaves_on_the_wake_up() {
    let mut world = World::new().await;
    let running = Running::start(&world, SETTINGS, PATIENT);
    for name in ["a", "b"] {
        world.queue(name, name, &["m.example/inbox"]).await;
        running.wake.notify_one();
        assert_eq!(world.hit().await.body, name.as_bytes());
    }
    running.stop().await;
    assert_eq!(world.stats().await.delivered, 2);
}

#[tokio::test]
async fn what_nobody_told_about_leaves_all_the_same() {
    let mut world = World::new().await;
    let running = Running::start(&world, SETTINGS, PATIENT);
    world.queue("a", "a", &["m.example/inbox"]).await;
    assert_eq!(world.hit().await.body, b"a");
    running.stop().await;
}

#[tokio::test]
async fn a_host_that_hangs_holds_up_nobody_but_itself() {
    let mut world = World::new().await;
    world.script("m.example/inbox", [Reply::Hang]);
    world.queue("a", "a", &["m.example/inbox"]).await;
    let running = Running::start(
        &world,
        DeliverySettings {
            workers: 4,
            ..SETTINGS
        },
        Duration::ZERO,
    );
    assert_eq!(world.hit().await.inbox, "m.example/inbox");
    for name in ["b", "c", "d"] {
        world
            .queue(name, name, &["m.example/inbox", "n.example/inbox"])
            .await;
        running.wake.notify_one();
        assert_eq!(world.hit().await.inbox, "n.example/inbox");
    }
    running.stop().await;
}

#[tokio::test]
async fn a_domain_that_hangs_holds_up_nobody_but_itself_however_many_hosts_it_has() {
    let mut world = World::new().await;
    let wild: Vec<_> = (0..30)
        .map(|n| format!("h{n}.wild.example/inbox"))
        .collect();
    let mut inboxes: Vec<_> = wild.iter().map(String::as_str).collect();
    for inbox in &inboxes {
        world.script(inbox, [Reply::Hang]);
    }
    inboxes.push("n.example/inbox");
    world.queue("a", "a", &inboxes).await;
    let settings = DeliverySettings {
        workers: 8,
        ..SETTINGS
    };
    let running = Running::start(&world, settings, Duration::ZERO);
    let mut n_wild = 0;
    for name in ["b", "c"] {
        while world.hit().await.inbox != "n.example/inbox" {
            n_wild += 1;
        }
        world.queue(name, name, &["n.example/inbox"]).await;
        running.wake.notify_one();
    }
    running.stop().await;
    assert!(n_wild <= 2, "{n_wild} at once");
}

#[tokio::test]
async fn a_stop_finishes_what_is_on_its_way() {
    let mut world = World::new().await;
    let gate = Arc::new(Barrier::new(2));
    world.script("m.example/inbox", [Reply::Gate(Arc::clone(&gate))]);
    world.queue("a", "a", &["m.example/inbox"]).await;
    world.queue("b", "b", &["m.example/inbox"]).await;
    let running = Running::start(&world, SETTINGS, PATIENT);
    world.hit().await;
    running.stop.cancel();
    gate.wait().await;
    running.stop().await;
    let stats = world.stats().await;
    assert_eq!(
        (stats.queued, stats.delivered),
        (1, 1),
        "what was not begun waits"
    );
    assert_eq!(world.free_hosts().await.len(), 1);
}

#[tokio::test]
async fn a_stop_gives_back_what_does_not_end_in_time() {
    let mut world = World::new().await;
    world.script("m.example/inbox", [Reply::Hang]);
    world.queue("a", "a", &["m.example/inbox"]).await;
    let running = Running::start(&world, SETTINGS, SECOND / 20);
    world.hit().await;
    running.stop().await;
    assert_eq!(world.stats().await.queued, 1);
    assert_eq!(world.free_hosts().await.len(), 1);
}
