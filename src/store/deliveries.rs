//! The delivery queue: leases, attempts and their results.
//!
//! The retry state of a server is in its `host` row, so that ten failing deliveries are one failing host. A delivery
//! has a date of its own only while it alone fails. One worker at a time *leases* a host, until it settles it, the lease
//! expires, or the worker is silent (`leases`).
//!
//! Not here: when something is retried, and when it expires (`delivery`).

mod inboxes;
mod leasing;
mod moved;
mod queue_admin;
mod rows;
mod stats;
mod supersede;

pub use self::{
    queue_admin::{FailingHost, QueuePages, QueueRow, Retried, Signatures},
    rows::{DeliveryOutcome, DueDelivery, HostPace, HostState, LeasedHost, Settled},
    stats::{HostStats, QueueStats, QueueStatus},
};
use super::{Result, Topic, Tx};
use crate::clock::Millis;

/// The limit of deliveries that one statement settles: SQLite takes 32,766 parameters.
const ROWS_AT_ONCE: usize = 1000;

/// The rows, the last one again until their number is a power of two, so that there are few statement texts and
/// prepared ones are reused. `UPDATE … FROM` takes one of equal rows.
fn repeated<T>(rows: &[T]) -> impl Iterator<Item = &T> {
    let more = rows.len().next_power_of_two() - rows.len();
    rows.iter()
        .chain(rows.last().into_iter().cycle().take(more))
}

impl Tx {
    /// Stores the results of attempts and releases the leases of `hosts`.
    ///
    /// Deliveries that were settled, dropped or given to another inbox meanwhile stay as they are. So does the retry state of a failing host
    /// that sent us something meanwhile ([`Tx::host_spoke_to_us`]), and that of a host whose expired lease another
    /// worker took over.
    pub async fn settle(
        &mut self,
        worker: &str,
        now: Millis,
        settled: &[Settled],
        hosts: &[HostState],
    ) -> Result<()> {
        for some in settled.chunks(ROWS_AT_ONCE) {
            self.settle_deliveries(now, some).await?;
        }
        let written = built!(
            self,
            |sql, hosts| {
                sql.push(
                    "WITH seen (id, before, failures, due_at, asked_to_wait, unavailable_since, last_success_at,
                                failing_since, rfc9421_at, tried_at, status, pace) AS (",
                );
                sql.push_values(repeated(hosts), |mut row, host| {
                    for number in [
                        host.id,
                        host.failures_before,
                        host.failures,
                        host.due_at.as_millis(),
                        host.asked_to_wait,
                    ] {
                        row.push("CAST(").push_bind_unseparated(number);
                        row.push_unseparated(" AS BIGINT)");
                    }
                    for time in [
                        host.unavailable_since,
                        host.last_success_at,
                        host.failing_since,
                        host.rfc9421_at,
                        host.tried_at,
                    ] {
                        row.push("CAST(").push_bind_unseparated(time);
                        row.push_unseparated(" AS BIGINT)");
                    }
                    row.push("CAST(").push_bind_unseparated(host.status);
                    row.push_unseparated(" AS BIGINT)");
                    row.push("CAST(").push_bind_unseparated(host.pace.as_str());
                    row.push_unseparated(" AS TEXT)");
                });
                sql.push(
                    ")
                     UPDATE host
                     SET leased_by = NULL, leased_until = 0, pace = seen.pace,
                         failures = seen.failures, due_at = seen.due_at,
                         asked_to_wait = seen.asked_to_wait,
                         unavailable_since = seen.unavailable_since,
                         returned_at = CASE WHEN seen.unavailable_since IS NULL AND host.unavailable_since < ",
                );
                sql.push_bind(now.minus(super::LONG_GONE));
                sql.push(" THEN CAST(").push_bind(now);
                sql.push(
                    " AS BIGINT) ELSE host.returned_at END,
                         last_success_at = seen.last_success_at,
                         failing_since = seen.failing_since, rfc9421_at = seen.rfc9421_at,
                         last_status = CASE WHEN seen.tried_at IS NULL THEN host.last_status ELSE seen.status END,
                         last_tried_at = COALESCE(seen.tried_at, host.last_tried_at)
                     FROM seen
                     WHERE host.id = seen.id
                       AND (host.failures = seen.before OR seen.failures = 0)
                       AND host.leased_by = ",
                );
                sql.push_bind(worker);
            },
            count
        )?;
        let took = hosts
            .iter()
            .filter(|host| host.tried_at.is_some() && host.tried_at == host.last_success_at);
        let took: Vec<_> = took.map(|host| host.id).collect();
        self.hosts_are_not_gone(&took, now).await?;
        if usize::try_from(written).is_ok_and(|written| written < hosts.len()) {
            let ids: Vec<_> = hosts.iter().map(|host| host.id).collect();
            self.return_hosts(worker, &ids).await?;
        }
        Ok(())
    }

