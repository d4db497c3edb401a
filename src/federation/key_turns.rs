//! Turns at fetching keys: whoever needs a key waits here until it may be fetched.
//!
//! [`key_queue`](super::key_queue) decides whose turn it is. Nothing of those who wait is written to disk.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::oneshot;
use url::Url;

use super::{
    client_ip::Caller,
    key_queue::{Asker, KeyQueue, Leave, Outcome, Refused},
};
use crate::{
    clock::{Clock, Millis},
    http_client::{pace::counted_domain, single_flight::FetchLane},
    signature::authority,
};

/// The turns of everybody. Clones share them.
#[derive(Clone, Debug)]
pub struct KeyTurns {
    queue: Arc<Mutex<KeyQueue>>,
    clock: Arc<dyn Clock>,
}

impl KeyTurns {
    /// At most so many fetches at once: `limits.fetches_in_flight`.
    pub fn new(fetches_in_flight: usize, clock: Arc<dyn Clock>) -> Self {
        Self {
            queue: Arc::new(Mutex::new(KeyQueue::new(fetches_in_flight))),
            clock,
        }
    }

    /// Whether this caller has proved in the last day to speak for a host.
    pub fn is_proven(&self, caller: Caller, host: &str) -> bool {
        self.lane(caller, host) == FetchLane::Proven
    }

    /// In whose name a key of this host would be fetched for this caller.
    pub(super) fn lane(&self, caller: Caller, host: &str) -> FetchLane {
        self.lock().lane(caller.0, host, self.clock.now())
    }

    /// Notes an authentic activity: this caller speaks for the host of the key.
    pub(super) fn proved(&self, caller: Caller, key_id: &str) {
        let Some(host) = host_of(key_id) else {
            return;
        };
        let now = self.clock.now();
        if self.lock().note_again(caller.0, &host, now) {
            return;
        }
        if let Some(asker) = asker(caller, key_id) {
            self.lock().proved(&asker, now);
        }
    }

    /// From now on this caller is not known to speak for the host of the key.
    pub(super) fn distrust(&self, caller: Caller, key_id: &str) {
        if let Some(asker) = asker(caller, key_id) {
            self.lock().distrust(&asker);
        }
    }

    /// About how long whoever comes now would wait.
    pub(super) fn wait(&self, caller: Caller, key_id: &str) -> Duration {
        let Some(asker) = asker(caller, key_id) else {
            return Duration::ZERO;
        };
        let queue = self.lock();
        let lane = queue.lane(asker.network, &asker.host, self.clock.now());
        queue.wait(&asker.domain, lane)
    }

    /// Waits for the turn to fetch a key for this caller. Whoever stops waiting, by dropping the future, loses the
    /// place.
    ///
    /// # Errors
    /// [`Refused`] when there is no place to wait, or none any more.
    pub(super) async fn turn(&self, caller: Caller, key: &Url) -> Result<Turn, Refused> {
        let asker = Asker {
            network: caller.0,
            host: authority(key).unwrap_or_default(),
            domain: counted_domain(key),
        };
        let leave = self.lock().ask(&asker, self.clock.now())?;
        let mut waiting = Waiting {
            turns: self,
            asker,
            leave,
            is_over: false,
        };
        let leave = (&mut waiting.leave).await;
        waiting.is_over = true;
        match leave {
            Ok(leave) => Ok(self.begun(leave)),
            Err(_sent_away) => Err(Refused::Full {
                wait: self.wait(caller, key.as_str()),
            }),
        }
    }

    fn begun(&self, leave: Leave) -> Turn {
        Turn {
            turns: self.clone(),
            begun_at: self.clock.now(),
            outcome: Outcome::Unused,
            leave: Some(leave),
        }
    }

    /// A poisoned lock is taken over: what is counted twice or not at all is a place more or less.
    fn lock(&self) -> MutexGuard<'_, KeyQueue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The host of a URL.
pub(super) fn host_of(url: &str) -> Option<String> {
    Url::parse(url).ok().as_ref().and_then(authority)
}

/// Who asks for the key with this id; `None` when the id has no host.
fn asker(caller: Caller, key_id: &str) -> Option<Asker> {
    let url = Url::parse(key_id).ok()?;
    Some(Asker {
        network: caller.0,
        host: authority(&url)?,
        domain: counted_domain(&url),
    })
}

/// Somebody who waits.
struct Waiting<'a> {
    turns: &'a KeyTurns,
    asker: Asker,
    leave: oneshot::Receiver<Leave>,
    /// Whether it has been told.
    is_over: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        self.leave.close();
        // A turn that came in this moment goes back.
        match self.leave.try_recv() {
            Ok(leave) => drop(self.turns.begun(leave)),
            Err(_none) => self.turns.lock().sweep(&self.asker),
        }
    }
}

/// The turn to fetch one key; it ends when it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    turns: KeyTurns,
    begun_at: Millis,
    outcome: Outcome,
    leave: Option<Leave>,
}

impl Turn {
    /// In whose name the key is fetched.
    pub(super) fn lane(&self) -> FetchLane {
        let leave = self.leave.as_ref();
        leave.map_or(FetchLane::Unproven, |leave| leave.lane)
    }

    /// Ends the turn with what came of it.
    pub(super) fn end(mut self, outcome: Outcome) {
        self.outcome = outcome;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let now = self.turns.clock.now();
        if let Some(leave) = self.leave.take() {
            let took = now.since(self.begun_at);
            self.turns.lock().ended(leave, self.outcome, took, now);
        }
    }
}
