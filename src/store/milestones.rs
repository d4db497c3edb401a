//! Reached steps of the goal, and the number of supporters who have lasted.

use super::{Result, Tx};
use crate::clock::Millis;

/// Supporters who have counted without a break since a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LastingCounts {
    /// Names of the letter's own list, and replies, mentions and quotes that count.
    pub signed: i64,
    /// Likes and reactions that count.
    pub liked: i64,
}

impl Tx {
    /// The steps that were ever reached, announced or not, in ascending order.
    pub async fn milestones(&mut self) -> Result<Vec<i64>> {
        Ok(on_either!(
            self,
            sqlx::query_scalar("SELECT step FROM milestone ORDER BY step"),
            fetch_all
        )?)
    }

    /// Marks a step as reached for good, with the row id of the post about it. False when it was reached before; then
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

    /// How many supporters count now and have counted without a change since `before`. Domains from which
    /// endorsements wait for a surge to pass are left out, because nobody knows yet whether these are people.
    pub async fn settled_counts(&mut self, before: Millis) -> Result<LastingCounts> {
        let (names,): (i64,) = on_either!(
            self,
            sqlx::query_as(
                "SELECT COUNT(*) FROM signatory WHERE state = 'listed' AND listed_at <= $1",
            )
            .bind(before),
            fetch_one
        )?;
        let (signed, liked): (i64, i64) = on_either!(
            self,
            sqlx::query_as(
                "SELECT COUNT(CASE WHEN endorsement.kind NOT IN ('like', 'reaction') THEN 1 END),
                    COUNT(CASE WHEN endorsement.kind IN ('like', 'reaction') THEN 1 END)
             FROM endorsement
             JOIN actor ON actor.id = endorsement.actor_id
             JOIN host ON host.id = actor.host_id
             WHERE endorsement.state IN ('listed', 'counted') AND NOT endorsement.organisation
               AND endorsement.endorsed_at <= $1 AND endorsement.changed_at <= $1
               AND host.domain NOT IN (SELECT surging.waiting_domain
                                       FROM endorsement AS surging
                                       WHERE surging.state = 'pending' AND surging.waits_for = 'surge'
                                         AND surging.waiting_domain IS NOT NULL)",
            )
            .bind(before),
            fetch_one
        )?;
        Ok(LastingCounts {
            signed: names + signed,
            liked,
        })
    }
}
