//! Periodic work: ages, surges, pauses, and what waited for too long.

use super::{
    people::{like, person, reply, with_document},
    support::{DAY, HOUR, NOW, SECOND, World, surge_of},
};
use crate::{
    endorsement::policy::{LetterState, Replies},
    store::NewActor,
};

fn young(who: &str) -> NewActor {
    NewActor {
        published_at: Some(NOW),
        ..person(who)
    }
}

#[tokio::test]
async fn who_waits_for_age_is_listed_on_the_day_when_it_is_reached() {
    let world = World::new().await;
    world
        .take(with_document(young("ada"), like("ada", "l1")))
        .await;
    assert_eq!(world.state("ada").await, "pending age");
    let of_age = NOW.day().plus(3 * DAY);
    world.clock.advance(of_age.minus(SECOND).since(NOW));
    world.maintain().await;
    assert_eq!(world.state("ada").await, "pending age");
    world.clock.advance(SECOND);
    world.maintain().await;
    // Counted until the actor was read again.
    assert_eq!(world.state("ada").await, "counted");
    world.read_again(young("ada")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
    assert_eq!(world.row("ada").await.endorsed_at, NOW);
    let steps = ["pending act", "counted waited", "listed actor_changed"];
    assert_eq!(world.steps("ada").await, steps);
}

#[tokio::test]
async fn what_came_in_time_is_not_late_when_its_day_comes() {
    let mut world = World::new().await;
    world
        .take(with_document(young("ada"), reply("ada", "1", "I sign")))
        .await;
    world.letter(LetterState::Closed);
    world.clock.advance(4 * DAY);
    world.maintain().await;
    assert_eq!(world.state("ada").await, "listed Ada");
    assert_eq!(world.sent().await, ["Like"]);
}

#[tokio::test]
async fn what_becomes_due_after_the_end_is_done_and_nobody_is_told() {
    let world = World::new().await;
    world
        .take(with_document(young("ada"), reply("ada", "1", "I sign")))
        .await;
    let mut tx = world.store.write().await.unwrap();
    let identity = crate::store::Identity {
        base_url: "https://letter.example".to_owned(),
        username: "letter".to_owned(),
        created_at: NOW,
        moved_to: None,
        moved_at: None,
        retired_at: None,
    };
    tx.save_identity(&identity).await.unwrap();
    tx.save_retired(NOW).await.unwrap();
    tx.commit().await.unwrap();
    world.clock.advance(4 * DAY);
    world.maintain().await;
    assert_eq!(world.state("ada").await, "listed Ada");
    assert!(world.sent().await.is_empty());
}

#[tokio::test]
async fn a_settings_change_makes_no_comment_of_what_waits() {
    let mut world = World::new().await;
    world
        .take(with_document(young("ada"), reply("ada", "1", "I sign")))
        .await;
    world.rules().policy.replies = Replies::Off;
    world.clock.advance(4 * DAY);
    world.maintain().await;
    assert_eq!(world.state("ada").await, "pending age");
}

#[tokio::test]
async fn of_age_a_question_still_waits_for_a_person() {
    let world = World::new().await;
    let asked = reply("ada", "1", "Should I sign?");
    world.take(with_document(young("ada"), asked)).await;
    assert_eq!(world.state("ada").await, "pending age");
    world.clock.advance(4 * DAY);
    world.maintain().await;
    assert_eq!(world.state("ada").await, "pending unsure");
}

#[tokio::test]
async fn an_act_that_does_not_decide_comes_of_age_too() {
    let world = World::new().await;
    let acts = [
        with_document(young("ada"), like("ada", "l1")),
        reply("ada", "1", "Should I sign?"),
    ];
    world.receive(&acts).await;
    world.clock.advance(4 * DAY);
    world.read_again(young("ada")).await;
    world.maintain().await;
    assert_eq!(world.state("ada").await, "listed Ada");
}

#[tokio::test]
async fn a_surge_passes_after_six_hours_as_fast_as_the_limit_allows() {
    let mut world = World::with(&["ada", "bo", "cy"]).await;
    world.surge = surge_of(1);
    world
        .receive(&[like("ada", "l1"), like("bo", "l1"), like("cy", "l1")])
        .await;
    assert_eq!(world.state("bo").await, "pending surge");
    world.clock.advance((6 * HOUR).saturating_sub(SECOND));
    world.maintain().await;
    assert_eq!(world.state("bo").await, "pending surge");
    world.clock.advance(SECOND);
    world.maintain().await;
    assert_eq!(world.state("bo").await, "listed Bo");
    assert_eq!(world.state("cy").await, "pending surge");
    world.clock.advance(HOUR);
    world.maintain().await;
    assert_eq!(world.state("cy").await, "listed Cy");
}

#[tokio::test]
async fn what_came_in_a_pause_is_judged_when_the_letter_is_open_again() {
    let mut world = World::with(&["ada", "bo", "cy"]).await;
    world.take(like("bo", "l1")).await;
    world.letter(LetterState::Paused);
    world.take(like("ada", "l1")).await;
    world.take(reply("bo", "1", "I sign")).await;
    world
        .take(with_document(young("cy"), like("cy", "l1")))
        .await;
    for letter in [LetterState::Paused, LetterState::Closed] {
        world.letter(letter);
        world.maintain().await;
        assert_eq!(world.state("ada").await, "pending paused");
    }
    world.letter(LetterState::Open);
    world.maintain().await;
    assert_eq!(world.state("ada").await, "listed Ada");
    assert_eq!(world.state("cy").await, "pending age");
    // This reply is by an actor who was listed all the time.
    let kind = world.row("bo").await.kind;
    assert_eq!(kind, crate::endorsement::ActKind::Reply);
}

#[tokio::test]
async fn nothing_comes_in_by_itself_during_a_pause() {
    let mut world = World::new().await;
    world
        .take(with_document(young("ada"), like("ada", "l1")))
        .await;
    world.letter(LetterState::Paused);
    world.clock.advance(4 * DAY);
    world.maintain().await;
    assert_eq!(world.state("ada").await, "pending age");
    world.read_again(young("ada")).await;
    world.letter(LetterState::Open);
    world.maintain().await;
    assert_eq!(world.state("ada").await, "listed Ada");
}

#[tokio::test]
async fn more_than_one_transaction_holds_are_judged_at_once() {
    let mut world = World::new().await;
    let who = |n: usize| format!("p{n}");
    let people: Vec<_> = (0..230).map(who).collect();
    let mut tx = world.store.write().await.unwrap();
    let documents: Vec<_> = people.iter().map(|name| person(name)).collect();
    tx.save_actors(&documents).await.unwrap();
    tx.commit().await.unwrap();
    world.letter(LetterState::Paused);
    let likes: Vec<_> = people.iter().map(|name| like(name, "l1")).collect();
    world.receive(&likes).await;
    world.letter(LetterState::Open);
    world.maintain().await;
    let counts = world.read().await.counts(1).await.unwrap();
    assert_eq!((counts.liked, counts.waiting), (230, 0));
}

#[tokio::test]
async fn what_waits_or_came_late_is_let_go_in_the_end() {
    let mut world = World::with(&["ada", "bo"]).await;
    world.take(reply("ada", "1", "Should I sign?")).await;
    world.letter(LetterState::Closed);
    world.take(reply("bo", "1", "I sign")).await;
    world.clock.advance(7 * DAY);
    world.maintain().await;
    assert_eq!(world.state("bo").await, "late");
    world.clock.advance(SECOND);
    world.maintain().await;
    assert_eq!(world.state("bo").await, "withdrawn");
    assert_eq!(world.state("ada").await, "pending unsure");
    world.clock.advance(173 * DAY);
    world.maintain().await;
    assert_eq!(world.state("ada").await, "withdrawn");
    assert_eq!(
        world.steps("ada").await,
        ["pending act", "withdrawn waited"]
    );
}

#[tokio::test]
async fn two_that_keep_house_at_once_do_nothing_twice() {
    let world = World::new().await;
    world
        .take(with_document(young("ada"), reply("ada", "1", "I sign")))
        .await;
    assert_eq!(world.state("ada").await, "pending age");
    world.clock.advance(4 * DAY);
    tokio::join!(world.maintain(), world.maintain());
    assert_eq!(world.state("ada").await, "listed Ada");
    let history = world.column("SELECT now FROM history ORDER BY id").await;
    assert_eq!(history, ["pending", "listed"]);
    let thanks = world
        .column("SELECT kind FROM activity WHERE kind IN ('Like', 'Create')")
        .await;
    assert_eq!(thanks.len(), 1, "{thanks:?}");
    world.is_sound().await;
}
