//! The circuit breaker of a sending server, as Mastodon has one for each inbox: after ten failures nothing is sent there for
//! a minute.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use undersigned::clock::{Clock, Millis};

/// The failures that open it.
const FAILURES: usize = 10;

/// How long it stays open.
const OPEN_FOR: Duration = Duration::from_mins(1);

/// A breaker for each inbox.
#[derive(Debug)]
pub(crate) struct Breakers {
    clock: Arc<dyn Clock>,
    by_inbox: Mutex<HashMap<String, Breaker>>,
}

#[derive(Debug, Default)]
struct Breaker {
    failures: usize,
    open_until: Option<Millis>,
    opened: usize,
}

impl Breakers {
    /// All closed.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            by_inbox: Mutex::default(),
        }
    }

    /// Whether anything may be sent to this inbox now.
    pub(crate) fn may_send(&self, inbox: &str) -> bool {
        let open_until = self.of(inbox, |breaker| breaker.open_until);
        open_until.is_none_or(|until| until <= self.clock.now())
    }

    /// Notes an answer of this inbox; `None` when there was none in time.
    pub(crate) fn answered(&self, inbox: &str, status: Option<u16>) {
        if status.is_some_and(|status| status < 500 && status != 429) {
            return;
        }
        let until = self.clock.now().plus(OPEN_FOR);
        self.of(inbox, |breaker| {
            breaker.failures += 1;
            if breaker.failures >= FAILURES {
                breaker.failures = 0;
                breaker.opened += 1;
                breaker.open_until = Some(until);
            }
        });
    }

    /// How often this inbox was given a rest.
    pub(crate) fn times_opened(&self, inbox: &str) -> usize {
        self.of(inbox, |breaker| breaker.opened)
    }

    fn of<T>(&self, inbox: &str, ask: impl FnOnce(&mut Breaker) -> T) -> T {
        let mut by_inbox = self.by_inbox.lock().unwrap();
        ask(by_inbox.entry(inbox.to_owned()).or_default())
    }
}
