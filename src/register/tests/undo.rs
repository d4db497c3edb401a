//! Delete, *withdraw*, the end of an account: they always work, and only for the actor's own acts.

use super::{
    blocks::follow,
    people::{
        a_post, by, created, deleted, deleted_by, like, person, reply, reworded, url, with_document,
    },
    support::{DAY, HOUR, NOW, World},
};
use crate::{
    endorsement::{
        decide::Decision,
        judge::Audience,
        policy::{Acknowledge, LetterState},
    },
    register::{InboundAction, InboundPost},
};

#[tokio::test]
async fn a_deleted_post_is_gone_for_ever() {
    let world = World::with(&["ada"]).await;
    world
        .take(reply("ada", "1", "I sign because it matters"))
        .await;
    world.take(deleted("ada", "1")).await;
    assert_eq!(world.state("ada").await, "withdrawn");
    assert!(world.public().await.is_empty());
    world.clock.advance(400 * DAY);
    world.maintain().await;
    let again = by("ada", "again", reply("ada", "1", "I sign").action);
    let again = with_document(person("ada"), again);
    world
        .receive(&[again, reworded("ada", "1", 5, "I sign")])
        .await;
    assert_eq!(world.state("ada").await, "withdrawn");
    world.take(reply("ada", "2", "I sign")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
}

#[tokio::test]
async fn a_delete_that_overtakes_its_create_wins() {
    let acts = [deleted("ada", "1"), reply("ada", "1", "I sign")];
    for size in [1, 2] {
        let world = World::with(&["ada"]).await;
        for part in acts.chunks(size) {
            world.receive(part).await;
        }
        assert_eq!(world.state("ada").await, "nothing", "in batches of {size}");
    }
}

#[tokio::test]
async fn only_the_author_deletes_a_post() {
    let world = World::with(&["ada", "bo"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    world.take(deleted_by("bo", "ada", "1")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
    // It leaves no tombstone against the author, either.
    world.take(deleted_by("bo", "ada", "2")).await;
    world.take(reply("ada", "2", "I sign")).await;
    assert_eq!(world.acts_of(1).await.len(), 2);
}

#[tokio::test]
async fn when_one_reply_goes_another_takes_over() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "I sign for one")).await;
    world.clock.advance(HOUR);
    world.take(reply("ada", "2", "I sign for two")).await;
    world.take(deleted("ada", "2")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
    let row = world.row("ada").await;
    assert_eq!(
        (row.statement.as_deref(), row.endorsed_at),
        (Some("for one"), NOW)
    );
    world.take(like("ada", "l1")).await;
    world.take(deleted("ada", "1")).await;
    assert_eq!(world.state("ada").await, "counted");
    assert_eq!(world.row("ada").await.statement, None);
    world.take(like("ada", "l2")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
}

fn withdraw(audience: Audience) -> InboundPost {
    InboundPost {
        audience,
        ..a_post("ada", "9", "withdraw")
    }
}

#[tokio::test]
async fn the_word_ends_everything_wherever_it_is_said_and_whatever_holds() {
    use Audience::{Direct, Followers, Public, Unlisted};
    for letter in [LetterState::Open, LetterState::Paused, LetterState::Closed] {
        for audience in [Public, Unlisted, Followers, Direct] {
            let mut world = World::with(&["ada"]).await;
            let before = [
                like("ada", "l1"),
                reply("ada", "1", "I sign"),
                reply("ada", "2", "What is this?"),
                reply("ada", "3", "This is wrong"),
            ];
            world.receive(&before).await;
            world.letter(letter);
            world.take(created("ada", "9", withdraw(audience))).await;
            assert_eq!(world.state("ada").await, "withdrawn");
            let standing = "SELECT kind FROM act WHERE ended_at IS NULL OR text IS NOT NULL";
            assert!(world.column(standing).await.is_empty(), "{audience:?}");
            assert!(world.column("SELECT how FROM evidence").await.is_empty());
        }
    }
}

#[tokio::test]
async fn an_edit_to_the_word_ends_everything_and_the_post_never_signs_again() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    world.take(reworded("ada", "1", 1, "withdraw")).await;
    world.take(reworded("ada", "1", 2, "I sign")).await;
    assert_eq!(world.state("ada").await, "withdrawn");
    assert_eq!(
        world.steps("ada").await,
        ["listed act", "withdrawn withdrew"]
    );
}

#[tokio::test]
async fn what_was_ended_by_the_word_never_signs_again_although_its_row_was_forgotten() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    world
        .take(created("ada", "9", withdraw(Audience::Direct)))
        .await;
    world.clock.advance(2 * DAY);
    world.maintain().await;
    let edit = reworded("ada", "1", 5, "I sign this");
    world.take(with_document(person("ada"), edit)).await;
    assert_eq!(world.state("ada").await, "withdrawn");
    world.take(reply("ada", "2", "I sign")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
}

#[tokio::test]
async fn after_the_word_only_a_new_act_counts_in_one_batch_or_in_many() {
    let acts = [
        reply("ada", "0", "A comment of before"),
        reply("ada", "1", "I sign"),
        created("ada", "9", withdraw(Audience::Public)),
        by("ada", "again", reply("ada", "1", "I sign").action),
        reply("ada", "2", "A comment of after"),
        reply("ada", "3", "I sign"),
    ];
    for size in [1, 2, 6] {
        let world = World::with(&["ada"]).await;
        for part in acts.chunks(size) {
            world.receive(part).await;
        }
        assert_eq!(world.state("ada").await, "listed Ada");
        let texts = "SELECT text FROM act WHERE ended_at IS NULL ORDER BY id";
        let standing = world.column(texts).await;
        assert_eq!(
            standing,
            ["A comment of after", "I sign"],
            "in batches of {size}"
        );
    }
}

#[tokio::test]
async fn who_is_hidden_or_was_rejected_can_leave_too() {
    let world = World::with(&["ada", "bo"]).await;
    for who in ["ada", "bo"] {
        world.take(reply(who, "1", "I sign")).await;
    }
    world.decide(Decision::Hide, "ada").await.unwrap();
    world.take(deleted("ada", "1")).await;
    assert_eq!(world.state("ada").await, "withdrawn");
    world.decide(Decision::Reject, "bo").await.unwrap();
    world.take(reply("bo", "2", "I sign")).await;
    world.take(deleted("bo", "2")).await;
    assert_eq!(world.state("bo").await, "withdrawn");
}

#[tokio::test]
async fn with_the_account_everything_personal_goes_at_once() {
    let world = World::with(&["ada"]).await;
    let all = [
        like("ada", "l1"),
        reply("ada", "1", "I sign (ACME) because it matters"),
        reply("ada", "2", "This is wrong"),
    ];
    world.receive(&all).await;
    world
        .take(by("ada", "gone", InboundAction::ActorDeleted))
        .await;
    assert_eq!(world.state("ada").await, "withdrawn");
    let last = world.steps("ada").await.pop();
    assert_eq!(last.as_deref(), Some("withdrawn account_deleted"));
    assert!(world.kept().await.is_empty());
    let profile = "SELECT name || COALESCE(page, '') || COALESCE(followers, '') FROM actor";
    assert_eq!(world.column(profile).await, [""]);
}

#[tokio::test]
async fn nothing_is_sent_to_an_account_that_was_deleted() {
    for (gone, cause) in [
        (InboundAction::ActorDeleted, "deleted"),
        (InboundAction::ActorGone, "gone"),
    ] {
        let mut world = World::with(&["ada", "bo"]).await;
        world.rules().policy.acknowledge = Acknowledge::Like;
        world
            .receive(&[reply("ada", "1", "I sign"), reply("bo", "2", "I sign")])
            .await;
        // What is queued in the batch of the Delete itself, as well as before.
        let again = follow("ada", "f1");
        world.receive(&[again, by("ada", "end", gone)]).await;
        assert_eq!(world.sent().await, ["Like", "Like", "Accept"], "{cause}");
        let waiting =
            "SELECT actor.url FROM delivery JOIN actor ON actor.inbox_id = delivery.inbox_id
                       WHERE delivery.state = 'queued'";
        assert_eq!(world.column(waiting).await, [url("bo")], "{cause}");
    }
}

#[tokio::test]
async fn an_account_without_a_name_stands_under_its_handle() {
    let world = World::with(&["ada"]).await;
    world
        .take(by("ada", "gone", InboundAction::ActorDeleted))
        .await;
    world.take(reply("ada", "1", "I sign")).await;
    assert_eq!(world.state("ada").await, "listed");
    assert_eq!(world.public().await[0].name, None);
}

#[tokio::test]
async fn nobody_who_left_is_on_any_public_list() {
    let world = World::with(&["ada"]).await;
    world
        .take(reply("ada", "1", "I sign because it matters"))
        .await;
    let shown = "UPDATE endorsement SET statement_state = 'shown'";
    world.tamper(shown).await;
    world.take(deleted("ada", "1")).await;
    assert!(world.public().await.is_empty());
    let mut tx = world.read().await;
    assert!(tx.shown_statements(9).await.unwrap().is_empty());
    assert!(tx.public_replies(9).await.unwrap().is_empty());
    let counts = tx.counts(1).await.unwrap();
    assert_eq!((counts.signed, counts.liked, counts.waiting), (0, 0, 0));
    assert_eq!((counts.waiting_names, counts.waiting_statements), (0, 0));
}
