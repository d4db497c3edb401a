//! The time window of a signature, the same for every scheme.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Refusal, SignError};
use crate::clock::Millis;

/// The allowed difference between two clocks: Mastodon's margin.
const MARGIN: Duration = Duration::from_hours(1);

/// The lifetime of a signature without an expiry: five minutes, as in Mastodon.
const LIFETIME: Duration = Duration::from_mins(5);

/// Refuses signatures that are too old or too far ahead.
pub(super) fn check_signed_at(signed_at: Millis, now: Millis) -> Result<(), Refusal> {
    if signed_at > now.plus(MARGIN) {
        return Err(Refusal::InFuture);
    }
    if now > signed_at.plus(LIFETIME).plus(MARGIN) {
        return Err(Refusal::TooOld);
    }
    Ok(())
}

/// Refuses expired signatures. Without a margin, because the draft forbids to process them.
pub(super) fn check_expires(expires: Millis, now: Millis) -> Result<(), Refusal> {
    if now > expires {
        Err(Refusal::Expired)
    } else {
        Ok(())
    }
}

/// The moment that many seconds after 1970.
pub(super) fn from_seconds(seconds: i64) -> Millis {
    Millis::from_millis(seconds.saturating_mul(1000))
}

/// Reads a `Date` header in any of the three HTTP formats; `None` for everything else.
pub(super) fn parse_http_date(text: &str) -> Option<Millis> {
    let since = httpdate::parse_http_date(text)
        .ok()?
        .duration_since(UNIX_EPOCH)
        .ok()?;
    i64::try_from(since.as_millis())
        .ok()
        .map(Millis::from_millis)
}

/// The whole seconds since 1970, the precision of every time format here.
pub(super) fn seconds(now: Millis) -> Result<u64, SignError> {
    /// The first second of the year 10000, which a `Date` header cannot express.
    const END: u64 = 253_402_300_800;
    u64::try_from(now.as_millis().div_euclid(1000))
        .ok()
        .filter(|seconds| *seconds < END)
        .ok_or(SignError::Clock(now.as_millis()))
}

/// Writes a `Date` header, in GMT.
pub(super) fn http_date(now: Millis) -> Result<String, SignError> {
    let since = Duration::from_secs(seconds(now)?);
    let time = SystemTime::UNIX_EPOCH.checked_add(since);
    Ok(httpdate::fmt_http_date(
        time.ok_or(SignError::Clock(now.as_millis()))?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis::from_millis(1_795_348_800_000);

    #[test]
    fn a_signature_counts_from_an_hour_ahead_to_sixty_five_minutes_ago() {
        let minutes = |minutes: i64| Millis::from_millis(NOW.as_millis() + minutes * 60_000);
        let second = Duration::from_secs(1);
        let cases = [
            (minutes(0), Ok(())),
            (minutes(60), Ok(())),
            (minutes(60).plus(second), Err(Refusal::InFuture)),
            (minutes(-65), Ok(())),
            (minutes(-65).minus(second), Err(Refusal::TooOld)),
            (Millis::from_millis(i64::MIN), Err(Refusal::TooOld)),
            (from_seconds(i64::MAX), Err(Refusal::InFuture)),
        ];
        for (signed_at, expected) in cases {
            assert_eq!(
                check_signed_at(signed_at, NOW),
                expected,
                "{}",
                signed_at.as_millis()
            );
        }
    }

    #[test]
    fn an_expired_signature_is_refused_at_once() {
        assert_eq!(check_expires(NOW, NOW), Ok(()));
        let before = NOW.minus(Duration::from_millis(1));
        assert_eq!(check_expires(before, NOW), Err(Refusal::Expired));
    }

    #[test]
    fn dates_are_written_in_gmt_and_read_in_all_forms_of_http() {
        let written = http_date(NOW).unwrap();
        assert_eq!(written, "Sun, 22 Nov 2026 12:00:00 GMT");
        for text in [
            &written,
            "Sunday, 22-Nov-26 12:00:00 GMT",
            "Sun Nov 22 12:00:00 2026",
        ] {
            assert_eq!(parse_http_date(text), Some(NOW), "{text}");
        }
        for text in [
            "",
            "now",
            "2026-11-22T12:00:00Z",
            "Sun, 22 Nov 2026 12:00:00 +0100",
        ] {
            assert_eq!(parse_http_date(text), None, "{text}");
        }
    }

    #[test]
    fn a_clock_outside_of_what_a_date_can_say_is_an_error() {
        for wrong in [-1, 253_402_300_800_000, i64::MIN, i64::MAX] {
            let answer = http_date(Millis::from_millis(wrong));
            assert!(
                matches!(answer, Err(SignError::Clock(at)) if at == wrong),
                "{wrong}"
            );
        }
        let last = http_date(Millis::from_millis(253_402_300_799_999)).unwrap();
        assert_eq!(last, "Fri, 31 Dec 9999 23:59:59 GMT");
    }
}
