//! Times as people type them: instants, dates, local times with or without a zone, and spans.
//!
//! What is meant by a date or a span depends on the option ([`Sense`]), the current time and the system's zone, all of
//! which are passed in.

use std::str::FromStr;

use jiff::{
    Span, Timestamp, ZonedDateTime,
    civil::{Date, DateTime},
    tz::TimeZone,
};

use crate::clock::Millis;

/// A time as it was typed, with what it needs to become an instant.
#[derive(Clone, Debug)]
pub(super) enum TimeArg {
    /// An instant, such as `2026-11-22T12:00:00Z`.
    Instant(Millis),
    /// A local time in a zone that was named, such as `2026-11-22 13:00 Europe/Berlin`.
    Zoned(Millis),
    /// A local time in the system's zone, such as `2026-11-22 13:00`.
    Local(DateTime),
    /// A whole day in the system's zone, such as `2026-11-22`.
    Day(Date),
    /// A span, such as `2h`; `3 days ago` is negative.
    Span(Span),
}

/// What a date and a span mean to an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sense {
    /// A span is ago, and a date begins: `--after`, `--before`, `--since`, `status --at`.
    Past,
    /// A span is ahead, and a date ends: `letter close --at`.
    Deadline,
    /// A span is ahead, and a date begins: `letter launch --at`.
    Beginning,
}

/// What may be typed, for help and errors.
const EXAMPLES: &str =
    "2026-11-22, \"2026-11-22 13:00 Europe/Berlin\", 2026-11-22T12:00:00Z, 2h or \"3 days\"";

impl FromStr for TimeArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let read = Millis::parse_rfc3339(text)
            .map(Self::Instant)
            .or_else(|| Some(Self::Day(day(text)?)))
            .or_else(|| Some(Self::Span(span(text)?)))
            .or_else(|| Some(Self::Zoned(zoned(text)?)))
            .or_else(|| Some(Self::Local(local(text)?)));
        read.ok_or_else(|| format!("not a time such as {EXAMPLES}"))
    }
}

impl TimeArg {
    /// The instant that is meant. A local time that a change of clocks leaves out or repeats is taken as most calendars
    /// take it: later by what was left out, or the first of the two.
    ///
    /// # Errors
    /// A sentence when it lies outside of the years 0 to 9999.
    pub(super) fn instant(
        &self,
        sense: Sense,
        now: Millis,
        zone: &TimeZone,
    ) -> Result<Millis, String> {
        let found = match self {
            Self::Instant(at) | Self::Zoned(at) => Some(*at),
            Self::Local(local) => millis(&local.to_zoned_datetime(zone.clone())),
            Self::Day(date) => {
                let day = match sense {
                    Sense::Past | Sense::Beginning => Ok(*date),
                    Sense::Deadline => date.tomorrow(),
                };
                day.ok()
                    .and_then(|day| millis(&day.to_zoned_datetime(zone.clone())))
            }
            Self::Span(span) => Timestamp::from_millisecond(now.as_millis())
                .ok()
                .and_then(|now| {
                    let now = now.to_zoned_datetime(zone.clone());
                    let is_ago = span.is_negative() || sense == Sense::Past;
                    let span = span.abs();
                    millis(&if is_ago {
                        now.checked_sub(span)
                    } else {
                        now.checked_add(span)
                    })
                }),
        };
        found.ok_or_else(|| "that is outside of the years 0 to 9999".to_owned())
    }
}

/// A date and nothing else.
fn day(text: &str) -> Option<Date> {
    // The parser of dates would also take a date with a time, and drop the time.
    let is_date = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'-');
    let is_date = is_date && text.len() == "2026-11-22".len();
    text.parse().ok().filter(|_| is_date)
}

/// A span with units, such as `2h`, `1 week`, `3 days ago`.
fn span(text: &str) -> Option<Span> {
    // Without a sign of its own: which way it goes is the option's affair.
    let begins = text.starts_with(|first: char| first.is_ascii_digit());
    let span: Span = text.parse().ok().filter(|_| begins)?;
    (!span.is_zero()).then_some(span)
}

/// A date and a time with an offset or the name of a zone, in brackets or behind a blank.
fn zoned(text: &str) -> Option<Millis> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return in_range(at);
    }
    if let Ok(zoned) = text.parse::<ZonedDateTime>() {
        return in_range(zoned.timestamp());
    }
    let (time, zone) = text.rsplit_once(' ')?;
    if zone.starts_with(['+', '-']) {
        return in_range(format!("{time}{zone}").parse().ok()?);
    }
    let zone = TimeZone::get(zone).ok()?;
    millis(&local(time.trim_end())?.to_zoned_datetime(zone))
}

/// A date and a time without a zone.
fn local(text: &str) -> Option<DateTime> {
    text.parse().ok().filter(|_| text.contains(':'))
}

fn millis(zoned: &Result<ZonedDateTime, jiff::Error>) -> Option<Millis> {
    in_range(zoned.as_ref().ok()?.timestamp())
}

/// The instant, if RFC 3339 can write its year.
fn in_range(at: Timestamp) -> Option<Millis> {
    let at = Millis::from_millis(at.as_millisecond());
    Millis::parse_rfc3339(&at.to_rfc3339()).map(|_| at)
}

/// A moment in words, such as "3 minutes ago", for people who want to know whether something still happens.
pub(super) fn ago(at: Millis, now: Millis) -> String {
    format!("{} ago", span_between(at, now))
}

/// A moment that comes, such as "in 3 minutes".
pub(super) fn ahead(at: Millis, now: Millis) -> String {
    format!("in {}", span_between(now, at))
}

