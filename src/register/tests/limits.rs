//! Limits, what waits because of them, and a command that was killed halfway.

use super::{
    blocks::{domain, follow},
    people::{changed, like, person, reply},
    support::{NOW, World},
};
use crate::{
    endorsement::{block_file::Flags, blocks::Severity, decide::Decision, policy::LetterState},
    store::BlockRow,
};

#[tokio::test]
async fn a_limit_lets_everything_wait_until_it_is_approved_or_the_limit_is_lifted() {
    let world = World::with(&["ada", "bo", "cy"]).await;
    world.take(reply("ada", "1", "I sign.")).await;
    world.take(like("bo", "l")).await;
    world.take(follow("bo", "f")).await;
    world.limit(domain("m.example")).await;
    world.take(like("cy", "l")).await;
    for who in ["ada", "bo", "cy"] {
        assert_eq!(world.state(who).await, "pending limited", "{who}");
    }
    assert_eq!(world.sleepers().await, ["@bo@m.example"]);
    world.assert_sound().await;
    // Approved ones stay shown, whatever else arrives.
    world.decide(Decision::Approve, "ada").await.unwrap();
    world.take(changed(person("ada"), "u")).await;
    world.take(like("ada", "l")).await;
    assert!(
        !world.limit(domain("m.example")).await,
        "the same once more is no news"
    );
    assert_eq!(world.state("ada").await, "listed Ada");
    assert_eq!(world.state("bo").await, "pending limited");
    world.lift(domain("m.example")).await;
    for (who, state) in [
        ("ada", "listed Ada"),
        ("bo", "listed Bo"),
        ("cy", "listed Cy"),
    ] {
        assert_eq!(world.state(who).await, state);
    }
    world.assert_sound().await;
}

#[tokio::test]
async fn what_waited_for_a_person_goes_on_waiting_after_a_limit_or_a_block() {
    for severity in [Severity::Limit, Severity::Block] {
        let world = World::with(&["ada", "bo"]).await;
        world.take(reply("ada", "1", "Should I sign?")).await;
        world.take(like("bo", "l")).await;
        world.decide(Decision::Reject, "bo").await.unwrap();
        let before = world.state("ada").await;
        assert!(before.starts_with("pending"), "{before}");
        world.put(domain("m.example"), severity, false).await;
        world.lift(domain("m.example")).await;
        assert_eq!(world.state("ada").await, before);
        assert_eq!(world.state("bo").await, "rejected");
    }
}

#[tokio::test]
async fn a_block_that_becomes_a_limit_wakes_followers_and_lets_endorsements_wait() {
    let world = World::with(&["ada"]).await;
    world.take(follow("ada", "f")).await;
    world.take(like("ada", "l")).await;
    world.block(domain("m.example")).await;
    assert!(world.limit(domain("m.example")).await);
    assert_eq!(world.state("ada").await, "pending limited");
    assert_eq!(world.sleepers().await, ["@ada@m.example"]);
}

#[tokio::test]
async fn what_waited_for_a_limit_while_the_letter_was_paused_comes_in_when_it_is_open() {
    let mut world = World::with(&["ada"]).await;
    world.limit(domain("m.example")).await;
    world.take(like("ada", "l")).await;
    world.letter(LetterState::Paused);
    world.lift(domain("m.example")).await;
    assert_eq!(world.state("ada").await, "pending limited");
    world.letter(LetterState::Open);
    world.maintain().await;
    assert_eq!(world.state("ada").await, "listed Ada");
}

#[tokio::test]
async fn a_command_that_was_killed_is_finished_by_housekeeping() {
    for (severity, expected) in [("block", "hidden"), ("limit", "pending limited")] {
        let world = World::with(&["ada"]).await;
        world.take(like("ada", "l")).await;
        let mut tx = world.store.write().await.unwrap();
        let severity = severity.parse().unwrap();
        let policy = BlockRow {
            target: domain("m.example"),
            severity,
            public_comment: None,
            private_comment: None,
            at: NOW,
            flags: Flags::default(),
        };
        tx.save_policy(&policy).await.unwrap();
        tx.set_setting("block_in_work", "domain m.example")
            .await
            .unwrap();
        tx.changed(&[crate::store::Topic::Policy]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(world.state("ada").await, "listed Ada");
        world.maintain().await;
        assert_eq!(world.state("ada").await, expected);
        let left = world.read().await.setting("block_in_work").await.unwrap();
        assert_eq!(left.as_deref(), Some(""));
    }
}
