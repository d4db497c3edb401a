//! Opening a database, and saying which one it was when that fails.

use std::{
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    str::FromStr as _,
    sync::Arc,
    time::Duration,
};

use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, SqliteConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{
        SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions,
        SqliteSynchronous,
    },
};

use tokio::sync::Semaphore;

use super::{
    database::Store,
    error::{Error, Result, locked_or},
    file::{OpenedFile, refuse_root},
};

/// How long a connection waits for another program's transaction. The command line shares one SQLite file with the
/// server, so the wait is long.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Whether the caller may create and migrate the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// `init`, and `serve` on localhost: create what is missing, bring tables up to date.
    Create,
    /// `serve` of a letter that others know: bring tables up to date, but make none. An empty database in place of a lost
    /// one would be a new identity.
    Migrate,
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
    /// How long to wait for another program that locks the database. PostgreSQL gives up a statement, and a
    /// transaction in which nothing happens, after twice as long.
    pub patience: Duration,
}

/// Rows of SQLite that are on their way from its thread to whoever asked.
const ROW_BUFFER: usize = 256;

/// What the writing connection of SQLite keeps in memory, in KiB (that is what the minus says). A batch touches
/// a few hundred pages all over the indexes of hashes.
const WRITER_CACHE: &str = "-8192";

/// The same of each connection that reads: there are a dozen, and the system keeps the file's pages as well.
const READER_CACHE: &str = "-512";

/// Pages of 4 KiB after which SQLite moves its log into the file: at 16 MiB rather than 4, because pages that
/// change again and again are moved, and flushed to the disk, once. At 64 MiB whoever waits meanwhile waits twice as long.
const CHECKPOINT_AFTER: &str = "4096";

pub(super) async fn open_sqlite(url: &str, location: &str, opening: OpenOptions) -> Result<Store> {
    let OpenOptions {
        max_connections,
        access,
        patience,
    } = opening;
    let options = SqliteConnectOptions::from_str(url)?
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(patience)
        // All rows of one answer fit in, so that nobody waits for the other side in between.
        .row_buffer_size(ROW_BUFFER)
        .create_if_missing(access == Access::Create);
    let path = options.get_filename().to_owned();
    if matches!(access, Access::Create | Access::Migrate) {
        refuse_root(&path)?;
    }
    if access == Access::Create {
        let created = create_file(&path).await;
        created.map_err(|error| Error::Open {
            location: location.to_owned(),
            cause: error.into(),
        })?;
    } else if !path.exists() {
        return Err(Error::Missing(location.to_owned()));
    }
    if access == Access::ReadOnly {
        return open_unchanged(&options, opening).await;
    }
    // Longer than the database itself waits, so that its "locked" is the answer and not the pool's.
    let acquire_timeout = patience.saturating_mul(2).max(Duration::from_secs(5));
    // What is opened later finds the file that was made above, or none: never a new one.
    let options = options.create_if_missing(false);
    // A file does not go away like a server: nothing is asked before each use.
    let pool = || {
        SqlitePoolOptions::new()
            .acquire_timeout(acquire_timeout)
            .test_before_acquire(false)
            .after_release(|connection, _| Box::pin(has_ended(connection)))
    };
    let writer = pool()
        .max_connections(1)
        .connect_with(
            options
                .clone()
                .pragma("cache_size", WRITER_CACHE)
                .pragma("wal_autocheckpoint", CHECKPOINT_AFTER)
                // What is deleted is overwritten.
                .pragma("secure_delete", "ON"),
        )
        .await?;
    let reader = pool()
        .max_connections(max_connections.max(1))
        .connect_with(options.read_only(true).pragma("cache_size", READER_CACHE))
        .await?;
    let file = OpenedFile::of(&path).map_err(sqlx::Error::Io)?;
    Ok(Store::Sqlite {
        reader,
        writer,
        file,
    })
}

