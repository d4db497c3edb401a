//! Leasing hosts and selecting deliveries: oldest first, in order for each subject.

use super::{DueDelivery, HostPace, LeasedHost};
use crate::{
    clock::Millis,
    store::{Result, Tx},
};

/// The condition that keeps the order: a host gets two activities about the same subject one after the other, the
/// older first, since a Create after its Update or Delete would be wrong. True for the delivery `d` of the activity
/// `a` when no older one waits. An older one that failed three times at another inbox of the host is ignored: that
/// inbox may be broken for good.
///
/// The query starts with the activities about the subject, which are few, and never with the host's waiting
/// deliveries, which may be thousands of acknowledgements: `CROSS JOIN` makes SQLite keep this order, and the
/// difference keeps it from a range scan.
macro_rules! nothing_older_waits {
    () => {
        "NOT EXISTS (
            SELECT 1
            FROM activity AS earlier
            CROSS JOIN delivery AS older
            WHERE substr(earlier.subject, length(earlier.subject) - 31)
                  = substr(a.subject, length(a.subject) - 31)
              AND earlier.subject = a.subject
              AND earlier.id - a.id < 0
              AND older.activity_id = earlier.id
              AND older.host_id = d.host_id
              AND older.state = 'queued'
              AND (older.inbox_id = d.inbox_id OR older.attempts < 3))"
    };
}

