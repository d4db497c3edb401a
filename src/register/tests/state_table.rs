//! Every state and everything that can happen to it besides what arrives: decisions, and a Move.

use super::{support::World, taking_back::in_state};
use crate::endorsement::{State, decide::Decision};

const NEW: &str = "ada@new.example";

/// The state of an account's endorsement; of a comment there is none.
async fn state_of(world: &World, who: &str) -> &'static str {
    let row = world.find(who).await;
    row.map_or("nothing", |row| row.state.as_str())
}

#[tokio::test]
async fn every_decision_meets_every_state() {
    // A row for each state, a column for each decision; `no` is refused, and changes nothing.
    let expected = [
        (
            State::Listed,
            "no rejected hidden no withdrawn withdrawn invalid no withdrawn",
        ),
        (
            State::Counted,
            "no rejected hidden no withdrawn withdrawn invalid no withdrawn",
        ),
        (
            State::Pending,
            "listed rejected hidden no withdrawn withdrawn invalid no withdrawn",
        ),
        (State::Comment, "listed no no no no no no listed no"),
        (
            State::Hidden,
            "no rejected no listed withdrawn withdrawn invalid no withdrawn",
        ),
        (State::Rejected, "no no no no no withdrawn no no no"),
        (State::Withdrawn, "no rejected no no no withdrawn no no no"),
        (
            State::Late,
            "listed rejected no no withdrawn withdrawn invalid no withdrawn",
        ),
        (State::Invalid, "no rejected no no no withdrawn no no no"),
    ];
    assert_eq!(expected.map(|(state, _)| state).as_slice(), State::ALL);
    let mut wrong = Vec::new();
    for (state, row) in expected {
        let mut found = Vec::new();
        for decision in Decision::ALL {
            let world = in_state(state).await;
            let before = state_of(&world, "ada").await;
            let done = world.decide(*decision, "ada").await.is_ok();
            let after = state_of(&world, "ada").await;
            assert!(done || before == after, "{state} {decision}");
            found.push(if done { after } else { "no" });
            assert_eq!(world.check().await.findings, [], "{state} {decision}");
        }
        let found = found.join(" ");
        if found != row {
            wrong.push(format!("{state}: {found}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn every_state_moves_along() {
    let expected = [
        (State::Listed, "listed"),
        (State::Counted, "counted"),
        (State::Pending, "pending"),
        (State::Comment, "nothing"),
        (State::Hidden, "hidden"),
        (State::Rejected, "rejected"),
        (State::Withdrawn, "withdrawn"),
        (State::Late, "late"),
        (State::Invalid, "invalid"),
    ];
    assert_eq!(expected.map(|(state, _)| state).as_slice(), State::ALL);
    let mut wrong = Vec::new();
    for (state, then) in expected {
        let world = in_state(state).await;
        world.moves("ada", NEW).await;
        let found = state_of(&world, NEW).await;
        if found != then {
            wrong.push(format!("{state}: {found}"));
        }
        assert_eq!(world.check().await.findings, [], "{state}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
