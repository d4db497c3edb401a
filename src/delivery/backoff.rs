//! Exponential back-off with jitter. Pure: failures in, a duration out; randomness is a parameter.

use std::time::Duration;

use crate::random::Random;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// The wait after the first failure, the second and so on, in seconds; the last one repeats.
const STEPS: [u64; 7] = [
    MINUTE,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    6 * HOUR,
    12 * HOUR,
    LONGEST.as_secs(),
];

/// The longest wait between two attempts, before jitter. A longer `Retry-After` is cut to it.
pub(super) const LONGEST: Duration = Duration::from_hours(24);

/// The shortest wait that a host can ask for: a date in the past must not become a loop.
const SHORTEST_ASKED: Duration = Duration::from_secs(1);

/// The wait after the very first failure at first contact, in seconds. GoToSocial answers 401 while it fetches an
/// unknown actor, and takes the next attempt.
const FIRST_CONTACT: u64 = 15;

/// Whether a host has ever taken anything from us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contact {
    /// Never.
    First,
    /// Before.
    Known,
}

/// The wait after the `failures`th failure in a row (from 1), with a jitter of 20 %.
pub(super) fn delay(failures: i64, contact: Contact, random: &dyn Random) -> Duration {
    let earlier = usize::try_from(failures.saturating_sub(1)).unwrap_or(0);
    let step = |number: usize| STEPS.get(number).copied().unwrap_or(LONGEST.as_secs());
    let seconds = match (contact, earlier) {
        (Contact::First, 0) => FIRST_CONTACT,
        (Contact::First, _) => step(earlier.saturating_sub(1)),
        (Contact::Known, _) => step(earlier),
    };
    // Jitter: deliveries that failed at the same moment must not be tried again at the same moment.
    let mut bytes = [0; 8];
    random.fill(&mut bytes);
    let thousandths = 800 + u64::from_le_bytes(bytes) % 401;
    Duration::from_millis(seconds.saturating_mul(thousandths))
}

/// The wait that a host asked for by `Retry-After` (RFC 9110, section 10.2.3): as it said, but at least
/// [`SHORTEST_ASKED`] and up to [`LONGEST`].
pub(super) fn asked(retry_after: Duration) -> Duration {
    retry_after.clamp(SHORTEST_ASKED, LONGEST)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::SeededRandom;

    #[test]
    fn the_wait_grows_from_a_minute_to_a_day() {
        let check = |contact, seconds: &[u64]| {
            for (failures, expected) in (1..).zip(seconds) {
                let wait = delay(failures, contact, &SeededRandom::new(7)).as_millis();
                let expected = u128::from(*expected) * 1000;
                let allowed = expected * 8 / 10..=expected * 12 / 10;
                assert!(
                    allowed.contains(&wait),
                    "{contact:?}, failure {failures}: {wait} ms"
                );
            }
        };
        check(
            Contact::Known,
            &[60, 300, 1800, 7200, 21_600, 43_200, 86_400, 86_400],
        );
        check(
            Contact::First,
            &[15, 60, 300, 1800, 7200, 21_600, 43_200, 86_400, 86_400],
        );
    }

    #[test]
    fn retry_after_is_obeyed_between_a_second_and_a_day() {
        for (header, expected) in [(0, 1), (1, 1), (5, 5), (600, 600), (u64::MAX, 86_400)] {
            let wait = asked(Duration::from_secs(header));
            assert_eq!(wait.as_secs(), expected, "{header}");
        }
    }

    proptest! {
        #[test]
        fn every_wait_lies_between_seconds_and_little_more_than_a_day(failures: i64, seed: u64) {
            for contact in [Contact::First, Contact::Known] {
                let wait = delay(failures, contact, &SeededRandom::new(seed));
                prop_assert!(wait >= Duration::from_secs(12));
                prop_assert!(wait <= LONGEST * 12 / 10);
            }
        }

        #[test]
        fn two_hosts_hardly_ever_wait_equally_long(seed: u64) {
            let random = SeededRandom::new(seed);
            let waits: std::collections::HashSet<_> =
                (0..20).map(|_| delay(7, Contact::Known, &random)).collect();
            prop_assert!(waits.len() > 10);
        }
    }
}
