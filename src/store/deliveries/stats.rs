//! Statistics of the queue: `queue stats`, and the `queue` of `status`.

use std::time::Duration;

use serde::Serialize;
use sqlx::FromRow;

use super::DeliveryOutcome;
use crate::{
    clock::Millis,
    store::{Result, Tx, error::word},
};

/// How far back `queue stats` counts settled deliveries.
const COUNTED: Duration = Duration::from_hours(30 * 24);

/// How many deliveries there are in each state: `queue stats --json`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct QueueStats {
    /// Wait to be sent.
    pub queued: i64,
    /// Delivered in the last 30 days.
    pub delivered: i64,
    /// Refused in the last 30 days.
    pub refused: i64,
    /// Abandoned in the last 30 days.
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
    /// When the oldest waiting delivery was queued.
    pub oldest: Option<Millis>,
}

impl Tx {
    /// How many deliveries there are in each state, settled ones of the last 30 days.
    pub async fn queue_stats(&mut self, now: Millis) -> Result<QueueStats> {
        const DELIVERIES: &str = "
            SELECT state, COUNT(*)
            FROM delivery
            WHERE state = 'queued' OR settled_at > $1
            GROUP BY state";
        const HOSTS: &str = "
            SELECT COUNT(CASE WHEN failures = 0 AND last_success_at IS NOT NULL THEN 1 END)
                       AS reachable,
                   COUNT(CASE WHEN failures > 0 AND unavailable_since IS NULL THEN 1 END)
                       AS backing_off,
                   COUNT(unavailable_since) AS gone
            FROM host";
        let since = now.minus(COUNTED);
        let rows: Vec<(String, i64)> =
            on_either!(self, sqlx::query_as(DELIVERIES).bind(since), fetch_all)?;
        let hosts = on_either!(self, sqlx::query_as(HOSTS), fetch_one)?;
        let mut stats = QueueStats {
            hosts,
            ..QueueStats::default()
        };
        for (state, n) in rows {
            match word("delivery", "state", &"any", &state)? {
                DeliveryOutcome::TryAgain => stats.queued = n,
                DeliveryOutcome::Delivered => stats.delivered = n,
                DeliveryOutcome::Refused => stats.refused = n,
                DeliveryOutcome::Abandoned => stats.abandoned = n,
            }
        }
        Ok(stats)
    }

    /// A summary of what waits.
    pub async fn queue_status(&mut self, now: Millis) -> Result<QueueStatus> {
        const WAITING: &str = "
            SELECT COUNT(CASE WHEN d.due_at <= $1 AND h.due_at <= $1 THEN 1 END) AS ready,
                   COUNT(CASE WHEN d.due_at > $1 OR h.due_at > $1 THEN 1 END) AS waiting,
                   COUNT(DISTINCT CASE WHEN h.failures > 0 THEN h.id END) AS failing_hosts,
                   MIN(d.queued_at) AS oldest
            FROM delivery AS d
            JOIN host AS h ON h.id = d.host_id
            WHERE d.state = 'queued'";
        Ok(on_either!(
            self,
            sqlx::query_as(WAITING).bind(now),
            fetch_one
        )?)
    }
}
