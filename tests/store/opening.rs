//! Opening: what is missing, too old, too new or not ours to read is said in a sentence.

use std::{os::unix::fs::PermissionsExt as _, path::Path, str::FromStr as _};

use sqlx::{ConnectOptions as _, Connection as _};

use super::{database, fixtures::person, on_both, sql};
use undersigned::store::{Access, Error, Store, Tx};

/// The path of a SQLite URL.
fn path(url: &str) -> &str {
    url.strip_prefix("sqlite://").unwrap()
}

async fn refusal(url: &str, access: Access) -> String {
    Store::open(url, 2, access).await.unwrap_err().to_string()
}

/// The database's name as an error tells it.
fn name(url: &str) -> String {
    if url.starts_with("sqlite:") {
        return path(url).to_owned();
    }
    let mut url = url::Url::parse(url).unwrap();
    url.set_query(None);
    url.to_string()
}

/// What everybody but `serve` and `init` is told about a database without tables.
async fn an_empty_one_is_refused(url: &str) {
    let name = name(url);
    for access in [Access::Existing, Access::Migrate, Access::ReadOnly] {
        assert_eq!(
            refusal(url, access).await,
            format!(
                "there is no database with a letter at {name}; run `undersigned init` to make one, or `undersigned backup \
             restore FILE` to bring one back"
            ),
            "{access:?}"
        );
    }
}

/// Changes the list of migrations and gives the refusal.
async fn after(url: &str, statement: &str) -> Error {
    let store = Store::open(url, 2, Access::Create).await.unwrap();
    let mut tx = store.write().await.unwrap();
    sql::run(&mut tx, statement).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;
    Store::open(url, 2, Access::Existing).await.unwrap_err()
}

const FROM_THE_FUTURE: &str = "
    UPDATE _sqlx_migrations
    SET version = 9999
    WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)";

async fn a_newer_one_is_refused(url: &str) {
    let error = after(url, FROM_THE_FUTURE).await;
    let message = error.to_string();
    let name = name(url);
    let beginning = format!(
        "the database at {name} was written by a newer version of undersigned (table version 9999, \
         this program knows up to "
    );
    assert!(message.starts_with(&beginning), "{message}");
    assert!(
        message.ends_with("); install that version or a newer one"),
        "{message}"
    );
    // Who may make tables may not touch these either.
    assert_eq!(refusal(url, Access::Create).await, message);
}

/// The migrations that a database had before there was one for each database; `h'…'` stands for bytes.
const BEFORE_THE_FIRST_RELEASE: [&str; 2] = [
    "INSERT INTO _sqlx_migrations (version, description, installed_on, success, checksum, execution_time)
     SELECT 8013, 'waiting', installed_on, success, checksum, execution_time FROM _sqlx_migrations WHERE version = 1",
    "UPDATE _sqlx_migrations SET description = 'register', checksum = h'00ff' WHERE version = 1",
];

async fn one_from_before_the_first_release_is_refused(url: &str) {
    let store = Store::open(url, 2, Access::Create).await.unwrap();
    let mut tx = store.write().await.unwrap();
    for statement in BEFORE_THE_FIRST_RELEASE {
        let bytes = match tx {
            Tx::Sqlite(_) => "x'",
            Tx::Postgres(_) => "'\\x",
        };
        let statement = statement.replace("h'", bytes);
        sql::run(&mut tx, &statement).await.unwrap();
    }
    tx.commit().await.unwrap();
    store.close().await;
    let message = format!(
        "the database at {} was made by a version of undersigned before the first release, and this version cannot \
         use it; move it away and make a new one with `undersigned init`, or use the version that made it",
        name(url)
    );
    for access in [Access::Create, Access::Existing, Access::ReadOnly] {
        assert_eq!(refusal(url, access).await, message, "{access:?}");
    }
    let pending = Store::pending(url).await.unwrap_err();
    assert_eq!(pending.to_string(), message);
}

async fn an_older_one_is_refused(url: &str) {
    const OLDER: &str = "UPDATE _sqlx_migrations SET version = 0 - version";
    let error = after(url, OLDER).await;
    let name = name(url);
    let message = format!("the database at {name} needs an update; run `undersigned serve` once");
    assert_eq!(error.to_string(), message);
    // What may migrate goes on from there; these tables are there already.
    let error = refusal(url, Access::Migrate).await;
    assert!(
        error.starts_with("cannot bring the tables up to date: "),
        "{error}"
    );
}

/// A database as the version before the second migration left it, with four endorsers: the output of SQLite's `.dump`.
const OF_BEFORE: &str = include_str!("older.sql");

