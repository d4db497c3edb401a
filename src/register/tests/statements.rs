//! Statements, declared names and affiliations, and acknowledgements of signatures.

use super::{
    people::{
        a_post, by, changed, created, deleted, edited, like, person, reply, reworded, with_document,
    },
    support::{SECOND, World},
};
use crate::{
    endorsement::{
        ReviewState,
        decide::Decision,
        judge::Audience,
        policy::{Acknowledge, LetterState, Statements},
    },
    register::InboundPost,
    store::NewActor,
};

const SIGNS: &str = "I sign. Because it matters";

async fn statement(world: &World) -> Option<(String, ReviewState)> {
    let row = world.row("ada").await;
    row.statement.zip(row.statement_state)
}

fn because(state: ReviewState) -> (String, ReviewState) {
    ("Because it matters".to_owned(), state)
}

#[tokio::test]
async fn the_rest_of_the_words_waits_for_a_person() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", SIGNS)).await;
    assert_eq!(statement(&world).await, Some(because(ReviewState::Pending)));
    let public = world.public().await;
    assert_eq!((public.len(), &public[0].statement), (1, &None));
    let replies = world.read().await.public_replies(10).await.unwrap();
    assert!(replies.is_empty());
}

#[tokio::test]
async fn a_setting_shows_statements_of_the_trusted_or_of_all() {
    let mut world = World::with(&["ada"]).await;
    world.rules().policy.statements = Statements::Auto;
    world.take(reply("ada", "1", SIGNS)).await;
    assert_eq!(statement(&world).await, Some(because(ReviewState::Shown)));
    world.rules().policy.statements = Statements::Queue;
    world.take(reply("ada", "3", "I sign. For everybody")).await;
    let row = world.row("ada").await;
    assert_eq!(row.statement_state, Some(ReviewState::Pending));
}

#[tokio::test]
async fn after_one_approval_later_statements_of_the_same_person_are_shown() {
    let mut world = World::with(&["ada", "bo"]).await;
    world.rules().policy.statements = Statements::Trusted;
    // What only waited for words that are unsure is approved with them.
    world.take(reply("ada", "1", "Should I sign?")).await;
    world.take(reply("bo", "1", SIGNS)).await;
    assert_eq!(
        statement_of(&world, "ada").await,
        Some(ReviewState::Pending)
    );
    world.decide(Decision::Approve, "ada").await.unwrap();
    assert_eq!(statement_of(&world, "ada").await, Some(ReviewState::Shown));
    for (post, text, expected) in [
        ("2", "I sign for my children", Some(ReviewState::Shown)),
        ("3", "I sign", None),
        ("4", "I sign. For everybody", Some(ReviewState::Shown)),
    ] {
        world.take(reply("ada", post, text)).await;
        assert_eq!(statement_of(&world, "ada").await, expected, "{text}");
        world.clock.advance(SECOND);
    }
    // Nobody trusts others because of that, or a person whose statement a moderator hid.
    world.take(reply("bo", "2", "I sign for my children")).await;
    assert_eq!(statement_of(&world, "bo").await, Some(ReviewState::Pending));
    world
        .tamper("UPDATE endorsement SET statement_state = 'hidden'")
        .await;
    world.decide(Decision::Hide, "ada").await.unwrap();
    world.decide(Decision::Unhide, "ada").await.unwrap();
    world
        .take(reply("ada", "5", "I sign. For my friends"))
        .await;
    assert_eq!(
        statement_of(&world, "ada").await,
        Some(ReviewState::Pending)
    );
}

async fn statement_of(world: &World, who: &str) -> Option<ReviewState> {
    world.row(who).await.statement_state
}

#[tokio::test]
async fn an_unlisted_statement_is_shown_only_after_approval() {
    let mut world = World::with(&["ada"]).await;
    world.rules().policy.statements = Statements::Auto;
    let post = InboundPost {
        audience: Audience::Unlisted,
        ..a_post("ada", "1", SIGNS)
    };
    world.take(created("ada", "1", post)).await;
    assert_eq!(statement(&world).await, Some(because(ReviewState::Pending)));
    assert_eq!(world.state("ada").await, "listed Ada");
}

#[tokio::test]
async fn a_changed_text_waits_again_and_an_unchanged_one_keeps_the_decision() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", SIGNS)).await;
    world
        .tamper("UPDATE endorsement SET statement_state = 'shown'")
        .await;
    world.take(reworded("ada", "1", 1, SIGNS)).await;
    world
        .take(reworded("ada", "1", 2, "Signed! Because it matters"))
        .await;
    assert_eq!(statement(&world).await, Some(because(ReviewState::Shown)));
    world
        .take(reworded("ada", "1", 3, "I sign because of the trees"))
        .await;
    let row = world.row("ada").await;
    assert_eq!(row.statement_state, Some(ReviewState::Pending));
    assert!(world.public().await[0].statement.is_none());
}

