//! Jobs: done once, retried, failed for good, released.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use super::{
    WorkerStep,
    jobs::{JobError, JobRunner, MAX_ATTEMPTS, run},
    testing::{DAY, MINUTE, NOW, SECOND, World},
};
use crate::{
    clock::Clock as _,
    hash::Sha256,
    random::SeededRandom,
    store::{JobLane, JobRow, NewJob},
};

fn job(key: &str) -> NewJob {
    NewJob {
        kind: "refetch".to_owned(),
        key_hash: Sha256::of(key),
        payload: key.to_owned(),
        due_at: NOW,
        domain: None,
    }
}

async fn add(world: &World, jobs: &[NewJob]) -> u64 {
    let mut tx = world.store.write().await.unwrap();
    let added = tx.add_jobs(jobs).await.unwrap();
    tx.commit().await.unwrap();
    added
}

fn runner<H, F>(world: &World, seed: u64, handler: H) -> JobRunner<H>
where
    H: Fn(JobRow) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), JobError>> + Send,
{
    let (clock, random) = (Arc::clone(&world.clock), Arc::new(SeededRandom::new(seed)));
    JobRunner::new(
        world.store.clone(),
        clock,
        random,
        (JobLane::Main, 4),
        handler,
    )
}

#[tokio::test]
async fn a_job_is_added_once_and_runs_once() {
    let world = World::new().await;
    assert_eq!(add(&world, &[job("a"), job("b")]).await, 2);
    assert_eq!(add(&world, &[job("b"), job("c")]).await, 1);
    assert_eq!(add(&world, &[]).await, 0);
    let (send, mut done) = mpsc::unbounded_channel();
    let runner = runner(&world, 1, move |job: JobRow| {
        send.send(job).unwrap();
        async { Ok(()) }
    });
    assert_eq!(runner.step().await.unwrap(), WorkerStep::Sent(3));
    assert_eq!(
        runner.step().await.unwrap(),
        WorkerStep::Idle { until: None }
    );
    let mut payloads: Vec<_> = std::iter::from_fn(|| done.try_recv().ok())
        .map(|job| job.payload)
        .collect();
    payloads.sort();
    assert_eq!(payloads, ["a", "b", "c"]);
    // A finished job may be ordered again.
    assert_eq!(add(&world, &[job("a")]).await, 1);
}

#[tokio::test]
async fn a_job_that_fails_is_tried_again_and_given_up_after_the_last_attempt() {
    let world = World::new().await;
    add(&world, &[job("a")]).await;
    let runner = runner(&world, 1, |_| async {
        Err(JobError::retry("the host sleeps"))
    });
    for attempt in 1..=MAX_ATTEMPTS {
        assert_eq!(
            runner.step().await.unwrap(),
            WorkerStep::Sent(1),
            "attempt {attempt}"
        );
        if let WorkerStep::Idle { until: Some(until) } = runner.step().await.unwrap() {
            assert!(until > world.clock.now(), "attempt {attempt}");
        }
        world.clock.advance(2 * DAY);
    }
    assert_eq!(
        runner.step().await.unwrap(),
        WorkerStep::Idle { until: None }
    );
}

#[tokio::test]
async fn a_job_that_cannot_be_done_is_not_tried_again() {
    let world = World::new().await;
    add(&world, &[job("a")]).await;
    let runner = runner(&world, 1, |_| async { Err(JobError::fail("it is gone")) });
    assert_eq!(runner.step().await.unwrap(), WorkerStep::Sent(1));
    assert_eq!(
        runner.step().await.unwrap(),
        WorkerStep::Idle { until: None }
    );
}

#[tokio::test]
async fn a_job_that_takes_the_program_down_is_given_up_in_the_end() {
    let world = World::new().await;
    add(&world, &[job("a")]).await;
    let n_begun = Arc::new(AtomicUsize::new(0));
    for seed in 0..20 {
        let n_begun = Arc::clone(&n_begun);
        let (begun, mut arrivals) = mpsc::unbounded_channel();
        let runner = runner(&world, seed, move |_| {
            n_begun.fetch_add(1, Ordering::SeqCst);
            begun.send(()).unwrap();
            std::future::pending()
        });
        tokio::select! {
            step = runner.step() => {
                assert_eq!(step.unwrap(), WorkerStep::Sent(1));
                break;
            }
            _ = arrivals.recv() => (),
        }
        // After a crash the lease holds for two minutes.
        assert!(matches!(
            runner.step().await.unwrap(),
            WorkerStep::Idle { until: Some(_) }
        ));
        world.clock.advance(2 * MINUTE);
    }
    assert_eq!(
        n_begun.load(Ordering::SeqCst),
        usize::try_from(MAX_ATTEMPTS).unwrap()
    );
}

#[tokio::test]
async fn a_job_that_panics_has_failed_once() {
    let world = World::new().await;
    add(&world, &[job("a")]).await;
    let n_begun = Arc::new(AtomicUsize::new(0));
    let begun = Arc::clone(&n_begun);
    let runner = runner(&world, 1, move |_| {
        assert_eq!(
            begun.fetch_add(1, Ordering::SeqCst),
            1,
            "a fault in this program"
        );
        async { Ok(()) }
    });
    assert_eq!(runner.step().await.unwrap(), WorkerStep::Sent(1));
    // Back-off, not the lease.
    world.clock.advance(73 * SECOND);
    assert_eq!(runner.step().await.unwrap(), WorkerStep::Sent(1));
    assert_eq!(
        runner.step().await.unwrap(),
        WorkerStep::Idle { until: None }
    );
    assert_eq!(n_begun.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn jobs_run_on_the_wake_up_and_a_stop_gives_back_the_rest() {
    let world = World::new().await;
    let (begun, mut arrivals) = mpsc::unbounded_channel();
    let runner = Arc::new(runner(&world, 1, move |job: JobRow| {
        begun.send(job.payload).unwrap();
        async { Ok(()) }
    }));
    let (wake, stop) = (Arc::new(Notify::new()), CancellationToken::new());
    let running = tokio::spawn(run(Arc::clone(&runner), Arc::clone(&wake), stop.clone()));
    for key in ["a", "b"] {
        add(&world, &[job(key)]).await;
        wake.notify_one();
        assert_eq!(arrivals.recv().await.unwrap(), key);
    }
    stop.cancel();
    running.await.unwrap();
    assert_eq!(
        runner.step().await.unwrap(),
        WorkerStep::Idle { until: None }
    );
}
