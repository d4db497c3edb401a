//! Replies, mentions and quotes: new, edited, narrowed.

use super::{
    people::{a_post, by, created, edited, like, reply, reworded},
    support::{DAY, HOUR, NOW, SECOND, World},
};
use crate::{
    endorsement::{
        ActKind,
        judge::{Audience, PostKind},
        policy::LetterState,
    },
    register::{InboundPost, maintenance::judge_again::judge_paused},
};

fn kinds_of(acts: &[crate::store::ActRow]) -> Vec<ActKind> {
    acts.iter().map(|row| row.act.kind).collect()
}

#[tokio::test]
async fn the_words_and_the_kind_of_a_post_decide() {
    let check = async |kind, words: &str, expected: &str| {
        let world = World::with(&["ada"]).await;
        let post = InboundPost {
            kind,
            ..a_post("ada", "1", words)
        };
        world.take(created("ada", "1", post)).await;
        assert_eq!(world.state("ada").await, expected, "{kind:?} {words}");
    };
    check(PostKind::Reply, "I sign", "listed Ada").await;
    check(PostKind::Mention, "I sign", "listed Ada").await;
    check(PostKind::Quote, "I sign", "pending unsure").await;
    check(PostKind::Quote, "This is wrong", "nothing").await;
    check(PostKind::Reply, "This is wrong", "nothing").await;
    check(PostKind::Reply, "How do I sign?", "pending unsure").await;
    check(PostKind::Reply, "", "nothing").await;
}

#[tokio::test]
async fn a_comment_has_an_id_of_its_own_and_is_on_no_public_page() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "This is wrong")).await;
    let ids = world.column("SELECT public_id FROM comment").await;
    assert_eq!((ids.len(), ids[0].len()), (1, 16));
    world
        .take(reworded("ada", "1", 1, "This is very wrong"))
        .await;
    assert_eq!(world.column("SELECT public_id FROM comment").await, ids);
    assert!(world.public().await.is_empty());
    let replies = world.read().await.public_replies(10).await.unwrap();
    assert!(replies.is_empty());
}

#[tokio::test]
async fn a_post_that_comes_twice_is_one_act() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    let before = world.row("ada").await;
    let again = by("ada", "another", reply("ada", "1", "I sign").action);
    world.clock.advance(HOUR);
    world.receive(&[reply("ada", "1", "I sign"), again]).await;
    assert_eq!(world.row("ada").await, before);
    assert_eq!(kinds_of(&world.acts_of(1).await), [ActKind::Reply]);
}

