//! The decisions of administrators about an endorsement.

use super::{State, StickyDecision};
use crate::string_enum::words;

words! {
    /// The decisions about an endorsement or a comment.
    pub enum Decision {
        /// Accept a pending endorsement.
        Approve = "approve",
        /// Refuse it permanently.
        Reject = "reject",
        /// Take it off the public pages for now.
        Hide = "hide",
        /// Undo [`Decision::Hide`].
        Unhide = "unhide",
        /// End it.
        Withdraw = "withdraw",
        /// End it because the endorser asked for it: this is the endorser's own act.
        WithdrawOnRequest = "withdraw on request",
        /// Declare it void, with others.
        Invalidate = "invalidate",
        /// Make an endorsement of a comment.
        Promote = "promote",
        /// Make a comment of a reply or mention.
        Demote = "demote",
    }
}

impl Decision {
    /// Its word in the audit log and on the command line.
    pub const fn verb(self) -> &'static str {
        match self {
            Self::WithdrawOnRequest => Self::Withdraw.as_str(),
            Self::Approve
            | Self::Reject
            | Self::Hide
            | Self::Unhide
            | Self::Withdraw
            | Self::Invalidate
            | Self::Promote
            | Self::Demote => self.as_str(),
        }
    }
}

/// What a decision does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Every waiting or late act counts from now on; no earlier decision sticks any longer.
    Grant,
    /// Every act ends, this is the state, and the decision sticks to the actor.
    End(State, StickyDecision),
    /// Every act ends as if the endorser had withdrawn: nobody but the endorser brings it back.
    Leave,
    /// A moderator hides it.
    Hold,
    /// No one hides it any longer.
    Release,
    /// A comment signs.
    Promote,
    /// A signing post is a comment.
    Demote,
}

/// What a moderator decided, and in which state it is not possible (exit code 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot {} an endorsement that is {state}", decision.verb())]
pub struct Conflict {
    /// The decision.
    pub decision: Decision,
    /// The current state.
    pub state: State,
}

/// The effect of `decision` on an endorsement in `state`.
///
/// Whatever ends here comes back by `audit undo` until it is purged, except what the endorser ended.
pub fn decide(state: State, decision: Decision) -> Result<Effect, Conflict> {
    use State::{Comment, Counted, Hidden, Invalid, Late, Listed, Pending, Rejected, Withdrawn};
    let effect = match decision {
        Decision::Approve => match state {
            Pending | Late => Some(Effect::Grant),
            Comment => Some(Effect::Promote),
            Listed | Counted | Hidden | Rejected | Withdrawn | Invalid => None,
        },
        Decision::Reject => match state {
            Listed | Counted | Pending | Hidden | Withdrawn | Late | Invalid => {
                Some(Effect::End(Rejected, StickyDecision::Rejected))
            }
            Comment | Rejected => None,
        },
        Decision::Hide => match state {
            Listed | Counted | Pending => Some(Effect::Hold),
            Comment | Hidden | Rejected | Withdrawn | Late | Invalid => None,
        },
        Decision::Unhide => match state {
            Hidden => Some(Effect::Release),
            Listed | Counted | Pending | Comment | Rejected | Withdrawn | Late | Invalid => None,
        },
        Decision::Withdraw => match state {
            Listed | Counted | Pending | Hidden | Late => {
                Some(Effect::End(Withdrawn, StickyDecision::Withdrawn))
            }
            Comment | Rejected | Withdrawn | Invalid => None,
        },
        // Whoever asks is erased, also if a moderator was faster.
        Decision::WithdrawOnRequest => match state {
            Listed | Counted | Pending | Hidden | Rejected | Withdrawn | Late | Invalid => {
                Some(Effect::Leave)
            }
            Comment => None,
        },
        Decision::Invalidate => match state {
            Listed | Counted | Pending | Hidden | Late => {
                Some(Effect::End(Invalid, StickyDecision::Invalid))
            }
            Comment | Rejected | Withdrawn | Invalid => None,
        },
        Decision::Promote => match state {
            Comment => Some(Effect::Promote),
            Listed | Counted | Pending | Hidden | Rejected | Withdrawn | Late | Invalid => None,
        },
        Decision::Demote => match state {
            Listed | Counted | Pending | Hidden | Late => Some(Effect::Demote),
            Comment | Rejected | Withdrawn | Invalid => None,
        },
    };
    effect.ok_or(Conflict { decision, state })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_decision_fits_exactly_these_states() {
        let allowed = |decision| -> String {
            let fits = |state: &&State| decide(**state, decision).is_ok();
            let fitting = State::ALL.iter().filter(fits).map(|state| state.as_str());
            fitting.collect::<Vec<_>>().join(" ")
        };
        let table = Decision::ALL.iter().map(|decision| {
            let states = match decision {
                Decision::Approve => "pending comment late",
                Decision::Reject => "listed counted pending hidden withdrawn late invalid",
                Decision::Hide => "listed counted pending",
                Decision::Unhide => "hidden",
                Decision::Withdraw | Decision::Invalidate | Decision::Demote => {
                    "listed counted pending hidden late"
                }
                Decision::WithdrawOnRequest => {
                    "listed counted pending hidden rejected withdrawn late invalid"
                }
                Decision::Promote => "comment",
            };
            (decision, states)
        });
        for (decision, states) in table {
            assert_eq!(allowed(*decision), states, "{decision}");
        }
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
