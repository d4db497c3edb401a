//! Jobs: a durable retry for what needs the network, written in the transaction that asks for it.
//!
//! Not here: what a job does and how often it is tried (`delivery::jobs` runs them, `federation` knows how).

use sqlx::FromRow;

use super::{
    Result, Tx,
    query_macros::{built, execute, on_either, push_list},
};
use crate::{clock::Millis, hash::Sha256};

/// A job to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// Which handler runs it.
    pub kind: String,
    /// The hash of what it is about: a second job with the same one is not added.
    pub key_hash: Sha256,
    /// What the handler needs to know, as JSON.
    pub payload: String,
    /// Not before this.
    pub due_at: Millis,
}

/// A job that this worker may run until its lease runs out.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct JobRow {
    /// Our number of it.
    pub id: i64,
    /// Which handler runs it.
    pub kind: String,
    /// What the handler needs to know, as JSON.
    pub payload: String,
    /// How often it was begun, this time included: one that takes the program down with it counts, too.
    pub attempts: i64,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

/// The claim: the two databases differ in the lock that keeps two servers apart. SQLite has one writer.
macro_rules! lease_jobs {
    ($lock:literal) => {
        concat!(
            "UPDATE job
             SET leased_by = $1, leased_until = $2, attempts = attempts + 1
             WHERE id IN (
                SELECT id
                FROM job
                WHERE due_at <= $3 AND leased_until <= $3
                ORDER BY due_at, id
                LIMIT $4 ",
            $lock,
            ")
             RETURNING id, kind, payload, attempts, last_error"
        )
    };
}

impl Tx {
    /// Adds jobs, but none that waits already, and says how many are new.
    pub async fn add_jobs(&mut self, jobs: &[NewJob]) -> Result<u64> {
        if jobs.is_empty() {
            return Ok(0);
        }
        Ok(built!(
            self,
            |sql| {
                sql.push("INSERT INTO job (kind, key_hash, payload, due_at) ");
                sql.push_values(jobs, |mut row, it| {
                    row.push_bind(&it.kind)
                        .push_bind(&it.key_hash)
                        .push_bind(&it.payload)
                        .push_bind(it.due_at);
                });
                sql.push(" ON CONFLICT (key_hash) DO NOTHING");
            },
            count
        )?)
    }

    /// Leases up to `limit` jobs that are due, and counts that as an attempt. A lease of another worker
    /// that has run out is taken over.
    pub async fn lease_jobs(
        &mut self,
        worker: &str,
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
                .bind(limit),
            fetch_all
        )?)
    }

    /// Removes jobs that are done, or given up.
    pub async fn finish_jobs(&mut self, ids: &[i64]) -> Result<u64> {
        if ids.is_empty() {
            return Ok(0);
        }
        Ok(built!(
            self,
            |sql| {
                sql.push("DELETE FROM job WHERE id IN ");
                push_list!(sql, ids.iter().copied());
            },
            count
        )?)
    }

    /// Gives a failed job back, not to be run before `due_at`; `error` says why.
    pub async fn retry_job(&mut self, id: i64, due_at: Millis, error: &str) -> Result<()> {
        const RETRY: &str = "
            UPDATE job
            SET due_at = $2, last_error = $3, leased_by = NULL, leased_until = 0
            WHERE id = $1";
        execute!(self, sqlx::query(RETRY).bind(id).bind(due_at).bind(error))?;
        Ok(())
    }

    /// Gives back all jobs of a worker that stops; the attempts that it broke off do not count.
    pub async fn release_jobs(&mut self, worker: &str) -> Result<u64> {
        const RELEASE: &str = "
            UPDATE job
            SET leased_by = NULL, leased_until = 0, attempts = attempts - 1
            WHERE leased_by = $1";
        Ok(execute!(self, sqlx::query(RELEASE).bind(worker))?)
    }

    /// When the next job can be leased; `None` when there is none.
    pub async fn next_job(&mut self) -> Result<Option<Millis>> {
        const NEXT: &str = "
            SELECT MIN(CASE WHEN due_at < leased_until THEN leased_until ELSE due_at END)
            FROM job";
        let (due,): (Option<Millis>,) = on_either!(self, sqlx::query_as(NEXT), fetch_one)?;
        Ok(due)
    }
}
