//! Direct messages that sign without a name.

use std::sync::Arc;

use super::{
    blocks::domain,
    people::{
        a_post, by, created, deleted, edited, like, person, post_id, quote, reply, reworded,
        unlike, url,
    },
    support::{DAY, HOUR, KEEP, NOW, SECOND, World, surge_of},
};
use crate::{
    clock::Clock as _,
    endorsement::{
        ActKind, State,
        decide::Decision,
        judge::{Audience, PostKind},
        policy::LetterState,
        word_rules::{Pattern, RuleScope, WordRule, WordRules},
    },
    hash::Sha256,
    register::{
        InboundAction, InboundActivity, InboundPost, ReceiveOutcome,
        inbound::{
            account_move::Moved,
            activity::{DereferenceTask, fetched},
        },
        maintenance::{judge_again::judge_paused, purge::maintain},
    },
    store::NewActor,
};

const SAYS: &str = "I sign without my name.";

async fn offering(people: &[&str]) -> World {
    let mut world = World::with(people).await;
    world.rules().policy.nameless = true;
    world
}

fn direct(who: &str, post: &str, words: &str) -> InboundPost {
    InboundPost {
        audience: Audience::Direct,
        to_us_alone: true,
        ..a_post(who, post, words)
    }
}

/// A new direct message.
fn message(who: &str, post: &str, words: &str) -> InboundActivity {
    created(who, post, direct(who, post, words))
}

/// Its edit, so many seconds after [`NOW`].
fn other_words(who: &str, post: &str, seconds: u32, words: &str) -> InboundActivity {
    edited(who, seconds, direct(who, post, words))
}

/// `signed`, and how many of them are without a name; everything that is kept fits.
async fn numbers(world: &World) -> (i64, i64) {
    let report = world.check().await;
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    let counts = world.read().await.counts(1).await.unwrap();
    (counts.signed, counts.nameless)
}

/// What was last said to somebody.
async fn told(world: &World) -> String {
    let mut sent = world
        .column("SELECT body FROM activity WHERE kind = 'Create' ORDER BY id")
        .await;
    sent.pop().unwrap_or_default()
}

async fn times_told(world: &World) -> usize {
    let sent = world.sent().await;
    sent.iter().filter(|kind| *kind == "Create").count()
}

#[tokio::test]
async fn a_message_counts_and_nothing_of_its_words_is_kept() {
    let world = offering(&["ada"]).await;
    let mut sent = message("ada", "1", SAYS);
    sent.evidence.body = br#"{"content":"I sign without my name."}"#.to_vec();
    sent.evidence.headers = "signature: abc\ndigest: SHA-256=xyz\n".to_owned();
    world.take(sent).await;
    let row = world.row("ada").await;
    assert_eq!((row.state, row.kind), (State::Counted, ActKind::Direct));
    assert_eq!((row.name, row.statement), (None, None));
    assert_eq!(numbers(&world).await, (1, 1));
    assert_eq!(world.kept().await, ["evidence "]);
    let evidence = "SELECT how || ' ' || method || ' ' || headers FROM evidence";
    let evidence = world.column(evidence).await;
    let digest = "9a8ad87f";
    assert!(
        evidence[0].starts_with("signed post sha-256: "),
        "{evidence:?}"
    );
    assert!(!evidence[0].contains("abc") && !evidence[0].contains(digest));
    let act = "SELECT kind || ' ' || visibility || ' ' || ceiling || ' ' || COALESCE(activity, '-') FROM act";
    assert_eq!(world.column(act).await, ["direct direct counted -"]);
    assert!(world.public().await.is_empty());
    let told = told(&world).await;
    assert!(
        told.contains("administrators of this letter know who you are"),
        "{told}"
    );
    // The same message twice is one, and so is another one of the same person.
    world.take(message("ada", "2", SAYS)).await;
    assert_eq!(numbers(&world).await, (1, 1));
}

#[tokio::test]
async fn a_body_that_was_too_long_leaves_the_digest_that_was_signed() {
    let world = offering(&["ada"]).await;
    let mut sent = message("ada", "1", SAYS);
    sent.evidence.body = Vec::new();
    sent.evidence.headers = "signature: abc\nDigest: SHA-256=xyz\n".to_owned();
    world.take(sent).await;
    let headers = world.column("SELECT headers FROM evidence").await;
    assert_eq!(headers, ["Digest: SHA-256=xyz\n"]);
}

