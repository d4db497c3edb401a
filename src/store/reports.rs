//! Reports by other servers (`Flag`), for administrators alone.

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

/// What one server reports about one thing, as it arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReport {
    /// The reporting host, by its authority.
    pub host: String,
    /// What is reported: a path of ours, or the public id of an endorsement.
    pub target: String,
    /// Its comment, at most 5,000 characters.
    pub text: Option<String>,
    /// When.
    pub at: Millis,
}

/// The reports of one server about one thing: one row, however many there are.
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
    /// What is reported: a path of ours, or the public id of an endorsement.
    pub target: String,
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
    target: String,
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
            target: row.target,
        })
    }
}

impl Tx {
    /// Stores a report: counts it where the same host has one open about the same thing, else opens one, unless the
    /// host has `most` open already.
    pub async fn add_report(&mut self, report: &NewReport, most: i64) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "INSERT INTO report (host, target, count, text, at, state)
             SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), 1, CAST($3 AS TEXT), CAST($4 AS BIGINT), 'open'
             WHERE (SELECT COUNT(*) FROM report WHERE host = $1 AND state = 'open') < $5
                OR EXISTS (SELECT 1 FROM report WHERE host = $1 AND target = $2 AND state = 'open')
             ON CONFLICT (host, target) DO UPDATE
             SET count = CASE WHEN report.state = 'open' THEN report.count + 1 ELSE 1 END,
                 text = CASE WHEN report.state = 'open' THEN COALESCE(excluded.text, report.text)
                             ELSE excluded.text END,
                 at = excluded.at, state = 'open'",
            )
            .bind(&report.host)
            .bind(&report.target)
            .bind(&report.text)
            .bind(report.at)
            .bind(most)
        )?;
        Ok(())
    }

    /// The reports: open ones first, then newest first.
    pub async fn reports(&mut self) -> Result<Vec<ReportRow>> {
        let rows: Vec<ReportColumns> = on_either!(
            self,
            sqlx::query_as(
                "SELECT id, at, host, count, text, target, state
             FROM report
             ORDER BY CASE WHEN state = 'open' THEN 0 ELSE 1 END, at DESC, id DESC",
            ),
            fetch_all
        )?;
        rows.into_iter().map(ReportRow::try_from).collect()
    }

    /// One report.
    pub async fn report(&mut self, id: i64) -> Result<Option<ReportRow>> {
        let row: Option<ReportColumns> = on_either!(
            self,
            sqlx::query_as(
                "SELECT id, at, host, count, text, target, state FROM report WHERE id = $1",
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
