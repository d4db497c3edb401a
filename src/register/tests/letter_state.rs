//! Opening, pausing and closing the letter.

use super::{
    people::{like, person},
    publish::{file, settings},
    support::{DAY, HOUR, NOW, World},
};
use crate::{
    clock::Millis,
    endorsement::policy::LetterState,
    register::{
        Error, PendingDeliveries, Result,
        error::NoChange,
        letter::letter_state::{LetterSchedule, Wish, decide, is_untold, past_states, tell},
        maintenance::judge_again::judge_paused,
    },
};

impl World {
    async fn wish(&self, wish: Wish, configured: Option<Millis>) -> Result<LetterSchedule> {
        let mut tx = self.store.write().await.unwrap();
        let context = &self.context;
        let order = (wish, "mona");
        let done = decide(
            &mut tx,
            &context.urls,
            &settings(),
            context.random.as_ref(),
            self.now(),
            configured,
            order,
        )
        .await?;
        tx.commit().await.unwrap();
        Ok(done.0)
    }

    /// What each server does when it sees that the closing time has come.
    async fn tell(&self) -> PendingDeliveries {
        let mut tx = self.store.write().await.unwrap();
        let context = &self.context;
        let now = self.now();
        let opening = LetterSchedule::read(&mut tx, None).await.unwrap();
        let (urls, random) = (&context.urls, context.random.as_ref());
        let state = opening.state(now);
        let done = tell(&mut tx, urls, &settings(), random, now, state)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        done
    }

    async fn notices(&self) -> Vec<String> {
        let bodies = self
            .column("SELECT body FROM activity WHERE kind IN ('Create', 'Update') ORDER BY id")
            .await;
        let first = |body: &String| {
            let activity: serde_json::Value = serde_json::from_str(body).unwrap();
            let content = activity["object"]["content"].as_str().unwrap();
            let notice = content.split("</p><p>").nth(1).unwrap();
            notice
                .split([',', ' '])
                .take(4)
                .collect::<Vec<_>>()
                .join(" ")
        };
        bodies.iter().map(first).collect()
    }
}

async fn published() -> World {
    let world = World::new().await;
    world.publish(&file("Text.", &[]), None).await.unwrap();
    world
}

#[tokio::test]
async fn closing_and_opening_send_one_update_each() {
    let world = published().await;
    world.meet(person("ada")).await;
    world.take(like("ada", "l1")).await;
    world.wish(Wish::Close, None).await.unwrap();
    // Nothing more is sent, however often a server checks, starts, or sees another one close the letter.
    assert!(!world.tell().await.queued);
    let error = world.wish(Wish::Close, None).await.unwrap_err();
    let already = NoChange::Already(LetterState::Closed);
    assert!(matches!(error, Error::NoChange(why) if why == already));
    world.wish(Wish::Open, None).await.unwrap();
    assert!(!world.tell().await.queued);
    assert_eq!(
        world.notices().await,
        ["To sign  reply", "This letter is closed", "To sign  reply"]
    );
    // Ada only likes the letter, and gets the Update all the same. Nothing was sent yet, so the newer Update replaced
    // the older one.
    let deliveries = world.column("SELECT state FROM delivery").await;
    assert_eq!(deliveries.len(), 1);
    let actions = world.column("SELECT action FROM audit ORDER BY id").await;
    assert_eq!(actions, ["letter.publish", "letter.close", "letter.open"]);
}

#[tokio::test]
async fn pausing_tells_nobody_and_a_typo_says_whether_the_letter_is_closed() {
    let mut world = published().await;
    world.wish(Wish::Pause, None).await.unwrap();
    world.wish(Wish::Close, None).await.unwrap();
    world.rules().policy.letter = LetterState::Closed;
    world.publish(&file("Text!", &[]), None).await.unwrap();
    assert_eq!(
        world.notices().await[1..],
        ["This letter is closed", "This letter is closed"]
    );
}

#[tokio::test]
async fn a_letter_closes_at_its_time_once_for_all_servers() {
    let world = published().await;
    let at = NOW.plus(HOUR);
    let opening = world.wish(Wish::CloseAt(at), None).await.unwrap();
    assert_eq!(opening.closes_at(), Some(at));
    assert_eq!(opening.state(NOW), LetterState::Open);
    assert!(!world.tell().await.queued);
    world.clock.advance(HOUR);
    assert_eq!(opening.state(world.now()), LetterState::Closed);
    assert!(
        is_untold(&mut world.read().await, LetterState::Closed)
            .await
            .unwrap()
    );
    assert!(world.tell().await.queued);
    assert!(!world.tell().await.queued);
    assert_eq!(world.sent().await, ["Create", "Update"]);
    // Opening removes the closing time as well.
    let opening = world.wish(Wish::Open, None).await.unwrap();
    assert_eq!(opening.closes_at(), None);
    assert_eq!(opening.state(world.now().plus(DAY)), LetterState::Open);
}