#[tokio::test]
async fn one_of_before_is_upgraded_with_everything_in_it() {
    let (_folder, url) = database::sqlite();
    let options = sqlx::sqlite::SqliteConnectOptions::from_str(&url).unwrap();
    let mut file = options.create_if_missing(true).connect().await.unwrap();
    sqlx::raw_sql(OF_BEFORE).execute(&mut file).await.unwrap();
    file.close().await.unwrap();

    assert_eq!(
        Store::pending(&url).await.unwrap().first().unwrap().version,
        2
    );
    let message = format!(
        "the database at {} needs an update; run `undersigned serve` once",
        path(&url)
    );
    assert_eq!(refusal(&url, Access::Existing).await, message);
    let store = Store::open(&url, 2, Access::Migrate).await.unwrap();
    let mut tx = store.write().await.unwrap();
    let counts = tx.counts(1).await.unwrap();
    assert_eq!((counts.signed, counts.liked), (2, 1));
    // What only the second one brings.
    sql::run(&mut tx, "UPDATE act SET ceiling = 'restored'")
        .await
        .unwrap();
    sql::run(&mut tx, "UPDATE comment SET approved_hash = x'00'")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    store.close().await;
    assert_eq!(Store::pending(&url).await.unwrap(), []);
}

#[tokio::test]
async fn a_missing_file_is_not_made_by_who_only_reads() {
    let (_folder, url) = database::sqlite();
    an_empty_one_is_refused(&url).await;
    assert!(!Path::new(path(&url)).exists());
}

#[tokio::test]
async fn an_empty_file_is_no_database_yet() {
    let (_folder, url) = database::sqlite();
    std::fs::write(path(&url), b"").unwrap();
    an_empty_one_is_refused(&url).await;
}

#[tokio::test]
async fn an_empty_database_on_a_server_is_none_yet() {
    if let Some((_database, url)) = database::postgres().await {
        an_empty_one_is_refused(&url).await;
    }
}

#[tokio::test]
async fn a_newer_file_is_refused() {
    let (_folder, url) = database::sqlite();
    a_newer_one_is_refused(&url).await;
}

#[tokio::test]
async fn a_newer_database_on_a_server_is_refused() {
    if let Some((_database, url)) = database::postgres().await {
        a_newer_one_is_refused(&url).await;
    }
}

#[tokio::test]
async fn an_older_file_is_refused_by_who_may_not_change_it() {
    let (_folder, url) = database::sqlite();
    an_older_one_is_refused(&url).await;
}

#[tokio::test]
async fn an_older_database_on_a_server_is_refused_by_who_may_not_change_it() {
    if let Some((_database, url)) = database::postgres().await {
        an_older_one_is_refused(&url).await;
    }
}

#[tokio::test]
async fn a_file_from_before_the_first_release_is_refused() {
    let (_folder, url) = database::sqlite();
    one_from_before_the_first_release_is_refused(&url).await;
}

