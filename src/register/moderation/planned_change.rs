//! What an order does to one endorsement, or why it does not fit.

use super::action::{Action, ActionOrder, ActionTarget, Edit, Showing};
use crate::{
    endorsement::{
        Account, ActKind, Cause, CountsAs, PledgeWords, State,
        decide::{Decision, Effect, decide},
        hide_reason::HideReason,
        names,
    },
    register::{
        error::{Error, Result},
        inbound::actor_state::ActorState,
        rules::{Context, Rules},
    },
    store::{ActRow, Edits, EndorsementRow, Tx, UnsignedBy},
};

/// What an order does to one actor.
#[derive(Clone, Debug)]
pub(super) struct PlannedChange {
    /// What it does to the endorsement; `None` when only the key is trusted.
    pub(super) effect: Option<Step>,
    /// Whether a frozen actor is trusted again.
    pub(super) thaws: bool,
    /// The act that it is about, when it is a comment.
    pub(super) comment: Option<i64>,
}

/// One step of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Decided(Effect),
    Statement(Showing),
    Name(Showing),
    Edited(Edits),
}

/// What an order does to this actor.
pub(super) fn plan(
    actor: &ActorState,
    target: &ActionTarget,
    order: &ActionOrder,
    context: &Context,
) -> Result<PlannedChange> {
    let change = |step| PlannedChange {
        effect: Some(step),
        thaws: false,
        comment: target.comment,
    };
    if target.comment.is_some() {
        return match order.action {
            Action::Decide(decision) => match decide(State::Comment, decision) {
                Ok(effect) => Ok(change(Step::Decided(effect))),
                Err(_) => Err(Error::Comment(target.id.clone())),
            },
            Action::Statement(_) | Action::Name(_) | Action::Edit(_) => {
                Err(Error::Comment(target.id.clone()))
            }
        };
    }
    let row = actor.endorsement.as_ref().ok_or(Error::NoLetter)?;
    let not_possible = |why: String| Error::NotPossible {
        id: target.id.clone(),
        why,
    };
    if !matches!(order.action, Action::Decide(_)) && !order.action.fits(row.state) {
        return Err(not_possible(format!("it is {}", row.state)));
    }
    let step = match &order.action {
        Action::Decide(decision) => return plan_decision(actor, row, target, *decision),
        Action::Statement(showing) => {
            // Of clear words of a pledge without a link nothing is to be decided.
            let pledge = row
                .pledge
                .as_ref()
                .filter(|one| one.url.is_some() || one.pledge.words == PledgeWords::Unsure);
            let pledge = pledge.map(|one| one.pledge.review);
            let states = [row.statement_state, row.declared_state, pledge];
            let wanted = showing.state();
            if *showing == Showing::Approve && actor.row.opted_out {
                return Err(not_possible(
                    "its author does not want to be quoted".to_owned(),
                ));
            }
            match states.into_iter().flatten().find(|state| *state != wanted) {
                Some(_) => Step::Statement(*showing),
                None if states == [None; 3] => {
                    return Err(not_possible("it has no statement".to_owned()));
                }
                None => return Err(not_possible(format!("its statement is {wanted} already"))),
            }
        }
        Action::Name(showing) => {
            let wanted = showing.state();
            match &row.name {
                Some(_) if row.name_state == wanted => {
                    return Err(not_possible(format!("its name is {wanted} already")));
                }
                Some(_) => Step::Name(*showing),
                None => return Err(not_possible("it has no name".to_owned())),
            }
        }
        Action::Edit(edit) => {
            let edits = edited(row, &actor.row.r#type, edit, &context.rules)?;
            if edits == row.edits {
                return Err(not_possible("it says so already".to_owned()));
            }
            Step::Edited(edits)
        }
    };
    Ok(change(step))
}

/// What a decision does to this actor.
fn plan_decision(
    actor: &ActorState,
    row: &EndorsementRow,
    target: &ActionTarget,
    decision: Decision,
) -> Result<PlannedChange> {
    let thaws = actor.row.frozen_at.is_some() && decision == Decision::Approve;
    let effect = match decide(row.state, decision) {
        Ok(Effect::Release) if !row.held_by.has(HideReason::Moderator) => {
            return Err(Error::Held {
                id: target.id.clone(),
                by: row.held_by.as_words().unwrap_or_default(),
            });
        }
        Ok(Effect::Demote) if demoted(actor, row).is_none() => {
            return Err(Error::NotPossible {
                id: target.id.clone(),
                why: format!(
                    "only a reply or a mention can become a comment, and it is a {}",
                    row.kind
                ),
            });
        }
        Ok(effect) => Some(Step::Decided(effect)),
        // Approving a frozen endorsement means trusting the new key, whatever its state is.
        Err(_) if thaws => None,
        Err(conflict) => return Err(conflict.into()),
    };
    Ok(PlannedChange {
        effect,
        thaws,
        comment: None,
    })
}

/// The index of the act that a demotion makes a comment.
pub(super) fn demoted(actor: &ActorState, row: &EndorsementRow) -> Option<usize> {
    let is_it = |act: &ActRow| {
        act.id == row.act_id && matches!(act.act.kind, ActKind::Reply | ActKind::Mention)
    };
    actor.standing(is_it)
}

/// The edits of a row after one more.
fn edited(row: &EndorsementRow, actor_type: &str, edit: &Edit, rules: &Rules) -> Result<Edits> {
    let text = |given: &Option<String>, before: &Option<String>| match given {
        None => Ok(before.clone()),
        Some(text) if text.trim().is_empty() => Ok(None),
        Some(text) => {
            let clean = names::clean(text, "");
            if clean.is_empty() || !rules.is_one_plain_line(&clean) {
                return Err(Error::BadEdit(text.clone()));
            }
            Ok(Some(clean))
        }
    };
    let by_itself = match Account::of_type(actor_type) {
        Account::Organisation => CountsAs::Organisation,
        Account::Person | Account::Automated => CountsAs::Person,
    };
    let counts_as = match edit.counts_as {
        None => row.edits.counts_as,
        Some(wanted) => Some(wanted).filter(|wanted| *wanted != by_itself),
    };
    Ok(Edits {
        name: text(&edit.name, &row.edits.name)?,
        affiliation: text(&edit.affiliation, &row.edits.affiliation)?,
        counts_as,
        promoted_act: row.edits.promoted_act,
    })
}

/// Why a comment is not promoted: its author took back what it said, and only a new act of the author's brings it back.
pub(super) async fn author_ended(
    tx: &mut Tx,
    actor: &ActorState,
    target: &ActionTarget,
    change: &PlannedChange,
) -> Result<Option<Error>> {
    let Some(comment) = target
        .comment
        .filter(|_| change.effect == Some(Step::Decided(Effect::Promote)))
    else {
        return Ok(None);
    };
    let took_back = tx.unsigned_by(comment).await? == Some(UnsignedBy::Author);
    let stands = actor.standing(|row| row.act.endorses()).is_some();
    let left = !stands && tx.last_end(actor.row.id).await?.is_some_and(Cause::is_own);
    Ok((took_back || left).then(|| Error::EndedByAuthor(target.id.clone())))
}

/// Names the other administrator, when another one was faster.
pub(super) async fn explain(
    tx: &mut Tx,
    target: &ActionTarget,
    order: &ActionOrder,
    error: Error,
) -> Result<Error> {
    if !matches!(error, Error::Conflict(_) | Error::NotPossible { .. }) {
        return Ok(error);
    }
    let last = tx.audit_entries(Some(target.id.as_str()), 1).await?.pop();
    let decided = ["endorsement.", "statement.", "name.", "audit."];
    let is_decision = |action: &str| decided.iter().any(|place| action.starts_with(place));
    Ok(
        match last.filter(|entry| is_decision(&entry.action) && entry.by != order.by) {
            Some(entry) => Error::AlreadyDecided {
                id: target.id.clone(),
                action: entry.action,
                by: entry.by,
                at: entry.at,
            },
            None => error,
        },
    )
}
