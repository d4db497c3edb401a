//! The decisions of administrators about an endorsement.

use super::{State, StickyDecision};
use crate::string_enum::words;

words! {
    /// The decisions about an endorsement.
    pub enum Decision {
        /// Accept a pending endorsement.
        Approve = "approve",
        /// Refuse it permanently.
        Reject = "reject",
        /// Take it off the public pages for now.
        Hide = "hide",
        /// Undo [`Decision::Hide`].
        Unhide = "unhide",
        /// End it on the endorser's behalf.
        Withdraw = "withdraw",
    }
}

/// What a decision does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Every waiting act counts from now on; no earlier decision sticks any longer.
    Grant,
    /// Every act ends, this is the state, and the decision sticks to the actor.
    End(State, StickyDecision),
    /// A moderator hides it.
    Hold,
    /// No one hides it any longer.
    Release,
}

/// A decision that is not possible in the current state (exit code 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot {decision} an endorsement that is {state}")]
pub struct Conflict {
    /// The decision.
    pub decision: Decision,
    /// The current state.
    pub state: State,
}

/// The effect of `decision` on an endorsement in `state`.
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
            | State::Late,
        ) => Effect::End(State::Rejected, StickyDecision::Rejected),
        (Decision::Hide, State::Listed | State::Counted | State::Pending) => Effect::Hold,
        (Decision::Unhide, State::Hidden) => Effect::Release,
        (
            Decision::Withdraw,
            State::Listed | State::Counted | State::Pending | State::Hidden | State::Late,
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
                "late"
            ]
        );
        assert_eq!(allowed(Decision::Hide), ["listed", "counted", "pending"]);
        assert_eq!(allowed(Decision::Unhide), ["hidden"]);
        assert_eq!(
            allowed(Decision::Withdraw),
            ["listed", "counted", "pending", "hidden", "late"]
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
