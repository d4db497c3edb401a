//! Outcomes of batches, without a network.

use std::time::Duration;

use http::StatusCode;

use super::{
    outcome::{Conclusion, HostReport, first_scheme},
    send::{AnswerMeaning, Attempt, Rest},
    testing::{DAY, HOUR, MINUTE, NOW, SECOND},
};
use crate::{
    clock::Millis,
    random::SeededRandom,
    signature::Scheme,
    store::{DeliveryOutcome, DueDelivery, HostPace, LeasedHost},
};

const WEEK: Duration = Duration::from_hours(7 * 24);
const LATER: AnswerMeaning = AnswerMeaning::Later { rest: None };

fn host(failures: i64) -> LeasedHost {
    LeasedHost {
        id: 7,
        authority: "m.example".to_owned(),
        domain: "m.example".to_owned(),
        failures,
        asked_to_wait: 0,
        unavailable_since: None,
        last_success_at: Some(NOW.minus(DAY)),
        failing_since: (failures > 0).then(|| NOW.minus(HOUR)),
        rfc9421_at: None,
        pace: HostPace::Quick,
    }
}

fn attempt(verdict: AnswerMeaning, age: Duration, attempts: i64) -> Attempt {
    let delivery = DueDelivery {
        id: 1,
        host_id: 7,
        activity_id: 1,
        activity_path: "/activities/1".to_owned(),
        kind: "Create".to_owned(),
        subject: "/letter".to_owned(),
        inbox_id: 3,
        inbox: "https://m.example/inbox".to_owned(),
        missing: 0,
        attempts,
        queued_at: NOW.minus(age),
    };
    Attempt {
        delivery,
        verdict,
        status: Some(StatusCode::OK),
        body: String::new(),
        refused_key: None,
        late: false,
        taken_by: (verdict == AnswerMeaning::Delivered).then_some(Scheme::Cavage),
    }
}

fn conclude(host: LeasedHost, attempts: Vec<Attempt>) -> Conclusion {
    HostReport { host, attempts }.conclude(WEEK, NOW, &SeededRandom::new(1))
}

fn outcomes(conclusion: &Conclusion) -> Vec<DeliveryOutcome> {
    conclusion
        .settled
        .iter()
        .map(|settled| settled.outcome)
        .collect()
}

fn wait(until: Millis) -> Duration {
    until.since(NOW)
}

#[test]
fn a_failing_host_fails_once_and_its_deliveries_wait_for_it_alone() {
    let failed = vec![attempt(LATER, MINUTE, 0), attempt(LATER, MINUTE, 4)];
    let conclusion = conclude(host(3), failed);
    assert_eq!(conclusion.host.failures, 4);
    assert!((96 * MINUTE..=144 * MINUTE).contains(&wait(conclusion.host.due_at)));
    assert!(
        conclusion
            .settled
            .iter()
            .all(|settled| settled.due_at == NOW)
    );
    assert_eq!(
        outcomes(&conclusion),
        [DeliveryOutcome::TryAgain, DeliveryOutcome::TryAgain]
    );
    assert!(!conclusion.given_up);
}

#[test]
fn a_delivery_that_fails_alone_waits_alone_and_never_longer_than_hours() {
    for (attempts, longest) in [(0, 72 * SECOND), (1, 6 * MINUTE), (40, 144 * MINUTE)] {
        let mixed = vec![
            attempt(LATER, MINUTE, attempts),
            attempt(AnswerMeaning::Delivered, MINUTE, 0),
        ];
        let conclusion = conclude(host(0), mixed);
        assert_eq!(conclusion.host.failures, 0);
        assert_eq!(conclusion.host.due_at, NOW);
        assert_eq!(conclusion.host.last_success_at, Some(NOW));
        let wait = wait(conclusion.settled[0].due_at);
        assert!(
            longest * 6 / 10 <= wait && wait <= longest,
            "{attempts}: {wait:?}"
        );
    }
}

#[test]
fn success_and_refusal_end_a_hosts_trouble() {
    for verdict in [AnswerMeaning::Delivered, AnswerMeaning::Refused] {
        let was = LeasedHost {
            unavailable_since: Some(NOW.minus(DAY)),
            ..host(9)
        };
        let conclusion = conclude(was, vec![attempt(verdict, MINUTE, 0)]);
        assert_eq!(
            (conclusion.host.failures, conclusion.host.unavailable_since),
            (0, None)
        );
        assert_eq!(conclusion.host.due_at, NOW);
    }
}

#[test]
fn a_host_that_was_not_heard_of_keeps_its_state_and_one_that_was_not_tried_waits_a_second() {
    let unheard = Attempt {
        status: None,
        ..attempt(AnswerMeaning::Refused, MINUTE, 0)
    };
    for (attempts, due_at) in [(Vec::new(), NOW.plus(SECOND)), (vec![unheard], NOW)] {
        let host = conclude(host(5), attempts).host;
        assert_eq!((host.failures, host.due_at), (5, due_at));
    }
}

