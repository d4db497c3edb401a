//! The queue as administrators see it and put it right: `queue list | retry | drop`, hosts in trouble.

use serde::Serialize;
use sqlx::FromRow;

use crate::{
    clock::Millis,
    store::{
        Result, Tx,
        endorsement_queries::escaped,
        query_macros::{built, execute, on_either},
    },
};

/// One delivery that was not delivered: `queue list --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromRow)]
pub struct QueueRow {
    /// Its number.
    pub id: i64,
    /// Where it goes: the host's authority.
    pub host: String,
    /// The inbox's URL.
    pub inbox: String,
    /// The activity's type.
    pub r#type: String,
    /// The activity's id as a path.
    pub activity: String,
    /// `queued`, `refused` or `abandoned`.
    pub state: String,
    /// How often it was tried.
    pub attempts: i64,
    /// When it was queued.
    pub queued: Millis,
    /// Not tried before; `None` when it is settled.
    pub next: Option<Millis>,
    /// The status of the last answer; `None` without one.
    pub status: Option<i64>,
    /// The first 500 bytes of the last answer, or why there was none.
    pub answer: Option<String>,
}

/// A host that does not take what is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromRow)]
pub struct FailingHost {
    /// Its authority.
    pub host: String,
    /// How many steps in a row failed.
    pub failures: i64,
    /// When the first of them was.
    pub since: Option<Millis>,
    /// The status of its last answer; `None` without one.
    pub status: Option<i64>,
    /// When it is tried next.
    pub next: Millis,
    /// Whether it counts as gone.
    pub gone: bool,
    /// How much waits for it.
    pub waiting: i64,
}

/// What the hosts that were tried lately made of our signatures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub struct Signatures {
    /// The domains of hosts that answered.
    pub answered: i64,
    /// Those of them whose last answer was 401.
    pub refused: i64,
}

/// What was made due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retried {
    /// Hosts.
    pub hosts: u64,
    /// Deliveries that wait for them.
    pub deliveries: u64,
}

impl Tx {
    /// What was not delivered, to all hosts or to those that fit `glob` (`*` stands for anything): what waits, in
    /// the order of its sending, then what was refused or given up in the last 30 days, newest first.
    pub async fn queue_rows(&mut self, glob: Option<&str>, limit: i64) -> Result<Vec<QueueRow>> {
        Ok(built!(
            self,
            |sql| {
                sql.push(
                    "SELECT d.id, h.authority AS host, inbox.url AS inbox, a.kind AS type, a.path AS activity, d.state,
                            d.attempts, d.queued_at AS queued,
                            CASE WHEN d.state <> 'queued' THEN NULL
                                 WHEN d.due_at < h.due_at THEN h.due_at ELSE d.due_at END AS next,
                            d.last_status AS status, d.last_body AS answer
                     FROM delivery AS d
                     JOIN host AS h ON h.id = d.host_id
                     JOIN inbox ON inbox.id = d.inbox_id
                     JOIN activity AS a ON a.id = d.activity_id
                     WHERE d.state <> 'delivered'",
                );
                if let Some(glob) = glob {
                    let pattern = escaped(&glob.to_ascii_lowercase()).replace('*', "%");
                    sql.push(" AND h.authority LIKE ").push_bind(pattern).push(" ESCAPE '\\'");
                }
                sql.push(
                    " ORDER BY COALESCE(d.settled_at, 0) > 0, d.settled_at DESC, d.activity_id, d.id LIMIT ",
                );
                sql.push_bind(limit);
            },
            rows QueueRow
        )?)
    }

    /// The number of a host that something was ever sent to, or is to be.
    pub async fn host_with_mail(&mut self, authority: &str) -> Result<Option<i64>> {
        const FIND: &str = "
            SELECT id
            FROM host
            WHERE authority = $1
              AND (last_tried_at IS NOT NULL
                   OR EXISTS (SELECT 1 FROM delivery WHERE delivery.host_id = host.id))";
        let row: Option<(i64,)> =
            on_either!(self, sqlx::query_as(FIND).bind(authority), fetch_optional)?;
        Ok(row.map(|it| it.0))
    }