#[tokio::test]
async fn another_content_warning_makes_another_statement() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", SIGNS)).await;
    world
        .tamper("UPDATE endorsement SET statement_state = 'shown'")
        .await;
    let warned = |post: &str| InboundPost {
        warning: Some("read this".to_owned()),
        ..a_post("ada", post, SIGNS)
    };
    world.take(edited("ada", 1, warned("1"))).await;
    assert_eq!(statement(&world).await, Some(because(ReviewState::Pending)));
    world
        .tamper("UPDATE endorsement SET statement_state = 'shown'")
        .await;
    world.take(created("ada", "2", warned("2"))).await;
    assert_eq!(statement(&world).await, Some(because(ReviewState::Pending)));
}

#[tokio::test]
async fn a_statement_is_shortened_to_what_the_settings_allow() {
    let mut world = World::with(&["ada"]).await;
    world.rules().policy.max_statement_chars = 10;
    world.take(reply("ada", "1", SIGNS)).await;
    let text = world.row("ada").await.statement.unwrap();
    assert_eq!(text, "Because i…");
}

#[tokio::test]
async fn who_opts_out_is_not_quoted_from_that_moment_on() {
    let mut world = World::with(&["ada"]).await;
    world.rules().policy.statements = Statements::Auto;
    let quiet = NewActor {
        opted_out: true,
        ..person("ada")
    };
    world
        .take(reply("ada", "1", "I sign (ACME). Because it matters"))
        .await;
    assert_eq!(statement(&world).await, Some(because(ReviewState::Shown)));
    world
        .tamper("UPDATE endorsement SET declared_state = 'shown'")
        .await;
    world.take(changed(quiet, "c1")).await;
    let row = world.row("ada").await;
    assert_eq!(row.statement_state, Some(ReviewState::Hidden));
    assert_eq!(row.declared_state, Some(ReviewState::Hidden));
    let public = world.public().await;
    assert_eq!(
        (&public[0].statement, &public[0].affiliation),
        (&None, &None)
    );
    // Only a new act widens it.
    world.take(changed(person("ada"), "c2")).await;
    assert_eq!(statement(&world).await, Some(because(ReviewState::Hidden)));
}

#[tokio::test]
async fn approving_the_endorsement_shows_what_waits_and_not_what_is_hidden() {
    for opted_out in [false, true] {
        let world = World::new().await;
        let document = NewActor {
            opted_out,
            ..person("ada")
        };
        let question = reply("ada", "1", "Should I sign?");
        world.take(with_document(document, question)).await;
        world.decide(Decision::Approve, "ada").await.unwrap();
        let expected = if opted_out {
            ReviewState::Hidden
        } else {
            ReviewState::Shown
        };
        assert_eq!(world.row("ada").await.statement_state, Some(expected));
    }
}

#[tokio::test]
async fn what_is_declared_is_cleaned_and_waits() {
    let world = World::with(&["ada"]).await;
    world
        .take(reply("ada", "1", "I sign as Jane \u{202e}Doe, \u{ff21}CME"))
        .await;
    let row = world.row("ada").await;
    assert_eq!(row.declared_name.as_deref(), Some("Jane Doe"));
    assert_eq!(row.declared_affiliation.as_deref(), Some("ACME"));
    assert_eq!(row.declared_state, Some(ReviewState::Pending));
    let public = world.public().await;
    assert_eq!(public[0].name.as_deref(), Some("Ada"));
    assert_eq!(public[0].affiliation, None);
}

#[tokio::test]
async fn words_that_pass_the_check_of_names_are_acknowledged_at_once() {
    let check = async |words: &str, expected: &[&str]| {
        let world = World::with(&["ada"]).await;
        world.take(reply("ada", "1", words)).await;
        assert_eq!(world.sent().await, expected, "{words}");
    };
    check("I sign", &["Like"]).await;
    check("@letter I sign this letter!", &["Like"]).await;
    check("I sign. https://letter.example/letter", &["Like"]).await;
    check(SIGNS, &["Like"]).await;
    check("I sign (ACME)", &["Like"]).await;
    check("I sign as Jane Doe", &["Like"]).await;
    check("I sign. See https://spam.example", &[]).await;
    check("I sign. Cheap shoes at shoes.example.com", &[]).await;
    check("I sign. Write to me@shoes.example", &[]).await;
    check("I sign. @bob@m.example told me", &[]).await;
    check("I sign. This is the official account", &[]).await;
    let long = format!("I sign. {}", "Because it matters a lot to me. ".repeat(8));
    check(&long, &["Like"]).await;
    check(&format!("{long} And to all of you."), &[]).await;
    check("This is wrong", &[]).await;
    check("Should I sign?", &[]).await;
}

