//! Errors of the store, worded for the person who has to fix them.

use std::fmt;

use crate::clock::Millis;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no database yet, and the caller may not create one.
    #[error("there is no database at {0}; run `undersigned serve` or `undersigned init` once")]
    Missing(String),
    /// The tables are older than this program and the caller may not migrate.
    #[error("the database at {0} needs an update; run `undersigned serve` once")]
    Outdated(String),
    /// The tables were written by a newer program.
    #[error(
        "the database at {location} was written by a newer version of undersigned (table version {found}, \
         this program knows up to {known}); install that version or a newer one"
    )]
    Newer {
        /// Which database, without a password.
        location: String,
        /// The newest migration in the database.
        found: i64,
        /// The newest one that this program knows.
        known: i64,
    },
    /// The tables were made by a program before the first release, which nothing leads on from.
    #[error(
        "the database at {0} was made by a version of undersigned before the first release, and this version cannot \
         use it; move it away and make a new one with `undersigned init`, or use the version that made it"
    )]
    Unreleased(String),
    /// Another program locks the database for too long.
    #[error("the database at {0} is locked by another program; end it, or try again")]
    Locked(String),
    /// Another server writes to this database.
    #[error(
        "another server runs on the database at {0}; stop it first (`serve --read-only` may run beside it)"
    )]
    Served(String),
    /// The file was moved away, deleted or replaced while it was open.
    #[error(
        "the database at {0} is no longer the file that was opened: it was moved, deleted or replaced; put it back, \
         and start again"
    )]
    Displaced(String),
    /// The database cannot be opened.
    #[error("cannot open the database at {location}")]
    Open {
        /// Which database, without a password.
        location: String,
        /// The driver's error.
        #[source]
        source: sqlx::Error,
    },
    /// The tables could not be created or migrated.
    #[error("cannot bring the tables up to date")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A statement failed.
    #[error("the database refused a statement")]
    Statement(#[from] sqlx::Error),
    /// A text of a SQLite database that PostgreSQL cannot store.
    #[error(
        "PostgreSQL takes no NUL character, and {table}.{column} has one in the row with {key}; take it out, then \
         copy again"
    )]
    Nul {
        /// The table.
        table: &'static str,
        /// The column.
        column: String,
        /// Which row.
        key: String,
    },
    /// The actor was retired: nothing is published or sent in its name any more.
    #[error(
        "the letter's actor was retired on {0}, for ever: nothing is published or sent in its name any more"
    )]
    Retired(Millis),
    /// A row has a value that this program never writes.
    #[error("the database holds something unexpected in {table}.{column}, row {key}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// Which row.
        key: String,
        /// What is wrong with it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// An [`Error::Inconsistent`] about one value.
    pub(super) fn inconsistent(
        table: &'static str,
        column: &'static str,
        key: &impl fmt::Display,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Inconsistent {
            table,
            column,
            key: key.to_string(),
            source: source.into(),
        }
    }
}

/// The result of a store operation.
pub type Result<T> = std::result::Result<T, Error>;

/// [`Error::Locked`] in place of an error whose cause is that somebody else holds the SQLite file.
pub(super) fn locked_or(error: Error, location: impl FnOnce() -> String) -> Error {
    let first: &(dyn std::error::Error + 'static) = &error;
    let locked = std::iter::successors(Some(first), |error| error.source())
        .filter_map(|error| error.downcast_ref::<sqlx::Error>())
        .filter_map(sqlx::Error::as_database_error)
        .any(is_locked);
    if locked {
        Error::Locked(location())
    } else {
        error
    }
}

/// SQLite's `SQLITE_BUSY` (5) and `SQLITE_LOCKED` (6), with their extended forms.
fn is_locked(error: &dyn sqlx::error::DatabaseError) -> bool {
    let code = error.code().and_then(|code| code.parse::<u32>().ok());
    error
        .try_downcast_ref::<sqlx::sqlite::SqliteError>()
        .is_some()
        && matches!(code.map(|code| code & 0xff), Some(5 | 6))
}

/// Reads a column with the word of an enum.
pub(super) fn word<T>(
    table: &'static str,
    column: &'static str,
    key: &impl fmt::Display,
    text: &str,
) -> Result<T>
where
    T: std::str::FromStr<Err = crate::string_enum::UnknownWord>,
{
    text.parse()
        .map_err(|source| Error::inconsistent(table, column, key, source))
}

/// Reads an optional column with the word of an enum.
pub(super) fn optional_word<T>(
    table: &'static str,
    column: &'static str,
    key: &impl fmt::Display,
    text: Option<&str>,
) -> Result<Option<T>>
where
    T: std::str::FromStr<Err = crate::string_enum::UnknownWord>,
{
    text.map(|text| word(table, column, key, text)).transpose()
}
