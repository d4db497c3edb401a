//! The two schemas are one: same tables, same columns, same rules, as far as both can say them.

use std::collections::BTreeMap;

use super::database;
use sqlx::{Row as _, SqlitePool, postgres::PgRow};
use undersigned::store::{Access, Store, TABLES};

/// A column as both databases know it.
#[derive(Debug, PartialEq, Eq)]
struct Column {
    /// `integer`, `text` or `bytes`; a boolean is an integer to SQLite.
    kind: &'static str,
    required: bool,
    default: Option<String>,
    /// Its place in the primary key, from 1; 0 outside.
    key: i64,
}

type Tables = BTreeMap<String, BTreeMap<String, Column>>;

const INDEXES_OF_A_FILE: &str = "
    SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name";

/// Without those that a constraint brings, and those for searching: to SQLite they are a table.
const INDEXES_ON_A_SERVER: &str = "
    SELECT i.indexname::text
    FROM pg_indexes AS i
    LEFT JOIN pg_constraint AS c ON c.conname = i.indexname
    WHERE i.schemaname = 'public' AND c.oid IS NULL AND i.indexname NOT LIKE 'endorsement_search%'
    ORDER BY i.indexname::text COLLATE \"C\"";

/// Without those that keep the index for searching.
const TRIGGERS_OF_A_FILE: &str = "
    SELECT tbl_name || '.' || name
    FROM sqlite_schema
    WHERE type = 'trigger' AND name NOT LIKE 'endorsement_search%'
    ORDER BY 1";

const TRIGGERS_ON_A_SERVER: &str = "
    SELECT pg_class.relname::text || '.' || pg_trigger.tgname::text
    FROM pg_trigger
    JOIN pg_class ON pg_class.oid = pg_trigger.tgrelid
    WHERE NOT pg_trigger.tgisinternal
    ORDER BY (pg_class.relname::text || '.' || pg_trigger.tgname::text) COLLATE \"C\"";

const LAX_TABLES: &str = "
    SELECT name
    FROM pragma_table_list
    WHERE schema = 'main' AND type = 'table' AND NOT strict
      AND name NOT LIKE 'sqlite%' AND name <> '_sqlx_migrations'";

const OTHER_COLLATIONS: &str = "
    SELECT table_name || '.' || column_name
    FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations'
      AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'";

fn kind(name: &str) -> &'static str {
    match name.to_ascii_lowercase().as_str() {
        "integer" | "bigint" | "boolean" => "integer",
        "text" => "text",
        "blob" | "bytea" => "bytes",
        other => panic!("{other} is not in the common dialect"),
    }
}

/// A default in the words of both: PostgreSQL writes types behind and booleans as words.
fn default(text: &str) -> String {
    let bare = text.split("::").next().unwrap_or_default();
    match bare.trim_matches('\'') {
        "false" | "FALSE" => "0".to_owned(),
        "true" | "TRUE" => "1".to_owned(),
        other => other.to_owned(),
    }
}

async fn sqlite_tables(pool: &SqlitePool) -> Tables {
    let rows = sqlx::query(
        "SELECT t.name AS table_name, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk
         FROM pragma_table_list AS t
         JOIN pragma_table_info(t.name) AS c
         WHERE t.schema = 'main' AND t.type = 'table'
           AND t.name NOT LIKE 'sqlite%' AND t.name NOT LIKE '\\_sqlx%' ESCAPE '\\'",
    );
    let mut tables = Tables::new();
    for row in rows.fetch_all(pool).await.unwrap() {
        let key: i64 = row.get("pk");
        let required: bool = row.get("notnull");
        let column = Column {
            kind: kind(row.get("type")),
            // In a STRICT table a primary key is never null, but only a rowid's says so elsewhere.
            required: required || key > 0,
            default: row.get::<Option<&str>, _>("dflt_value").map(default),
            key,
        };
        let table = tables.entry(row.get("table_name")).or_default();
        table.insert(row.get("name"), column);
    }
    tables
}

async fn postgres_tables(pool: &sqlx::PgPool) -> Tables {
    let rows = sqlx::query(
        "SELECT c.table_name::text, c.column_name::text, c.data_type::text,
                c.is_nullable = 'NO' AS required, c.column_default::text,
                COALESCE((SELECT k.ordinal_position::bigint
                          FROM information_schema.table_constraints AS t
                          JOIN information_schema.key_column_usage AS k
                            ON k.constraint_name = t.constraint_name AND k.table_name = t.table_name
                          WHERE t.constraint_type = 'PRIMARY KEY' AND t.table_name = c.table_name
                            AND k.column_name = c.column_name), 0) AS key
         FROM information_schema.columns AS c
         WHERE c.table_schema = 'public' AND c.table_name <> '_sqlx_migrations'
           AND c.table_name NOT IN (SELECT v.table_name FROM information_schema.views AS v)",
    );
    let column = |row: &PgRow| Column {
        kind: kind(row.get("data_type")),
        required: row.get("required"),
        default: row.get::<Option<&str>, _>("column_default").map(default),
        key: row.get("key"),
    };
    let mut tables = Tables::new();
    for row in rows.fetch_all(pool).await.unwrap() {
        let table = tables.entry(row.get("table_name")).or_default();
        table.insert(row.get("column_name"), column(&row));
    }
    tables
}

async fn sqlite() -> (tempfile::TempDir, Store, SqlitePool) {
    let (folder, url) = database::sqlite();
    let store = Store::open(&url, 2, Access::Create).await.unwrap();
    let Store::Sqlite { reader, .. } = &store else {
        panic!("a file is opened by SQLite");
    };
    let reader = reader.clone();
    (folder, store, reader)
}

