//! Cases in which an actor could have been impersonated, kept on a page, or locked in.

use super::{
    people::{changed, like, person, reply, reworded, url, with_document},
    support::{DAY, World},
};
use crate::{
    endorsement::{ReviewState, decide::Decision, policy::ReplyDisplay},
    register::{
        ReceiveOutcome,
        maintenance::purge::reapply_policy,
        moderation::decisions::{DecisionOrder, decide_one, find},
    },
    store::NewActor,
};

#[tokio::test]
async fn an_actor_who_is_taken_for_known_and_is_not_has_to_be_read_again() {
    let world = World::new().await;
    assert_eq!(
        world.receive(&[like("ada", "l1")]).await,
        [ReceiveOutcome::Unknown]
    );
    assert!(world.column("SELECT hex(hash) FROM seen").await.is_empty());
    world
        .take(with_document(person("ada"), like("ada", "l1")))
        .await;
    assert_eq!(world.state("ada").await, "listed Ada");
}

#[tokio::test]
async fn settings_that_show_less_narrow_what_stands_on_the_page() {
    let mut world = World::with(&["ada", "bo"]).await;
    let start = async |world: &World| {
        reapply_policy(&world.store, &world.context, world.now())
            .await
            .unwrap()
    };
    assert_eq!(start(&world).await, 0);
    world.take(reply("ada", "1", "I sign")).await;
    world.take(like("bo", "l1")).await;
    assert_eq!((start(&world).await, world.public().await.len()), (0, 2));
    world.rules().policy.reply_display = ReplyDisplay::Count;
    assert_eq!(start(&world).await, 2);
    assert_eq!(world.state("ada").await, "counted");
    assert_eq!(world.state("bo").await, "listed Bo");
    assert_eq!(world.steps("ada").await, ["listed act", "counted settings"]);
    assert_eq!(start(&world).await, 0);
    assert!(world.check().await.findings.is_empty());
}

#[tokio::test]
async fn who_edits_an_old_comment_to_withdraw_leaves() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "This is wrong")).await;
    world.take(like("ada", "l1")).await;
    world.clock.advance(31 * DAY);
    world.maintain().await;
    assert_eq!(world.state("ada").await, "listed Ada");
    world.take(reworded("ada", "1", 5, "withdraw")).await;
    assert_eq!(world.state("ada").await, "withdrawn");
}

#[tokio::test]
async fn who_becomes_an_organisation_waits_for_a_person() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    let many = NewActor {
        r#type: "Organization".to_owned(),
        ..person("ada")
    };
    world.take(changed(many, "u1")).await;
    assert_eq!(world.state("ada").await, "pending organisation");
    world.decide(Decision::Approve, "ada").await.unwrap();
    assert!(world.row("ada").await.organisation);
    assert!(world.state("ada").await.starts_with("listed"));
    let renamed = NewActor {
        r#type: "Organization".to_owned(),
        name: "Adas".to_owned(),
        ..person("ada")
    };
    world.take(changed(renamed, "u2")).await;
    assert!(
        world.state("ada").await.starts_with("listed"),
        "approved once is enough"
    );
}

#[tokio::test]
async fn a_handle_that_does_not_pass_waits_also_when_it_comes_later() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    let named = |handle: &str| NewActor {
        handle: handle.to_owned(),
        ..person("ada")
    };
    let update = |document, id: &str| with_document(document, changed(person("ada"), id));
    world.take(update(named("@official@m.example"), "u1")).await;
    assert_eq!(world.state("ada").await, "pending name");
    world.decide(Decision::Approve, "ada").await.unwrap();
    world.take(update(named("@official@m.example"), "u2")).await;
    assert_eq!(
        world.state("ada").await,
        "listed Ada",
        "the same handle was approved"
    );
}

#[tokio::test]
async fn approving_by_conditions_shows_no_words_that_nobody_read() {
    for (named, showing) in [(false, ReviewState::Pending), (true, ReviewState::Shown)] {
        let mut world = World::with(&["ada"]).await;
        world.letter(crate::endorsement::policy::LetterState::Paused);
        world
            .take(reply("ada", "1", "I sign because it matters"))
            .await;
        let mut tx = world.store.write().await.unwrap();
        let target = find(&mut tx, &url("ada")).await.unwrap().remove(0);
        let order = DecisionOrder {
            decision: Decision::Approve,
            by: "mona".to_owned(),
            reason: None,
            named,
        };
        decide_one(&mut tx, &world.context, world.now(), &target, &order)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(world.state("ada").await, "listed Ada");
        assert_eq!(
            world.row("ada").await.statement_state,
            Some(showing),
            "named: {named}"
        );
    }
}

#[tokio::test]
async fn too_short_a_beginning_of_an_id_means_nobody() {
    let world = World::with(&["ada"]).await;
    world.take(like("ada", "l1")).await;
    let id = world.row("ada").await.public_id.to_string();
    let mut tx = world.read().await;
    for what in ["", "a", id.get(..3).unwrap()] {
        assert!(find(&mut tx, what).await.unwrap().is_empty(), "{what:?}");
    }
    assert_eq!(find(&mut tx, id.get(..4).unwrap()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn who_left_is_forgotten_with_address_and_keys_and_may_come_back() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    world.take(super::people::deleted("ada", "1")).await;
    world
        .tamper("UPDATE delivery SET state = 'delivered', settled_at = 0")
        .await;
    world.clock.advance(2 * DAY);
    world.maintain().await;
    let left = "SELECT url || handle || name FROM actor UNION ALL SELECT key_id FROM actor_key
                UNION ALL SELECT object FROM act UNION ALL SELECT body FROM activity";
    assert_eq!(
        world.column(left).await.concat(),
        "",
        "{:?}",
        world.column(left).await
    );
    world
        .take(with_document(person("ada"), reply("ada", "2", "I sign")))
        .await;
    assert_eq!(world.state("ada").await, "listed Ada");
    assert_eq!(
        world.public().await[0].handle.as_deref(),
        Some("@ada@m.example")
    );
}

#[tokio::test]
async fn who_is_shown_and_acts_with_an_old_document_is_read_again_once() {
    let world = World::with(&["ada", "bo"]).await;
    let jobs = "SELECT kind || ' ' || payload FROM job";
    world.take(like("ada", "l1")).await;
    assert!(world.column(jobs).await.is_empty());
    world.clock.advance(8 * DAY);
    world.take(like("ada", "l2")).await;
    world.take(reply("ada", "1", "I sign")).await;
    // Bo does not endorse: nothing about him is shown.
    world.take(reply("bo", "1", "")).await;
    let wanted = format!("refresh_actor {}", url("ada"));
    assert_eq!(world.column(jobs).await, [wanted]);
}
