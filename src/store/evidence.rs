//! The signed requests behind acts: the newest one for each, while the act stands.

use sqlx::FromRow;

use super::{Result, Tx};
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
    /// The id of the key that signed.
    pub key_id: String,
    /// The key at that time.
    pub pem: String,
    /// When it arrived.
    pub received_at: Millis,
}

impl EvidenceRow {
    /// Its size in bytes: body, headers and key. The rest is short.
    fn bytes(&self) -> i64 {
        let all = self.body.len() + self.headers.len() + self.pem.len();
        i64::try_from(all).unwrap_or(i64::MAX)
    }
}

impl Tx {
    /// Stores the requests behind acts, the newest one for each.
    pub async fn save_evidence(&mut self, evidence: &[(i64, EvidenceRow)]) -> Result<()> {
        built!(
            self,
            |sql, evidence| {
                sql.push(
                    "INSERT INTO evidence (act_id, how, method, path, headers, body, key_id, pem,
                                           received_at, bytes) ",
                );
                sql.push_rows(evidence, |row, (act_id, evidence)| {
                    row.push_bind(*act_id)
                        .push_bind(&evidence.how)
                        .push_bind(&evidence.method)
                        .push_bind(&evidence.path)
                        .push_bind(&evidence.headers)
                        .push_bind(&evidence.body)
                        .push_bind(&evidence.key_id)
                        .push_bind(&evidence.pem)
                        .push_bind(evidence.received_at)
                        .push_bind(evidence.bytes());
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

    /// Deletes the requests behind acts that ended.
    pub async fn forget_evidence(&mut self, act_ids: &[i64]) -> Result<()> {
        built!(
            self,
            |sql, act_ids| {
                sql.push("DELETE FROM evidence WHERE act_id");
                sql.push_in(act_ids);
            },
            count
        )?;
        Ok(())
    }

    /// The size of all stored requests in bytes, as it is kept.
    pub async fn evidence_bytes(&mut self) -> Result<i64> {
        self.total("evidence_bytes").await
    }

    /// The same, added up from all of them: for who deletes by it.
    pub async fn added_up_evidence(&mut self) -> Result<i64> {
        let (bytes,): (i64,) = on_either!(
            self,
            sqlx::query_as("SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM evidence"),
            fetch_one
        )?;
        Ok(bytes)
    }

    /// Up to `limit` acts with the oldest requests, and the size of each request in bytes.
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
