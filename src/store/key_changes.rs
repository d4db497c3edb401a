//! Changed keys, and actors who are frozen because of them.

use std::{collections::HashMap, time::Duration};

use sqlx::FromRow;

use super::{NewActor, Result, Tx};
use crate::{clock::Millis, hash::Sha256};

/// The time of unreachability after which somebody else may have come back in place of a host.
pub const LONG_GONE: Duration = Duration::from_hours(30 * 24);

/// A key of a known actor, with the state of its host.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct HeldKey {
    /// The row id of the actor.
    pub actor_id: i64,
    /// The key.
    pub pem: String,
    /// When it was fetched.
    pub fetched_at: Millis,
    /// Since when the host is unreachable, by deliveries or by looks at what is there.
    pub unavailable_since: Option<Millis>,
    /// When the host came back after more than [`LONG_GONE`].
    pub returned_at: Option<Millis>,
}

impl Tx {
    /// All keys of these actors.
    pub async fn held_keys(&mut self, actor_ids: &[i64]) -> Result<Vec<HeldKey>> {
        Ok(built!(
            self,
            |sql, actor_ids| {
                sql.push(
                    "SELECT actor_key.actor_id, actor_key.pem, actor_key.fetched_at,
                            COALESCE(host.unavailable_since, host.unreachable_since) AS unavailable_since,
                            host.returned_at
                     FROM actor_key
                     JOIN actor ON actor.id = actor_key.actor_id
                     JOIN host ON host.id = actor.host_id
                     WHERE actor_key.actor_id",
                );
                sql.push_in(actor_ids);
            },
            rows HeldKey
        )?)
    }

    /// Replaces the keys of known actors, and leaves everything else about them as it is.
    pub async fn replace_keys(&mut self, actors: &[NewActor]) -> Result<()> {
        let hashes: Vec<_> = actors.iter().map(|actor| Sha256::of(&actor.url)).collect();
        let known = self.actors(&hashes).await?;
        let ids: HashMap<String, i64> = known
            .into_iter()
            .map(|actor| (actor.url, actor.id))
            .collect();
        if ids.is_empty() {
            return Ok(());
        }
        self.save_keys(actors, &ids).await
    }

    /// Notes that the keys of these actors changed unannounced.
    pub async fn keys_changed(&mut self, actor_ids: &[i64], now: Millis) -> Result<()> {
        self.set_time("key_changed_at", actor_ids, Some(now)).await
    }

    /// The shown actors of a host whose keys changed unannounced since then.
    pub async fn changed_keys(
        &mut self,
        host_id: i64,
        since: Millis,
        limit: i64,
    ) -> Result<Vec<i64>> {
        let rows = built!(
            self,
            |sql| {
                sql.push("SELECT actor.id FROM actor WHERE actor.host_id = ")
                    .push_bind(host_id);
                sql.push(" AND actor.key_changed_at > ").push_bind(since);
                sql.push(
                    " AND EXISTS (SELECT 1
                                  FROM endorsement
                                  WHERE endorsement.actor_id = actor.id
                                    AND endorsement.state IN ('listed', 'counted'))
                     ORDER BY actor.id
                     LIMIT ",
                );
                sql.push_bind(limit);
            },
            rows(i64,)
        )?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// Freezes actors: from now on only what takes something back is obeyed.
    pub async fn freeze(&mut self, actor_ids: &[i64], now: Millis) -> Result<()> {
        self.set_time("frozen_at", actor_ids, Some(now)).await
    }

    /// Unfreezes an actor, whose present keys are trusted.
    pub async fn thaw(&mut self, actor_id: i64) -> Result<()> {
        self.set_time("key_changed_at", &[actor_id], None).await?;
        self.set_time("frozen_at", &[actor_id], None).await
    }

    async fn set_time(
        &mut self,
        column: &'static str,
        actor_ids: &[i64],
        at: Option<Millis>,
    ) -> Result<()> {
        built!(
            self,
            |sql, actor_ids| {
                sql.push("UPDATE actor SET ")
                    .push(column)
                    .push(" = ")
                    .push_bind(at);
                sql.push(" WHERE id");
                sql.push_in(actor_ids.iter().copied());
            },
            count
        )?;
        Ok(())
    }
}
