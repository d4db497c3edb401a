//! Reached steps of the goal, and the number of supporters who have not lasted yet.

use super::{Result, Tx};
use crate::clock::Millis;

/// Supporters who count now, and have not for long without a break.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnsettledCounts {
    /// Names of the letter's own list, and replies, mentions and quotes that count.
    pub signed: i64,
    /// Likes and reactions that count.
    pub liked: i64,
    /// Pledges that count, of persons who signed.
    pub pledged: i64,
}

/// What the index `endorsement_lasting` has of one sort: of likes and reactions (1), or of all others (0).
macro_rules! counting {
    () => {
        "endorsement.state IN ('listed', 'counted') AND NOT endorsement.organisation
         AND (CASE WHEN endorsement.kind IN ('like', 'reaction') THEN 1 ELSE 0 END) = "
    };
}

/// When an endorsement began or last changed, as that index has it.
macro_rules! lasting_since {
    () => {
        "(CASE WHEN endorsement.endorsed_at > endorsement.changed_at
               THEN endorsement.endorsed_at ELSE endorsement.changed_at END)"
    };
}

/// Up to `$3` endorsements of one sort (`$1`) that began or changed after `$2`.
const RECENT: &str = concat!(
    "SELECT COUNT(*) FROM (SELECT 1 FROM endorsement WHERE ",
    counting!(),
    "$1 AND ",
    lasting_since!(),
    " > $2 LIMIT $3) AS recent"
);

impl Tx {
    /// The steps that were ever reached, announced or not, in ascending order.
    pub async fn milestones(&mut self) -> Result<Vec<i64>> {
        Ok(on_either!(
            self,
            sqlx::query_scalar("SELECT step FROM milestone ORDER BY step"),
            fetch_all
        )?)
    }

    /// Marks a step as reached for good. False when it was reached before; then
    /// nothing changes.
    pub async fn add_milestone(&mut self, step: i64) -> Result<bool> {
        Ok(execute!(
            self,
            sqlx::query(
                "INSERT INTO milestone (step)
             VALUES ($1)
             ON CONFLICT (step) DO NOTHING",
            )
            .bind(step)
        )? == 1)
    }

    /// How many supporters count now and came or changed after `since`, or are of a domain from which endorsements wait
    /// for a surge to pass: nobody knows yet whether those are people.
    ///
    /// It looks no further than `limit` of each sort: a number from there on says that there are so many, or more.
    pub async fn unsettled_counts(&mut self, since: Millis, limit: i64) -> Result<UnsettledCounts> {
        const NAMES: &str = "
            SELECT COUNT(*)
            FROM (SELECT 1 FROM signatory WHERE state = 'listed' AND listed_at > $1 LIMIT $2) AS recent";
        let (names,): (i64,) = on_either!(
            self,
            sqlx::query_as(NAMES).bind(since).bind(limit),
            fetch_one
        )?;
        let domains = self.domains_in_a_surge().await?;
        let mut counts = [0, 0];
        for (liked, n) in (0..).zip(&mut counts) {
            let recent = self.recent(liked, since, limit).await?;
            *n = recent + self.surging(&domains, liked, since, limit).await?;
        }
        let [signed, liked] = counts;
        let pledged = self.recent_pledges(&domains, since, limit).await?;
        Ok(UnsettledCounts {
            signed: names + signed,
            liked,
            pledged,
        })
    }

