//! Administrators' decisions about endorsements.

use crate::{
    clock::Millis,
    endorsement::{
        ActOutcome, Cause, ReviewState, State,
        decide::{Decision, Effect, decide},
        hide_reason::{HideReason, HideReasons},
        who::Who,
    },
    random::PublicId,
    register::{
        error::{Error, Result},
        inbound::{
            actor_state::ActorState,
            batch::{Batch, Shared},
            refresh_jobs,
        },
        pending_deliveries::PendingDeliveries,
        rules::Context,
    },
    store::{ActRow, EndorsementFilter, EndorsementSummary, NewAudit, Topic, Tx},
    string_enum::words,
};

words! {
    /// The code of a reason.
    pub enum ReasonCode {
        /// Unwanted advertising.
        Spam = "spam",
        /// Abusive words.
        Slur = "slur",
        /// Somebody pretends to be somebody else.
        Impersonation = "impersonation",
        /// The same person twice.
        Duplicate = "duplicate",
        /// The person asked for it.
        Request = "request",
        /// The law asks for it.
        Legal = "legal",
        /// An earlier decision was wrong.
        Mistake = "mistake",
        /// Anything else; the free text says what.
        Other = "other",
    }
}

/// An administrator's reason: a code, and free text that can be erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionReason {
    /// The code.
    pub code: ReasonCode,
    /// The free text, if there is any.
    pub text: Option<String>,
}

impl DecisionReason {
    /// Reads `--reason`: a code, a colon and free text; a code alone; or free text alone (code `other`).
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let (head, rest) = text.split_once(':').unwrap_or((text, ""));
        match head.trim().parse() {
            Ok(code) => Self {
                code,
                text: Some(rest.trim().to_owned()).filter(|text| !text.is_empty()),
            },
            Err(_) => Self {
                code: ReasonCode::Other,
                text: Some(text.to_owned()),
            },
        }
    }
}

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

/// Finds endorsements and comments by a public id, or by whom they are of: a handle, or an address that a browser shows.
pub async fn find(tx: &mut Tx, what: &str) -> Result<Vec<EndorsementSummary>> {
    /// Shorter ids find nothing: an empty variable in a script must not decide about anybody.
    const SHORTEST: usize = 4;
    if what.chars().count() < SHORTEST {
        return Ok(Vec::new());
    }
    let Some(who) = Who::parse(what) else {
        let mut conditions = EndorsementFilter {
            id: Some(what.to_owned()),
            ..EndorsementFilter::default()
        };
        let mut found = tx.list(&conditions, 3).await?;
        conditions.state = Some(State::Comment);
        found.extend(tx.list(&conditions, 3).await?);
        return Ok(found);
    };
    let mut found = Vec::new();
    for actor in tx.ids_of(&who).await? {
        let mut conditions = EndorsementFilter {
            actor: Some(actor),
            ..EndorsementFilter::default()
        };
        let mut theirs = tx.list(&conditions, 3).await?;
        if theirs.is_empty() {
            conditions.state = Some(State::Comment);
            theirs = tx.list(&conditions, 3).await?;
        }
        found.extend(theirs);
    }
    Ok(found)
}