    /// How many deliveries wait for a host.
    pub async fn waiting_for_host(&mut self, host_id: i64) -> Result<i64> {
        const COUNT: &str = "SELECT COUNT(*) FROM delivery WHERE state = 'queued' AND host_id = $1";
        let (n,): (i64,) = on_either!(self, sqlx::query_as(COUNT).bind(host_id), fetch_one)?;
        Ok(n)
    }

    /// Makes everything due that waits for one host, or for all: their failures are forgotten. A host that was gone
    /// for long counts as returned, because from now on nothing says how long it was away (`product.md` 2.4). What
    /// is settled stays settled.
    pub async fn retry_hosts(&mut self, host_id: Option<i64>, now: Millis) -> Result<Retried> {
        let hosts = built!(
            self,
            |sql| {
                sql.push("UPDATE host SET returned_at = CASE WHEN unavailable_since < ");
                sql.push_bind(now.minus(crate::store::LONG_GONE));
                sql.push(" THEN CAST(").push_bind(now);
                sql.push(
                    " AS BIGINT) ELSE returned_at END,
                         unavailable_since = NULL, failing_since = NULL, failures = 0, due_at = 0
                     WHERE (failures > 0 OR unavailable_since IS NOT NULL OR due_at > ",
                );
                sql.push_bind(now).push(")");
                if let Some(id) = host_id {
                    sql.push(" AND id = ").push_bind(id);
                }
            },
            count
        )?;
        let deliveries = built!(
            self,
            |sql| {
                sql.push("UPDATE delivery SET due_at = ").push_bind(now);
                sql.push(" WHERE state = 'queued'");
                if let Some(id) = host_id {
                    sql.push(" AND host_id = ").push_bind(id);
                }
            },
            count
        )?;
        Ok(Retried { hosts, deliveries })
    }

    /// Gives up whatever waits for a host, and says how much that was. What is on its way may still arrive.
    pub async fn drop_waiting(&mut self, host_id: i64, now: Millis) -> Result<u64> {
        const DROP: &str = "
            UPDATE delivery
            SET state = 'abandoned', settled_at = $2
            WHERE state = 'queued' AND host_id = $1";
        Ok(execute!(self, sqlx::query(DROP).bind(host_id).bind(now))?)
    }

    /// Up to `limit` hosts that fail and that something waits for, those with the most failures first.
    pub async fn failing_hosts(&mut self, limit: i64) -> Result<Vec<FailingHost>> {
        const FAILING: &str = "
            SELECT h.authority AS host, h.failures, h.failing_since AS since, h.last_status AS status,
                   h.due_at AS next, h.unavailable_since IS NOT NULL AS gone, COUNT(*) AS waiting
            FROM host AS h
            JOIN delivery AS d ON d.host_id = h.id AND d.state = 'queued'
            WHERE h.failures > 0
            GROUP BY h.id
            ORDER BY h.failures DESC, h.authority
            LIMIT $1";
        Ok(on_either!(
            self,
            sqlx::query_as(FAILING).bind(limit),
            fetch_all
        )?)
    }

    /// What the hosts that were tried since then answered last; those that did not answer say nothing. Counted by
    /// domain, so that nobody with many hosts speaks for all.
    pub async fn signatures_since(&mut self, since: Millis) -> Result<Signatures> {
        const COUNT: &str = "
            SELECT COUNT(DISTINCT domain) AS answered,
                   COUNT(DISTINCT CASE WHEN last_status = 401 THEN domain END) AS refused
            FROM host
            WHERE last_tried_at > $1 AND last_status IS NOT NULL";
        Ok(on_either!(
            self,
            sqlx::query_as(COUNT).bind(since),
            fetch_one
        )?)
    }
}
