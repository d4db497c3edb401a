//! Administrators' decisions about endorsements: what they do, to whom, and what the audit keeps of them.

pub use super::{
    action::{Action, ActionOrder, ActionTarget, DecisionOrder, Edit, Showing},
    decision_reason::{DecisionReason, ReasonCode},
    find::{find, find_comments},
};
use super::{
    apply_change::apply,
    change_record::Before,
    planned_change::{PlannedChange, Step, author_ended, explain, plan},
};
use crate::{
    clock::Millis,
    endorsement::decide::Effect,
    register::{
        error::{Error, Result},
        inbound::{batch::Batch, leaving::Left, refresh_jobs},
        pending_deliveries::PendingDeliveries,
        restored::Restored,
        rules::Context,
    },
    store::{EndorsementSummary, NewAudit, NewBulkAudit, Topic, Tx},
};

/// How the audit log takes an order up.
#[derive(Debug)]
pub enum AuditBy<'a> {
    /// One entry for the one target.
    Target,
    /// One entry for all targets, also those of later transactions; set once it is written.
    Batch(&'a mut Option<i64>),
}

/// What came of an order in one transaction.
#[derive(Debug, Default)]
pub struct Carried {
    /// Places among the targets that it was carried out for.
    pub done: Vec<usize>,
    /// Places of the others, and why not.
    pub refused: Vec<(usize, Error)>,
    /// The audit's entry about them, when anything was done.
    pub audit: Option<i64>,
    /// What has to follow the commit.
    pub effects: PendingDeliveries,
    /// Who left by it, on request.
    pub left: Left,
}

/// Carries out one decision: state, history, audit, acknowledgement, all in this transaction.
///
/// # Errors
/// Those of [`carry_out`]; they change nothing (exit 4).
pub async fn decide_one(
    tx: &mut Tx,
    context: &Context,
    now: Millis,
    target: &EndorsementSummary,
    order: &DecisionOrder,
) -> Result<PendingDeliveries> {
    let order = ActionOrder {
        action: Action::Decide(order.decision),
        by: order.by.clone(),
        reason: order.reason.clone(),
        named: order.named,
    };
    let targets = [ActionTarget::from(target)];
    let mut carried = carry_out(tx, context, now, &targets, &order, AuditBy::Target).await?;
    match carried.refused.pop() {
        Some((_, error)) => Err(error),
        None => Ok(carried.effects),
    }
}

