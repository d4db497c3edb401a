//! Our own clock, judged by the `Date` of answers to our own requests. What is sent to us says nothing: a sender chooses
//! its dates. Not here: who is told that the clock is wrong (`server`).

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, UNIX_EPOCH},
};

use http::{
    HeaderMap,
    header::{AGE, DATE},
};
use url::Url;

use crate::{activitystreams::domain_of, clock::Millis};

/// The fewest domains that are believed together: one or two clocks may be wrong themselves.
const LEAST: usize = 5;

/// How old a date may be: the time for which a clock that was set counts as wrong, at most.
const COUNTS_FOR: Duration = Duration::from_hours(6);

/// The most domains that are remembered, each with its newest date: some 20 KiB.
const MOST: usize = 256;

/// How far the median says that our clock is ahead, in milliseconds; negative when it is behind. `ahead` has one value
/// for each domain. `None` for fewer than five.
fn median(mut ahead: Vec<i64>) -> Option<i64> {
    if ahead.len() < LEAST {
        return None;
    }
    ahead.sort_unstable();
    let upper = ahead.len().div_euclid(2);
    let lower = (ahead.len() - 1).div_euclid(2);
    let sum = i128::from(*ahead.get(lower)?) + i128::from(*ahead.get(upper)?);
    i64::try_from(sum.div_euclid(2)).ok()
}

/// A date in one of the three forms that HTTP knows (RFC 9110, section 5.6.7).
pub(super) fn http_date(text: &str) -> Option<Millis> {
    let date = httpdate::parse_http_date(text).ok()?;
    let since_epoch = date.duration_since(UNIX_EPOCH).ok()?;
    Some(Millis::default().plus(since_epoch))
}

/// The newest date of a domain.
#[derive(Clone, Copy, Debug)]
struct DateReading {
    /// How far our clock is ahead of it, in milliseconds.
    ahead: i64,
    /// When it came, by our clock.
    at: Millis,
}

/// The newest dates of other domains.
#[derive(Debug, Default)]
pub(super) struct PeerDates {
    readings: Mutex<HashMap<String, DateReading>>,
}

impl PeerDates {
    /// Notes the date of an answer to a request to `url` that began and was answered at these moments. An answer from a
    /// cache (`Age`) has the date of another request; one without a date that can be read says nothing, and neither does
    /// a host without a registrable domain.
    pub(super) fn note(&self, url: &Url, headers: &HeaderMap, begun: Millis, answered: Millis) {
        let mut dates = headers.get_all(DATE).iter();
        let (Some(date), None) = (dates.next(), dates.next()) else {
            return;
        };
        let date = date.to_str().ok().and_then(http_date);
        let domain = url.host_str().and_then(domain_of);
        let (Some(date), Some(domain), false) = (date, domain, headers.contains_key(AGE)) else {
            return;
        };
        // A date has whole seconds: on average it is half a second old.
        let theirs = date.plus(Duration::from_millis(500)).as_millis();
        let ours = begun.plus(answered.since(begun).div_f64(2.0));
        let reading = DateReading {
            ahead: ours.as_millis().saturating_sub(theirs),
            at: ours,
        };
        let mut readings = self.lock();
        if readings.len() >= MOST && !readings.contains_key(&domain) {
            let oldest = readings.iter().min_by_key(|(_, reading)| reading.at);
            if let Some(oldest) = oldest.map(|(domain, _)| domain.clone()) {
                readings.remove(&oldest);
            }
        }
        readings.insert(domain, reading);
    }