fn asks(seconds: u64) -> AnswerMeaning {
    AnswerMeaning::Later {
        rest: Some(Rest::Named(Duration::from_secs(seconds))),
    }
}

#[test]
fn who_asks_for_peace_gets_it_as_asked_and_has_not_failed() {
    for failures in [0, 3] {
        for (seconds, expected) in [(0, SECOND), (1, SECOND), (7200, 2 * HOUR), (u64::MAX, DAY)] {
            let conclusion = conclude(host(failures), vec![attempt(asks(seconds), MINUTE, 0)]);
            let host = &conclusion.host;
            assert_eq!(wait(host.due_at), expected, "{seconds}");
            assert_eq!((host.failures, host.asked_to_wait), (failures, 1));
            assert_eq!(host.failing_since.is_some(), failures > 0);
            assert_eq!(outcomes(&conclusion), [DeliveryOutcome::TryAgain]);
            assert_eq!(conclusion.settled[0].due_at, NOW);
        }
    }
}

#[test]
fn who_takes_some_and_asks_for_peace_is_healthy() {
    let was = LeasedHost {
        asked_to_wait: 4,
        ..host(2)
    };
    let mixed = vec![
        attempt(asks(1), MINUTE, 0),
        attempt(AnswerMeaning::Delivered, MINUTE, 0),
    ];
    let host = conclude(was, mixed).host;
    assert_eq!(
        (host.failures, host.asked_to_wait, wait(host.due_at)),
        (0, 0, SECOND)
    );
    assert_eq!(host.failing_since, None);
}

#[test]
fn after_five_times_in_a_row_the_longer_wait_holds_and_the_host_fails() {
    let asked = |times, failures, seconds| {
        let was = LeasedHost {
            asked_to_wait: times,
            ..host(failures)
        };
        conclude(was, vec![attempt(asks(seconds), MINUTE, 0)]).host
    };
    let fifth = asked(4, 0, 1);
    assert_eq!(
        (wait(fifth.due_at), fifth.failures, fifth.asked_to_wait),
        (SECOND, 0, 5)
    );
    let sixth = asked(5, 0, 1);
    assert!((48 * SECOND..=72 * SECOND).contains(&wait(sixth.due_at)));
    assert_eq!((sixth.failures, sixth.asked_to_wait), (1, 6));
    assert_eq!(wait(asked(6, 1, 7200).due_at), 2 * HOUR);
}

#[test]
fn another_failure_ends_the_row_of_requests_for_peace() {
    let unnamed = AnswerMeaning::Later {
        rest: Some(Rest::Unnamed),
    };
    for verdict in [LATER, unnamed] {
        let was = LeasedHost {
            asked_to_wait: 3,
            last_success_at: Some(NOW.minus(HOUR)),
            ..host(0)
        };
        // It had been tried before, because the host wanted a rest; that does not make its inbox suspect.
        let host = conclude(was, vec![attempt(verdict, MINUTE, 3)]).host;
        assert_eq!((host.failures, host.asked_to_wait), (1, 0));
        assert!((48 * SECOND..=72 * SECOND).contains(&wait(host.due_at)));
    }
}

#[test]
fn peace_does_not_keep_an_old_delivery_alive() {
    for (attempts, expected) in [
        (1, DeliveryOutcome::TryAgain),
        (2, DeliveryOutcome::Abandoned),
    ] {
        let conclusion = conclude(host(0), vec![attempt(asks(1), WEEK, attempts)]);
        assert_eq!(outcomes(&conclusion), [expected]);
        assert!(!conclusion.given_up);
        assert_eq!(conclusion.host.unavailable_since, None);
    }
}

#[test]
fn an_old_delivery_is_given_up_with_its_host_but_not_because_we_were_away() {
    let check = |failures, since: Duration, age, attempts, expected, given_up: bool| {
        let was = LeasedHost {
            failing_since: Some(NOW.minus(since)),
            ..host(failures)
        };
        let conclusion = conclude(was, vec![attempt(LATER, age, attempts)]);
        let case = format!("{failures} failures in {since:?}, {age:?} old, {attempts} attempts");
        assert_eq!(outcomes(&conclusion), [expected], "{case}");
        assert_eq!(conclusion.given_up, given_up, "{case}");
        assert_eq!(conclusion.host.unavailable_since, given_up.then_some(NOW));
    };
    check(12, WEEK, WEEK, 0, DeliveryOutcome::Abandoned, true);
    check(12, WEEK, 6 * DAY, 9, DeliveryOutcome::TryAgain, true);
    check(12, 6 * DAY, 6 * DAY, 9, DeliveryOutcome::TryAgain, false);
    // This server was down for a week: one failure says nothing about the week.
    check(0, HOUR, WEEK + DAY, 0, DeliveryOutcome::TryAgain, false);
    check(
        1,
        WEEK + DAY,
        WEEK + DAY,
        1,
        DeliveryOutcome::TryAgain,
        false,
    );
    check(
        2,
        WEEK + DAY,
        WEEK + DAY,
        1,
        DeliveryOutcome::Abandoned,
        true,
    );
    // The host took others a while ago: its old deliveries expire for failures of their own.
    check(12, HOUR, WEEK, 1, DeliveryOutcome::TryAgain, false);
    check(12, HOUR, WEEK, 2, DeliveryOutcome::Abandoned, false);
}

