//! Statements past the store, for what it never does itself.

use sqlx::AssertSqlSafe;
use undersigned::{
    hash::Sha256,
    store::{ActRow, Tx},
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
