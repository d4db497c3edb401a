//! Reports by other servers (`Flag`), for administrators alone.

use std::collections::BTreeSet;

use sqlx::FromRow;

use super::{Error, Result, Tx, error::word};
use crate::{clock::Millis, hash::Sha256, string_enum::words};

words! {
    /// The state of a report.
    pub enum ReportState {
        /// It waits for an administrator.
        Open = "open",
        /// An administrator resolved it; another report about the same thing opens it again.
        Resolved = "resolved",
    }
}

/// What one server reports, as it arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReport {
    /// The reporting host, by its authority.
    pub host: String,
    /// What is reported: paths of ours, and public ids of endorsements.
    pub targets: BTreeSet<String>,
    /// Its comment, at most 5,000 characters.
    pub text: Option<String>,
    /// When.
    pub at: Millis,
}

/// The reports of one server about the same things: one row, however many there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportRow {
    /// The row id.
    pub id: i64,
    /// When the newest one arrived.
    pub at: Millis,
    /// The reporting host.
    pub host: String,
    /// The number of reports since it was opened.
    pub count: i64,
    /// The comment of the newest one that had any.
    pub text: Option<String>,
    /// What is reported: paths of ours, and public ids of endorsements, sorted.
    pub targets: Vec<String>,
    /// Its state.
    pub state: ReportState,
}

#[derive(FromRow)]
struct ReportColumns {
    id: i64,
    at: Millis,
    host: String,
    count: i64,
    text: Option<String>,
    targets: String,
    state: String,
}

impl TryFrom<ReportColumns> for ReportRow {
    type Error = Error;

    fn try_from(row: ReportColumns) -> Result<Self> {
        Ok(Self {
            state: word("report", "state", &row.id, &row.state)?,
            id: row.id,
            at: row.at,
            host: row.host,
            count: row.count,
            text: row.text,
            targets: row.targets.split(' ').map(str::to_owned).collect(),
        })
    }
}