    /// How many pledges that count are newer than `since`, or of somebody whose endorsement is, or who is of these domains;
    /// up to `limit`. The older of two has lasted no longer than the newer one.
    async fn recent_pledges(
        &mut self,
        domains: &[String],
        since: Millis,
        limit: i64,
    ) -> Result<i64> {
        let rows: Vec<(i64,)> = built!(
            self,
            |sql| {
                sql.push(
                    "SELECT COUNT(*)
                     FROM (SELECT 1
                           FROM endorsement
                           JOIN actor ON actor.id = endorsement.actor_id
                           JOIN host ON host.id = actor.host_id
                           WHERE endorsement.pledge IS NOT NULL
                             AND (endorsement.pledge = 'clear' OR endorsement.pledge_state = 'shown') AND ",
                );
                sql.push(counting!()).push_bind(0_i64);
                sql.push(" AND (endorsement.pledged_at > ").push_bind(since);
                sql.push(" OR ")
                    .push(lasting_since!())
                    .push(" > ")
                    .push_bind(since);
                if !domains.is_empty() {
                    sql.push(" OR host.domain");
                    sql.push_in(domains);
                }
                sql.push(") LIMIT ").push_bind(limit).push(") AS recent");
            },
            rows(i64,)
        )?;
        Ok(rows.first().map_or(0, |row| row.0))
    }

    /// The domains from which endorsements wait for a surge to pass.
    async fn domains_in_a_surge(&mut self) -> Result<Vec<String>> {
        Ok(on_either!(
            self,
            sqlx::query_scalar(
                "SELECT DISTINCT waiting_domain
             FROM endorsement
             WHERE state = 'pending' AND waits_for = 'surge' AND waiting_domain IS NOT NULL",
            ),
            fetch_all
        )?)
    }

    /// How many endorsements of one sort began or changed after `since`, up to `limit`.
    async fn recent(&mut self, liked: i64, since: Millis, limit: i64) -> Result<i64> {
        let (n,): (i64,) = on_either!(
            self,
            sqlx::query_as(RECENT).bind(liked).bind(since).bind(limit),
            fetch_one
        )?;
        Ok(n)
    }

    /// How many of the others of that sort are of these domains, up to `limit`.
    async fn surging(
        &mut self,
        domains: &[String],
        liked: i64,
        since: Millis,
        limit: i64,
    ) -> Result<i64> {
        let rows: Vec<(i64,)> = built!(
            self,
            |sql, domains| {
                // From the domains, which are few, to their people: `CROSS JOIN` makes SQLite keep that order.
                sql.push(
                    "SELECT COUNT(*)
                     FROM (SELECT 1
                           FROM host
                           CROSS JOIN actor
                           CROSS JOIN endorsement
                           WHERE actor.host_id = host.id AND endorsement.actor_id = actor.id AND host.domain",
                );
                sql.push_in(domains);
                sql.push(" AND ").push(counting!()).push_bind(liked);
                sql.push(" AND ")
                    .push(lasting_since!())
                    .push(" <= ")
                    .push_bind(since);
                sql.push(" LIMIT ").push_bind(limit).push(") AS surging");
            },
            rows(i64,)
        )?;
        Ok(rows.first().map_or(0, |row| row.0))
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

    const INDEX: &str = "endorsement_lasting";

    #[tokio::test]
    async fn the_newest_are_read_from_their_index() {
        let (_folder, url) = sqlite();
        let store = Store::open(&url, 1, Access::Create).await.unwrap();
        let Tx::Sqlite(mut tx) = store.read().await.unwrap() else {
            panic!("a file is opened by SQLite");
        };
        let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {RECENT}"));
        let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain)
            .bind(0)
            .bind(0)
            .bind(9)
            .fetch_all(&mut *tx)
            .await
            .unwrap();
        let steps: Vec<_> = plan.into_iter().map(|row| row.3).collect();
        let search = format!("SEARCH endorsement USING INDEX {INDEX} (<expr>=? AND <expr>>?)");
        assert!(steps.contains(&search), "{steps:#?}");
        drop(tx);
        store.close().await;
    }

    #[tokio::test]
    async fn the_newest_can_be_read_from_their_index_on_a_server() {
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
        let query = ["$1", "$2", "$3"]
            .iter()
            .fold(RECENT.to_owned(), |query, n| query.replace(n, "1"));
        let explain = AssertSqlSafe(format!("EXPLAIN {query}"));
        let plan: Vec<(String,)> = sqlx::query_as(explain).fetch_all(&mut *tx).await.unwrap();
        let plan: Vec<_> = plan.into_iter().map(|row| row.0).collect();
        assert!(plan.iter().any(|step| step.contains(INDEX)), "{plan:#?}");
        drop(tx);
        store.close().await;
    }
}
