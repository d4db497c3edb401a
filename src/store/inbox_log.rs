//! What came of each delivery to an inbox: the last `log.journal_rows` of them.

use sqlx::FromRow;

use super::{
    Result, Tx,
    endorsement_queries::escaped,
    query_macros::{built, execute},
};
use crate::{clock::Millis, string_enum::words};

words! {
    /// What the sender of a delivery was told.
    pub enum InboxLogOutcome {
        /// 202, and it had an effect, or may have one.
        Taken = "taken",
        /// 202: it is authentic, and means nothing to us.
        Nothing = "nothing",
        /// 202: it was taken before.
        Duplicate = "duplicate",
        /// 202, without a look at who sent it: its sender and its host are only claimed.
        Unverified = "unverified",
        /// 400, 401, 403 or 413.
        Refused = "refused",
        /// 429 or 503: asked to come again; or no answer was waited for.
        Later = "later",
    }
}

/// One delivery (`product.md` 5, `inbox log`). Nobody's handle, address or words are in it.
#[derive(Clone, Debug, PartialEq, Eq, FromRow, serde::Serialize)]
pub struct InboxLogRow {
    /// When it arrived.
    pub at: Millis,
    /// The host of who is said to have sent it; `-` when that is not known.
    pub host: String,
    /// The type of the activity; `-` when that is not known.
    #[sqlx(rename = "type")]
    #[serde(rename = "type")]
    pub kind: String,
    /// The word of a [`InboxLogOutcome`].
    pub outcome: String,
    /// Why; begins with `unproven: ` when nobody has proved to be that host.
    pub reason: Option<String>,
}

/// Which deliveries are listed: all conditions that are given have to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InboxLogFilter {
    /// A host, where `*` stands for anything.
    pub host: Option<String>,
    /// The type, in small or capital letters.
    pub kind: Option<String>,
    /// What the sender was told.
    pub outcome: Option<InboxLogOutcome>,
}

impl Tx {
    /// Adds deliveries, the oldest first, and forgets all but the newest `keep`. At most 6,000 at once: each
    /// binds five values, and SQLite takes 32,766.
    pub async fn add_to_journal(&mut self, rows: &[InboxLogRow], keep: u32) -> Result<()> {
        if !rows.is_empty() {
            built!(
                self,
                |sql| {
                    sql.push("INSERT INTO journal (at, host, type, outcome, reason) ");
                    sql.push_values(rows, |mut row, it| {
                        row.push_bind(it.at)
                            .push_bind(&it.host)
                            .push_bind(&it.kind)
                            .push_bind(&it.outcome)
                            .push_bind(&it.reason);
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

    /// The deliveries that fit, newest first, at most `limit`.
    pub async fn journal(
        &mut self,
        filter: &InboxLogFilter,
        limit: i64,
    ) -> Result<Vec<InboxLogRow>> {
        Ok(built!(
            self,
            |sql| {
                sql.push("SELECT at, host, type, outcome, reason FROM journal WHERE TRUE");
                if let Some(glob) = &filter.host {
                    let pattern = escaped(&glob.to_ascii_lowercase()).replace('*', "%");
                    sql.push(" AND host LIKE ").push_bind(pattern).push(" ESCAPE '\\'");
                }
                if let Some(kind) = &filter.kind {
                    sql.push(" AND lower(type) = ").push_bind(kind.replace('\0', "").to_ascii_lowercase());
                }
                if let Some(outcome) = filter.outcome {
                    sql.push(" AND outcome = ").push_bind(outcome.as_str());
                }
                sql.push(" ORDER BY id DESC LIMIT ").push_bind(limit);
            },
            rows InboxLogRow
        )?)
    }
}
