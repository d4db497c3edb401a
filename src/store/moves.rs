//! What a confirmed Move changes: whose acts they are, and who speaks for whom (F-213).

use super::{
    Result, Tx,
    query_macros::{execute, on_either},
};
use crate::clock::Millis;

impl Tx {
    /// When this actor moved last, by a Move that was confirmed.
    pub async fn moved_at(&mut self, actor_id: i64) -> Result<Option<Millis>> {
        let row: Option<(Option<Millis>,)> = on_either!(
            self,
            sqlx::query_as("SELECT moved_at FROM actor WHERE id = $1").bind(actor_id),
            fetch_optional
        )?;
        Ok(row.and_then(|it| it.0))
    }

    /// Gives the acts of one actor to another, but none that the other one has done as well; gives how many.
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

    /// Gives the endorsement of one actor to another, who has none.
    pub async fn carry_endorsement(&mut self, from: i64, to: i64) -> Result<()> {
        execute!(
            self,
            sqlx::query("UPDATE endorsement SET actor_id = $2 WHERE actor_id = $1")
                .bind(from)
                .bind(to)
        )?;
        Ok(())
    }

    /// Remembers that `from` moved to `to`, whose id is `url`: from here on `to` speaks for `from` and for
    /// everybody who had moved there before. Whoever moves back speaks for itself again.
    pub async fn save_move(&mut self, from: i64, to: i64, url: &str, now: Millis) -> Result<()> {
        execute!(
            self,
            sqlx::query("UPDATE actor SET successor_id = $2 WHERE successor_id = $1")
                .bind(from)
                .bind(to)
        )?;
        execute!(
            self,
            sqlx::query(
                "UPDATE actor SET successor_id = $2, moved_to = $3, moved_at = $4 WHERE id = $1"
            )
            .bind(from)
            .bind(to)
            .bind(url)
            .bind(now)
        )?;
        execute!(
            self,
            sqlx::query("UPDATE actor SET successor_id = NULL, moved_to = NULL WHERE id = $1")
                .bind(to)
        )?;
        Ok(())
    }
}
