//! Follow and Undo, in the expected order and in all others.

use super::{
    people::{by, url},
    support::{HOUR, NOW, World},
};
use crate::{
    hash::Sha256,
    register::{InboundAction, InboundActivity, Undo, moderation::followers::remove},
    store::FollowerRow,
};

fn follow(id: &str) -> InboundActivity {
    let object = "https://letter.example/actor".to_owned();
    by("ada", id, InboundAction::Follow { object })
}

fn undo(id: &str, undone: Undo) -> InboundActivity {
    by("ada", id, InboundAction::Undo(undone))
}

fn unfollow(follow: &str) -> InboundActivity {
    let id = Some(format!("{}/{follow}", url("ada")));
    undo(&format!("{follow}/undo"), Undo::Follow(id))
}

async fn follower(world: &World) -> Option<FollowerRow> {
    world.read().await.followers_of(&[1]).await.unwrap().pop()
}

#[tokio::test]
async fn every_follow_is_answered_and_the_newest_one_is_kept_since_the_first() {
    let world = World::with(&["ada"]).await;
    world.take(follow("f1")).await;
    world.clock.advance(HOUR);
    world.take(follow("f2")).await;
    assert_eq!(world.sent().await, ["Accept", "Accept"]);
    let row = follower(&world).await.unwrap();
    let newest = format!("{}/f2", url("ada"));
    assert_eq!((row.since, row.follow_id), (NOW, Some(newest)));
}

#[tokio::test]
async fn a_follow_that_comes_twice_is_answered_once() {
    let world = World::with(&["ada"]).await;
    world.take(follow("f1")).await;
    world.take(follow("f1")).await;
    world.receive(&[follow("f2"), follow("f2")]).await;
    assert_eq!(world.sent().await, ["Accept", "Accept"]);
}

#[tokio::test]
async fn the_accept_carries_the_follow_as_it_was_received() {
    let world = World::with(&["ada"]).await;
    world.take(follow("f1")).await;
    let bodies = world.column("SELECT body FROM activity").await;
    let accept: serde_json::Value = serde_json::from_str(&bodies[0]).unwrap();
    let object = &accept["object"];
    assert_eq!(object["id"], format!("{}/f1", url("ada")));
    assert_eq!(object["actor"], url("ada"));
    assert_eq!(object["object"], "https://letter.example/actor");
}

#[tokio::test]
async fn the_current_an_unknown_and_no_follow_end_it() {
    let own = |id: &str| format!("{}/{id}", url("ada"));
    let check = async |undone: Undo| {
        let world = World::with(&["ada"]).await;
        world.take(follow("f1")).await;
        world.take(undo("u", undone.clone())).await;
        assert_eq!(world.followers().await, 0, "{undone:?}");
    };
    check(Undo::Follow(Some(own("f1")))).await;
    check(Undo::Follow(Some(own("never-seen")))).await;
    check(Undo::Follow(None)).await;
    check(Undo::Activity(own("f1"))).await;
}

#[tokio::test]
async fn the_late_undo_of_an_older_follow_ends_nothing() {
    for bare in [false, true] {
        let world = World::with(&["ada"]).await;
        world.receive(&[follow("f1"), follow("f2")]).await;
        let id = format!("{}/f1", url("ada"));
        let undone = if bare {
            Undo::Activity(id)
        } else {
            Undo::Follow(Some(id))
        };
        world.take(undo("u", undone)).await;
        assert_eq!(world.followers().await, 1, "bare {bare}");
    }
}

#[tokio::test]
async fn an_undo_that_overtakes_its_follow_wins_for_six_hours() {
    let world = World::with(&["ada"]).await;
    world.take(unfollow("f1")).await;
    world.take(follow("f1")).await;
    assert_eq!(world.followers().await, 0);
    assert!(world.sent().await.is_empty());
    world.take(follow("f2")).await;
    assert_eq!(world.followers().await, 1);

    let world = World::with(&["ada"]).await;
    world.take(unfollow("f1")).await;
    world.clock.advance(6 * HOUR);
    world.take(follow("f1")).await;
    assert_eq!(world.followers().await, 1);
}

#[tokio::test]
async fn an_undo_is_only_about_its_own_sender() {
    let world = World::with(&["ada", "bo"]).await;
    world.take(follow("f1")).await;
    let undone = Undo::Follow(Some(format!("{}/f1", url("ada"))));
    world.take(by("bo", "u", InboundAction::Undo(undone))).await;
    let bare = Undo::Activity(format!("{}/f1", url("ada")));
    world.take(by("bo", "u2", InboundAction::Undo(bare))).await;
    assert_eq!(world.followers().await, 1);
}

#[tokio::test]
async fn a_follow_of_long_ago_can_be_undone_and_given_again_under_its_old_id() {
    let world = World::with(&["ada"]).await;
    world.take(follow("f1")).await;
    world.clock.advance(28 * HOUR);
    world.maintain().await;
    world.take(unfollow("f1")).await;
    assert_eq!(world.followers().await, 0);
    world.take(follow("f1")).await;
    assert_eq!(world.followers().await, 1);
}

#[tokio::test]
async fn the_instance_actor_takes_no_followers() {
    let world = World::with(&["ada"]).await;
    let object = "https://letter.example/instance-actor".to_owned();
    world
        .take(by("ada", "f", InboundAction::FollowInstance { object }))
        .await;
    assert_eq!(world.sent().await, ["Reject"]);
    assert_eq!(world.followers().await, 0);
}

#[tokio::test]
async fn a_deleted_and_a_blocking_account_follow_no_longer() {
    for action in [InboundAction::ActorDeleted, InboundAction::Blocked] {
        let world = World::with(&["ada"]).await;
        world.take(follow("f1")).await;
        world.take(by("ada", "gone", action)).await;
        assert_eq!(world.followers().await, 0);
    }
}

#[tokio::test]
async fn a_removed_follower_is_told_and_may_follow_again() {
    let world = World::with(&["ada", "bo"]).await;
    world.take(follow("f")).await;
    let removed = async |who: &str| {
        let mut tx = world.store.write().await.unwrap();
        let actor = tx.actors(&[Sha256::of(&url(who))]).await.unwrap().remove(0);
        let (context, now) = (&world.context, world.now());
        let done = remove(&mut tx, context, now, &actor, "mona").await.unwrap();
        tx.commit().await.unwrap();
        done
    };
    assert!(removed("ada").await);
    assert_eq!(world.followers().await, 0);
    assert_eq!(world.sent().await, ["Accept", "Reject"]);
    assert!(!removed("ada").await && !removed("bo").await);
    world.take(follow("f2")).await;
    assert_eq!(world.followers().await, 1);
    let audits = world
        .column("SELECT action || ' ' || target FROM audit")
        .await;
    assert_eq!(audits, ["follower.remove someone on m.example"]);
}
