//! Names become numbers, so long after the letter was closed.

use super::{
    people::{a_post, created, deleted, like, reply, unlike},
    support::{DAY, HOUR, World, first_revision},
};
use crate::{
    clock::Millis,
    endorsement::judge::Audience,
    register::InboundPost,
    register::maintenance::anonymise::{Anonymising, anonymise, anonymised_at},
};

const AFTER: Anonymising = Anonymising {
    after: Some(DAY),
    closes_at: None,
};

impl World {
    /// Closes the letter now, or opens it.
    async fn close(&self, closed: bool) {
        let at = if closed {
            self.now().to_string()
        } else {
            String::new()
        };
        let mut tx = self.store.write().await.unwrap();
        let state = if closed { "closed" } else { "open" };
        if !tx.has_revision().await.unwrap() {
            tx.add_revision(&first_revision(self.now())).await.unwrap();
        }
        tx.set_setting("letter_state", state).await.unwrap();
        tx.set_setting("letter_closed_at", &at).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn make_numbers(&self, when: &Anonymising) -> u64 {
        let (store, context) = (&self.store, &self.context);
        anonymise(store, context, when, self.now()).await.unwrap()
    }

    async fn due(&self, when: &Anonymising) -> Option<Millis> {
        let mut tx = self.read().await;
        when.due(&mut tx, self.now()).await.unwrap()
    }
}

#[tokio::test]
async fn names_become_numbers_once_the_letter_was_closed_for_long_enough() {
    let world = World::with(&["ada", "bo"]).await;
    world
        .receive(&[
            reply("ada", "1", "I sign (ACME) because it matters"),
            like("bo", "l1"),
        ])
        .await;
    assert_eq!(world.due(&AFTER).await, None, "it is open");
    world.close(true).await;
    let never = Anonymising {
        after: None,
        ..AFTER
    };
    assert_eq!(world.due(&never).await, None);
    assert_eq!(world.due(&AFTER).await, Some(world.now().plus(DAY)));
    world.clock.advance(23 * HOUR);
    assert_eq!(world.make_numbers(&AFTER).await, 0);
    // Opening it keeps the names, and begins anew.
    world.close(false).await;
    world.clock.advance(DAY);
    assert_eq!(world.make_numbers(&AFTER).await, 0);
    world.close(true).await;
    assert_eq!(world.make_numbers(&AFTER).await, 0);
    assert_eq!(world.state("ada").await, "listed Ada");
    world.clock.advance(DAY);
    assert_eq!(world.make_numbers(&AFTER).await, 2);
    for who in ["ada", "bo"] {
        assert_eq!(world.state(who).await, "counted");
    }
    assert_eq!(world.kept().await, [""; 0]);
    assert_eq!(
        world
            .column("SELECT url || handle || name FROM actor")
            .await,
        ["", ""]
    );
    let at = anonymised_at(&mut world.read().await).await.unwrap();
    assert_eq!(at, Some(world.now()));
    assert_eq!(world.check().await.findings, []);
    assert_eq!(world.make_numbers(&AFTER).await, 0);
    assert!(
        world.sent().await.iter().all(|kind| kind != "Undo"),
        "nobody is told"
    );
}

#[tokio::test]
async fn who_is_a_number_leaves_by_the_post_or_the_like() {
    let world = World::with(&["ada", "bo"]).await;
    world
        .receive(&[reply("ada", "1", "I sign"), like("bo", "l1")])
        .await;
    world.close(true).await;
    world.clock.advance(DAY);
    world.make_numbers(&AFTER).await;
    for who in ["ada", "bo"] {
        world.meet(super::people::person(who)).await;
    }
    world.take(deleted("ada", "2")).await;
    assert_eq!(world.state("ada").await, "counted", "another post");
    world
        .receive(&[deleted("ada", "1"), unlike("bo", "l1")])
        .await;
    for who in ["ada", "bo"] {
        assert_eq!(world.state(who).await, "withdrawn");
    }
    // Who came back to leave is forgotten again.
    world.clock.advance(2 * DAY);
    world.make_numbers(&AFTER).await;
    assert_eq!(
        world
            .column("SELECT url || handle || name FROM actor")
            .await,
        ["", ""]
    );
    assert_eq!(world.check().await.findings, []);
}

#[tokio::test]
async fn what_waits_or_is_hidden_counts_nothing_and_ends() {
    let world = World::with(&["ada", "bo"]).await;
    world
        .receive(&[
            reply("ada", "1", "Should I sign?"),
            reply("bo", "1", "I sign"),
        ])
        .await;
    world
        .decide(crate::endorsement::decide::Decision::Hide, "bo")
        .await
        .unwrap();
    let (ada, bo) = (
        world.row("ada").await.actor_id,
        world.row("bo").await.actor_id,
    );
    world.close(true).await;
    world.clock.advance(DAY);
    assert_eq!(world.make_numbers(&AFTER).await, 2);
    let mut tx = world.read().await;
    let rows = tx.endorsements_of(&[ada, bo]).await.unwrap();
    let mut states: Vec<_> = rows
        .iter()
        .map(|row| (row.actor_id, row.state.as_str()))
        .collect();
    states.sort_unstable();
    assert_eq!(states, [(ada, "withdrawn"), (bo, "withdrawn")]);
    assert_eq!(world.kept().await, [""; 0]);
}

#[tokio::test]
async fn who_signed_without_a_name_is_a_number_and_leaves_by_the_message() {
    let mut world = World::with(&["ada"]).await;
    world.rules().policy.nameless = true;
    let message = InboundPost {
        audience: Audience::Direct,
        to_us_alone: true,
        ..a_post("ada", "1", "I sign without my name")
    };
    world.take(created("ada", "1", message)).await;
    world.close(true).await;
    world.clock.advance(DAY);
    world.make_numbers(&AFTER).await;
    assert_eq!(world.column("SELECT object FROM act").await, [""]);
    let counts = world.read().await.counts(1).await.unwrap();
    assert_eq!((counts.signed, counts.nameless), (1, 1));
    world.meet(super::people::person("ada")).await;
    world.take(deleted("ada", "2")).await;
    assert_eq!(world.state("ada").await, "counted", "another one");
    world.take(deleted("ada", "1")).await;
    assert_eq!(world.state("ada").await, "withdrawn");
    let counts = world.read().await.counts(1).await.unwrap();
    assert_eq!((counts.signed, counts.nameless), (0, 0));
    assert_eq!(world.check().await.findings, []);
}
