//! The queue in numbers: `queue stats` and the `queue` of `status` (`product.md` 5).

use std::time::Duration;

use serde::Serialize;
use sqlx::FromRow;

use super::DeliveryOutcome;
use crate::{
    clock::Millis,
    store::{Result, Tx, error::word, query_macros::on_either},
};

/// How far back `queue stats` counts what is settled (`product.md` 5).
const COUNTED: Duration = Duration::from_hours(30 * 24);

/// How many deliveries there are in each state: `queue stats --json`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct QueueStats {
    /// Wait to be sent.
    pub queued: i64,
    /// Taken, in the last 30 days.
    pub delivered: i64,
    /// Refused, in the last 30 days.
    pub refused: i64,
    /// Given up, in the last 30 days.
    pub abandoned: i64,
    /// The hosts that something was ever sent to.
    pub hosts: HostStats,
}

/// How many hosts are well, by their last delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, FromRow)]
pub struct HostStats {
    /// Took the last one.
    pub reachable: i64,
    /// Failed and are tried again.
    pub backing_off: i64,
    /// Failed for so long that they count as gone.
    pub gone: i64,
}

/// What waits, in short: the `queue` of `status --json`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub struct QueueStatus {
    /// Deliveries that could leave now.
    pub ready: i64,
    /// Deliveries that wait for a date.
    pub waiting: i64,
    /// Hosts in trouble that something waits for.
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

    /// What waits, in short.
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
