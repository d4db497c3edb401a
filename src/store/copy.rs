//! Copying a whole database into an empty one, and comparing databases by a digest.
//!
//! Rows are read in key order from one snapshot and written in one transaction, some at a time, so that memory use
//! does not grow with the database. The columns are read from the two databases, not listed here.
//!
//! Not here: who may ask for it, and what is printed (`cli::db`).

mod tables;
mod values;

use futures_util::TryStreamExt as _;

pub use self::tables::{TABLES, Table};
use self::values::{Cell, Column, free_lease, insert, refer, references, refuse_nul, rows, select};
pub(in crate::store) use self::values::{cell_as_json, columns, rows_where};
use super::{Result, Store, Tx};
use crate::hash::{Hashing, Sha256};

/// The limit of values in one statement: SQLite takes 32,766.
const VALUES_AT_ONCE: usize = 16_000;

/// The limit of bytes that wait to be written. A single row may be longer.
const BYTES_AT_ONCE: usize = 1024 * 1024;

/// The contents of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The table.
    pub table: &'static str,
    /// Its rows.
    pub rows: u64,
    /// SHA-256 over column names and values, in key order and in a form that does not depend on the kind of database.
    pub digest: Sha256,
}

/// One table on both sides of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// What was read, with leases as free.
    pub source: Contents,
    /// What the copy contains, read back.
    pub target: Contents,
}

/// The result of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Copy {
    /// Every table was copied; the copy is committed only if all of them agree.
    Done(Vec<Copied>),
    /// The target has rows already, in this table; nothing was written.
    NotEmpty(&'static str),
}

impl Copy {
    /// Whether source and target are the same.
    pub fn agrees(&self) -> bool {
        match self {
            Self::Done(tables) => tables.iter().all(|table| table.source == table.target),
            Self::NotEmpty(_) => false,
        }
    }
}

impl Store {
    /// Copies everything from one snapshot to the empty `target`, in one transaction. `progress` gets the table and
    /// how many of its rows were written. Rows that are written here meanwhile are not copied.
    ///
    /// # Errors
    /// Those of the databases; then nothing was written. [`Error::Nul`](super::Error::Nul) for a text that only SQLite
    /// takes. Leases are copied as free.
    pub async fn copy_to(
        &self,
        target: &Self,
        progress: &mut (dyn FnMut(&str, u64) + Send),
    ) -> Result<Copy> {
        copy(self, target, progress).await
    }
}

async fn copy(
    source: &Store,
    target: &Store,
    progress: &mut (dyn FnMut(&str, u64) + Send),
) -> Result<Copy> {
    let mut from = source.read().await?;
    let mut to = target.write().await?;
    if let Some(table) = to.first_with_rows().await? {
        return Ok(Copy::NotEmpty(table));
    }
    let mut copied = Vec::with_capacity(TABLES.len());
    for table in TABLES {
        let read = copy_table(&mut from, &mut to, table, progress).await?;
        to.continue_numbers(table).await?;
        copied.push((read, table));
    }
    let mut done = Vec::with_capacity(copied.len());
    for (source, table) in copied {
        let target = to.contents(table).await?;
        done.push(Copied { source, target });
    }
    let done = Copy::Done(done);
    if done.agrees() {
        to.look_at_itself().await?;
        to.commit().await?;
    }
    Ok(done)
}

async fn copy_table(
    from: &mut Tx,
    to: &mut Tx,
    table: &Table,
    progress: &mut (dyn FnMut(&str, u64) + Send),
) -> Result<Contents> {
    let known = columns(to, table).await?;
    let columns = columns(from, table).await?;
    let mut reading = TableReader::of(table, &columns);
    let mut waiting = PendingRows::default();
    let sql = select(table, &columns);
    let mut found = rows(from, &sql, &columns);
    while let Some(mut row) = found.try_next().await? {
        free_lease(&columns, &mut row);
        if matches!(to, Tx::Postgres(_)) {
            refuse_nul(table, &columns, &row)?;
        }
        reading.add(&row);
        waiting.add(row);
        if waiting.is_full() {
            insert(to, table, &known, waiting.take()).await?;
            progress(table.name, reading.rows);
        }
    }
    drop(found);
    insert(to, table, &known, waiting.take()).await?;
    progress(table.name, reading.rows);
    for column in table.later {
        fill_in(from, to, table, column).await?;
    }
    Ok(reading.done())
}

