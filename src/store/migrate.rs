//! Which migrations a database has, and which it lacks.

use std::collections::BTreeMap;

use sqlx::migrate::Migrator;

use super::{
    connect::{Access, OpenOptions, PATIENCE, location, open_postgres, open_sqlite, with_location},
    database::{Store, Tx},
    error::{Error, Result},
};

pub(super) static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
pub(super) static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// One step of the tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// Its number.
    pub version: i64,
    /// Its name.
    pub name: String,
}

impl Store {
    /// What opening with [`Access::Create`] would do to the tables of this database: nothing is changed. A file that
    /// is missing lacks everything.
    ///
    /// # Errors
    /// [`Error::Newer`] and [`Error::Unreleased`] when another program wrote it, and those of opening.
    pub async fn pending(url: &str) -> Result<Vec<Migration>> {
        let location = location(url);
        let migrator = if url.starts_with("sqlite:") {
            &SQLITE
        } else {
            &POSTGRES
        };
        let known: Vec<Migration> = migrator
            .iter()
            .map(|migration| Migration {
                version: migration.version,
                name: migration.description.to_string(),
            })
            .collect();
        let applied = match Self::applied(url, &location).await {
            Err(Error::Missing(_)) => Applied::default(),
            other => other.map_err(|error| with_location(error, &location))?,
        };
        applied.newest_for(migrator, &location)?;
        let missing = |migration: &Migration| !applied.0.contains_key(&migration.version);
        Ok(known.into_iter().filter(missing).collect())
    }

    /// The migrations that a database has.
    async fn applied(url: &str, location: &str) -> Result<Applied> {
        let opening = OpenOptions {
            max_connections: 1,
            access: Access::ReadOnly,
            patience: PATIENCE,
        };
        let store = if url.starts_with("sqlite:") {
            open_sqlite(url, location, opening).await?
        } else {
            open_postgres(url, opening).await?
        };
        let mut tx = store.read().await?;
        let applied = tx.applied().await;
        drop(tx);
        store.close().await;
        applied
    }
}

/// The migrations that a database has, by their numbers, each with its checksum. Empty in an empty database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Applied(BTreeMap<i64, Vec<u8>>);

impl Applied {
    /// The number of the newest one; `None` in an empty database.
    ///
    /// # Errors
    /// [`Error::Unreleased`] when a migration that we know by its number is another one, and [`Error::Newer`] when
    /// there are some that we do not know.
    pub(super) fn newest_for(&self, known: &Migrator, location: &str) -> Result<Option<i64>> {
        let is_another = |migration: &sqlx::migrate::Migration| {
            let checksum = self.0.get(&migration.version);
            checksum.is_some_and(|checksum| *checksum != *migration.checksum)
        };
        if known.iter().any(is_another) {
            return Err(Error::Unreleased(location.to_owned()));
        }
        let newest = self.0.keys().next_back().copied();
        let known = newest_of(known);
        match newest {
            Some(found) if found > known => Err(Error::Newer {
                location: location.to_owned(),
                found,
                known,
            }),
            newest => Ok(newest),
        }
    }
}

/// The number of the newest migration that we know.
pub(super) fn newest_of(migrator: &Migrator) -> i64 {
    let numbers = migrator.iter().map(|migration| migration.version);
    numbers.max().unwrap_or(0)
}

impl Store {
    /// Whether the database has the tables of this program or newer ones, which an update of another server made.
    ///
    /// # Errors
    /// [`Error::Outdated`] when it lacks any, and those of reading.
    pub async fn check_tables(&self) -> Result<()> {
        let applied = self.read().await?.applied().await?;
        let (known, location) = match self {
            Self::Sqlite { file, .. } => (&SQLITE, file.path().display().to_string()),
            Self::Postgres { .. } => (&POSTGRES, "the database".to_owned()),
        };
        if applied.0.keys().next_back() < Some(&newest_of(known)) {
            return Err(Error::Outdated(location));
        }
        Ok(())
    }
}

impl Tx {
    /// The migrations that this database has.
    pub(super) async fn applied(&mut self) -> Result<Applied> {
        let exists: Option<(i64,)> = match self {
            Self::Sqlite(tx) => {
                const FIND: &str =
                    "SELECT CAST(1 AS BIGINT) FROM sqlite_schema WHERE name = '_sqlx_migrations'";
                sqlx::query_as(FIND).fetch_optional(&mut **tx).await?
            }
            Self::Postgres(tx) => {
                const FIND: &str =
                    "SELECT CAST(1 AS BIGINT) WHERE to_regclass('_sqlx_migrations') IS NOT NULL";
                sqlx::query_as(FIND).fetch_optional(&mut **tx).await?
            }
        };
        if exists.is_none() {
            return Ok(Applied::default());
        }
        let rows: Vec<(i64, Vec<u8>)> = on_either!(
            self,
            sqlx::query_as("SELECT version, checksum FROM _sqlx_migrations"),
            fetch_all
        )?;
        Ok(Applied(rows.into_iter().collect()))
    }
}