#[tokio::test]
async fn who_was_acknowledged_hears_nothing_again() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    world.take(deleted("ada", "1")).await;
    world.take(reply("ada", "2", "I sign")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
    assert_eq!(world.sent().await, ["Like", "Undo"]);
}

#[tokio::test]
async fn programs_and_who_opted_out_are_not_acknowledged() {
    for (kind, opted_out) in [("Service", false), ("Application", false), ("Person", true)] {
        let mut world = World::new().await;
        world.rules().policy.bots = true;
        let document = NewActor {
            r#type: kind.to_owned(),
            opted_out,
            ..person("ada")
        };
        world
            .take(with_document(document, reply("ada", "1", "I sign")))
            .await;
        assert_eq!(world.state("ada").await, "listed Ada", "{kind}");
        assert!(world.sent().await.is_empty(), "{kind}");
    }
}

#[tokio::test]
async fn hiding_takes_the_acknowledgement_back_for_ever() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", SIGNS)).await;
    world.decide(Decision::Hide, "ada").await.unwrap();
    assert_eq!(world.sent().await, ["Like", "Undo"]);
    world.decide(Decision::Unhide, "ada").await.unwrap();
    world.take(deleted("ada", "1")).await;
    assert_eq!(world.sent().await, ["Like", "Undo"]);
}

#[tokio::test]
async fn who_is_late_or_waits_hears_what_happens_as_the_settings_say() {
    let check = async |how, state, words: &str, expected: &[&str]| {
        let mut world = World::with(&["ada", "bo"]).await;
        world.rules().policy.acknowledge = how;
        world.letter(state);
        world.take(like("bo", "l")).await;
        world.take(reply("ada", "1", words)).await;
        world.take(reworded("ada", "1", 1, words)).await;
        assert_eq!(world.sent().await, expected, "{how} {state} {words}");
    };
    let (like, reply, none) = (Acknowledge::Like, Acknowledge::Reply, Acknowledge::None);
    check(like, LetterState::Closed, "I sign", &["Create"]).await;
    check(reply, LetterState::Closed, "I sign", &["Create"]).await;
    check(none, LetterState::Closed, "I sign", &[]).await;
    check(like, LetterState::Paused, "I sign", &[]).await;
    check(reply, LetterState::Paused, "I sign", &["Create"]).await;
    check(none, LetterState::Paused, "I sign", &[]).await;
    check(like, LetterState::Open, "Should I sign?", &[]).await;
    check(reply, LetterState::Open, "Should I sign?", &["Create"]).await;
    check(reply, LetterState::Open, "What a letter", &[]).await;
}

#[tokio::test]
async fn who_heard_that_it_waits_is_not_thanked_as_well() {
    let mut world = World::with(&["ada"]).await;
    world.rules().policy.acknowledge = Acknowledge::Reply;
    world.take(reply("ada", "1", "Should I sign?")).await;
    world.decide(Decision::Approve, "ada").await.unwrap();
    assert_eq!(world.sent().await, ["Create"]);
}

#[tokio::test]
async fn an_acknowledgement_is_sent_once_as_the_settings_say_and_taken_back_at_the_end() {
    let check = async |acknowledge, expected: &[&str]| {
        let mut world = World::with(&["ada"]).await;
        world.rules().policy.acknowledge = acknowledge;
        world.take(reply("ada", "1", "I sign")).await;
        world.take(reworded("ada", "1", 1, "I sign this")).await;
        world.take(changed(person("ada"), "c1")).await;
        world.take(deleted("ada", "1")).await;
        assert_eq!(world.sent().await, expected);
    };
    check(Acknowledge::Like, &["Like", "Undo"]).await;
    check(Acknowledge::Reply, &["Create", "Delete"]).await;
    check(Acknowledge::None, &[]).await;
}

#[tokio::test]
async fn what_waits_is_acknowledged_when_it_is_approved() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "Should I sign?")).await;
    let effects = world.decide(Decision::Approve, "ada").await.unwrap();
    assert!(effects.queued);
    assert_eq!(world.sent().await, ["Like"]);
    world.decide(Decision::Reject, "ada").await.unwrap();
    assert_eq!(world.sent().await, ["Like", "Undo"]);
}

#[tokio::test]
async fn who_blocks_us_hears_nothing_any_more() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    world
        .take(by("ada", "block", crate::register::InboundAction::Blocked))
        .await;
    assert_eq!(world.state("ada").await, "withdrawn");
    assert_eq!(world.sent().await, ["Like"]);

    let world = World::with(&["bo"]).await;
    world.take(like("bo", "l")).await;
    world
        .take(by("bo", "block", crate::register::InboundAction::Blocked))
        .await;
    world.take(reply("bo", "1", "I sign")).await;
    assert_eq!(world.state("bo").await, "listed Bo");
    assert!(world.sent().await.is_empty());
}