/// What a table's rows name: table, column, and the other table.
const REFERENCES: &str = "
    SELECT t.name, f.\"from\", f.\"table\"
    FROM pragma_table_list AS t
    JOIN pragma_foreign_key_list(t.name) AS f
    WHERE t.schema = 'main' AND t.type = 'table'";

/// The columns of each key: what no two rows have alike.
const KEYS: &str = "
    SELECT t.name, GROUP_CONCAT(c.name, ', ')
    FROM pragma_table_list AS t
    JOIN pragma_index_list(t.name) AS i
    JOIN pragma_index_info(i.name) AS c
    WHERE t.schema = 'main' AND t.type = 'table' AND i.\"unique\" AND NOT i.partial
    GROUP BY t.name, i.name
    UNION ALL
    SELECT t.name, c.name
    FROM pragma_table_list AS t
    JOIN pragma_table_info(t.name) AS c
    WHERE t.schema = 'main' AND t.type = 'table' AND c.pk = 1 AND c.type = 'INTEGER'";

/// What `db copy` leaves out, because triggers count in the target.
const COUNTS: [&str; 7] = [
    "endorsement_count",
    "day_count",
    "host_count",
    "signatory_count",
    "linked_count",
    "forge_count",
    "total",
];

/// `db copy` writes tables in the order of one list: it has all of them, what is named comes first, and their keys
/// are keys.
#[tokio::test]
async fn the_list_of_tables_to_copy_is_complete_and_in_order() {
    let (_folder, files, reader) = sqlite().await;
    let listed: Vec<_> = TABLES.iter().map(|it| it.name).collect();
    let mut sorted = listed.clone();
    sorted.sort_unstable();
    let mut there: Vec<String> = sqlite_tables(&reader).await.into_keys().collect();
    there.retain(|table| !COUNTS.contains(&table.as_str()));
    assert_eq!(sorted, there);
    let references: Vec<(String, String, String)> =
        sqlx::query_as(REFERENCES).fetch_all(&reader).await.unwrap();
    assert!(references.len() > 10);
    for (table, column, other) in references {
        let place = |name: &str| listed.iter().position(|it| *it == name).unwrap();
        let later = TABLES[place(&table)].later.contains(&column.as_str());
        assert_eq!(later, table == other, "{table}.{column}");
        assert!(later || place(&other) < place(&table), "{table}.{column}");
    }
    let keys: Vec<(String, String)> = sqlx::query_as(KEYS).fetch_all(&reader).await.unwrap();
    for table in TABLES {
        let key = (table.name.to_owned(), table.key.join(", "));
        assert!(keys.contains(&key), "{key:?} is no key");
    }
    files.close().await;
}

#[tokio::test]
async fn schemas_agree() {
    let (_folder, files, reader) = sqlite().await;
    let ours = sqlite_tables(&reader).await;
    assert!(
        ours.len() > 30,
        "the tables were not found: {:?}",
        ours.keys()
    );
    if let Some((_database, url)) = database::postgres().await {
        let store = Store::open(&url, 2, Access::Create).await.unwrap();
        let Store::Postgres { pool, .. } = &store else {
            panic!("a server is opened by PostgreSQL");
        };
        let theirs = postgres_tables(pool).await;
        let names = |tables: &Tables| tables.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&ours), names(&theirs));
        for (table, columns) in &ours {
            assert_eq!(columns, &theirs[table], "table {table}");
        }
        store.close().await;
    }
    files.close().await;
}

#[tokio::test]
async fn indexes_and_triggers_agree_by_name() {
    let (_folder, files, reader) = sqlite().await;
    let ours = async |query: &'static str| -> Vec<String> {
        sqlx::query_scalar(query).fetch_all(&reader).await.unwrap()
    };
    let ours = [
        ours(INDEXES_OF_A_FILE).await,
        ours(TRIGGERS_OF_A_FILE).await,
    ];
    assert!(ours.iter().all(|names| !names.is_empty()));
    if let Some((_database, url)) = database::postgres().await {
        let store = Store::open(&url, 2, Access::Create).await.unwrap();
        let Store::Postgres { pool, .. } = &store else {
            panic!("a server is opened by PostgreSQL");
        };
        let theirs = async |query: &'static str| -> Vec<String> {
            sqlx::query_scalar(query).fetch_all(pool).await.unwrap()
        };
        let theirs = [
            theirs(INDEXES_ON_A_SERVER).await,
            theirs(TRIGGERS_ON_A_SERVER).await,
        ];
        assert_eq!(ours, theirs);
        store.close().await;
    }
    files.close().await;
}

#[tokio::test]
async fn every_table_of_a_file_is_strict() {
    let (_folder, files, reader) = sqlite().await;
    let lax: Vec<String> = sqlx::query_scalar(LAX_TABLES)
        .fetch_all(&reader)
        .await
        .unwrap();
    assert_eq!(lax, [""; 0]);
    files.close().await;
}

/// Without it PostgreSQL would sort and compare as its country does, and SQLite by bytes.
#[tokio::test]
async fn every_text_on_a_server_is_compared_by_its_bytes() {
    if let Some((_database, url)) = database::postgres().await {
        let store = Store::open(&url, 2, Access::Create).await.unwrap();
        let Store::Postgres { pool, .. } = &store else {
            panic!("a server is opened by PostgreSQL");
        };
        let others: Vec<String> = sqlx::query_scalar(OTHER_COLLATIONS)
            .fetch_all(pool)
            .await
            .unwrap();
        assert_eq!(others, [""; 0]);
        store.close().await;
    }
}
