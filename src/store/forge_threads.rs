//! The issues of forges whose comments sign: how far they were read, and comments that are missing.
//!
//! Not here: how they are read (`federation::forge`), and what a comment means (`register::inbound`).

use std::time::Duration;

use sqlx::FromRow;

use super::{Result, Tx};
use crate::{clock::Millis, config::ForgeKind};

/// What is known of a thread.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForgeThreadRow {
    /// Its address, as it is configured, without a slash at the end.
    pub url: String,
    /// The kind of its forge; `None` while that was not found out.
    pub kind: Option<ForgeKind>,
    /// The number by which the forge knows the issue; `None` before it was read.
    pub issue: Option<i64>,
    /// How many comments it had when it was read last.
    pub comments: Option<i64>,
    /// Whether it took no new ones then.
    pub locked: bool,
    /// Since which change comments are asked for next; `None` before it was read as a whole.
    pub since: Option<Millis>,
    /// The validator of the last answer to that.
    pub etag: Option<String>,
    /// When it was last tried to read it.
    pub tried_at: Option<Millis>,
    /// When it was last read.
    pub read_at: Option<Millis>,
    /// When it was last read as a whole.
    pub whole_at: Option<Millis>,
    /// When a signed webhook last came for it.
    pub hook_at: Option<Millis>,
    /// When the newest of the comments was written or edited that a reading brought, by the forge's clock.
    pub newest_at: Option<Millis>,
    /// Why it cannot be read; `None` while it can.
    pub trouble: Option<String>,
    /// Since when.
    pub trouble_at: Option<Millis>,
}

/// How much later than a webhook a comment may be for which it was sent: webhooks are noted once a minute, and clocks differ.
const HOOK_LATE: Duration = Duration::from_mins(5);

impl ForgeThreadRow {
    /// Whether webhooks come for it: one did, and no reading brought a comment that is newer and of which none told.
    pub fn hears_webhooks(&self) -> bool {
        let Some(heard) = self.hook_at else {
            return false;
        };
        self.newest_at
            .is_none_or(|newest| newest <= heard.plus(HOOK_LATE))
    }
}

/// A row as it is read.
#[derive(FromRow)]
struct ReadThread {
    url: String,
    kind: Option<String>,
    issue_id: Option<i64>,
    comments: Option<i64>,
    locked: bool,
    since: Option<Millis>,
    etag: Option<String>,
    tried_at: Option<Millis>,
    read_at: Option<Millis>,
    whole_at: Option<Millis>,
    hook_at: Option<Millis>,
    newest_at: Option<Millis>,
    trouble: Option<String>,
    trouble_at: Option<Millis>,
}

impl From<ReadThread> for ForgeThreadRow {
    fn from(row: ReadThread) -> Self {
        Self {
            url: row.url,
            kind: row.kind.and_then(|kind| kind.parse().ok()),
            issue: row.issue_id,
            comments: row.comments,
            locked: row.locked,
            since: row.since,
            etag: row.etag,
            tried_at: row.tried_at,
            read_at: row.read_at,
            whole_at: row.whole_at,
            hook_at: row.hook_at,
            newest_at: row.newest_at,
            trouble: row.trouble,
            trouble_at: row.trouble_at,
        }
    }
}

/// A comment that the forge does not show any more.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct MissingComment {
    /// Its address.
    pub comment: String,
    /// When it was missed first.
    pub missed_at: Millis,
}

impl Tx {
    /// What is known of a thread; `None` when it was never tried.
    pub async fn forge_thread(&mut self, url: &str) -> Result<Option<ForgeThreadRow>> {
        const THREAD: &str = "
            SELECT url, kind, issue_id, comments, locked, since, etag, tried_at, read_at, whole_at, hook_at, newest_at,
                   trouble, trouble_at
            FROM forge_thread
            WHERE url = $1";
        let row: Option<ReadThread> =
            on_either!(self, sqlx::query_as(THREAD).bind(url), fetch_optional)?;
        Ok(row.map(ForgeThreadRow::from))
    }

