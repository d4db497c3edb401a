//! Counts of recent endorsements by domain.

use super::{Result, Tx};
use crate::clock::Millis;

impl Tx {
    /// How many endorsements each of these domains had since `since`; domains without any are left out.
    pub async fn surges(&mut self, domains: &[&str], since: Millis) -> Result<Vec<(String, i64)>> {
        Ok(built!(
            self,
            |sql, domains| {
                sql.push("SELECT domain, CAST(SUM(n) AS BIGINT) FROM surge WHERE at > ");
                sql.push_bind(since).push(" AND domain");
                sql.push_in(domains);
                sql.push(" GROUP BY domain");
            },
            rows(String, i64)
        )?)
    }

    /// Adds to the counts of the domains at `at`, each domain once.
    pub async fn add_surges(&mut self, counted: &[(&str, i64)], at: Millis) -> Result<()> {
        built!(
            self,
            |sql, counted| {
                sql.push("INSERT INTO surge (domain, at, n) ");
                sql.push_rows(counted, |row, (domain, n)| {
                    row.push_bind(*domain).push_bind(at).push_bind(n);
                });
                sql.push(" ON CONFLICT (domain, at) DO UPDATE SET n = surge.n + excluded.n");
            },
            count
        )?;
        Ok(())
    }

    /// Deletes counts until `until`.
    pub async fn forget_surges(&mut self, until: Millis) -> Result<u64> {
        const FORGET: &str = "DELETE FROM surge WHERE at <= $1";
        Ok(execute!(self, sqlx::query(FORGET).bind(until))?)
    }
}
