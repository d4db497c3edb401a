//! Administrators' view of the queue, and their changes: `queue list | retry | drop`, and failing hosts.

use serde::Serialize;
use sqlx::FromRow;

use crate::{
    clock::Millis,
    store::{Result, Tx, endorsement_queries::escaped},
};

/// One undelivered delivery: `queue list --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromRow)]
pub struct QueueRow {
    /// The row id.
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
    /// The number of attempts.
    pub attempts: i64,
    /// When it was queued.
    pub queued: Millis,
    /// The earliest time of the next attempt; `None` when it is settled.
    pub next: Option<Millis>,
    /// The status of the last response; `None` without one.
    pub status: Option<i64>,
    /// The first 500 bytes of the last response, or why there was none.
    pub answer: Option<String>,
    /// The row id of the activity.
    #[serde(skip)]
    pub activity_id: i64,
    /// When it was refused or abandoned.
    #[serde(skip)]
    pub settled_at: Option<Millis>,
}

/// Deliveries that were not delivered, read page by page: those that wait, in sending order, then those refused or
/// abandoned in the last 30 days, newest first.
#[derive(Clone, Debug)]
pub struct QueuePages {
    /// The hosts, where `*` is any text; `None` for all.
    glob: Option<String>,
    /// `None` at the end.
    part: Option<QueuePart>,
    /// The last row that was read of this part.
    after: Option<QueueRow>,
}

/// Each of the two has an index of its own, so nothing that was delivered is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum QueuePart {
    Waiting,
    Failed,
}

impl QueuePages {
    /// The pages of deliveries to these hosts.
    pub const fn of(glob: Option<String>) -> Self {
        Self {
            glob,
            part: Some(QueuePart::Waiting),
            after: None,
        }
    }

    /// The next page with up to `limit` rows; fewer only at the end.
    pub async fn next(&mut self, tx: &mut Tx, limit: i64) -> Result<Vec<QueueRow>> {
        let mut rows = Vec::new();
        while let Some(part) = self.part {
            let left = limit.saturating_sub(i64::try_from(rows.len()).unwrap_or(i64::MAX));
            if left <= 0 {
                break;
            }
            let glob = self.glob.as_deref();
            let page = tx
                .undelivered(part, glob, self.after.as_ref(), left)
                .await?;
            let is_full = i64::try_from(page.len()).is_ok_and(|n| n == left);
            self.after = page.last().cloned();
            rows.extend(page);
            if !is_full {
                self.part = (part == QueuePart::Waiting).then_some(QueuePart::Failed);
                self.after = None;
            }
        }
        Ok(rows)
    }
}

/// A host that does not accept deliveries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromRow)]
pub struct FailingHost {
    /// Its authority.
    pub host: String,
    /// The number of consecutive failures.
    pub failures: i64,
    /// When the first of them happened.
    pub since: Option<Millis>,
    /// The status of its last response; `None` without one.
    pub status: Option<i64>,
    /// When the next attempt is due.
    pub next: Millis,
    /// Whether it counts as dead.
    pub gone: bool,
    /// The number of deliveries that wait for it.
    pub waiting: i64,
}

/// How recently tried hosts responded to our signatures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub struct Signatures {
    /// The number of domains whose hosts responded.
    pub answered: i64,
    /// Those of them whose last response was 401.
    pub refused: i64,
}

/// What a retry made due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retried {
    /// Hosts.
    pub hosts: u64,
    /// Deliveries that wait for them.
    pub deliveries: u64,
}

impl Tx {
    async fn undelivered(
        &mut self,
        part: QueuePart,
        glob: Option<&str>,
        after: Option<&QueueRow>,
        limit: i64,
    ) -> Result<Vec<QueueRow>> {
        Ok(built!(
            self,
            |sql| {
                sql.push(
                    "SELECT d.id, h.authority AS host, inbox.url AS inbox, a.kind AS type, a.path AS activity, d.state,
                            d.attempts, d.queued_at AS queued,
                            CASE WHEN d.state <> 'queued' THEN NULL
                                 WHEN d.due_at < h.due_at THEN h.due_at ELSE d.due_at END AS next,
                            d.last_status AS status, d.last_body AS answer, d.activity_id, d.settled_at
                     FROM delivery AS d
                     JOIN host AS h ON h.id = d.host_id
                     JOIN inbox ON inbox.id = d.inbox_id
                     JOIN activity AS a ON a.id = d.activity_id
                     WHERE ",
                );
                match part {
                    QueuePart::Waiting => sql.push("d.state = 'queued'"),
                    QueuePart::Failed => sql.push("d.state IN ('refused', 'abandoned')"),
                };
                if let Some(glob) = glob {
                    sql.push(" AND h.authority LIKE ").push_bind(pattern(glob)).push(" ESCAPE '\\'");
                }
                if let Some(row) = after {
                    sql.push(" AND ");
                    if let (QueuePart::Failed, Some(settled_at)) = (part, row.settled_at) {
                        sql.push("d.settled_at <= ").push_bind(settled_at);
                        sql.push(" AND (d.settled_at < ").push_bind(settled_at).push(" OR ");
                    } else {
                        sql.push("(");
                    }
                    sql.push("(d.activity_id, d.id) > (").push_bind(row.activity_id).push(", ");
                    sql.push_bind(row.id).push("))");
                }
                sql.push(match part {
                    QueuePart::Waiting => " ORDER BY d.activity_id, d.id LIMIT ",
                    QueuePart::Failed => " ORDER BY d.settled_at DESC, d.activity_id, d.id LIMIT ",
                });
                sql.push_bind(limit);
            },
            rows QueueRow
        )?)
    }

