//! The inbox log: the last `log.journal_rows` requests to an inbox, with their results.

use sqlx::FromRow;

use super::{Result, Tx, endorsement_queries::escaped};
use crate::{clock::Millis, string_enum::words};

words! {
    /// The result of a request, as its sender was told.
    pub enum InboxLogOutcome {
        /// 202: it had an effect, or may have one.
        Taken = "taken",
        /// 202: it is authentic, but means nothing to the letter.
        Nothing = "nothing",
        /// 202: it was received before.
        Duplicate = "duplicate",
        /// 202 without verification: sender and host are only claimed.
        Unverified = "unverified",
        /// 400, 401, 403, 408, 413 or 415.
        Refused = "refused",
        /// 429 or 503: the sender was asked to retry, or did not wait for the response.
        Later = "later",
    }
}

/// One request, as `inbox log` shows it. It contains nobody's handle, address or words.
#[derive(Clone, Debug, PartialEq, Eq, FromRow, serde::Serialize)]
pub struct InboxLogRow {
    /// When it arrived.
    pub at: Millis,
    /// The host of the claimed sender; `-` when that is unknown.
    pub host: String,
    /// The type of the activity; `-` when that is unknown.
    #[sqlx(rename = "type")]
    #[serde(rename = "type")]
    pub kind: String,
    /// The word of a [`InboxLogOutcome`].
    pub outcome: String,
    /// The reason; begins with `unproven: ` when the host is only claimed.
    pub reason: Option<String>,
}

/// A filter for requests: all given conditions have to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InboxLogFilter {
    /// A host, where `*` is any text.
    pub host: Option<String>,
    /// The type, in upper or lower case.
    pub kind: Option<String>,
    /// The result.
    pub outcome: Option<InboxLogOutcome>,
}

impl Tx {
    /// Adds requests, oldest first, and deletes all but the newest `keep`. At most 6,000 at once: each binds five
    /// values, and SQLite takes 32,766.
    pub async fn add_to_journal(&mut self, rows: &[InboxLogRow], keep: u32) -> Result<()> {
        if !rows.is_empty() {
            built!(
                self,
                |sql| {
                    sql.push("INSERT INTO journal (at, host, type, outcome, reason) ");
                    sql.push_rows(rows, |row, entry| {
                        row.push_bind(entry.at)
                            .push_bind(&entry.host)
                            .push_bind(&entry.kind)
                            .push_bind(&entry.outcome)
                            .push_bind(&entry.reason);
                    });
                },
                count
            )?;
        }
        execute!(
            self,
            sqlx::query(
                "DELETE FROM journal
                 WHERE id <= (SELECT id FROM journal ORDER BY id DESC LIMIT 1 OFFSET $1)"
            )
            .bind(i64::from(keep))
        )?;
        Ok(())
    }

    /// Up to `limit` matching requests, newest first.
    pub async fn inbox_log(
        &mut self,
        filter: &InboxLogFilter,
        limit: i64,
    ) -> Result<Vec<InboxLogRow>> {
        Ok(built!(
            self,
            |sql| {
                sql.push("SELECT at, host, type, outcome, reason FROM journal WHERE TRUE");
                push_filter!(sql, filter);
                sql.push(" ORDER BY id DESC LIMIT ").push_bind(limit);
            },
            rows InboxLogRow
        )?)
    }

    /// The number of matching requests.
    pub async fn inbox_log_count(&mut self, filter: &InboxLogFilter) -> Result<i64> {
        let rows: Vec<(i64,)> = built!(
            self,
            |sql| {
                sql.push("SELECT COUNT(*) FROM journal WHERE TRUE");
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
        let filter: &InboxLogFilter = $filter;
        if let Some(glob) = &filter.host {
            let pattern = escaped(&glob.to_ascii_lowercase()).replace('*', "%");
            $sql.push(" AND host LIKE ")
                .push_bind(pattern)
                .push(" ESCAPE '\\'");
        }
        if let Some(kind) = &filter.kind {
            $sql.push(" AND lower(type) = ");
            $sql.push_bind(kind.replace('\0', "").to_ascii_lowercase());
        }
        if let Some(outcome) = filter.outcome {
            $sql.push(" AND outcome = ").push_bind(outcome.as_str());
        }
    }};
}
use push_filter;
