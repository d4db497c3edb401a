//! Errors of the store, worded for the person who has to fix them.

use std::{fmt, io};

use sqlx::migrate::MigrateError;

use crate::clock::Millis;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no database yet, or one without a letter, and the caller may not make one.
    #[error(
        "there is no database with a letter at {0}; run `undersigned init` to make one, or `undersigned backup restore \
         FILE` to bring one back"
    )]
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
    /// Root would write to a file or folder of another user.
    #[error("{location} belongs to another user (number {owner}), so root does not write there")]
    Root {
        /// Which file or folder.
        location: String,
        /// Its owner.
        owner: u32,
    },
    /// The file was moved away, deleted or replaced while it was open.
    #[error(
        "the database at {0} is no longer the file that was opened: it was moved, deleted or replaced; put it back, \
         and start again"
    )]
    Displaced(String),
    /// The database cannot be opened.
    #[error("cannot open the database at {location}: {cause}")]
    Open {
        /// Which database, without a password.
        location: String,
        /// The driver's error.
        cause: DriverError,
    },
    /// The tables could not be created or migrated.
    #[error("cannot bring the tables up to date: {}", cause_of(.0))]
    Migrate(MigrateError),
    /// A statement failed.
    #[error("the database refused a statement: {0}")]
    Statement(DriverError),
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

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Statement(error.into())
    }
}

impl From<MigrateError> for Error {
    fn from(error: MigrateError) -> Self {
        Self::Migrate(error)
    }
}

/// Why a migration failed, once.
fn cause_of(error: &MigrateError) -> String {
    if let MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _) = error {
        return in_a_sentence(cause);
    }
    error.to_string()
}

/// An error of the driver as one sentence, without its causes, which say the same again.
#[derive(Debug)]
pub struct DriverError(sqlx::Error);

impl std::error::Error for DriverError {}

impl From<sqlx::Error> for DriverError {
    fn from(error: sqlx::Error) -> Self {
        Self(error)
    }
}

impl fmt::Display for DriverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&in_a_sentence(&self.0))
    }
}

/// What the driver says, without a number.
fn in_a_sentence(error: &sqlx::Error) -> String {
    if let sqlx::Error::Database(error) = error {
        let known = sqlite_code(error.as_ref()).and_then(sentence);
        return known.unwrap_or_else(|| error.message()).to_owned();
    }
    let is_denied = |error: &io::Error| error.kind() == io::ErrorKind::PermissionDenied;
    if let sqlx::Error::Io(error) = error {
        return if is_denied(error) {
            NOT_ALLOWED.to_owned()
        } else {
            error.to_string()
        };
    }
    error.to_string()
}

/// What a file or folder of another user looks like.
const NOT_ALLOWED: &str = "this user may not read or write the file or its folder; run it as the user to whom they belong";

/// What a primary result code of SQLite means to whoever has to do something about it
/// (<https://www.sqlite.org/rescode.html>); `None` where SQLite's own message says it.
const fn sentence(code: u32) -> Option<&'static str> {
    Some(match code {
        3 | 14 => NOT_ALLOWED,
        8 => "the file, its folder or the disk is read-only; make it writable for this user",
        10 => "the disk failed to read or write; look at the system's log",
        11 => "the file is damaged; bring back a backup with `undersigned backup restore FILE`",
        13 => "the disk is full; make room",
        26 => "the file is no SQLite database; look at database.url",
        _ => return None,
    })
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
    let mut first: &(dyn std::error::Error + 'static) = &error;
    if let Error::Statement(driver) | Error::Open { cause: driver, .. } = &error {
        first = &driver.0;
    } else if let Error::Migrate(cause) = &error {
        first = cause;
    }
    let locked = std::iter::successors(Some(first), |error| error.source())
        .filter_map(|error| error.downcast_ref::<sqlx::Error>())
        .filter_map(sqlx::Error::as_database_error)
        .any(|error| matches!(sqlite_code(error), Some(5 | 6)));
    if locked {
        Error::Locked(location())
    } else {
        error
    }
}

/// SQLite's primary result code, such as `SQLITE_BUSY` (5) and `SQLITE_LOCKED` (6), also of an extended one; `None` for an
/// error of PostgreSQL.
fn sqlite_code(error: &dyn sqlx::error::DatabaseError) -> Option<u32> {
    error.try_downcast_ref::<sqlx::sqlite::SqliteError>()?;
    let code = error.code()?.parse::<u32>().ok()?;
    Some(code & 0xff)
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
