//! The macros that run one statement on either database: written once, type-checked twice. Every file of the store
//! sees them (`macro_use`).

/// Runs one query on whichever database `$tx` holds: `on_either!(tx, sqlx::query("…").bind(x), execute)`.
macro_rules! on_either {
    ($tx:expr, $query:expr, $method:ident) => {
        match $tx {
            $crate::store::Tx::Sqlite(tx) => $query.$method(&mut **tx).await,
            $crate::store::Tx::Postgres(tx) => $query.$method(&mut **tx).await,
        }
    };
}

/// Runs a statement and returns the number of rows that it changed.
macro_rules! execute {
    ($tx:expr, $query:expr) => {
        match $tx {
            $crate::store::Tx::Sqlite(tx) => $query
                .execute(&mut **tx)
                .await
                .map(|done| done.rows_affected()),
            $crate::store::Tx::Postgres(tx) => $query
                .execute(&mut **tx)
                .await
                .map(|done| done.rows_affected()),
        }
    };
}

/// Builds a statement with lists in it and runs it: `built!(tx, |sql| { sql.push(…); }, rows Row)`.
///
/// `rows T` fetches all rows as `T`, `count` gives the number of rows changed. The builder is made inside
/// each arm, so that its database is inferred. With `|sql, list|` nothing runs when that list is empty, and nothing is
/// found or changed.
macro_rules! built {
    (@run $sql:ident, $tx:ident, rows $row:ty) => {
        $sql.build_query_as::<$row>().fetch_all(&mut **$tx).await
    };
    (@run $sql:ident, $tx:ident, count) => {
        $sql.build().execute(&mut **$tx).await.map(|done| done.rows_affected())
    };
    ($tx:expr, |$sql:ident, $list:ident| $fill:block, $($how:tt)+) => {
        if $list.is_empty() {
            Ok(Default::default())
        } else {
            built!($tx, |$sql| $fill, $($how)+)
        }
    };
    ($tx:expr, |$sql:ident| $fill:block, $($how:tt)+) => {
        match $tx {
            $crate::store::Tx::Sqlite(tx) => {
                let mut $sql = $crate::store::lists_and_rows::SqliteStatement::new();
                $fill
                built!(@run $sql, tx, $($how)+)
            }
            $crate::store::Tx::Postgres(tx) => {
                let mut $sql = $crate::store::lists_and_rows::PostgresStatement::new();
                $fill
                built!(@run $sql, tx, $($how)+)
            }
        }
    };
}
