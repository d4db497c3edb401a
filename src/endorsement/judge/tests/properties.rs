//! Properties of all policies, endorsers and acts.

use proptest::{prelude::*, sample::select};

use super::*;

fn any_offered() -> impl Strategy<Value = CandidateKind> {
    let kinds = select(vec![PostKind::Reply, PostKind::Mention, PostKind::Quote]);
    let answers = select(vec![
        SIGNS,
        Intent::DoesNot,
        Intent::Unsure,
        Intent::Withdraws,
    ]);
    let posts =
        (kinds, answers, any::<bool>()).prop_map(|(kind, answer, has_words)| CandidateKind::Post {
            kind,
            answer,
            has_words,
        });
    prop_oneof![
        Just(CandidateKind::Like),
        any::<bool>().prop_map(|allowed| CandidateKind::Reaction { allowed }),
        posts,
    ]
}

fn any_audience() -> impl Strategy<Value = Audience> {
    select(vec![
        Audience::Public,
        Audience::Unlisted,
        Audience::Followers,
        Audience::Direct,
        Audience::Unclear,
    ])
}

prop_compose! {
    fn any_endorser()(
        account in select(vec![Account::Person, Account::Automated, Account::Organisation]),
        published in prop::option::of(any::<i64>()),
        first_seen in any::<i64>(),
        held in select(vec![None, Some(WaitsFor::Surge), Some(WaitsFor::Rule)]),
        flags in any::<[bool; 7]>(),
    ) -> Endorser {
        let [discoverable, opted_out, suspended, blocked, limited, handle_passes, stale] = flags;
        Endorser {
            account,
            published: published.map(Millis::from_millis),
            first_seen: Millis::from_millis(first_seen),
            discoverable, opted_out, suspended, blocked, limited, held, handle_passes, stale,
        }
    }
}

prop_compose! {
    fn any_policy()(
        letter in select(LetterState::ALL),
        replies in select(Replies::ALL),
        like_display in select(LikeDisplay::ALL),
        reply_display in select(ReplyDisplay::ALL),
        likes in any::<bool>(),
        bots in any::<bool>(),
    ) -> Policy {
        Policy { letter, replies, likes, like_display, reply_display, bots, ..Policy::default() }
    }
}

fn any_sticks() -> impl Strategy<Value = Option<StickyDecision>> {
    prop::option::of(select(StickyDecision::ALL))
}

proptest! {
    #[test]
    fn leaving_works_in_every_row(
        policy in any_policy(), endorser in any_endorser(), sticks in any_sticks(),
        audience in any_audience(), has_words in any::<bool>(), now in any::<i64>(),
        kind in select(vec![PostKind::Reply, PostKind::Mention, PostKind::Quote]),
    ) {
        let kind = CandidateKind::Post { kind, answer: Intent::Withdraws, has_words };
        let offer = Candidate { kind, audience };
        let verdict = judge(&policy, &endorser, sticks, offer, Millis::from_millis(now));
        prop_assert_eq!(verdict, Verdict::Leave);
    }

    #[test]
    fn only_open_calm_and_public_acts_count_at_once(
        policy in any_policy(), endorser in any_endorser(), sticks in any_sticks(),
        audience in any_audience(), kind in any_offered(), now in any::<i64>(),
    ) {
        let now = Millis::from_millis(now);
        let verdict = judge(&policy, &endorser, sticks, Candidate { kind, audience }, now);
        if let Verdict::Keep(kept) = verdict {
            prop_assert!(matches!(audience, Audience::Public | Audience::Unlisted));
            prop_assert!(!endorser.blocked);
            prop_assert_eq!(kept.kind == ActKind::Comment, kept.outcome == ActOutcome::Comment);
            if matches!(kept.outcome, ActOutcome::Listed | ActOutcome::Counted) {
                prop_assert_eq!(policy.letter, LetterState::Open);
                prop_assert!(sticks.is_none() && !endorser.limited && endorser.held.is_none());
                prop_assert!(endorser.handle_passes && kept.kind != ActKind::Quote);
                prop_assert!(endorser.account != Account::Organisation);
                prop_assert!(endorser.account != Account::Automated || policy.bots);
                prop_assert!(of_age_at(&policy, &endorser, now) <= now);
            }
            if kept.outcome == ActOutcome::Listed {
                prop_assert_eq!(kept.ceiling, MaxVisibility::Named);
                prop_assert!(may_name(&policy, &endorser, kept.kind));
            }
        }
    }
}
