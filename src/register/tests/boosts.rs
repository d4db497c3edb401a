//! Boosts and quotes: counting them, and quotes that sign.

use super::{
    people::{
        a_quote, bare_undo, boost, by, deleted, edited, person, quote, reply, unboost, unquoted,
        with_document,
    },
    support::{HOUR, World},
};
use crate::{
    endorsement::{ActKind, judge::Audience},
    register::{InboundAction, InboundPost, ReceiveOutcome, inbound::news::News},
    store::NewActor,
};

const POST: &str = "/posts/0123456789abcdef";

/// A letter, a post below it, and three people.
async fn scene() -> World {
    let world = World::with(&["ada", "bo", "cy"]).await;
    world.published("/letter").await;
    world.published(POST).await;
    world
}

#[tokio::test]
async fn a_boost_counts_once_for_each_actor_and_thing_and_endorses_nothing() {
    let world = scene().await;
    world.take(boost("ada", "b1", "/letter")).await;
    world.take(boost("ada", "b1", "/letter")).await;
    world.take(boost("ada", "b2", "/letter")).await;
    world.take(boost("bo", "b1", "/letter")).await;
    assert_eq!(world.reach().await, (2, 2));
    // A boost of our other post counts, but not as one of the letter.
    world.take(boost("ada", "b3", POST)).await;
    assert_eq!(world.reach().await, (3, 2));
    assert_eq!(world.state("ada").await, "nothing");
    assert!(world.public().await.is_empty());
    assert_eq!(world.check().await.findings, []);
}

#[tokio::test]
async fn a_boost_of_what_never_was_or_is_gone_counts_nothing() {
    let world = World::with(&["ada"]).await;
    world.published_until(POST, Some(world.now())).await;
    for target in ["/letter", POST, "/posts/zzzzzzzzzzzzzzzz"] {
        world.take(boost("ada", target, target)).await;
    }
    assert_eq!(world.reach().await, (0, 0));
}

#[tokio::test]
async fn programs_and_groups_pass_on_as_people_do() {
    let world = scene().await;
    for (n, kind) in ["Service", "Group"].into_iter().enumerate() {
        let document = NewActor {
            r#type: kind.to_owned(),
            ..person(["dee", "eve"][n])
        };
        let who = ["dee", "eve"][n];
        world
            .take(with_document(document, boost(who, "b1", "/letter")))
            .await;
    }
    assert_eq!(world.reach().await, (2, 2));
}

#[tokio::test]
async fn a_boost_is_taken_back_embedded_and_by_its_bare_id() {
    for undo in [
        unboost("ada", "b1"),
        unboost("ada", "another"),
        bare_undo("ada", "b1"),
    ] {
        let world = scene().await;
        world.take(boost("ada", "b1", "/letter")).await;
        world.take(boost("ada", "b2", POST)).await;
        world.take(boost("bo", "b1", "/letter")).await;
        world.take(undo).await;
        assert_eq!(world.reach().await, (2, 1));
        assert_eq!(world.check().await.findings, []);
    }
}

#[tokio::test]
async fn an_undo_that_overtakes_its_boost_wins() {
    for undo in [unboost("ada", "b1"), bare_undo("ada", "b1")] {
        let world = scene().await;
        world.take(undo).await;
        world.take(boost("ada", "b1", "/letter")).await;
        assert_eq!(world.reach().await, (0, 0));
        world.take(boost("ada", "b2", "/letter")).await;
        assert_eq!(world.reach().await, (1, 1));
    }
}

#[tokio::test]
async fn nobody_takes_the_boost_of_somebody_else_back() {
    let world = scene().await;
    let id = format!("{}/b1", super::people::url("ada"));
    let undone = crate::register::Undo::Activity(id);
    world
        .receive(&[
            boost("ada", "b1", "/letter"),
            by("bo", "u1", InboundAction::Undo(undone)),
            unboost("bo", "b1"),
            by("bo", "gone", InboundAction::ActorDeleted),
        ])
        .await;
    assert_eq!(world.reach().await, (1, 1));
}

#[tokio::test]
async fn who_leaves_takes_along_what_was_passed_on_and_what_comes_after_stands() {
    for leaving in [InboundAction::ActorDeleted, InboundAction::Blocked] {
        let world = scene().await;
        world.take(boost("ada", "b1", "/letter")).await;
        world.take(quote("ada", "1", "Read this")).await;
        world.take(boost("bo", "b1", "/letter")).await;
        assert_eq!(world.reach().await, (3, 2));
        world.take(by("ada", "gone", leaving.clone())).await;
        assert_eq!(world.reach().await, (1, 1), "{leaving:?}");
    }
    let world = scene().await;
    let leaving = reply("ada", "1", "withdraw");
    world
        .receive(&[
            boost("ada", "b1", "/letter"),
            leaving,
            boost("ada", "b2", POST),
        ])
        .await;
    assert_eq!(world.reach().await, (1, 0));
}

#[tokio::test]
async fn a_quote_whose_words_do_not_sign_is_reach_and_one_that_signs_waits() {
    let world = scene().await;
    world.take(quote("ada", "1", "Read this")).await;
    world.take(quote("ada", "2", "Read it again")).await;
    world.take(quote("bo", "1", "Should I sign?")).await;
    // Many quotes by one account count once.
    assert_eq!(world.reach().await, (2, 0));
    assert_eq!(world.state("ada").await, "nothing");
    assert_eq!(world.kept().await, [""; 0], "words of a quote were kept");
    world.take(quote("cy", "1", "I sign")).await;
    assert_eq!(world.state("cy").await, "pending unsure");
    assert_eq!(world.row("cy").await.kind, ActKind::Quote);
    assert_eq!(world.reach().await, (2, 0));
}