    /// The number of deliveries that were not delivered, to all hosts or to those that match `glob`.
    pub async fn undelivered_count(&mut self, glob: Option<&str>) -> Result<i64> {
        let mut total = 0;
        for which in ["d.state = 'queued'", "d.state IN ('refused', 'abandoned')"] {
            let rows: Vec<(i64,)> = built!(
                self,
                |sql| {
                    sql.push("SELECT COUNT(*) FROM delivery AS d");
                    if glob.is_some() {
                        sql.push(" JOIN host AS h ON h.id = d.host_id");
                    }
                    sql.push(" WHERE ").push(which);
                    if let Some(glob) = glob {
                        sql.push(" AND h.authority LIKE ")
                            .push_bind(pattern(glob))
                            .push(" ESCAPE '\\'");
                    }
                },
                rows(i64,)
            )?;
            total += rows.first().map_or(0, |row| row.0);
        }
        Ok(total)
    }

    /// The row id of a host that something waits for or was sent to.
    pub async fn host_with_mail(&mut self, authority: &str) -> Result<Option<i64>> {
        const FIND: &str = "
            SELECT id
            FROM host
            WHERE authority = $1
              AND (last_tried_at IS NOT NULL OR waiting)";
        let row: Option<(i64,)> =
            on_either!(self, sqlx::query_as(FIND).bind(authority), fetch_optional)?;
        Ok(row.map(|row| row.0))
    }

    /// How many deliveries wait for a host.
    pub async fn waiting_for_host(&mut self, host_id: i64) -> Result<i64> {
        const COUNT: &str = "SELECT COUNT(*) FROM delivery WHERE state = 'queued' AND host_id = $1";
        let (n,): (i64,) = on_either!(self, sqlx::query_as(COUNT).bind(host_id), fetch_one)?;
        Ok(n)
    }

    /// Makes everything due that waits for one host, or for all, and clears their failures. A host that was
    /// unreachable for more than [`LONG_GONE`](crate::store::LONG_GONE) counts as returned, because from now on
    /// nothing tells how long that was, and whether a changed key is trusted depends on it. What is settled stays
    /// settled.
    pub async fn retry_hosts(&mut self, host_id: Option<i64>, now: Millis) -> Result<Retried> {
        let hosts = built!(
            self,
            |sql| {
                sql.push("UPDATE host SET returned_at = CASE WHEN unavailable_since < ");
                sql.push_bind(now.minus(crate::store::LONG_GONE));
                sql.push(" THEN CAST(").push_bind(now);
                sql.push(
                    " AS BIGINT) ELSE returned_at END,
                         unavailable_since = NULL, failing_since = NULL, failures = 0, due_at = 0,
                         asked_to_wait = 0
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

    /// Drops what waits for a host. Returns the number of deliveries. Those that are being sent may still arrive.
    pub async fn drop_waiting(&mut self, host_id: i64, now: Millis) -> Result<u64> {
        const DROP: &str = "
            UPDATE delivery
            SET state = 'abandoned', settled_at = $2
            WHERE state = 'queued' AND host_id = $1";
        Ok(execute!(self, sqlx::query(DROP).bind(host_id).bind(now))?)
    }

    /// Up to `limit` failing hosts with waiting deliveries, those with the most failures first.
    pub async fn failing_hosts(&mut self, limit: i64) -> Result<Vec<FailingHost>> {
        const FAILING: &str = "
            SELECT h.authority AS host, h.failures, h.failing_since AS since, h.last_status AS status,
                   h.due_at AS next, h.unavailable_since IS NOT NULL AS gone,
                   (SELECT COUNT(*) FROM delivery AS d WHERE d.host_id = h.id AND d.state = 'queued') AS waiting
            FROM host AS h
            WHERE h.failures > 0 AND h.waiting
            ORDER BY h.failures DESC, h.authority
            LIMIT $1";
        Ok(on_either!(
            self,
            sqlx::query_as(FAILING).bind(limit),
            fetch_all
        )?)
    }

    /// The last responses of hosts that were tried since then; hosts without a response are left out. Counted by
    /// domain, so that a domain with many hosts counts once.
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

/// The `LIKE` pattern of hosts, where `*` is any text.
fn pattern(glob: &str) -> String {
    escaped(&glob.to_ascii_lowercase()).replace('*', "%")
}
