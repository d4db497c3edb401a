//! What an administrator may decide about an endorsement (`product.md` 2.5).

use super::{State, StickyDecision};
use crate::string_enum::words;

words! {
    /// The decisions about an endorsement.
    pub enum Decision {
        /// Let in what waits.
        Approve = "approve",
        /// Refuse it for good.
        Reject = "reject",
        /// Take it off the page for now.
        Hide = "hide",
        /// Put it back.
        Unhide = "unhide",
        /// End it on somebody's behalf.
        Withdraw = "withdraw",
    }
}

/// What a decision does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Every act that waits counts from now on; nothing sticks any longer.
    Grant,
    /// Every act ends, the state is this one, and the decision sticks to the actor.
    End(State, StickyDecision),
    /// A moderator holds it.
    Hold,
    /// Nobody holds it any longer.
    Release,
}

/// A decision that does not fit the state (exit 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot {decision} an endorsement that is {state}")]
pub struct Conflict {
    /// What was wanted.
    pub decision: Decision,
    /// What it is.
    pub state: State,
}

/// What `decision` does to an endorsement in `state`.
pub fn decide(state: State, decision: Decision) -> Result<Effect, Conflict> {
    let effect = match (decision, state) {
        (Decision::Approve, State::Pending) => Effect::Grant,
        (
            Decision::Reject,
            State::Listed
            | State::Counted
            | State::Pending
            | State::Hidden
            | State::Withdrawn
            | State::Late
            | State::Invalid,
        ) => Effect::End(State::Rejected, StickyDecision::Rejected),
        (Decision::Hide, State::Listed | State::Counted | State::Pending) => Effect::Hold,
        (Decision::Unhide, State::Hidden) => Effect::Release,
        (
            Decision::Withdraw,
            State::Listed
            | State::Counted
            | State::Pending
            | State::Hidden
            | State::Late
            | State::Invalid,
        ) => Effect::End(State::Withdrawn, StickyDecision::Withdrawn),
        (
            Decision::Approve
            | Decision::Reject
            | Decision::Hide
            | Decision::Unhide
            | Decision::Withdraw,
            state,
        ) => return Err(Conflict { decision, state }),
    };
    Ok(effect)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_decision_fits_exactly_the_states_of_the_product_page() {
        let allowed = |decision| -> Vec<&str> {
            let fits = |state: &&State| decide(**state, decision).is_ok();
            State::ALL
                .iter()
                .filter(fits)
                .map(|state| state.as_str())
                .collect()
        };
        assert_eq!(allowed(Decision::Approve), ["pending"]);
        assert_eq!(
            allowed(Decision::Reject),
            [
                "listed",
                "counted",
                "pending",
                "hidden",
                "withdrawn",
                "late",
                "invalid"
            ]
        );
        assert_eq!(allowed(Decision::Hide), ["listed", "counted", "pending"]);
        assert_eq!(allowed(Decision::Unhide), ["hidden"]);
        assert_eq!(
            allowed(Decision::Withdraw),
            ["listed", "counted", "pending", "hidden", "late", "invalid"]
        );
    }

    #[test]
    fn a_refusal_says_what_was_wanted_and_what_it_is() {
        let error = decide(State::Withdrawn, Decision::Approve).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot approve an endorsement that is withdrawn"
        );
    }
}
