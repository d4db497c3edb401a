//! The audit log of administrators' actions, and what taking one back needs.

use sqlx::FromRow;

use super::{Result, Tx};
use crate::clock::Millis;

/// An audit entry about one thing, to be written.
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

/// An audit entry about any number of things, to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBulkAudit {
    /// When.
    pub at: Millis,
    /// Who: `--as`, or the system user.
    pub by: String,
    /// What, such as `endorsement.invalidate`.
    pub action: String,
    /// The reason's code.
    pub code: Option<String>,
    /// How many it was done to; `None` where [`Tx::add_audit_targets`] lists them.
    pub count: Option<i64>,
    /// The reason's free text.
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
    /// To what; `None` for a bulk act.
    pub target: Option<String>,
    /// To how many, of a bulk act.
    pub count: Option<i64>,
    /// The reason's code.
    pub code: Option<String>,
    /// The reason's free text.
    pub reason: Option<String>,
    /// The entry that took this one back.
    pub undone_by: Option<i64>,
}

/// One endorsement that an audit entry was about.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct AuditTarget {
    /// The row id.
    pub id: i64,
    /// The public id.
    pub target: String,
    /// `@user@host`, or what stands for it; `None` when the endorsement is not there.
    pub handle: Option<String>,
    /// The row id of the endorsement's actor.
    pub actor_id: Option<i64>,
    /// What taking it back needs, as JSON; `None` once that was erased or used.
    pub undo: Option<String>,
}

const ENTRIES: &str = "
    SELECT audit.id, audit.at, audit.by, audit.action, audit.target,
           CASE WHEN audit.target IS NULL
                THEN COALESCE(audit.count, (SELECT COUNT(*) FROM audit_target WHERE audit_target.audit_id = audit.id))
                END AS count,
           audit.code, audit_note.reason, audit.undone_by
    FROM audit
    LEFT JOIN audit_note ON audit_note.audit_id = audit.id";

impl Tx {
    /// Adds an entry about one thing; returns its row id.
    pub async fn add_audit(&mut self, entry: &NewAudit) -> Result<i64> {
        let bulk = NewBulkAudit {
            at: entry.at,
            by: entry.by.clone(),
            action: entry.action.clone(),
            code: entry.code.clone(),
            count: None,
            reason: entry.reason.clone(),
        };
        self.insert_audit(&bulk, Some(&entry.target)).await
    }

    /// Adds one entry about several things; returns its row id.
    pub async fn add_bulk_audit(&mut self, entry: &NewBulkAudit) -> Result<i64> {
        self.insert_audit(entry, None).await
    }

    async fn insert_audit(&mut self, entry: &NewBulkAudit, target: Option<&str>) -> Result<i64> {
        let (id,): (i64,) = on_either!(
            self,
            sqlx::query_as(
                "INSERT INTO audit (at, by, action, code, target, count)
             VALUES ($1, $2, $3, $4, $5, $6)
             RETURNING id",
            )
            .bind(entry.at)
            .bind(&entry.by)
            .bind(&entry.action)
            .bind(&entry.code)
            .bind(target)
            .bind(entry.count),
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

    /// Notes which endorsements an entry was about: public ids, with what taking it back needs as JSON, if it can be.
    pub async fn add_audit_targets(
        &mut self,
        audit_id: i64,
        targets: &[(String, Option<String>)],
    ) -> Result<()> {
        built!(
            self,
            |sql, targets| {
                sql.push("INSERT INTO audit_target (audit_id, target, undo) ");
                sql.push_rows(targets, |row, (target, undo)| {
                    row.push_bind(audit_id).push_bind(target).push_bind(undo);
                });
            },
            count
        )?;
        Ok(())
    }

    /// The entries, newest first; of one target, when it is given: bulk acts that were about it among them.
    pub async fn audit_entries(
        &mut self,
        target: Option<&str>,
        limit: i64,
    ) -> Result<Vec<AuditEntry>> {
        Ok(built!(
            self,
            |sql| {
                sql.push(ENTRIES);
                if let Some(target) = target {
                    // By rows of an index each; joined by OR it would be the whole table.
                    sql.push(" WHERE audit.id IN (SELECT id FROM audit WHERE target = ");
                    sql.push_bind(target);
                    sql.push(" UNION SELECT audit_id FROM audit_target WHERE target = ");
                    sql.push_bind(target).push(")");
                }
                sql.push(" ORDER BY audit.id DESC LIMIT ").push_bind(limit);
            },
            rows AuditEntry
        )?)
    }

    /// These entries, oldest first.
    pub async fn audits(&mut self, ids: &[i64]) -> Result<Vec<AuditEntry>> {
        Ok(built!(
            self,
            |sql, ids| {
                sql.push(ENTRIES).push(" WHERE audit.id");
                sql.push_in(ids.iter().copied());
                sql.push(" ORDER BY audit.id");
            },
            rows AuditEntry
        )?)
    }

    /// Up to `limit` of the endorsements that an entry was about, above this row id, in their order.
    pub async fn audit_targets(
        &mut self,
        audit_id: i64,
        after: i64,
        limit: i64,
    ) -> Result<Vec<AuditTarget>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT audit_target.id, audit_target.target, actor.handle, endorsement.actor_id, audit_target.undo
             FROM audit_target
             LEFT JOIN endorsement ON endorsement.public_id = audit_target.target
             LEFT JOIN actor ON actor.id = endorsement.actor_id
             WHERE audit_target.audit_id = $1 AND audit_target.id > $2
             ORDER BY audit_target.id
             LIMIT $3",
            )
            .bind(audit_id)
            .bind(after)
            .bind(limit),
            fetch_all
        )?)
    }

    /// Notes which entry took this one back. It can be noted once.
    pub async fn set_undone(&mut self, audit_id: i64, undone_by: i64) -> Result<()> {
        execute!(
            self,
            sqlx::query("UPDATE audit SET undone_by = $2 WHERE id = $1")
                .bind(audit_id)
                .bind(undone_by)
        )?;
        Ok(())
    }

    /// Erases what taking back needs, of targets with these row ids: it was used.
    pub async fn use_undo(&mut self, ids: &[i64]) -> Result<()> {
        built!(
            self,
            |sql, ids| {
                sql.push("UPDATE audit_target SET undo = NULL WHERE undo IS NOT NULL AND id");
                sql.push_in(ids.iter().copied());
            },
            count
        )?;
        Ok(())
    }

    /// Erases what taking decisions about these actors back needs: they left by themselves, so no decision about them
    /// is ever taken back, and it may hold their names.
    pub async fn forget_undo(&mut self, actor_ids: &[i64]) -> Result<()> {
        built!(
            self,
            |sql, actor_ids| {
                sql.push(
                    "UPDATE audit_target SET undo = NULL
                     WHERE undo IS NOT NULL
                       AND target IN (SELECT public_id FROM endorsement WHERE actor_id",
                );
                sql.push_in(actor_ids.iter().copied());
                sql.push(")");
            },
            count
        )?;
        Ok(())
    }
}
