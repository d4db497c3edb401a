//! Statements past the store, for what it never does itself.

use sqlx::AssertSqlSafe;
use undersigned::store::Tx;

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
