//! How time passes: not at all while anything can be sent or is on its way, and then at once.

use std::time::{Duration, Instant};

use crate::{
    scene::{Scene, number},
    sender::DEADLINE,
};
use undersigned::clock::{Clock as _, Millis};

/// How often it is looked whether everything rests.
const LOOK: Duration = Duration::from_millis(4);

/// No run of these tests is about more time than this.
const END: Duration = Duration::from_hours(60 * 24);

/// How long requests are waited for, by the clock of the test. Nobody is given up so early.
const SOON: Duration = Duration::from_hours(1);

/// What is waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Until {
    /// So many more requests came, or no more of them will come within [`SOON`].
    Requests(usize),
    /// So much time passed.
    Later(Duration),
    /// Nothing is left to be sent.
    Nothing,
}

/// What the senders are doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Activity {
    /// Something is on its way, or could be.
    Busy,
    /// Nothing can be sent before this moment; `None` when nothing waits.
    Resting(Option<Millis>),
}

impl Scene {
    /// Lets time pass.
    pub(crate) async fn drive(&self, until: Until) {
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
                        // A sender of the ledger lives as long as the scene.
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

    /// Past `next` by half of the way: waits are scattered by a fifth, and those of one step go together.
    fn leap(&self, next: Millis, end: Millis) {
        let now = self.clock.now();
        let way = next.since(now);
        self.clock.set(now.plus(way + way / 2).min(end));
    }

    /// Both questions are asked of one snapshot; what rests in it goes on resting, because the clock stands.
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
            number(&mut tx, leases).await,
            tx.next_due(now).await.unwrap(),
        );
        if n_leased > 0 || next.is_some_and(|it| it <= now) {
            Activity::Busy
        } else {
            Activity::Resting(next)
        }
    }
}
