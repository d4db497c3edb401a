//! An open database, and its transactions.

use std::{sync::Arc, time::Duration};

use sqlx::{
    ConnectOptions as _, Connection as _, PgPool, Postgres, Sqlite, SqlitePool, Transaction,
};
use tokio::sync::Semaphore;

use super::{
    error::{Result, locked_or},
    file::OpenedFile,
};

/// How long emptying SQLite's log waits for readers.
const CHECKPOINT_PATIENCE: Duration = Duration::from_secs(2);

/// An open database. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Store {
    /// One file: a pool of readers, and the one writer.
    Sqlite {
        /// Connections that cannot write.
        reader: SqlitePool,
        /// The single connection that writes.
        writer: SqlitePool,
        /// The file that they have open.
        file: OpenedFile,
    },
    /// A PostgreSQL server.
    Postgres {
        /// Connections that read, and note who is alive.
        pool: PgPool,
        /// The single connection that writes: who waits for the writer's lock leaves the others to readers, and what was
        /// prepared and planned for the last transaction serves the next.
        writer: PgPool,
        /// Who of this process waits for the writer's lock: one at a time, and as long as it takes, while a connection
        /// that cannot be made is an error soon.
        turn: Arc<Semaphore>,
    },
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
            Self::Postgres { pool, .. } => {
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
    /// [`Error::Locked`](super::Error::Locked) when another program writes for longer than we wait, and
    /// [`Error::Displaced`](super::Error::Displaced) when SQLite's file is no longer where it was, and
    /// [`Error::Root`](super::Error::Root) when it is another user's.
    pub async fn write(&self) -> Result<Tx> {
        match self {
            Self::Sqlite { writer, file, .. } => {
                file.check_writer()?;
                file.check()?;
                let begun = writer.begin_with("BEGIN IMMEDIATE").await;
                let location = || file.path().display().to_string();
                begun
                    .map(Tx::Sqlite)
                    .map_err(|error| locked_or(error.into(), location))
            }
            Self::Postgres { writer, turn, .. } => {
                // Closed never, and given back as soon as the lock is ours.
                let _turn = turn.acquire().await;
                let mut tx = writer.begin().await?;
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
            Self::Sqlite { file, .. } => Some(file.path().to_owned()),
            Self::Postgres { .. } => None,
        }
    }

    /// Whether SQLite's file is still where it was opened.
    ///
    /// # Errors
    /// [`Error::Displaced`](super::Error::Displaced).
    pub fn check_file(&self) -> Result<()> {
        match self {
            Self::Sqlite { file, .. } => file.check(),
            Self::Postgres { .. } => Ok(()),
        }
    }

    /// Gives pages that are free back to the disk, and empties SQLite's log, which keeps what was deleted until it is
    /// overwritten. On PostgreSQL, whose autovacuum does this, nothing happens.
    ///
    /// While somebody reads an old state, the log stays as it is until the next time. Returns whether all was done.
    pub async fn give_back(&self) -> Result<bool> {
        let Self::Sqlite { writer, file, .. } = self else {
            return Ok(true);
        };
        file.check()?;
        // A connection of its own: the writer must not wait for readers.
        let options = (*writer.connect_options()).clone();
        let mut connection = options.busy_timeout(CHECKPOINT_PATIENCE).connect().await?;
        let mut before = i64::MAX;
        loop {
            let free: i64 = sqlx::query_scalar("SELECT freelist_count FROM pragma_freelist_count")
                .fetch_one(&mut connection)
                .await?;
            // A file that was made without `auto_vacuum` keeps its pages.
            if free == 0 || free >= before {
                break;
            }
            before = free;
            // Some at a time, so that others can write in between.
            sqlx::raw_sql("PRAGMA incremental_vacuum(1000)")
                .execute(&mut connection)
                .await?;
        }
        let (busy, _, _): (i64, i64, i64) = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)")
            .fetch_one(&mut connection)
            .await?;
        connection.close().await?;
        Ok(busy == 0)
    }

    /// Closes all connections.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { reader, writer, .. } => {
                reader.close().await;
                writer.close().await;
            }
            Self::Postgres { pool, writer, .. } => {
                pool.close().await;
                writer.close().await;
            }
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