    async fn settle_deliveries(&mut self, now: Millis, settled: &[Settled]) -> Result<()> {
        built!(
            self,
            |sql| {
                sql.push("WITH seen (id, inbox_id, due_at, status, state, body) AS (");
                sql.push_values(repeated(settled), |mut row, settled| {
                    for number in [
                        Some(settled.delivery_id),
                        Some(settled.inbox_id),
                        Some(settled.due_at.as_millis()),
                        settled.status,
                    ] {
                        row.push("CAST(").push_bind_unseparated(number);
                        row.push_unseparated(" AS BIGINT)");
                    }
                    for text in [settled.outcome.as_str(), settled.body.as_str()] {
                        row.push("CAST(").push_bind_unseparated(text);
                        row.push_unseparated(" AS TEXT)");
                    }
                });
                sql.push(
                    ")
                     UPDATE delivery
                     SET state = seen.state, attempts = delivery.attempts + 1, due_at = seen.due_at,
                         last_status = seen.status, last_body = seen.body,
                         settled_at = CASE WHEN seen.state = 'queued' THEN NULL ELSE CAST(",
                );
                sql.push_bind(now);
                sql.push(
                    " AS BIGINT) END
                     FROM seen
                     WHERE delivery.id = seen.id
                       AND delivery.inbox_id = seen.inbox_id
                       AND delivery.state = 'queued'",
                );
            },
            count
        )?;
        Ok(())
    }

    /// Marks as abandoned what has waited for these hosts since before `queued_before`. Returns the number of
    /// deliveries.
    pub async fn abandon_deliveries(
        &mut self,
        host_ids: &[i64],
        queued_before: Millis,
        now: Millis,
    ) -> Result<u64> {
        Ok(built!(
            self,
            |sql, host_ids| {
                sql.push("UPDATE delivery SET state = 'abandoned', settled_at = ");
                sql.push_bind(now)
                    .push(" WHERE state = 'queued' AND queued_at <= ");
                sql.push_bind(queued_before).push(" AND host_id");
                sql.push_in(host_ids.iter().copied());
            },
            count
        )?)
    }

    /// Notes that something authentic came from these hosts, so that they are alive and are tried first.
    ///
    /// A single failure keeps its retry date, and so does a pause that the host asked for (`Retry-After`): a host that
    /// sends while its inbox is overloaded must not be tried again for each activity of its own.
    pub async fn host_spoke_to_us(&mut self, host_ids: &[i64], now: Millis) -> Result<()> {
        let troubled = built!(
            self,
            |sql, host_ids| {
                sql.push(
                    "UPDATE host
                     SET returned_at = CASE WHEN COALESCE(unavailable_since, unreachable_since) < ",
                );
                sql.push_bind(now.minus(super::LONG_GONE));
                sql.push(" THEN CAST(").push_bind(now);
                sql.push(
                    " AS BIGINT) ELSE returned_at END,
                         unavailable_since = NULL,
                         unreachable_since = NULL,
                         unreachable_at = NULL,
                         due_at = CASE WHEN failures = 1 OR asked_to_wait > 0 THEN due_at ELSE 0 END,
                         failing_since = CASE WHEN failures = 1 THEN failing_since END,
                         failures = CASE WHEN failures = 1 THEN 1 ELSE 0 END
                     WHERE id",
                );
                sql.push_in(host_ids.iter().copied());
                // A host without trouble is not written.
                sql.push(" AND (failures > 0 OR due_at > 0 AND asked_to_wait = 0 OR unavailable_since IS NOT NULL
                           OR unreachable_since IS NOT NULL OR gone_since IS NOT NULL)");
            },
            count
        )?;
        if troubled > 0 {
            self.hosts_are_not_gone(host_ids, now).await?;
        }
        Ok(())
    }

    /// The public list says of none of these hosts any longer that it is gone.
    async fn hosts_are_not_gone(&mut self, host_ids: &[i64], now: Millis) -> Result<()> {
        let back = built!(
            self,
            |sql, host_ids| {
                sql.push("UPDATE host SET returned_at = CASE WHEN unreachable_since < ");
                sql.push_bind(now.minus(super::LONG_GONE));
                sql.push(" THEN CAST(").push_bind(now);
                sql.push(
                    " AS BIGINT) ELSE returned_at END,
                         unreachable_since = NULL, unreachable_at = NULL, gone_since = NULL
                     WHERE gone_since IS NOT NULL AND id",
                );
                sql.push_in(host_ids.iter().copied());
            },
            count
        )?;
        if back > 0 {
            self.changed(&[Topic::Register]).await?;
        }
        Ok(())
    }

    /// Deletes deliveries that were settled before `before`, and activities to one actor with their last delivery.
    /// Returns the number of deliveries.
    pub async fn forget_settled(&mut self, before: Millis) -> Result<u64> {
        const FORGET: &str = "DELETE FROM delivery WHERE settled_at < $1";
        let forgotten = execute!(self, sqlx::query(FORGET).bind(before))?;
        execute!(
            self,
            sqlx::query(
                "DELETE FROM activity
                 WHERE NOT public
                   AND at < $1
                   AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.activity_id = activity.id)",
            )
            .bind(before)
        )?;
        Ok(forgotten)
    }
}
