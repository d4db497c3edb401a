//! Values of either database in one common form, and the statements that read and write them.

use std::fmt::Write as _;

use futures_util::{StreamExt as _, TryStreamExt as _, stream::BoxStream};
use serde_json::Value;
use sqlx::{AssertSqlSafe, ColumnIndex, Decode, Row, Type};

use super::Table;
use crate::{
    clock::Millis,
    hash::Hashing,
    store::{Error, Result, Tx},
};

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum ColumnKind {
    Integer,
    /// On PostgreSQL; SQLite uses integers instead.
    Boolean,
    Text,
    Bytes,
}

/// A column of one of the databases.
#[derive(Clone, Debug)]
pub(in crate::store) struct Column {
    pub(in crate::store) name: String,
    pub(super) kind: ColumnKind,
}

/// One value. A boolean is 0 or 1.
#[derive(Clone, Debug)]
pub(in crate::store) enum Cell {
    Integer(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

impl Cell {
    /// Its approximate size in memory.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Integer(_) => 8,
            Self::Text(text) => text.as_ref().map_or(0, String::len),
            Self::Bytes(bytes) => bytes.as_ref().map_or(0, Vec::len),
        }
    }

    /// Hashes a letter for the type as well, so that no two different values have the same digest.
    pub(super) fn add_to(&self, hashing: &mut Hashing) {
        match self {
            Self::Integer(Some(number)) => {
                hashing.add_part(b"i");
                hashing.add_part(&number.to_be_bytes());
            }
            Self::Text(Some(text)) => {
                hashing.add_part(b"t");
                hashing.add_part(text.as_bytes());
            }
            Self::Bytes(Some(bytes)) => {
                hashing.add_part(b"b");
                hashing.add_part(bytes);
            }
            Self::Integer(None) | Self::Text(None) | Self::Bytes(None) => hashing.add_part(b"n"),
        }
    }
}

/// A value as JSON: times as RFC 3339, bytes as text if they are, else as hexadecimal digits.
pub(in crate::store) fn cell_as_json(column: &str, cell: Cell) -> Value {
    match cell {
        Cell::Integer(Some(number)) if column == "at" || column.ends_with("_at") => {
            Millis::from_millis(number).to_rfc3339().into()
        }
        Cell::Integer(number) => number.into(),
        Cell::Text(text) => text.into(),
        Cell::Bytes(None) => Value::Null,
        Cell::Bytes(Some(bytes)) if column.ends_with("_hash") => hexadecimal(&bytes).into(),
        Cell::Bytes(Some(bytes)) => match String::from_utf8(bytes) {
            Ok(text) => text.into(),
            Err(error) => hexadecimal(error.as_bytes()).into(),
        },
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a `String` cannot fail.
        write!(text, "{byte:02x}").ok();
        text
    })
}

/// Frees a lease: its worker works on the old database, and nobody should wait for it on the new one.
pub(super) fn free_lease(columns: &[Column], row: &mut [Cell]) {
    for (column, cell) in columns.iter().zip(row) {
        match column.name.as_str() {
            "leased_by" => *cell = Cell::Text(None),
            "leased_until" => *cell = Cell::Integer(Some(0)),
            _ => {}
        }
    }
}

/// Refuses a row with a character that PostgreSQL does not take.
pub(super) fn refuse_nul(table: &Table, columns: &[Column], row: &[Cell]) -> Result<()> {
    let has_nul = |cell: &Cell| matches!(cell, Cell::Text(Some(text)) if text.contains('\0'));
    let Some((column, _)) = columns.iter().zip(row).find(|(_, cell)| has_nul(cell)) else {
        return Ok(());
    };
    let key = columns.iter().zip(row);
    let key = key.filter(|(column, _)| table.key.contains(&column.name.as_str()));
    let key: Vec<_> = key
        .map(|(column, cell)| match cell {
            Cell::Integer(Some(number)) => format!("{} {number}", column.name),
            Cell::Text(Some(text)) => format!("{} {}", column.name, text.escape_debug()),
            Cell::Bytes(Some(bytes)) => format!("{} {bytes:02x?}", column.name),
            Cell::Integer(None) | Cell::Text(None) | Cell::Bytes(None) => column.name.clone(),
        })
        .collect();
    Err(Error::Nul {
        table: table.name,
        column: column.name.clone(),
        key: key.join(", "),
    })
}

/// The columns of a table, sorted by name: the order in which migrations added them does not matter.
pub(in crate::store) async fn columns(tx: &mut Tx, table: &Table) -> Result<Vec<Column>> {
    const OF_A_FILE: &str = "SELECT name, type FROM pragma_table_info($1) ORDER BY name";
    const ON_A_SERVER: &str = "
        SELECT column_name::text, data_type::text
        FROM information_schema.columns
        WHERE table_schema = current_schema() AND table_name = $1
        ORDER BY column_name::text COLLATE \"C\"";
    let found: Vec<(String, String)> = match tx {
        Tx::Sqlite(tx) => {
            let asked = sqlx::query_as(OF_A_FILE).bind(table.name);
            asked.fetch_all(&mut **tx).await?
        }
        Tx::Postgres(tx) => {
            let asked = sqlx::query_as(ON_A_SERVER).bind(table.name);
            asked.fetch_all(&mut **tx).await?
        }
    };
    let column = |(name, kind): (String, String)| {
        let kind = kind_of(&kind).ok_or_else(|| {
            Error::inconsistent(table.name, "type", &name, format!("an unknown type {kind}"))
        })?;
        Ok(Column { name, kind })
    };
    found.into_iter().map(column).collect()
}

