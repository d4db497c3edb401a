//! Time as a value: [`Millis`], and the [`Clock`] that is passed to code that needs the current time.
//!
//! Nothing else in the program asks the operating system for the time (a lint forbids it), so that
//! every rule about time can be tested with a [`FixedClock`].

use std::{
    fmt,
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A moment: milliseconds since 1970-01-01T00:00:00Z, negative before it.
///
/// Stored as a 64-bit integer in both databases; in JSON it is RFC 3339 in UTC with whole seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
#[sqlx(transparent)]
pub struct Millis(i64);

impl Millis {
    /// The moment `millis` milliseconds after the epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// This moment plus a duration; saturates instead of overflowing.
    #[must_use]
    pub fn plus(self, while_: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(while_.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// This moment minus a duration; saturates instead of overflowing.
    #[must_use]
    pub fn minus(self, while_: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(i64::try_from(while_.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// How long after `earlier` this is; zero when it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The midnight (UTC) that begins this moment's day.
    #[must_use]
    pub const fn day(self) -> Self {
        const DAY: i64 = 24 * 60 * 60 * 1000;
        Self(self.0.div_euclid(DAY).saturating_mul(DAY))
    }

    /// RFC 3339 in UTC with whole seconds, as ActivityPub documents and our JSON carry it.
    pub fn to_rfc3339(self) -> String {
        self.to_chrono().to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// The date alone, `2026-11-22`: what public lists show.
    pub fn to_date(self) -> String {
        self.to_chrono().format("%Y-%m-%d").to_string()
    }

    /// The time of the day in UTC, `09:05`.
    pub fn to_time(self) -> String {
        self.to_chrono().format("%H:%M").to_string()
    }

    /// Reads RFC 3339; `None` for anything else and for years outside 0 to 9999, which RFC 3339 cannot write.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        use chrono::Datelike as _;
        let moment = DateTime::parse_from_rfc3339(text).ok()?;
        (0..=9999)
            .contains(&moment.year())
            .then(|| Self(moment.timestamp_millis()))
    }

    fn to_chrono(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or_default()
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

impl Serialize for Millis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_rfc3339())
    }
}

impl<'de> Deserialize<'de> for Millis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse_rfc3339(&text).ok_or_else(|| D::Error::custom("not an RFC 3339 time"))
    }
}

/// A source of the current time.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The current time.
    fn now(&self) -> Millis;
}

/// The operating system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks for the time"
    )]
    fn now(&self) -> Millis {
        Millis(Utc::now().timestamp_millis())
    }
}

/// A clock that stands still until it is moved: for tests and for `status --at`.
#[derive(Debug, Default)]
pub struct FixedClock(AtomicI64);

impl FixedClock {
    /// A clock that stands at `now`.
    pub const fn at(now: Millis) -> Self {
        Self(AtomicI64::new(now.0))
    }

    /// Moves the clock forward.
    pub fn advance(&self, while_: Duration) {
        self.0.store(self.now().plus(while_).0, Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Millis {
        Millis(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_survives_being_written_and_read() {
        let time = Millis::from_millis(1_795_348_800_000);
        assert_eq!(time.to_rfc3339(), "2026-11-22T12:00:00Z");
        assert_eq!(
            Millis::parse_rfc3339("2026-11-22T13:00:00+01:00"),
            Some(time)
        );
        assert_eq!(time.to_date(), "2026-11-22");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "yesterday", "2026-11-22", "+12026-11-22T12:00:00Z"] {
            assert_eq!(Millis::parse_rfc3339(text), None, "{text}");
        }
    }

    #[test]
    fn arithmetic_stops_at_the_ends_of_time() {
        let end = Millis::from_millis(i64::MAX);
        assert_eq!(end.plus(Duration::MAX), end);
        assert_eq!(
            Millis::from_millis(5).since(Millis::from_millis(9)),
            Duration::ZERO
        );
        assert_eq!(
            Millis::from_millis(-1).day(),
            Millis::from_millis(-86_400_000)
        );
    }
}