#[tokio::test]
async fn a_new_reply_that_asks_takes_nobody_off_the_list() {
    let world = World::with(&["ada"]).await;
    world.take(like("ada", "l1")).await;
    world.take(reply("ada", "1", "Should I sign?")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
    assert_eq!(world.row("ada").await.kind, ActKind::Like);
    world.take(reply("ada", "2", "I sign")).await;
    assert_eq!(world.row("ada").await.kind, ActKind::Reply);
}

#[tokio::test]
async fn an_edit_that_no_longer_signs_withdraws_and_the_like_counts_without_the_name() {
    let world = World::with(&["ada", "bo"]).await;
    for who in ["ada", "bo"] {
        world.take(reply(who, "1", "I sign")).await;
    }
    world.take(like("bo", "l1")).await;
    for who in ["ada", "bo"] {
        world
            .take(reworded(who, "1", 1, "I changed my mind about it"))
            .await;
    }
    assert_eq!(world.state("ada").await, "withdrawn");
    assert_eq!(world.state("bo").await, "counted");
    assert_eq!(world.row("bo").await.name, None);
    assert!(world.public().await.is_empty());
    // Signing again counts as a new act.
    world.clock.advance(HOUR);
    world.take(reworded("ada", "1", 2, "I sign")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
    assert_eq!(world.row("ada").await.endorsed_at, NOW.plus(HOUR));
}

#[tokio::test]
async fn a_comment_that_is_edited_to_sign_counts_as_a_new_act() {
    let mut world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "This is wrong")).await;
    world.rules().revision = 2;
    world.rules().revised_at.push((2, NOW.plus(SECOND)));
    world.clock.advance(HOUR);
    world.take(reworded("ada", "1", 60, "I sign")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
    let row = world.row("ada").await;
    assert_eq!((row.endorsed_at, row.revision), (NOW.plus(HOUR), 2));
}

#[tokio::test]
async fn a_signature_that_is_edited_into_a_question_waits_and_back() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    world.take(reworded("ada", "1", 1, "Should I sign?")).await;
    assert_eq!(world.state("ada").await, "pending unsure");
    world.take(reworded("ada", "1", 2, "I sign")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
    let steps = world.steps("ada").await;
    assert_eq!(steps, ["listed act", "pending edit", "listed edit"]);
}

#[tokio::test]
async fn an_edit_while_the_letter_is_not_open_keeps_what_counted() {
    for letter in [LetterState::Paused, LetterState::Closed] {
        let mut world = World::with(&["ada"]).await;
        world.take(reply("ada", "1", "I sign")).await;
        world.letter(letter);
        world
            .take(reworded("ada", "1", 1, "I sign because it matters"))
            .await;
        assert_eq!(world.state("ada").await, "listed Ada", "{letter}");
        let statement = world.row("ada").await.statement;
        assert_eq!(statement.as_deref(), Some("because it matters"));
    }
}

#[tokio::test]
async fn what_waits_goes_on_waiting_when_it_is_edited_after_the_end() {
    let mut world = World::with(&["ada"]).await;
    world.letter(LetterState::Paused);
    world.take(reply("ada", "1", "I sign")).await;
    world.letter(LetterState::Closed);
    world.take(reworded("ada", "1", 1, "I sign this")).await;
    assert_eq!(world.state("ada").await, "pending paused");
}

#[tokio::test]
async fn an_older_edit_is_ignored() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    world.take(reworded("ada", "1", 9, "I sign, second")).await;
    world.take(reworded("ada", "1", 5, "I do not sign")).await;
    let undated = InboundPost {
        updated: None,
        ..a_post("ada", "1", "I do not sign")
    };
    world
        .take(by(
            "ada",
            "again",
            crate::register::InboundAction::Post(Box::new(undated)),
        ))
        .await;
    assert_eq!(world.state("ada").await, "listed Ada");
    assert_eq!(world.row("ada").await.statement.as_deref(), Some("second"));
}

#[tokio::test]
async fn an_edit_that_overtakes_its_create_wins() {
    let world = World::with(&["ada"]).await;
    world.take(reworded("ada", "1", 9, "This is wrong")).await;
    world.take(reply("ada", "1", "I sign")).await;
    assert_eq!(world.state("ada").await, "nothing");
}

#[tokio::test]
async fn an_edit_that_narrows_the_visibility_withdraws() {
    for audience in [Audience::Followers, Audience::Direct] {
        let world = World::with(&["ada"]).await;
        world.take(reply("ada", "1", "I sign")).await;
        let narrow = InboundPost {
            audience,
            ..a_post("ada", "1", "I sign")
        };
        world.take(edited("ada", 1, narrow)).await;
        assert_eq!(world.state("ada").await, "withdrawn", "{audience:?}");
        assert_eq!(world.kept().await, ["name Ada"]);
    }
}

#[tokio::test]
async fn a_post_keeps_its_visibility_up_to_date() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    let unlisted = InboundPost {
        audience: Audience::Unlisted,
        ..a_post("ada", "1", "I sign")
    };
    world.take(edited("ada", 1, unlisted)).await;
    assert_eq!(
        world.column("SELECT visibility FROM act").await,
        ["unlisted"]
    );
    assert_eq!(world.state("ada").await, "listed Ada");
}