/// A span in words, such as "3 minutes".
pub(super) fn span_between(at: Millis, now: Millis) -> String {
    let seconds = now.since(at).as_secs();
    let (n, unit) = match seconds {
        0..=119 => (seconds, "second"),
        120..=7_199 => (seconds / 60, "minute"),
        7_200..=172_799 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noon on 22 November 2026 in UTC.
    const NOW: Millis = Millis::from_millis(1_795_348_800_000);

    /// What is meant, in a zone whose clocks changed on 25 October 2026.
    fn meant(text: &str, sense: Sense) -> Option<String> {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let time: TimeArg = text.parse().ok()?;
        time.instant(sense, NOW, &zone).ok().map(Millis::to_rfc3339)
    }

    #[test]
    fn a_time_is_taken_as_people_mean_it() {
        for (text, past, deadline) in [
            // An instant.
            ("2026-11-22T12:00:00Z", "2026-11-22T12:00:00Z", None),
            ("2026-11-22T13:00:00+01:00", "2026-11-22T12:00:00Z", None),
            ("2026-11-22 13:00+01:00", "2026-11-22T12:00:00Z", None),
            ("2026-11-22 12:00Z", "2026-11-22T12:00:00Z", None),
            // With a zone, which is not the system's.
            (
                "2026-11-22 07:00 America/New_York",
                "2026-11-22T12:00:00Z",
                None,
            ),
            (
                "2026-11-22T07:00[America/New_York]",
                "2026-11-22T12:00:00Z",
                None,
            ),
            ("2026-11-22 13:00 +01:00", "2026-11-22T12:00:00Z", None),
            ("2026-11-22 12:00 UTC", "2026-11-22T12:00:00Z", None),
            // In the system's zone, in summer and in winter.
            ("2026-11-22 13:00", "2026-11-22T12:00:00Z", None),
            ("2026-07-01T13:00:30", "2026-07-01T11:00:30Z", None),
            // Left out and repeated by a change of clocks.
            ("2026-03-29 02:30", "2026-03-29T01:30:00Z", None),
            ("2026-10-25 02:30", "2026-10-25T00:30:00Z", None),
            // A day has a beginning and an end.
            (
                "2026-11-22",
                "2026-11-21T23:00:00Z",
                Some("2026-11-22T23:00:00Z"),
            ),
            (
                "2026-10-25",
                "2026-10-24T22:00:00Z",
                Some("2026-10-25T23:00:00Z"),
            ),
            // A span is ago or ahead, unless it says which.
            ("2h", "2026-11-22T10:00:00Z", Some("2026-11-22T14:00:00Z")),
            (
                "90 min",
                "2026-11-22T10:30:00Z",
                Some("2026-11-22T13:30:00Z"),
            ),
            (
                "3 days",
                "2026-11-19T12:00:00Z",
                Some("2026-11-25T12:00:00Z"),
            ),
            ("3 days ago", "2026-11-19T12:00:00Z", None),
            (
                "1 day 6 hours",
                "2026-11-21T06:00:00Z",
                Some("2026-11-23T18:00:00Z"),
            ),
            // A day is a day on the calendar, also when it has 25 hours.
            (
                "29 days",
                "2026-10-24T11:00:00Z",
                Some("2026-12-21T12:00:00Z"),
            ),
            (
                "1 week",
                "2026-11-15T12:00:00Z",
                Some("2026-11-29T12:00:00Z"),
            ),
        ] {
            assert_eq!(meant(text, Sense::Past).as_deref(), Some(past), "{text}");
            let deadline = deadline.unwrap_or(past);
            let found = meant(text, Sense::Deadline);
            assert_eq!(found.as_deref(), Some(deadline), "{text} as a deadline");
            // A day begins as in the past; a span is ahead.
            let is_day = text
                .parse::<TimeArg>()
                .is_ok_and(|time| matches!(time, TimeArg::Day(_)));
            let beginning = if is_day { past } else { deadline };
            let found = meant(text, Sense::Beginning);
            assert_eq!(found.as_deref(), Some(beginning), "{text} as a beginning");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            " ",
            "yesterday",
            "noon",
            "5",
            "0s",
            "-2h",
            "2026",
            "2026-11",
            "2026-13-01",
            "2026-02-30",
            "13:00",
            "2026-11-22 25:00",
            "2026-11-22 13:00 Europe/Atlantis",
            "2026-11-22 13",
            "+12026-11-22T12:00:00Z",
            "-000001-11-22T12:00:00Z",
            "2026-11-22 13:00 +99:00",
            "3 fortnights",
            "99999999999999999999 days",
            "9000 years ago",
            "\u{0}",
        ] {
            assert_eq!(meant(text, Sense::Past), None, "{text:?}");
        }
        assert_eq!(meant("9000 years", Sense::Deadline), None);
        assert_eq!(meant("9999-12-31", Sense::Deadline), None);
    }

    #[test]
    fn a_moment_in_words_has_one_unit() {
        for (seconds, words) in [
            (0, "0 seconds ago"),
            (1, "1 second ago"),
            (119, "119 seconds ago"),
            (120, "2 minutes ago"),
            (7_200, "2 hours ago"),
            (172_800, "2 days ago"),
        ] {
            let at = NOW.minus(std::time::Duration::from_secs(seconds));
            assert_eq!(ago(at, NOW), words);
        }
        // Clocks of two machines may differ.
        assert_eq!(
            ago(NOW.plus(std::time::Duration::from_secs(5)), NOW),
            "0 seconds ago"
        );
    }
}