impl Tx {
    /// Stores a report: counts it where the same host has one open about the same things, else opens one, unless the
    /// host has `most` open already.
    pub async fn add_report(&mut self, report: &NewReport, most: i64) -> Result<()> {
        let targets: Vec<&str> = report.targets.iter().map(String::as_str).collect();
        execute!(
            self,
            sqlx::query(
                "INSERT INTO report (host, targets, count, text, at, state)
             SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), 1, CAST($3 AS TEXT), CAST($4 AS BIGINT), 'open'
             WHERE (SELECT COUNT(*) FROM report WHERE host = $1 AND state = 'open') < $5
                OR EXISTS (SELECT 1 FROM report WHERE host = $1 AND targets = $2 AND state = 'open')
             ON CONFLICT (host, targets) DO UPDATE
             SET count = CASE WHEN report.state = 'open' THEN report.count + 1 ELSE 1 END,
                 text = CASE WHEN report.state = 'open' THEN COALESCE(excluded.text, report.text)
                             ELSE excluded.text END,
                 at = excluded.at, state = 'open'",
            )
            .bind(&report.host)
            .bind(targets.join(" "))
            .bind(&report.text)
            .bind(report.at)
            .bind(most)
        )?;
        Ok(())
    }

    /// Up to `limit` reports: open ones first, then newest first; those after a report that was read before.
    pub async fn reports(
        &mut self,
        after: Option<&ReportRow>,
        limit: i64,
    ) -> Result<Vec<ReportRow>> {
        let rows: Vec<ReportColumns> = built!(
            self,
            |sql| {
                sql.push("SELECT id, at, host, count, text, targets, state FROM report WHERE TRUE");
                if let Some(row) = after {
                    sql.push(match row.state {
                        ReportState::Open => " AND (state <> 'open' OR (at, id) < (",
                        ReportState::Resolved => " AND (state <> 'open' AND (at, id) < (",
                    });
                    sql.push_bind(row.at).push(", ").push_bind(row.id).push("))");
                }
                sql.push(" ORDER BY CASE WHEN state = 'open' THEN 0 ELSE 1 END, at DESC, id DESC LIMIT ");
                sql.push_bind(limit);
            },
            rows ReportColumns
        )?;
        rows.into_iter().map(ReportRow::try_from).collect()
    }

    /// The open reports of one host, newest first.
    pub async fn open_reports_of(&mut self, host: &str) -> Result<Vec<ReportRow>> {
        let rows: Vec<ReportColumns> = on_either!(
            self,
            sqlx::query_as(
                "SELECT id, at, host, count, text, targets, state
             FROM report
             WHERE host = $1 AND state = 'open'
             ORDER BY at DESC, id DESC",
            )
            .bind(host.to_ascii_lowercase()),
            fetch_all
        )?;
        rows.into_iter().map(ReportRow::try_from).collect()
    }

    /// The number of reports, resolved ones included.
    pub async fn report_count(&mut self) -> Result<i64> {
        Ok(on_either!(
            self,
            sqlx::query_scalar("SELECT COUNT(*) FROM report"),
            fetch_one
        )?)
    }

    /// The handles behind those of these targets that are endorsements, with their public ids.
    pub async fn handles_behind(&mut self, targets: &[String]) -> Result<Vec<(String, String)>> {
        Ok(built!(
            self,
            |sql, targets| {
                sql.push(
                    "SELECT endorsement.public_id, actor.handle
                     FROM endorsement
                     JOIN actor ON actor.id = endorsement.actor_id
                     WHERE endorsement.public_id",
                );
                sql.push_in(targets);
            },
            rows(String, String)
        )?)
    }

    /// One report.
    pub async fn report(&mut self, id: i64) -> Result<Option<ReportRow>> {
        let row: Option<ReportColumns> = on_either!(
            self,
            sqlx::query_as(
                "SELECT id, at, host, count, text, targets, state FROM report WHERE id = $1",
            )
            .bind(id),
            fetch_optional
        )?;
        row.map(ReportRow::try_from).transpose()
    }

    /// The number of open reports.
    pub async fn open_reports(&mut self) -> Result<i64> {
        let (n,): (i64,) = on_either!(
            self,
            sqlx::query_as("SELECT COUNT(*) FROM report WHERE state = 'open'"),
            fetch_one
        )?;
        Ok(n)
    }

    /// Marks a report as resolved. Returns whether it was open.
    pub async fn resolve_report(&mut self, id: i64) -> Result<bool> {
        let changed = execute!(
            self,
            sqlx::query("UPDATE report SET state = 'resolved' WHERE id = $1 AND state = 'open'")
                .bind(id)
        )?;
        Ok(changed > 0)
    }

    /// Opens a resolved report again. Returns whether it was resolved.
    pub async fn reopen_report(&mut self, id: i64) -> Result<bool> {
        let changed = execute!(
            self,
            sqlx::query("UPDATE report SET state = 'open' WHERE id = $1 AND state = 'resolved'")
                .bind(id)
        )?;
        Ok(changed > 0)
    }

    /// The public ids of shown endorsements by the actors and of the posts whose ids have these hashes.
    pub async fn shown_behind(&mut self, ids: &[Sha256]) -> Result<Vec<(Sha256, String)>> {
        Ok(built!(
            self,
            |sql, ids| {
                sql.push(
                    "SELECT actor.url_hash, endorsement.public_id
                     FROM endorsement
                     JOIN actor ON actor.id = endorsement.actor_id
                     WHERE endorsement.state = 'listed' AND actor.url_hash",
                );
                sql.push_in(ids);
                sql.push(
                    " UNION
                      SELECT act.object_hash, endorsement.public_id
                      FROM endorsement
                      JOIN act ON act.id = endorsement.act_id
                      WHERE endorsement.state = 'listed' AND act.family = 'post' AND act.object_hash",
                );
                sql.push_in(ids);
            },
            rows(Sha256, String)
        )?)
    }
}
