//! Room on the disk.

use undersigned::store::Store;

/// Bytes that the database has on the disk, its log moved into it.
pub(crate) async fn size(store: &Store) -> anyhow::Result<i64> {
    Ok(match store {
        Store::Sqlite { reader, writer, .. } => {
            let checkpoint = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)");
            checkpoint.execute(writer).await?;
            let sql = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
            sqlx::query_scalar(sql).fetch_one(reader).await?
        }
        Store::Postgres { pool, .. } => {
            let sql = "SELECT pg_database_size(current_database())";
            sqlx::query_scalar(sql).fetch_one(pool).await?
        }
    })
}
