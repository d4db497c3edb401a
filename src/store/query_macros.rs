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
                let mut $sql = sqlx::QueryBuilder::<sqlx::Sqlite>::new("");
                $fill
                built!(@run $sql, tx, $($how)+)
            }
            $crate::store::Tx::Postgres(tx) => {
                let mut $sql = sqlx::QueryBuilder::<sqlx::Postgres>::new("");
                $fill
                built!(@run $sql, tx, $($how)+)
            }
        }
    };
}

/// Pushes `($1, $2, …)` with the given values bound; the caller pushed `… IN ` before and has at least one value.
///
/// The last one is repeated until their number is a power of two, so that a list of any length has few statement
/// texts, and prepared ones are reused.
macro_rules! push_list {
    ($sql:ident, $values:expr) => {{
        let values: Vec<_> = $values.into_iter().collect();
        let more = values.len().next_power_of_two() - values.len();
        let again = values.last().copied().into_iter().cycle().take(more);
        $sql.push("(");
        let mut list = $sql.separated(", ");
        for value in values.iter().copied().chain(again) {
            list.push_bind(value);
        }
        $sql.push(")");
    }};
}
