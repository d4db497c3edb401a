//! Changes by a confirmed Move: the owner of acts and endorsement, and the account that another one acts for.

use super::{Result, Tx};
use crate::clock::Millis;

impl Tx {
    /// When this actor last moved by a confirmed Move.
    pub async fn moved_at(&mut self, actor_id: i64) -> Result<Option<Millis>> {
        let row: Option<(Option<Millis>,)> = on_either!(
            self,
            sqlx::query_as("SELECT moved_at FROM actor WHERE id = $1").bind(actor_id),
            fetch_optional
        )?;
        Ok(row.and_then(|row| row.0))
    }

    /// Transfers the acts of one actor to another, except those that the other one has as well; returns how many.
    pub async fn carry_acts(&mut self, from: i64, to: i64) -> Result<u64> {
        const CARRY: &str = "
            UPDATE act
            SET actor_id = $2, carried = TRUE
            WHERE actor_id = $1
              AND NOT EXISTS (SELECT 1
                              FROM act AS own
                              WHERE own.actor_id = $2
                                AND own.family = act.family
                                AND own.object_hash = act.object_hash)";
        Ok(execute!(self, sqlx::query(CARRY).bind(from).bind(to))?)
    }

    /// Transfers the endorsement of one actor to another, who has none.
    pub async fn carry_endorsement(&mut self, from: i64, to: i64) -> Result<()> {
        execute!(
            self,
            sqlx::query("UPDATE endorsement SET actor_id = $2 WHERE actor_id = $1")
                .bind(from)
                .bind(to)
        )?;
        Ok(())
    }

    /// Stores that `from` moved to `to`, whose id is `url`. From then on `from`, and everybody who had moved there
    /// before, acts for `to`. An account that moves back acts for itself again.
    pub async fn save_move(&mut self, from: i64, to: i64, now: Millis) -> Result<()> {
        execute!(
            self,
            sqlx::query("UPDATE actor SET successor_id = $2 WHERE successor_id = $1")
                .bind(from)
                .bind(to)
        )?;
        execute!(
            self,
            sqlx::query("UPDATE actor SET successor_id = $2, moved_at = $3 WHERE id = $1")
                .bind(from)
                .bind(to)
                .bind(now)
        )?;
        execute!(
            self,
            sqlx::query("UPDATE actor SET successor_id = NULL WHERE id = $1").bind(to)
        )?;
        Ok(())
    }
}