/// True for the host `h` when something can be sent to it at `$1`. A search goes through the hosts that something waits
/// for (`host.waiting`) by their dates, and ends with the last one wanted.
macro_rules! is_ready {
    () => {
        concat!(
            "h.waiting
             AND h.due_at <= $1
             AND h.leased_until <= $1
             AND EXISTS (
                SELECT 1
                FROM delivery AS d
                JOIN activity AS a ON a.id = d.activity_id
                WHERE d.host_id = h.id
                  AND d.state = 'queued'
                  AND d.due_at <= $1
                  AND ",
            nothing_older_waits!(),
            ")"
        )
    };
}

/// The claiming statement. The databases differ in the lock that keeps two servers apart: SQLite has one writer.
macro_rules! lease_hosts {
    ($lock:literal) => {
        concat!(
            "UPDATE host
             SET leased_by = $2, leased_until = $3
             WHERE id IN (
                SELECT h.id
                FROM host AS h
                WHERE h.pace = $6
                  AND $5 NOT LIKE '% ' || h.domain || ' %'
                  AND ",
            is_ready!(),
            "
                ORDER BY h.due_at, h.id
                LIMIT $4 ",
            $lock,
            ")
             RETURNING id, authority, domain, failures, asked_to_wait, unavailable_since, last_success_at,
                       failing_since, rfc9421_at, pace"
        )
    };
}

/// A host that can be leased now. All paces are named because the index begins with them.
const READY: &str = concat!(
    "SELECT h.id FROM host AS h WHERE h.pace IN ('quick', 'unknown', 'slow') AND ",
    is_ready!(),
    " LIMIT 1"
);

/// A host that something could be sent to at `$1`, while nothing was tried at any host since: the queue stands still.
///
/// A queue that moves is no fault, however long it is: slow and unknown hosts wait for their part of the requests, and
/// hosts of one domain for each other. What was tried is looked up once, before the hosts.
const STANDS_STILL: &str = concat!(
    "SELECT h.authority FROM host AS h WHERE NOT EXISTS (
        SELECT 1 FROM host AS tried WHERE tried.last_tried_at > $1)
     AND h.pace IN ('quick', 'unknown', 'slow') AND ",
    is_ready!(),
    " LIMIT 1"
);

/// When the first host of a pace that backs off is due.
macro_rules! backing_off {
    ($pace:literal) => {
        concat!(
            "SELECT backing_off.at
             FROM (
                SELECT h.due_at AS at
                FROM host AS h
                WHERE h.waiting
                  AND h.pace = '",
            $pace,
            "'
                  AND h.due_at > $1
                  AND h.leased_until <= h.due_at
                ORDER BY h.due_at, h.id
                LIMIT 1) AS backing_off
             UNION ALL "
        )
    };
}

/// When the next host can be leased, if none can be now: the first that backs off, those that are leased, and the first
/// delivery with a date of its own. Polled each second, so each part reads an index up to its first hit, and never what
/// merely waits.
const NEXT: &str = concat!(
    "SELECT MIN(due.at)
     FROM (",
    backing_off!("quick"),
    backing_off!("unknown"),
    backing_off!("slow"),
    "
        SELECT CASE WHEN h.due_at < h.leased_until THEN h.leased_until ELSE h.due_at END AS at
        FROM host AS h
        WHERE h.leased_by > ''
          AND h.leased_until > $1
          AND h.waiting
        UNION ALL
        SELECT later.at
        FROM (
            SELECT d.due_at AS at
            FROM delivery AS d
            CROSS JOIN host AS h
            CROSS JOIN activity AS a
            WHERE d.state = 'queued'
              AND d.due_at > d.queued_at
              AND d.due_at > $1
              AND h.id = d.host_id
              AND h.due_at <= $1
              AND h.leased_until <= $1
              AND a.id = d.activity_id
              AND ",
    nothing_older_waits!(),
    "
            ORDER BY d.due_at
            LIMIT 1) AS later
     ) AS due"
);

impl Tx {
    /// Leases up to `limit` hosts of a pace that something can be sent to now, those that wait longest first; none of the
    /// registrable domains in `except`. Another worker's expired lease is taken over.
    pub async fn lease_hosts(
        &mut self,
        worker: &str,
        now: Millis,
        until: Millis,
        pace: HostPace,
        limit: i64,
        except: &[String],
    ) -> Result<Vec<LeasedHost>> {
        // One text, so that there is one statement for any number of them: ` a.example b.example `.
        let except = if except.is_empty() {
            String::new()
        } else {
            format!(" {} ", except.join(" "))
        };
        let lease = match self {
            Self::Sqlite(_) => lease_hosts!(""),
            Self::Postgres(_) => lease_hosts!("FOR UPDATE OF h SKIP LOCKED"),
        };
        Ok(on_either!(
            self,
            sqlx::query_as(lease)
                .bind(now)
                .bind(worker)
                .bind(until)
                .bind(limit)
                .bind(except)
                .bind(pace.as_str()),
            fetch_all
        )?)
    }

    /// The deliveries that can be sent to these hosts now, oldest first, at most `per_host` to each, and never two
    /// about the same subject.
    ///
    /// A failing host gets the oldest delivery and the least tried one by turns. With the oldest alone, one inbox
    /// that is broken for good would hold up all others of the host. With the least tried alone, a host that accepts
    /// at the third attempt would accept nothing before everything was tried twice, which takes a week at the pace of
    /// its failures. An `Accept` keeps its place for five attempts, because what a follower's server gets before it
    /// is dropped there. Bodies are read once for all who get them ([`Tx::bodies_of`]).
    pub async fn due_deliveries(
        &mut self,
        host_ids: &[i64],
        now: Millis,
        per_host: i64,
    ) -> Result<Vec<DueDelivery>> {
        Ok(built!(
            self,
            |sql, host_ids| {
                sql.push(
                    "WITH front AS (
                        SELECT d.id, ROW_NUMBER() OVER (
                            PARTITION BY d.host_id
                            ORDER BY CASE WHEN h.failures % 2 = 0 OR a.kind = 'Accept' AND d.attempts < 5 THEN 0
                                          ELSE d.attempts END,
                                     d.activity_id, d.id
                        ) AS place
                        FROM delivery AS d
                        JOIN host AS h ON h.id = d.host_id
                        JOIN activity AS a ON a.id = d.activity_id
                        WHERE d.state = 'queued' AND d.due_at <= ",
                );
                sql.push_bind(now).push(" AND d.host_id");
                sql.push_in(host_ids.iter().copied());
                sql.push(concat!(" AND ", nothing_older_waits!()));
                sql.push(
                    ")
                     SELECT d.id, d.host_id, d.activity_id, a.path AS activity_path, a.kind, a.subject, d.inbox_id,
                            inbox.url AS inbox, inbox.missing, d.attempts, d.queued_at
                     FROM front
                     JOIN delivery AS d ON d.id = front.id
                     JOIN activity AS a ON a.id = d.activity_id
                     JOIN inbox ON inbox.id = d.inbox_id
                     WHERE front.place <= ",
                );
                sql.push_bind(per_host).push(" ORDER BY d.host_id, front.place");
            },
            rows DueDelivery
        )?)
    }

    /// The bodies of these activities with their row ids, byte for byte as they have to be signed.
    pub async fn bodies_of(&mut self, activity_ids: &[i64]) -> Result<Vec<(i64, String)>> {
        Ok(built!(
            self,
            |sql, activity_ids| {
                sql.push("SELECT id, body FROM activity WHERE id");
                sql.push_in(activity_ids.iter().copied());
            },
            rows(i64, String)
        )?)
    }

    /// Gives back some hosts that nothing was sent to.
    pub async fn return_hosts(&mut self, worker: &str, host_ids: &[i64]) -> Result<u64> {
        Ok(built!(
            self,
            |sql, host_ids| {
                sql.push("UPDATE host SET leased_by = NULL, leased_until = 0 WHERE leased_by = ");
                sql.push_bind(worker).push(" AND id");
                sql.push_in(host_ids.iter().copied());
            },
            count
        )?)
    }

    /// Releases all leases of a worker that stops.
    pub async fn release_hosts(&mut self, worker: &str) -> Result<u64> {
        const RELEASE: &str = "
            UPDATE host
            SET leased_by = NULL, leased_until = 0
            WHERE leased_by = $1";
        Ok(execute!(self, sqlx::query(RELEASE).bind(worker))?)
    }

    /// A host, by its authority, that has had something due since `since` or longer and was not tried, although nothing
    /// kept the worker from it: no other host was tried since either, and neither a back-off nor a lease ended later.
    /// `None` when the queue moves or is empty.
    pub async fn overdue_host(&mut self, since: Millis) -> Result<Option<String>> {
        let host: Option<(String,)> = on_either!(
            self,
            sqlx::query_as(STANDS_STILL).bind(since),
            fetch_optional
        )?;
        Ok(host.map(|host| host.0))
    }

    /// When the next host can be leased: `now` if one can be leased now, `None` when nothing waits. A host that is
    /// backing off or leased counts as due when that ends, whatever waits for it.
    pub async fn next_due(&mut self, now: Millis) -> Result<Option<Millis>> {
        let ready: Option<(i64,)> =
            on_either!(self, sqlx::query_as(READY).bind(now), fetch_optional)?;
        if ready.is_some() {
            return Ok(Some(now));
        }
        let (due,): (Option<Millis>,) =
            on_either!(self, sqlx::query_as(NEXT).bind(now), fetch_one)?;
        Ok(due)
    }
}

#[cfg(test)]
mod tests {
    use sqlx::AssertSqlSafe;

    use super::*;
    use crate::{
        store::{Access, Store},
        support::database::{postgres, sqlite},
    };

    const INDEXES: [&str; 3] = ["host_due", "host_leased", "delivery_later"];

    #[tokio::test]
    async fn the_poll_reads_no_table_and_no_row_that_merely_waits() {
        let (_folder, url) = sqlite();
        let store = Store::open(&url, 1, Access::Create).await.unwrap();
        let Tx::Sqlite(mut tx) = store.read().await.unwrap() else {
            panic!("a file is opened by SQLite");
        };
        let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {NEXT}"));
        let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain)
            .bind(0_i64)
            .fetch_all(&mut *tx)
            .await
            .unwrap();
        let steps: Vec<_> = plan.into_iter().map(|row| row.3).collect();
        for index in INDEXES {
            assert!(steps.iter().any(|step| step.contains(index)), "{steps:#?}");
        }
        let of_tables = |step: &&String| {
            step.starts_with("SCAN")
                && !["due", "backing_off", "later"]
                    .iter()
                    .any(|view| step.ends_with(view))
        };
        assert_eq!(steps.iter().find(of_tables), None, "{steps:#?}");
        drop(tx);
        store.close().await;
    }

    #[tokio::test]
    async fn the_poll_can_use_its_indexes_on_a_server() {
        let Some((_database, url)) = postgres().await else {
            return;
        };
        let store = Store::open(&url, 1, Access::Create).await.unwrap();
        let Tx::Postgres(mut tx) = store.read().await.unwrap() else {
            panic!("a server is PostgreSQL");
        };
        // An empty table is never read by an index otherwise.
        sqlx::query("SET LOCAL enable_seqscan = off")
            .execute(&mut *tx)
            .await
            .unwrap();
        let explain = AssertSqlSafe(format!("EXPLAIN {}", NEXT.replace("$1", "0")));
        let plan: Vec<(String,)> = sqlx::query_as(explain).fetch_all(&mut *tx).await.unwrap();
        let plan: Vec<_> = plan.into_iter().map(|row| row.0).collect();
        let plan = plan.join("\n");
        for index in INDEXES {
            assert!(plan.contains(index), "{plan}");
        }
        drop(tx);
        store.close().await;
    }
}
