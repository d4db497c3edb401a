//! Names: which are shown, and who owns them.

use super::{
    blocks::follow,
    people::{changed, like, person, reply, unlike, with_document},
    support::{DAY, NOW, World},
};
use crate::{
    endorsement::{
        ReviewState,
        decide::Decision,
        names::{self, WatchList},
        policy::{LetterState, NamePolicy},
    },
    random::PublicId,
    register::InboundActivity,
    store::{NewActor, SignatoryRow},
};

fn named(who: &str, name: &str) -> NewActor {
    NewActor {
        name: names::clean(name, who),
        ..person(who)
    }
}

fn liked_as(who: &str, name: &str) -> InboundActivity {
    with_document(named(who, name), like(who, "l1"))
}

async fn sign_on_github(world: &World, name: &str) {
    let signatory = SignatoryRow {
        public_id: PublicId::from("0123456789abcdef".to_owned()),
        name: name.to_owned(),
        skeleton: names::skeleton(name),
        handle: None,
        url: None,
        affiliation: None,
        source: "github".to_owned(),
        position: 1,
        line: Some(9),
        revision: 1,
        state: "listed".to_owned(),
        listed_at: NOW,
        gone_at: None,
        shown_words: String::new(),
        collected: None,
        reference: None,
        name_hash: None,
        handle_hash: None,
        name_off_at: None,
    };
    let mut tx = world.store.write().await.unwrap();
    tx.save_signatories(&[signatory]).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_name_that_fails_leaves_the_row_listed_under_its_handle() {
    for name in [
        "Official Ada",
        "ada.example.com",
        "@ada",
        "two\nlines",
        &"x".repeat(51),
    ] {
        let world = World::new().await;
        world.take(liked_as("ada", name)).await;
        assert_eq!(world.state("ada").await, "listed", "{name}");
        let public = world.public().await;
        assert_eq!((public.len(), &public[0].name), (1, &None), "{name}");
        let handle = public[0].handle.as_deref();
        assert_eq!(handle, Some("@ada@m.example"), "{name}");
    }
}

#[tokio::test]
async fn a_name_of_shortcodes_alone_becomes_the_user_name() {
    let world = World::new().await;
    world.take(liked_as("ada", ":verified: :blobcat:")).await;
    assert_eq!(world.state("ada").await, "listed ada");
}

#[tokio::test]
async fn a_name_that_looks_like_a_signatorys_waits() {
    let world = World::new().await;
    sign_on_github(&world, "Jill Doe").await;
    // This one has a Cyrillic small letter in it.
    world.take(liked_as("ada", "J\u{456}ll Doe")).await;
    assert_eq!(world.state("ada").await, "listed");
    world.take(liked_as("bo", "Jill D")).await;
    assert_eq!(world.state("bo").await, "listed Jill D");
}

#[tokio::test]
async fn of_two_who_look_the_same_the_second_waits_in_one_batch_or_in_two() {
    let both = [liked_as("ada", "Jill"), liked_as("bo", "J\u{456}ll")];
    for size in [1, 2] {
        let world = World::new().await;
        for part in both.chunks(size) {
            world.receive(part).await;
        }
        assert_eq!(world.state("ada").await, "listed Jill");
        assert_eq!(world.state("bo").await, "listed", "in batches of {size}");
    }
}

#[tokio::test]
async fn two_endorsers_may_bear_one_name_and_nobody_that_of_a_signatory() {
    for (first, second, shown) in [
        ("Jill", "Jill", true),
        ("Jill", "JILL", true),
        ("Jill", "J\u{456}ll", false),
        ("Jill", "Jiil", false),
    ] {
        for size in [1, 2] {
            let world = World::new().await;
            let both = [liked_as("ada", first), liked_as("bo@n.example", second)];
            for part in both.chunks(size) {
                world.receive(part).await;
            }
            assert_eq!(world.state("ada").await, format!("listed {first}"));
            let name = if shown {
                format!(" {second}")
            } else {
                String::new()
            };
            assert_eq!(world.state("bo@n.example").await, format!("listed{name}"));
        }
    }
    let world = World::new().await;
    sign_on_github(&world, "Jill Doe").await;
    world.take(liked_as("ada", "Jill Doe")).await;
    assert_eq!(world.state("ada").await, "listed");
    world
        .tamper("UPDATE endorsement SET name_state = 'shown'")
        .await;
    world.take(like("ada", "l2")).await;
    assert_eq!(world.state("ada").await, "listed Jill Doe");
}

#[tokio::test]
async fn a_name_is_free_again_when_its_owner_has_left_the_list() {
    let acts = [
        liked_as("ada", "Jill"),
        unlike("ada", "l1"),
        liked_as("bo", "Jill"),
    ];
    for size in [1, 3] {
        let world = World::new().await;
        for part in acts.chunks(size) {
            world.receive(part).await;
        }
        assert_eq!(
            world.state("bo").await,
            "listed Jill",
            "in batches of {size}"
        );
    }
}

#[tokio::test]
async fn who_waits_holds_no_name_and_is_checked_again_when_listed() {
    let young = NewActor {
        published_at: Some(NOW),
        ..named("bo", "J\u{456}ll")
    };
    let acts = [
        with_document(young.clone(), like("bo", "l1")),
        liked_as("ada", "Jill"),
    ];
    for size in [1, 2] {
        let world = World::new().await;
        for part in acts.chunks(size) {
            world.receive(part).await;
        }
        assert_eq!(world.state("bo").await, "pending age");
        assert_eq!(
            world.state("ada").await,
            "listed Jill",
            "in batches of {size}"
        );
        world.clock.advance(4 * DAY);
        world.read_again(young.clone()).await;
        world.maintain().await;
        assert_eq!(world.state("bo").await, "listed", "in batches of {size}");
    }
}

#[tokio::test]
async fn a_changed_name_is_a_new_name() {
    let world = World::new().await;
    world.take(liked_as("ada", "Jill")).await;
    world
        .take(changed(named("ada", "Official Jill"), "c1"))
        .await;
    assert_eq!(world.state("ada").await, "listed");
    assert_eq!(world.public().await[0].name, None);
    world.take(changed(named("ada", "Jane"), "c2")).await;
    assert_eq!(world.state("ada").await, "listed Jane");
    // The old name is free.
    world.take(liked_as("bo", "Jill")).await;
    assert_eq!(world.state("bo").await, "listed Jill");
}

#[tokio::test]
async fn a_name_that_a_moderator_hid_stays_hidden_until_it_changes() {
    let world = World::new().await;
    world.take(liked_as("ada", "Jill")).await;
    world
        .tamper("UPDATE endorsement SET name_state = 'hidden'")
        .await;
    world.take(changed(named("ada", "Jill"), "c1")).await;
    world.take(like("ada", "l2")).await;
    assert_eq!(world.row("ada").await.name_state, ReviewState::Hidden);
}

#[tokio::test]
async fn a_setting_says_which_names_are_shown() {
    let check = async |names, name: &str, shown: bool| {
        let mut world = World::new().await;
        world.rules().policy.names = names;
        world.take(liked_as("ada", name)).await;
        let found = world.public().await[0].name.is_some();
        assert_eq!(found, shown, "{names} {name}");
    };
    check(NamePolicy::Check, "Jill", true).await;
    check(NamePolicy::Check, "Official Jill", false).await;
    check(NamePolicy::Queue, "Jill", false).await;
    check(NamePolicy::Auto, "Official Jill", true).await;
    check(NamePolicy::Auto, "jill.example.com", false).await;
    check(NamePolicy::Auto, "Jill\nand more", false).await;
}

#[tokio::test]
async fn a_handle_that_fails_waits_for_a_person() {
    let mut world = World::with(&["jill"]).await;
    let watched = ["Jill".to_owned()];
    world.rules().watch = std::sync::Arc::new(WatchList::new(&watched));
    world.take(like("jill", "l1")).await;
    assert_eq!(world.state("jill").await, "pending name");
    world.decide(Decision::Approve, "jill").await.unwrap();
    assert_eq!(world.state("jill").await, "listed");
}

#[tokio::test]
async fn where_only_numbers_are_shown_no_name_is_kept() {
    let mut world = World::with(&["ada"]).await;
    world.rules().policy.reply_display = crate::endorsement::policy::ReplyDisplay::Count;
    world.take(reply("ada", "1", "I sign")).await;
    assert_eq!(world.state("ada").await, "counted");
    assert_eq!(world.row("ada").await.name, None);
    world.letter(LetterState::Paused);
    world.take(changed(named("ada", "Jill"), "c1")).await;
    assert_eq!(world.row("ada").await.name, None);
}

#[tokio::test]
async fn a_new_handle_is_found_and_the_old_one_is_not_whatever_it_comes_with() {
    let world = World::with(&["ada"]).await;
    world.take(liked_as("ada", "Ada")).await;
    let before = world.row("ada").await;
    assert!(before.words.shown.contains("ada"), "{:?}", before.words);
    let renamed = NewActor {
        handle: "@lovelace@m.example".to_owned(),
        ..named("ada", "Ada")
    };
    // A follow derives no endorsement anew.
    world
        .take(with_document(renamed, follow("ada", "f1")))
        .await;
    let after = world.row("ada").await;
    assert_eq!(after.words.shown, "ada lovelace m example");
    assert_eq!(after.changed_at, before.changed_at);
    assert!(world.check().await.findings.is_empty());
}
