//! Opens a database whose tables are those of this program, or makes them so.

use std::{
    fs::TryLockError,
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::SqlitePool;

use super::{
    connect::{
        Access, OpenOptions, PATIENCE, create_folder, file_of, location, open_postgres,
        open_sqlite, with_location,
    },
    database::Store,
    error::{Error, Result},
    file::{ServingLock, put_aside, refuse_root},
    migrate::{Applied, POSTGRES, SQLITE, newest_of},
};

/// How long a server waits before it asks for its lock again.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

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

    /// Takes the lock of the server that writes, before its database is opened; `None` with PostgreSQL, where
    /// several servers share the work. Commands and read-only servers take none.
    ///
    /// # Errors
    /// [`Error::Served`] when another server has it, [`Error::Root`], and [`Error::Open`].
    pub async fn lock_for_serving(url: &str) -> Result<Option<ServingLock>> {
        let Some(path) = file_of(url)? else {
            return Ok(None);
        };
        let failed = |error| Error::Open {
            location: location(url),
            cause: sqlx::Error::Io(error).into(),
        };
        refuse_root(&path)?;
        create_folder(&path).await.map_err(failed)?;
        let pause = || tokio::time::sleep(LOOK_AGAIN);
        match ServingLock::take_patiently(&path, pause).await {
            Ok(lock) => Ok(Some(lock)),
            Err(TryLockError::WouldBlock) => Err(Error::Served(location(url))),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// Renames the SQLite file that `url` names, with its log, to a name that ends in this suffix; gives that name, or
    /// `None` where there is no file. Whoever asks has the lock of the server.
    ///
    /// # Errors
    /// [`Error::Open`].
    pub fn put_aside(url: &str, suffix: &str) -> Result<Option<PathBuf>> {
        let Some(path) = file_of(url)?.filter(|path| path.exists()) else {
            return Ok(None);
        };
        let moved = put_aside(&path, suffix).map_err(|error| Error::Open {
            location: location(url),
            cause: sqlx::Error::Io(error).into(),
        })?;
        Ok(Some(moved))
    }

    /// Refuses to make files in a folder of another user as root: that user's server could not write to them. Where it is
    /// not there yet, the nearest folder that is counts.
    ///
    /// # Errors
    /// [`Error::Root`].
    pub fn refuse_root_in(folder: &Path) -> Result<()> {
        refuse_root(folder)
    }

    /// The path of the SQLite file that `url` names, whether it exists or not; `None` for a server.
    ///
    /// # Errors
    /// [`Error::Statement`] when it is no URL of a database.
    pub fn file_named(url: &str) -> Result<Option<PathBuf>> {
        file_of(url)
    }

    /// Whether a server writes to the SQLite file that `url` names. On PostgreSQL [`Tx::servers`](super::Tx::servers)
    /// says so.
    pub fn is_served(url: &str) -> Result<bool> {
        let Some(path) = file_of(url)? else {
            return Ok(false);
        };
        ServingLock::is_taken(&path).map_err(|error| Error::Open {
            location: location(url),
            cause: sqlx::Error::Io(error).into(),
        })
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

    /// Compares the tables with the migrations of this program, and migrates if allowed.
    async fn prepare(&self, location: &str, access: Access) -> Result<()> {
        let migrator = match self {
            Self::Sqlite { .. } => &SQLITE,
            Self::Postgres { .. } => &POSTGRES,
        };
        let applied = self.read().await?.applied().await?;
        match applied.newest_for(migrator, location)? {
            Some(found) if found == newest_of(migrator) => Ok(()),
            None if access != Access::Create => Err(Error::Missing(location.to_owned())),
            _ if matches!(access, Access::Create | Access::Migrate) => match self {
                Self::Sqlite { writer, .. } => self.migrate_file(writer, applied).await,
                Self::Postgres { pool, .. } => Ok(POSTGRES.run(pool).await?),
            },
            _ => Err(Error::Outdated(location.to_owned())),
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
