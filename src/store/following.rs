//! Whom the letter follows.

use sqlx::FromRow;

use super::{Result, Tx};
use crate::clock::Millis;

/// A follow of ours that was neither refused nor taken back.
#[derive(Clone, Debug, PartialEq, Eq, FromRow, serde::Serialize)]
pub struct FollowingRow {
    /// The row id of who is followed.
    #[serde(skip)]
    pub actor_id: i64,
    /// The id of who is followed.
    pub actor: String,
    /// The handle.
    pub handle: String,
    /// The path of the Follow.
    #[serde(skip)]
    pub path: String,
    /// When the Follow was sent.
    pub since: Millis,
    /// When it was accepted.
    pub accepted: Option<Millis>,
}

impl Tx {
    /// Whom the letter follows, oldest first, those included who did not answer yet.
    pub async fn following(&mut self) -> Result<Vec<FollowingRow>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT following.actor_id, actor.url AS actor, actor.handle, following.path, following.since,
                    following.accepted_at AS accepted
             FROM following
             JOIN actor ON actor.id = following.actor_id
             ORDER BY following.since, following.actor_id",
            ),
            fetch_all
        )?)
    }

    /// Writes a follow. Returns false when the actor is followed already: then nothing is written.
    pub async fn save_following(&mut self, row: &FollowingRow) -> Result<bool> {
        let saved = execute!(
            self,
            sqlx::query(
                "INSERT INTO following (actor_id, path, since, accepted_at)
             VALUES ($1, $2, $3, $4)
             ON CONFLICT (actor_id) DO NOTHING",
            )
            .bind(row.actor_id)
            .bind(&row.path)
            .bind(row.since)
            .bind(row.accepted)
        )?;
        Ok(saved > 0)
    }

    /// Notes that this actor accepted our Follow; of several the one with this path, if it was named. Returns whether that
    /// is news.
    pub async fn accept_following(
        &mut self,
        actor_id: i64,
        path: Option<&str>,
        now: Millis,
    ) -> Result<bool> {
        let accepted = execute!(
            self,
            sqlx::query(
                "UPDATE following SET accepted_at = $3
             WHERE actor_id = $1 AND path = COALESCE($2, path) AND accepted_at IS NULL",
            )
            .bind(actor_id)
            .bind(path)
            .bind(now)
        )?;
        Ok(accepted > 0)
    }

    /// Ends our follow of this actor; if a path is given, only that of this Follow. Returns whether there was one.
    pub async fn end_following(&mut self, actor_id: i64, path: Option<&str>) -> Result<bool> {
        let ended = execute!(
            self,
            sqlx::query("DELETE FROM following WHERE actor_id = $1 AND path = COALESCE($2, path)")
                .bind(actor_id)
                .bind(path)
        )?;
        Ok(ended > 0)
    }
}
