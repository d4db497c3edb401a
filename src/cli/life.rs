//! The life of a running server: what tells it to stop, what it finishes then, and what may not end before.
//!
//! - A first SIGTERM or Ctrl-C stops the server in order; a second one ends it at once.
//! - A task that ends by itself, by a return or a panic, would leave a server that answers and does half of its
//!   work: the whole server stops in order, and fails, so that a service manager starts it again.
//!
//! A database that fails is no such end: every task logs it and tries again.

use std::{any::Any, time::Duration};

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long a stop waits for what is under way, requests and deliveries alike (F-171).
const GRACE: Duration = Duration::from_secs(10);

/// How much longer it waits until everybody has written down what came of that.
const SETTLING: Duration = Duration::from_secs(5);

/// A task that ended although nobody stopped the server. Ends the process with exit code 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TaskFailure {
    /// It returned.
    #[error("the task `{0}` ended by itself, so the server stopped; the log says more")]
    Returned(&'static str),
    /// It panicked.
    #[error("the task `{task}` broke down, so the server stopped: {why}")]
    Panicked {
        /// Which one.
        task: &'static str,
        /// What it said.
        why: String,
    },
}

/// The tasks of a server.
#[derive(Debug)]
pub(super) struct Life {
    stop: CancellationToken,
    tracker: TaskTracker,
    fault: watch::Sender<Option<TaskFailure>>,
}

impl Life {
    /// Nothing runs yet.
    pub(super) fn new() -> Self {
        Self {
            stop: CancellationToken::new(),
            tracker: TaskTracker::new(),
            fault: watch::Sender::new(None),
        }
    }

    /// What a task has to watch: it ends soon after this is cancelled, and never before.
    pub(super) fn stop_token(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Runs a task under its name. It may end after the stop only; a panic is a fault at any time.
    pub(super) fn spawn(
        &self,
        task: &'static str,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        let (stop, fault) = (self.stop.clone(), self.fault.clone());
        self.tracker.spawn(async move {
            let found = match tokio::spawn(work).await {
                Ok(()) if stop.is_cancelled() => return,
                Ok(()) => TaskFailure::Returned(task),
                Err(error) => match error.try_into_panic() {
                    Ok(panic) => TaskFailure::Panicked {
                        task,
                        why: words(panic.as_ref()),
                    },
                    // Nobody aborts a task; the runtime does when the process ends.
                    Err(_) => return,
                },
            };
            tracing::error!(task, error = %found, "a task ended");
            // The first one is the cause of what follows.
            fault.send_if_modified(|known| {
                let is_first = known.is_none();
                known.get_or_insert(found);
                is_first
            });
        });
    }

    /// Waits until a task ends that may not.
    async fn breaks(&self) {
        let mut fault = self.fault.subscribe();
        // The sender is ours, so that it cannot be gone.
        fault.wait_for(Option::is_some).await.ok();
    }

    /// Waits until the server is told to stop, or has to because a task ended.
    pub(super) async fn lasts(&self, signals: &mut Signals) {
        tokio::select! {
            () = signals.told() => (),
            () = self.breaks() => (),
        }
    }

    /// Tells every task to stop, and waits for all of them, 15 seconds at most. What is not finished by then goes
    /// on with the next start.
    pub(super) async fn stop(&self) {
        self.stop_within(GRACE + SETTLING).await;
    }

    async fn stop_within(&self, patience: Duration) {
        self.stop.cancel();
        self.tracker.close();
        let finished = tokio::time::timeout(patience, self.tracker.wait()).await;
        if finished.is_err() {
            tracing::warn!("some work was not finished in time; it goes on with the next start");
        }
    }

    /// The first task that ended before its time, or by a panic.
    pub(super) fn fault(&self) -> Option<TaskFailure> {
        self.fault.borrow().clone()
    }
}

/// Does the last thing, but not for ever: what hangs may hold a connection of the database.
pub(super) async fn at_last(work: impl Future<Output = ()>) {
    if tokio::time::timeout(SETTLING, work).await.is_err() {
        tracing::warn!("the database did not take the last words in time");
    }
}

/// What a panic said.
fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("it said nothing").to_owned()
}

/// Ctrl-C and the signal that service managers send. Listened to from the beginning, so that one that comes while
/// the server starts is not lost.
#[derive(Debug)]
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// From now on neither of them ends the process by itself.
    pub(super) fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for the next one.
    pub(super) async fn told(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => (),
            _ = self.terminate.recv() => (),
        }
    }
}

#[cfg(test)]
#[path = "life_tests.rs"]
mod tests;
