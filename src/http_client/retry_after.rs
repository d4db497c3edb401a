//! When a server wants to be asked again: `Retry-After` (RFC 9110, section 10.2.3), and GitHub's own header.

use std::time::Duration;

use http::{HeaderMap, header::RETRY_AFTER};

use super::peer_dates::http_date;
use crate::clock::Millis;

/// How long the answer with these headers asks us to wait; `None` when it does not say so.
pub(super) fn retry_after(headers: &HeaderMap, now: Millis) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?;
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    Some(http_date(value)?.since(now))
}

/// How long a spent rate limit of GitHub lasts, by the headers of the answer; `None` when it is not spent.
pub(super) fn limit_resets(headers: &HeaderMap, now: Millis) -> Option<Duration> {
    let number = |name| headers.get(name)?.to_str().ok()?.trim().parse::<i64>().ok();
    if number("x-ratelimit-remaining")? > 0 {
        return None;
    }
    let resets = number("x-ratelimit-reset")?.checked_mul(1000)?;
    Some(Millis::from_millis(resets).since(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spent_limit_of_github_names_its_end_in_seconds() {
        let now = Millis::from_millis(1_000_000);
        for (remaining, reset, expected) in [
            ("0", "1060", Some(60)),
            ("0", "900", Some(0)),
            ("5", "1060", None),
            ("0", "soon", None),
            ("0", "9999999999999999999", None),
            ("", "1060", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("x-ratelimit-remaining", remaining.parse().unwrap());
            headers.insert("x-ratelimit-reset", reset.parse().unwrap());
            let expected = expected.map(Duration::from_secs);
            assert_eq!(limit_resets(&headers, now), expected, "{remaining} {reset}");
        }
        assert_eq!(limit_resets(&HeaderMap::new(), now), None);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = Millis::parse_rfc3339("2026-11-22T12:00:00Z").unwrap();
        let check = |value: &str, seconds: Option<u64>| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, value.parse().unwrap());
            let expected = seconds.map(Duration::from_secs);
            assert_eq!(retry_after(&headers, now), expected, "{value}");
        };
        check("120", Some(120));
        check(" 0 ", Some(0));
        check("Sun, 22 Nov 2026 12:01:30 GMT", Some(90));
        check("Sun, 22 Nov 2026 11:00:00 GMT", Some(0));
        for value in ["", "-1", "1.5", "soon", "99999999999999999999"] {
            check(value, None);
        }
    }
}
