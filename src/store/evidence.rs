//! The signed requests behind acts: the newest one for each, while the act stands (`product.md` 2.7).

use sqlx::FromRow;

use super::{
    Result, Tx,
    query_macros::{built, on_either, push_list},
};
use crate::clock::Millis;

/// The signed request behind an act.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct EvidenceRow {
    /// `signed` or `fetched`.
    pub how: String,
    /// The request's method.
    pub method: String,
    /// The request's path and query.
    pub path: String,
    /// The signed headers, a line each.
    pub headers: String,
    /// The body, byte for byte.
    pub body: Vec<u8>,
    /// Which key signed.
    pub key_id: String,
    /// The key as it was.
    pub pem: String,
    /// When it came.
    pub received_at: Millis,
}

impl EvidenceRow {
    /// What it takes, in bytes: body, headers and key. The rest is short.
    fn bytes(&self) -> i64 {
        let all = self.body.len() + self.headers.len() + self.pem.len();
        i64::try_from(all).unwrap_or(i64::MAX)
    }
}

impl Tx {
    /// Keeps the requests behind acts, the newest one for each.
    pub async fn save_evidence(&mut self, evidence: &[(i64, EvidenceRow)]) -> Result<()> {
        if evidence.is_empty() {
            return Ok(());
        }
        built!(
            self,
            |sql| {
                sql.push(
                    "INSERT INTO evidence (act_id, how, method, path, headers, body, key_id, pem,
                                           received_at, bytes) ",
                );
                sql.push_values(evidence, |mut row, (act_id, it)| {
                    row.push_bind(*act_id)
                        .push_bind(&it.how)
                        .push_bind(&it.method)
                        .push_bind(&it.path)
                        .push_bind(&it.headers)
                        .push_bind(&it.body)
                        .push_bind(&it.key_id)
                        .push_bind(&it.pem)
                        .push_bind(it.received_at)
                        .push_bind(it.bytes());
                });
                sql.push(
                    " ON CONFLICT (act_id) DO UPDATE
                      SET how = excluded.how, method = excluded.method, path = excluded.path,
                          headers = excluded.headers, body = excluded.body, key_id = excluded.key_id,
                          pem = excluded.pem, received_at = excluded.received_at, bytes = excluded.bytes",
                );
            },
            count
        )?;
        Ok(())
    }

    /// The request behind one act.
    pub async fn evidence(&mut self, act_id: i64) -> Result<Option<EvidenceRow>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT how, method, path, headers, body, key_id, pem, received_at
             FROM evidence
             WHERE act_id = $1",
            )
            .bind(act_id),
            fetch_optional
        )?)
    }

    /// Forgets the requests behind acts that ended.
    pub async fn forget_evidence(&mut self, act_ids: &[i64]) -> Result<()> {
        if act_ids.is_empty() {
            return Ok(());
        }
        built!(
            self,
            |sql| {
                sql.push("DELETE FROM evidence WHERE act_id IN ");
                push_list!(sql, act_ids);
            },
            count
        )?;
        Ok(())
    }

    /// How many bytes all requests take that are kept.
    pub async fn evidence_bytes(&mut self) -> Result<i64> {
        let (bytes,): (i64,) = on_either!(
            self,
            sqlx::query_as("SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM evidence"),
            fetch_one
        )?;
        Ok(bytes)
    }

    /// The acts with the oldest requests, at most `limit`, and how many bytes each request takes.
    pub async fn oldest_evidence(&mut self, limit: i64) -> Result<Vec<(i64, i64)>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT act_id, bytes
             FROM evidence
             ORDER BY received_at, act_id
             LIMIT $1",
            )
            .bind(limit),
            fetch_all
        )?)
    }
}
