//! Unannounced key changes: the actor is frozen, and only what takes something back is obeyed.

use super::{
    people::{a_post, by, changed, deleted, edited, like, person, reply, unlike, with_document},
    support::{DAY, World},
};
use crate::{
    endorsement::{Cause, decide::Decision},
    register::{InboundAction, InboundActivity, inbound::activity::fetched},
    store::{ActorRow, NewActor},
};

/// An actor's document with another key and another name.
pub(super) fn rekeyed(who: &str, key: &str) -> NewActor {
    NewActor {
        name: "Somebody Else".to_owned(),
        keys: vec![(
            format!("{}#main-key", super::people::url(who)),
            key.to_owned(),
        )],
        ..person(who)
    }
}

/// An activity signed with the new key, with the document that was fetched for it.
pub(super) fn by_the_new_key(who: &str, activity: InboundActivity) -> InboundActivity {
    let mut activity = with_document(rekeyed(who, "new"), activity);
    activity.evidence.pem = "new".to_owned();
    activity
}

impl World {
    /// The host of `m.example` has been unreachable for long.
    pub(super) async fn with_a_long_gone_host(people: &[&str]) -> Self {
        let world = Self::with(people).await;
        for who in people {
            world.take(reply(who, "1", "I sign")).await;
        }
        world
            .tamper("UPDATE host SET unavailable_since = 1 WHERE name = 'm.example'")
            .await;
        world
    }

    pub(super) async fn actor(&self, who: &str) -> ActorRow {
        let hash = crate::hash::Sha256::of(&super::people::url(who));
        self.read().await.actors(&[hash]).await.unwrap().remove(0)
    }

    pub(super) async fn is_frozen(&self, who: &str) -> bool {
        self.actor(who).await.frozen_at.is_some()
    }
}

#[tokio::test]
async fn on_a_host_that_was_long_gone_a_new_key_freezes() {
    let world = World::with_a_long_gone_host(&["ada"]).await;
    let other = a_post("ada", "1", "I sign. Buy my shoes!");
    for activity in [
        by_the_new_key("ada", edited("ada", 5, other)),
        by_the_new_key("ada", by("ada", "update", InboundAction::ActorChanged)),
        by_the_new_key("ada", reply("ada", "2", "I sign. Buy my shoes!")),
        by_the_new_key("ada", like("ada", "like")),
    ] {
        world.take(activity).await;
        assert!(world.is_frozen("ada").await);
        assert_eq!(world.state("ada").await, "listed Ada");
        assert_eq!(world.row("ada").await.statement, None);
        // The new name is not stored for later, either.
        assert_eq!(world.actor("ada").await.name, "Ada");
    }
    assert_eq!(world.steps("ada").await, ["listed act"]);
    // A fetched document changes nothing, either.
    let read = with_document(
        rekeyed("ada", "newer"),
        by("ada", "", InboundAction::ActorChanged),
    );
    let read = InboundActivity {
        activity: None,
        request: None,
        evidence: fetched("https://m.example/users/ada", &[], world.now()),
        ..read
    };
    world.take(read).await;
    assert_eq!(world.state("ada").await, "listed Ada");
    assert!(world.check().await.findings.is_empty());
}

#[tokio::test]
async fn whoever_is_frozen_can_leave_in_every_way() {
    let no_longer = a_post("ada", "1", "Interesting read.");
    let ways = [
        ("by the word", reply("ada", "2", "withdraw")),
        ("by deleting the reply", deleted("ada", "1")),
        ("by an edit", edited("ada", 5, no_longer)),
        (
            "by a question",
            edited("ada", 5, a_post("ada", "1", "Should I sign?")),
        ),
        (
            "by deleting the account",
            by("ada", "end", InboundAction::ActorDeleted),
        ),
        ("by a block", by("ada", "block", InboundAction::Blocked)),
    ];
    for (name, way) in ways {
        let world = World::with_a_long_gone_host(&["ada"]).await;
        world.take(by_the_new_key("ada", way)).await;
        assert!(world.is_frozen("ada").await, "{name}");
        assert_eq!(world.state("ada").await, "withdrawn", "{name}");
    }
    let world = World::with_a_long_gone_host(&["ada"]).await;
    world.take(like("ada", "like")).await;
    world
        .tamper("UPDATE host SET unavailable_since = 1, returned_at = 1")
        .await;
    world
        .take(by_the_new_key("ada", unlike("ada", "like")))
        .await;
    world.take(by_the_new_key("ada", deleted("ada", "1"))).await;
    assert_eq!(world.state("ada").await, "withdrawn");
}

