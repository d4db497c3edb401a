//! How time passes: not at all while anything can be sent or is in flight, and then at once.

use std::time::{Duration, Instant};

use super::{scenario::Scenario, sender::DEADLINE};
use crate::support::sql;
use undersigned::clock::{Clock as _, Millis};

/// Interval between two checks whether everything is idle.
const LOOK: Duration = Duration::from_millis(4);

/// The most time that a run may take, by the clock of the test.
const END: Duration = Duration::from_hours(60 * 24);

/// How long requests are waited for, by the clock of the test; no host is given up so early.
const SOON: Duration = Duration::from_hours(1);

/// What to wait for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Until {
    /// This many more requests, or as many as come within [`SOON`].
    Requests(usize),
    /// This much time.
    Later(Duration),
    /// An empty queue.
    Nothing,
}

/// What the senders are doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Activity {
    /// Something is in flight, or could be.
    Busy,
    /// Nothing can be sent before this moment; `None` when nothing waits.
    Resting(Option<Millis>),
}

impl Scenario {
    /// Lets time pass.
    pub(super) async fn drive(&self, until: Until) {
        let mut arrived = self.hosts.ledger.n_arrived.subscribe();
        let before = *arrived.borrow_and_update();
        let begun = self.clock.now();
        let mut progress = (before, begun, Instant::now());
        loop {
            let seen = *arrived.borrow_and_update();
            if let Until::Requests(n) = until
                && seen >= before + n
            {
                return;
            }
            if (seen, self.clock.now()) != (progress.0, progress.1) {
                progress = (seen, self.clock.now(), Instant::now());
            }
            assert!(progress.2.elapsed() < DEADLINE, "nothing moves any more");
            let end = match until {
                Until::Later(while_) => begun.plus(while_),
                Until::Requests(_) => begun.plus(SOON),
                Until::Nothing => begun.plus(END),
            };
            match self.activity().await {
                Activity::Busy => {
                    tokio::select! {
                        () = tokio::time::sleep(LOOK) => (),
                        // The ledger, which sends this, lives as long as the scenario.
                        _ = arrived.changed(), if matches!(until, Until::Requests(_)) => (),
                    }
                }
                Activity::Resting(Some(next)) if next < end => self.leap(next, end),
                Activity::Resting(_) => {
                    match until {
                        Until::Later(_) => self.clock.set(end),
                        Until::Requests(_) | Until::Nothing => (),
                    }
                    return;
                }
            }
        }
    }

    /// Half of the way beyond `next`: retries are scattered by a fifth, and those of one step shall be due together.
    fn leap(&self, next: Millis, end: Millis) {
        let now = self.clock.now();
        let way = next.since(now);
        self.clock.set(now.plus(way + way / 2).min(end));
    }

    /// Both queries see one snapshot; what is idle in it stays idle, because the clock stands still.
    async fn activity(&self) -> Activity {
        let now = self.clock.now();
        let names: Vec<_> = self
            .senders
            .iter()
            .map(|it| format!("'{}'", it.name))
            .collect();
        let leases = format!(
            "SELECT COUNT(*) FROM host WHERE leased_until > {} AND leased_by IN ({})",
            now.as_millis(),
            names.join(", ")
        );
        let mut tx = self.store.read().await.unwrap();
        let (n_leased, next) = (
            sql::number(&mut tx, &leases).await,
            tx.next_due(now).await.unwrap(),
        );
        if n_leased > 0 || next.is_some_and(|due| due <= now) {
            Activity::Busy
        } else {
            Activity::Resting(next)
        }
    }
}
