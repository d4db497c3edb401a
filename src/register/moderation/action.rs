//! What administrators do to endorsements, as it is asked for.

use super::decision_reason::DecisionReason;
use crate::{
    endorsement::{
        CountsAs, ReviewState, State,
        decide::{Decision, decide},
    },
    random::PublicId,
    store::{AuditAction, EndorsementSummary},
    string_enum::words,
};

/// One decision: who takes it, and why.
#[derive(Clone, Debug)]
pub struct DecisionOrder {
    /// What is decided.
    pub decision: Decision,
    /// `--as`, or the system user.
    pub by: String,
    /// `--reason`.
    pub reason: Option<DecisionReason>,
    /// Whether the endorsement was named, so that its words were read; false when it only matched a filter.
    pub named: bool,
}

words! {
    /// What is done to words or a name.
    pub enum Showing {
        /// They are shown.
        Approve = "approve",
        /// They are not shown.
        Hide = "hide",
    }
}

/// What a moderator puts in place of what the endorser says. An empty text takes an earlier one away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// The name.
    pub name: Option<String>,
    /// The affiliation.
    pub affiliation: Option<String>,
    /// The kind of account.
    pub counts_as: Option<CountsAs>,
}

/// What is done to endorsements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A decision about the whole endorsement.
    Decide(Decision),
    /// About what was written besides the signing words, and declared with it.
    Statement(Showing),
    /// About the name.
    Name(Showing),
    /// About what stands in the list.
    Edit(Edit),
}

impl Action {
    /// Its name in the audit log.
    pub const fn audit_action(&self) -> AuditAction {
        match self {
            Self::Decide(decision) => match decision {
                Decision::Approve => AuditAction::EndorsementApprove,
                Decision::Reject => AuditAction::EndorsementReject,
                Decision::Hide => AuditAction::EndorsementHide,
                Decision::Unhide => AuditAction::EndorsementUnhide,
                Decision::Withdraw | Decision::WithdrawOnRequest => {
                    AuditAction::EndorsementWithdraw
                }
                Decision::Invalidate => AuditAction::EndorsementInvalidate,
                Decision::Promote => AuditAction::EndorsementPromote,
                Decision::Demote => AuditAction::EndorsementDemote,
            },
            Self::Statement(Showing::Approve) => AuditAction::StatementApprove,
            Self::Statement(Showing::Hide) => AuditAction::StatementHide,
            Self::Name(Showing::Approve) => AuditAction::NameApprove,
            Self::Name(Showing::Hide) => AuditAction::NameHide,
            Self::Edit(_) => AuditAction::EndorsementEdit,
        }
    }

    /// Whether it can be done to an endorsement in this state, as far as the state tells.
    pub fn fits(&self, state: State) -> bool {
        match self {
            Self::Decide(decision) => decide(state, *decision).is_ok(),
            Self::Name(Showing::Approve) => state == State::Listed,
            Self::Statement(_) | Self::Name(Showing::Hide) | Self::Edit(_) => {
                matches!(
                    state,
                    State::Listed | State::Counted | State::Pending | State::Hidden
                )
            }
        }
    }
}

/// One order: what is done, by whom, and why.
#[derive(Clone, Debug)]
pub struct ActionOrder {
    /// What is done.
    pub action: Action,
    /// `--as`, or the system user.
    pub by: String,
    /// `--reason`.
    pub reason: Option<DecisionReason>,
    /// Whether the endorsements were named, so that their words were read; false when they only matched a filter.
    pub named: bool,
}

/// What an order is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionTarget {
    /// The public id.
    pub id: PublicId,
    /// `@user@host`, or what stands for it.
    pub handle: String,
    /// The row id of the actor.
    pub(super) actor_id: i64,
    /// The act, when it is a comment.
    pub(super) comment: Option<i64>,
}

impl From<&EndorsementSummary> for ActionTarget {
    fn from(row: &EndorsementSummary) -> Self {
        let is_comment = row.state == State::Comment.as_str();
        Self {
            id: row.public_id.clone(),
            handle: row.handle.clone(),
            actor_id: row.actor_id,
            comment: row.act_id.filter(|_| is_comment),
        }
    }
}

impl Showing {
    /// The state that it gives them.
    pub(super) const fn state(self) -> ReviewState {
        match self {
            Self::Approve => ReviewState::Shown,
            Self::Hide => ReviewState::Hidden,
        }
    }
}
