//! Taking back decisions about endorsements, their statements and names.

use super::outcome::{TakingBack, Undone};
use crate::{
    clock::Millis,
    endorsement::Cause,
    register::{
        error::Result,
        inbound::{activity::DereferenceTask, batch::Batch},
        moderation::change_record::{ChangeRecord, LeftAlone},
        rules::Context,
    },
    store::{AuditEntry, AuditTarget, Store, Tx},
};

/// Endorsements in one transaction, so that the inbox never waits long.
const AT_ONCE: i64 = 50;

/// Takes an entry back, fifty endorsements in a transaction.
pub(super) async fn take_back(
    store: &Store,
    taking: TakingBack<'_>,
    id: i64,
    undone: &mut Undone,
) -> Result<()> {
    let mut after = 0;
    loop {
        let mut tx = store.write().await?;
        let Some(entry) = tx.audits(&[id]).await?.pop() else {
            return Ok(());
        };
        let targets = tx.audit_targets(id, after, AT_ONCE).await?;
        let Some(last) = targets.last() else {
            return Ok(());
        };
        after = last.id;
        if undo_some(&mut tx, taking, &entry, &targets, undone).await? {
            tx.commit().await?;
        }
    }
}

/// Takes an entry about one endorsement back, unless what it changed was changed or erased since.
pub(in crate::register::moderation) async fn take_one_back(
    tx: &mut Tx,
    context: &Context,
    now: Millis,
    id: i64,
    by: &str,
) -> Result<()> {
    if let Some(entry) = tx.audits(&[id]).await?.pop() {
        let targets = tx.audit_targets(id, 0, 1).await?;
        let taking = TakingBack { context, by, now };
        undo_some(tx, taking, &entry, &targets, &mut Undone::default()).await?;
    }
    Ok(())
}

/// Takes back what an entry did to some endorsements. Returns whether it did anything.
async fn undo_some(
    tx: &mut Tx,
    taking: TakingBack<'_>,
    entry: &AuditEntry,
    targets: &[AuditTarget],
    undone: &mut Undone,
) -> Result<bool> {
    let mut records: Vec<(&AuditTarget, i64, ChangeRecord)> = Vec::new();
    for target in targets {
        let record = target.undo.as_deref().and_then(ChangeRecord::from_json);
        match target.actor_id.zip(record) {
            Some((actor_id, record)) => records.push((target, actor_id, record)),
            None => undone.erased += 1,
        }
    }
    let actor_ids: Vec<i64> = records.iter().map(|(_, actor_id, _)| *actor_id).collect();
    let acts: Vec<i64> = records
        .iter()
        .flat_map(|(.., record)| record.acts())
        .collect();
    let mut batch = Batch::of_actors(tx, taking.context, taking.now, &actor_ids).await?;
    batch.add_acts(tx, &acts).await?;
    records.retain(|(_, actor_id, record)| {
        let actor = batch.actors.iter().find(|actor| actor.row.id == *actor_id);
        match actor.map(|actor| record.check(actor)) {
            Some(Ok(())) => true,
            Some(Err(LeftAlone::Changed)) => {
                undone.changed += 1;
                false
            }
            Some(Err(LeftAlone::Purged)) | None => {
                undone.erased += 1;
                false
            }
        }
    });
    if records.is_empty() {
        return Ok(false);
    }
    let used: Vec<AuditTarget> = records
        .iter()
        .map(|(target, ..)| (*target).clone())
        .collect();
    let audit_id = undone.note(tx, entry, taking, &used).await?;
    for (target, actor_id, record) in records {
        let actors = &mut batch.actors;
        let Some(actor) = actors.iter_mut().find(|actor| actor.row.id == actor_id) else {
            continue;
        };
        for url in record.take_back(actor) {
            // Edits were not taken over while it had ended.
            let task = DereferenceTask::Post {
                url,
                concerns_us: true,
            };
            batch.shared.jobs.add(actor, &task, taking.now);
        }
        batch.shared.settle(actor, Cause::Decision, Some(audit_id));
        undone.is_done(target.handle.as_deref().unwrap_or(&target.target));
    }
    batch.save(tx).await?;
    Ok(true)
}
