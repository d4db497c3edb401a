//! Which requests count against which limit.

use super::*;
use crate::rate_limit::Network;

const NOW: Millis = Millis::from_millis(1_795_348_800_000);
const NONE: Duration = Duration::ZERO;

fn limits(address: u32, actor: u32, host: u32) -> InboxLimits {
    InboxLimits::new(&config::LimitsConfig {
        per_address_per_minute: address,
        per_actor_per_minute: actor,
        per_host_per_minute: host,
        fetches_in_flight: 256,
    })
}

fn from(address: &str) -> Caller {
    Caller(Some(Network::of(address.parse().unwrap())))
}

/// The number of twenty requests that are allowed.
fn granted(mut ask: impl FnMut() -> bool) -> usize {
    (0..20).filter(|_| ask()).count()
}

#[test]
fn requests_are_counted_for_the_address_and_not_where_none_is_known() {
    let limits = limits(5, 1, 1);
    assert_eq!(
        granted(|| limits.request(from("192.0.2.1"), NOW).is_ok()),
        5
    );
    assert_eq!(
        granted(|| limits.request(from("192.0.2.2"), NOW).is_ok()),
        5
    );
    assert_eq!(granted(|| limits.request(Caller(None), NOW).is_ok()), 20);
    assert_eq!(
        limits.request(from("192.0.2.1"), NOW),
        Err(Duration::from_secs(12))
    );
}

#[test]
fn activities_are_counted_for_their_actor_and_their_host() {
    let limits = limits(1, 4, 6);
    let does = |actor: &str| limits.activity(actor, "m.example", NOW, NONE).is_ok();
    assert_eq!(granted(|| does("ada")), 4);
    assert_eq!(granted(|| does("bob")), 2, "what is left of their host's");
    // Bob was over his host's limit only: that used nothing of his own.
    assert!(limits.activity("bob", "m2.example", NOW, NONE).is_ok());
    assert_eq!(
        granted(|| limits.activity("eve", "m3.example", NOW, NONE).is_ok()),
        4
    );
}

#[test]
fn an_authentic_delivery_is_taken_off_again() {
    let limits = limits(5, 1, 1);
    let one = from("192.0.2.1");
    for _ in 0..20 {
        assert_eq!(limits.request(one, NOW), Ok(()));
        limits.excuse(one, NOW);
    }
    assert_eq!(granted(|| limits.request(one, NOW).is_ok()), 5);
}

#[test]
fn whoever_is_over_two_limits_is_told_the_longer_wait() {
    let limits = limits(1, 60, 6);
    let activity = |actor| limits.activity(actor, "m.example", NOW, NONE);
    assert_eq!(granted(|| activity("bob").is_ok()), 6);
    // Ada is within her own limit, Eve over it as well.
    assert_eq!(activity("ada"), Err(Duration::from_secs(10)));
    for number in 0..60 {
        let elsewhere = limits.activity("eve", &format!("m{number}.example"), NOW, NONE);
        assert!(elsewhere.is_ok());
    }
    assert_eq!(activity("eve"), Err(Duration::from_secs(10)));
}

#[test]
fn waits_are_told_in_whole_seconds() {
    for (millis, expected) in [(0, "1"), (1, "1"), (1000, "1"), (1001, "2"), (59_900, "60")] {
        assert_eq!(retry_after(Duration::from_millis(millis)), expected);
    }
}
