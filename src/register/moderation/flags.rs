//! Administrators' answers to reports by other servers.

use super::audit_target::{entry, note};
use crate::{
    clock::Millis,
    register::error::{Error, Result},
    store::{AuditAction, ReportRow, ReportState, Tx},
};

/// Marks reports as resolved, all or none, with one audit entry; returns its number.
///
/// # Errors
/// [`Error::AlreadyResolved`] when somebody else was first (exit 4).
pub async fn resolve(tx: &mut Tx, reports: &[ReportRow], by: &str, now: Millis) -> Result<i64> {
    let mut targets = Vec::new();
    for report in reports {
        if report.state != ReportState::Open || !tx.resolve_report(report.id).await? {
            return Err(Error::AlreadyResolved(report.id));
        }
        let before = serde_json::to_string(&ReportState::Open).ok();
        targets.push((report.id.to_string(), before));
    }
    note(tx, entry(AuditAction::ReportResolve, by, now), &targets).await
}
