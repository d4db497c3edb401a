//! Which migrations a database lacks.

use std::collections::BTreeSet;

use super::{
    Access, Error, OpenOptions, PATIENCE, POSTGRES, Result, SQLITE, Store, Tx,
    connect::{location, open_postgres, open_sqlite, with_location},
    query_macros::on_either,
};

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
    /// [`Error::Newer`] when a newer program wrote it, and those of opening.
    pub async fn pending(url: &str) -> Result<Vec<Migration>> {
        let location = location(url);
        let known: Vec<Migration> = if url.starts_with("sqlite:") {
            &SQLITE
        } else {
            &POSTGRES
        }
        .iter()
        .map(|it| Migration {
            version: it.version,
            name: it.description.to_string(),
        })
        .collect();
        let applied = match Self::applied(url, &location).await {
            Err(Error::Missing(_)) => BTreeSet::new(),
            other => other.map_err(|error| with_location(error, &location))?,
        };
        let newest = known.iter().map(|it| it.version).max().unwrap_or(0);
        if let Some(found) = applied.last().copied().filter(|it| *it > newest) {
            return Err(Error::Newer {
                location,
                found,
                known: newest,
            });
        }
        let missing = |it: &Migration| !applied.contains(&it.version);
        Ok(known.into_iter().filter(missing).collect())
    }

    /// The numbers of the migrations that a database has.
    async fn applied(url: &str, location: &str) -> Result<BTreeSet<i64>> {
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

impl Tx {
    async fn applied(&mut self) -> Result<BTreeSet<i64>> {
        if self.newest_migration().await?.is_none() {
            return Ok(BTreeSet::new());
        }
        let rows: Vec<(i64,)> = on_either!(
            self,
            sqlx::query_as("SELECT version FROM _sqlx_migrations"),
            fetch_all
        )?;
        Ok(rows.into_iter().map(|it| it.0).collect())
    }
}
