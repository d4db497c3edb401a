//! Statistics of the queue: `queue stats`, and the `queue` of `status`.

use serde::Serialize;
use sqlx::FromRow;

use crate::{
    clock::Millis,
    store::{Result, Tx},
};

/// How many deliveries there are in each state: `queue stats --json`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct QueueStats {
    /// Wait to be sent.
    pub queued: i64,
    /// Delivered, and kept for 30 days.
    pub delivered: i64,
    /// Refused, and kept for 30 days.
    pub refused: i64,
    /// Abandoned, and kept for 30 days.
    pub abandoned: i64,
    /// The hosts that something was ever sent to.
    pub hosts: HostStats,
}

/// How many hosts are reachable, by their last delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, FromRow)]
pub struct HostStats {
    /// They accepted the last delivery.
    pub reachable: i64,
    /// They failed and are retried.
    pub backing_off: i64,
    /// They failed for so long that they count as dead.
    pub gone: i64,
}

/// A summary of what waits: the `queue` of `status --json`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub struct QueueStatus {
    /// Deliveries that could be sent now.
    pub ready: i64,
    /// Deliveries that wait for a date.
    pub waiting: i64,
    /// Failing hosts that something waits for.
    pub failing_hosts: i64,
    /// When the first delivery of the oldest activity that waits was queued.
    pub oldest: Option<Millis>,
}

/// How many wait, from the index of what waits: they are few beside what was settled.
macro_rules! all_waiting {
    () => {
        "SELECT COUNT(*) FROM delivery WHERE state = 'queued'"
    };
}

impl Tx {
    /// How many deliveries there are in each state. What is settled is kept for 30 days
    /// ([`Tx::forget_settled`]).
    pub async fn queue_stats(&mut self) -> Result<QueueStats> {
        const HOSTS: &str = "
            SELECT COUNT(CASE WHEN failures = 0 AND last_success_at IS NOT NULL THEN 1 END)
                       AS reachable,
                   COUNT(CASE WHEN failures > 0 AND unavailable_since IS NULL THEN 1 END)
                       AS backing_off,
                   COUNT(unavailable_since) AS gone
            FROM host";
        let (queued,): (i64,) = on_either!(self, sqlx::query_as(all_waiting!()), fetch_one)?;
        Ok(QueueStats {
            queued,
            delivered: self.total("delivered").await?,
            refused: self.total("refused").await?,
            abandoned: self.total("abandoned").await?,
            hosts: on_either!(self, sqlx::query_as(HOSTS), fetch_one)?,
        })
    }

    /// A summary of what waits.
    pub async fn queue_status(&mut self, now: Millis) -> Result<QueueStatus> {
        // What waits for a date waits for a host with one, or has one of its own (`delivery_later`). `CROSS JOIN` makes
        // SQLite begin with those hosts, not with all that waits.
        const WAITING: &str = concat!(
            "SELECT queue.queued - queue.waiting AS ready, queue.waiting, queue.failing_hosts, queue.oldest
             FROM (
                SELECT (",
            all_waiting!(),
            ") AS queued,
                       (SELECT COUNT(*)
                        FROM host AS h
                        CROSS JOIN delivery AS d
                        WHERE h.waiting AND h.due_at > $1 AND d.host_id = h.id AND d.state = 'queued')
                       + (SELECT COUNT(*)
                          FROM delivery AS d
                          JOIN host AS h ON h.id = d.host_id
                          WHERE d.state = 'queued' AND d.due_at > d.queued_at AND d.due_at > $1
                            AND h.due_at <= $1) AS waiting,
                       (SELECT COUNT(*) FROM host WHERE waiting AND failures > 0) AS failing_hosts,
                       (SELECT d.queued_at
                        FROM delivery AS d
                        WHERE d.state = 'queued'
                        ORDER BY d.activity_id, d.inbox_id
                        LIMIT 1) AS oldest
             ) AS queue"
        );
        Ok(on_either!(
            self,
            sqlx::query_as(WAITING).bind(now),
            fetch_one
        )?)
    }

    /// Hosts that took the last delivery, one of each domain, at most so many, the newest first.
    pub async fn reachable_hosts(&mut self, most: i64) -> Result<Vec<String>> {
        Ok(on_either!(
            self,
            sqlx::query_scalar(
                "SELECT MIN(authority)
                 FROM host
                 WHERE failures = 0 AND last_success_at IS NOT NULL AND NOT blocked
                 GROUP BY domain
                 ORDER BY MAX(last_success_at) DESC, domain
                 LIMIT $1"
            )
            .bind(most),
            fetch_all
        )?)
    }
}