#[tokio::test]
async fn a_private_quote_counts_nothing_and_a_quote_that_becomes_one_counts_no_more() {
    let world = scene().await;
    let private = InboundPost {
        audience: Audience::Followers,
        ..a_quote("ada", "1", "Read this")
    };
    world
        .take(super::people::created("ada", "1", private.clone()))
        .await;
    assert_eq!(world.reach().await, (0, 0));
    world.take(quote("ada", "1b", "Read this")).await;
    let narrowed = InboundPost {
        id: super::people::post_id("ada", "1b"),
        ..private
    };
    world.take(edited("ada", 1, narrowed)).await;
    assert_eq!(world.reach().await, (0, 0));
}

#[tokio::test]
async fn an_edit_moves_a_quote_between_reach_and_endorsement() {
    let world = scene().await;
    world.take(quote("ada", "1", "Read this")).await;
    world
        .take(edited("ada", 1, a_quote("ada", "1", "I sign")))
        .await;
    assert_eq!(world.reach().await, (0, 0));
    assert_eq!(world.state("ada").await, "pending unsure");
    world
        .take(edited("ada", 2, a_quote("ada", "1", "Read this")))
        .await;
    assert_eq!(world.reach().await, (1, 0));
    assert_eq!(world.state("ada").await, "withdrawn");
    assert_eq!(world.check().await.findings, []);
}

#[tokio::test]
async fn a_quote_that_is_deleted_or_taken_out_of_its_post_counts_no_more() {
    for end in [deleted("ada", "1"), unquoted("ada", "1", 1)] {
        for words in ["Read this", "I sign"] {
            let world = scene().await;
            world.take(quote("bo", "1", "Read this")).await;
            world.take(quote("ada", "1", words)).await;
            world.take(end.clone()).await;
            assert_eq!(world.reach().await, (1, 0), "{words}");
            assert_ne!(world.state("ada").await, "pending unsure", "{words}");
        }
    }
    // A deleted post does not come back, under no other activity either.
    let world = scene().await;
    world.take(quote("ada", "1", "Read this")).await;
    world.take(deleted("ada", "1")).await;
    world.clock.advance(8 * HOUR);
    let again = by("ada", "another", quote("ada", "1", "Read this").action);
    world.take(again).await;
    assert_eq!(world.reach().await, (0, 0));
}

#[tokio::test]
async fn an_old_edit_takes_no_newer_quote_away() {
    let world = scene().await;
    world.take(quote("ada", "1", "I sign")).await;
    world
        .take(edited("ada", 5, a_quote("ada", "1", "I sign, gladly")))
        .await;
    world.take(unquoted("ada", "1", 3)).await;
    assert_eq!(world.state("ada").await, "pending unsure");
    world.take(unquoted("ada", "1", 6)).await;
    assert_eq!(world.state("ada").await, "withdrawn");
}

#[tokio::test]
async fn check_finds_a_quote_that_is_counted_twice_and_repairs_it() {
    let world = scene().await;
    world.take(quote("ada", "1", "I sign")).await;
    world
        .tamper(
            "INSERT INTO reach (actor_id, kind, object_hash, activity_hash, target)
             SELECT actor_id, 'quote', object_hash, activity_hash, target FROM act",
        )
        .await;
    let report = world.check().await;
    assert_eq!(report.findings.len(), 1, "{report:?}");
    let problem = "posts that count as reach although they are acts: 1";
    assert_eq!(report.findings[0].problem, problem);
    let repaired =
        crate::register::maintenance::check::repair(&world.store, &world.context, world.now())
            .await
            .unwrap();
    assert_eq!(repaired.repaired, 1);
    assert_eq!(world.check().await.findings, []);
    assert_eq!(world.reach().await, (0, 0));
}

#[tokio::test]
async fn what_a_boost_or_quote_means_for_pages_follows_from_what_stood_before() {
    let quoting = |id: &str, target: &str| {
        let post = InboundPost {
            target: target.to_owned(),
            ..a_quote("ada", "1", "Read this")
        };
        by("ada", id, super::people::created("ada", "1", post).action)
    };
    let world = scene().await;
    for (number, (batch, expected)) in [
        (vec![boost("ada", "b1", "/letter")], News::Addition),
        // The activity that an Undo names is another one now, which nobody sees.
        (vec![boost("ada", "b2", "/letter")], News::Nothing),
        (vec![quoting("q1", "/letter")], News::Addition),
        (vec![quoting("q2", POST)], News::Removal),
        (
            vec![quoting("q3", POST), boost("bo", "b1", POST)],
            News::Addition,
        ),
        (
            vec![quoting("q4", "/letter"), boost("cy", "b1", POST)],
            News::Removal,
        ),
        // Taken back and boosted again in one batch.
        (
            vec![unboost("ada", "b2"), boost("ada", "b3", "/letter")],
            News::Nothing,
        ),
        (vec![unboost("ada", "b3")], News::Removal),
    ]
    .into_iter()
    .enumerate()
    {
        let (answers, news) = world.receive_with_news(&batch).await;
        let taken = answers.iter().all(|it| *it == ReceiveOutcome::Taken);
        assert!(taken, "{number}: {answers:?}");
        assert_eq!(news, expected, "{number}");
    }
}
