//! Tasks, faults and shutdown within one process. `tests/federation/stopping.rs` tests the signals with the real
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
async fn tasks_that_end_when_they_are_told_to_are_no_fault() {
    let life = Life::new();
    life.spawn("courier", lasting(life.stop_token()));
    life.spawn("journal", lasting(life.stop_token()));
    assert_eq!(life.fault(), None);
    life.stop().await;
    assert_eq!(life.fault(), None);
}

#[tokio::test]
async fn a_task_that_returns_by_itself_stops_the_others_in_order_and_is_named() {
    let life = Life::new();
    let (stop, in_order) = (life.stop_token(), Arc::new(AtomicBool::new(false)));
    let settled = Arc::clone(&in_order);
    life.spawn("courier", async move {
        stop.cancelled().await;
        tokio::task::yield_now().await;
        settled.store(true, Ordering::SeqCst);
    });
    life.spawn("watcher", async {});
    life.breaks().await;
    life.stop().await;
    assert!(in_order.load(Ordering::SeqCst));
    let fault = life.fault().unwrap();
    assert_eq!(fault, TaskFailure::Returned("watcher"));
    assert!(fault.to_string().contains("`watcher`"), "{fault}");
}

#[tokio::test]
async fn a_task_that_panics_is_named_with_its_words() {
    let life = Life::new();
    life.spawn("courier", lasting(life.stop_token()));
    life.spawn("writer", async { panic!("{} and more", "out of ink") });
    life.breaks().await;
    life.stop().await;
    let why = "out of ink and more".to_owned();
    assert_eq!(
        life.fault(),
        Some(TaskFailure::Panicked {
            task: "writer",
            why
        })
    );
}

#[tokio::test]
async fn a_panic_while_stopping_is_a_fault_all_the_same() {
    let life = Life::new();
    let stop = life.stop_token();
    life.spawn("jobs", async move {
        stop.cancelled().await;
        panic!("too late");
    });
    life.stop().await;
    assert!(matches!(
        life.fault(),
        Some(TaskFailure::Panicked { task: "jobs", .. })
    ));
}

#[tokio::test]
async fn of_several_that_end_the_first_is_told() {
    let life = Life::new();
    life.spawn("journal", async {});
    life.breaks().await;
    life.spawn("disk", async { panic!("after that") });
    life.stop().await;
    assert_eq!(life.fault(), Some(TaskFailure::Returned("journal")));
}

#[tokio::test]
async fn a_task_that_hangs_does_not_hold_up_the_end_for_ever() {
    let life = Life::new();
    life.spawn("jobs", std::future::pending());
    life.stop_within(Duration::ZERO).await;
    assert_eq!(life.fault(), None);
    at_last(async {}).await;
}
