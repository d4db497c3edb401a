//! The audit log of administrators' actions.

use sqlx::FromRow;

use super::{Result, Tx, endorsement_queries::escaped};
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

/// A filter for audit entries: all given conditions have to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Who.
    pub by: Option<String>,
    /// What, where `*` is any text.
    pub action: Option<String>,
    /// At this time or later.
    pub since: Option<Millis>,
    /// To what: a public id, or another target.
    pub target: Option<String>,
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

    /// Up to `limit` entries, newest first; of one target, when it is given.
    pub async fn audit_entries(
        &mut self,
        target: Option<&str>,
        limit: i64,
    ) -> Result<Vec<AuditEntry>> {
        let filter = AuditFilter {
            target: target.map(str::to_owned),
            ..AuditFilter::default()
        };
        self.audit_list(&filter, None, limit).await
    }

    /// Up to `limit` matching entries, newest first; those before the entry with this row id.
    pub async fn audit_list(
        &mut self,
        filter: &AuditFilter,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<AuditEntry>> {
        Ok(built!(
            self,
            |sql| {
                sql.push(
                    "SELECT audit.id, audit.at, audit.by, audit.action, audit.target, audit.code,
                            audit_note.reason
                     FROM audit
                     LEFT JOIN audit_note ON audit_note.audit_id = audit.id
                     WHERE TRUE",
                );
                push_filter!(sql, filter);
                if let Some(before) = before {
                    sql.push(" AND audit.id < ").push_bind(before);
                }
                sql.push(" ORDER BY audit.id DESC LIMIT ").push_bind(limit);
            },
            rows AuditEntry
        )?)
    }

    /// The number of matching entries.
    pub async fn audit_count(&mut self, filter: &AuditFilter) -> Result<i64> {
        let rows: Vec<(i64,)> = built!(
            self,
            |sql| {
                sql.push("SELECT COUNT(*) FROM audit WHERE TRUE");
                push_filter!(sql, filter);
            },
            rows(i64,)
        )?;
        Ok(rows.first().map_or(0, |row| row.0))
    }
}

/// Pushes the conditions of a filter.
macro_rules! push_filter {
    ($sql:ident, $filter:expr) => {{
        let filter: &AuditFilter = $filter;
        if let Some(by) = &filter.by {
            $sql.push(" AND audit.by = ")
                .push_bind(by.replace('\0', ""));
        }
        if let Some(glob) = &filter.action {
            let pattern = escaped(&glob.to_ascii_lowercase()).replace('*', "%");
            $sql.push(" AND audit.action LIKE ")
                .push_bind(pattern)
                .push(" ESCAPE '\\'");
        }
        if let Some(since) = filter.since {
            $sql.push(" AND audit.at >= ").push_bind(since);
        }
        if let Some(target) = &filter.target {
            $sql.push(" AND audit.target = ")
                .push_bind(target.replace('\0', ""));
        }
    }};
}
use push_filter;
