//! Commands in direct messages, and their answers.

use super::{
    people::{a_post, created, reply},
    support::{DAY, World},
};
use crate::{
    endorsement::{
        judge::Audience,
        policy::{Acknowledge, ReplyDisplay},
    },
    register::{InboundActivity, InboundPost},
};

/// A direct message.
fn message(who: &str, id: &str, words: &str) -> InboundActivity {
    let note = InboundPost {
        audience: Audience::Direct,
        ..a_post(who, id, words)
    };
    created(who, id, note)
}

/// What our last direct message says.
async fn last_answer(world: &World) -> String {
    let bodies = world.column("SELECT body FROM activity WHERE kind = 'Create' ORDER BY id DESC");
    let body: serde_json::Value = serde_json::from_str(&bodies.await[0]).unwrap();
    body["object"]["content"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn who_hides_is_counted_without_a_name_until_it_shows_itself() {
    let world = World::with(&["ada", "bo"]).await;
    world.take(reply("bo", "1", "I sign")).await;
    world.take(reply("ada", "1", "I sign. It matters.")).await;
    world.take(message("ada", "2", "@letter hide me!")).await;
    assert_eq!(world.state("ada").await, "counted");
    assert!(last_answer(&world).await.contains("on no page any more"));
    world.take(message("ada", "3", "hide me")).await;
    world.take(reply("ada", "4", "I sign this")).await;
    assert_eq!(world.state("ada").await, "counted");
    let names: Vec<_> = world.public().await;
    assert_eq!(names.len(), 1, "{names:?}");
    world
        .take(message("ada", "5", "Show me again, please."))
        .await;
    assert_eq!(world.state("ada").await, "listed Ada");
    assert!(last_answer(&world).await.contains("in the public list"));
    assert_eq!(world.state("bo").await, "listed Bo");
    assert_eq!(world.check().await.findings, []);
}

#[tokio::test]
async fn nobody_is_shown_above_what_was_announced() {
    let mut world = World::with(&["ada"]).await;
    world.rules().policy.reply_display = ReplyDisplay::Count;
    world.take(reply("ada", "1", "I sign")).await;
    world.rules().policy.reply_display = ReplyDisplay::Named;
    world.take(message("ada", "2", "hide me")).await;
    world.take(message("ada", "3", "show me")).await;
    assert_eq!(world.state("ada").await, "counted");
}

#[tokio::test]
async fn leaving_ends_the_wish_and_is_answered() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    world.take(message("ada", "2", "hide me")).await;
    world.take(message("ada", "3", "withdraw")).await;
    assert_eq!(world.state("ada").await, "withdrawn");
    assert!(last_answer(&world).await.contains("You have withdrawn"));
    world.take(message("ada", "4", "withdraw")).await;
    assert!(last_answer(&world).await.contains("no signature of yours"));
    world.take(reply("ada", "5", "I sign")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
}

#[tokio::test]
async fn five_commands_a_day_are_answered_and_all_obeyed() {
    let world = World::with(&["ada"]).await;
    world
        .take(reply("ada", "1", "I sign. https://spam.example"))
        .await;
    for id in ["2", "3", "4", "5", "6", "7"] {
        world.take(message("ada", id, "status")).await;
    }
    world.take(message("ada", "8", "hide me")).await;
    assert_eq!(world.state("ada").await, "counted");
    assert_eq!(world.sent().await.len(), 5);
    world.clock.advance(DAY);
    world.take(message("ada", "9", "help")).await;
    assert_eq!(world.sent().await.len(), 6);
    assert!(last_answer(&world).await.contains("hide me"));
}

#[tokio::test]
async fn a_status_tells_how_the_signature_stands() {
    let check = async |words: Option<&str>, expected: &str| {
        let world = World::with(&["ada"]).await;
        if let Some(words) = words {
            world.take(reply("ada", "1", words)).await;
        }
        world.take(message("ada", "2", "Status?")).await;
        let answer = last_answer(&world).await;
        assert!(answer.contains(expected), "{words:?}: {answer}");
        let page = "<a href=\"https://letter.example/e/";
        let is_listed = world.state("ada").await.starts_with("listed");
        assert_eq!(answer.contains(page), is_listed, "{words:?}: {answer}");
    };
    check(None, "no signature of yours").await;
    check(Some("I sign"), "in the public list.").await;
    check(Some("I sign. It matters."), "What you wrote waits").await;
    check(Some("Should I sign?"), "not clear whether").await;
}

#[tokio::test]
async fn what_is_no_command_is_answered_once_if_so_configured_and_never_kept() {
    let check = async |how, expected: usize| {
        let mut world = World::with(&["ada"]).await;
        world.rules().policy.acknowledge = how;
        for (id, words) in [
            ("1", "Hello there"),
            ("2", "Who are you"),
            ("3", "Should I sign?"),
        ] {
            world.take(message("ada", id, words)).await;
        }
        assert_eq!(world.sent().await.len(), expected, "{how}");
        assert_eq!(world.state("ada").await, "nothing");
        assert!(world.kept().await.is_empty());
    };
    check(Acknowledge::Like, 0).await;
    check(Acknowledge::Reply, 1).await;
    check(Acknowledge::None, 0).await;
}

#[tokio::test]
async fn a_command_in_public_is_a_comment_and_an_old_message_read_again_is_nothing() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    world.take(reply("ada", "2", "hide me")).await;
    let mut read_again = message("ada", "3", "hide me");
    read_again.evidence.how = "fetched".to_owned();
    read_again.request = None;
    world.take(read_again).await;
    assert_eq!(world.state("ada").await, "listed Ada");
}
