//! Who is verified, and what comes of it: handles, and servers that are gone.

use std::time::Duration;

use super::{
    people::{changed, like, person, reply, unlike, url},
    support::{DAY, HOUR, World},
};
use crate::{
    hash::Sha256,
    register::{
        inbound::reverified::{doubt_handle, note_host, show_handle},
        maintenance::sweep::order_round,
    },
    store::{NewActor, Topic, VerificationSource},
};

impl World {
    /// Shows somebody by this handle, if `stated` is still what the document says.
    async fn shows(&self, who: &str, stated: &str, handle: &str) -> bool {
        let mut tx = self.store.write().await.unwrap();
        let (actor, now) = (url(who), self.now());
        let shown = show_handle(&mut tx, &self.context, now, &actor, (stated, handle));
        let shown = shown.await.unwrap();
        tx.commit().await.unwrap();
        shown
    }

    async fn handle(&self, who: &str) -> String {
        let mut tx = self.read().await;
        let row = tx.actors(&[Sha256::of(&url(who))]).await.unwrap().remove(0);
        row.handle
    }

    async fn source(&self, who: &str) -> Option<VerificationSource> {
        let mut tx = self.read().await;
        tx.verification_source(&Sha256::of(&url(who)))
            .await
            .unwrap()
    }

    /// A look that got an answer from somebody's host, or none. Returns whether pages change.
    async fn looked(&self, who: &str, reached: bool) -> bool {
        let source = self.source(who).await.unwrap();
        let mut tx = self.store.write().await.unwrap();
        let before = tx.version(Topic::Register).await.unwrap();
        note_host(&mut tx, &source, reached, self.now())
            .await
            .unwrap();
        let after = tx.version(Topic::Register).await.unwrap();
        tx.commit().await.unwrap();
        before != after
    }

    /// The actors whose look is ordered.
    async fn ordered(&self) -> Vec<String> {
        self.column("SELECT payload FROM job WHERE kind = 'sweep_look' ORDER BY payload")
            .await
    }
}

#[tokio::test]
async fn a_confirmed_handle_is_shown_and_found_until_the_account_is_renamed() {
    let world = World::with(&["ada"]).await;
    world.take(like("ada", "l1")).await;
    let (own, short) = ("@ada@m.example", "@ada@example");
    for (stated, handle, expected) in [
        ("@lovelace@m.example", short, false),
        (own, own, false),
        (own, short, true),
        (own, short, false),
    ] {
        assert_eq!(
            world.shows("ada", stated, handle).await,
            expected,
            "{stated} {handle}"
        );
    }
    assert_eq!(world.public().await[0].handle.as_deref(), Some(short));
    assert_eq!(world.row("ada").await.words.shown, "ada example");
    // Another document of hers changes nothing.
    let document = NewActor {
        name: "Ada L".to_owned(),
        ..person("ada")
    };
    world.read_again(document).await;
    assert_eq!(world.handle("ada").await, short);
    assert!(world.shows("ada", own, own).await);
    assert_eq!(world.handle("ada").await, own);
    assert!(world.shows("ada", own, short).await);
    let renamed = NewActor {
        handle: "@lovelace@m.example".to_owned(),
        ..person("ada")
    };
    world
        .take(super::people::with_document(
            renamed,
            changed(person("ada"), "c9"),
        ))
        .await;
    assert_eq!(world.handle("ada").await, "@lovelace@m.example");
    assert_eq!(world.check().await.findings, []);
}

#[tokio::test]
async fn a_handle_is_given_up_by_the_second_look_that_doubts_it() {
    let world = World::with(&["ada"]).await;
    world.take(like("ada", "l1")).await;
    let (own, short) = ("@ada@m.example", "@ada@example");
    assert!(world.shows("ada", own, short).await);
    let doubted = async || {
        let source = world.source("ada").await.unwrap();
        let mut tx = world.store.write().await.unwrap();
        let ends = doubt_handle(&mut tx, &source, DAY, world.now()).await;
        tx.commit().await.unwrap();
        ends.unwrap()
    };
    let first = world.now();
    for (later, ends) in [(Duration::ZERO, false), (23 * HOUR, false), (HOUR, true)] {
        world.clock.advance(later);
        assert_eq!(doubted().await, ends, "{later:?}");
    }
    let since = async || world.source("ada").await.unwrap().handle_doubted_at;
    assert_eq!(since().await, Some(first));
    // Another handle is in no doubt.
    assert!(world.shows("ada", own, own).await);
    assert_eq!(since().await, None);
}

#[tokio::test]
async fn a_frozen_account_keeps_its_handle() {
    let world = World::with(&["ada"]).await;
    world.take(like("ada", "l1")).await;
    world.tamper("UPDATE actor SET frozen_at = 1").await;
    assert!(!world.shows("ada", "@ada@m.example", "@ada@example").await);
}

#[tokio::test]
async fn a_server_is_named_gone_after_ninety_days_until_it_answers() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    let gone = async |world: &World| {
        let entry = world.public().await.remove(0);
        (entry.server_gone_since, entry.evidence_kept)
    };
    let first = world.now();
    for (days, reached, changes, marked) in [
        (0, false, false, false),
        (7, false, false, false),
        (82, false, false, false),
        (1, false, true, true),
        (7, false, false, true),
        (7, true, true, false),
        (7, false, false, false),
    ] {
        world.clock.advance(days * DAY);
        assert_eq!(world.looked("ada", reached).await, changes, "{days}");
        let expected = (marked.then_some(first), marked);
        assert_eq!(gone(&world).await, expected, "{days}");
    }
    // Without the signed request nothing is kept.
    world.clock.advance(90 * DAY);
    world.looked("ada", false).await;
    world.tamper("DELETE FROM evidence").await;
    let (since, kept) = gone(&world).await;
    assert!(since.is_some() && !kept);
    assert!(world.state("ada").await.starts_with("listed"));
}

#[tokio::test]
async fn whoever_begins_to_endorse_is_looked_at_soon_and_then_in_turn() {
    const WEEK: Duration = Duration::from_hours(7 * 24);
    let world = World::with(&["ada", "bo", "cy"]).await;
    world.take(like("ada", "l1")).await;
    world.take(like("bo", "l2")).await;
    let order = async |world: &World| order_round(&world.store, WEEK, world.now()).await.unwrap();
    assert_eq!(order(&world).await, 2);
    let mut expected = ["ada", "bo"].map(|who| Sha256::of(&url(who)).hex());
    expected.sort();
    let mut ordered = world.ordered().await;
    ordered.sort();
    assert_eq!(ordered, expected);
    assert_eq!(order(&world).await, 0);
    world.tamper("DELETE FROM job").await;
    // Within the last quarter of a week, one in each minute.
    world.clock.advance(5 * DAY);
    assert_eq!(order(&world).await, 0);
    world.clock.advance(2 * DAY);
    assert_eq!((order(&world).await, order(&world).await), (1, 1));
    world.tamper("DELETE FROM job").await;
    // Who left is in nobody's turn.
    world.take(unlike("ada", "l1")).await;
    assert_eq!(world.source("ada").await, None);
    assert!(world.source("bo").await.is_some());
    world.take(like("ada", "l3")).await;
    world.clock.advance(8 * DAY + HOUR);
    let mut tx = world.store.write().await.unwrap();
    assert_eq!(tx.due_to_verify(world.now(), 9).await.unwrap().len(), 2);
    tx.stop_verifying(&Sha256::of(&url("ada"))).await.unwrap();
    assert_eq!(tx.due_to_verify(world.now(), 9).await.unwrap().len(), 1);
    tx.commit().await.unwrap();
}
