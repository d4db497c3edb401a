//! Jobs: durable work that needs the network, queued in the transaction that asks for it.
//!
//! Not here: what a job does and how often it is retried (`delivery::jobs` runs them, `federation` has the handlers).

use sqlx::FromRow;

use super::{Result, Tx};
use crate::{clock::Millis, hash::Sha256};

/// A job to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// The kind, which selects the handler.
    pub kind: String,
    /// The hash of its key: a second job with the same one is not added.
    pub key_hash: Sha256,
    /// The input of the handler.
    pub payload: String,
    /// The earliest time at which it runs.
    pub due_at: Millis,
    /// The registrable domain that it asks, where that is limited or counted.
    pub domain: Option<String>,
}

/// A job that this worker may run until its lease expires.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct JobRow {
    /// The row id.
    pub id: i64,
    /// The kind, which selects the handler.
    pub kind: String,
    /// The input of the handler.
    pub payload: String,
    /// The number of attempts, this one included, so that a job that crashes the program counts as well.
    pub attempts: i64,
}

/// Which jobs a worker takes. What is looked at only because its time has come waits in a lane of its own, so that it
/// never stands before what somebody took back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobLane {
    /// Everything else.
    Main,
    /// Jobs whose kind begins with `sweep`.
    Sweep,
}

impl JobLane {
    /// Whether this is the lane of the sweep.
    fn is_sweep(self) -> bool {
        self == Self::Sweep
    }
}

/// The claiming statement. The databases differ in the lock that keeps two servers apart: SQLite has one writer.
macro_rules! lease_jobs {
    ($lock:literal) => {
        concat!(
            "UPDATE job
             SET leased_by = $1, leased_until = $2, attempts = attempts + 1
             WHERE id IN (
                SELECT id
                FROM job
                WHERE due_at <= $3 AND leased_until <= $3 AND (kind LIKE 'sweep%') = $5
                  AND (NOT $5 OR domain IS NULL OR 2 > (
                        SELECT COUNT(*)
                        FROM job AS other
                        WHERE other.domain = job.domain
                          AND other.kind LIKE 'sweep%'
                          AND (other.leased_until > $3
                               OR other.due_at <= $3 AND (other.due_at, other.id) < (job.due_at, job.id))))
                ORDER BY due_at, id
                LIMIT $4 ",
            $lock,
            ")
             RETURNING id, kind, payload, attempts"
        )
    };
}

impl Tx {
    /// Adds jobs, except those that wait already; returns how many are new.
    pub async fn add_jobs(&mut self, jobs: &[NewJob]) -> Result<u64> {
        Ok(built!(
            self,
            |sql, jobs| {
                sql.push("INSERT INTO job (kind, key_hash, payload, due_at, domain) ");
                sql.push_rows(jobs, |row, job| {
                    row.push_bind(&job.kind)
                        .push_bind(&job.key_hash)
                        .push_bind(&job.payload)
                        .push_bind(job.due_at)
                        .push_bind(&job.domain);
                });
                sql.push(" ON CONFLICT (key_hash) DO NOTHING");
            },
            count
        )?)
    }

    /// Leases up to `limit` due jobs of a lane, and counts that as an attempt. Another worker's expired lease is taken over.
    /// In the lane of the sweep two jobs of a domain are leased at a time at most.
    pub async fn lease_jobs(
        &mut self,
        worker: &str,
        lane: JobLane,
        now: Millis,
        until: Millis,
        limit: i64,
    ) -> Result<Vec<JobRow>> {
        let lease = match self {
            Self::Sqlite(_) => lease_jobs!(""),
            Self::Postgres(_) => lease_jobs!("FOR UPDATE SKIP LOCKED"),
        };
        Ok(on_either!(
            self,
            sqlx::query_as(lease)
                .bind(worker)
                .bind(until)
                .bind(now)
                .bind(limit)
                .bind(lane.is_sweep()),
            fetch_all
        )?)
    }

    /// Removes jobs that are done or have failed for good.
    pub async fn finish_jobs(&mut self, ids: &[i64]) -> Result<u64> {
        Ok(built!(
            self,
            |sql, ids| {
                sql.push("DELETE FROM job WHERE id");
                sql.push_in(ids.iter().copied());
            },
            count
        )?)
    }

    /// Returns a failed job to the queue, not to run before `due_at`, with its `error`.
    pub async fn retry_job(&mut self, id: i64, due_at: Millis) -> Result<()> {
        const RETRY: &str = "
            UPDATE job
            SET due_at = $2, leased_by = NULL, leased_until = 0
            WHERE id = $1";
        execute!(self, sqlx::query(RETRY).bind(id).bind(due_at))?;
        Ok(())
    }

    /// Releases all jobs of a worker that stops; interrupted attempts do not count.
    pub async fn release_jobs(&mut self, worker: &str) -> Result<u64> {
        const RELEASE: &str = "
            UPDATE job
            SET leased_by = NULL, leased_until = 0, attempts = attempts - 1
            WHERE leased_by = $1";
        Ok(execute!(self, sqlx::query(RELEASE).bind(worker))?)
    }

    /// When the job with this key is due; `None` when none waits.
    pub async fn job_due(&mut self, key_hash: &Sha256) -> Result<Option<Millis>> {
        let row: Option<(Millis,)> = on_either!(
            self,
            sqlx::query_as("SELECT due_at FROM job WHERE key_hash = $1").bind(key_hash),
            fetch_optional
        )?;
        Ok(row.map(|row| row.0))
    }

    /// How many jobs of a kind there are for each domain.
    pub async fn jobs_of(&mut self, kind: &str) -> Result<Vec<(String, i64)>> {
        const COUNT: &str = "
            SELECT domain, COUNT(*)
            FROM job
            WHERE kind = $1 AND domain IS NOT NULL
            GROUP BY domain
            ORDER BY domain";
        Ok(on_either!(
            self,
            sqlx::query_as(COUNT).bind(kind),
            fetch_all
        )?)
    }

    /// How many jobs of a kind there are for one domain.
    pub async fn jobs_at(&mut self, kind: &str, domain: &str) -> Result<i64> {
        const COUNT: &str = "SELECT COUNT(*) FROM job WHERE kind = $1 AND domain = $2";
        let (n,): (i64,) = on_either!(
            self,
            sqlx::query_as(COUNT).bind(kind).bind(domain),
            fetch_one
        )?;
        Ok(n)
    }

    /// How many jobs wait, those that run now included.
    pub async fn job_count(&mut self) -> Result<i64> {
        let (n,): (i64,) = on_either!(self, sqlx::query_as("SELECT COUNT(*) FROM job"), fetch_one)?;
        Ok(n)
    }

    /// When the next job of a lane can be leased; `None` when there is none.
    pub async fn next_job(&mut self, lane: JobLane) -> Result<Option<Millis>> {
        const NEXT: &str = "
            SELECT MIN(CASE WHEN due_at < leased_until THEN leased_until ELSE due_at END)
            FROM job
            WHERE (kind LIKE 'sweep%') = $1";
        let (due,): (Option<Millis>,) =
            on_either!(self, sqlx::query_as(NEXT).bind(lane.is_sweep()), fetch_one)?;
        Ok(due)
    }
}