#[tokio::test]
async fn what_only_few_may_read_is_never_kept_and_answered_once_ever() {
    let private = |id: &str, words: &str| {
        let post = InboundPost {
            audience: Audience::Direct,
            ..a_post("ada", id, words)
        };
        created("ada", id, post)
    };
    let world = World::with(&["ada"]).await;
    world.take(private("1", "Hello, who are you")).await;
    assert!(world.sent().await.is_empty());
    world
        .receive(&[private("2", "I sign"), private("3", "I sign")])
        .await;
    world.clock.advance(400 * DAY);
    world.take(private("4", "I sign")).await;
    assert_eq!(world.sent().await, ["Create"]);
    assert_eq!(world.state("ada").await, "nothing");
    assert!(world.kept().await.is_empty());
}

#[tokio::test]
async fn who_may_have_addressed_everybody_gets_no_private_hint() {
    let world = World::with(&["ada"]).await;
    let post = InboundPost {
        audience: Audience::Unclear,
        ..a_post("ada", "1", "I sign")
    };
    world.take(created("ada", "1", post)).await;
    assert!(world.sent().await.is_empty());
    assert_eq!(world.state("ada").await, "nothing");
    assert!(world.kept().await.is_empty());
    // Leaving works in every way.
    world.take(reply("ada", "2", "I sign")).await;
    let post = InboundPost {
        audience: Audience::Unclear,
        ..a_post("ada", "3", "withdraw")
    };
    world.take(created("ada", "3", post)).await;
    assert_eq!(world.state("ada").await, "withdrawn");
}

#[tokio::test]
async fn what_signs_in_its_title_alone_waits_for_a_person() {
    let titled = |id: &str, title: &str, words: &str| {
        let post = InboundPost {
            warning: Some(title.to_owned()),
            ..a_post("ada", id, words)
        };
        created("ada", id, post)
    };
    for (title, words, expected) in [
        (
            "I sign this letter",
            "Here is what it says.",
            "pending unsure",
        ),
        ("My week", "I sign.", "listed Ada"),
        ("My week", "Here is what I did.", "nothing"),
        ("I sign this letter", "I sign.", "listed Ada"),
    ] {
        let world = World::with(&["ada"]).await;
        world.take(titled("1", title, words)).await;
        assert_eq!(world.state("ada").await, expected, "{title}: {words}");
    }
    // What it waits for first does not make it a comment afterwards.
    let mut world = World::with(&["ada"]).await;
    world.letter(LetterState::Paused);
    world
        .take(titled("1", "I sign this letter", "Here is what it says."))
        .await;
    assert_eq!(world.state("ada").await, "pending paused");
    world.letter(LetterState::Open);
    judge_paused(&world.store, &world.context, world.now())
        .await
        .unwrap();
    assert_eq!(world.state("ada").await, "pending unsure");
}

#[tokio::test]
async fn a_private_reply_that_says_anything_is_not_answered_where_every_reply_signs() {
    let mut world = World::with(&["ada"]).await;
    world.rules().policy.replies = crate::endorsement::policy::Replies::All;
    let post = InboundPost {
        audience: Audience::Followers,
        ..a_post("ada", "1", "Hello")
    };
    world.take(created("ada", "1", post)).await;
    assert!(world.sent().await.is_empty());
}

#[tokio::test]
async fn a_reply_belongs_to_the_revision_of_its_own_date() {
    let mut world = World::with(&["ada", "bo", "cy", "di"]).await;
    world.rules().revision = 2;
    world.rules().revised_at.push((2, NOW.minus(HOUR)));
    let at = |who: &str, published| {
        let post = InboundPost {
            published,
            ..a_post(who, "1", "I sign")
        };
        created(who, "1", post)
    };
    world.take(at("ada", Some(NOW.minus(2 * HOUR)))).await;
    world.take(at("bo", Some(NOW.minus(HOUR)))).await;
    world.take(at("cy", None)).await;
    world.take(at("di", Some(NOW.minus(900 * DAY)))).await;
    let revision = async |who| world.row(who).await.revision;
    assert_eq!(revision("ada").await, 1);
    assert_eq!(revision("bo").await, 2);
    assert_eq!(revision("cy").await, 2);
    assert_eq!(revision("di").await, 1);
    world.take(reply("ada", "2", "I sign")).await;
    assert_eq!(revision("ada").await, 2);
}
