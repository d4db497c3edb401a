//! How many requests one server may have at once, by how it answered the last ones.

use std::time::Duration;

/// The size with which every window begins.
const FIRST: usize = 2;

/// The largest size.
const MOST: usize = 32;

/// A good answer that took less makes room for one more.
const QUICK: Duration = Duration::from_secs(1);

/// An answer that took longer is as bad as none.
const SLOW: Duration = Duration::from_secs(3);

/// How many requests may be under way to one server. It grows by one with each good and quick answer, so that it
/// doubles in the time of one answer, and is halved by each one that is bad or slow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdaptiveWindow {
    size: usize,
    /// How long an answer takes, smoothed.
    takes: Duration,
}

impl Default for AdaptiveWindow {
    fn default() -> Self {
        Self {
            size: FIRST,
            takes: QUICK,
        }
    }
}

impl AdaptiveWindow {
    /// How many requests may be under way at once: 1 to 32.
    pub const fn size(&self) -> usize {
        self.size
    }

    /// Learns from one answer: whether it was `good`, and how long it took.
    pub fn answered(&mut self, good: bool, took: Duration) {
        self.takes = (self.takes * 7 + took) / 8;
        if !good || took >= SLOW {
            self.size = (self.size / 2).max(1);
        } else if took < QUICK {
            self.size = self.size.saturating_add(1).min(MOST);
        }
    }

    /// About how long it takes until so many further requests were answered.
    pub fn time_for(&self, requests: usize) -> Duration {
        let rounds = u32::try_from(requests.div_ceil(self.size)).unwrap_or(u32::MAX);
        self.takes.saturating_mul(rounds)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_window_grows_with_good_and_quick_answers_and_shrinks_with_others() {
        // Each step: how many answers, whether they were good, how many milliseconds each took; the size afterwards.
        let steps = [
            (0, true, 0, 2),
            (2, true, 50, 4),
            (4, true, 999, 8),
            (5, true, 1000, 8),
            (5, true, 2999, 8),
            (1, true, 3000, 4),
            (100, true, 50, 32),
            (1, false, 50, 16),
            (2, false, 9000, 4),
            (9, false, 50, 1),
            (9, true, 3000, 1),
            (1, true, 50, 2),
        ];
        let mut window = AdaptiveWindow::default();
        for (number, (answers, good, millis, size)) in steps.into_iter().enumerate() {
            for _ in 0..answers {
                window.answered(good, Duration::from_millis(millis));
            }
            assert_eq!(window.size(), size, "step {number}");
        }
    }

    #[test]
    fn the_time_for_many_requests_follows_from_the_answers() {
        let mut window = AdaptiveWindow::default();
        assert_eq!(window.time_for(0), Duration::ZERO);
        assert_eq!(window.time_for(3), Duration::from_secs(2));
        for _ in 0..100 {
            window.answered(true, Duration::from_millis(50));
        }
        let takes = window.time_for(640);
        assert!((1000..=1200).contains(&takes.as_millis()), "{takes:?}");
    }

    proptest! {
        #[test]
        fn a_window_is_never_closed_and_never_larger_than_it_may_be(
            answers in prop::collection::vec((any::<bool>(), 0_u64..5000), 0..500),
        ) {
            let mut window = AdaptiveWindow::default();
            for (good, millis) in answers {
                window.answered(good, Duration::from_millis(millis));
                prop_assert!((1..=MOST).contains(&window.size()));
            }
        }
    }
}
