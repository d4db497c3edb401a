//! Followers of the letter. The row of a blocked follower is kept, but does not count and gets nothing.

use sqlx::FromRow;

use super::{Result, Tx};
use crate::clock::Millis;

/// One follower as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct FollowerRow {
    /// The row id of the actor.
    pub actor_id: i64,
    /// The newest Follow's id; `None` when it had none. A `Reject` has to name it.
    pub follow_id: Option<String>,
    /// Since when.
    pub since: Millis,
}

/// What stands before all followers.
const LATEST: (Millis, i64) = (Millis::from_millis(i64::MAX), i64::MAX);

/// One follower as it is displayed.
#[derive(Clone, Debug, PartialEq, Eq, FromRow, serde::Serialize)]
pub struct FollowerEntry {
    /// The row id of the actor.
    #[serde(skip)]
    pub actor_id: i64,
    /// The actor's id.
    pub actor: String,
    /// `@user@host`.
    pub handle: String,
    /// The host's authority.
    pub host: String,
    /// Since when.
    pub since: Millis,
}

impl Tx {
    /// The followers among these actors.
    pub async fn followers_of(&mut self, actor_ids: &[i64]) -> Result<Vec<FollowerRow>> {
        Ok(built!(
            self,
            |sql, actor_ids| {
                sql.push("SELECT actor_id, follow_id, since FROM follower WHERE actor_id");
                sql.push_in(actor_ids);
            },
            rows FollowerRow
        )?)
    }

    /// Writes followers; an existing one keeps its date and takes the newest Follow.
    pub async fn save_followers(&mut self, followers: &[FollowerRow]) -> Result<()> {
        built!(
            self,
            |sql, followers| {
                sql.push("INSERT INTO follower (actor_id, follow_id, since) ");
                sql.push_rows(followers, |row, follower| {
                    row.push_bind(follower.actor_id)
                        .push_bind(&follower.follow_id)
                        .push_bind(follower.since);
                });
                sql.push(" ON CONFLICT (actor_id) DO UPDATE SET follow_id = excluded.follow_id");
            },
            count
        )?;
        Ok(())
    }

    /// Removes followers.
    pub async fn remove_followers(&mut self, actor_ids: &[i64]) -> Result<()> {
        built!(
            self,
            |sql, actor_ids| {
                sql.push("DELETE FROM follower WHERE actor_id");
                sql.push_in(actor_ids);
            },
            count
        )?;
        Ok(())
    }

    /// How many follow and are not asleep.
    pub async fn follower_count(&mut self) -> Result<i64> {
        self.total("followers").await
    }

    /// Up to `limit` followers who are not asleep, newest first, after this one.
    pub async fn followers(
        &mut self,
        after: Option<&FollowerEntry>,
        limit: i64,
    ) -> Result<Vec<FollowerEntry>> {
        let (since, actor_id) = after.map_or(LATEST, |entry| (entry.since, entry.actor_id));
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT follower.actor_id, actor.url AS actor, actor.handle, host.authority AS host, follower.since
             FROM follower
             JOIN actor ON actor.id = follower.actor_id
             JOIN host ON host.id = actor.host_id
             WHERE follower.asleep_until IS NULL AND (follower.since, follower.actor_id) < ($1, $2)
             ORDER BY follower.since DESC, follower.actor_id DESC
             LIMIT $3",
            )
            .bind(since)
            .bind(actor_id)
            .bind(limit),
            fetch_all
        )?)
    }
}
