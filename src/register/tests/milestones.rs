//! Steps of the goal: one post for each, ever.

use std::time::Duration;

use serde_json::Value;

use super::{
    people::{like, person, reply, unlike},
    publish::{published, settings},
    support::{DAY, HOUR, SECOND, World, surge_of},
};
use crate::{
    config::{GoalConfig, GoalCounts},
    register::letter::{
        milestones::{MilestoneOutcome, announce_reached},
        note::NoteSettings,
    },
};

const SETTLE: Duration = Duration::from_hours(6);

fn goal(steps: &[u64]) -> GoalConfig {
    GoalConfig {
        steps: steps.to_vec(),
        counts: GoalCounts::Signed,
        settle: SETTLE,
        announce: true,
        quiet: true,
    }
}

impl World {
    async fn announce_reached(&self, goal: &GoalConfig) -> MilestoneOutcome {
        announce_reached(&self.store, &self.builder(), &settings(), (goal, None))
            .await
            .unwrap()
    }

    async fn signs(&self, who: &str) {
        self.meet(person(who)).await;
        self.take(reply(who, "1", "I sign")).await;
    }

    /// The text of every post.
    async fn posts(&self) -> Vec<String> {
        let bodies = self
            .column("SELECT body FROM activity WHERE kind = 'Create' AND subject <> '/letter' ORDER BY id")
            .await;
        let content = |body: &String| {
            let body: Value = serde_json::from_str(body).unwrap();
            body.pointer("/object/content")
                .unwrap()
                .as_str()
                .unwrap()
                .to_owned()
        };
        bodies.iter().map(content).collect()
    }

    async fn marked(&self) -> Vec<i64> {
        self.read().await.milestones().await.unwrap()
    }
}

#[tokio::test]
async fn a_step_is_announced_once_it_has_held_and_never_again() {
    let world = published(&["Jane Doe"]).await;
    let goal = goal(&[2, 5]);
    assert_eq!(
        world.announce_reached(&goal).await,
        MilestoneOutcome::Nothing
    );
    world.signs("ada").await;
    assert_eq!(world.announce_reached(&goal).await, MilestoneOutcome::Waits);
    world.clock.advance(SETTLE.checked_sub(SECOND).unwrap());
    assert_eq!(world.announce_reached(&goal).await, MilestoneOutcome::Waits);
    assert!(world.posts().await.is_empty());
    world.clock.advance(SECOND);
    assert_eq!(
        world.announce_reached(&goal).await,
        MilestoneOutcome::Announced(2)
    );
    assert_eq!(
        world.posts().await,
        [
            "<p>2 people have signed this letter. Thank you!</p><p>The letter and who signed it: \
          <a href=\"https://letter.example/\" rel=\"nofollow noopener noreferrer\">\
          https://letter.example/</a></p>"
        ]
    );
    assert_eq!(
        world.announce_reached(&goal).await,
        MilestoneOutcome::Nothing
    );
    // One supporter leaves, and another one comes.
    world.take(super::people::deleted("ada", "1")).await;
    world.clock.advance(DAY);
    assert_eq!(
        world.announce_reached(&goal).await,
        MilestoneOutcome::Nothing
    );
    world.signs("bo").await;
    world.clock.advance(DAY);
    assert_eq!(
        world.announce_reached(&goal).await,
        MilestoneOutcome::Nothing
    );
    assert_eq!(
        (world.posts().await.len(), world.marked().await),
        (1, vec![2])
    );
}