    /// Writes how far a thread was read. When a webhook came stays as it is.
    pub async fn save_forge_thread(&mut self, row: &ForgeThreadRow) -> Result<()> {
        const SAVE: &str = "
            INSERT INTO forge_thread (url, kind, issue_id, comments, locked, since, etag, tried_at, read_at, whole_at, newest_at,
                                      trouble, trouble_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            ON CONFLICT (url) DO UPDATE
            SET kind = excluded.kind, issue_id = excluded.issue_id, comments = excluded.comments, locked = excluded.locked, since = excluded.since,
                etag = excluded.etag, tried_at = excluded.tried_at, read_at = excluded.read_at,
                whole_at = excluded.whole_at, newest_at = excluded.newest_at, trouble = excluded.trouble, trouble_at = excluded.trouble_at";
        execute!(
            self,
            sqlx::query(SAVE)
                .bind(&row.url)
                .bind(row.kind.map(ForgeKind::as_str))
                .bind(row.issue)
                .bind(row.comments)
                .bind(row.locked)
                .bind(row.since)
                .bind(&row.etag)
                .bind(row.tried_at)
                .bind(row.read_at)
                .bind(row.whole_at)
                .bind(row.newest_at)
                .bind(&row.trouble)
                .bind(row.trouble_at)
        )?;
        Ok(())
    }

    /// Notes that a signed webhook came for a thread.
    pub async fn note_forge_hook(&mut self, url: &str, at: Millis) -> Result<()> {
        const NOTE: &str = "
            INSERT INTO forge_thread (url, hook_at) VALUES ($1, $2)
            ON CONFLICT (url) DO UPDATE SET hook_at = excluded.hook_at";
        execute!(self, sqlx::query(NOTE).bind(url).bind(at))?;
        Ok(())
    }

    /// Notes that a comment of this thread is missing, if that is not known, and returns since when it is.
    pub async fn miss_comment(
        &mut self,
        thread: &str,
        comment: &str,
        at: Millis,
    ) -> Result<Millis> {
        const MISS: &str = "
            INSERT INTO forge_missing (comment, thread, missed_at) VALUES ($1, $2, $3)
            ON CONFLICT (comment) DO NOTHING";
        const SINCE: &str = "SELECT missed_at FROM forge_missing WHERE comment = $1";
        execute!(self, sqlx::query(MISS).bind(comment).bind(thread).bind(at))?;
        Ok(on_either!(
            self,
            sqlx::query_scalar(SINCE).bind(comment),
            fetch_one
        )?)
    }

    /// Forgets that a comment is missing.
    pub async fn find_comment(&mut self, comment: &str) -> Result<()> {
        const FOUND: &str = "DELETE FROM forge_missing WHERE comment = $1";
        execute!(self, sqlx::query(FOUND).bind(comment))?;
        Ok(())
    }

    /// The comments of a thread that were missed at this time or before, those missed first in front.
    pub async fn missing_comments(
        &mut self,
        thread: &str,
        before: Millis,
        limit: i64,
    ) -> Result<Vec<MissingComment>> {
        const MISSING: &str = "
            SELECT comment, missed_at
            FROM forge_missing
            WHERE thread = $1 AND missed_at <= $2
            ORDER BY missed_at, comment
            LIMIT $3";
        Ok(on_either!(
            self,
            sqlx::query_as(MISSING)
                .bind(thread)
                .bind(before)
                .bind(limit),
            fetch_all
        )?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webhooks_that_came_once_are_not_heard_for_ever() {
        let minute = |n: u32| Millis::from_millis(0).plus(n * Duration::from_mins(1));
        for (heard, newest, expected) in [
            (None, None, false),
            (None, Some(1), false),
            (Some(9), None, true),
            (Some(9), Some(1), true),
            (Some(9), Some(10), true),
            (Some(9), Some(14), true),
            (Some(9), Some(15), false),
        ] {
            let row = ForgeThreadRow {
                hook_at: heard.map(minute),
                newest_at: newest.map(minute),
                ..ForgeThreadRow::default()
            };
            assert_eq!(row.hears_webhooks(), expected, "{heard:?} {newest:?}");
        }
    }
}
