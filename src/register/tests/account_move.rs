//! Moved accounts: one endorsement, for which both accounts act.

use super::{
    people::{a_post, by, deleted, edited, like, person, post_id, reply, unlike, url},
    support::{DAY, HOUR, World},
};
use crate::{
    endorsement::{Cause, decide::Decision},
    register::{
        InboundAction, InboundActivity,
        inbound::account_move::{Moved, carry_over},
    },
};

const NEW: &str = "ada@new.example";

impl World {
    /// Carries out a Move that both accounts confirmed.
    pub(super) async fn moves(&self, from: &str, to: &str) -> Moved {
        let mut tx = self.store.write().await.unwrap();
        let (moved, _) = carry_over(&mut tx, &self.context, self.now(), &url(from), &person(to))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        moved
    }

    pub(super) async fn is_sound(&self) {
        assert_eq!(self.check().await.findings, []);
    }
}

#[tokio::test]
async fn after_a_move_the_endorsement_is_the_new_accounts() {
    let world = World::with(&["ada"]).await;
    world
        .take(reply("ada", "1", "I sign because it matters"))
        .await;
    let before = world.row("ada").await;
    world.clock.advance(HOUR);
    assert_eq!(world.moves("ada", NEW).await, Moved::Done);
    assert_eq!(world.state("ada").await, "nothing");
    let after = world.row(NEW).await;
    assert_eq!(
        (after.public_id, after.statement, after.endorsed_at),
        (before.public_id, before.statement, before.endorsed_at)
    );
    assert_eq!(world.steps(NEW).await, ["listed act", "listed moved"]);
    let public = world.public().await;
    assert_eq!(public[0].handle.as_deref(), Some("@ada@new.example"));
    assert_eq!(public.len(), 1);
    world.is_sound().await;
    // The end of the old account does not end the new one's endorsement.
    world
        .take(by("ada", "end", InboundAction::ActorDeleted))
        .await;
    assert_eq!(world.state(NEW).await, "listed Ada");
    world
        .take(by(NEW, "end", InboundAction::ActorDeleted))
        .await;
    assert_eq!(world.state(NEW).await, "withdrawn");
    world.is_sound().await;
}

#[tokio::test]
async fn two_endorsements_become_one_with_the_older_date() {
    for (first, second) in [("ada", NEW), (NEW, "ada")] {
        for posts in [false, true] {
            let world = World::with(&["ada", NEW]).await;
            let act = |who: &str| {
                if posts {
                    reply(who, "1", "I sign")
                } else {
                    like(who, "l")
                }
            };
            let begun = world.now();
            world.take(act(first)).await;
            world.clock.advance(DAY);
            world.read_again(person(second)).await;
            world.take(act(second)).await;
            assert_eq!(world.public().await.len(), 2);
            assert_eq!(world.moves("ada", NEW).await, Moved::Done);
            assert_eq!(world.public().await.len(), 1, "{first} first");
            assert_eq!(world.row(NEW).await.endorsed_at, begun, "{first} first");
            assert_eq!(world.state("ada").await, "withdrawn");
            let last = world.history("ada").await.pop().unwrap();
            assert_eq!(last.cause, Cause::Moved);
            world.is_sound().await;
        }
    }
}

#[tokio::test]
async fn the_old_account_speaks_with_the_new_ones_voice() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    world.moves("ada", NEW).await;
    // The old account signs once more and likes: both count as the new one's, once.
    world.take(reply("ada", "2", "I sign")).await;
    world.take(like("ada", "like")).await;
    assert_eq!(world.state("ada").await, "nothing");
    assert_eq!(world.public().await.len(), 1);
    world.take(unlike("ada", "like")).await;
    world.take(deleted("ada", "2")).await;
    assert_eq!(world.state(NEW).await, "listed Ada");
    // Taking back the signing reply ends the endorsement that it made.
    let edit = edited("ada", 9, a_post("ada", "1", "I do not sign any more"));
    world.take(edit).await;
    assert_eq!(world.state(NEW).await, "withdrawn");
    world.is_sound().await;
}

#[tokio::test]
async fn what_came_along_outlives_its_source() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    world.moves("ada", NEW).await;
    let object = [crate::hash::Sha256::of(&post_id("ada", "1"))];
    let known = world.read().await.known_posts(&object).await.unwrap();
    assert_eq!(known, []);
    assert_eq!(world.state(NEW).await, "listed Ada");
}

#[tokio::test]
async fn an_account_moves_once_in_seven_days() {
    let world = World::with(&["ada", "ada@third.example"]).await;
    world.take(like("ada", "like")).await;
    assert_eq!(world.moves("ada", NEW).await, Moved::Done);
    assert_eq!(world.moves("ada", NEW).await, Moved::Nothing);
    // The account moves back, and then away again too soon.
    assert_eq!(world.moves(NEW, "ada").await, Moved::Done);
    assert_eq!(world.state("ada").await, "listed Ada");
    world.clock.advance(6 * DAY);
    assert_eq!(
        world.moves("ada", "ada@third.example").await,
        Moved::TooSoon
    );
    assert_eq!(world.state("ada").await, "listed Ada");
    world.clock.advance(DAY);
    assert_eq!(world.moves("ada", "ada@third.example").await, Moved::Done);
    assert_eq!(world.state("ada@third.example").await, "listed Ada");
    assert_eq!(world.public().await.len(), 1);
    // Every account of the chain acts for the last one.
    let edit = InboundActivity {
        activity: None,
        ..like(NEW, "again")
    };
    world.take(edit).await;
    assert_eq!(world.public().await.len(), 1);
    world.is_sound().await;
}

#[tokio::test]
async fn strangers_and_those_who_left_nothing_here_move_nothing() {
    let world = World::with(&["ada"]).await;
    assert_eq!(world.moves("ada", NEW).await, Moved::Nothing);
    assert_eq!(world.moves("nobody", NEW).await, Moved::Nothing);
    assert_eq!(world.state(NEW).await, "nothing");
}

#[tokio::test]
async fn nobody_moves_away_from_a_decision() {
    for (decision, state) in [
        (Decision::Reject, "pending decision"),
        (Decision::Hide, "hidden"),
    ] {
        for endorses_there in [false, true] {
            let world = World::with(&["ada", NEW]).await;
            world.take(reply("ada", "1", "I sign")).await;
            world.decide(decision, "ada").await.unwrap();
            if endorses_there {
                world.take(like(NEW, "like")).await;
            }
            world.moves("ada", NEW).await;
            world.take(reply(NEW, "2", "I sign")).await;
            // The new account's own endorsement stays; nothing of the old account is listed by moving.
            let expected = if endorses_there && decision == Decision::Reject {
                "listed Ada"
            } else {
                state
            };
            assert_eq!(
                world.state(NEW).await,
                expected,
                "{decision} {endorses_there}"
            );
            world.is_sound().await;
        }
    }
}
