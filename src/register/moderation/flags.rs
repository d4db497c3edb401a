//! Administrators' answers to reports by other servers.

use crate::{
    clock::Millis,
    register::error::{Error, Result},
    store::{NewAudit, ReportRow, ReportState, Tx},
};

/// Marks a report as resolved, with an audit entry.
///
/// # Errors
/// [`Error::AlreadyResolved`] when somebody else was first (exit 4).
pub async fn resolve(tx: &mut Tx, report: &ReportRow, by: &str, now: Millis) -> Result<()> {
    if report.state != ReportState::Open || !tx.resolve_report(report.id).await? {
        return Err(Error::AlreadyResolved(report.id));
    }
    let audit = NewAudit {
        at: now,
        by: by.to_owned(),
        action: "report.resolve".to_owned(),
        code: None,
        target: report.id.to_string(),
        reason: None,
    };
    tx.add_audit(&audit).await?;
    Ok(())
}
