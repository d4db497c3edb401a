//! The history of one endorsement as it is told to administrators: every change, with who and why.

use std::fmt;

use serde::Serialize;

use crate::{
    clock::Millis,
    endorsement::{Cause, State},
    register::error::Result,
    store::{AuditEntry, EndorsementSummary, HistoryRow, Tx},
};

/// The most entries of the audit log that are told of one endorsement; the newest ones.
const MAX_AUDITS: i64 = 1000;

/// One thing that happened to an endorsement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HistoryEntry {
    /// When.
    pub at: Millis,
    /// The state before; `None` at the beginning, and where the state stayed.
    pub was: Option<State>,
    /// The state after; `None` where it stayed.
    pub now: Option<State>,
    /// The cause of a change of state.
    pub cause: Option<Cause>,
    /// How many changes are left out before this one.
    pub left_out: i64,
    /// The administrator's entry in the audit log.
    pub audit: Option<i64>,
    /// What the administrator did.
    pub action: Option<String>,
    /// Which administrator.
    pub by: Option<String>,
    /// The code of the reason.
    pub code: Option<String>,
    /// The free text of the reason.
    pub reason: Option<String>,
    /// The entry that took the administrator's back.
    pub undone_by: Option<i64>,
}

impl fmt::Display for HistoryEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.at)?;
        match (self.was, self.now) {
            (Some(was), Some(now)) => write!(f, " {was} -> {now}")?,
            (None, Some(now)) => write!(f, " {now}")?,
            (_, None) => (),
        }
        if let Some(cause) = self.cause.filter(|_| self.action.is_none()) {
            write!(f, ", {cause}")?;
        }
        if let (Some(action), Some(by), Some(audit)) = (&self.action, &self.by, self.audit) {
            write!(f, " {action} by {by} (audit {audit})")?;
        }
        let reason = [self.code.as_deref(), self.reason.as_deref()];
        let reason: Vec<_> = reason.into_iter().flatten().collect();
        if !reason.is_empty() {
            write!(f, ": {}", reason.join(": "))?;
        }
        if let Some(undone_by) = self.undone_by {
            write!(f, "; taken back by {undone_by}")?;
        }
        if self.left_out > 0 {
            write!(f, "; {} changes before it are left out", self.left_out)?;
        }
        Ok(())
    }
}

impl HistoryEntry {
    fn new(change: Option<&HistoryRow>, entry: Option<&AuditEntry>, at: Millis) -> Self {
        Self {
            at,
            was: change.and_then(|change| change.was),
            now: change.map(|change| change.now),
            cause: change.map(|change| change.cause),
            left_out: change.map_or(0, |change| change.left_out),
            audit: entry.map(|entry| entry.id),
            action: entry.map(|entry| entry.action.clone()),
            by: entry.map(|entry| entry.by.clone()),
            code: entry.and_then(|entry| entry.code.clone()),
            reason: entry.and_then(|entry| entry.reason.clone()),
            undone_by: entry.and_then(|entry| entry.undone_by),
        }
    }
}

/// Everything that happened to an endorsement, oldest first: the changes of its state, and what administrators did that left
/// the state as it was. Of a comment only the latter.
pub async fn history_of(tx: &mut Tx, row: &EndorsementSummary) -> Result<Vec<HistoryEntry>> {
    let changes = match tx.endorsements_of(&[row.actor_id]).await?.pop() {
        Some(found) if found.public_id == row.public_id => {
            tx.history(found.id.unwrap_or_default()).await?
        }
        Some(_) | None => Vec::new(),
    };
    let mut entries = tx
        .audit_entries(Some(row.public_id.as_str()), MAX_AUDITS)
        .await?;
    let known: Vec<i64> = entries.iter().map(|entry| entry.id).collect();
    // A block of a whole server is about no single endorsement.
    let others = changes.iter().filter_map(|change| change.audit_id);
    let mut others: Vec<i64> = others.filter(|id| !known.contains(id)).collect();
    others.dedup();
    entries.extend(tx.audits(&others).await?);
    let mut told: Vec<HistoryEntry> = Vec::new();
    for change in &changes {
        let entry = entries
            .iter()
            .find(|entry| Some(entry.id) == change.audit_id);
        told.push(HistoryEntry::new(Some(change), entry, change.at));
    }
    for entry in &entries {
        if !changes
            .iter()
            .any(|change| change.audit_id == Some(entry.id))
        {
            told.push(HistoryEntry::new(None, Some(entry), entry.at));
        }
    }
    told.sort_by_key(|told| (told.at, told.audit));
    Ok(told)
}