/// Whether nothing is left of a connection's last transaction. SQLite rolls back by itself on a full disk and on an I/O
/// error; the ROLLBACK after it fails, and the driver then counts a transaction that does not exist: every later one
/// would fail. Such a connection is closed, and the next transaction opens another.
async fn has_ended(connection: &mut SqliteConnection) -> std::result::Result<bool, sqlx::Error> {
    // A rollback that a dropped transaction ordered is done before this is answered.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

/// Opens a file that nothing is to be written to, whoever asks for it.
///
/// Beside a server that writes, its log is read as well. Where that log cannot be made, because the folder may
/// not be written to either, and there is none, nobody writes: then the file alone is read.
async fn open_unchanged(options: &SqliteConnectOptions, opening: OpenOptions) -> Result<Store> {
    // Not the journal's mode: a file says itself which it has.
    let mut options = SqliteConnectOptions::new()
        .filename(options.get_filename())
        .busy_timeout(opening.patience)
        .row_buffer_size(ROW_BUFFER)
        .read_only(true);
    if let Err(error) = can_be_read(&options).await {
        let path = options.get_filename();
        let log = path.with_file_name(format!(
            "{}-wal",
            path.file_name().unwrap_or_default().to_string_lossy()
        ));
        if log.exists() {
            return Err(error);
        }
        options = options.immutable(true);
        can_be_read(&options).await?;
    }
    let pool = |connections| {
        SqlitePoolOptions::new()
            .max_connections(connections)
            .test_before_acquire(false)
            .connect_lazy_with(options.clone())
    };
    Ok(Store::Sqlite {
        reader: pool(opening.max_connections.max(1)),
        writer: pool(1),
        file: OpenedFile::of(options.get_filename()).map_err(sqlx::Error::Io)?,
    })
}

/// Reads the file's first page.
async fn can_be_read(options: &SqliteConnectOptions) -> Result<()> {
    let mut connection = options.connect().await?;
    sqlx::query("SELECT name FROM sqlite_schema LIMIT 1")
        .fetch_optional(&mut connection)
        .await?;
    Ok(connection.close().await?)
}

/// Makes the file and its folder, readable by their owner only: names under a political text lie in it.
///
/// A new file is set up beside its place, so that of two programs that start together neither finds it half made.
async fn create_file(path: &Path) -> std::result::Result<(), sqlx::Error> {
    create_folder(path).await?;
    if !path.exists() {
        let beside = new_file_beside(path)?;
        let made = make_shrinkable(&beside).await;
        // Not a rename, which would replace the file of a program that was quicker.
        let placed = made.and_then(|()| Ok(std::fs::hard_link(&beside, path)?));
        std::fs::remove_file(&beside)?;
        match placed {
            Err(sqlx::Error::Io(error)) if error.kind() != io::ErrorKind::StorageFull => {
                // Another one was quicker, or this file system has no links: then the file is made below.
                tracing::debug!(error = %error, "cannot put a new database in its place");
            }
            placed => placed?,
        }
    }
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true).mode(0o600);
    Ok(options.open(path).map(drop)?)
}

/// An empty file with a name that nobody has.
fn new_file_beside(path: &Path) -> io::Result<PathBuf> {
    let mut n = 0_u32;
    loop {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".new{n}"));
        let made = std::fs::OpenOptions::new()
            .create_new(true)
            .append(true)
            .mode(0o600)
            .open(&name);
        match made {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => n = n.saturating_add(1),
            made => return made.map(|_file| name.into()),
        }
    }
}

/// Sets up a file without tables, so that pages which become free can be given back to the disk.
async fn make_shrinkable(path: &Path) -> std::result::Result<(), sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .auto_vacuum(SqliteAutoVacuum::Incremental)
        // The file keeps this. To change it later, nobody else may have the file open.
        .journal_mode(SqliteJournalMode::Wal);
    let mut connection = options.connect().await?;
    // The setting is only written with a page.
    sqlx::raw_sql("VACUUM").execute(&mut connection).await?;
    connection.close().await
}

