//! The audit log of administrators' actions.

use sqlx::FromRow;

use super::{Result, Tx};
use crate::clock::Millis;

/// An audit entry to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAudit {
    /// When.
    pub at: Millis,
    /// Who: `--as`, or the system user.
    pub by: String,
    /// What, such as `endorsement.approve`.
    pub action: String,
    /// The reason's code.
    pub code: Option<String>,
    /// The public id of what it was done to.
    pub target: String,
    /// The reason's free text; kept apart, so that it can be erased.
    pub reason: Option<String>,
}

/// One audit entry, as `audit list` shows it.
#[derive(Clone, Debug, PartialEq, Eq, FromRow, serde::Serialize)]
pub struct AuditEntry {
    /// The row id.
    pub id: i64,
    /// When.
    pub at: Millis,
    /// Who.
    pub by: String,
    /// What.
    pub action: String,
    /// To what.
    pub target: String,
    /// The reason's code.
    pub code: Option<String>,
    /// The reason's free text.
    pub reason: Option<String>,
}

impl Tx {
    /// Adds an entry; returns its row id.
    pub async fn add_audit(&mut self, entry: &NewAudit) -> Result<i64> {
        let (id,): (i64,) = on_either!(
            self,
            sqlx::query_as(
                "INSERT INTO audit (at, by, action, code, target)
             VALUES ($1, $2, $3, $4, $5)
             RETURNING id",
            )
            .bind(entry.at)
            .bind(&entry.by)
            .bind(&entry.action)
            .bind(&entry.code)
            .bind(&entry.target),
            fetch_one
        )?;
        if let Some(reason) = &entry.reason {
            execute!(
                self,
                sqlx::query("INSERT INTO audit_note (audit_id, reason) VALUES ($1, $2)")
                    .bind(id)
                    .bind(reason)
            )?;
        }
        Ok(id)
    }

    /// The entries, newest first; of one target, when it is given.
    pub async fn audit_entries(
        &mut self,
        target: Option<&str>,
        limit: i64,
    ) -> Result<Vec<AuditEntry>> {
        Ok(built!(
            self,
            |sql| {
                sql.push(
                    "SELECT audit.id, audit.at, audit.by, audit.action, audit.target, audit.code,
                            audit_note.reason
                     FROM audit
                     LEFT JOIN audit_note ON audit_note.audit_id = audit.id",
                );
                if let Some(target) = target {
                    sql.push(" WHERE audit.target = ").push_bind(target);
                }
                sql.push(" ORDER BY audit.id DESC LIMIT ").push_bind(limit);
            },
            rows AuditEntry
        )?)
    }
}