fn kind_of(name: &str) -> Option<ColumnKind> {
    match name.to_ascii_lowercase().as_str() {
        "integer" | "bigint" => Some(ColumnKind::Integer),
        "boolean" => Some(ColumnKind::Boolean),
        "text" => Some(ColumnKind::Text),
        "blob" | "bytea" => Some(ColumnKind::Bytes),
        _ => None,
    }
}

/// The query for all rows of a table, in key order.
pub(super) fn select(table: &Table, columns: &[Column]) -> String {
    let (selected, key) = (selected(table, columns), table.key.join(", "));
    format!("{selected} ORDER BY {key}")
}

/// The rows of a table for which a condition holds, in key order.
pub(in crate::store) async fn rows_where(
    tx: &mut Tx,
    table: &Table,
    columns: &[Column],
    condition: &str,
) -> Result<Vec<Vec<Cell>>> {
    let (selected, key) = (selected(table, columns), table.key.join(", "));
    let sql = format!("{selected} WHERE {condition} ORDER BY {key}");
    rows(tx, &sql, columns).try_collect().await
}

fn selected(table: &Table, columns: &[Column]) -> String {
    let name = |column: &Column| {
        let name = &column.name;
        match column.kind {
            ColumnKind::Boolean => {
                format!("CAST(CAST(\"{name}\" AS INTEGER) AS BIGINT) AS \"{name}\"")
            }
            ColumnKind::Integer | ColumnKind::Text | ColumnKind::Bytes => format!("\"{name}\""),
        }
    };
    let names: Vec<_> = columns.iter().map(name).collect();
    format!("SELECT {} FROM {}", names.join(", "), table.name)
}

/// The rows of a query, as a stream.
pub(super) fn rows<'a>(
    tx: &'a mut Tx,
    sql: &'a str,
    columns: &'a [Column],
) -> BoxStream<'a, Result<Vec<Cell>>> {
    match tx {
        Tx::Sqlite(tx) => sqlx::query(AssertSqlSafe(sql))
            .fetch(&mut **tx)
            .map(|row| cells(&row?, columns))
            .boxed(),
        Tx::Postgres(tx) => sqlx::query(AssertSqlSafe(sql))
            .fetch(&mut **tx)
            .map(|row| cells(&row?, columns))
            .boxed(),
    }
}

fn cells<'r, R: Row>(row: &'r R, columns: &[Column]) -> Result<Vec<Cell>>
where
    usize: ColumnIndex<R>,
    i64: Type<R::Database> + Decode<'r, R::Database>,
    String: Type<R::Database> + Decode<'r, R::Database>,
    Vec<u8>: Type<R::Database> + Decode<'r, R::Database>,
{
    let cell = |(index, column): (usize, &Column)| {
        Ok(match column.kind {
            ColumnKind::Integer | ColumnKind::Boolean => Cell::Integer(row.try_get(index)?),
            ColumnKind::Text => Cell::Text(row.try_get(index)?),
            ColumnKind::Bytes => Cell::Bytes(row.try_get(index)?),
        })
    };
    columns.iter().enumerate().map(cell).collect()
}

/// Writes rows whose values are in the order of `columns`, the columns of the target database. Columns that refer to
/// rows of the same table stay empty.
pub(super) async fn insert(
    tx: &mut Tx,
    table: &Table,
    columns: &[Column],
    rows: Vec<Vec<Cell>>,
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = columns
        .iter()
        .map(|column| format!("\"{}\"", column.name))
        .collect();
    let overriding = match tx {
        Tx::Sqlite(_) => "",
        // Row ids are copied as well: other rows, and other servers, refer to them.
        Tx::Postgres(_) => " OVERRIDING SYSTEM VALUE",
    };
    let into = format!(
        "INSERT INTO {} ({}){overriding} ",
        table.name,
        names.join(", ")
    );
    built!(
        tx,
        |sql| {
            sql.push(&into);
            sql.push_values(rows, |mut row, cells| {
                for (cell, column) in cells.into_iter().zip(columns) {
                    if table.later.contains(&column.name.as_str()) {
                        row.push("NULL");
                        continue;
                    }
                    match cell {
                        Cell::Integer(value) if column.kind == ColumnKind::Boolean => {
                            row.push_bind(value.map(|number| number != 0));
                        }
                        Cell::Integer(value) => {
                            row.push_bind(value);
                        }
                        Cell::Text(value) => {
                            row.push_bind(value);
                        }
                        Cell::Bytes(value) => {
                            row.push_bind(value);
                        }
                    }
                }
            });
        },
        count
    )?;
    Ok(())
}

/// Rows of a table that refer to others of it by `column`, after the row id `after`: each one's row id and the
/// other's.
pub(super) async fn references(
    tx: &mut Tx,
    table: &Table,
    column: &str,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, i64)>> {
    let name = table.name;
    let sql = format!(
        "SELECT id, {column} FROM {name} WHERE {column} IS NOT NULL AND id > $1 ORDER BY id LIMIT $2"
    );
    Ok(on_either!(
        tx,
        sqlx::query_as(AssertSqlSafe(sql.as_str()))
            .bind(after)
            .bind(limit),
        fetch_all
    )?)
}

/// Sets the references of rows to others.
pub(super) async fn refer(
    tx: &mut Tx,
    table: &Table,
    column: &str,
    pairs: &[(i64, i64)],
) -> Result<()> {
    let name = table.name;
    built!(
        tx,
        |sql| {
            sql.push("WITH named (id, other) AS (");
            sql.push_values(pairs, |mut row, (id, other)| {
                row.push_bind(id).push_bind(other);
            });
            sql.push(format!(
                ") UPDATE {name} SET {column} = named.other FROM named WHERE {name}.id = named.id"
            ));
        },
        count
    )?;
    Ok(())
}
