//! When a server wants to be asked again: `Retry-After` (RFC 9110, section 10.2.3).

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

#[cfg(test)]
mod tests {
    use super::*;

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