#[tokio::test]
async fn a_database_on_a_server_from_before_the_first_release_is_refused() {
    if let Some((_database, url)) = database::postgres().await {
        one_from_before_the_first_release_is_refused(&url).await;
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named() {
    let (_folder, url) = database::sqlite();
    std::fs::write(path(&url), "Dear diary, ".repeat(100)).unwrap();
    for access in [Access::Create, Access::Existing] {
        let message = refusal(&url, access).await;
        assert_eq!(
            message,
            format!(
                "cannot open the database at {}: the file is no SQLite database; look at database.url",
                path(&url)
            )
        );
    }
}

#[tokio::test]
async fn a_password_is_in_no_message() {
    let Some((_database, url)) = database::postgres().await else {
        return;
    };
    let mut wrong = url::Url::parse(&url).unwrap();
    wrong.set_path("there_is_no_such_database");
    wrong.set_password(Some("hunter2")).unwrap();
    let error = Store::open(wrong.as_str(), 2, Access::Create)
        .await
        .unwrap_err();
    let told = format!("{error} {error:?}");
    assert!(told.contains("there_is_no_such_database"), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
}

#[tokio::test]
async fn the_file_and_its_companions_are_their_owners_alone() {
    let (_folder, url) = database::sqlite();
    let store = Store::open(&url, 2, Access::Create).await.unwrap();
    let mut tx = store.write().await.unwrap();
    tx.save_actors(&[person("ada", "m.example")]).await.unwrap();
    tx.commit().await.unwrap();
    for suffix in ["", "-wal", "-shm"] {
        let file = format!("{}{suffix}", path(&url));
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    store.close().await;
}

#[tokio::test]
async fn the_folder_of_a_new_file_is_made() {
    let (folder, _) = database::sqlite();
    let file = folder.path().join("deep/below/register.db");
    let url = format!("sqlite://{}", file.display());
    let store = Store::open(&url, 2, Access::Create).await.unwrap();
    store.close().await;
    assert!(file.exists());
}

on_both!(what_is_there_stays_when_it_is_opened_again, async |store| {
    let mut tx = store.write().await.unwrap();
    tx.set_setting("salt", "kept").await.unwrap();
    tx.commit().await.unwrap();
    let url = match &store {
        Store::Sqlite { writer, .. } => {
            format!(
                "sqlite://{}",
                writer.connect_options().get_filename().display()
            )
        }
        Store::Postgres { pool, .. } => {
            use sqlx::ConnectOptions as _;
            pool.connect_options().to_url_lossy().to_string()
        }
    };
    for access in [Access::Existing, Access::Create] {
        let again = Store::open(&url, 2, access).await.unwrap();
        let mut tx = again.read().await.unwrap();
        assert_eq!(tx.setting("salt").await.unwrap().as_deref(), Some("kept"));
        assert_eq!(tx.follower_count().await.unwrap(), 0);
        drop(tx);
        again.close().await;
    }
});

#[tokio::test]
async fn programs_that_start_together_make_the_tables_once() {
    let (_folder, url) = database::sqlite();
    start_together(&url).await;
    if let Some((_database, url)) = database::postgres().await {
        start_together(&url).await;
    }
}

async fn start_together(url: &str) {
    let mut starting = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let url = url.to_owned();
        starting.spawn(async move { Store::open(&url, 2, Access::Create).await });
    }
    while let Some(started) = starting.join_next().await {
        started.unwrap().unwrap().close().await;
    }
}

async fn what_a_migration_would_do_is_told_and_not_done(url: &str) {
    let all = Store::pending(url).await.unwrap();
    let names: Vec<_> = all
        .iter()
        .map(|step| (step.version, step.name.as_str()))
        .collect();
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite"));
    let files = files.unwrap().map(|file| file.unwrap().file_name());
    let mut files: Vec<_> = files.map(|name| name.into_string().unwrap()).collect();
    files.sort();
    let known = files.iter().map(|file| {
        let (version, name) = file.trim_end_matches(".sql").split_once('_').unwrap();
        (version.parse().unwrap(), name.replace('_', " "))
    });
    let known: Vec<(i64, String)> = known.collect();
    let known: Vec<_> = known
        .iter()
        .map(|(version, name)| (*version, name.as_str()))
        .collect();
    assert_eq!(names, known);
    assert_eq!(Store::pending(url).await.unwrap(), all, "nothing was done");
    Store::open(url, 2, Access::Create)
        .await
        .unwrap()
        .close()
        .await;
    assert_eq!(Store::pending(url).await.unwrap(), []);
    let newer = after(url, FROM_THE_FUTURE).await.to_string();
    assert_eq!(Store::pending(url).await.unwrap_err().to_string(), newer);
}

#[tokio::test]
async fn what_a_migration_would_do_to_a_file_is_told_and_not_done() {
    let (_folder, url) = database::sqlite();
    what_a_migration_would_do_is_told_and_not_done(&url).await;
}

#[tokio::test]
async fn what_a_migration_would_do_on_a_server_is_told_and_not_done() {
    if let Some((_database, url)) = database::postgres().await {
        what_a_migration_would_do_is_told_and_not_done(&url).await;
    }
}

/// Pages that become free are overwritten, and go back to the disk with the log.
#[tokio::test]
async fn a_new_file_can_shrink() {
    let (_folder, url) = database::sqlite();
    let store = Store::open(&url, 1, Access::Create).await.unwrap();
    let mut tx = store.write().await.unwrap();
    let text = "a text that goes again ".repeat(100_000);
    tx.set_setting("large", &text).await.unwrap();
    tx.commit().await.unwrap();
    store.give_back().await.unwrap();
    let size = || std::fs::metadata(path(&url)).unwrap().len();
    let large = size();
    assert!(large > 2_000_000, "{large}");
    let mut tx = store.write().await.unwrap();
    tx.set_setting("large", "").await.unwrap();
    tx.commit().await.unwrap();
    store.give_back().await.unwrap();
    assert!(size() < large - 2_000_000, "{}", size());
    let log = std::fs::metadata(format!("{}-wal", path(&url))).unwrap();
    assert_eq!(log.len(), 0);
    let bytes = std::fs::read(path(&url)).unwrap();
    let text = b"a text that goes again";
    assert!(!bytes.windows(text.len()).any(|it| it == text));
    store.close().await;
}

on_both!(tables_of_another_program_are_noticed, async |store| {
    let mut tx = store.read().await.unwrap();
    let newest = sql::number(&mut tx, "SELECT MAX(version) FROM _sqlx_migrations").await;
    drop(tx);
    // Those of a newer one are no obstacle: it updated the tables under a running server.
    for (before, version, is_enough) in [
        (newest, newest + 1, true),
        (newest + 1, -newest, false),
        (-newest, newest, true),
    ] {
        let mut tx = store.write().await.unwrap();
        let change =
            format!("UPDATE _sqlx_migrations SET version = {version} WHERE version = {before}");
        sql::run(&mut tx, &change).await.unwrap();
        tx.commit().await.unwrap();
        let checked = store.check_tables().await;
        assert_eq!(checked.is_ok(), is_enough, "{version}: {checked:?}");
    }
});
