//! The only module with SQL: one store for SQLite and PostgreSQL, each statement written once.
//!
//! A [`Tx`] is one transaction on either database; the files beside this one add its queries and changes, one file
//! per subject. [`Store::read`] gives a snapshot, [`Store::write`] the one writer. Nothing here decides anything:
//! rules live in `endorsement`, use cases in `register`.
//!
//! To add a query: write a `pub async fn` on `Tx` in the file of its subject, in the common dialect
//! (`docs/ARCHITECTURE.md`), and test it in `tests/store`, which runs on both databases.

mod actors;
mod acts;
mod announcements;
mod audit;
mod blocks;
mod broadcast;
mod changes;
mod connect;
mod copy;
mod counts;
mod dedup;
mod deliveries;
mod dereference_quota;
mod endorsement_queries;
mod endorsements;
mod error;
mod evidence;
mod followers;
mod history;
mod identity;
mod inbox_log;
mod jobs;
mod key_changes;
mod migrate;
mod milestones;
mod moves;
mod outgoing;
mod own_keys;
mod purge;
mod query_macros;
mod quotes;
mod reach;
mod reports;
mod revisions;
mod signatories;
mod surge_windows;

use std::time::Duration;

use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction, migrate::Migrator};

pub use actors::{ActorRow, HostRow, KeyRow, NewActor};
pub use acts::ActRow;
pub use announcements::OwnPost;
pub use audit::{AuditEntry, NewAudit};
pub use blocks::{BlockRow, Reached};
pub use broadcast::Reachable;
pub use changes::{Listener, Topic, Versions};
pub use copy::{Contents, Copied, Copy, TABLES, Table};
pub use counts::Counts;
pub use dedup::Early;
pub use deliveries::{
    DeliveryOutcome, DueDelivery, FailingHost, HostState, HostStats, LeasedHost, QueueRow,
    QueueStats, QueueStatus, Retried, Settled, Signatures,
};
pub use dereference_quota::{KnownPost, Ordered, WaitingLimits};
pub use endorsement_queries::{
    EndorsementFilter, EndorsementSummary, PublicEntry, PublicFilter, PublicSort,
};
pub use endorsements::EndorsementRow;
pub use error::{Error, Result};
pub use evidence::EvidenceRow;
pub use followers::{FollowerEntry, FollowerRow};
pub use history::HistoryRow;
pub use identity::Identity;
pub use inbox_log::{InboxLogFilter, InboxLogOutcome, InboxLogRow};
pub use jobs::{JobRow, NewJob};
pub use key_changes::{HeldKey, LONG_GONE};
pub use migrate::Migration;
pub use milestones::LastingCounts;
pub use outgoing::{ActivityRow, NewActivity, NewDelivery, OwnObject};
pub use own_keys::OwnKey;
pub use purge::Purge;
pub use quotes::QuoteAuthorizationRow;
pub use reach::{ReachKind, ReachRow};
pub use reports::{NewReport, ReportRow, ReportState};
pub use revisions::RevisionRow;
pub use signatories::{NewSignatory, SignatoryRow};

use connect::{location, locked_or, open_postgres, open_sqlite, with_location};
use migrate::{Applied, newest_of};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// How long a connection waits for another program's transaction. The command line shares one SQLite file with the
/// server, so the wait is long.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whether the caller may create and migrate the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// `init` and `serve`: create what is missing, bring tables up to date.
    Create,
    /// All other commands: the tables have to exist.
    Existing,
    /// `serve --read-only`: the tables have to exist, and the database itself refuses every change. The file may be
    /// on a read-only file system, and the server may be a standby.
    ReadOnly,
}

/// How a database is opened.
#[derive(Clone, Copy, Debug)]
pub struct OpenOptions {
    /// The maximum number of connections, at least one to read; on SQLite there is one more, which writes.
    pub max_connections: u32,
    /// Whether tables may be created.
    pub access: Access,
    /// How long to wait for another program that locks the database.
    pub patience: Duration,
}

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
    /// Opens the database that `url` names: `sqlite://path` or `postgres://…`.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::Outdated`], [`Error::Newer`], [`Error::Unreleased`],
    /// [`Error::Locked`] and [`Error::Open`] say what to do, and name the database without its password.
    pub async fn open(url: &str, max_connections: u32, access: Access) -> Result<Self> {
        let opening = OpenOptions {
            max_connections,
            access,
            patience: PATIENCE,
        };
        Self::open_with(url, opening).await
    }

    /// [`Store::open`] with another patience.
    pub async fn open_with(url: &str, opening: OpenOptions) -> Result<Self> {
        let location = location(url);
        let opened = if url.starts_with("sqlite:") {
            open_sqlite(url, &location, opening).await
        } else {
            open_postgres(url, opening).await
        };
        let store = opened.map_err(|error| with_location(error, &location))?;
        store
            .prepare(&location, opening.access)
            .await
            .map_err(|error| with_location(error, &location))?;
        Ok(store)
    }

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
    /// [`Error::Locked`] when another program writes for longer than we wait.
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

    /// Compares the tables with the migrations of this program, and migrates if allowed.
    async fn prepare(&self, location: &str, access: Access) -> Result<()> {
        let migrator = match self {
            Self::Sqlite { .. } => &SQLITE,
            Self::Postgres(_) => &POSTGRES,
        };
        let applied = self.read().await?.applied().await?;
        match applied.newest_for(migrator, location)? {
            Some(found) if found == newest_of(migrator) => Ok(()),
            _ if access == Access::Create => match self {
                Self::Sqlite { writer, .. } => self.migrate_file(writer, applied).await,
                Self::Postgres(pool) => Ok(POSTGRES.run(pool).await?),
            },
            Some(_) => Err(Error::Outdated(location.to_owned())),
            None => Err(Error::Missing(location.to_owned())),
        }
    }

    /// Creates the tables of a SQLite file. SQLite has no lock around all migrations, unlike PostgreSQL: of two
    /// programs that start together, one fails at what the other has just created, and continues from there.
    async fn migrate_file(&self, writer: &SqlitePool, mut found: Applied) -> Result<()> {
        loop {
            let Err(error) = SQLITE.run(writer).await else {
                return Ok(());
            };
            let applied = self.read().await?.applied().await?;
            if applied == found {
                return Err(error.into());
            }
            found = applied;
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
