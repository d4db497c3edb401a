use proptest::{prelude::*, sample::select};

use super::*;
use crate::endorsement::{
    Account, Visibility,
    hide_reason::{HideReason, HideReasons},
    policy::{LikeDisplay, ReplyDisplay},
};

fn ada() -> Endorser {
    Endorser {
        account: Account::Person,
        published: None,
        first_seen: Millis::from_millis(0),
        discoverable: true,
        opted_out: false,
        suspended: false,
        blocked: false,
        limited: false,
        held: None,
        handle_passes: true,
        stale: false,
        unnamed: false,
    }
}

fn act(kind: ActKind, at: i64, outcome: ActOutcome) -> Act {
    Act {
        kind,
        at: Millis::from_millis(at),
        revision: 1,
        visibility: Visibility::Public,
        ceiling: MaxVisibility::Named,
        outcome,
        ended: None,
        pledge: None,
    }
}

const LISTED: ActOutcome = ActOutcome::Listed;
const COUNTED: ActOutcome = ActOutcome::Counted;
const UNSURE: ActOutcome = ActOutcome::Pending(WaitsFor::Unsure);

fn derived(acts: &[Act]) -> Option<(usize, State)> {
    derive(&Policy::default(), &ada(), acts).map(|derived| (derived.act, derived.state))
}

#[test]
fn the_newest_signing_reply_decides_else_a_quote_else_the_oldest_like() {
    let check = |acts: &[Act], expected| assert_eq!(derived(acts), expected, "{acts:?}");
    let (early, late) = (1, 2);
    let like = |at| act(ActKind::Like, at, LISTED);
    let reply = |at| act(ActKind::Reply, at, LISTED);
    let mention = |at| act(ActKind::Mention, at, LISTED);
    let quote = |at| act(ActKind::Quote, at, LISTED);
    check(&[], None);
    check(&[like(late), like(early)], Some((1, State::Listed)));
    check(
        &[act(ActKind::Reaction, early, LISTED), like(late)],
        Some((0, State::Listed)),
    );
    check(
        &[reply(early), reply(late), like(early)],
        Some((1, State::Listed)),
    );
    check(&[mention(late), reply(early)], Some((0, State::Listed)));
    check(&[quote(late), reply(early)], Some((1, State::Listed)));
    check(&[like(early), quote(late)], Some((1, State::Listed)));
    check(&[act(ActKind::Comment, late, ActOutcome::Comment)], None);
    let ended = Act {
        ended: Some((Millis::from_millis(3), Cause::Delete)),
        ..reply(late)
    };
    check(&[ended], None);
    check(&[ended, reply(early)], Some((1, State::Listed)));
}

#[test]
fn what_counts_goes_before_what_waits_and_that_before_what_came_late() {
    let check = |acts: &[Act], expected| assert_eq!(derived(acts), expected, "{acts:?}");
    let listed_like = act(ActKind::Like, 1, LISTED);
    let counted_like = act(ActKind::Like, 1, COUNTED);
    let question = act(ActKind::Reply, 9, UNSURE);
    let late = act(ActKind::Reply, 9, ActOutcome::Late);
    check(&[listed_like, question], Some((0, State::Listed)));
    check(&[question, counted_like], Some((1, State::Counted)));
    check(
        &[act(ActKind::Like, 1, UNSURE), late],
        Some((0, State::Pending)),
    );
    check(&[late], Some((0, State::Late)));
    let waiting = derive(&Policy::default(), &ada(), &[question]);
    assert_eq!(waiting.unwrap().waits_for, Some(WaitsFor::Unsure));
}

#[test]
fn while_a_signature_without_a_name_stands_only_a_later_reply_shows_the_name() {
    let check = |acts: &[Act], expected| assert_eq!(derived(acts), Some(expected), "{acts:?}");
    let direct = |at, outcome| Act {
        visibility: Visibility::Direct,
        ceiling: MaxVisibility::Counted,
        ..act(ActKind::Direct, at, outcome)
    };
    let reply = |at| act(ActKind::Reply, at, LISTED);
    let mention = |at| act(ActKind::Mention, at, LISTED);
    let nameless = direct(5, COUNTED);
    check(&[nameless], (0, State::Counted));
    for other in [
        act(ActKind::Like, 1, LISTED),
        act(ActKind::Reaction, 9, LISTED),
        act(ActKind::Quote, 9, LISTED),
        reply(1),
        mention(1),
    ] {
        check(&[other, nameless], (1, State::Counted));
    }
    check(&[nameless, reply(9)], (1, State::Listed));
    check(&[nameless, mention(9)], (1, State::Listed));
    check(
        &[nameless, mention(9), direct(11, COUNTED)],
        (2, State::Counted),
    );
    // Also while it waits itself, or came too late.
    for outcome in [UNSURE, ActOutcome::Late] {
        let waits = direct(5, outcome);
        check(&[reply(1), waits], (0, State::Counted));
        check(&[act(ActKind::Like, 9, LISTED), waits], (0, State::Counted));
        check(&[reply(9), waits], (0, State::Listed));
    }
    let ended = Act {
        ended: Some((Millis::from_millis(7), Cause::Delete)),
        ..nameless
    };
    check(&[ended, reply(1)], (1, State::Listed));
}

