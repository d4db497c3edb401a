//! Administrators' decisions: which of them stick, and which conflict.

use super::{
    people::{changed, like, person, reply, reworded, url, with_document},
    support::{NOW, World},
};
use crate::{
    endorsement::{State, StickyDecision, decide::Decision},
    register::{Error, moderation::decisions::find},
};

#[tokio::test]
async fn a_decision_leaves_its_entry_in_audit_and_history() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "Should I sign?")).await;
    world.decide(Decision::Approve, "ada").await.unwrap();
    assert_eq!(world.state("ada").await, "listed Ada");
    let row = world.row("ada").await;
    let id = row.public_id.as_str();
    let audit = world.read().await.audit_entries(Some(id), 9).await.unwrap();
    assert_eq!(audit.len(), 1);
    assert_eq!(
        (audit[0].action.as_str(), audit[0].by.as_str()),
        ("endorsement.approve", "mona")
    );
    assert_eq!(audit[0].code.as_deref(), Some("spam"));
    let history = world.history("ada").await;
    let last = history.last().unwrap();
    assert_eq!((last.was, last.now), (Some(State::Pending), State::Listed));
    assert_eq!(last.audit_id, Some(audit[0].id));
    assert_eq!(row.reason, None);
}

#[tokio::test]
async fn an_approved_like_is_what_it_would_have_been() {
    let mut world = World::with(&["ada", "bo"]).await;
    world.letter(crate::endorsement::policy::LetterState::Paused);
    world.take(like("ada", "l1")).await;
    let shy = crate::store::NewActor {
        discoverable: false,
        ..person("bo")
    };
    world.take(with_document(shy, like("bo", "l1"))).await;
    for who in ["ada", "bo"] {
        world.decide(Decision::Approve, who).await.unwrap();
    }
    assert_eq!(world.state("ada").await, "listed Ada");
    assert_eq!(world.state("bo").await, "counted");
}

#[tokio::test]
async fn hidden_stays_hidden_whatever_arrives_and_comes_back_as_it_was() {
    let world = World::with(&["ada"]).await;
    world.take(like("ada", "l1")).await;
    world.decide(Decision::Hide, "ada").await.unwrap();
    assert_eq!(
        world.row("ada").await.reason.as_deref(),
        Some("spam: sells shoes")
    );
    world.take(reply("ada", "1", "I sign")).await;
    world.take(like("ada", "l2")).await;
    world.take(changed(person("ada"), "c1")).await;
    assert_eq!(world.state("ada").await, "hidden");
    assert!(world.public().await.is_empty());
    world.decide(Decision::Unhide, "ada").await.unwrap();
    assert_eq!(world.state("ada").await, "listed Ada");
    let history = world.history("ada").await;
    let steps: Vec<_> = history.iter().map(|entry| (entry.was, entry.now)).collect();
    let (listed, hidden) = (State::Listed, State::Hidden);
    assert_eq!(
        steps,
        [
            (None, listed),
            (Some(listed), hidden),
            (Some(hidden), listed)
        ]
    );
}

#[tokio::test]
async fn who_waited_waits_again_after_unhide() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "Should I sign?")).await;
    world.decide(Decision::Hide, "ada").await.unwrap();
    assert_eq!(world.state("ada").await, "hidden");
    world.decide(Decision::Unhide, "ada").await.unwrap();
    assert_eq!(world.state("ada").await, "pending unsure");
}

