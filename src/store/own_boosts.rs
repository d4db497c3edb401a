//! The posts of others that the letter boosts.
//!
//! Not here: boosts of the letter by others (`reach`).

use sqlx::FromRow;

use super::{Result, Tx};
use crate::{clock::Millis, hash::Sha256};

/// A boost of ours that stands.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct OwnBoost {
    /// The path of its Announce.
    pub path: String,
    /// The row id of the post's author.
    pub actor_id: i64,
    /// The author's id.
    pub actor: String,
    /// The id of the post.
    pub object: String,
    /// When it was boosted.
    pub at: Millis,
}

/// A boost with its author.
macro_rules! own_boost {
    () => {
        "SELECT boost.path, boost.actor_id, actor.url AS actor, boost.object, boost.at
             FROM boost
             JOIN actor ON actor.id = boost.actor_id"
    };
}

impl Tx {
    /// All boosts of ours, newest first.
    pub async fn own_boosts(&mut self) -> Result<Vec<OwnBoost>> {
        Ok(on_either!(
            self,
            sqlx::query_as(concat!(own_boost!(), " ORDER BY boost.at DESC, boost.path")),
            fetch_all
        )?)
    }

    /// Our boosts of the posts whose ids have these hashes.
    pub async fn boosts_of_posts(&mut self, objects: &[Sha256]) -> Result<Vec<OwnBoost>> {
        Ok(built!(
            self,
            |sql, objects| {
                sql.push(own_boost!()).push(" WHERE boost.object_hash");
                sql.push_in(objects);
                sql.push(" ORDER BY boost.path");
            },
            rows OwnBoost
        )?)
    }

    /// Our boosts of posts by these actors.
    pub async fn boosts_of_actors(&mut self, actor_ids: &[i64]) -> Result<Vec<OwnBoost>> {
        Ok(built!(
            self,
            |sql, actor_ids| {
                sql.push(own_boost!()).push(" WHERE boost.actor_id");
                sql.push_in(actor_ids.iter().copied());
                sql.push(" ORDER BY boost.path");
            },
            rows OwnBoost
        )?)
    }

    /// Our boosts of posts by these people, each given by the account that is used now, from whichever account.
    pub async fn boosts_of_people(&mut self, actor_ids: &[i64]) -> Result<Vec<OwnBoost>> {
        Ok(built!(
            self,
            |sql, actor_ids| {
                sql.push(own_boost!())
                    .push(" WHERE COALESCE(actor.successor_id, actor.id)");
                sql.push_in(actor_ids.iter().copied());
                sql.push(" ORDER BY boost.path");
            },
            rows OwnBoost
        )?)
    }

    /// Writes a boost. Returns false when the post is boosted already: then nothing is written.
    pub async fn save_boost(&mut self, boost: &OwnBoost) -> Result<bool> {
        let saved = execute!(
            self,
            sqlx::query(
                "INSERT INTO boost (path, actor_id, object_hash, object, at, looked_at)
             VALUES ($1, $2, $3, $4, $5, $5)
             ON CONFLICT (object_hash) DO NOTHING",
            )
            .bind(&boost.path)
            .bind(boost.actor_id)
            .bind(Sha256::of(&boost.object))
            .bind(&boost.object)
            .bind(boost.at)
        )?;
        Ok(saved > 0)
    }

    /// Up to `limit` boosted posts, by their ids, that were not looked at since `before`.
    pub async fn boosts_to_look_at(&mut self, before: Millis, limit: i64) -> Result<Vec<String>> {
        Ok(on_either!(
            self,
            sqlx::query_scalar(
                "SELECT object FROM boost WHERE looked_at <= $1 ORDER BY looked_at, path LIMIT $2",
            )
            .bind(before)
            .bind(limit),
            fetch_all
        )?)
    }

    /// Notes that a look at these boosted posts was ordered.
    pub async fn look_at_boosts(&mut self, objects: &[Sha256], now: Millis) -> Result<()> {
        built!(
            self,
            |sql, objects| {
                sql.push("UPDATE boost SET looked_at = ").push_bind(now);
                sql.push(" WHERE object_hash");
                sql.push_in(objects);
            },
            count
        )?;
        Ok(())
    }

    /// Removes a boost, given by the path of its Announce.
    pub async fn remove_boost(&mut self, path: &str) -> Result<()> {
        execute!(
            self,
            sqlx::query("DELETE FROM boost WHERE path = $1").bind(path)
        )?;
        Ok(())
    }
}
