//! Tasks, failures and shutdown within one process. `tests/federation/shutdown.rs` tests the signals with the real
//! program.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use super::*;

/// A well-behaved task: it works until the shutdown.
async fn lasting(stop: CancellationToken) {
    stop.cancelled().await;
}

#[tokio::test]
async fn tasks_that_end_when_they_are_told_to_do_not_fail() {
    let lifecycle = Lifecycle::new();
    lifecycle.spawn("writer", lasting(lifecycle.stop_token()));
    lifecycle.spawn("inbox log", lasting(lifecycle.stop_token()));
    assert_eq!(lifecycle.failure(), None);
    lifecycle.stop().await;
    assert_eq!(lifecycle.failure(), None);
}

#[tokio::test]
async fn a_task_that_returns_by_itself_stops_the_others_in_order_and_is_named() {
    let lifecycle = Lifecycle::new();
    let (stop, in_order) = (lifecycle.stop_token(), Arc::new(AtomicBool::new(false)));
    let settled = Arc::clone(&in_order);
    lifecycle.spawn("writer", async move {
        stop.cancelled().await;
        tokio::task::yield_now().await;
        settled.store(true, Ordering::SeqCst);
    });
    lifecycle.spawn("watcher", async {});
    lifecycle.task_fails().await;
    lifecycle.stop().await;
    assert!(in_order.load(Ordering::SeqCst));
    let failure = lifecycle.failure().unwrap();
    assert_eq!(failure, TaskFailure::Returned("watcher"));
    assert!(failure.to_string().contains("`watcher`"), "{failure}");
}

#[tokio::test]
async fn a_task_that_panics_is_named_with_its_words() {
    let lifecycle = Lifecycle::new();
    lifecycle.spawn("writer", lasting(lifecycle.stop_token()));
    lifecycle.spawn("jobs", async { panic!("{} and more", "out of ink") });
    lifecycle.task_fails().await;
    lifecycle.stop().await;
    let why = "out of ink and more".to_owned();
    assert_eq!(
        lifecycle.failure(),
        Some(TaskFailure::Panicked { task: "jobs", why })
    );
}

#[tokio::test]
async fn a_panic_while_stopping_is_a_failure_all_the_same() {
    let lifecycle = Lifecycle::new();
    let stop = lifecycle.stop_token();
    lifecycle.spawn("jobs", async move {
        stop.cancelled().await;
        panic!("too late");
    });
    lifecycle.stop().await;
    assert!(matches!(
        lifecycle.failure(),
        Some(TaskFailure::Panicked { task: "jobs", .. })
    ));
}

#[tokio::test]
async fn of_several_that_end_the_first_is_told() {
    let lifecycle = Lifecycle::new();
    lifecycle.spawn("inbox log", async {});
    lifecycle.task_fails().await;
    lifecycle.spawn("disk", async { panic!("after that") });
    lifecycle.stop().await;
    assert_eq!(
        lifecycle.failure(),
        Some(TaskFailure::Returned("inbox log"))
    );
}

#[tokio::test]
async fn periodic_work_is_done_on_each_tick_until_the_shutdown() {
    let lifecycle = Lifecycle::new();
    let (sender, mut done) = watch::channel(0);
    let ticks = tokio::time::interval(Duration::from_millis(1));
    lifecycle.spawn_periodic("disk", ticks, sender, |done| {
        Box::pin(async move { done.send_modify(|times| *times += 1) })
    });
    done.wait_for(|times| *times > 2).await.unwrap();
    lifecycle.stop().await;
    assert_eq!(lifecycle.failure(), None);
    assert!(done.has_changed().is_err(), "the task has ended");
}

#[tokio::test]
async fn a_task_that_hangs_does_not_hold_up_the_end_for_ever() {
    let lifecycle = Lifecycle::new();
    lifecycle.spawn("jobs", std::future::pending());
    lifecycle.stop_within(Duration::ZERO).await;
    assert_eq!(lifecycle.failure(), None);
    within_limit(async {}).await;
}
