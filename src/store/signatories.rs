//! The names in the letter's own list.

use sqlx::FromRow;

use super::{Result, Tx};
use crate::{clock::Millis, random::PublicId};

/// A name of the letter's file, or one that an administrator entered.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct SignatoryRow {
    /// The public id.
    pub public_id: PublicId,
    /// The name as the file has it.
    pub name: String,
    /// The skeleton of the name (UTS 39): no endorser's name may look the same.
    pub skeleton: String,
    /// The GitHub handle without `@`.
    pub handle: Option<String>,
    /// Where the handle links to.
    pub url: Option<String>,
    /// Free text beside the name.
    pub affiliation: Option<String>,
    /// `github`, `letter` or `manual`.
    pub source: String,
    /// The position in the list, from 1.
    pub position: i64,
    /// The line of the file.
    pub line: Option<i64>,
    /// The revision it was given for.
    pub revision: i64,
    /// `listed`, `hidden` or `withdrawn`.
    pub state: String,
    /// When it was added to the list.
    pub listed_at: Millis,
    /// When it was removed from the file.
    pub gone_at: Option<Millis>,
    /// What a search finds it by, as the shown words of an endorsement; empty unless it is listed.
    pub shown_words: String,
}

/// A name to be written: the same columns.
pub type NewSignatory = SignatoryRow;

impl Tx {
    /// All signatories in the order of the file; removed ones last.
    pub async fn signatories(&mut self) -> Result<Vec<SignatoryRow>> {
        Ok(on_either!(self, sqlx::query_as(
            "SELECT public_id, name, skeleton, handle, url, affiliation, source, position, line, revision,
                    state, listed_at, gone_at, shown_words
             FROM signatory
             ORDER BY CASE WHEN gone_at IS NULL THEN 0 ELSE 1 END, position, id",
        ), fetch_all)?)
    }

    /// The signatories whose public id begins with these words or whose handle, address or name they are; at most
    /// `limit`. Handles and names have no case.
    pub async fn signatories_like(&mut self, words: &str, limit: i64) -> Result<Vec<SignatoryRow>> {
        let handle = words.strip_prefix('@').unwrap_or(words);
        Ok(on_either!(self, sqlx::query_as(
            "SELECT public_id, name, skeleton, handle, url, affiliation, source, position, line, revision,
                    state, listed_at, gone_at, shown_words
             FROM signatory
             WHERE name <> ''
               AND ((length($1) >= 4 AND substr(public_id, 1, length($1)) = $1)
                    OR lower(name) = lower($1) OR url = $1 OR lower(handle) = lower($2))
             ORDER BY position, id
             LIMIT $3",
        ).bind(words).bind(handle).bind(limit), fetch_all)?)
    }

    /// Writes signatories; an existing one (by public id) takes the new values.
    pub async fn save_signatories(&mut self, signatories: &[NewSignatory]) -> Result<()> {
        // A letter of 3,000 names has more values than one statement of SQLite takes (32,766).
        for batch in signatories.chunks(1000) {
            built!(
                self,
                |sql| {
                    sql.push(
                        "INSERT INTO signatory (public_id, name, skeleton, handle, url, affiliation, source,
                                                position, line, revision, state, listed_at, gone_at, shown_words) ",
                    );
                    sql.push_rows(batch, |row, signatory| {
                        row.push_bind(signatory.public_id.as_str())
                            .push_bind(&signatory.name)
                            .push_bind(&signatory.skeleton)
                            .push_bind(&signatory.handle)
                            .push_bind(&signatory.url)
                            .push_bind(&signatory.affiliation)
                            .push_bind(&signatory.source)
                            .push_bind(signatory.position)
                            .push_bind(signatory.line)
                            .push_bind(signatory.revision)
                            .push_bind(&signatory.state)
                            .push_bind(signatory.listed_at)
                            .push_bind(signatory.gone_at)
                            .push_bind(&signatory.shown_words);
                    });
                    sql.push(
                        " ON CONFLICT (public_id) DO UPDATE
                          SET name = excluded.name, skeleton = excluded.skeleton, handle = excluded.handle,
                              url = excluded.url, affiliation = excluded.affiliation, source = excluded.source,
                              position = excluded.position, line = excluded.line,
                              revision = excluded.revision, state = excluded.state,
                              listed_at = excluded.listed_at, gone_at = excluded.gone_at,
                              shown_words = excluded.shown_words",
                    );
                },
                count
            )?;
        }
        Ok(())
    }

    /// How many signatories are listed, by source, and how many of them signed the text whose first
    /// revision this is.
    pub async fn signatory_counts(&mut self, revision: i64) -> Result<Vec<(String, i64, i64)>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT source, CAST(SUM(n) AS BIGINT),
                    CAST(SUM(CASE WHEN revision = $1
                                    OR revision IN (SELECT number FROM revision WHERE same_as = $1)
                                  THEN n ELSE 0 END) AS BIGINT)
             FROM signatory_count
             WHERE n > 0
             GROUP BY source",
            )
            .bind(revision),
            fetch_all
        )?)
    }
}