/// Makes the folder of a file.
pub(super) async fn create_folder(path: &Path) -> io::Result<()> {
    match path.parent().filter(|it| !it.as_os_str().is_empty()) {
        Some(folder) => tokio::fs::create_dir_all(folder).await,
        None => Ok(()),
    }
}

/// The file that a database's URL names; `None` for a server.
pub(super) fn file_of(url: &str) -> Result<Option<PathBuf>> {
    if !url.starts_with("sqlite:") {
        return Ok(None);
    }
    let options = SqliteConnectOptions::from_str(url)?;
    Ok(Some(options.get_filename().to_owned()))
}

/// How long a connection to a server lies idle before it is asked whether it still stands.
const UNTESTED: Duration = Duration::from_secs(1);

/// How whoever writes finds rows. A plan that was made while a table was small, also that of a foreign key, would read
/// the whole table from then on, until PostgreSQL analyses it again: a letter may have thousands of rows more by then.
/// Reading a whole table, where nothing else is possible, now looks so dear that PostgreSQL would compile the statement,
/// which takes longer than running it.
const BY_INDEX: &str = "SET enable_seqscan = off; SET jit = off";

pub(super) async fn open_postgres(url: &str, opening: OpenOptions) -> Result<Store> {
    // What is stuck must not hold up all others for ever, and neither must a program that was stopped while it wrote.
    let give_up = opening.patience.saturating_mul(2).as_millis();
    let options = PgConnectOptions::from_str(url)?.application_name("undersigned");
    let read_only = match opening.access {
        Access::ReadOnly => "on",
        Access::Create | Access::Migrate | Access::Existing => "off",
    };
    // A pool goes on trying and then says that time is up; one connection says what is wrong, at once.
    options.connect().await?.close().await?;
    let pool = |connections, planning: &'static str| {
        PgPoolOptions::new()
            .max_connections(connections)
            // A connection that was in use a moment ago was asked when it was given back.
            .test_before_acquire(false)
            .before_acquire(|connection, metadata| {
                Box::pin(async move {
                    if metadata.idle_for >= UNTESTED {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            // By a statement: poolers in between refuse what they do not know at the start of a connection.
            .after_connect(move |connection, _| {
                let set = format!(
                    "SET statement_timeout = {give_up}; SET idle_in_transaction_session_timeout = {give_up};
                     SET default_transaction_read_only = {read_only}; {planning}"
                );
                Box::pin(async move {
                    let set = sqlx::raw_sql(AssertSqlSafe(set));
                    set.execute(connection).await.map(drop)
                })
            })
    };
    let to_write = u32::from(opening.access != Access::ReadOnly);
    let to_read = opening.max_connections.saturating_sub(to_write).max(1);
    Ok(Store::Postgres {
        writer: pool(1, BY_INDEX)
            .acquire_timeout(opening.patience)
            .connect_lazy_with(options.clone()),
        turn: Arc::new(Semaphore::new(1)),
        pool: pool(to_read, "")
            .acquire_timeout(opening.patience)
            .connect_with(options)
            .await?,
    })
}

/// The database's name for people: the URL without a password.
pub(super) fn location(url: &str) -> String {
    if let Some(path) = url.strip_prefix("sqlite://") {
        return path.to_owned();
    }
    match url::Url::parse(url) {
        Ok(mut parsed) => {
            // Only a URL without a host refuses this, and that one has no password.
            parsed.set_password(None).ok();
            parsed.set_query(None);
            parsed.into()
        }
        Err(_) => "the configured address".to_owned(),
    }
}

/// Says which database it was, and recognises one that somebody else holds.
pub(super) fn with_location(error: Error, location: &str) -> Error {
    let error = locked_or(error, || location.to_owned());
    if let Error::Statement(cause) = error {
        let location = location.to_owned();
        return Error::Open { location, cause };
    }
    error
}