#[test]
fn settings_and_flags_narrow_a_name_to_a_number() {
    let like = act(ActKind::Like, 1, LISTED);
    let reply = act(ActKind::Reply, 1, LISTED);
    let state =
        |policy: &Policy, endorser: &Endorser, act| derive(policy, endorser, &[act]).unwrap().state;
    let shy = Endorser {
        discoverable: false,
        ..ada()
    };
    let quiet = Endorser {
        opted_out: true,
        ..ada()
    };
    let policy = Policy::default();
    assert_eq!(state(&policy, &ada(), like), State::Listed);
    assert_eq!(state(&policy, &shy, like), State::Counted);
    assert_eq!(state(&policy, &quiet, like), State::Counted);
    assert_eq!(state(&policy, &shy, reply), State::Listed);
    let hidden = Endorser {
        unnamed: true,
        ..ada()
    };
    assert_eq!(state(&policy, &hidden, like), State::Counted);
    assert_eq!(state(&policy, &hidden, reply), State::Counted);
    let low = Act {
        ceiling: MaxVisibility::Counted,
        ..reply
    };
    assert_eq!(state(&policy, &ada(), low), State::Counted);
    let likes = Policy {
        like_display: LikeDisplay::Count,
        ..Policy::default()
    };
    assert_eq!(state(&likes, &ada(), like), State::Counted);
    let dangerous = Policy {
        reply_display: ReplyDisplay::Count,
        ..Policy::default()
    };
    assert_eq!(state(&dangerous, &ada(), reply), State::Counted);
}

#[test]
fn when_the_reply_ends_the_like_counts_without_the_name() {
    let mut acts = [
        act(ActKind::Like, 1, LISTED),
        act(ActKind::Reply, 2, LISTED),
    ];
    assert_eq!(derived(&acts), Some((1, State::Listed)));
    end(&mut acts, 1, Millis::from_millis(3), Cause::Delete);
    assert_eq!(derived(&acts), Some((0, State::Counted)));
    end(&mut acts, 0, Millis::from_millis(4), Cause::Undo);
    assert_eq!(derived(&acts), None);
}

#[test]
fn the_end_of_a_like_or_a_comment_takes_no_name_away() {
    for kind in [ActKind::Reaction, ActKind::Comment] {
        let mut acts = [act(ActKind::Like, 1, LISTED), act(kind, 2, LISTED)];
        end(&mut acts, 1, Millis::from_millis(3), Cause::Undo);
        assert_eq!(derived(&acts), Some((0, State::Listed)), "{kind}");
    }
}

#[test]
fn a_like_that_was_taken_back_before_stays_as_it_was() {
    let mut acts = [
        act(ActKind::Like, 1, LISTED),
        act(ActKind::Reply, 2, LISTED),
    ];
    end(&mut acts, 0, Millis::from_millis(3), Cause::Undo);
    end(&mut acts, 1, Millis::from_millis(4), Cause::Delete);
    assert_eq!(acts[0].ceiling, MaxVisibility::Named);
}

#[test]
fn an_act_ends_once() {
    let mut acts = [act(ActKind::Reply, 1, LISTED)];
    end(&mut acts, 0, Millis::from_millis(2), Cause::Decision);
    end(&mut acts, 0, Millis::from_millis(3), Cause::Delete);
    end(&mut acts, 7, Millis::from_millis(3), Cause::Delete);
    let first = Some((Millis::from_millis(2), Cause::Decision));
    assert_eq!(acts[0].ended, first);
}