/// Nothing but leaving is applied of a frozen actor, so an edit that is no news otherwise still ends the post.
#[tokio::test]
async fn whoever_is_frozen_leaves_by_an_edit_of_any_date() {
    let world = World::with_a_long_gone_host(&["ada"]).await;
    world
        .tamper("UPDATE act SET edited_at = 9999999999999")
        .await;
    let older = edited("ada", 5, a_post("ada", "1", "Interesting read."));
    world.take(by_the_new_key("ada", older)).await;
    assert!(world.is_frozen("ada").await);
    assert_eq!(world.state("ada").await, "withdrawn");
}

#[tokio::test]
async fn a_neighbour_who_speaks_first_does_not_hide_that_the_host_was_gone() {
    let world = World::with_a_long_gone_host(&["ada"]).await;
    world.clock.advance(60 * DAY);
    world.meet(person("eve")).await;
    world.take(like("eve", "like")).await;
    world.take(by_the_new_key("ada", like("ada", "like"))).await;
    assert!(world.is_frozen("ada").await);
    // An actor whose key was fetched after the host's return may change it as anywhere else.
    let eve = by_the_new_key("eve", like("eve", "again"));
    world
        .tamper("UPDATE actor_key SET fetched_at = 9999999999999")
        .await;
    world.take(eve).await;
    assert!(!world.is_frozen("eve").await);
}

#[tokio::test]
async fn a_rotation_that_the_old_key_announces_never_freezes() {
    let world = World::with_a_long_gone_host(&["ada"]).await;
    // `changed` is signed with the known key.
    world.take(changed(rekeyed("ada", "new"), "update")).await;
    assert!(!world.is_frozen("ada").await);
    assert_eq!(world.state("ada").await, "listed Somebody Else");
    // From then on the new key announces changes.
    let mut next = changed(rekeyed("ada", "newest"), "update 2");
    next.evidence.pem = "new".to_owned();
    world.take(next).await;
    assert!(!world.is_frozen("ada").await);
}

#[tokio::test]
async fn more_than_three_shown_actors_a_day_freeze_together() {
    let people = ["ada", "bo", "cy", "di", "el"];
    let world = World::with(&people).await;
    for who in &people[..4] {
        world.take(reply(who, "1", "I sign")).await;
    }
    world.take(by_the_new_key("ada", like("ada", "like"))).await;
    world.clock.advance(25 * super::support::HOUR);
    // The first change was yesterday, and the change of an actor who is not shown does not count.
    for who in ["el", "bo", "cy", "di"] {
        world.take(by_the_new_key(who, like(who, "like"))).await;
    }
    for who in people {
        assert!(!world.is_frozen(who).await, "{who}");
    }
    let again = with_document(rekeyed("ada", "newer"), like("ada", "again"));
    world.take(again).await;
    for who in ["ada", "bo", "cy", "di"] {
        assert!(world.is_frozen(who).await, "{who}");
    }
    world.take(unlike("bo", "like")).await;
    world.take(reply("bo", "9", "I sign. Buy my shoes!")).await;
    assert_eq!(world.row("bo").await.statement, None);
}

#[tokio::test]
async fn whoever_approves_a_frozen_row_trusts_the_new_key() {
    let world = World::with_a_long_gone_host(&["ada"]).await;
    world.take(by_the_new_key("ada", like("ada", "like"))).await;
    world.decide(Decision::Approve, "ada").await.unwrap();
    assert!(!world.is_frozen("ada").await);
    let jobs = world.column("SELECT kind FROM job").await;
    assert_eq!(jobs, ["refresh_actor"]);
    let audit = world.column("SELECT action FROM audit").await;
    assert_eq!(audit, ["endorsement.approve"]);
    world
        .take(by_the_new_key("ada", reply("ada", "2", "I sign for good")))
        .await;
    assert_eq!(world.state("ada").await, "listed Somebody Else");
    // There is nothing left to approve.
    assert!(world.decide(Decision::Approve, "ada").await.is_err());
    assert_eq!(world.history("ada").await.last().unwrap().cause, Cause::Act);
}
