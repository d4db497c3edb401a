//! The lifecycle of a running server: its tasks, the signals that stop it, and an orderly shutdown.
//!
//! - A first SIGTERM, SIGHUP or Ctrl-C stops the server in order; a second one ends it at once. Nothing is reloaded:
//!   a terminal that closes sends SIGHUP, too.
//! - A task that ends by itself, by a return or a panic, would leave a server that does only half of its work. The
//!   whole server then stops in order with an error, so that a service manager restarts it.
//!
//! A database that fails ends no task: every task logs the error and tries again. Only a SQLite file that was moved or
//! replaced ends the server.

use std::{any::Any, time::Duration};

use futures_util::future::BoxFuture;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
    time::{Interval, MissedTickBehavior},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long a shutdown waits for requests and deliveries in flight.
pub(super) const GRACE: Duration = Duration::from_secs(10);

/// How much longer a shutdown waits until every task has stored the results.
const SETTLING: Duration = Duration::from_secs(5);

/// A task that ended although nobody stopped the server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TaskFailure {
    /// The task returned.
    #[error("the task `{0}` ended by itself, so the server stopped; the log says more")]
    Returned(&'static str),
    /// The task panicked.
    #[error("the task `{task}` broke down, so the server stopped: {why}")]
    Panicked {
        /// Its name.
        task: &'static str,
        /// The panic message.
        why: String,
    },
}

impl TaskFailure {
    /// The task's name.
    pub(super) const fn task(&self) -> &'static str {
        match self {
            Self::Returned(task) | Self::Panicked { task, .. } => task,
        }
    }
}

/// A second signal ended the process before the shutdown was complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "told to stop a second time: ended at once; what was under way goes on with the next start"
)]
pub(super) struct Interrupted;

/// The tasks of a server.
#[derive(Debug)]
pub(super) struct Lifecycle {
    stop: CancellationToken,
    tracker: TaskTracker,
    failure: watch::Sender<Option<TaskFailure>>,
}

impl Lifecycle {
    /// A lifecycle without tasks.
    pub(super) fn new() -> Self {
        Self {
            stop: CancellationToken::new(),
            tracker: TaskTracker::new(),
            failure: watch::Sender::new(None),
        }
    }

    /// The token that every task watches: a task ends soon after it is cancelled, and never before.
    pub(super) fn stop_token(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Runs a task under its name. A return before the shutdown is a failure; a panic is one at any time.
    pub(super) fn spawn(
        &self,
        task: &'static str,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        let (stop, failure) = (self.stop.clone(), self.failure.clone());
        self.tracker.spawn(async move {
            let found = match tokio::spawn(work).await {
                Ok(()) if stop.is_cancelled() => return,
                Ok(()) => TaskFailure::Returned(task),
                Err(error) => match error.try_into_panic() {
                    Ok(panic) => TaskFailure::Panicked {
                        task,
                        why: panic_message(panic.as_ref()),
                    },
                    // Nobody aborts a task; the runtime does when the process ends.
                    Err(_) => return,
                },
            };
            tracing::error!(task, error = %found, "a task ended unexpectedly");
            // Only the first failure is kept: it is the cause of the others.
            failure.send_if_modified(|known| {
                let is_first = known.is_none();
                known.get_or_insert(found);
                is_first
            });
        });
    }

    /// Runs `work` as a task of its own on each tick, until the shutdown. A tick that comes while `work` still runs
    /// delays those after it.
    pub(super) fn spawn_periodic<S: Send + 'static>(
        &self,
        task: &'static str,
        mut ticks: Interval,
        mut state: S,
        mut work: impl for<'a> FnMut(&'a mut S) -> BoxFuture<'a, ()> + Send + 'static,
    ) {
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let stop = self.stop_token();
        self.spawn(task, async move {
            loop {
                tokio::select! {
                    () = stop.cancelled() => return,
                    _ = ticks.tick() => work(&mut state).await,
                }
            }
        });
    }

    /// Waits until a task ends before the shutdown.
    async fn task_fails(&self) {
        let mut failure = self.failure.subscribe();
        // `self` holds the sender, so waiting cannot fail.
        failure.wait_for(Option::is_some).await.ok();
    }

    /// Waits for a signal to stop, or for the unexpected end of a task.
    pub(super) async fn run_until_stopped(&self, signals: &mut ShutdownSignals) {
        tokio::select! {
            signal = signals.received() => tracing::info!(signal, "stopping"),
            () = self.task_fails() => tracing::info!("stopping"),
        }
    }

    /// Tells every task to stop, and waits for all of them, 15 seconds at most. Unfinished work resumes at the next
    /// start.
    pub(super) async fn stop(&self) {
        self.stop_within(GRACE + SETTLING).await;
    }

    async fn stop_within(&self, patience: Duration) {
        self.stop.cancel();
        self.tracker.close();
        let finished = tokio::time::timeout(patience, self.tracker.wait()).await;
        if finished.is_err() {
            tracing::warn!("some tasks did not stop in time; their work resumes at the next start");
        }
    }

    /// The first failure, if any task ended by itself or by a panic.
    pub(super) fn failure(&self) -> Option<TaskFailure> {
        self.failure.borrow().clone()
    }
}

/// Runs the last step of a shutdown with a time limit: a task that hangs may hold a connection of the database.
pub(super) async fn within_limit(work: impl Future<Output = ()>) {
    if tokio::time::timeout(SETTLING, work).await.is_err() {
        tracing::warn!("the last writes to the database timed out");
    }
}

/// The message of a panic.
fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("it said nothing").to_owned()
}

/// SIGINT (Ctrl-C), SIGTERM and SIGHUP. Registered before the server starts, so that a signal during the start is not lost.
#[derive(Debug)]
pub(super) struct ShutdownSignals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl ShutdownSignals {
    /// Registers them; from now on none of them ends the process by itself.
    pub(super) fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the next signal, and gives its name.
    pub(super) async fn received(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.hang_up.recv() => "SIGHUP",
        }
    }
}

#[cfg(test)]
#[path = "lifecycle_tests.rs"]
mod tests;