#[test]
fn what_somebody_holds_stays_hidden_and_what_a_decision_ended_stays_so() {
    let some = |state| {
        Some(Derived {
            act: 0,
            state,
            waits_for: None,
        })
    };
    let check = |before, held: &[HideReason], derived, expected| {
        let held: HideReasons = held.iter().copied().collect();
        assert_eq!(state(before, &held, derived), expected, "{before} {held:?}");
    };
    let (moderator, limit) = (&[HideReason::Moderator][..], &[HideReason::Limit][..]);
    for holder in [HideReason::Moderator, HideReason::Origin, HideReason::Block] {
        check(State::Hidden, &[holder], some(State::Listed), State::Hidden);
        check(
            State::Listed,
            &[holder, HideReason::Limit],
            some(State::Listed),
            State::Hidden,
        );
    }
    check(
        State::Listed,
        moderator,
        some(State::Pending),
        State::Hidden,
    );
    check(State::Hidden, &[], some(State::Counted), State::Counted);
    check(State::Hidden, moderator, None, State::Withdrawn);
    check(State::Listed, &[], None, State::Withdrawn);
    check(State::Rejected, &[], None, State::Rejected);
    check(State::Rejected, &[], some(State::Pending), State::Pending);
    check(State::Listed, limit, some(State::Listed), State::Pending);
    check(State::Counted, limit, some(State::Counted), State::Pending);
    check(State::Listed, limit, some(State::Late), State::Late);
    check(State::Pending, limit, None, State::Withdrawn);
}

prop_compose! {
    fn any_act()(
        kind in select(ActKind::ALL),
        at in 0_i64..20,
        ceiling in select(MaxVisibility::ALL),
        outcome in select(vec![LISTED, COUNTED, UNSURE, ActOutcome::Late]),
        ended in any::<bool>(),
    ) -> Act {
        let ended = ended.then_some((Millis::from_millis(30), Cause::Undo));
        let outcome = if kind == ActKind::Comment { ActOutcome::Comment } else { outcome };
        Act { ceiling, ended, ..act(kind, at, outcome) }
    }
}

fn counts(derived: Option<Derived>) -> bool {
    derived.is_some_and(|derived| matches!(derived.state, State::Listed | State::Counted))
}

proptest! {
    #[test]
    fn a_new_act_takes_nobody_off_the_list(
        acts in prop::collection::vec(any_act(), 0..6), new in any_act(),
    ) {
        let before = derive(&Policy::default(), &ada(), &acts);
        let after = derive(&Policy::default(), &ada(), &[acts, vec![new]].concat());
        prop_assert!(!counts(before) || counts(after));
    }

    #[test]
    fn nothing_but_a_standing_act_is_ever_derived(acts in prop::collection::vec(any_act(), 0..6)) {
        match derive(&Policy::default(), &ada(), &acts) {
            Some(found) => prop_assert!(acts[found.act].endorses()),
            None => prop_assert!(!acts.iter().any(Act::endorses)),
        }
    }

    #[test]
    fn a_name_is_derived_only_where_ceiling_setting_and_flags_allow_it(
        acts in prop::collection::vec(any_act(), 0..6), discoverable in any::<bool>(),
        opted_out in any::<bool>(), like_display in select(LikeDisplay::ALL),
    ) {
        let policy = Policy { like_display, ..Policy::default() };
        let endorser = Endorser { discoverable, opted_out, ..ada() };
        if let Some(found) = derive(&policy, &endorser, &acts)
            && found.state == State::Listed
        {
            let act = acts[found.act];
            prop_assert_eq!(act.ceiling, MaxVisibility::Named);
            prop_assert!(may_name(&policy, &endorser, act.kind));
        }
    }

    #[test]
    fn the_state_does_not_depend_on_the_order_in_which_acts_are_kept(
        mut acts in prop::collection::vec(any_act(), 0..6), turn in 0_usize..6,
    ) {
        let state = |acts: &[Act]| derive(&Policy::default(), &ada(), acts).map(|derived| derived.state);
        // Of two posts of the same moment the last one in the list decides, so each gets its own moment.
        for (place, act) in acts.iter_mut().enumerate() {
            act.at = Millis::from_millis(act.at.as_millis() * 10 + i64::try_from(place).unwrap());
        }
        let before = state(&acts);
        let length = acts.len().max(1);
        acts.rotate_left(turn % length);
        prop_assert_eq!(state(&acts), before);
    }

    #[test]
    fn ending_every_act_leaves_nothing(mut acts in prop::collection::vec(any_act(), 0..6)) {
        for which in 0..acts.len() {
            end(&mut acts, which, Millis::from_millis(40), Cause::Withdrew);
        }
        prop_assert_eq!(derive(&Policy::default(), &ada(), &acts), None);
    }
}
