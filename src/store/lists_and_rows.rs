//! Lists and rows in the statements that `built!` makes: one call for both databases, and on each what runs fastest there.
//!
//! PostgreSQL gets an array for each list and for each column of the rows. So a statement has one text whatever the
//! batch: a connection parses it once, and after a few times keeps its plan.
//!
//! SQLite gets a placeholder for each value, because reading a row out of an array (`json_each`) takes ten times as long
//! there. Lists have a power of two as their length, so that there are few texts, and prepared statements are reused.

use std::ops::{Deref, DerefMut};

use sqlx::{
    Encode, Postgres, QueryBuilder, Sqlite, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgBindIterExt as _, PgHasArrayType, PgTypeInfo},
    query_builder::Separated,
};

/// A statement for SQLite that is being written.
pub(super) struct SqliteStatement(QueryBuilder<Sqlite>);

impl SqliteStatement {
    pub(super) fn new() -> Self {
        Self(QueryBuilder::new(""))
    }

    /// Pushes ` IN (…)` with these values bound; the last one is repeated until their number is a power of two. Without
    /// values it is true of nothing.
    pub(super) fn push_in<'t, I>(&mut self, values: I)
    where
        I: IntoIterator<Item: Encode<'t, Sqlite> + Type<Sqlite> + Copy>,
    {
        let values: Vec<_> = values.into_iter().collect();
        let more = values.len().next_power_of_two() - values.len();
        let again = values.last().copied().into_iter().cycle().take(more);
        self.push(" IN (");
        let mut list = self.separated(", ");
        for value in values.iter().copied().chain(again) {
            list.push_bind(value);
        }
        self.push(")");
    }

    /// Pushes a row for each item, at least one: `bind` binds its columns in their order.
    pub(super) fn push_rows<I: IntoIterator>(
        &mut self,
        items: I,
        mut bind: impl FnMut(&mut Separated<'_, Sqlite, &'static str>, I::Item),
    ) {
        self.push_values(items, |mut row, item| bind(&mut row, item));
    }
}

/// A statement for PostgreSQL that is being written.
pub(super) struct PostgresStatement(QueryBuilder<Postgres>);

impl PostgresStatement {
    pub(super) fn new() -> Self {
        Self(QueryBuilder::new(""))
    }

    /// Pushes ` = ANY ($1)` with these values bound as one array. Without values it is true of nothing.
    pub(super) fn push_in<'t, I>(&mut self, values: I)
    where
        I: IntoIterator<Item: Encode<'t, Postgres> + Type<Postgres> + PgHasArrayType>,
    {
        self.push(" = ANY (");
        self.push_bind(values.into_iter().bind_iter());
        self.push(")");
    }

    /// Pushes a row for each item, at least one: `bind` binds its columns in their order, as many in each row.
    pub(super) fn push_rows<I: IntoIterator>(
        &mut self,
        items: I,
        mut bind: impl FnMut(&mut BoundRow<'_>, I::Item),
    ) {
        let mut columns = Vec::new();
        for item in items {
            let mut row = BoundRow {
                columns: &mut columns,
                bound: 0,
            };
            bind(&mut row, item);
        }
        self.push("SELECT * FROM unnest(");
        let mut arrays = self.separated(", ");
        for column in columns {
            arrays.push_bind(column);
        }
        self.push(")");
    }
}

impl Deref for SqliteStatement {
    type Target = QueryBuilder<Sqlite>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for SqliteStatement {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl Deref for PostgresStatement {
    type Target = QueryBuilder<Postgres>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for PostgresStatement {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

/// One row, whose values are added to the columns.
pub(super) struct BoundRow<'c> {
    columns: &'c mut Vec<ColumnArray>,
    bound: usize,
}

impl BoundRow<'_> {
    /// Binds the value of the next column.
    pub(super) fn push_bind<'t, T>(&mut self, value: T) -> &mut Self
    where
        T: Encode<'t, Postgres> + Type<Postgres> + PgHasArrayType,
    {
        if self.bound == self.columns.len() {
            self.columns.push(ColumnArray::of::<T>());
        }
        if let Some(column) = self.columns.get_mut(self.bound) {
            column.push(value);
        }
        self.bound += 1;
        self
    }
}

/// The values of one column, of which PostgreSQL makes an array.
struct ColumnArray {
    array: PgTypeInfo,
    element: PgTypeInfo,
    n: i32,
    /// What the elements are on the wire: each with its length before it.
    elements: PgArgumentBuffer,
    /// Why a value cannot be sent.
    fault: Option<String>,
}

impl ColumnArray {
    fn of<T: Type<Postgres> + PgHasArrayType>() -> Self {
        Self {
            array: T::array_type_info(),
            element: T::type_info(),
            n: 0,
            elements: PgArgumentBuffer::default(),
            fault: None,
        }
    }

    fn push<'t>(&mut self, value: impl Encode<'t, Postgres>) {
        if let Err(error) = self.try_push(value) {
            self.fault = Some(error.to_string());
        }
    }

    fn try_push<'t>(&mut self, value: impl Encode<'t, Postgres>) -> Result<(), BoxDynError> {
        const NULL: i32 = -1;
        let at = self.elements.len();
        self.elements.extend(NULL.to_be_bytes());
        let begin = self.elements.len();
        if let IsNull::No = value.encode(&mut self.elements)? {
            let length = i32::try_from(self.elements.len() - begin)?;
            let place = self.elements.get_mut(at..begin);
            place
                .ok_or("no place for a length")?
                .copy_from_slice(&length.to_be_bytes());
        }
        self.n = self.n.checked_add(1).ok_or("too many rows")?;
        Ok(())
    }
}

/// Each says itself which array it is.
impl Type<Postgres> for ColumnArray {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("anyarray")
    }
}