/// Fills in one column that refers to other rows of the same table, now that all of them exist.
async fn fill_in(from: &mut Tx, to: &mut Tx, table: &Table, column: &str) -> Result<()> {
    const AT_ONCE: i64 = 1000;
    let mut after = i64::MIN;
    loop {
        let pairs = references(from, table, column, after, AT_ONCE).await?;
        let Some((last, _)) = pairs.last() else {
            return Ok(());
        };
        after = *last;
        refer(to, table, column, &pairs).await?;
    }
}

/// The part of a table that was read so far.
struct TableReader {
    table: &'static str,
    rows: u64,
    hashing: Hashing,
}

impl TableReader {
    fn of(table: &Table, columns: &[Column]) -> Self {
        let mut hashing = Hashing::default();
        for column in columns {
            hashing.add_part(column.name.as_bytes());
        }
        Self {
            table: table.name,
            rows: 0,
            hashing,
        }
    }

    fn add(&mut self, row: &[Cell]) {
        self.rows = self.rows.saturating_add(1);
        for cell in row {
            cell.add_to(&mut self.hashing);
        }
    }

    fn done(self) -> Contents {
        Contents {
            table: self.table,
            rows: self.rows,
            digest: self.hashing.done(),
        }
    }
}

/// Rows that wait to be written together.
#[derive(Default)]
struct PendingRows {
    rows: Vec<Vec<Cell>>,
    values: usize,
    bytes: usize,
}

impl PendingRows {
    fn add(&mut self, row: Vec<Cell>) {
        self.values = self.values.saturating_add(row.len());
        self.bytes = row
            .iter()
            .fold(self.bytes, |sum, cell| sum.saturating_add(cell.len()));
        self.rows.push(row);
    }

    fn is_full(&self) -> bool {
        self.values >= VALUES_AT_ONCE || self.bytes >= BYTES_AT_ONCE
    }

    fn take(&mut self) -> Vec<Vec<Cell>> {
        (self.values, self.bytes) = (0, 0);
        std::mem::take(&mut self.rows)
    }
}

impl Tx {
    /// The contents of a table in this transaction: two databases with the same contents have the same digest.
    pub async fn contents(&mut self, table: &Table) -> Result<Contents> {
        let columns = columns(self, table).await?;
        let mut reading = TableReader::of(table, &columns);
        let sql = select(table, &columns);
        let mut found = rows(self, &sql, &columns);
        while let Some(row) = found.try_next().await? {
            reading.add(&row);
        }
        drop(found);
        Ok(reading.done())
    }

    /// The first table that has rows; `None` for a database in which nothing was written yet.
    pub async fn first_with_rows(&mut self) -> Result<Option<&'static str>> {
        for table in TABLES {
            if self.has_rows(table).await? {
                return Ok(Some(table.name));
            }
        }
        Ok(None)
    }

    async fn has_rows(&mut self, table: &Table) -> Result<bool> {
        let sql = format!("SELECT CAST(1 AS BIGINT) FROM {} LIMIT 1", table.name);
        let found: Option<(i64,)> = on_either!(
            self,
            sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str())),
            fetch_optional
        )?;
        Ok(found.is_some())
    }

    /// Updates PostgreSQL's statistics, because until then it plans for empty tables.
    async fn look_at_itself(&mut self) -> Result<()> {
        match self {
            Self::Postgres(tx) => sqlx::query("ANALYZE").execute(&mut **tx).await.map(drop)?,
            Self::Sqlite(_) => {}
        }
        Ok(())
    }

    /// Sets PostgreSQL's sequence behind the highest row id; SQLite does so by itself.
    async fn continue_numbers(&mut self, table: &Table) -> Result<()> {
        let Self::Postgres(tx) = self else {
            return Ok(());
        };
        let name = table.name;
        let sequence: Option<(Option<String>,)> = sqlx::query_as(
            "SELECT pg_get_serial_sequence(table_name::text, column_name::text)
             FROM information_schema.columns
             WHERE table_schema = current_schema() AND table_name = $1 AND is_identity = 'YES'",
        )
        .bind(name)
        .fetch_optional(&mut **tx)
        .await?;
        let Some((Some(sequence),)) = sequence else {
            return Ok(());
        };
        let sql = format!(
            "SELECT setval($1::text::regclass, COALESCE(MAX(id), 1), MAX(id) IS NOT NULL) FROM {name}"
        );
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(sequence)
            .execute(&mut **tx)
            .await?;
        Ok(())
    }
}
