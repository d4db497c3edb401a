//! The revisions of the letter's text.

use sqlx::FromRow;

use super::{
    Result, Tx,
    run::{execute, on_either},
};
use crate::clock::Millis;

/// One state of the text (`product.md` 2.2).
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct RevisionRow {
    /// From 1.
    pub number: i64,
    /// `first`, `typo` or `substantive`.
    pub kind: String,
    /// The title, as plain text.
    pub title: String,
    /// 64 hexadecimal digits.
    pub digest: String,
    /// The whole file, from which everything else can be read again.
    pub source: String,
    /// What the organisers say about the change.
    pub note: Option<String>,
    /// Who published it: an operator's name, or `serve`.
    pub by: String,
    /// When.
    pub published_at: Millis,
}

impl Tx {
    /// All revisions, oldest first.
    pub async fn revisions(&mut self) -> Result<Vec<RevisionRow>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT number, kind, title, digest, source, note, by, published_at
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
                "SELECT number, kind, title, digest, source, note, by, published_at
             FROM revision
             ORDER BY number DESC
             LIMIT 1",
            ),
            fetch_optional
        )?)
    }

    /// The number of the newest revision that changed more than typos: earlier signatures stand for an
    /// earlier text.
    pub async fn newest_substantive_revision(&mut self) -> Result<i64> {
        let (number,): (i64,) = on_either!(
            self,
            sqlx::query_as("SELECT COALESCE(MAX(number), 1) FROM revision WHERE kind <> 'typo'"),
            fetch_one
        )?;
        Ok(number)
    }

    /// Adds a revision.
    pub async fn add_revision(&mut self, revision: &RevisionRow) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "INSERT INTO revision (number, kind, title, digest, source, note, by, published_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(revision.number)
            .bind(&revision.kind)
            .bind(&revision.title)
            .bind(&revision.digest)
            .bind(&revision.source)
            .bind(&revision.note)
            .bind(&revision.by)
            .bind(revision.published_at)
        )?;
        Ok(())
    }
}
