//! What is erased, and when.

use super::{
    people::{a_post, by, created, deleted, like, person, reply, unlike, with_document},
    support::{DAY, HOUR, KEEP, SECOND, World},
};
use crate::{
    endorsement::{decide::Decision, judge::Audience},
    register::inbound::activity::InboundPost,
};

const SIGNS: &str = "I sign (ACME) because it matters";

#[tokio::test]
async fn words_and_evidence_of_who_leaves_go_at_once_and_the_rest_within_a_day() {
    let world = World::with(&["ada"]).await;
    world
        .receive(&[like("ada", "l1"), reply("ada", "1", SIGNS)])
        .await;
    assert_eq!(world.kept().await.len(), 6);
    world
        .receive(&[unlike("ada", "l1"), deleted("ada", "1")])
        .await;
    let left = world.kept().await;
    assert!(
        !left
            .iter()
            .any(|line| line.starts_with("text") || line.starts_with("evidence")),
        "{left:?}"
    );
    world.clock.advance(23 * HOUR);
    world.maintain().await;
    assert!(world.kept().await.is_empty());
    assert_eq!(world.steps("ada").await.len(), 2, "the history stays");
}

#[tokio::test]
async fn an_answer_that_never_arrived_goes_with_its_person() {
    let world = World::with(&["ada"]).await;
    let private = InboundPost {
        audience: Audience::Direct,
        ..a_post("ada", "1", "I sign")
    };
    world.take(created("ada", "1", private)).await;
    let bodies = "SELECT body FROM activity WHERE NOT public";
    assert_ne!(world.column(bodies).await, [""]);
    world.clock.advance(23 * HOUR);
    world.maintain().await;
    assert_eq!(world.column(bodies).await, [""]);
}

#[tokio::test]
async fn what_an_administrator_ends_is_kept_as_long_as_the_settings_say() {
    for (decision, kept) in [
        (Decision::Withdraw, KEEP.withdrawn),
        (Decision::Reject, KEEP.rejected),
    ] {
        let world = World::with(&["ada"]).await;
        world.take(reply("ada", "1", SIGNS)).await;
        let before = world.kept().await;
        world.decide(decision, "ada").await.unwrap();
        world.clock.advance(kept);
        world.maintain().await;
        let still = world.kept().await;
        assert!(
            before.iter().all(|line| still.contains(line)),
            "{decision} {still:?}"
        );
        world.clock.advance(SECOND);
        world.maintain().await;
        assert!(world.kept().await.is_empty(), "{decision}");
    }
}

#[tokio::test]
async fn the_reason_goes_with_a_row_that_never_had_a_name() {
    let world = World::new().await;
    let shy = crate::store::NewActor {
        discoverable: false,
        ..person("ada")
    };
    world.take(with_document(shy, like("ada", "l1"))).await;
    world.decide(Decision::Withdraw, "ada").await.unwrap();
    world.clock.advance(KEEP.withdrawn + SECOND);
    world.maintain().await;
    assert!(world.kept().await.is_empty());
}

#[tokio::test]
async fn who_leaves_is_not_kept_longer_because_of_a_decision() {
    let words = created("ada", "9", a_post("ada", "9", "withdraw"));
    let gone = by("ada", "gone", crate::register::InboundAction::ActorDeleted);
    for leaves in [deleted("ada", "1"), words, gone] {
        for decision in [Decision::Withdraw, Decision::Reject] {
            let world = World::with(&["ada"]).await;
            world.take(reply("ada", "1", SIGNS)).await;
            world.decide(decision, "ada").await.unwrap();
            world.take(leaves.clone()).await;
            world.clock.advance(DAY);
            world.maintain().await;
            let kept = world.kept().await;
            let kept: Vec<_> = kept
                .iter()
                .filter(|line| !line.starts_with("reason"))
                .collect();
            assert!(kept.is_empty(), "{decision} {:?} {kept:?}", leaves.action);
        }
    }
}

#[tokio::test]
async fn comments_are_dropped_when_their_time_is_over() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "This is wrong")).await;
    world.clock.advance(KEEP.comments);
    world.maintain().await;
    assert_eq!(world.kept().await.len(), 2);
    world.clock.advance(SECOND);
    world.maintain().await;
    assert!(world.kept().await.is_empty());
    assert!(
        world
            .column("SELECT public_id FROM comment")
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn the_ids_of_activities_are_forgotten_after_every_signature_has_expired() {
    let world = World::with(&["ada", "bo"]).await;
    world.take(like("ada", "l1")).await;
    world.take(unlike("bo", "l1")).await;
    world.take(unlike("ada", "never")).await;
    world.take(deleted("ada", "never")).await;
    // Four requests, the like and the two that were undone.
    let seen = "SELECT hex(hash) FROM seen";
    let early = "SELECT hex(object_hash) FROM tombstone";
    assert_eq!(world.column(early).await.len(), 1);
    world.clock.advance(6 * HOUR);
    world.maintain().await;
    assert!(world.column(early).await.is_empty());
    assert_eq!(world.column(seen).await.len(), 7);
    world.clock.advance(22 * HOUR);
    world.maintain().await;
    assert!(world.column(seen).await.is_empty());
}

#[tokio::test]
async fn housekeeping_does_nothing_twice() {
    let world = World::with(&["ada", "bo"]).await;
    world
        .receive(&[reply("ada", "1", SIGNS), like("bo", "l1")])
        .await;
    world.take(deleted("ada", "1")).await;
    world.clock.advance(2 * DAY);
    world.maintain().await;
    let before = (world.row("ada").await, world.row("bo").await);
    world.maintain().await;
    assert_eq!((world.row("ada").await, world.row("bo").await), before);
    assert!(world.check().await.findings.is_empty());
}
