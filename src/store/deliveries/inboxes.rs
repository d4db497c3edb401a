//! Inboxes that answer 404 again and again, and their actors.

use std::time::Duration;

use crate::{
    clock::Millis,
    store::{Result, Tx},
};

/// How often in a row an inbox is not found before its actor is fetched again …
const MISSING_TIMES: i64 = 3;

/// … and for how long at least: a server under maintenance answers 404 for hours.
const MISSING_FOR: Duration = Duration::from_hours(7 * 24);

impl Tx {
    /// Counts a 404 for each of these inboxes. Returns those that were missing three times over seven days; their
    /// count begins anew.
    pub async fn inboxes_missing(&mut self, inbox_ids: &[i64], now: Millis) -> Result<Vec<i64>> {
        let rows: Vec<(i64, i64)> = built!(
            self,
            |sql, inbox_ids| {
                let since = now.minus(MISSING_FOR);
                let case = |sql: &mut sqlx::QueryBuilder<_>, then: &str| {
                    sql.push("CASE WHEN missing >= ")
                        .push_bind(MISSING_TIMES - 1);
                    sql.push(" AND missing_since <= ")
                        .push_bind(since)
                        .push(then);
                };
                sql.push("UPDATE inbox SET missing = ");
                case(&mut sql, " THEN 0 ELSE missing + 1 END, missing_since = ");
                case(&mut sql, " THEN NULL ELSE COALESCE(missing_since, ");
                sql.push_bind(now).push(") END WHERE id");
                sql.push_in(inbox_ids.iter().copied());
                sql.push(" RETURNING id, missing");
            },
            rows(i64, i64)
        )?;
        let over = rows.into_iter().filter(|(_, missing)| *missing == 0);
        Ok(over.map(|(id, _)| id).collect())
    }

    /// Notes that these inboxes exist.
    pub async fn inboxes_found(&mut self, inbox_ids: &[i64]) -> Result<()> {
        built!(
            self,
            |sql, inbox_ids| {
                sql.push(
                    "UPDATE inbox SET missing = 0, missing_since = NULL WHERE missing > 0 AND id",
                );
                sql.push_in(inbox_ids.iter().copied());
            },
            count
        )?;
        Ok(())
    }

    /// The ids of up to `limit` actors behind these inboxes who follow or endorse, and whose document was not fetched
    /// since `before`; oldest documents first.
    pub async fn actors_behind(
        &mut self,
        inbox_ids: &[i64],
        before: Millis,
        limit: i64,
    ) -> Result<Vec<String>> {
        let rows: Vec<(String,)> = built!(
            self,
            |sql, inbox_ids| {
                sql.push("SELECT url FROM actor WHERE (inbox_id");
                sql.push_in(inbox_ids.iter().copied());
                sql.push(" OR shared_inbox_id");
                sql.push_in(inbox_ids.iter().copied());
                sql.push(") AND refreshed_at <= ").push_bind(before);
                sql.push(
                    " AND (EXISTS (SELECT 1 FROM follower WHERE follower.actor_id = actor.id)
                           OR EXISTS (SELECT 1 FROM endorsement WHERE endorsement.actor_id = actor.id))
                     ORDER BY refreshed_at, id
                     LIMIT ",
                );
                sql.push_bind(limit);
            },
            rows(String,)
        )?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }
}
