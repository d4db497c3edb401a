//! Our own posts besides the letter, with the Markdown that they were made from.

use sqlx::FromRow;

use super::{
    Result, Tx,
    query_macros::{execute, on_either},
};
use crate::clock::Millis;

/// A post of ours, deleted or not.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct OwnPost {
    /// Its id as a path.
    pub path: String,
    /// The Markdown file; `None` once it is deleted.
    pub source: Option<String>,
    /// When it was published; never changes (F-350).
    pub published_at: Millis,
    /// When its text last changed.
    pub updated_at: Option<Millis>,
    /// When it was deleted: answered 410 from then on, and never published again (F-104).
    pub deleted_at: Option<Millis>,
}

impl Tx {
    /// All posts of ours, newest first, deleted ones included.
    pub async fn own_posts(&mut self) -> Result<Vec<OwnPost>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT path, source, published_at, updated_at, deleted_at
             FROM own_object
             WHERE kind = 'post'
             ORDER BY id DESC",
            ),
            fetch_all
        )?)
    }

    /// One post of ours.
    pub async fn own_post(&mut self, path: &str) -> Result<Option<OwnPost>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT path, source, published_at, updated_at, deleted_at
             FROM own_object
             WHERE kind = 'post' AND path = $1",
            )
            .bind(path),
            fetch_optional
        )?)
    }

    /// The paths of the newest posts that stand, oldest first: what `/letter/replies` names first (F-115).
    pub async fn standing_posts(&mut self, limit: i64) -> Result<Vec<String>> {
        let rows: Vec<(String,)> = on_either!(
            self,
            sqlx::query_as(
                "SELECT path
             FROM own_object
             WHERE kind = 'post' AND deleted_at IS NULL
             ORDER BY id DESC
             LIMIT $1",
            )
            .bind(limit),
            fetch_all
        )?;
        Ok(rows.into_iter().rev().map(|it| it.0).collect())
    }

    /// Writes a post; an existing one keeps its `published_at`, and one that is deleted stays so. Gives its
    /// number.
    pub async fn save_own_post(&mut self, post: &OwnPost) -> Result<i64> {
        let (id,): (i64,) = on_either!(
            self,
            sqlx::query_as(
                "INSERT INTO own_object (path, kind, body, source, published_at, updated_at, deleted_at)
             VALUES ($1, 'post', '', $2, $3, $4, $5)
             ON CONFLICT (path) DO UPDATE
             SET source = CASE WHEN own_object.deleted_at IS NULL THEN excluded.source END,
                 updated_at = excluded.updated_at,
                 deleted_at = COALESCE(own_object.deleted_at, excluded.deleted_at)
             RETURNING id",
            )
            .bind(&post.path)
            .bind(&post.source)
            .bind(post.published_at)
            .bind(post.updated_at)
            .bind(post.deleted_at),
            fetch_one
        )?;
        Ok(id)
    }

    /// Takes everything that we said about a deleted object out of the outbox: nobody shall read its text there.
    pub async fn hide_activities_about(&mut self, subject: &str) -> Result<u64> {
        Ok(execute!(
            self,
            sqlx::query("UPDATE activity SET public = $1 WHERE subject = $2 AND public")
                .bind(false)
                .bind(subject)
        )?)
    }
}
