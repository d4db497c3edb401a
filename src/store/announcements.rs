//! Our own posts besides the letter, with the Markdown that they were made from.

use sqlx::FromRow;

use super::{Result, Tx};
use crate::clock::Millis;

/// One of our posts, deleted or not.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct OwnPost {
    /// Its id as a path.
    pub path: String,
    /// The Markdown file; `None` once it is deleted.
    pub source: Option<String>,
    /// When it was published. It never changes, because other servers refuse a post whose `published` does.
    pub published_at: Millis,
    /// When its text last changed.
    pub updated_at: Option<Millis>,
    /// When it was deleted. It answers 410 from then on, and its id is never published again, because Mastodon would
    /// refuse it.
    pub deleted_at: Option<Millis>,
}

impl Tx {
    /// All of our posts, newest first, deleted ones included.
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

    /// One of our posts.
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

    /// The paths of the newest posts that are not deleted, oldest first: those that `/letter/replies` names first.
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
        Ok(rows.into_iter().rev().map(|row| row.0).collect())
    }

    /// Writes a post; an existing one keeps its `published_at`, and a deleted one stays deleted. Returns the row id.
    pub async fn save_own_post(&mut self, post: &OwnPost) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "INSERT INTO own_object (path, kind, source, published_at, updated_at, deleted_at)
             VALUES ($1, 'post', $2, $3, $4, $5)
             ON CONFLICT (path) DO UPDATE
             SET source = CASE WHEN own_object.deleted_at IS NULL THEN excluded.source END,
                 updated_at = excluded.updated_at,
                 deleted_at = COALESCE(own_object.deleted_at, excluded.deleted_at)",
            )
            .bind(&post.path)
            .bind(&post.source)
            .bind(post.published_at)
            .bind(post.updated_at)
            .bind(post.deleted_at)
        )?;
        Ok(())
    }

    /// Removes all activities about a deleted object from the outbox, so that nobody can read its text there.
    pub async fn hide_activities_about(&mut self, subject: &str) -> Result<u64> {
        Ok(execute!(
            self,
            sqlx::query("UPDATE activity SET public = $1 WHERE subject = $2 AND public")
                .bind(false)
                .bind(subject)
        )?)
    }
}