/// Carries out an order for some targets, all in this transaction: state, history, audit, acknowledgement. The targets that
/// it does not fit are left as they are: [`Error::Comment`], [`Error::Conflict`], [`Error::AlreadyDecided`],
/// [`Error::Held`] and [`Error::NotPossible`] (exit 4).
///
/// # Errors
/// Those of the database; then nothing is to be committed.
pub async fn carry_out(
    tx: &mut Tx,
    context: &Context,
    now: Millis,
    targets: &[ActionTarget],
    order: &ActionOrder,
    audit_by: AuditBy<'_>,
) -> Result<Carried> {
    let actor_ids: Vec<i64> = targets.iter().map(|target| target.actor_id).collect();
    let comments: Vec<i64> = targets.iter().filter_map(|target| target.comment).collect();
    let mut batch = Batch::of_actors(tx, context, now, &actor_ids).await?;
    batch.add_acts(tx, &comments).await?;
    let mut carried = Carried::default();
    let mut planned = Vec::new();
    for (place, target) in targets.iter().enumerate() {
        let actor = batch.actors.iter();
        let mut actors = actor.enumerate();
        let found = actors.find(|(_, actor)| actor.row.id == target.actor_id);
        let (index, actor) = found.ok_or(Error::NoLetter)?;
        match plan(actor, target, order, context) {
            Ok(change) => match author_ended(tx, actor, target, &change).await? {
                Some(error) => carried.refused.push((place, error)),
                None => planned.push((place, index, change)),
            },
            Err(error) => {
                let error = explain(tx, target, order, error).await?;
                carried.refused.push((place, error));
            }
        }
    }
    let Some((first, ..)) = planned.first() else {
        return Ok(carried);
    };
    // What was written about who asks to be taken off goes with them.
    let leaves = |change: &PlannedChange| change.effect == Some(Step::Decided(Effect::Leave));
    let leaving = planned.iter().filter(|(.., change)| leaves(change));
    let leaving: Vec<i64> = leaving
        .filter_map(|(_, index, _)| Some(batch.actors.get(*index)?.row.id))
        .collect();
    if !leaving.is_empty() {
        let ids = tx.public_ids_of(&leaving).await?;
        tx.forget_notes(&ids).await?;
    }
    let audit_id = match audit_by {
        AuditBy::Target => {
            let target = targets.get(*first).ok_or(Error::NoLetter)?;
            tx.add_audit(&entry(order, now, target)).await?
        }
        AuditBy::Batch(Some(id)) => *id,
        AuditBy::Batch(written) => {
            let id = tx.add_bulk_audit(&bulk_entry(order, now)).await?;
            *written = Some(id);
            id
        }
    };
    let unread_before = unread_before(tx).await?;
    let (mut noted, mut to_read) = (Vec::new(), Vec::new());
    for (place, index, change) in planned {
        let (Some(target), Some(actor)) = (targets.get(place), batch.actors.get_mut(index)) else {
            continue;
        };
        if change.thaws {
            tx.thaw(actor.row.id).await?;
            // Its document was not saved while it was frozen.
            tx.add_jobs(&[refresh_jobs::read_again(&actor.row.url, now)])
                .await?;
            tx.changed(&[Topic::Register]).await?;
        }
        let before = Before::of(actor);
        let shared = &mut batch.shared;
        apply(shared, actor, &change, order, audit_id, unread_before);
        if change.effect == Some(Step::Decided(Effect::Promote)) && unread_before.is_some() {
            to_read.push(actor.row.id);
        }
        let record = before.changed(actor);
        // To trust a key, and what somebody asked for, are not taken back.
        let can_be_undone = !change.thaws && change.effect != Some(Step::Decided(Effect::Leave));
        let undo = record.filter(|_| can_be_undone);
        let id = actor
            .endorsement
            .as_ref()
            .map_or(&target.id, |row| &row.public_id);
        noted.push((id.to_string(), undo.and_then(|record| record.to_json())));
        carried.done.push(place);
    }
    carried.audit = Some(audit_id);
    let (effects, saved) = Box::pin(batch.save_and_tell(tx)).await?;
    (carried.effects, carried.left) = (effects, saved.left);
    tx.verify_at(&to_read, Millis::from_millis(0)).await?;
    tx.add_audit_targets(audit_id, &noted).await?;
    Ok(carried)
}

/// What was received before this may have been deleted since: a backup was restored that a running server made. `None` if
/// there was none.
async fn unread_before(tx: &mut Tx) -> Result<Option<Millis>> {
    let restored = Restored::read(tx).await?;
    let restored = restored.filter(|restored| !restored.server_stopped);
    Ok(restored.map(|restored| restored.at))
}

fn entry(order: &ActionOrder, now: Millis, target: &ActionTarget) -> NewAudit {
    let NewBulkAudit {
        at,
        by,
        action,
        code,
        count: _,
        reason,
    } = bulk_entry(order, now);
    NewAudit {
        at,
        by,
        action,
        code,
        target: target.id.to_string(),
        reason,
    }
}

fn bulk_entry(order: &ActionOrder, now: Millis) -> NewBulkAudit {
    NewBulkAudit {
        at: now,
        by: order.by.clone(),
        action: order.action.audit_action(),
        code: order.reason.as_ref().map(|reason| reason.code.to_string()),
        count: None,
        reason: order.reason.as_ref().and_then(|reason| reason.text.clone()),
    }
}
