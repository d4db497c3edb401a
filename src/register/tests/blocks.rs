//! Blocks and limits: their effect on stored and on new endorsements, and after they are lifted.

use super::{
    people::{
        a_post, by, changed, created, deleted, edited, like, person, reply, reworded, unlike, url,
    },
    support::{DAY, HOUR, NOW, World},
};
use crate::{
    endorsement::{
        block_file::Flags,
        blocks::{Severity, Target},
        decide::Decision,
        judge::Audience,
    },
    register::{
        Error, InboundAction, InboundActivity, InboundPost, ReceiveOutcome, Undo,
        moderation::blocks::{ASLEEP, add, remove},
        rules::block_list,
    },
    store::{BlockRow, NewActor},
};

pub(super) fn domain(name: &str) -> Target {
    Target::Domain(name.to_owned())
}

pub(super) fn actor(who: &str) -> Target {
    Target::Actor(url(who))
}

pub(super) fn follow(who: &str, id: &str) -> InboundActivity {
    let object = "https://letter.example/actor".to_owned();
    by(who, id, InboundAction::Follow { object })
}

impl World {
    pub(super) async fn put(&self, target: Target, severity: Severity, cut: bool) -> bool {
        let policy = BlockRow {
            target,
            severity,
            public_comment: None,
            private_comment: None,
            at: self.now(),
            flags: Flags::default(),
        };
        add(&self.store, &self.context, self.now(), &policy, cut, "mona")
            .await
            .unwrap()
            .is_some()
    }

    pub(super) async fn block(&self, target: Target) -> bool {
        self.put(target, Severity::Block, false).await
    }

    pub(super) async fn limit(&self, target: Target) -> bool {
        self.put(target, Severity::Limit, false).await
    }

    pub(super) async fn lift(&self, target: Target) {
        let lifted = remove(&self.store, &self.context, self.now(), &target, "mona").await;
        assert!(lifted.unwrap().is_some(), "{target}");
    }

    async fn refused(&self, incoming: InboundActivity) {
        assert_eq!(
            self.receive(std::slice::from_ref(&incoming)).await,
            [ReceiveOutcome::Refused],
            "{incoming:?}"
        );
    }

    /// Each follower, with `asleep` when its row is inactive.
    pub(super) async fn sleepers(&self) -> Vec<String> {
        self.column(
            "SELECT actor.handle || CASE WHEN asleep_until IS NULL THEN '' ELSE ' asleep' END
             FROM follower JOIN actor ON actor.id = follower.actor_id ORDER BY actor.handle",
        )
        .await
    }

    pub(super) async fn assert_sound(&self) {
        assert!(
            self.check().await.findings.is_empty(),
            "{:?}",
            self.check().await
        );
    }
}

