//! Likes: given, taken back, given again, and how much they may show.

use super::{
    people::{by, changed, deleted, like, person, reply, unlike, url, with_document},
    support::{DAY, HOUR, NOW, World, surge_of},
};
use crate::{
    endorsement::policy::{LetterState, LikeDisplay},
    register::{InboundAction, Undo, maintenance::judge_again::judge_paused},
    store::NewActor,
};

fn hidden(who: &str) -> NewActor {
    NewActor {
        discoverable: false,
        ..person(who)
    }
}

#[tokio::test]
async fn a_like_is_listed_or_counted_by_what_its_author_made_known() {
    let check = async |document: NewActor, expected: &str| {
        let world = World::new().await;
        world.take(with_document(document, like("ada", "l1"))).await;
        assert_eq!(world.state("ada").await, expected);
        let names = usize::from(expected.starts_with("listed"));
        assert_eq!(world.public().await.len(), names);
    };
    check(person("ada"), "listed Ada").await;
    check(hidden("ada"), "counted").await;
    let opted_out = NewActor {
        opted_out: true,
        ..person("ada")
    };
    check(opted_out, "counted").await;
}

#[tokio::test]
async fn a_like_of_somebody_read_long_ago_is_counted_until_the_actor_was_read() {
    let orders = "SELECT payload FROM job WHERE kind = 'refresh_actor'";
    for (document, expected) in [(person("ada"), "listed Ada"), (hidden("ada"), "counted")] {
        let world = World::with(&["ada"]).await;
        world.clock.advance(DAY);
        world.take(like("ada", "l1")).await;
        assert_eq!(world.state("ada").await, "counted");
        assert!(world.public().await.is_empty());
        assert_eq!(world.column(orders).await, [url("ada")]);
        world.read_again(document).await;
        assert_eq!(world.state("ada").await, expected);
        // Later reads only narrow.
        for (document, expected) in [
            (person("ada"), expected),
            (hidden("ada"), "counted"),
            (person("ada"), "counted"),
        ] {
            world.clock.advance(HOUR);
            world.read_again(document).await;
            assert_eq!(world.state("ada").await, expected);
        }
    }
    // Less than a day is short enough.
    let world = World::with(&["ada"]).await;
    world.clock.advance(DAY.saturating_sub(HOUR));
    world.take(like("ada", "l1")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
    assert!(world.column(orders).await.is_empty());
}

#[tokio::test]
async fn a_like_that_waited_is_named_only_after_the_actor_was_read_again() {
    let mut world = World::with(&["ada"]).await;
    world.letter(LetterState::Paused);
    world.take(like("ada", "l1")).await;
    assert_eq!(world.state("ada").await, "pending paused");
    world.clock.advance(3 * DAY);
    world.letter(LetterState::Open);
    judge_paused(&world.store, &world.context, world.now())
        .await
        .unwrap();
    assert_eq!(world.state("ada").await, "counted");
    world.read_again(person("ada")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
}

#[tokio::test]
async fn what_a_deleted_reply_left_without_a_name_stays_so_when_the_actor_is_read() {
    let world = World::with(&["ada"]).await;
    world.clock.advance(2 * DAY);
    world
        .receive(&[
            like("ada", "l1"),
            reply("ada", "1", "I sign"),
            deleted("ada", "1"),
        ])
        .await;
    assert_eq!(world.state("ada").await, "counted");
    world.read_again(person("ada")).await;
    assert_eq!(world.state("ada").await, "counted");
}

#[tokio::test]
async fn a_second_like_takes_nobody_off_the_list() {
    let world = World::with(&["ada"]).await;
    world.take(like("ada", "l1")).await;
    world.clock.advance(9 * DAY);
    world.take(like("ada", "l2")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
}

#[tokio::test]
async fn a_second_like_changes_nothing() {
    let world = World::with(&["ada"]).await;
    world.take(like("ada", "l1")).await;
    let before = world.row("ada").await;
    world.clock.advance(HOUR);
    world.take(like("ada", "l1")).await;
    world.take(like("ada", "l2")).await;
    let after = world.row("ada").await;
    assert_eq!(after.endorsed_at, before.endorsed_at);
    assert_eq!(world.steps("ada").await, ["listed act"]);
}

#[tokio::test]
async fn a_like_of_a_post_of_ours_is_nothing() {
    let world = World::with(&["ada"]).await;
    let target = "/posts/0123456789abcdef".to_owned();
    let action = InboundAction::Like {
        target,
        letter: false,
    };
    world.take(by("ada", "l1", action)).await;
    assert_eq!(world.state("ada").await, "nothing");
}

#[tokio::test]
async fn a_like_can_be_undone_by_object_and_by_id() {
    let bare = |id: &str| InboundAction::Undo(Undo::Activity(format!("{}/{id}", url("ada"))));
    let like_of = |activity| {
        InboundAction::Undo(Undo::Like {
            target: "/letter".to_owned(),
            activity,
        })
    };
    let other = Some("https://m.example/other".to_owned());
    for action in [bare("l1"), like_of(None), like_of(other)] {
        let world = World::with(&["ada"]).await;
        world.take(like("ada", "l1")).await;
        world.take(by("ada", "u", action)).await;
        assert_eq!(world.state("ada").await, "withdrawn");
        assert!(world.public().await.is_empty());
        assert_eq!(world.steps("ada").await, ["listed act", "withdrawn undo"]);
    }
}

#[tokio::test]
async fn an_undo_that_overtakes_its_like_wins() {
    let bare = InboundAction::Undo(Undo::Activity(format!("{}/l1", url("ada"))));
    for undo in [unlike("ada", "l1"), by("ada", "u", bare)] {
        let world = World::with(&["ada"]).await;
        world.take(undo).await;
        world.take(like("ada", "l1")).await;
        assert_eq!(world.state("ada").await, "nothing");
        world.take(like("ada", "l2")).await;
        assert_eq!(world.state("ada").await, "listed Ada");
    }
}

#[tokio::test]
async fn nobody_undoes_the_like_of_somebody_else() {
    let world = World::with(&["ada", "bo"]).await;
    world.take(like("ada", "l1")).await;
    let bare = InboundAction::Undo(Undo::Activity(format!("{}/l1", url("ada"))));
    world.take(by("bo", "u1", bare)).await;
    world.take(unlike("bo", "l1")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
}

#[tokio::test]
async fn a_like_after_an_undo_is_a_new_act() {
    let world = World::with(&["ada"]).await;
    world
        .receive(&[like("ada", "l1"), unlike("ada", "l1")])
        .await;
    world.clock.advance(HOUR);
    world.take(like("ada", "l2")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
    assert_eq!(world.row("ada").await.endorsed_at, NOW.plus(HOUR));
}

#[tokio::test]
async fn flags_narrow_a_like_at_once_and_only_a_new_act_widens_it() {
    let world = World::new().await;
    world
        .take(with_document(person("ada"), like("ada", "l1")))
        .await;
    world.take(changed(hidden("ada"), "c1")).await;
    assert_eq!(world.state("ada").await, "counted");
    assert_eq!(world.row("ada").await.name, None);
    world.take(changed(person("ada"), "c2")).await;
    assert_eq!(world.state("ada").await, "counted");
    world.take(like("ada", "l2")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
    let row = world.row("ada").await;
    assert_eq!(row.endorsed_at, NOW);
}

#[tokio::test]
async fn what_was_announced_as_a_number_stays_one_when_the_account_becomes_discoverable() {
    let world = World::new().await;
    world
        .take(with_document(hidden("ada"), like("ada", "l1")))
        .await;
    world.take(changed(person("ada"), "c1")).await;
    assert_eq!(world.state("ada").await, "counted");
}

#[tokio::test]
async fn a_setting_that_was_narrower_for_a_while_leaves_its_mark() {
    let mut world = World::with(&["ada"]).await;
    world.take(like("ada", "l1")).await;
    world.rules().policy.like_display = LikeDisplay::Count;
    world.take(changed(person("ada"), "c1")).await;
    assert_eq!(world.state("ada").await, "counted");
    world.rules().policy.like_display = LikeDisplay::Named;
    world.take(changed(person("ada"), "c2")).await;
    assert_eq!(world.state("ada").await, "counted");
}

#[tokio::test]
async fn a_repeated_like_neither_waits_nor_widens_while_the_letter_is_not_open() {
    for (letter, waits) in [
        (LetterState::Paused, "pending paused"),
        (LetterState::Closed, "late"),
    ] {
        let mut world = World::with(&["ada", "bo", "cy"]).await;
        world.take(like("ada", "l1")).await;
        world
            .take(with_document(hidden("bo"), like("bo", "l1")))
            .await;
        world.letter(letter);
        world.take(like("ada", "l2")).await;
        world
            .take(with_document(person("bo"), like("bo", "l2")))
            .await;
        world.take(like("cy", "l1")).await;
        assert_eq!(world.state("ada").await, "listed Ada");
        assert_eq!(world.state("bo").await, "counted");
        assert_eq!(world.state("cy").await, waits);
    }
}

#[tokio::test]
async fn a_like_that_came_in_time_is_not_late_when_it_is_repeated() {
    let mut world = World::with(&["ada"]).await;
    world.letter(LetterState::Paused);
    world.take(like("ada", "l1")).await;
    world.letter(LetterState::Closed);
    world.take(like("ada", "l2")).await;
    assert_eq!(world.state("ada").await, "pending paused");
}

#[tokio::test]
async fn a_late_like_counts_when_it_is_repeated_after_the_letter_was_opened_again() {
    for (document, expected) in [(person("ada"), "listed Ada"), (hidden("ada"), "counted")] {
        let mut world = World::new().await;
        world.letter(LetterState::Closed);
        world.take(with_document(document, like("ada", "l1"))).await;
        assert_eq!(world.state("ada").await, "late");
        world.letter(LetterState::Open);
        world.take(like("ada", "l2")).await;
        assert_eq!(world.state("ada").await, expected);
    }
}

#[tokio::test]
async fn programs_and_organisations_are_told_apart() {
    let of_type = |kind: &str| NewActor {
        r#type: kind.to_owned(),
        ..person("ada")
    };
    for (kind, expected) in [
        ("Service", "nothing"),
        ("Group", "pending organisation"),
        ("Person", "listed Ada"),
    ] {
        let world = World::new().await;
        world
            .take(with_document(of_type(kind), like("ada", "l1")))
            .await;
        assert_eq!(world.state("ada").await, expected, "{kind}");
    }
}

#[tokio::test]
async fn a_surge_from_one_domain_waits_and_who_endorses_already_does_not() {
    let mut world = World::with(&["ada", "bo", "cy"]).await;
    world.surge = surge_of(2);
    world
        .receive(&[like("ada", "l1"), like("bo", "l1"), like("cy", "l1")])
        .await;
    assert_eq!(world.state("cy").await, "pending surge");
    world.take(reply("ada", "1", "I sign")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
}

#[tokio::test]
async fn a_suspended_account_is_hidden_until_its_server_lifts_it() {
    let world = World::with(&["ada"]).await;
    world.take(like("ada", "l1")).await;
    let suspended = NewActor {
        suspended: true,
        ..person("ada")
    };
    world.take(changed(suspended, "c1")).await;
    assert_eq!(world.state("ada").await, "hidden");
    assert!(world.public().await.is_empty());
    world.take(changed(person("ada"), "c2")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
}

#[tokio::test]
async fn another_process_and_a_restart_count_a_surge_together() {
    let mut world = World::with(&["ada", "bo", "cy", "dora"]).await;
    world.surge = surge_of(2);
    world.take(like("ada", "l1")).await;
    world.surge = surge_of(2);
    world.take(like("bo", "l1")).await;
    world.take(like("cy", "l1")).await;
    assert_eq!(world.state("cy").await, "pending surge");
    world.clock.advance(HOUR);
    world.take(like("dora", "l1")).await;
    assert_eq!(world.state("dora").await, "listed Dora");
}
