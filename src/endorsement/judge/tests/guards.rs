//! The reasons for which every kind of act waits or is late.

use super::*;

/// Checks in their order; each decides although all later ones fit as well.
#[test]
fn a_guard_wins_over_everything_below_it() {
    let anything = [
        CandidateKind::Like,
        CandidateKind::Reaction { allowed: true },
        reply(SIGNS),
        reply(Intent::Unsure),
        post(PostKind::Mention, SIGNS),
        post(PostKind::Quote, SIGNS),
    ];
    let all = Endorser {
        account: Account::Organisation,
        published: Some(NOON),
        limited: true,
        held: Some(WaitsFor::Surge),
        handle_passes: false,
        ..ada()
    };
    let person = Endorser {
        account: Account::Person,
        ..all.clone()
    };
    let old = Endorser {
        published: ada().published,
        ..person.clone()
    };
    let free = Endorser {
        limited: false,
        ..old.clone()
    };
    let caught = Endorser {
        held: Some(WaitsFor::Rule),
        ..free.clone()
    };
    let rows = [
        (
            LetterState::Closed,
            Some(StickyDecision::Rejected),
            &all,
            ActOutcome::Late,
        ),
        (
            LetterState::Paused,
            Some(StickyDecision::Rejected),
            &all,
            ActOutcome::Pending(WaitsFor::Paused),
        ),
        (
            LetterState::Open,
            Some(StickyDecision::Rejected),
            &all,
            ActOutcome::Pending(WaitsFor::Decision),
        ),
        (
            LetterState::Open,
            Some(StickyDecision::Withdrawn),
            &all,
            ActOutcome::Pending(WaitsFor::Decision),
        ),
        (
            LetterState::Open,
            None,
            &all,
            ActOutcome::Pending(WaitsFor::Organisation),
        ),
        (
            LetterState::Open,
            None,
            &person,
            ActOutcome::Pending(WaitsFor::Age),
        ),
        (
            LetterState::Open,
            None,
            &old,
            ActOutcome::Pending(WaitsFor::Limited),
        ),
        (
            LetterState::Open,
            None,
            &free,
            ActOutcome::Pending(WaitsFor::Surge),
        ),
        (
            LetterState::Open,
            None,
            &caught,
            ActOutcome::Pending(WaitsFor::Rule),
        ),
    ];
    for (letter, sticks, endorser, expected) in rows {
        for kind in anything {
            let verdict = judge(&policy(letter), endorser, sticks, offer(kind), NOON);
            assert_eq!(outcome(verdict), expected, "{letter} {kind:?}");
        }
    }
}

#[test]
fn a_handle_that_fails_waits_for_a_person_unless_its_words_wait_already() {
    let odd = Endorser {
        handle_passes: false,
        ..ada()
    };
    let waits = |kind| outcome(take(&Policy::default(), &odd, kind));
    for kind in [
        CandidateKind::Like,
        reply(SIGNS),
        post(PostKind::Mention, SIGNS),
    ] {
        assert_eq!(waits(kind), ActOutcome::Pending(WaitsFor::Name));
    }
    let unsure = ActOutcome::Pending(WaitsFor::Unsure);
    assert_eq!(waits(reply(Intent::Unsure)), unsure);
}

#[test]
fn comments_pass_by_every_guard() {
    for letter in [LetterState::Open, LetterState::Paused, LetterState::Closed] {
        let young = Endorser {
            published: Some(NOON),
            held: Some(WaitsFor::Surge),
            ..ada()
        };
        let verdict = take(&policy(letter), &young, reply(Intent::DoesNot));
        assert_eq!(outcome(verdict), ActOutcome::Comment);
    }
}

#[test]
fn ages_are_compared_by_day() {
    let check = |published: Option<Millis>, first_seen, of_age| {
        let endorser = Endorser {
            published,
            first_seen,
            ..ada()
        };
        let found = outcome(take(&Policy::default(), &endorser, CandidateKind::Like));
        assert_eq!(found == ActOutcome::Listed, of_age, "{published:?}");
    };
    // Three days before, at any hour: what servers show has no hour.
    let third = NOON.day().minus(3 * DAY);
    check(Some(third), NOON, true);
    check(
        Some(third.plus(DAY).minus(Duration::from_millis(1))),
        NOON,
        true,
    );
    check(Some(third.plus(DAY)), NOON, false);
    check(Some(NOON), NOON, false);
    // Without a date, or with one in the future, the day on which we first saw the account counts.
    check(None, NOON, false);
    check(None, third, true);
    check(Some(NOON.plus(DAY)), NOON, false);
    check(Some(NOON.plus(DAY)), third, true);
    check(Some(Millis::from_millis(i64::MIN)), NOON, true);
}
