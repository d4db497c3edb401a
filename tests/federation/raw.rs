//! Questions to the server's own database, past the server.

use sqlx::AssertSqlSafe;
use undersigned::store::{Access, Store, Tx};

/// The one number that a query gives.
pub(crate) async fn number(database: &str, query: &str) -> i64 {
    let store = Store::open(database, 1, Access::Existing).await.unwrap();
    let query = AssertSqlSafe(query.to_owned());
    let number = match &mut store.read().await.unwrap() {
        Tx::Sqlite(tx) => sqlx::query_scalar(query).fetch_one(&mut **tx).await,
        Tx::Postgres(tx) => sqlx::query_scalar(query).fetch_one(&mut **tx).await,
    };
    store.close().await;
    number.unwrap()
}
