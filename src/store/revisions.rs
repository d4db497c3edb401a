//! The revisions of the letter's text.

use sqlx::FromRow;

use super::{Result, Tx};
use crate::clock::Millis;

/// One revision of the text.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct RevisionRow {
    /// From 1.
    pub number: i64,
    /// `first`, `typo` or `substantive`.
    pub kind: String,
    /// The number of the first revision with which this one counts as one text: a typo counts with the text that it
    /// corrects, a text that returns with what it was before.
    pub same_as: i64,
    /// The title, as plain text.
    pub title: String,
    /// 64 hexadecimal digits.
    pub digest: String,
    /// The whole file, from which everything else can be read again.
    pub source: String,
    /// The organisers' note about the change.
    pub note: Option<String>,
    /// Who published it: an operator's name, or `serve`.
    pub by: String,
    /// When.
    pub published_at: Millis,
    /// The content warning, on one line. It may change while the text stays.
    pub warning: Option<String>,
    /// Whether it is called a typo, though it changes more than slips inside words (`--yes`).
    pub overruled: bool,
}

/// What the timeline says of a revision.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct RevisionHead {
    /// From 1.
    pub number: i64,
    /// The title, as plain text.
    pub title: String,
    /// The organisers' note about the change.
    pub note: Option<String>,
    /// When it was published.
    pub published_at: Millis,
}

impl Tx {
    /// What the timeline says of each revision, oldest first: without their texts.
    pub async fn revision_heads(&mut self) -> Result<Vec<RevisionHead>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT number, title, note, published_at FROM revision ORDER BY number"
            ),
            fetch_all
        )?)
    }

    /// All revisions, oldest first.
    pub async fn revisions(&mut self) -> Result<Vec<RevisionRow>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT number, kind, same_as, title, digest, source, note, by, published_at, overruled, warning
             FROM revision
             ORDER BY number",
            ),
            fetch_all
        )?)
    }

    /// The newest revision; `None` before the first publication.
    pub async fn current_revision(&mut self) -> Result<Option<RevisionRow>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT number, kind, same_as, title, digest, source, note, by, published_at, overruled, warning
             FROM revision
             ORDER BY number DESC
             LIMIT 1",
            ),
            fetch_optional
        )?)
    }

    /// Whether anything was ever published.
    pub async fn has_revision(&mut self) -> Result<bool> {
        let (any,): (bool,) = on_either!(
            self,
            sqlx::query_as("SELECT EXISTS (SELECT 1 FROM revision)"),
            fetch_one
        )?;
        Ok(any)
    }

    /// Digest, date and text of a revision, the text as the number of its first revision; `None` when there is none.
    pub async fn revision_facts(&mut self, number: i64) -> Result<Option<(String, Millis, i64)>> {
        Ok(on_either!(
            self,
            sqlx::query_as("SELECT digest, published_at, same_as FROM revision WHERE number = $1")
                .bind(number),
            fetch_optional
        )?)
    }

    /// The published text, as the number of its first revision: the newest one that changed more than typos, or the
    /// earlier one that it returns to. Who signed another text signed an earlier one.
    pub async fn newest_substantive_revision(&mut self) -> Result<i64> {
        let (number,): (i64,) = on_either!(
            self,
            sqlx::query_as(
                "SELECT COALESCE((SELECT same_as FROM revision ORDER BY number DESC LIMIT 1), 1)"
            ),
            fetch_one
        )?;
        Ok(number)
    }

    /// Makes two texts, given by their first revisions, count as one: the earlier one.
    pub async fn join_texts(&mut self, later: i64, earlier: i64) -> Result<()> {
        execute!(
            self,
            sqlx::query("UPDATE revision SET same_as = $2 WHERE same_as = $1")
                .bind(later)
                .bind(earlier)
        )?;
        Ok(())
    }

    /// How many listed supporters signed or like each text, by its first revision. Texts that nobody signed are left
    /// out.
    pub async fn signed_by_text(&mut self) -> Result<Vec<(i64, i64)>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT revision.same_as, CAST(SUM(signed.n) AS BIGINT)
             FROM (SELECT revision, n FROM endorsement_count
                   WHERE state IN ('listed', 'counted') AND NOT organisation
                   UNION ALL
                   SELECT revision, n FROM signatory_count) AS signed
             JOIN revision ON revision.number = signed.revision
             WHERE signed.n > 0
             GROUP BY revision.same_as
             ORDER BY revision.same_as",
            ),
            fetch_all
        )?)
    }

    /// Adds a revision.
    pub async fn add_revision(&mut self, revision: &RevisionRow) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "INSERT INTO revision (number, kind, same_as, title, digest, source, note, by, published_at, overruled, warning)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            )
            .bind(revision.number)
            .bind(&revision.kind)
            .bind(revision.same_as)
            .bind(&revision.title)
            .bind(&revision.digest)
            .bind(&revision.source)
            .bind(&revision.note)
            .bind(&revision.by)
            .bind(revision.published_at)
            .bind(revision.overruled)
            .bind(&revision.warning)
        )?;
        Ok(())
    }

    /// Replaces the content warning of a revision.
    pub async fn set_revision_warning(&mut self, number: i64, warning: Option<&str>) -> Result<()> {
        execute!(
            self,
            sqlx::query("UPDATE revision SET warning = $2 WHERE number = $1")
                .bind(number)
                .bind(warning)
        )?;
        Ok(())
    }
}