#[tokio::test]
async fn who_was_rejected_or_withdrawn_waits_with_every_new_act_until_approved() {
    let table = [
        (Decision::Reject, "rejected", StickyDecision::Rejected),
        (Decision::Withdraw, "withdrawn", StickyDecision::Withdrawn),
    ];
    for (decision, state, sticks) in table {
        let world = World::with(&["ada"]).await;
        world
            .receive(&[like("ada", "l1"), reply("ada", "1", "I sign")])
            .await;
        world.decide(decision, "ada").await.unwrap();
        assert_eq!(world.state("ada").await, state);
        assert_eq!(world.row("ada").await.decision, Some(sticks));
        // An edit of the old post does not bring it back.
        world.take(reworded("ada", "1", 1, "I sign this")).await;
        assert_eq!(world.state("ada").await, state);
        world.take(like("ada", "l2")).await;
        assert_eq!(world.state("ada").await, "pending decision");
        world.decide(Decision::Approve, "ada").await.unwrap();
        assert_eq!(world.state("ada").await, "listed Ada");
        assert_eq!(world.row("ada").await.decision, None);
        world.take(reply("ada", "2", "I sign")).await;
        assert_eq!(
            world.steps("ada").await.len(),
            4,
            "the reply counts at once"
        );
        assert_eq!(world.state("ada").await, "listed Ada");
    }
}

#[tokio::test]
async fn a_decision_that_does_not_fit_changes_nothing() {
    let world = World::with(&["ada"]).await;
    world.take(like("ada", "l1")).await;
    let before = world.row("ada").await;
    for decision in [Decision::Approve, Decision::Unhide] {
        let error = world.decide(decision, "ada").await.unwrap_err();
        assert!(matches!(error, Error::Conflict(_)), "{error}");
    }
    assert_eq!(world.row("ada").await, before);
    assert!(
        world
            .read()
            .await
            .audit_entries(None, 9)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn who_comes_second_is_told_who_was_first() {
    let world = World::with(&["ada"]).await;
    world.take(like("ada", "l1")).await;
    world.decide_as("bob", Decision::Hide, "ada").await.unwrap();
    let error = world.decide(Decision::Hide, "ada").await.unwrap_err();
    let Error::AlreadyDecided { action, by, at, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(
        (action.as_str(), by.as_str(), at),
        ("endorsement.hide", "bob", NOW)
    );
    let own = world.decide_as("bob", Decision::Hide, "ada").await;
    assert!(matches!(own, Err(Error::Conflict(_))));
}

#[tokio::test]
async fn a_comment_is_no_endorsement() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "This is wrong")).await;
    let error = world.decide(Decision::Hide, "ada").await.unwrap_err();
    assert!(matches!(error, Error::Comment(_)), "{error}");
}

#[tokio::test]
async fn people_are_found_by_id_url_and_handle() {
    let world = World::with(&["ada", "bo"]).await;
    world
        .receive(&[like("ada", "l1"), reply("bo", "1", "This is wrong")])
        .await;
    let id = world.row("ada").await.public_id.to_string();
    let mut tx = world.read().await;
    for what in [
        &id,
        id.get(..6).unwrap(),
        &url("ada"),
        "@ada@m.example",
        "ADA@M.example",
    ] {
        let found = find(&mut tx, what).await.unwrap();
        assert_eq!(found.len(), 1, "{what}");
        assert_eq!(found[0].actor, url("ada"), "{what}");
    }
    let comments = find(&mut tx, "bo@m.example").await.unwrap();
    assert_eq!((comments.len(), comments[0].state.as_str()), (1, "comment"));
    assert!(find(&mut tx, "cy@m.example").await.unwrap().is_empty());
}

#[tokio::test]
async fn the_origins_suspension_and_a_moderators_hand_are_lifted_apart() {
    let suspended = crate::store::NewActor {
        suspended: true,
        ..person("ada")
    };
    let world = World::with(&["ada"]).await;
    world.take(like("ada", "l1")).await;
    world.decide(Decision::Hide, "ada").await.unwrap();
    world.take(changed(suspended, "c1")).await;
    world.take(changed(person("ada"), "c2")).await;
    assert_eq!(world.state("ada").await, "hidden");
    world.decide(Decision::Unhide, "ada").await.unwrap();
    assert_eq!(world.state("ada").await, "listed Ada");
}
