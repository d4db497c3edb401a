//! Tests of what a change means for pages and documents.

use super::{News::*, *};
use crate::{
    clock::Millis,
    endorsement::{hide_reason::HideReasons, names::skeleton},
    random::{PublicId, SeededRandom},
    store::{Edits, IndexedWords},
};

/// A reply that is listed by name, with a statement that waits.
fn listed() -> EndorsementRow {
    EndorsementRow {
        id: Some(1),
        public_id: PublicId::random(&SeededRandom::new(7)),
        actor_id: 1,
        state: State::Listed,
        held_by: HideReasons::default(),
        decision: None,
        kind: ActKind::Reply,
        act_id: Some(1),
        revision: 1,
        organisation: false,
        name: Some("Ada".to_owned()),
        name_state: ReviewState::Shown,
        name_skeleton: Some(skeleton("Ada")),
        declared_name: None,
        declared_affiliation: Some("ACME".to_owned()),
        declared_state: Some(ReviewState::Pending),
        statement: Some("Because.".to_owned()),
        statement_state: Some(ReviewState::Pending),
        statement_trusted: false,
        waits_for: None,
        endorsed_at: Millis::from_millis(5),
        changed_at: Millis::from_millis(5),
        reason: None,
        waiting_domain: None,
        changes_today: 1,
        edits: Edits::default(),
        words: IndexedWords::default(),
        pledge: None,
    }
}

type Change = fn(&mut EndorsementRow);

/// A row that differs from [`listed`].
fn but(change: Change) -> EndorsementRow {
    let mut row = listed();
    change(&mut row);
    row
}

fn in_state(state: State) -> EndorsementRow {
    EndorsementRow { state, ..listed() }
}

/// What a change to a row means, and what the way back means.
fn there_and_back(row: &EndorsementRow, other: &EndorsementRow) -> [News; 2] {
    [(row, other), (other, row)].map(|(from, to)| of_endorsement(Some(from), Some(to), false))
}

#[test]
fn a_state_is_news_by_what_it_shows() {
    use State::{Counted, Hidden, Invalid, Late, Listed, Pending, Rejected, Withdrawn};
    let out = [Hidden, Invalid, Late, Pending, Rejected, Withdrawn];
    let mut cases = vec![
        (None, Listed, Addition),
        (None, Counted, Addition),
        (None, Pending, Nothing),
        (Some(Counted), Listed, Addition),
        (Some(Listed), Counted, Removal),
        (Some(Listed), Listed, Nothing),
        (Some(Counted), Counted, Nothing),
    ];
    for state in out {
        for shown in [Listed, Counted] {
            cases.push((Some(state), shown, Addition));
            cases.push((Some(shown), state, Removal));
        }
        cases.extend(out.map(|other| (Some(state), other, Nothing)));
    }
    for (before, after, expected) in cases {
        let (row, after_row) = (before.map(in_state), in_state(after));
        let news = of_endorsement(row.as_ref(), Some(&after_row), false);
        assert_eq!(news, expected, "{before:?} {after:?}");
    }
    assert_eq!(of_endorsement(Some(&listed()), None, false), Removal);
    assert_eq!(of_endorsement(None, None, true), Nothing);
}

#[test]
fn what_is_shown_for_the_first_time_is_an_addition_and_the_way_back_a_removal() {
    const SAME: Change = |_| ();
    let cases: [(&str, Change, Change); 6] = [
        ("a name", |row| row.name_state = ReviewState::Pending, SAME),
        (
            "a declared name, where there was none",
            |row| row.name = None,
            |row| {
                row.name = None;
                row.declared_name = Some("Countess".to_owned());
                row.declared_state = Some(ReviewState::Shown);
            },
        ),
        ("an affiliation", SAME, |row| {
            row.declared_state = Some(ReviewState::Shown);
        }),
        ("a statement", SAME, |row| {
            row.statement_state = Some(ReviewState::Shown);
        }),
        (
            "a statement that was hidden",
            |row| row.statement_state = Some(ReviewState::Hidden),
            |row| row.statement_state = Some(ReviewState::Shown),
        ),
        // A reply whose words wait is not named in the collection of replies.
        ("a post", SAME, |row| row.statement = None),
    ];
    for (what, less, more) in cases {
        let news = there_and_back(&but(less), &but(more));
        assert_eq!(news, [Addition, Removal], "{what}");
    }
}

#[test]
fn what_is_shown_otherwise_is_a_removal() {
    let cases: [(&str, Change); 11] = [
        ("a name", |row| row.name = Some("Eve".to_owned())),
        ("a declared name", |row| {
            row.declared_name = Some("Countess".to_owned());
            row.declared_state = Some(ReviewState::Shown);
            row.declared_affiliation = None;
        }),
        ("a text", |row| row.revision = 2),
        ("a kind", |row| row.kind = ActKind::Mention),
        ("a number", |row| row.kind = ActKind::Like),
        ("a list", |row| row.organisation = true),
        ("a post", |row| row.act_id = Some(2)),
        ("no post", |row| row.act_id = None),
        ("a date", |row| row.endorsed_at = Millis::from_millis(9)),
        ("an account", |row| row.actor_id = 2),
        ("an id", |row| {
            row.public_id = PublicId::random(&SeededRandom::new(8));
        }),
    ];
    for (what, change) in cases {
        let news = there_and_back(&listed(), &but(change));
        assert_eq!(news, [Removal; 2], "{what}");
    }
    let said = |text: &str| EndorsementRow {
        statement: Some(text.to_owned()),
        statement_state: Some(ReviewState::Shown),
        ..listed()
    };
    assert_eq!(there_and_back(&said("Yes."), &said("No.")), [Removal; 2]);
}

#[test]
fn what_nobody_sees_is_no_news() {
    let cases: [(&str, Change); 8] = [
        ("the same", |_| ()),
        ("the row", |row| row.id = None),
        ("a date of ours", |row| {
            row.changed_at = Millis::from_millis(9);
        }),
        ("a reason", |row| row.reason = Some("spam".to_owned())),
        ("a skeleton", |row| row.name_skeleton = None),
        ("a waiting statement", |row| {
            row.statement = Some("No.".to_owned());
        }),
        ("a waiting affiliation", |row| {
            row.declared_affiliation = None;
        }),
        ("a count of ours", |row| row.changes_today = 5),
    ];
    for (what, change) in cases {
        let news = there_and_back(&listed(), &but(change));
        assert_eq!(news, [Nothing; 2], "{what}");
    }
}

#[test]
fn a_changed_act_takes_something_off_a_listed_entry() {
    for (before, after, expected) in [
        (State::Listed, State::Listed, Removal),
        (State::Counted, State::Counted, Nothing),
        (State::Counted, State::Listed, Addition),
        (State::Pending, State::Listed, Addition),
    ] {
        let news = of_endorsement(Some(&in_state(before)), Some(&in_state(after)), true);
        assert_eq!(news, expected, "{before} {after}");
    }
}

#[test]
fn what_counts_under_another_number_takes_one_off() {
    let changes: [Change; 3] = [
        |row| row.kind = ActKind::Like,
        |row| row.revision = 2,
        |row| row.organisation = true,
    ];
    for change in changes {
        let counted = in_state(State::Counted);
        let mut after = counted.clone();
        change(&mut after);
        assert_eq!(there_and_back(&counted, &after), [Removal; 2], "{after:?}");
    }
}