/// Carries out one decision: state, history, audit, acknowledgement, all in this transaction.
///
/// # Errors
/// [`Error::Comment`], [`Error::Conflict`], [`Error::AlreadyDecided`] and [`Error::Held`] change nothing (exit 4).
pub async fn decide_one(
    tx: &mut Tx,
    context: &Context,
    now: Millis,
    target: &EndorsementSummary,
    order: &DecisionOrder,
) -> Result<PendingDeliveries> {
    if target.state == State::Comment.as_str() {
        return Err(Error::Comment(target.public_id.clone()));
    }
    let mut batch = Batch::of_actors(tx, context, now, &[target.actor_id]).await?;
    let actor = batch.actors.first().ok_or(Error::NoLetter)?;
    let row = actor.endorsement.as_ref().ok_or(Error::NoLetter)?;
    let frozen = actor.row.frozen_at.is_some();
    let thaws = frozen && order.decision == Decision::Approve;
    let effect = match decide(row.state, order.decision) {
        Ok(Effect::Release) if !row.held_by.has(HideReason::Moderator) => {
            return Err(Error::Held {
                id: target.public_id.clone(),
                by: row.held_by.as_words().unwrap_or_default(),
            });
        }
        Ok(effect) => Some(effect),
        // Approving a frozen endorsement means trusting the new key, whatever its state is.
        Err(_) if thaws => None,
        Err(conflict) => return Err(explain(tx, &target.public_id, order, conflict).await?),
    };
    let audit = NewAudit {
        at: now,
        by: order.by.clone(),
        action: format!("endorsement.{}", order.decision),
        code: order.reason.as_ref().map(|reason| reason.code.to_string()),
        target: target.public_id.to_string(),
        reason: order.reason.as_ref().and_then(|reason| reason.text.clone()),
    };
    let audit_id = tx.add_audit(&audit).await?;
    if thaws {
        tx.thaw(actor.row.id).await?;
        // Its document was not saved while it was frozen.
        tx.add_jobs(&[refresh_jobs::read_again(&actor.row.url, now)])
            .await?;
        tx.changed(&[Topic::Register]).await?;
    }
    if let Some(effect) = effect {
        batch.each(|shared, actor| carry_out(shared, actor, effect, order, audit_id));
    }
    batch.save(tx).await
}

/// Names the other administrator, when the same decision was taken already.
async fn explain(
    tx: &mut Tx,
    id: &PublicId,
    order: &DecisionOrder,
    conflict: crate::endorsement::decide::Conflict,
) -> Result<Error> {
    let last = tx.audit_entries(Some(id.as_str()), 1).await?.pop();
    Ok(
        match last.filter(|entry| entry.action.starts_with("endorsement.") && entry.by != order.by)
        {
            Some(entry) => Error::AlreadyDecided {
                id: id.clone(),
                action: entry.action,
                by: entry.by,
                at: entry.at,
            },
            None => conflict.into(),
        },
    )
}

/// Applies a decision to one actor.
fn carry_out(
    shared: &mut Shared<'_>,
    actor: &mut ActorState,
    effect: Effect,
    order: &DecisionOrder,
    audit_id: i64,
) {
    let now = shared.now;
    let Some(row) = actor.endorsement.as_mut() else {
        return;
    };
    row.changed_at = now;
    row.reason = order.reason.as_ref().map(|reason| match &reason.text {
        Some(text) => format!("{}: {text}", reason.code),
        None => reason.code.to_string(),
    });
    match effect {
        Effect::Grant => {
            (row.decision, row.reason) = (None, None);
            row.held_by.set(HideReason::Limit, false);
            // An administrator who named this endorsement has read its words.
            for showing in [&mut row.statement_state, &mut row.declared_state] {
                if order.named && *showing == Some(ReviewState::Pending) {
                    *showing = Some(ReviewState::Shown);
                }
            }
            let waits = |row: &ActRow| {
                row.act.endorses() && matches!(row.act.outcome, ActOutcome::Pending(_))
            };
            actor.change_acts(waits, |row| row.act.outcome = ActOutcome::Listed);
        }
        Effect::End(state, sticks) => {
            (row.decision, row.held_by) = (Some(sticks), HideReasons::default());
            actor.ended_as = Some(state);
            actor.end_all(now, Cause::Decision);
        }
        Effect::Hold => row.held_by.set(HideReason::Moderator, true),
        Effect::Release => {
            row.held_by.set(HideReason::Moderator, false);
            row.reason = None;
        }
    }
    actor.endorsement_changed = true;
    shared.settle(actor, Cause::Decision, Some(audit_id));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_code_with_or_without_text_or_text_alone() {
        let check = |text: &str, code, free: Option<&str>| {
            let reason = DecisionReason::parse(text);
            assert_eq!(
                (reason.code, reason.text.as_deref()),
                (code, free),
                "{text}"
            );
        };
        check("spam", ReasonCode::Spam, None);
        check("spam: sells shoes", ReasonCode::Spam, Some("sells shoes"));
        check(
            " legal : court order 5:12 ",
            ReasonCode::Legal,
            Some("court order 5:12"),
        );
        check("sells shoes", ReasonCode::Other, Some("sells shoes"));
        check("shoes: cheap", ReasonCode::Other, Some("shoes: cheap"));
    }
}