#[tokio::test]
async fn a_step_whose_post_is_too_long_is_marked_and_told_once() {
    let world = published(&[]).await;
    let goal = goal(&[1, 2]);
    let small = NoteSettings {
        max_chars: 20,
        ..settings()
    };
    let announce_reached = async || {
        let outcome = announce_reached(&world.store, &world.builder(), &small, (&goal, None)).await;
        outcome.unwrap()
    };
    assert_eq!(announce_reached().await, MilestoneOutcome::Nothing);
    world.signs("ada").await;
    world.clock.advance(SETTLE);
    let told = announce_reached().await;
    let expected = matches!(
        told,
        MilestoneOutcome::TooLong {
            step: 1,
            chars: 21..,
            most: 20
        }
    );
    assert!(expected, "{told:?}");
    assert_eq!(
        announce_reached().await,
        MilestoneOutcome::Nothing,
        "told once"
    );
    assert_eq!(world.marked().await, [1]);
    assert!(world.posts().await.is_empty());
    // The next step is announced, because its post fits.
    world.signs("bo").await;
    world.clock.advance(SETTLE);
    assert_eq!(
        world.announce_reached(&goal).await,
        MilestoneOutcome::Announced(2)
    );
    assert_eq!(world.posts().await.len(), 1);
}

#[tokio::test]
async fn what_was_passed_before_anybody_looked_is_marked_in_silence() {
    let world = published(&["Jane Doe", "John Roe", "Max Moe"]).await;
    let first = goal(&[1, 3, 4]);
    assert_eq!(
        world.announce_reached(&first).await,
        MilestoneOutcome::Nothing
    );
    assert_eq!(world.marked().await, [1, 3]);
    // A step that is configured later is not announced, either.
    let more = goal(&[1, 2, 3, 4]);
    world.announce_reached(&more).await;
    assert_eq!(world.marked().await, [1, 2, 3]);
    world.clock.advance(DAY);
    assert_eq!(
        world.announce_reached(&more).await,
        MilestoneOutcome::Nothing
    );
    assert!(world.posts().await.is_empty());
    // Nor is one that only another way of counting has passed.
    for who in ["ada", "bo"] {
        world.meet(person(who)).await;
        world.take(like(who, "l1")).await;
    }
    let total = GoalConfig {
        counts: GoalCounts::Total,
        ..more
    };
    world.announce_reached(&total).await;
    world.clock.advance(DAY);
    assert_eq!(
        world.announce_reached(&total).await,
        MilestoneOutcome::Nothing
    );
    assert_eq!(world.marked().await, [1, 2, 3, 4]);
    assert!(world.posts().await.is_empty());
}

#[tokio::test]
async fn what_is_passed_while_nothing_is_announced_stays_unannounced() {
    let world = published(&[]).await;
    let silent = GoalConfig {
        announce: false,
        ..goal(&[1])
    };
    world.announce_reached(&silent).await;
    world.signs("ada").await;
    world.clock.advance(SETTLE);
    assert_eq!(
        world.announce_reached(&silent).await,
        MilestoneOutcome::Nothing
    );
    assert_eq!(world.marked().await, [1]);
    assert_eq!(
        world.announce_reached(&goal(&[1])).await,
        MilestoneOutcome::Nothing
    );
    assert!(world.posts().await.is_empty());
}

#[tokio::test]
async fn of_several_steps_at_once_only_the_highest_is_said() {
    let world = published(&[]).await;
    let goal = goal(&[1, 2, 3, 9]);
    world.announce_reached(&goal).await;
    for who in ["ada", "bo", "cy", "di"] {
        world.signs(who).await;
    }
    world.clock.advance(SETTLE);
    assert_eq!(
        world.announce_reached(&goal).await,
        MilestoneOutcome::Announced(3)
    );
    assert_eq!(world.marked().await, [1, 2, 3]);
    assert_eq!(world.posts().await.len(), 1);
}

#[tokio::test]
async fn likes_count_where_the_goal_says_so() {
    let world = published(&[]).await;
    let total = GoalConfig {
        counts: GoalCounts::Total,
        ..goal(&[2])
    };
    world.announce_reached(&total).await;
    world.signs("ada").await;
    world.meet(person("bo")).await;
    world.take(like("bo", "l1")).await;
    world.clock.advance(SETTLE);
    assert_eq!(
        world.announce_reached(&total).await,
        MilestoneOutcome::Announced(2)
    );
    assert!(
        world
            .posts()
            .await
            .concat()
            .contains("2 people support this letter")
    );
}

