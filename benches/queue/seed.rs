//! Hosts, people and followers, made inside the database: through the store a million of them would take an hour.

use crate::options::Options;
use sqlx::AssertSqlSafe;
use undersigned::{clock::Millis, store::Store};

/// As long as the public key of an actor is, in PEM.
const PEM_LENGTH: usize = 451;

/// Fills an empty database. Numbers are given in order, so that they can be computed.
pub(crate) async fn seed(store: &Store, options: Options, now: Millis) -> sqlx::Result<()> {
    let Options {
        hosts, followers, ..
    } = options;
    let now = now.as_millis();
    let hash = |text: &str| match store {
        // Only that they differ matters.
        Store::Sqlite { .. } => "RANDOMBLOB(32)".to_owned(),
        Store::Postgres { .. } => format!("SHA256(CONVERT_TO({text}, 'UTF8'))"),
    };
    let count = |to: i64| {
        format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {to})")
    };
    let shared = hash("authority");
    let (of_inbox, of_actor, of_key) = (hash("'i' || i"), hash("'a' || i"), hash("'k' || id"));
    let host = format!("(1 + i % {hosts})");
    let url = format!("'https://server' || {host} || '.example/users/person' || i");
    let pem = "A".repeat(PEM_LENGTH);
    for statement in [
        format!(
            "INSERT INTO host (authority, name, domain, last_success_at)
             {} SELECT 'server' || i || '.example', 'server' || i || '.example',
                       'server' || i || '.example', {now}
             FROM n",
            count(hosts)
        ),
        format!(
            "INSERT INTO inbox (url, url_hash, host_id)
             SELECT 'https://' || authority || '/inbox', {shared}, id FROM host ORDER BY id"
        ),
        format!(
            "INSERT INTO inbox (url, url_hash, host_id)
             {} SELECT {url} || '/inbox', {of_inbox}, {host} FROM n",
            count(followers)
        ),
        format!(
            "INSERT INTO actor (url, url_hash, host_id, type, handle, name, page, published_at, discoverable,
                                opted_out, inbox_id, shared_inbox_id, followers, suspended, first_seen_at,
                                refreshed_at)
             {} SELECT {url}, {of_actor}, {host}, 'Person',
                       '@person' || i || '@server' || {host} || '.example', 'Person ' || i, {url}, {now},
                       TRUE, FALSE, {hosts} + i, {host}, {url} || '/followers', FALSE, {now}, {now}
             FROM n",
            count(followers)
        ),
        format!(
            "INSERT INTO actor_key (key_id_hash, actor_id, key_id, pem, fetched_at)
             SELECT {of_key}, id, url || '#main-key', '{pem}', {now} FROM actor ORDER BY id"
        ),
        format!(
            "INSERT INTO follower (actor_id, since)
             SELECT id, {now} FROM actor ORDER BY id"
        ),
    ] {
        execute(store, statement).await?;
    }
    if matches!(store, Store::Postgres { .. }) {
        // As autovacuum does within a minute.
        execute(store, "ANALYZE".to_owned()).await?;
    }
    Ok(())
}

async fn execute(store: &Store, statement: String) -> sqlx::Result<()> {
    let statement = AssertSqlSafe(statement);
    match store {
        Store::Sqlite { writer, .. } => sqlx::query(statement).execute(writer).await.map(drop),
        Store::Postgres { pool, .. } => sqlx::query(statement).execute(pool).await.map(drop),
    }
}

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
