//! The servers that run on this database: each says again and again that it does, and `status` shows them.

use sqlx::FromRow;

use super::{Result, Tx};
use crate::clock::Millis;

/// One running server.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ServerRow {
    /// Its name, made when it started.
    pub name: String,
    /// The version of its program.
    pub version: String,
    /// When it started.
    pub since: Millis,
    /// When it last said that it runs.
    pub alive_at: Millis,
}

impl Tx {
    /// Notes that a server runs.
    pub async fn save_server(&mut self, server: &ServerRow) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "INSERT INTO server (name, version, since, alive_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (name) DO UPDATE SET alive_at = excluded.alive_at",
            )
            .bind(&server.name)
            .bind(&server.version)
            .bind(server.since)
            .bind(server.alive_at)
        )?;
        Ok(())
    }

    /// The servers that said at this time or later that they run, the oldest first.
    pub async fn servers(&mut self, alive_at: Millis) -> Result<Vec<ServerRow>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT name, version, since, alive_at FROM server WHERE alive_at >= $1 ORDER BY since, name",
            )
            .bind(alive_at),
            fetch_all
        )?)
    }

    /// Removes a server that stopped.
    pub async fn remove_server(&mut self, name: &str) -> Result<()> {
        execute!(
            self,
            sqlx::query("DELETE FROM server WHERE name = $1").bind(name)
        )?;
        Ok(())
    }

    /// Removes the servers that did not say since then that they run: they ended without a word.
    pub async fn remove_silent_servers(&mut self, before: Millis) -> Result<()> {
        execute!(
            self,
            sqlx::query("DELETE FROM server WHERE alive_at < $1").bind(before)
        )?;
        Ok(())
    }
}