#[tokio::test]
async fn without_the_setting_nothing_of_it_counts_and_what_stands_stays() {
    let mut world = offering(&["ada", "bob"]).await;
    world.take(message("ada", "1", SAYS)).await;
    world.rules().policy.nameless = false;
    world.take(message("bob", "1", SAYS)).await;
    assert_eq!(world.state("bob").await, "nothing");
    assert_eq!(numbers(&world).await, (1, 1));
    assert_eq!(world.state("ada").await, "counted");
    world.take(other_words("ada", "1", 5, SAYS)).await;
    assert_eq!(world.state("ada").await, "counted");
    world.take(other_words("ada", "1", 9, "Never mind.")).await;
    assert_eq!(world.state("ada").await, "withdrawn");
    world.take(other_words("ada", "1", 12, SAYS)).await;
    assert_eq!(world.state("ada").await, "withdrawn");
    assert_eq!(numbers(&world).await, (0, 0));
}

#[tokio::test]
async fn no_like_before_or_after_shows_the_name() {
    let world = offering(&["ada"]).await;
    world.take(like("ada", "like/1")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
    world.clock.advance(SECOND);
    world.take(message("ada", "1", SAYS)).await;
    assert_eq!(world.state("ada").await, "counted");
    world.clock.advance(SECOND);
    world.take(unlike("ada", "like/1")).await;
    world.take(like("ada", "like/2")).await;
    assert_eq!(world.state("ada").await, "counted");
    let row = world.row("ada").await;
    assert_eq!((row.kind, row.name), (ActKind::Direct, None));
    assert_eq!(numbers(&world).await, (1, 1));
    world.take(deleted("ada", "1")).await;
    assert_eq!(world.state("ada").await, "counted");
    assert_eq!(world.row("ada").await.kind, ActKind::Like);
    assert_eq!(numbers(&world).await, (0, 0));
    // A new act, as always.
    world.take(unlike("ada", "like/2")).await;
    world.take(like("ada", "like/3")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
}

#[tokio::test]
async fn whoever_is_listed_keeps_the_signature_without_the_name() {
    let world = offering(&["ada"]).await;
    world.take(reply("ada", "1", "I sign. It matters.")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
    world.clock.advance(SECOND);
    world.take(message("ada", "2", SAYS)).await;
    let row = world.row("ada").await;
    assert_eq!((row.state, row.kind), (State::Counted, ActKind::Direct));
    assert_eq!((row.name, row.statement), (None, None));
    assert_eq!(numbers(&world).await, (1, 1));
    // A quote, an edit of the reply and *show me* show nothing.
    world.clock.advance(SECOND);
    world.take(quote("ada", "3", "I sign.")).await;
    world
        .take(reworded("ada", "1", 5, "I sign. It still matters."))
        .await;
    world.take(message("ada", "4", "show me")).await;
    assert_eq!(world.state("ada").await, "counted");
    assert!(told(&world).await.contains("without your name"));
    // Its end does not bring the name back: the reply counts without it.
    world.take(deleted("ada", "2")).await;
    let row = world.row("ada").await;
    assert_eq!((row.state, row.kind), (State::Counted, ActKind::Reply));
    assert_eq!((row.name, numbers(&world).await), (None, (1, 0)));
}

#[tokio::test]
async fn only_a_later_public_reply_or_mention_shows_the_name_until_it_ends() {
    let world = offering(&["ada"]).await;
    world.take(message("ada", "1", SAYS)).await;
    world.clock.advance(SECOND);
    world.take(reply("ada", "2", "I sign.")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
    assert_eq!(world.row("ada").await.kind, ActKind::Reply);
    assert_eq!(numbers(&world).await, (1, 0));
    world.take(deleted("ada", "2")).await;
    assert_eq!(world.state("ada").await, "counted");
    assert_eq!(world.row("ada").await.kind, ActKind::Direct);
    assert_eq!(numbers(&world).await, (1, 1));
    world.clock.advance(SECOND);
    world.take(reply("ada", "3", "I sign.")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
    world.clock.advance(SECOND);
    world.take(message("ada", "4", SAYS)).await;
    assert_eq!(world.state("ada").await, "counted");
}

#[tokio::test]
async fn a_closed_letter_takes_the_name_off_and_counts_no_new_one() {
    let mut world = offering(&["ada", "bob"]).await;
    world.take(reply("ada", "1", "I sign.")).await;
    world.letter(LetterState::Closed);
    world.clock.advance(SECOND);
    world.take(message("ada", "2", SAYS)).await;
    world.take(message("bob", "2", SAYS)).await;
    assert_eq!(world.state("ada").await, "counted");
    assert_eq!(world.row("ada").await.kind, ActKind::Reply);
    assert_eq!(world.state("bob").await, "late");
    assert_eq!(numbers(&world).await, (1, 0));
    world.decide(Decision::Approve, "bob").await.unwrap();
    assert_eq!(world.state("bob").await, "counted");
    assert_eq!(numbers(&world).await, (2, 1));
}

#[tokio::test]
async fn a_draft_keeps_nothing_and_a_paused_letter_lets_it_wait() {
    let mut world = offering(&["ada"]).await;
    world.letter(LetterState::Draft);
    world.take(message("ada", "1", SAYS)).await;
    assert_eq!(world.state("ada").await, "nothing");
    assert!(told(&world).await.contains("not out yet"));
    world.letter(LetterState::Paused);
    world.take(message("ada", "2", SAYS)).await;
    assert_eq!(world.state("ada").await, "pending paused");
    // What stands is judged also when the setting is off by then.
    world.letter(LetterState::Open);
    world.rules().policy.nameless = false;
    judge_paused(&world.store, &world.context, world.now())
        .await
        .unwrap();
    assert_eq!(world.state("ada").await, "counted");
    assert_eq!(numbers(&world).await, (1, 1));
}

#[tokio::test]
async fn age_surge_rules_and_blocks_hold_as_for_others() {
    let mut world = offering(&[]).await;
    world
        .meet(NewActor {
            published_at: Some(NOW),
            ..person("ada")
        })
        .await;
    world.take(message("ada", "1", SAYS)).await;
    assert_eq!(world.state("ada").await, "pending age");
    assert_eq!(numbers(&world).await, (0, 0));
    world.clock.advance(4 * DAY);
    world.maintain().await;
    assert_eq!(world.state("ada").await, "counted");
    assert_eq!(numbers(&world).await, (1, 1));
    for who in ["bob", "cleo", "dora"] {
        world.meet(person(who)).await;
    }

    let rule = WordRule {
        number: 7,
        pattern: Pattern::parse("glue").unwrap(),
        scope: RuleScope::Both,
    };
    world.rules().word_rules = Arc::new(WordRules::new(vec![rule]));
    let words = "I sign without my name because of the glue.";
    world.take(message("bob", "1", words)).await;
    assert_eq!(world.state("bob").await, "pending rule");
    world.decide(Decision::Approve, "bob").await.unwrap();
    assert_eq!(world.state("bob").await, "counted");

    world.surge = surge_of(1);
    world.take(message("cleo", "1", SAYS)).await;
    world.take(message("dora", "1", SAYS)).await;
    let states = [world.state("cleo").await, world.state("dora").await];
    assert!(states.contains(&"pending surge".to_owned()), "{states:?}");
    world.decide(Decision::Reject, "cleo").await.unwrap();
    world.take(message("cleo", "2", SAYS)).await;
    assert_eq!(world.state("cleo").await, "pending decision");
    numbers(&world).await;

    world.block(domain("m.example")).await;
    let answers = world.receive(&[message("ada", "9", SAYS)]).await;
    assert_eq!(answers, [ReceiveOutcome::Refused]);
    // Leaving works.
    world.take(deleted("ada", "1")).await;
    assert_eq!(world.state("ada").await, "withdrawn");
}

#[tokio::test]
async fn words_that_are_not_clear_are_answered_with_both_ways_and_keep_nothing() {
    let world = offering(&["ada", "bob", "cleo"]).await;
    for (n, words) in [
        "I sign",
        "Can I sign without my name?",
        "I don't sign without my name",
        "“I sign without my name”",
    ]
    .into_iter()
    .enumerate()
    {
        world.take(message("ada", &n.to_string(), words)).await;
        assert_eq!(world.state("ada").await, "nothing", "{words}");
        assert_eq!(times_told(&world).await, n + 1, "{words}");
        let told = told(&world).await;
        assert!(told.contains("“I sign without my name”"), "{told}");
        assert!(told.contains("reply in public with “I sign”"), "{told}");
    }
    // Nobody is answered for ever.
    for n in 10..20 {
        world.take(message("ada", &n.to_string(), "I sign")).await;
    }
    assert_eq!(times_told(&world).await, 5);
    // Other words, once.
    for n in 0..3 {
        world
            .take(message("bob", &n.to_string(), "Who are you?"))
            .await;
    }
    assert_eq!(times_told(&world).await, 6);
    let to_followers = InboundPost {
        audience: Audience::Followers,
        ..direct("cleo", "1", SAYS)
    };
    world.take(created("cleo", "1", to_followers)).await;
    let to_others = InboundPost {
        to_us_alone: false,
        ..direct("cleo", "3", SAYS)
    };
    world.take(created("cleo", "3", to_others)).await;
    world
        .take(created(
            "cleo",
            "2",
            InboundPost {
                kind: PostKind::Quote,
                ..direct("cleo", "2", SAYS)
            },
        ))
        .await;
    assert_eq!(world.state("cleo").await, "nothing");
    assert!(world.kept().await.is_empty());
    assert_eq!(numbers(&world).await, (0, 0));
}

#[tokio::test]
async fn of_two_edits_the_one_that_signs_less_stands() {
    let world = offering(&["ada", "bob", "cleo", "dora"]).await;
    let check = async |who: &str, edits: &[(u32, &str)], expected: &str| {
        world.take(message(who, "1", SAYS)).await;
        for (n, (seconds, words)) in edits.iter().enumerate() {
            let mut edit = other_words(who, "1", *seconds, words);
            edit.activity = Some(format!("{}/edit/{n}", url(who)));
            world.take(edit).await;
        }
        assert_eq!(world.state(who).await, expected, "{who}");
    };
    check("ada", &[(5, SAYS), (5, "Or not.")], "withdrawn").await;
    check("bob", &[(5, "Or not."), (5, SAYS)], "withdrawn").await;
    // An older one that comes later says nothing, and one that is later for certain counts again.
    check("cleo", &[(9, SAYS), (5, "Or not.")], "counted").await;
    check("dora", &[(5, "Or not."), (9, SAYS)], "counted").await;
    assert_eq!(numbers(&world).await, (2, 2));
    // In public, or without a date, it signs no more.
    world.take(reworded("cleo", "1", 20, "I sign.")).await;
    assert_eq!(world.state("cleo").await, "withdrawn");
    let undated = InboundPost {
        edit: true,
        ..direct("dora", "1", "Or not.")
    };
    let undated = InboundAction::Post(Box::new(undated));
    world.take(by("dora", "undated", undated)).await;
    assert_eq!(world.state("dora").await, "withdrawn");
    let again = InboundPost {
        edit: true,
        ..direct("dora", "1", SAYS)
    };
    let again = InboundAction::Post(Box::new(again));
    world.take(by("dora", "again", again)).await;
    assert_eq!(world.state("dora").await, "withdrawn");
    assert_eq!(numbers(&world).await, (0, 0));
    assert!(world.column("SELECT kind FROM job").await.is_empty());
}

#[tokio::test]
async fn an_edit_that_does_not_mention_the_letter_ends_it() {
    let world = offering(&["ada"]).await;
    world.take(message("ada", "1", SAYS)).await;
    let action = InboundAction::Unhung {
        post: post_id("ada", "1"),
        updated: Some(NOW.plus(5 * SECOND)),
        narrowed: true,
    };
    world.take(by("ada", "unhung", action)).await;
    assert_eq!(world.state("ada").await, "withdrawn");
}

#[tokio::test]
async fn nobody_has_the_message_read_or_ended_who_did_not_write_it() {
    let world = offering(&["ada", "eve@other.example"]).await;
    world.take(message("ada", "1", SAYS)).await;
    let message_id = post_id("ada", "1");
    for (n, task) in [
        DereferenceTask::Gone {
            url: message_id.clone(),
        },
        DereferenceTask::Post {
            url: message_id.clone(),
            concerns_us: true,
        },
    ]
    .into_iter()
    .enumerate()
    {
        let action = InboundAction::Dereference(task);
        let id = format!("forwarded/{n}");
        world
            .take(by("eve@other.example", &id, action.clone()))
            .await;
        world.take(by("ada", &id, action)).await;
    }
    assert!(world.column("SELECT kind FROM job").await.is_empty());
    // Whatever a look finds, or does not find, changes nothing.
    let gone = InboundAction::SourceGone {
        object: message_id.clone(),
    };
    let mut look = by("ada", "look", gone);
    (look.evidence, look.request) = (fetched(&message_id, b"", NOW), None);
    world.take(look).await;
    let mut look = message("ada", "1", "What a day");
    (look.evidence, look.request) = (fetched(&message_id, b"", NOW), None);
    world.take(look).await;
    let mut look = message("ada", "7", SAYS);
    (look.evidence, look.request) = (fetched(&message_id, b"", NOW), None);
    world.take(look).await;
    assert_eq!(world.state("ada").await, "counted");
    assert_eq!(world.acts_of(1).await.len(), 1);
    let mut tx = world.read().await;
    let source = tx.verification_source(&Sha256::of(&url("ada"))).await;
    assert_eq!(source.unwrap().unwrap().post, None);
}

#[tokio::test]
async fn deleting_withdrawing_and_the_end_of_the_account_end_it() {
    let world = offering(&["ada", "bob", "cleo", "dora"]).await;
    for who in ["ada", "bob", "cleo", "dora"] {
        world.take(message(who, "1", SAYS)).await;
    }
    assert_eq!(numbers(&world).await, (4, 4));
    world.take(deleted("ada", "1")).await;
    world.take(message("bob", "2", "withdraw")).await;
    world
        .take(by("cleo", "end", InboundAction::ActorDeleted))
        .await;
    world
        .take(by("dora", "end", InboundAction::ActorGone))
        .await;
    for who in ["ada", "bob", "cleo", "dora"] {
        assert_eq!(world.state(who).await, "withdrawn", "{who}");
    }
    assert_eq!(numbers(&world).await, (0, 0));
    // The same message again, or an edit of it, brings nothing back.
    world.take(message("ada", "1", SAYS)).await;
    world.take(other_words("ada", "1", 9, SAYS)).await;
    world.take(other_words("bob", "1", 9, SAYS)).await;
    assert_eq!(numbers(&world).await, (0, 0));
    assert!(world.column("SELECT kind FROM job").await.is_empty());
    // A new one does.
    world.take(message("bob", "3", SAYS)).await;
    assert_eq!(numbers(&world).await, (1, 1));
}

#[tokio::test]
async fn a_delete_that_comes_first_swallows_it() {
    let world = offering(&["ada"]).await;
    world.take(deleted("ada", "1")).await;
    world.take(message("ada", "1", SAYS)).await;
    assert_eq!(world.state("ada").await, "nothing");
    assert!(world.column("SELECT kind FROM job").await.is_empty());
}

#[tokio::test]
async fn a_move_takes_it_along_and_shows_no_name() {
    let world = offering(&["old", "new"]).await;
    world.take(reply("old", "1", "I sign.")).await;
    world.clock.advance(HOUR);
    world.take(message("new", "1", SAYS)).await;
    assert_eq!(numbers(&world).await, (2, 1));
    assert_eq!(world.moves("old", "new").await, Moved::Done);
    assert_eq!(world.state("new").await, "counted");
    assert_eq!(world.row("new").await.kind, ActKind::Direct);
    assert_eq!(numbers(&world).await, (1, 1));
    world.take(deleted("new", "1")).await;
    assert_eq!(world.state("new").await, "counted");
    assert_eq!(numbers(&world).await, (1, 0));
}

#[tokio::test]
async fn a_frozen_or_blocked_author_ends_it_by_an_edit_that_says_something_else() {
    let world = offering(&["ada"]).await;
    world.take(message("ada", "1", SAYS)).await;
    world.block(domain("m.example")).await;
    let same = world.receive(&[other_words("ada", "1", 5, SAYS)]).await;
    assert_eq!(same, [ReceiveOutcome::Refused]);
    world.take(other_words("ada", "1", 9, "Or not.")).await;
    assert_eq!(world.state("ada").await, "withdrawn");
}

#[tokio::test]
async fn purging_keeps_what_stands() {
    let world = offering(&["ada"]).await;
    world.take(message("ada", "1", SAYS)).await;
    world.clock.advance(400 * DAY);
    let (store, context) = (&world.store, &world.context);
    maintain(store, context, &world.surge, &KEEP, world.clock.now())
        .await
        .unwrap();
    assert_eq!(world.state("ada").await, "counted");
    assert_eq!(numbers(&world).await, (1, 1));
}
