//! Requests that are turned away because too many others wait, as the log tells of them.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use crate::{
    clock::Millis,
    rate_limit::{Rate, RateLimits},
};

/// The time between two lines of the log about requests that were turned away: more of them would fill it.
const SAID_EVERY: Duration = Duration::from_mins(1);

/// How many requests were turned away because too many others waited.
#[derive(Debug)]
pub struct TurnedAway {
    unsaid: AtomicU64,
    lines: RateLimits,
}

impl Default for TurnedAway {
    fn default() -> Self {
        Self {
            unsaid: AtomicU64::new(0),
            lines: RateLimits::new(Rate::one_in(SAID_EVERY)),
        }
    }
}

impl TurnedAway {
    /// Counts one. Returns how many there were since the last line of the log, if it is time for another one.
    pub fn count(&self, now: Millis) -> Option<u64> {
        self.unsaid.fetch_add(1, Ordering::Relaxed);
        let may_say = self.lines.take((), now, Duration::ZERO).is_ok();
        may_say.then(|| self.unsaid.swap(0, Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_that_is_turned_away_is_one_line_a_minute_with_its_size() {
        let turned_away = TurnedAway::default();
        let said = [0, 1, 59_999, 60_000, 60_001, 200_000]
            .map(|millis| turned_away.count(Millis::from_millis(millis)));
        assert_eq!(said, [Some(1), None, None, Some(3), None, Some(2)]);
    }
}