#[test]
fn a_single_old_delivery_is_given_up_without_its_host() {
    let mixed = vec![
        attempt(LATER, WEEK, 5),
        attempt(AnswerMeaning::Delivered, MINUTE, 0),
    ];
    let conclusion = conclude(host(0), mixed);
    assert_eq!(
        outcomes(&conclusion),
        [DeliveryOutcome::Abandoned, DeliveryOutcome::Delivered]
    );
    assert!(!conclusion.given_up);
    assert_eq!(conclusion.host.unavailable_since, None);
}

#[test]
fn a_host_that_is_gone_stays_gone_since_then() {
    let since = Some(NOW.minus(3 * DAY));
    for age in [MINUTE, WEEK] {
        let was = LeasedHost {
            unavailable_since: since,
            ..host(20)
        };
        let conclusion = conclude(was, vec![attempt(LATER, age, 3)]);
        assert_eq!(conclusion.host.unavailable_since, since);
        assert!((DAY * 8 / 10..=DAY * 12 / 10).contains(&wait(conclusion.host.due_at)));
    }
}

#[test]
fn the_scheme_that_worked_is_remembered_for_four_weeks_and_the_usual_one_wins() {
    let taken = |scheme| Attempt {
        refused_key: None,
        late: false,
        taken_by: Some(scheme),
        ..attempt(AnswerMeaning::Delivered, MINUTE, 0)
    };
    let check = |known: Option<Duration>, attempts: Vec<Attempt>, expected: Option<Duration>| {
        let was = LeasedHost {
            rfc9421_at: known.map(|ago| NOW.minus(ago)),
            ..host(0)
        };
        let begun = first_scheme(&was, NOW);
        let remembered = conclude(was, attempts).host.rfc9421_at;
        assert_eq!(remembered, expected.map(|ago| NOW.minus(ago)), "{known:?}");
        begun
    };
    let (usual, newer) = (Scheme::Cavage, Scheme::Rfc9421);
    assert_eq!(check(None, vec![taken(usual)], None), usual);
    assert_eq!(check(None, vec![taken(newer)], Some(Duration::ZERO)), usual);
    // It is remembered since it was learnt, so that the usual one is tried again some day.
    assert_eq!(check(Some(DAY), vec![taken(newer)], Some(DAY)), newer);
    assert_eq!(check(Some(DAY), vec![taken(usual)], None), newer);
    let both = vec![taken(newer), taken(usual)];
    assert_eq!(check(Some(DAY), both, None), newer);
    let failed = vec![attempt(LATER, MINUTE, 0)];
    assert_eq!(check(Some(DAY), failed, Some(DAY)), newer);
    let old = Some(28 * DAY);
    assert_eq!(check(old, Vec::new(), old), usual);
    assert_eq!(check(old, vec![taken(newer)], Some(Duration::ZERO)), usual);
}

#[test]
fn a_host_that_fails_for_long_is_gone_however_young_its_deliveries_are() {
    let check = |failures, since: Duration, given_up| {
        let was = LeasedHost {
            failing_since: Some(NOW.minus(since)),
            ..host(failures)
        };
        let conclusion = conclude(was, vec![attempt(LATER, MINUTE, 1)]);
        assert_eq!(outcomes(&conclusion), [DeliveryOutcome::TryAgain]);
        assert_eq!(conclusion.given_up, given_up, "{failures}, {since:?}");
        assert_eq!(conclusion.host.failing_since, Some(NOW.minus(since)));
    };
    check(12, WEEK, true);
    check(12, 6 * DAY, false);
    // It failed once, and then this server was down for a week.
    check(1, WEEK, false);
    let failed = conclude(host(0), vec![attempt(LATER, MINUTE, 1)]);
    assert_eq!(failed.host.failing_since, Some(NOW));
    let well = conclude(host(5), vec![attempt(AnswerMeaning::Delivered, MINUTE, 1)]);
    assert_eq!(well.host.failing_since, None);
}

#[test]
fn an_inbox_that_fails_alone_again_does_not_make_its_host_fail() {
    let check = |host: LeasedHost, attempts: i64, failing: bool| {
        let conclusion = conclude(host, vec![attempt(LATER, MINUTE, attempts)]);
        assert_eq!(outcomes(&conclusion), [DeliveryOutcome::TryAgain]);
        assert_eq!(conclusion.host.failures > 0, failing);
        assert_eq!(conclusion.settled[0].due_at > NOW, !failing);
    };
    let lately = |failures| LeasedHost {
        last_success_at: Some(NOW.minus(HOUR)),
        ..host(failures)
    };
    check(lately(0), 1, false);
    // At the first failure the cause is unknown; a failing host stays failing, and so does one without an answer.
    check(lately(0), 0, true);
    check(lately(1), 1, true);
    check(host(0), 1, true);
}
