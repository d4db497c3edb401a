//! Deduplication: received activities, activities that arrived early, and tombstones.

use std::collections::HashSet;

use super::{Result, Tx};
use crate::{clock::Millis, hash::Sha256};

/// An activity that arrived before its object, such as an Undo before its Like.
#[derive(Clone, Debug, PartialEq, Eq, Hash, sqlx::FromRow)]
pub struct Early {
    /// The hash of the actor's id.
    pub actor_hash: Sha256,
    /// The hash of its object's id.
    pub target_hash: Sha256,
    /// The type of the activity, such as `undo`.
    pub kind: String,
}

impl Tx {
    /// Those of these activity ids that were received before, with the hash of each one's actor.
    pub async fn seen(&mut self, ids: &[Sha256]) -> Result<Vec<(Sha256, Sha256)>> {
        Ok(built!(
            self,
            |sql, ids| {
                sql.push("SELECT id_hash, actor_hash FROM seen WHERE id_hash IN ");
                push_list!(sql, ids);
            },
            rows(Sha256, Sha256)
        )?)
    }

    /// Stores received activity ids, each with the hash of its actor's id.
    pub async fn save_seen(&mut self, ids: &[(Sha256, Sha256)], now: Millis) -> Result<()> {
        built!(
            self,
            |sql, ids| {
                sql.push("INSERT INTO seen (id_hash, actor_hash, at) ");
                sql.push_values(ids, |mut row, (id, actor)| {
                    row.push_bind(id).push_bind(actor).push_bind(now);
                });
                sql.push(" ON CONFLICT (id_hash) DO NOTHING");
            },
            count
        )?;
        Ok(())
    }

    /// The early activities of these actors about these objects that have not expired. An actor may have any number,
    /// so only those asked for are read.
    pub async fn early(
        &mut self,
        actor_hashes: &[Sha256],
        target_hashes: &[Sha256],
        now: Millis,
    ) -> Result<HashSet<Early>> {
        if actor_hashes.is_empty() || target_hashes.is_empty() {
            return Ok(HashSet::new());
        }
        let rows = built!(
            self,
            |sql| {
                sql.push("SELECT actor_hash, target_hash, kind FROM early WHERE expires_at > ");
                sql.push_bind(now).push(" AND actor_hash IN ");
                push_list!(sql, actor_hashes);
                sql.push(" AND target_hash IN ");
                push_list!(sql, target_hashes);
            },
            rows Early
        )?;
        Ok(rows.into_iter().collect())
    }

    /// Stores early activities until `expires_at`; the same one twice is stored once.
    pub async fn save_early(&mut self, early: &[Early], expires_at: Millis) -> Result<()> {
        if early.is_empty() {
            return Ok(());
        }
        // PostgreSQL updates no row twice in one statement.
        let early: HashSet<&Early> = early.iter().collect();
        built!(
            self,
            |sql| {
                sql.push("INSERT INTO early (actor_hash, target_hash, kind, expires_at) ");
                sql.push_values(&early, |mut row, early| {
                    row.push_bind(&early.actor_hash)
                        .push_bind(&early.target_hash)
                        .push_bind(&early.kind)
                        .push_bind(expires_at);
                });
                sql.push(
                    " ON CONFLICT (actor_hash, target_hash, kind) DO UPDATE
                      SET expires_at = excluded.expires_at",
                );
            },
            count
        )?;
        Ok(())
    }

    /// Those of these (salted) object ids that their authors deleted, each with the (salted) author.
    pub async fn tombstones(&mut self, objects: &[Sha256]) -> Result<Vec<(Sha256, Sha256)>> {
        Ok(built!(
            self,
            |sql, objects| {
                sql.push("SELECT object_hash, actor_hash FROM tombstone WHERE object_hash IN ");
                push_list!(sql, objects);
            },
            rows(Sha256, Sha256)
        )?)
    }

    /// Stores (salted) object ids, each with the (salted) id of the author who deleted it.
    pub async fn save_tombstones(&mut self, objects: &[(Sha256, Sha256)]) -> Result<()> {
        built!(
            self,
            |sql, objects| {
                sql.push("INSERT INTO tombstone (object_hash, actor_hash) ");
                sql.push_values(objects, |mut row, (object, actor)| {
                    row.push_bind(object).push_bind(actor);
                });
                sql.push(" ON CONFLICT (object_hash) DO NOTHING");
            },
            count
        )?;
        Ok(())
    }
}
