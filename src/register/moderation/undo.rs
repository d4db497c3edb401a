//! Taking back what the audit log tells of: `audit undo`.

use super::{
    change_record::{ChangeRecord, LeftAlone},
    links::take_link_back,
};
use crate::{
    clock::Millis,
    endorsement::Cause,
    register::{
        error::{CannotUndo, Error, Result},
        inbound::{activity::DereferenceTask, batch::Batch},
        rules::Context,
    },
    store::{AuditEntry, AuditTarget, NewAudit, Store, Tx},
};

/// Endorsements in one transaction, so that the inbox never waits long.
const AT_ONCE: i64 = 50;

/// What taking an entry back did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Undone {
    /// The entry of the audit log about it.
    pub audit: Option<i64>,
    /// How many endorsements are as they were.
    pub done: u64,
    /// The handles of the first ones.
    pub handles: Vec<String>,
    /// How many were left alone, because something that the entry changed was changed since.
    pub changed: u64,
    /// How many were left alone, because what taking them back needs was erased.
    pub erased: u64,
}

/// How many handles [`Undone`] names.
const NAMED: usize = 5;

impl Undone {
    /// Counts one that is as it was.
    fn count(&mut self, target: &AuditTarget) {
        self.done += 1;
        if self.handles.len() < NAMED {
            let handle = target.handle.as_ref();
            self.handles.push(handle.unwrap_or(&target.target).clone());
        }
    }
}

/// The entry with this number, if it can be taken back; with how many endorsements it was about.
///
/// # Errors
/// [`Error::NoAudit`] and [`Error::CannotUndo`].
pub async fn undoable(tx: &mut Tx, id: i64) -> Result<(AuditEntry, i64)> {
    let entry = tx.audits(&[id]).await?.pop().ok_or(Error::NoAudit(id))?;
    let place = entry.action.split('.').next().unwrap_or_default();
    let instead = match (place, entry.action.as_str()) {
        ("endorsement" | "statement" | "name" | "link", _) => None,
        (_, "block.add") => Some("`undersigned block remove` lifts a block"),
        (_, "block.remove") => Some("`undersigned block add` blocks again"),
        (_, "audit.undo") => Some("decide again what it took back"),
        (_, "letter.publish") => Some("publish another text with `undersigned letter publish`"),
        ("letter", _) => {
            Some("`undersigned letter open`, `pause` and `close` change the letter's state")
        }
        _ => {
            Some("only decisions about endorsements, statements, names of endorsers and links are")
        }
    };
    if let Some(instead) = instead {
        return Err(CannotUndo::NoDecision {
            action: entry.action,
            instead,
        }
        .into());
    }
    let count = entry.count.unwrap_or(1);
    Ok((entry, count))
}

/// Takes an entry back, fifty endorsements in a transaction. What was interrupted goes on when it is run again.
///
/// # Errors
/// Those of [`undoable`], and [`Error::CannotUndo`] when nothing could be taken back: then nothing was changed.
pub async fn undo(
    store: &Store,
    context: &Context,
    now: Millis,
    id: i64,
    by: &str,
) -> Result<Undone> {
    let mut undone = Undone::default();
    let mut after = 0;
    loop {
        let mut tx = store.write().await?;
        let (entry, _) = undoable(&mut tx, id).await?;
        let targets = tx.audit_targets(id, after, AT_ONCE).await?;
        let Some(last) = targets.last() else {
            break;
        };
        after = last.id;
        if undo_some(&mut tx, context, now, &entry, &targets, by, &mut undone).await? {
            tx.commit().await?;
        }
    }
    if undone.done == 0 {
        return Err(nothing_to_undo(store, id, &undone).await?.into());
    }
    Ok(undone)
}

/// Takes back what an entry did to some endorsements. Returns whether it did anything.
async fn undo_some(
    tx: &mut Tx,
    context: &Context,
    now: Millis,
    entry: &AuditEntry,
    targets: &[AuditTarget],
    by: &str,
    undone: &mut Undone,
) -> Result<bool> {
    if entry.action.starts_with("link.") {
        return undo_links(tx, now, entry, targets, by, undone).await;
    }
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
    let mut batch = Batch::of_actors(tx, context, now, &actor_ids).await?;
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
    let audit_id = note_undo(tx, now, entry, by, undone).await?;
    let (mut used, mut noted) = (Vec::new(), Vec::new());
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
            batch.shared.jobs.add(actor, &task, now);
        }
        batch.shared.settle(actor, Cause::Decision, Some(audit_id));
        used.push(target.id);
        noted.push((target.target.clone(), None));
        undone.count(target);
    }
    batch.save(tx).await?;
    tx.use_undo(&used).await?;
    tx.add_audit_targets(audit_id, &noted).await?;
    Ok(true)
}

/// The entry of the audit log about taking this one back.
async fn note_undo(
    tx: &mut Tx,
    now: Millis,
    entry: &AuditEntry,
    by: &str,
    undone: &mut Undone,
) -> Result<i64> {
    let audit_id = if let Some(audit_id) = undone.audit.or(entry.undone_by) {
        audit_id
    } else {
        let audit = NewAudit {
            at: now,
            by: by.to_owned(),
            action: "audit.undo".to_owned(),
            code: None,
            target: entry.id.to_string(),
            reason: None,
        };
        let audit_id = tx.add_audit(&audit).await?;
        tx.set_undone(entry.id, audit_id).await?;
        audit_id
    };
    undone.audit = Some(audit_id);
    Ok(audit_id)
}

/// Takes back what an entry did to links. Returns whether it did anything.
async fn undo_links(
    tx: &mut Tx,
    now: Millis,
    entry: &AuditEntry,
    targets: &[AuditTarget],
    by: &str,
    undone: &mut Undone,
) -> Result<bool> {
    let mut is_any = false;
    for target in targets {
        let taken_back = match target.undo.as_deref() {
            Some(record) => take_link_back(tx, record).await?,
            None => Err(LeftAlone::Purged),
        };
        match taken_back {
            Ok(()) => {
                let audit_id = note_undo(tx, now, entry, by, undone).await?;
                tx.use_undo(&[target.id]).await?;
                tx.add_audit_targets(audit_id, &[(target.target.clone(), None)])
                    .await?;
                undone.count(target);
                is_any = true;
            }
            Err(LeftAlone::Changed) => undone.changed += 1,
            Err(LeftAlone::Purged) => undone.erased += 1,
        }
    }
    Ok(is_any)
}

/// Why nothing was taken back.
async fn nothing_to_undo(store: &Store, id: i64, undone: &Undone) -> Result<CannotUndo> {
    let mut tx = store.read().await?;
    let (entry, _) = undoable(&mut tx, id).await?;
    if let Some(by) = entry.undone_by
        && let Some(by) = tx.audits(&[by]).await?.pop()
    {
        return Ok(CannotUndo::Already {
            id,
            by: by.by,
            at: by.at,
        });
    }
    Ok(if undone.changed > 0 {
        CannotUndo::Changed {
            id,
            count: undone.changed,
        }
    } else {
        CannotUndo::Erased(id)
    })
}