    /// How far our clock is ahead at `now`, in milliseconds, by the dates of the last six hours; `None` when fewer than
    /// five domains gave one.
    pub(super) fn ahead(&self, now: Millis) -> Option<i64> {
        // In both directions, because our clock may have been set back.
        let counts = |at: Millis| now.since(at) < COUNTS_FOR && at.since(now) < COUNTS_FOR;
        let mut readings = self.lock();
        readings.retain(|_, reading| counts(reading.at));
        median(readings.values().map(|reading| reading.ahead).collect())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, DateReading>> {
        self.readings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis::from_millis(1_795_348_800_000);
    /// [`NOW`] in HTTP.
    const NOW_IN_HTTP: &str = "Sun, 22 Nov 2026 12:00:00 GMT";

    #[test]
    fn the_clock_is_judged_by_the_median_of_five_or_more() {
        for (ahead, expected) in [
            (&[][..], None),
            (&[9, 9, 9, 9], None),
            (&[0, 0, 0, 0, 0], Some(0)),
            (&[5, 1, 4, 2, 3], Some(3)),
            (&[-5, -1, -4, -2, -3], Some(-3)),
            (&[6, 1, 5, 2, 4, 3], Some(3)),
            // Two of five say nothing, however wrong they are.
            (&[i64::MAX, i64::MIN, 2, 1, 3], Some(2)),
            (&[i64::MAX, i64::MAX, 2, 1, 3], Some(3)),
            (&[i64::MAX; 6], Some(i64::MAX)),
        ] {
            assert_eq!(median(ahead.to_vec()), expected, "{ahead:?}");
        }
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            let name: http::HeaderName = name.parse().unwrap();
            (name, value.parse().unwrap())
        });
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, value);
        }
        headers
    }

    fn at(host: impl std::fmt::Display) -> Url {
        Url::parse(&format!("https://{host}/inbox")).unwrap()
    }

    #[test]
    fn a_date_is_compared_with_the_middle_of_the_request() {
        let dates = PeerDates::default();
        let now = headers(&[("date", NOW_IN_HTTP)]);
        let (begun, answered) = (
            NOW.plus(Duration::from_mins(1)),
            NOW.plus(Duration::from_secs(64)),
        );
        for n in 0..4 {
            dates.note(&at(format_args!("m{n}.example")), &now, begun, answered);
        }
        // Hosts of one domain count once.
        dates.note(&at("other.m1.example"), &now, begun, answered);
        assert_eq!(dates.ahead(answered), None);
        dates.note(&at("m4.example"), &now, begun, answered);
        assert_eq!(dates.ahead(answered), Some(61_500));
        // The newest date of a domain counts, and for six hours.
        for n in 0..3 {
            dates.note(&at(format_args!("m{n}.example")), &now, NOW, NOW);
        }
        assert_eq!(dates.ahead(NOW), Some(-500));
        let late = NOW.plus(COUNTS_FOR);
        assert_eq!(dates.ahead(late), None);
        // Set back by a day, the clock makes all of it worthless.
        for n in 0..5 {
            dates.note(&at(format_args!("m{n}.example")), &now, NOW, NOW);
        }
        assert_eq!(dates.ahead(NOW.minus(Duration::from_hours(24))), None);
    }

    #[test]
    fn what_is_no_date_of_that_moment_is_ignored() {
        let dates = PeerDates::default();
        for (host, pairs) in [
            ("a.example", &[][..]),
            ("b.example", &[("date", "soon")]),
            ("c.example", &[("date", "Sun, 22 Nov 1926 12:00:00 GMT")]),
            ("d.example", &[("date", NOW_IN_HTTP), ("date", NOW_IN_HTTP)]),
            ("e.example", &[("date", NOW_IN_HTTP), ("age", "7")]),
            ("127.0.0.1", &[("date", NOW_IN_HTTP)]),
            ("localhost", &[("date", NOW_IN_HTTP)]),
        ] {
            dates.note(&at(host), &headers(pairs), NOW, NOW);
        }
        assert!(dates.lock().is_empty(), "{dates:?}");
    }

    #[test]
    fn of_any_number_of_domains_the_newest_are_remembered() {
        let dates = PeerDates::default();
        let now = headers(&[("date", NOW_IN_HTTP)]);
        for n in 0..2 * MOST {
            let moment = NOW.plus(Duration::from_millis(n.try_into().unwrap()));
            dates.note(&at(format_args!("m{n}.example")), &now, moment, moment);
        }
        let mut kept: Vec<_> = dates.lock().keys().cloned().collect();
        kept.sort_unstable();
        let mut newest: Vec<_> = (MOST..2 * MOST).map(|n| format!("m{n}.example")).collect();
        newest.sort_unstable();
        assert_eq!(kept, newest);
    }
}