impl Encode<'_, Postgres> for ColumnArray {
    fn produces(&self) -> Option<PgTypeInfo> {
        Some(self.array.clone())
    }

    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        const DIMENSIONS: i32 = 1;
        const FLAGS: i32 = 0;
        const FIRST: i32 = 1;
        if let Some(fault) = &self.fault {
            return Err(fault.as_str().into());
        }
        let element = self.element.oid().ok_or("a type that is not built in")?;
        buffer.extend(DIMENSIONS.to_be_bytes());
        buffer.extend(FLAGS.to_be_bytes());
        buffer.extend(element.0.to_be_bytes());
        buffer.extend(self.n.to_be_bytes());
        buffer.extend(FIRST.to_be_bytes());
        buffer.extend_from_slice(&self.elements);
        Ok(IsNull::No)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_postgres(ids: &[i64], rows: &[(i64, Option<&str>)]) -> String {
        let mut sql = PostgresStatement::new();
        sql.push("INSERT INTO t (a, b) ");
        sql.push_rows(rows, |row, (a, b)| {
            row.push_bind(*a).push_bind(*b);
        });
        sql.push(" WHERE id");
        sql.push_in(ids);
        sql.0.into_string()
    }

    fn on_sqlite(ids: &[i64], rows: &[(i64, Option<&str>)]) -> String {
        let mut sql = SqliteStatement::new();
        sql.push("INSERT INTO t (a, b) ");
        sql.push_rows(rows, |row, (a, b)| {
            row.push_bind(*a).push_bind(*b);
        });
        sql.push(" WHERE id");
        sql.push_in(ids);
        sql.0.into_string()
    }

    #[test]
    fn on_postgresql_a_statement_has_one_text_whatever_the_batch() {
        let one = on_postgres(&[1], &[(1, None)]);
        let several = on_postgres(&[1, 2, 3], &[(1, Some("a")), (2, None)]);
        assert_eq!(
            one,
            "INSERT INTO t (a, b) SELECT * FROM unnest($1, $2) WHERE id = ANY ($3)"
        );
        assert_eq!(one, several);
        assert_eq!(one, on_postgres(&[], &[(1, None)]));
    }

    #[test]
    fn on_sqlite_lists_have_a_power_of_two_as_length() {
        let rows = [(1, Some("a")), (2, None)];
        let three = on_sqlite(&[1, 2, 3], &rows);
        assert_eq!(
            three,
            "INSERT INTO t (a, b) VALUES (?, ?), (?, ?) WHERE id IN (?, ?, ?, ?)"
        );
        assert_eq!(three, on_sqlite(&[1, 2, 3, 4], &rows));
        assert!(on_sqlite(&[], &rows).ends_with(" IN ()"));
    }

    #[test]
    fn a_column_is_an_array_as_postgresql_reads_it() {
        const BOOL: u8 = 16;
        let mut column = ColumnArray::of::<Option<bool>>();
        column.push(Some(true));
        column.push(None::<bool>);
        let mut sent = PgArgumentBuffer::default();
        assert!(matches!(column.encode_by_ref(&mut sent), Ok(IsNull::No)));
        let header = [
            0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, BOOL, 0, 0, 0, 2, 0, 0, 0, 1,
        ];
        let elements = [0, 0, 0, 1, 1, 255, 255, 255, 255];
        assert_eq!(**sent, [&header[..], &elements[..]].concat());
        assert_eq!(column.produces(), Some(<Vec<bool>>::type_info()));
    }
}