#[tokio::test]
async fn who_leaves_and_comes_back_begins_anew() {
    let world = published(&[]).await;
    let total = GoalConfig {
        counts: GoalCounts::Total,
        ..goal(&[1])
    };
    world.announce_reached(&total).await;
    world.meet(person("ada")).await;
    world.take(like("ada", "l1")).await;
    world.clock.advance(5 * HOUR);
    world.take(unlike("ada", "l1")).await;
    world.take(like("ada", "l2")).await;
    world.clock.advance(5 * HOUR);
    assert_eq!(
        world.announce_reached(&total).await,
        MilestoneOutcome::Waits
    );
    world.clock.advance(HOUR);
    assert_eq!(
        world.announce_reached(&total).await,
        MilestoneOutcome::Announced(1)
    );
}

#[tokio::test]
async fn a_domain_in_a_surge_makes_no_milestone() {
    let mut world = published(&[]).await;
    world.surge = surge_of(2);
    let goal = goal(&[2]);
    world.announce_reached(&goal).await;
    for who in ["ada", "bo", "cy"] {
        world.signs(who).await;
    }
    assert_eq!(world.state("cy").await, "pending surge");
    world.clock.advance(SETTLE.checked_sub(SECOND).unwrap());
    assert_eq!(world.announce_reached(&goal).await, MilestoneOutcome::Waits);
    world.clock.advance(2 * SECOND);
    assert_eq!(
        world.announce_reached(&goal).await,
        MilestoneOutcome::Waits,
        "cy still waits"
    );
    // Six hours later maintenance accepts them, and the domain is like any other.
    world.maintain().await;
    assert_eq!(world.state("cy").await, "listed Cy");
    assert_eq!(
        world.announce_reached(&goal).await,
        MilestoneOutcome::Announced(2)
    );
}

#[tokio::test]
async fn milestones_speak_the_letters_language_where_they_can() {
    for (language, lang, words) in [
        (
            "de",
            "de",
            "1.000 Menschen haben diesen Brief unterzeichnet. Danke!",
        ),
        (
            "sv",
            "en",
            "1,000 people have signed this letter. Thank you!",
        ),
    ] {
        let world = published(&[]).await;
        let settings = NoteSettings {
            language: language.to_owned(),
            ..settings()
        };
        let goal = goal(&[1000]);
        announce_reached(&world.store, &world.builder(), &settings, (&goal, None))
            .await
            .unwrap();
        world
            .tamper(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
                 INSERT INTO signatory (public_id, name, skeleton, source, position, revision, state, listed_at)
                 SELECT 'p' || i, 'n' || i, 'n' || i, 'manual', i, 1, 'listed', 0 FROM n",
            )
            .await;
        let outcome =
            announce_reached(&world.store, &world.builder(), &settings, (&goal, None)).await;
        assert_eq!(outcome.unwrap(), MilestoneOutcome::Announced(1000));
        let body = world.column("SELECT body FROM activity ORDER BY id").await;
        let body: Value = serde_json::from_str(body.last().unwrap()).unwrap();
        let content = body.pointer(&format!("/object/contentMap/{lang}"));
        let content = content.unwrap().as_str().unwrap();
        assert!(content.contains(words), "{content}");
    }
}

#[tokio::test]
async fn two_who_look_at_once_say_it_once() {
    let world = published(&[]).await;
    let goal = goal(&[1]);
    world.announce_reached(&goal).await;
    world.signs("ada").await;
    world.clock.advance(SETTLE);
    let both = tokio::join!(world.announce_reached(&goal), world.announce_reached(&goal));
    let announced = [both.0, both.1];
    let once = announced
        .iter()
        .filter(|outcome| **outcome == MilestoneOutcome::Announced(1));
    assert_eq!(once.count(), 1, "{announced:?}");
    assert_eq!(world.posts().await.len(), 1);
}
