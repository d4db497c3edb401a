//! An open database, and its transactions.

use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction};

use super::error::{Result, locked_or};

/// An open database. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Store {
    /// One file: a pool of readers, and the one writer.
    Sqlite {
        /// Connections that cannot write.
        reader: SqlitePool,
        /// The single connection that writes.
        writer: SqlitePool,
    },
    /// A PostgreSQL server.
    Postgres(PgPool),
}

/// One transaction. Dropping it rolls back.
#[derive(Debug)]
pub enum Tx {
    /// On SQLite.
    Sqlite(Transaction<'static, Sqlite>),
    /// On PostgreSQL.
    Postgres(Transaction<'static, Postgres>),
}

impl Store {
    /// Begins a snapshot: all its queries see the same state. Nothing can be written.
    pub async fn read(&self) -> Result<Tx> {
        Ok(match self {
            Self::Sqlite { reader, .. } => Tx::Sqlite(reader.begin().await?),
            Self::Postgres(pool) => {
                const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                Tx::Postgres(pool.begin_with(SNAPSHOT).await?)
            }
        })
    }

    /// Begins a write transaction. There is one at a time, in this process and in all others, on PostgreSQL as well:
    /// use cases read rows, decide in memory and write whole rows, so two at once would undo each other.
    ///
    /// `BEGIN IMMEDIATE`, because a deferred transaction that reads and then writes fails with "locked"
    /// whatever the timeout.
    ///
    /// # Errors
    /// [`Error::Locked`](super::Error::Locked) when another program writes for longer than we wait.
    pub async fn write(&self) -> Result<Tx> {
        match self {
            Self::Sqlite { writer, .. } => {
                let begun = writer.begin_with("BEGIN IMMEDIATE").await;
                let options = writer.connect_options();
                let location = || options.get_filename().display().to_string();
                begun
                    .map(Tx::Sqlite)
                    .map_err(|error| locked_or(error.into(), location))
            }
            Self::Postgres(pool) => {
                let mut tx = pool.begin().await?;
                // One writer at a time, as on SQLite; the lock ends with the transaction.
                sqlx::query("SELECT pg_advisory_xact_lock(1)")
                    .execute(&mut *tx)
                    .await?;
                Ok(Tx::Postgres(tx))
            }
        }
    }

    /// The database's file; `None` on a server.
    pub fn file(&self) -> Option<std::path::PathBuf> {
        match self {
            Self::Sqlite { writer, .. } => Some(writer.connect_options().get_filename().to_owned()),
            Self::Postgres(_) => None,
        }
    }

    /// Closes all connections.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { reader, writer } => {
                reader.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// Commits. On SQLite the changes are on the disk when this returns.
    pub async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}
