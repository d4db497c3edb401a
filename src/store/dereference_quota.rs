//! Jobs caused by strangers, within limits: how many wait, and how much is fetched from each host.
//!
//! Not here: what the limits are (`register::inbound::dereference_jobs`), and what the jobs do.

use sqlx::FromRow;

use super::{NewJob, Result, Tx};
use crate::{clock::Millis, hash::Sha256};

/// A standing post that came from its author, not with a Move.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct KnownPost {
    /// The hash of its id.
    pub object_hash: Sha256,
    /// Its id.
    pub object: String,
    /// Its author's id.
    pub actor: String,
}

/// The result of ordering a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordered {
    /// It was added.
    New,
    /// The same job waits already.
    Known,
    /// Too many wait: it was dropped.
    Full,
}

/// How many ordered jobs may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitingLimits {
    /// Caused by one host.
    pub per_host: i64,
    /// In all.
    pub in_all: i64,
}

impl Tx {
    /// Adds a job caused by an actor of `host`, if there is room for it.
    pub async fn order_job(
        &mut self,
        host: &str,
        job: &NewJob,
        limits: WaitingLimits,
    ) -> Result<Ordered> {
        const COUNT: &str = "
            SELECT (SELECT COUNT(*) FROM job WHERE key_hash = $1),
                   (SELECT COUNT(*) FROM job WHERE ordered_by = $2),
                   (SELECT COUNT(*) FROM job WHERE ordered_by IS NOT NULL)";
        const ADD: &str = "
            INSERT INTO job (kind, key_hash, payload, due_at, ordered_by, domain)
            VALUES ($1, $2, $3, $4, $5, $6)";
        let (same, of_host, all): (i64, i64, i64) = on_either!(
            self,
            sqlx::query_as(COUNT).bind(&job.key_hash).bind(host),
            fetch_one
        )?;
        if same > 0 {
            return Ok(Ordered::Known);
        }
        if of_host >= limits.per_host || all >= limits.in_all {
            return Ok(Ordered::Full);
        }
        execute!(
            self,
            sqlx::query(ADD)
                .bind(&job.kind)
                .bind(&job.key_hash)
                .bind(&job.payload)
                .bind(job.due_at)
                .bind(host)
                .bind(&job.domain)
        )?;
        Ok(Ordered::New)
    }

    /// Takes one fetch from the host's allowance for the day of `now`; `false` when nothing is left. Earlier days are
    /// deleted.
    pub async fn spend_fetch(&mut self, host: &str, now: Millis, limit: i64) -> Result<bool> {
        const DAY: i64 = 24 * 60 * 60 * 1000;
        const SPEND: &str = "
            INSERT INTO fetch_day (host, day, n)
            VALUES ($1, $2, 1)
            ON CONFLICT (host, day) DO UPDATE SET n = fetch_day.n + 1
            WHERE fetch_day.n < $3";
        let today = now.as_millis().div_euclid(DAY);
        execute!(
            self,
            sqlx::query("DELETE FROM fetch_day WHERE day < $1").bind(today)
        )?;
        let spent = execute!(self, sqlx::query(SPEND).bind(host).bind(today).bind(limit))?;
        Ok(spent == 1)
    }

    /// Those of these ids that are of direct messages which sign, or did.
    pub async fn direct_messages(&mut self, object_hashes: &[Sha256]) -> Result<Vec<Sha256>> {
        let rows: Vec<(Sha256,)> = built!(
            self,
            |sql, object_hashes| {
                sql.push(
                    "SELECT DISTINCT object_hash FROM act WHERE family = 'direct' AND object_hash",
                );
                sql.push_in(object_hashes);
            },
            rows(Sha256,)
        )?;
        Ok(rows.into_iter().map(|(hash,)| hash).collect())
    }

    /// Those of these posts that stand and still belong to their author: what a Move transferred outlives its source. Posts
    /// that the letter boosts are among them.
    pub async fn known_posts(&mut self, object_hashes: &[Sha256]) -> Result<Vec<KnownPost>> {
        Ok(built!(
            self,
            |sql, object_hashes| {
                sql.push(
                    "SELECT act.object_hash, act.object, actor.url AS actor
                     FROM act
                     JOIN actor ON actor.id = COALESCE(act.speaker_id, act.actor_id)
                     WHERE act.family = 'post' AND act.ended_at IS NULL AND NOT act.carried
                       AND act.object_hash",
                );
                sql.push_in(object_hashes);
                sql.push(
                    " UNION
                     SELECT boost.object_hash, boost.object, actor.url AS actor
                     FROM boost
                     JOIN actor ON actor.id = boost.actor_id
                     WHERE boost.object_hash",
                );
                sql.push_in(object_hashes);
            },
            rows KnownPost
        )?)
    }
}
