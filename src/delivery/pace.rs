//! Slow hosts: when a host is slow, and how many requests slow and unknown hosts may hold at once. Pure.
//!
//! A request holds one of `delivery.workers` until it is answered or times out. Hosts that let us wait would soon hold
//! all of them, so all slow ones together get a quarter, and all that never answered yet get half; at least a quarter
//! is left for those that are known to answer in time. These are served first, except in every eighth turn, so that no
//! host waits for ever.

use std::time::Duration;

use crate::{
    rate_limit::{Share, Shares},
    store::HostPace,
};

/// A request that takes longer makes its host slow. Without any fault of the host, a connection around the world takes
/// half a second, and our own load some more.
const SLOW_AFTER: Duration = Duration::from_secs(1);

/// In one of so many turns the slow hosts come first.
const SLOW_FIRST_EVERY: u64 = 8;

/// Whether a request that took so long makes its host slow.
pub(super) fn is_late(took: Duration) -> bool {
    took >= SLOW_AFTER
}

/// The pace of a host after a batch: `late` when any of its requests was, `answered` when any of them was. One late
/// request makes the host slow, and answers without one make it quick again. A refused connection alone says nothing: it
/// takes no time, and the back-off knows what to do about it.
pub(super) const fn after(before: HostPace, late: bool, answered: bool) -> HostPace {
    match (late, answered) {
        (true, _) => HostPace::Slow,
        (false, true) => HostPace::Quick,
        (false, false) => before,
    }
}

/// The order in which a turn serves hosts.
pub(super) const fn order(turn: u64) -> [HostPace; 3] {
    if turn % SLOW_FIRST_EVERY == SLOW_FIRST_EVERY - 1 {
        [HostPace::Slow, HostPace::Unknown, HostPace::Quick]
    } else {
        [HostPace::Quick, HostPace::Unknown, HostPace::Slow]
    }
}

/// What all slow hosts together, and all unknown ones, have of the requests at once.
#[derive(Debug)]
pub(super) struct PaceShares {
    unknown: Shares<()>,
    slow: Shares<()>,
}

impl PaceShares {
    /// The shares of so many requests at once.
    pub(super) fn of(workers: usize) -> Self {
        Self {
            unknown: Shares::of(workers / 2),
            slow: Shares::of(workers / 4),
        }
    }

    /// How many more requests hosts of this pace may get.
    pub(super) fn left(&self, pace: HostPace) -> usize {
        self.bound(pace)
            .map_or(usize::MAX, |shares| shares.left(&()))
    }

    /// Up to `wanted` of them; `None` when there are none.
    pub(super) fn take(&self, pace: HostPace, wanted: usize) -> Option<Share<()>> {
        match self.bound(pace) {
            None => Some(Shares::uncounted((), wanted)),
            Some(shares) => shares.take(&(), wanted),
        }
    }

    const fn bound(&self, pace: HostPace) -> Option<&Shares<()>> {
        match pace {
            HostPace::Quick => None,
            HostPace::Unknown => Some(&self.unknown),
            HostPace::Slow => Some(&self.slow),
        }
    }
}
