//! Which requests count against which limit.

use super::*;

const NOW: Millis = Millis::from_millis(1_795_348_800_000);
const NONE: Duration = Duration::ZERO;

fn limits(address: u32, actor: u32, host: u32) -> InboxLimits {
    InboxLimits::new(&config::LimitsConfig {
        per_address_per_minute: address,
        per_actor_per_minute: actor,
        per_host_per_minute: host,
        fetches_in_flight: 20,
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
fn fetches_that_lead_nowhere_are_few_for_each_address_and_from_each_host() {
    let limits = limits(1, 1, 1);
    let fetch = |address: &str, host: &str| limits.fetch(from(address), host, NOW).is_ok();
    let mut number = 0;
    let from_many_hosts = granted(|| {
        number += 1;
        fetch("192.0.2.1", &format!("m{number}.example"))
    });
    assert_eq!(from_many_hosts, 10);
    let by_many = granted(|| {
        number += 1;
        fetch(&format!("192.0.2.{number}"), "victim.example")
    });
    assert_eq!(by_many, 10);
    assert_eq!(
        granted(|| limits.fetch(Caller(None), "a.example", NOW).is_ok()),
        10
    );
}

#[test]
fn a_host_is_asked_for_strangers_a_thousand_times_a_day_at_most() {
    let limits = limits(1, 1, 1);
    let (mut now, mut fetches) = (NOW, 0);
    for minute in 0..150_u64 {
        now = NOW.plus(Duration::from_mins(minute));
        fetches += (0..20)
            .filter(|_| limits.fetch(Caller(None), "m.example", now).is_ok())
            .count();
    }
    // A thousand, and those that became available again in two and a half hours.
    assert!((1000..1110).contains(&fetches), "{fetches}");
    assert!(limits.fetch(Caller(None), "other.example", now).is_ok());
}

#[test]
fn fetches_that_lead_to_a_right_signature_cost_nothing() {
    let limits = limits(1, 1, 1);
    let mut number = 0;
    let newcomers = granted(|| {
        number += 1;
        let host = format!("m{number}.example");
        let fetched = limits.fetch(from("192.0.2.1"), &host, NOW).is_ok();
        limits.proved(from("192.0.2.1"), &host, fetched, NOW);
        fetched
    });
    assert_eq!(newcomers, 20);
}

#[test]
fn forgers_do_not_keep_out_those_who_proved_to_speak_for_their_host() {
    let limits = limits(1, 1, 1);
    let (theirs, forger) = (from("192.0.2.1"), from("198.51.100.7"));
    limits.proved(theirs, "m.example", false, NOW);
    assert_eq!(
        granted(|| limits.fetch(forger, "m.example", NOW).is_ok()),
        10
    );
    assert_eq!(
        granted(|| limits.fetch(theirs, "m.example", NOW).is_ok()),
        20
    );
    // That exempts no other host, and gives nothing back to others.
    assert_eq!(
        granted(|| limits.fetch(theirs, "victim.example", NOW).is_ok()),
        10
    );
    limits.proved(theirs, "m.example", true, NOW);
    assert!(limits.fetch(theirs, "victim2.example", NOW).is_err());
    let tomorrow = NOW.plus(Duration::from_hours(25));
    assert_eq!(
        granted(|| limits.fetch(theirs, "m.example", tomorrow).is_ok()),
        10
    );
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
    let fetch = |address: &str, host: &str| limits.fetch(from(address), host, NOW);
    for number in 0..10 {
        assert!(fetch("192.0.2.1", &format!("m{number}.example")).is_ok());
    }
    // A host that has given all that it gives in a day.
    let mut now = NOW;
    while limits.fetch(Caller(None), "m.example", now).is_ok()
        || now < NOW.plus(Duration::from_hours(2))
    {
        now = now.plus(Duration::from_secs(6));
    }
    for number in 0..10 {
        assert!(
            limits
                .fetch(from("192.0.2.2"), &format!("x{number}.example"), now)
                .is_ok()
        );
    }
    let daily = limits.fetch(Caller(None), "m.example", now).unwrap_err();
    let own = limits
        .fetch(from("192.0.2.2"), "other.example", now)
        .unwrap_err();
    let both = limits.fetch(from("192.0.2.2"), "m.example", now);
    assert_eq!(both, Err(daily.max(own)));
}

#[test]
fn waits_are_told_in_whole_seconds() {
    for (millis, expected) in [(0, "1"), (1, "1"), (1000, "1"), (1001, "2"), (59_900, "60")] {
        assert_eq!(retry_after(Duration::from_millis(millis)), expected);
    }
}
