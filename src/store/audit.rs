//! The audit log of administrators' actions, and what taking one back needs.

use sqlx::FromRow;

use super::{Result, Tx, endorsement_queries::escaped};
use crate::{clock::Millis, string_enum::words};

words! {
    /// What administrators do, as the audit log names it.
    pub enum AuditAction {
        /// An endorsement was accepted.
        EndorsementApprove = "endorsement.approve",
        /// An endorsement was refused.
        EndorsementReject = "endorsement.reject",
        /// An endorsement was taken off the page.
        EndorsementHide = "endorsement.hide",
        /// A hidden endorsement was brought back.
        EndorsementUnhide = "endorsement.unhide",
        /// A comment was made a signature.
        EndorsementPromote = "endorsement.promote",
        /// A signature was made a comment.
        EndorsementDemote = "endorsement.demote",
        /// An endorsement was ended.
        EndorsementWithdraw = "endorsement.withdraw",
        /// An endorsement was declared void.
        EndorsementInvalidate = "endorsement.invalidate",
        /// A name, an affiliation or the kind of account was put right.
        EndorsementEdit = "endorsement.edit",
        /// A statement was shown.
        StatementApprove = "statement.approve",
        /// A statement was hidden.
        StatementHide = "statement.hide",
        /// A name was shown.
        NameApprove = "name.approve",
        /// A name was hidden.
        NameHide = "name.hide",
        /// A domain or an actor was blocked or limited.
        BlockAdd = "block.add",
        /// A block or limit was lifted.
        BlockRemove = "block.remove",
        /// A list of blocks was imported.
        BlockImport = "block.import",
        /// Domains were trusted.
        HostTrust = "host.trust",
        /// Domains were trusted no longer.
        HostUntrust = "host.untrust",
        /// A rule was added.
        RuleAdd = "rule.add",
        /// A rule was removed.
        RuleRemove = "rule.remove",
        /// A name was entered by hand.
        SignatoryAdd = "signatory.add",
        /// Names were entered from a file.
        SignatoryImport = "signatory.import",
        /// A name by hand was changed.
        SignatoryEdit = "signatory.edit",
        /// Names of the list were taken off the page.
        SignatoryHide = "signatory.hide",
        /// Hidden names were brought back.
        SignatoryUnhide = "signatory.unhide",
        /// Names were moved to the current text.
        SignatoryConfirm = "signatory.confirm",
        /// A name was removed.
        SignatoryRemove = "signatory.remove",
        /// The names of the source were taken over.
        SignatorySync = "signatory.sync",
        /// An organisation was entered by hand.
        OrganisationAdd = "organisation.add",
        /// Organisations were entered from a file.
        OrganisationImport = "organisation.import",
        /// An organisation by hand was removed.
        OrganisationRemove = "organisation.remove",
        /// A text was published.
        LetterPublish = "letter.publish",
        /// The names of the file were taken over, and no text.
        LetterNames = "letter.names",
        /// Translations were published or taken away, and no text.
        LetterTranslations = "letter.translations",
        /// The launch of a draft was planned, or called off.
        LetterLaunch = "letter.launch",
        /// The letter was opened.
        LetterOpen = "letter.open",
        /// The letter was paused.
        LetterPause = "letter.pause",
        /// The letter was closed, or is to close.
        LetterClose = "letter.close",
        /// A post was published.
        PostCreate = "post.create",
        /// A post was changed.
        PostUpdate = "post.update",
        /// A post was deleted.
        PostDelete = "post.delete",
        /// Somebody's post was answered.
        PostReply = "post.reply",
        /// Somebody's post was boosted.
        PostBoost = "post.boost",
        /// A boost was taken back.
        PostUnboost = "post.unboost",
        /// The followers were told of the actor's profile.
        ActorUpdate = "actor.update",
        /// An account was followed.
        ActorFollow = "actor.follow",
        /// An account is followed no longer.
        ActorUnfollow = "actor.unfollow",
        /// A key was replaced.
        ActorRotateKey = "actor.rotate-key",
        /// The letter moved to another actor.
        ActorMove = "actor.move",
        /// The letter's actor ended.
        ActorRetire = "actor.retire",
        /// Deliveries were tried again at once.
        QueueRetry = "queue.retry",
        /// Deliveries were dropped.
        QueueDrop = "queue.drop",
        /// Permissions to quote were taken back.
        QuoteRevoke = "quote.revoke",
        /// A follow was ended.
        FollowerRemove = "follower.remove",
        /// A person was erased.
        PersonErase = "person.erase",
        /// Two entries were linked as those of one person.
        LinkAdd = "link.add",
        /// A link was taken away.
        LinkRemove = "link.remove",
        /// Reports were resolved.
        ReportResolve = "report.resolve",
        /// A backup was restored.
        BackupRestore = "backup.restore",
        /// All names, or those of single people, were taken off everything public.
        NamesOff = "names.off",
        /// They were shown again.
        NamesOn = "names.on",
        /// Another entry was taken back.
        AuditUndo = "audit.undo",
    }
}

