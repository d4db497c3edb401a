//! Emoji reactions and dislikes: several acts, one endorsement.

use super::{
    people::{bare_undo, by, dislike, like, person, react, unlike, url, with_document},
    support::{HOUR, World},
};
use crate::{
    endorsement::{ActKind, policy::LikeDisplay},
    register::{InboundAction, Undo},
    store::NewActor,
};

/// An Undo of a reaction, embedded.
fn unreact(who: &str, id: Option<&str>, emoji: &str) -> crate::register::InboundActivity {
    let undone = Undo::React {
        target: "/letter".to_owned(),
        emoji: emoji.to_owned(),
        activity: id.map(|id| format!("{}/{id}", url(who))),
    };
    by(who, &format!("undo {emoji}"), InboundAction::Undo(undone))
}

#[tokio::test]
async fn an_emoji_of_the_allowed_set_endorses_as_a_like_does_and_others_are_nothing() {
    for (emoji, state) in [
        ("❤️", "listed Ada"),
        ("❤", "listed Ada"),
        ("⭐", "listed Ada"),
        ("👍🏽", "listed Ada"),
        ("🎉", "listed Ada"),
        ("👎", "nothing"),
        ("😂", "nothing"),
        (":heart:", "nothing"),
        (":blobcat@m.example:", "nothing"),
    ] {
        let world = World::with(&["ada"]).await;
        world.take(react("ada", "r1", emoji)).await;
        assert_eq!(world.state("ada").await, state, "{emoji}");
    }
    let world = World::with(&["ada"]).await;
    world.take(react("ada", "r1", "🎉")).await;
    assert_eq!(world.row("ada").await.kind, ActKind::Reaction);
    let counts = world.read().await.counts(1).await.unwrap();
    assert_eq!((counts.liked, counts.signed), (1, 0));
}

#[tokio::test]
async fn the_settings_and_flags_of_likes_hold_for_reactions() {
    let hidden = NewActor {
        discoverable: false,
        ..person("ada")
    };
    let world = World::new().await;
    world
        .take(with_document(hidden, react("ada", "r1", "🎉")))
        .await;
    assert_eq!(world.state("ada").await, "counted");
    let mut world = World::with(&["ada"]).await;
    world.rules().policy.like_display = LikeDisplay::Off;
    world.take(react("ada", "r1", "🎉")).await;
    assert_eq!(world.state("ada").await, "nothing");
    let program = NewActor {
        r#type: "Service".to_owned(),
        ..person("ada")
    };
    let world = World::new().await;
    world
        .take(with_document(program, react("ada", "r1", "🎉")))
        .await;
    assert_eq!(world.state("ada").await, "nothing");
}

#[tokio::test]
async fn several_reactions_and_a_like_are_one_endorsement_until_the_last_is_taken_back() {
    let world = World::with(&["ada"]).await;
    world.take(react("ada", "r1", "🎉")).await;
    world.clock.advance(HOUR);
    world.take(react("ada", "r2", "❤️")).await;
    world.take(like("ada", "l1")).await;
    world.take(react("ada", "r3", "🎉")).await;
    assert_eq!(world.public().await.len(), 1);
    assert_eq!(world.steps("ada").await, ["listed act"]);
    world.take(unreact("ada", None, "🎉")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
    world.take(unlike("ada", "l1")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
    // The other spelling of the same heart.
    world.take(unreact("ada", None, "❤")).await;
    assert_eq!(world.state("ada").await, "withdrawn");
    world.take(react("ada", "r4", "❤️")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
    assert_eq!(world.check().await.findings, []);
}

#[tokio::test]
async fn a_reaction_is_taken_back_by_its_emoji_and_by_its_id_in_every_form() {
    let as_like = Undo::Like {
        target: "/letter".to_owned(),
        activity: Some(format!("{}/r1", url("ada"))),
    };
    for undo in [
        unreact("ada", Some("r1"), "🎉"),
        unreact("ada", Some("another"), "🎉"),
        // The embedded reaction may have lost its emoji on the way.
        unreact("ada", Some("r1"), "?"),
        by("ada", "u", InboundAction::Undo(as_like)),
        bare_undo("ada", "r1"),
    ] {
        let world = World::with(&["ada", "bo"]).await;
        world.take(react("ada", "r1", "🎉")).await;
        world.take(react("bo", "r1", "🎉")).await;
        world.take(undo).await;
        assert_eq!(world.state("ada").await, "withdrawn");
        assert_eq!(world.state("bo").await, "listed Bo");
    }
}

#[tokio::test]
async fn an_undo_that_overtakes_its_reaction_wins() {
    for undo in [unreact("ada", Some("r1"), "🎉"), bare_undo("ada", "r1")] {
        let world = World::with(&["ada"]).await;
        world.receive(&[undo, react("ada", "r1", "🎉")]).await;
        assert_eq!(world.state("ada").await, "nothing");
    }
}

#[tokio::test]
async fn taking_a_reaction_back_leaves_the_like_and_a_like_the_reaction() {
    let world = World::with(&["ada"]).await;
    world.take(like("ada", "l1")).await;
    world.take(unreact("ada", None, "🎉")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
    world.take(react("ada", "r1", "🎉")).await;
    world.take(unlike("ada", "l1")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
    assert_eq!(world.row("ada").await.kind, ActKind::Reaction);
}

#[tokio::test]
async fn a_reaction_to_a_post_of_ours_is_nothing() {
    let world = World::with(&["ada"]).await;
    let action = InboundAction::React {
        target: "/posts/0123456789abcdef".to_owned(),
        letter: false,
        emoji: "🎉".to_owned(),
    };
    world.take(by("ada", "r1", action)).await;
    assert_eq!(world.state("ada").await, "nothing");
}

#[tokio::test]
async fn a_dislike_is_nothing_and_takes_what_the_same_actor_liked_back() {
    let world = World::with(&["ada", "bo", "cy"]).await;
    world.take(dislike("ada", "d1")).await;
    assert_eq!(world.state("ada").await, "nothing");
    world.take(like("bo", "l1")).await;
    world.take(like("ada", "l1")).await;
    world.take(react("ada", "r1", "🎉")).await;
    world.take(dislike("ada", "d2")).await;
    assert_eq!(world.state("ada").await, "withdrawn");
    assert_eq!(world.state("bo").await, "listed Bo");
    assert_eq!(world.steps("ada").await, ["listed act", "withdrawn undo"]);
    // An Undo of a dislike does not bring the like back; a new like does.
    world.take(bare_undo("ada", "d2")).await;
    assert_eq!(world.state("ada").await, "withdrawn");
    world.take(like("ada", "l2")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
    // The endorsement of an actor who signed in words as well stays.
    world.take(super::people::reply("cy", "1", "I sign")).await;
    world.take(like("cy", "l1")).await;
    world.take(dislike("cy", "d1")).await;
    assert_eq!(world.state("cy").await, "listed Cy");
}

#[tokio::test]
async fn a_dislike_of_a_post_of_ours_leaves_the_like_of_the_letter() {
    let world = World::with(&["ada"]).await;
    world.take(like("ada", "l1")).await;
    let target = "/posts/0123456789abcdef".to_owned();
    world
        .take(by("ada", "d1", InboundAction::Dislike { target }))
        .await;
    assert_eq!(world.state("ada").await, "listed Ada");
}
