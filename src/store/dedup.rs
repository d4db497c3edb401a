//! Deduplication: what was received, and tombstones.

use sqlx::FromRow;

use super::{Result, Tx};
use crate::{clock::Millis, hash::Sha256};

/// A request or an activity that was received, or an activity that was undone before it arrived.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct SeenRow {
    /// The hash that identifies it.
    pub hash: Sha256,
    /// When it was received, or undone.
    pub at: Millis,
    /// When the Undo was signed, while it is undone.
    pub undone_at: Option<Millis>,
    /// Whether it was undone and never came.
    pub awaited: bool,
}

/// An object that its author deleted, or withdrew with everything else. Both hashes are salted.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct TombstoneRow {
    /// The hash of the object's id.
    pub object_hash: Sha256,
    /// The hash of the author's id.
    pub actor_hash: Sha256,
    /// When the Delete of something known was signed: only that can be taken back.
    pub deleted_at: Option<Millis>,
    /// Whether the author has sent the object again since.
    pub claimed: bool,
    /// When the tombstone of an object that never came is removed; others stay.
    pub expires_at: Option<Millis>,
}

impl Tx {
    /// Those of these requests and activities that are remembered.
    pub async fn seen(&mut self, hashes: &[Sha256]) -> Result<Vec<SeenRow>> {
        Ok(built!(
            self,
            |sql, hashes| {
                sql.push("SELECT hash, at, undone_at, awaited FROM seen WHERE hash");
                sql.push_in(hashes);
            },
            rows SeenRow
        )?)
    }

    /// Remembers requests and activities, each once in `rows`; a known one is replaced.
    pub async fn save_seen(&mut self, rows: &[SeenRow]) -> Result<()> {
        built!(
            self,
            |sql, rows| {
                sql.push("INSERT INTO seen (hash, at, undone_at, awaited) ");
                sql.push_rows(rows, |values, row| {
                    values
                        .push_bind(&row.hash)
                        .push_bind(row.at)
                        .push_bind(row.undone_at)
                        .push_bind(row.awaited);
                });
                sql.push(
                    " ON CONFLICT (hash) DO UPDATE
                      SET at = excluded.at, undone_at = excluded.undone_at, awaited = excluded.awaited",
                );
            },
            count
        )?;
        Ok(())
    }

    /// The tombstones of these (salted) object ids that have not expired, of all authors.
    pub async fn tombstones(
        &mut self,
        objects: &[Sha256],
        now: Millis,
    ) -> Result<Vec<TombstoneRow>> {
        Ok(built!(
            self,
            |sql, objects| {
                sql.push(
                    "SELECT object_hash, actor_hash, deleted_at, claimed, expires_at
                     FROM tombstone
                     WHERE (expires_at IS NULL OR expires_at > ",
                );
                sql.push_bind(now).push(") AND object_hash");
                sql.push_in(objects);
            },
            rows TombstoneRow
        )?)
    }

    /// Stores tombstones, each once in `rows`; a known one is replaced.
    pub async fn save_tombstones(&mut self, rows: &[TombstoneRow]) -> Result<()> {
        built!(
            self,
            |sql, rows| {
                sql.push(
                    "INSERT INTO tombstone (object_hash, actor_hash, deleted_at, claimed, expires_at) ",
                );
                sql.push_rows(rows, |values, row| {
                    values
                        .push_bind(&row.object_hash)
                        .push_bind(&row.actor_hash)
                        .push_bind(row.deleted_at)
                        .push_bind(row.claimed)
                        .push_bind(row.expires_at);
                });
                sql.push(
                    " ON CONFLICT (object_hash, actor_hash) DO UPDATE
                      SET deleted_at = excluded.deleted_at, claimed = excluded.claimed,
                          expires_at = excluded.expires_at",
                );
            },
            count
        )?;
        Ok(())
    }

    /// Removes the tombstones of objects that stand again, each an object with its author.
    pub async fn remove_tombstones(&mut self, objects: &[(Sha256, Sha256)]) -> Result<()> {
        for (object, author) in objects {
            execute!(
                self,
                sqlx::query("DELETE FROM tombstone WHERE object_hash = $1 AND actor_hash = $2")
                    .bind(object)
                    .bind(author)
            )?;
        }
        Ok(())
    }
}
