//! Boosts, and quotes that do not sign. They are counted apart, never as endorsements.

use sqlx::FromRow;

use super::{Error, Result, Tx, error::word};
use crate::{hash::Sha256, string_enum::words};

words! {
    /// The kind of a row.
    pub enum ReachKind {
        /// A boost; one for each actor and object of ours.
        Boost = "boost",
        /// A post that quotes and does not sign.
        Quote = "quote",
    }
}

/// One boost, or one post that quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReachRow {
    /// The row id of the actor.
    pub actor_id: i64,
    /// Boost or quote.
    pub kind: ReachKind,
    /// The hash of what was boosted, as a path of ours; of a quote, the hash of the quoting post's id.
    pub object_hash: Sha256,
    /// Our object, as a path. The actor's server has a copy, so edits of it are sent there.
    pub target: String,
    /// The hash of the activity's id, for an Undo that names nothing else.
    pub activity_hash: Sha256,
}

#[derive(FromRow)]
struct ReachColumns {
    actor_id: i64,
    kind: String,
    object_hash: Sha256,
    target: String,
    activity_hash: Sha256,
}

impl TryFrom<ReachColumns> for ReachRow {
    type Error = Error;

    fn try_from(row: ReachColumns) -> Result<Self> {
        Ok(Self {
            actor_id: row.actor_id,
            kind: word("reach", "kind", &row.actor_id, &row.kind)?,
            object_hash: row.object_hash,
            target: row.target,
            activity_hash: row.activity_hash,
        })
    }
}

impl Tx {
    /// The boosts and quotes of these actors whose object or activity is among `ids`.
    pub async fn reach(&mut self, actor_ids: &[i64], ids: &[Sha256]) -> Result<Vec<ReachRow>> {
        if actor_ids.is_empty() || ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows = built!(
            self,
            |sql| {
                sql.push(
                    "SELECT actor_id, kind, object_hash, target, activity_hash FROM reach WHERE actor_id",
                );
                sql.push_in(actor_ids);
                sql.push(" AND (object_hash");
                sql.push_in(ids);
                sql.push(" OR activity_hash");
                sql.push_in(ids);
                sql.push(")");
            },
            rows ReachColumns
        )?;
        rows.into_iter().map(ReachRow::try_from).collect()
    }

    /// Writes boosts and quotes; a repeated one keeps its date and takes the newest activity.
    pub async fn save_reach(&mut self, rows: &[ReachRow]) -> Result<()> {
        built!(
            self,
            |sql, rows| {
                sql.push("INSERT INTO reach (actor_id, kind, object_hash, target, activity_hash) ");
                sql.push_rows(rows, |row, it| {
                    row.push_bind(it.actor_id)
                        .push_bind(it.kind.as_str())
                        .push_bind(&it.object_hash)
                        .push_bind(&it.target)
                        .push_bind(&it.activity_hash);
                });
                sql.push(
                    " ON CONFLICT (actor_id, kind, object_hash) DO UPDATE
                      SET target = excluded.target, activity_hash = excluded.activity_hash",
                );
            },
            count
        )?;
        Ok(())
    }

    /// Removes boosts and quotes, by actor, kind and object.
    pub async fn remove_reach(&mut self, rows: &[(i64, ReachKind, Sha256)]) -> Result<()> {
        built!(
            self,
            |sql, rows| {
                sql.push("DELETE FROM reach WHERE ");
                let mut any = sql.separated(" OR ");
                for (actor_id, kind, object) in rows {
                    any.push("(actor_id = ").push_bind_unseparated(*actor_id);
                    any.push_unseparated(" AND kind = ")
                        .push_bind_unseparated(kind.as_str());
                    any.push_unseparated(" AND object_hash = ")
                        .push_bind_unseparated(object);
                    any.push_unseparated(")");
                }
            },
            count
        )?;
        Ok(())
    }

    /// Removes all boosts and quotes of actors who left. Returns the number of rows.
    pub async fn forget_reach_of(&mut self, actor_ids: &[i64]) -> Result<u64> {
        Ok(built!(
            self,
            |sql, actor_ids| {
                sql.push("DELETE FROM reach WHERE actor_id");
                sql.push_in(actor_ids);
            },
            count
        )?)
    }
}
