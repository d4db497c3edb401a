//! Who takes an entry of the audit back, what came of it, and the entry about that.

use crate::{
    clock::Millis,
    register::{error::Result, moderation::audit_target::NotedTarget, rules::Context},
    store::{AuditAction, AuditEntry, AuditTarget, NewAudit, Tx},
};

/// Who takes something back, when, and by which rules.
#[derive(Clone, Copy, Debug)]
pub(super) struct TakingBack<'a> {
    /// The rules in force.
    pub(super) context: &'a Context,
    /// `--as`, or the system user.
    pub(super) by: &'a str,
    /// When.
    pub(super) now: Millis,
}

/// What taking an entry back did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Undone {
    /// The entry of the audit log about it.
    pub audit: Option<i64>,
    /// How many things are as they were.
    pub done: u64,
    /// The handles, names or domains of the first ones.
    pub handles: Vec<String>,
    /// How many were left alone, because something that the entry changed was changed since.
    pub changed: u64,
    /// How many were left alone, because what taking them back needs was erased.
    pub erased: u64,
    /// How many quotes stay revoked, because other servers dropped them.
    pub quotes: i64,
    /// Whether follows were ended, which nothing brings back.
    pub follows_ended: bool,
}

/// What is blocked or limited again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlocksAgain {
    /// How many endorsements would be hidden, or wait.
    pub endorsements: i64,
    /// How many followers would be put to sleep.
    pub followers: i64,
}

/// How many handles [`Undone`] names.
const NAMED: usize = 5;

impl Undone {
    /// Notes one thing that is as it was.
    pub(super) fn is_done(&mut self, name: &str) {
        self.done += 1;
        if self.handles.len() < NAMED {
            self.handles.push(name.to_owned());
        }
    }

    /// The entry about taking another one back, written once; with what it was about.
    pub(super) async fn note(
        &mut self,
        tx: &mut Tx,
        entry: &AuditEntry,
        taking: TakingBack<'_>,
        used: &[AuditTarget],
    ) -> Result<i64> {
        let audit_id = if let Some(audit_id) = self.audit.or(entry.undone_by) {
            audit_id
        } else {
            let audit = NewAudit {
                at: taking.now,
                by: taking.by.to_owned(),
                action: AuditAction::AuditUndo,
                code: None,
                target: entry.id.to_string(),
                reason: None,
            };
            let audit_id = tx.add_audit(&audit).await?;
            tx.set_undone(entry.id, audit_id).await?;
            audit_id
        };
        self.audit = Some(audit_id);
        let ids: Vec<i64> = used.iter().map(|target| target.id).collect();
        tx.use_undo(&ids).await?;
        let noted = used.iter().map(|target| (target.target.clone(), None));
        let noted: Vec<NotedTarget> = noted.collect();
        tx.add_audit_targets(audit_id, &noted).await?;
        Ok(audit_id)
    }
}

/// The entry with all that it was about, unless it was taken back already.
pub(super) async fn untouched(
    tx: &mut Tx,
    id: i64,
) -> Result<Option<(AuditEntry, Vec<AuditTarget>)>> {
    const PAGE: i64 = 1000;
    let entry = tx.audits(&[id]).await?.pop();
    let Some(entry) = entry.filter(|entry| entry.undone_by.is_none()) else {
        return Ok(None);
    };
    let (mut targets, mut after) = (Vec::new(), 0);
    loop {
        let some = tx.audit_targets(id, after, PAGE).await?;
        let Some(last) = some.last() else {
            return Ok(Some((entry, targets)));
        };
        after = last.id;
        targets.extend(some);
    }
}