#[tokio::test]
async fn a_block_hides_what_is_there_and_lifting_it_brings_exactly_that_back() {
    let world = World::with(&["ada", "bo@sub.m.example", "cy@other.example"]).await;
    for who in ["ada", "bo@sub.m.example", "cy@other.example"] {
        world.take(reply(who, "1", "I sign.")).await;
    }
    assert!(world.block(domain("m.example")).await);
    assert_eq!(world.state("ada").await, "hidden");
    assert_eq!(world.state("bo@sub.m.example").await, "hidden");
    assert_eq!(world.state("cy@other.example").await, "listed Cy");
    assert_eq!(world.public().await.len(), 1);
    world.assert_sound().await;
    world.lift(domain("m.example")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
    assert_eq!(world.state("bo@sub.m.example").await, "listed Bo");
    assert_eq!(
        world.steps("ada").await,
        ["listed act", "hidden block", "listed block"]
    );
    let audits = world
        .column("SELECT action || ' ' || target || ' ' || by FROM audit ORDER BY id")
        .await;
    assert_eq!(
        audits,
        ["block.add m.example mona", "block.remove m.example mona"]
    );
    let linked = world
        .history("ada")
        .await
        .iter()
        .filter_map(|entry| entry.audit_id)
        .count();
    assert_eq!(linked, 2);
    world.assert_sound().await;
}

#[tokio::test]
async fn more_actors_than_one_transaction_takes_are_all_hidden_and_all_come_back() {
    let names: Vec<String> = (0..450).map(|n| format!("p{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let world = World::with(&names).await;
    let likes: Vec<_> = names.iter().map(|name| like(name, "l")).collect();
    world.receive(&likes).await;
    world.block(domain("m.example")).await;
    let states = "SELECT DISTINCT state FROM endorsement";
    assert_eq!(world.column(states).await, ["hidden"]);
    world.lift(domain("m.example")).await;
    assert_eq!(world.column(states).await, ["listed"]);
}

#[tokio::test]
async fn of_two_blocks_only_the_last_one_to_go_lets_go() {
    for first in [domain("m.example"), actor("ada")] {
        let world = World::with(&["ada"]).await;
        world.take(follow("ada", "f")).await;
        world.take(like("ada", "l")).await;
        world.block(actor("ada")).await;
        world.block(domain("m.example")).await;
        let last = if first == actor("ada") {
            domain("m.example")
        } else {
            actor("ada")
        };
        world.lift(first).await;
        assert_eq!(world.state("ada").await, "hidden");
        assert_eq!(world.sleepers().await, ["@ada@m.example asleep"]);
        world.lift(last).await;
        assert_eq!(world.state("ada").await, "listed Ada");
        assert_eq!(world.sleepers().await, ["@ada@m.example"]);
        world.assert_sound().await;
    }
}

#[tokio::test]
async fn what_a_moderator_hid_stays_hidden_and_is_unhidden_by_a_person_alone() {
    let world = World::with(&["ada"]).await;
    world.take(like("ada", "l")).await;
    world.decide(Decision::Hide, "ada").await.unwrap();
    world.block(domain("m.example")).await;
    world.lift(domain("m.example")).await;
    assert_eq!(world.state("ada").await, "hidden");
    world.block(domain("m.example")).await;
    world.decide(Decision::Unhide, "ada").await.unwrap();
    assert_eq!(
        world.state("ada").await,
        "hidden",
        "the block holds it still"
    );
    let held = world.decide(Decision::Unhide, "ada").await;
    assert!(matches!(held, Err(Error::Held { by, .. }) if by == "block"));
    world.lift(domain("m.example")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
}

#[tokio::test]
async fn a_suspension_by_the_origin_outlives_the_block_and_the_other_way_round() {
    let suspended = |suspended| NewActor {
        suspended,
        ..person("ada")
    };
    let world = World::with(&["ada"]).await;
    world.take(like("ada", "l")).await;
    world.take(changed(suspended(true), "u1")).await;
    world.block(actor("ada")).await;
    world.lift(actor("ada")).await;
    assert_eq!(world.state("ada").await, "hidden");
    world.take(changed(suspended(false), "u2")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
}

#[tokio::test]
async fn nothing_of_a_blocked_actor_is_taken_or_kept_but_leave() {
    let world = World::with(&["ada"]).await;
    world.block(domain("m.example")).await;
    let instance = InboundAction::FollowInstance {
        object: "https://letter.example/instance-actor".to_owned(),
    };
    let direct = InboundPost {
        audience: Audience::Direct,
        ..a_post("ada", "2", "I sign.")
    };
    for incoming in [
        like("ada", "l"),
        reply("ada", "1", "I sign."),
        reply("ada", "3", "Nice weather."),
        created("ada", "2", direct),
        follow("ada", "f"),
        by("ada", "fi", instance),
        by("ada", "n", InboundAction::Nothing),
        changed(
            NewActor {
                name: "Eve".to_owned(),
                ..person("ada")
            },
            "u",
        ),
        changed(person("new"), "u"),
    ] {
        world.refused(incoming).await;
    }
    assert!(world.find("ada").await.is_none());
    assert!(world.sent().await.is_empty());
    assert_eq!(world.followers().await, 0);
    for (what, sql) in [
        ("seen", "SELECT CAST(at AS TEXT) FROM seen"),
        ("acts", "SELECT object FROM act"),
        ("names", "SELECT name FROM actor WHERE name <> 'Ada'"),
    ] {
        assert!(world.column(sql).await.is_empty(), "{what}");
    }
}

#[tokio::test]
async fn leaving_works_while_blocked_and_for_ever() {
    let narrowed = InboundPost {
        audience: Audience::Followers,
        ..a_post("ada", "1", "I sign.")
    };
    for leaving in [
        deleted("ada", "1"),
        by("ada", "block", InboundAction::Blocked),
        by("ada", "gone", InboundAction::ActorDeleted),
        reply("ada", "2", "I withdraw"),
        reworded("ada", "1", 5, "I changed my mind about this."),
        reworded("ada", "1", 5, "Should I sign?"),
        edited("ada", 5, narrowed),
    ] {
        let world = World::with(&["ada"]).await;
        world.take(reply("ada", "1", "I sign.")).await;
        world.block(domain("m.example")).await;
        let sent = world.sent().await;
        world.take(leaving.clone()).await;
        assert_eq!(world.state("ada").await, "withdrawn", "{leaving:?}");
        assert_eq!(
            world.sent().await,
            sent,
            "nothing is sent about it: {leaving:?}"
        );
        world.lift(domain("m.example")).await;
        assert_eq!(world.state("ada").await, "withdrawn", "{leaving:?}");
        world.assert_sound().await;
    }
    let world = World::with(&["ada"]).await;
    world.take(follow("ada", "f")).await;
    world.take(like("ada", "l")).await;
    world.block(actor("ada")).await;
    world.take(unlike("ada", "l")).await;
    world
        .take(by("ada", "u", InboundAction::Undo(Undo::Follow(None))))
        .await;
    assert_eq!(world.state("ada").await, "withdrawn");
    assert_eq!(world.followers().await, 0);
}

#[tokio::test]
async fn an_edit_that_goes_on_signing_is_refused_while_blocked() {
    let world = World::with(&["ada"]).await;
    world
        .take(reply("ada", "1", "I sign. Because it matters."))
        .await;
    world.block(domain("m.example")).await;
    world
        .refused(reworded("ada", "1", 5, "I sign. Buy these shoes."))
        .await;
    world.lift(domain("m.example")).await;
    assert_eq!(
        world.row("ada").await.statement.as_deref(),
        Some("Because it matters.")
    );
}

#[tokio::test]
async fn rules_that_are_half_a_second_old_let_nobody_in_and_bring_nobody_back() {
    // The context of this world never changes, like that of a server that has not reloaded its rules yet.
    let world = World::with(&["ada"]).await;
    world.take(like("ada", "l")).await;
    world.block(domain("m.example")).await;
    assert!(world.context.rules.blocks.host("m.example").is_none());
    world.refused(like("ada", "again")).await;
    world.maintain().await;
    assert_eq!(world.state("ada").await, "hidden");
}

#[tokio::test]
async fn followers_sleep_for_thirty_days_and_then_follow_no_longer() {
    let world = World::with(&["ada", "bo@other.example"]).await;
    world.take(follow("ada", "f")).await;
    world.take(follow("bo@other.example", "f")).await;
    world.block(domain("m.example")).await;
    assert_eq!(
        world.sleepers().await,
        ["@ada@m.example asleep", "@bo@other.example"]
    );
    assert_eq!(world.read().await.follower_count().await.unwrap(), 1);
    world.clock.advance(10 * DAY);
    world.block(domain("m.example")).await;
    world.clock.advance(479 * HOUR);
    world.maintain().await;
    assert_eq!(world.followers().await, 2);
    world.clock.advance(HOUR);
    assert_eq!(world.now(), NOW.plus(ASLEEP));
    world.maintain().await;
    assert_eq!(world.sleepers().await, ["@bo@other.example"]);
}

#[tokio::test]
async fn only_a_cut_says_so_to_those_who_follow() {
    let world = World::with(&["ada", "bo@other.example"]).await;
    world.take(follow("ada", "f")).await;
    world.take(follow("bo@other.example", "f")).await;
    world.block(domain("m.example")).await;
    assert_eq!(world.sent().await, ["Accept", "Accept"]);
    world.put(domain("m.example"), Severity::Block, true).await;
    assert_eq!(world.sent().await, ["Accept", "Accept", "Reject"]);
    assert_eq!(world.sleepers().await, ["@bo@other.example"]);
    let bodies = world
        .column("SELECT body FROM activity WHERE kind = 'Reject'")
        .await;
    let reject: serde_json::Value = serde_json::from_str(&bodies[0]).unwrap();
    assert_eq!(reject["actor"], "https://letter.example/actor");
    assert_eq!(reject["object"]["actor"], url("ada"));
    assert_eq!(reject["object"]["id"], format!("{}/f", url("ada")));
    assert_eq!(reject["object"]["object"], "https://letter.example/actor");
    let queued = "SELECT activity.kind FROM delivery JOIN activity ON activity.id = activity_id
                  WHERE state = 'queued' ORDER BY activity.id";
    assert_eq!(world.column(queued).await, ["Accept", "Reject"]);
}

#[tokio::test]
async fn the_audit_names_an_actor_by_its_endorsement_or_by_its_host() {
    let world = World::with(&["ada", "bo"]).await;
    world.take(like("ada", "l")).await;
    world.block(actor("ada")).await;
    world.block(actor("bo")).await;
    let id = world.row("ada").await.public_id.to_string();
    let targets = world.column("SELECT target FROM audit ORDER BY id").await;
    assert_eq!(targets, [id, "someone on m.example".to_owned()]);
    let list = block_list(&mut world.read().await).await.unwrap();
    assert!(list.blocks_actor(&url("bo")) && !list.blocks_actor(&url("cy")));
}
