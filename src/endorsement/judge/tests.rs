use std::time::Duration;

use super::*;

mod guards;
mod properties;

const NOON: Millis = Millis::from_millis(1_795_348_800_000);
const DAY: Duration = Duration::from_hours(24);

/// A discoverable account that is ten years old.
fn ada() -> Endorser {
    Endorser {
        account: Account::Person,
        published: Some(NOON.minus(3650 * DAY)),
        first_seen: NOON,
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

fn post(kind: PostKind, answer: Intent) -> CandidateKind {
    CandidateKind::Post {
        kind,
        answer,
        has_words: true,
    }
}

const SIGNS: Intent = Intent::Signs;

fn reply(answer: Intent) -> CandidateKind {
    post(PostKind::Reply, answer)
}

fn offer(kind: CandidateKind) -> Candidate {
    Candidate {
        kind,
        audience: Audience::Public,
    }
}

fn take(policy: &Policy, endorser: &Endorser, kind: CandidateKind) -> Verdict {
    judge(policy, endorser, None, offer(kind), NOON)
}

/// The outcome of a stored act.
fn outcome(verdict: Verdict) -> ActOutcome {
    let Verdict::Keep(kept) = verdict else {
        panic!("not kept: {verdict:?}");
    };
    kept.outcome
}

fn policy(letter: LetterState) -> Policy {
    Policy {
        letter,
        ..Policy::default()
    }
}

#[test]
fn the_rows_of_the_table_decide_in_their_order() {
    use Verdict::{AnswerPrivately, Ignore, Keep, Reach, Refuse};
    let kept = |kind, ceiling, outcome| {
        Keep(Accepted {
            kind,
            visibility: Visibility::Public,
            ceiling,
            outcome,
        })
    };
    let named = |kind| kept(kind, MaxVisibility::Named, ActOutcome::Listed);
    let comment = kept(
        ActKind::Comment,
        MaxVisibility::Counted,
        ActOutcome::Comment,
    );
    let blocked = Endorser {
        blocked: true,
        ..ada()
    };
    let bot = Endorser {
        account: Account::Automated,
        ..ada()
    };
    let check = |endorser: &Endorser, audience, kind, expected| {
        let offer = Candidate { kind, audience };
        let verdict = judge(&Policy::default(), endorser, None, offer, NOON);
        assert_eq!(verdict, expected, "{offer:?}");
    };
    let public = Audience::Public;
    check(&blocked, public, CandidateKind::Like, Refuse);
    check(&blocked, Audience::Direct, reply(SIGNS), Refuse);
    for audience in [Audience::Followers, Audience::Direct] {
        check(&ada(), audience, reply(SIGNS), AnswerPrivately);
        for answer in [Intent::DoesNot, Intent::Unsure] {
            check(&ada(), audience, reply(answer), Ignore(Why::Private));
        }
    }
    let reaction = |allowed| CandidateKind::Reaction { allowed };
    check(&ada(), public, reaction(false), Ignore(Why::Emoji));
    check(&ada(), public, reaction(true), named(ActKind::Reaction));
    for answer in [Intent::DoesNot, Intent::Unsure] {
        check(&ada(), public, post(PostKind::Quote, answer), Reach);
    }
    check(&ada(), public, reply(Intent::DoesNot), comment);
    check(&bot, public, reply(SIGNS), comment);
    check(&bot, public, CandidateKind::Like, Ignore(Why::Program));
    let wordless = |answer| CandidateKind::Post {
        kind: PostKind::Reply,
        answer,
        has_words: false,
    };
    let says_nothing = wordless(Intent::DoesNot);
    check(&ada(), public, says_nothing, Ignore(Why::NoWords));
    check(&bot, public, wordless(SIGNS), Ignore(Why::Program));
    let unsure = ActOutcome::Pending(WaitsFor::Unsure);
    let quote = post(PostKind::Quote, SIGNS);
    check(
        &ada(),
        public,
        quote,
        kept(ActKind::Quote, MaxVisibility::Named, unsure),
    );
    let question = reply(Intent::Unsure);
    check(
        &ada(),
        public,
        question,
        kept(ActKind::Reply, MaxVisibility::Named, unsure),
    );
    check(&ada(), public, CandidateKind::Like, named(ActKind::Like));
    check(&ada(), public, reply(SIGNS), named(ActKind::Reply));
    let mention = post(PostKind::Mention, SIGNS);
    check(&ada(), public, mention, named(ActKind::Mention));
}

#[test]
fn old_flags_name_nobody_where_flags_decide() {
    use LikeDisplay::{Count, Discoverable, Named};
    let stale = |discoverable| Endorser {
        stale: true,
        discoverable,
        ..ada()
    };
    let ceiling = |like_display, endorser: Endorser, kind| {
        let policy = Policy {
            like_display,
            ..Policy::default()
        };
        let Verdict::Keep(kept) = take(&policy, &endorser, kind) else {
            panic!("it is not kept");
        };
        (kept.ceiling, kept.outcome)
    };
    let unread = (MaxVisibility::Unread, ActOutcome::Counted);
    let named = (MaxVisibility::Named, ActOutcome::Listed);
    let counted = (MaxVisibility::Counted, ActOutcome::Counted);
    let reaction = CandidateKind::Reaction { allowed: true };
    for discoverable in [true, false] {
        for kind in [CandidateKind::Like, reaction] {
            assert_eq!(ceiling(Discoverable, stale(discoverable), kind), unread);
        }
        assert_eq!(
            ceiling(Named, stale(discoverable), CandidateKind::Like),
            named
        );
        assert_eq!(
            ceiling(Count, stale(discoverable), CandidateKind::Like),
            counted
        );
        assert_eq!(
            ceiling(Discoverable, stale(discoverable), reply(SIGNS)),
            named
        );
    }
}

#[test]
fn a_like_is_named_where_setting_and_flags_allow_it() {
    use LikeDisplay::{Count, Discoverable, Named, Off};
    let table = [
        (Discoverable, true, false, Some(ActOutcome::Listed)),
        (Discoverable, true, true, Some(ActOutcome::Counted)),
        (Discoverable, false, false, Some(ActOutcome::Counted)),
        (Discoverable, false, true, Some(ActOutcome::Counted)),
        (Named, true, false, Some(ActOutcome::Listed)),
        (Named, true, true, Some(ActOutcome::Listed)),
        (Named, false, false, Some(ActOutcome::Listed)),
        (Named, false, true, Some(ActOutcome::Listed)),
        (Count, true, false, Some(ActOutcome::Counted)),
        (Count, false, true, Some(ActOutcome::Counted)),
        (Off, true, false, None),
    ];
    for (like_display, discoverable, opted_out, expected) in table {
        let policy = Policy {
            like_display,
            ..Policy::default()
        };
        let endorser = Endorser {
            discoverable,
            opted_out,
            ..ada()
        };
        for kind in [
            CandidateKind::Like,
            CandidateKind::Reaction { allowed: true },
        ] {
            let verdict = take(&policy, &endorser, kind);
            let row = (like_display, discoverable, opted_out);
            match expected {
                Some(expected) => assert_eq!(outcome(verdict), expected, "{row:?}"),
                None => assert_eq!(verdict, Verdict::Ignore(Why::LikesOff)),
            }
        }
    }
}

#[test]
fn what_waits_keeps_what_was_announced_as_its_ceiling() {
    let paused = policy(LetterState::Paused);
    let shy = Endorser {
        discoverable: false,
        ..ada()
    };
    for (endorser, expected) in [(ada(), MaxVisibility::Named), (shy, MaxVisibility::Counted)] {
        let Verdict::Keep(kept) = take(&paused, &endorser, CandidateKind::Like) else {
            panic!("not kept");
        };
        assert_eq!(kept.ceiling, expected);
        assert_eq!(kept.outcome, ActOutcome::Pending(WaitsFor::Paused));
    }
}

#[test]
fn likes_can_be_turned_off_and_replies_still_sign() {
    let policy = Policy {
        likes: false,
        ..Policy::default()
    };
    let likes_off = Verdict::Ignore(Why::LikesOff);
    assert_eq!(take(&policy, &ada(), CandidateKind::Like), likes_off);
    assert_eq!(
        take(&policy, &ada(), CandidateKind::Reaction { allowed: true }),
        likes_off
    );
    assert_eq!(
        outcome(take(&policy, &ada(), reply(SIGNS))),
        ActOutcome::Listed
    );
}

#[test]
fn replies_sign_by_their_words_all_or_not_at_all() {
    let table = [
        (Replies::Phrase, SIGNS, ActOutcome::Listed),
        (
            Replies::Phrase,
            Intent::Unsure,
            ActOutcome::Pending(WaitsFor::Unsure),
        ),
        (Replies::Phrase, Intent::DoesNot, ActOutcome::Comment),
        (Replies::All, SIGNS, ActOutcome::Listed),
        (Replies::All, Intent::Unsure, ActOutcome::Listed),
        (Replies::All, Intent::DoesNot, ActOutcome::Listed),
        (Replies::Off, SIGNS, ActOutcome::Comment),
        (Replies::Off, Intent::Unsure, ActOutcome::Comment),
        (Replies::Off, Intent::DoesNot, ActOutcome::Comment),
    ];
    for (replies, answer, expected) in table {
        let policy = Policy {
            replies,
            ..Policy::default()
        };
        let found = outcome(take(&policy, &ada(), reply(answer)));
        assert_eq!(found, expected, "{replies} {answer:?}");
        // `all` is about replies. The words of a mention decide, unless `off` says that no words sign.
        let words = matches!(answer, SIGNS) && replies != Replies::Off;
        let mention = outcome(take(&policy, &ada(), post(PostKind::Mention, answer)));
        assert_eq!(mention == ActOutcome::Listed, words, "{replies} {answer:?}");
    }
}

#[test]
fn where_signing_is_dangerous_no_reply_is_named() {
    let policy = Policy {
        reply_display: ReplyDisplay::Count,
        ..Policy::default()
    };
    for kind in [reply(SIGNS), post(PostKind::Mention, SIGNS)] {
        let Verdict::Keep(kept) = take(&policy, &ada(), kind) else {
            panic!("not kept");
        };
        assert_eq!(
            (kept.ceiling, kept.outcome),
            (MaxVisibility::Counted, ActOutcome::Counted)
        );
    }
}

#[test]
fn an_unlisted_reply_counts_like_a_public_one() {
    let offer = Candidate {
        kind: reply(SIGNS),
        audience: Audience::Unlisted,
    };
    let Verdict::Keep(kept) = judge(&Policy::default(), &ada(), None, offer, NOON) else {
        panic!("not kept");
    };
    assert_eq!(
        (kept.visibility, kept.outcome),
        (Visibility::Unlisted, ActOutcome::Listed)
    );
}

#[test]
fn programs_endorse_only_where_they_may() {
    let bot = Endorser {
        account: Account::Automated,
        ..ada()
    };
    let welcome = Policy {
        bots: true,
        ..Policy::default()
    };
    for kind in [CandidateKind::Like, reply(SIGNS)] {
        assert_eq!(outcome(take(&welcome, &bot, kind)), ActOutcome::Listed);
    }
    let table = [
        ("Service", Account::Automated),
        ("Application", Account::Automated),
        ("Group", Account::Organisation),
        ("Organization", Account::Organisation),
        ("Person", Account::Person),
        ("Wizard", Account::Person),
    ];
    for (word, expected) in table {
        assert_eq!(Account::of_type(word), expected, "{word}");
    }
}

#[test]
fn a_direct_message_signs_without_a_name_where_nothing_holds_its_author() {
    let by = |endorser: &Endorser, audience| {
        let offer = Candidate {
            kind: CandidateKind::Nameless,
            audience,
        };
        judge(&Policy::default(), endorser, None, offer, NOON)
    };
    let kept = |outcome| {
        Verdict::Keep(Accepted {
            kind: ActKind::Direct,
            visibility: Visibility::Direct,
            ceiling: MaxVisibility::Counted,
            outcome,
        })
    };
    let ada = ada();
    assert_eq!(by(&ada, Audience::Direct), kept(ActOutcome::Counted));
    for audience in [Audience::Followers, Audience::Unclear, Audience::Unstated] {
        assert_eq!(by(&ada, audience), Verdict::Ignore(Why::Private));
    }
    let odd = Endorser {
        handle_passes: false,
        ..ada.clone()
    };
    assert_eq!(by(&odd, Audience::Direct), kept(ActOutcome::Counted));
    let bot = Endorser {
        account: Account::Automated,
        ..ada.clone()
    };
    assert_eq!(by(&bot, Audience::Direct), Verdict::Ignore(Why::Program));
    let young = Endorser {
        published: Some(NOON),
        ..ada.clone()
    };
    let waits = ActOutcome::Pending(WaitsFor::Age);
    assert_eq!(by(&young, Audience::Direct), kept(waits));
    let blocked = Endorser {
        blocked: true,
        ..ada
    };
    assert_eq!(by(&blocked, Audience::Direct), Verdict::Refuse);
}