#[tokio::test]
async fn what_waited_while_the_letter_was_paused_is_judged_when_it_opens() {
    let mut world = published().await;
    world.wish(Wish::Pause, None).await.unwrap();
    world.rules().policy.letter = LetterState::Paused;
    world.meet(person("ada")).await;
    world.take(like("ada", "l1")).await;
    let state = "SELECT state FROM endorsement";
    assert_eq!(world.column(state).await, ["pending"]);
    world.wish(Wish::Open, None).await.unwrap();
    world.rules().policy.letter = LetterState::Open;
    judge_paused(&world.store, &world.context, world.now())
        .await
        .unwrap();
    assert_eq!(world.column(state).await, ["listed"]);
}

#[tokio::test]
async fn nobody_is_told_of_a_letter_that_was_never_published() {
    let world = World::new().await;
    let refused = world.wish(Wish::Close, None).await;
    assert!(matches!(refused, Err(Error::NoChange(NoChange::Draft))));
    assert!(!world.tell().await.queued);
    assert!(world.sent().await.is_empty());
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn what_cannot_be_says_what_to_do() {
    use LetterState::{Closed, Open, Paused};
    let (past, soon, later) = (NOW.minus(HOUR), NOW.plus(HOUR), NOW.plus(DAY));
    let opening = |decided, close_at, configured| LetterSchedule {
        decided,
        close_at,
        configured,
        closed_at: None,
        is_draft: false,
    };
    let table = [
        (
            opening(Open, None, None),
            Wish::Open,
            Err(NoChange::Already(Open)),
        ),
        (
            opening(Open, Some(soon), None),
            Wish::Open,
            Ok((Open, None)),
        ),
        (
            opening(Open, Some(past), None),
            Wish::Open,
            Ok((Open, None)),
        ),
        (
            opening(Open, None, Some(past)),
            Wish::Open,
            Err(NoChange::Configured(past)),
        ),
        (
            opening(Paused, None, Some(past)),
            Wish::Open,
            Err(NoChange::Configured(past)),
        ),
        (
            opening(Paused, None, Some(soon)),
            Wish::Open,
            Ok((Open, None)),
        ),
        (
            opening(Paused, None, None),
            Wish::Pause,
            Err(NoChange::Already(Paused)),
        ),
        (
            opening(Open, Some(soon), None),
            Wish::Pause,
            Ok((Paused, Some(soon))),
        ),
        (
            opening(Closed, None, None),
            Wish::Pause,
            Err(NoChange::Closed),
        ),
        (
            opening(Open, Some(soon), None),
            Wish::Close,
            Ok((Closed, None)),
        ),
        (
            opening(Open, Some(past), None),
            Wish::Close,
            Err(NoChange::Already(Closed)),
        ),
        (
            opening(Open, None, Some(past)),
            Wish::CloseAt(later),
            Err(NoChange::Already(Closed)),
        ),
        (
            opening(Open, None, None),
            Wish::CloseAt(NOW),
            Err(NoChange::Past(NOW)),
        ),
        (
            opening(Open, None, Some(soon)),
            Wish::CloseAt(later),
            Err(NoChange::ConfiguredBefore(soon)),
        ),
        (
            opening(Open, None, Some(later)),
            Wish::CloseAt(soon),
            Ok((Open, Some(soon))),
        ),
        (
            opening(Open, Some(soon), None),
            Wish::CloseAt(soon),
            Err(NoChange::ClosesThen(soon)),
        ),
        (
            opening(Paused, Some(soon), None),
            Wish::CloseAt(later),
            Ok((Paused, Some(later))),
        ),
    ];
    for (before, wish, expected) in table {
        let after = before
            .after(wish, NOW)
            .map(|after| (after.decided, after.close_at));
        assert_eq!(after, expected, "{before:?} {wish:?}");
    }
}

#[tokio::test]
async fn what_the_letter_became_is_known_afterwards() {
    use LetterState::{Closed, Open, Paused};
    let world = published().await;
    let past = async || {
        let mut tx = world.read().await;
        past_states(&mut tx, None, world.now()).await.unwrap()
    };
    let began = world.now();
    let after = |hours: u32| began.plus(HOUR * hours);
    assert_eq!(past().await, []);
    let wishes = [
        Wish::Pause,
        Wish::Open,
        Wish::CloseAt(after(8)),
        // Takes the closing back: nothing happened.
        Wish::Open,
        Wish::CloseAt(after(5)),
    ];
    for wish in wishes {
        world.wish(wish, None).await.unwrap();
        world.clock.advance(HOUR);
    }
    let mut expected = vec![(began, Paused), (after(1), Open)];
    assert_eq!(world.now(), after(5));
    expected.push((after(5), Closed));
    assert_eq!(past().await, expected);
    world.clock.advance(HOUR);
    world.wish(Wish::Open, None).await.unwrap();
    world.wish(Wish::Close, None).await.unwrap();
    expected.extend([(after(6), Open), (after(6), Closed)]);
    assert_eq!(past().await, expected);
    // Nor is it forgotten with the names of those who signed.
    let mut tx = world.store.write().await.unwrap();
    tx.anonymise_rest(world.now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(past().await, expected);
}
