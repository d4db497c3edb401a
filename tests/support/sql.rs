//! Statements past the store, for what it never does itself.

use sqlx::AssertSqlSafe;
use undersigned::{
    hash::Sha256,
    store::{Access, ActRow, Store, Tx},
};

/// Runs one statement in a transaction of the store.
pub(crate) async fn run(tx: &mut Tx, statement: &str) -> sqlx::Result<()> {
    let statement = AssertSqlSafe(statement.to_owned());
    match tx {
        Tx::Sqlite(tx) => sqlx::query(statement).execute(&mut **tx).await.map(drop),
        Tx::Postgres(tx) => sqlx::query(statement).execute(&mut **tx).await.map(drop),
    }
}

/// The one number that a query gives.
pub(crate) async fn number(tx: &mut Tx, query: &str) -> i64 {
    let query = AssertSqlSafe(query.to_owned());
    match tx {
        Tx::Sqlite(tx) => sqlx::query_scalar(query).fetch_one(&mut **tx).await,
        Tx::Postgres(tx) => sqlx::query_scalar(query).fetch_one(&mut **tx).await,
    }
    .unwrap()
}

/// The texts that a query gives.
pub(crate) async fn texts(tx: &mut Tx, query: &str) -> Vec<String> {
    let query = AssertSqlSafe(query.to_owned());
    match tx {
        Tx::Sqlite(tx) => sqlx::query_scalar(query).fetch_all(&mut **tx).await,
        Tx::Postgres(tx) => sqlx::query_scalar(query).fetch_all(&mut **tx).await,
    }
    .unwrap()
}

/// Every act of one actor that is kept, ended ones and comments too, oldest first.
pub(crate) async fn all_acts(tx: &mut Tx, actor_id: i64) -> Vec<ActRow> {
    const OBJECTS: &str = "SELECT object_hash FROM act WHERE actor_id = $1";
    let objects: Vec<Sha256> = match tx {
        Tx::Sqlite(tx) => {
            let query = sqlx::query_scalar(OBJECTS).bind(actor_id);
            query.fetch_all(&mut **tx).await
        }
        Tx::Postgres(tx) => {
            let query = sqlx::query_scalar(OBJECTS).bind(actor_id);
            query.fetch_all(&mut **tx).await
        }
    }
    .unwrap();
    tx.acts(&[actor_id], &objects).await.unwrap()
}

/// The one number that a query gives in the database of a running program.
pub(crate) async fn number_at(database: &str, query: &str) -> i64 {
    let store = Store::open(database, 1, Access::Existing).await.unwrap();
    let number = number(&mut store.read().await.unwrap(), query).await;
    store.close().await;
    number
}

/// How many bytes the values of all rows have, without the log of deliveries.
pub(crate) async fn size(tx: &mut Tx) -> i64 {
    let tables: Vec<String> = match tx {
        Tx::Sqlite(tx) => {
            let query =
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
            sqlx::query_scalar(query).fetch_all(&mut **tx).await
        }
        Tx::Postgres(tx) => {
            let query = "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()";
            sqlx::query_scalar(query).fetch_all(&mut **tx).await
        }
    }
    .unwrap();
    let mut bytes = 0;
    for table in tables.iter().filter(|table| *table != "journal") {
        let row = match tx {
            Tx::Sqlite(tx) => {
                let query = format!(
                    "SELECT group_concat('COALESCE(LENGTH(CAST(' || name || ' AS BLOB)), 0)', ' + ')
                     FROM pragma_table_info('{table}')"
                );
                let row = sqlx::query_scalar(AssertSqlSafe(query));
                row.fetch_one(&mut **tx).await.unwrap()
            }
            Tx::Postgres(tx) => {
                // Texts as they are, not as they are compressed.
                let query = format!(
                    "SELECT string_agg(
                        format('COALESCE(octet_length(%s), 0)',
                               CASE WHEN data_type = 'bytea' THEN quote_ident(column_name)
                                    ELSE quote_ident(column_name) || '::text' END), ' + ')
                     FROM information_schema.columns
                     WHERE table_schema = current_schema() AND table_name = '{table}'"
                );
                let row = sqlx::query_scalar(AssertSqlSafe(query));
                row.fetch_one(&mut **tx).await.unwrap()
            }
        };
        let row: String = row;
        let sum = format!("SELECT CAST(COALESCE(SUM({row}), 0) AS BIGINT) FROM {table} AS one");
        bytes += number(tx, &sum).await;
    }
    bytes
}