/// An audit entry about one thing, to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAudit {
    /// When.
    pub at: Millis,
    /// Who: `--as`, or the system user.
    pub by: String,
    /// What.
    pub action: AuditAction,
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
    /// What.
    pub action: AuditAction,
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

/// One thing that an audit entry was about.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct AuditTarget {
    /// The row id.
    pub id: i64,
    /// The public id of an endorsement, a name of the list or an organisation, a domain, a rule, or the number of a
    /// report.
    pub target: String,
    /// Of an endorsement `@user@host`, or what stands for it; of a name of the list or an organisation by hand the name;
    /// else `None`, and when it is not there.
    pub handle: Option<String>,
    /// The row id of the endorsement's actor.
    pub actor_id: Option<i64>,
    /// What taking it back needs, as JSON; `None` once that was erased or used.
    pub undo: Option<String>,
}

/// Rows of targets in one statement: SQLite takes 32,766 values.
const AT_ONCE: usize = 1000;

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
            action: entry.action,
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
            .bind(entry.action.as_str())
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

    /// Notes what an entry was about, with what taking it back needs as JSON, if it can be.
    pub async fn add_audit_targets(
        &mut self,
        audit_id: i64,
        targets: &[(String, Option<String>)],
    ) -> Result<()> {
        for some in targets.chunks(AT_ONCE) {
            built!(
                self,
                |sql, some| {
                    sql.push("INSERT INTO audit_target (audit_id, target, undo) ");
                    sql.push_rows(some, |row, (target, undo)| {
                        row.push_bind(audit_id).push_bind(target).push_bind(undo);
                    });
                },
                count
            )?;
        }
        Ok(())
    }

    /// Up to `limit` entries, newest first; of one target, when it is given: bulk acts that were about it among them.
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
                sql.push(ENTRIES).push(" WHERE TRUE");
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

    /// Up to `limit` of the things that an entry was about, above this row id, in their order.
    pub async fn audit_targets(
        &mut self,
        audit_id: i64,
        after: i64,
        limit: i64,
    ) -> Result<Vec<AuditTarget>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT audit_target.id, audit_target.target, COALESCE(actor.handle, signatory.name, organisation.name) AS handle,
                    endorsement.actor_id, audit_target.undo
             FROM audit_target
             LEFT JOIN endorsement ON endorsement.public_id = audit_target.target
             LEFT JOIN actor ON actor.id = endorsement.actor_id
             LEFT JOIN signatory ON signatory.public_id = audit_target.target
             LEFT JOIN organisation ON organisation.public_id = audit_target.target
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

    /// The newest entry about each of these endorsements that can be taken back: by public id, when it was, and what taking
    /// it back needs.
    pub async fn last_undoable(
        &mut self,
        targets: &[&str],
    ) -> Result<Vec<(String, Millis, String)>> {
        Ok(built!(
            self,
            |sql, targets| {
                sql.push(
                    "SELECT audit_target.target, audit.at, audit_target.undo
                     FROM audit_target
                     JOIN audit ON audit.id = audit_target.audit_id
                     WHERE audit_target.undo IS NOT NULL
                       AND audit_target.id IN (SELECT MAX(id) FROM audit_target WHERE target",
                );
                sql.push_in(targets.iter().copied());
                sql.push(" GROUP BY target)");
            },
            rows(String, Millis, String)
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
        for some in ids.chunks(AT_ONCE) {
            built!(
                self,
                |sql, some| {
                    sql.push("UPDATE audit_target SET undo = NULL WHERE undo IS NOT NULL AND id");
                    sql.push_in(some.iter().copied());
                },
                count
            )?;
        }
        Ok(())
    }

    /// Erases what taking back decisions about this name of the list needs: it may hold what the name was.
    pub async fn forget_undo_of(&mut self, target: &str) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "UPDATE audit_target SET undo = NULL WHERE undo IS NOT NULL AND target = $1"
            )
            .bind(target)
        )?;
        Ok(())
    }

    /// Erases the free text of the reasons of all entries about one of these public ids: it may name the person.
    pub async fn forget_notes(&mut self, targets: &[String]) -> Result<()> {
        for some in targets.chunks(AT_ONCE) {
            built!(
                self,
                |sql, some| {
                    sql.push(
                        "DELETE FROM audit_note
                         WHERE audit_id IN (SELECT id FROM audit WHERE target",
                    );
                    sql.push_in(some);
                    sql.push(" UNION SELECT audit_id FROM audit_target WHERE target");
                    sql.push_in(some);
                    sql.push(")");
                },
                count
            )?;
        }
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
            // By rows of an index each; joined by OR it would be the whole table.
            let target = target.replace('\0', "");
            $sql.push(" AND audit.id IN (SELECT id FROM audit WHERE target = ")
                .push_bind(target.clone())
                .push(" UNION SELECT audit_id FROM audit_target WHERE target = ")
                .push_bind(target)
                .push(")");
        }
    }};
}
use push_filter;
