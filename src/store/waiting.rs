//! What waits, and for which reason.

use sqlx::FromRow;

use super::{Result, Tx, error::word};
use crate::{clock::Millis, endorsement::WaitsFor};

/// An act that waits for a surge to pass.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct SurgeRow {
    /// When it came.
    pub at: Millis,
    /// Its row id.
    pub act_id: i64,
    /// The row id of its actor.
    pub actor_id: i64,
    /// The id of its actor.
    pub actor: String,
    /// The registrable domain of its actor.
    pub domain: String,
}

/// A domain from which endorsements wait for a surge to pass.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct SurgingDomain {
    /// The registrable domain.
    pub domain: String,
    /// How many wait.
    pub n: i64,
    /// When the first of them came.
    pub since: Millis,
    /// One of the hosts from which they are.
    pub host: String,
    /// How many hosts that are.
    pub hosts: i64,
    /// Whether the domain itself is among these hosts.
    pub itself: bool,
}

impl Tx {
    /// Up to `limit` acts that wait for a surge to pass and came at `until` or earlier, in the order of arrival,
    /// beginning after an act that came `after`.
    pub async fn surges_until(
        &mut self,
        until: Millis,
        after: (Millis, i64),
        limit: i64,
    ) -> Result<Vec<SurgeRow>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT act.at, act.id AS act_id, act.actor_id, actor.url AS actor, host.domain
             FROM act
             JOIN actor ON actor.id = act.actor_id
             JOIN host ON host.id = actor.host_id
             WHERE act.waits_for = 'surge' AND act.ended_at IS NULL
               AND act.at <= $1 AND (act.at, act.id) > ($2, $3)
             ORDER BY act.at, act.id
             LIMIT $4",
            )
            .bind(until)
            .bind(after.0)
            .bind(after.1)
            .bind(limit),
            fetch_all
        )?)
    }

    /// How many listed endorsements that were given before a moment each domain has; domains without any are left out.
    pub async fn listed_before(&mut self, before: Millis) -> Result<Vec<(String, i64)>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT host.domain, COUNT(*)
             FROM endorsement
             JOIN actor ON actor.id = endorsement.actor_id
             JOIN host ON host.id = actor.host_id
             WHERE endorsement.state = 'listed' AND endorsement.endorsed_at < $1
             GROUP BY host.domain",
            )
            .bind(before),
            fetch_all
        )?)
    }

    /// How many endorsements wait for each reason, in the order of [`WaitsFor`]; reasons without any are left out.
    pub async fn waiting_by_reason(&mut self) -> Result<Vec<(WaitsFor, i64)>> {
        let rows: Vec<(String, i64)> = on_either!(
            self,
            sqlx::query_as(
                "SELECT waits_for, COUNT(*)
             FROM endorsement
             WHERE state = 'pending' AND waiting_domain IS NOT NULL AND waits_for IS NOT NULL
             GROUP BY waits_for",
            ),
            fetch_all
        )?;
        let mut reasons = Vec::with_capacity(rows.len());
        for (what, n) in rows {
            reasons.push((word("endorsement", "waits_for", &what, &what)?, n));
        }
        reasons.sort_unstable();
        Ok(reasons)
    }

    /// Up to `limit` domains from which endorsements wait for a surge to pass, those with most first.
    pub async fn surging_domains(&mut self, limit: i64) -> Result<Vec<SurgingDomain>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT endorsement.waiting_domain AS domain, COUNT(*) AS n, MIN(endorsement.endorsed_at) AS since,
                    MIN(host.name) AS host, COUNT(DISTINCT host.name) AS hosts,
                    COUNT(CASE WHEN host.name = endorsement.waiting_domain THEN 1 END) > 0 AS itself
             FROM endorsement
             JOIN actor ON actor.id = endorsement.actor_id
             JOIN host ON host.id = actor.host_id
             WHERE endorsement.state = 'pending' AND endorsement.waits_for = 'surge'
               AND endorsement.waiting_domain IS NOT NULL
             GROUP BY endorsement.waiting_domain
             ORDER BY n DESC, domain
             LIMIT $1",
            )
            .bind(limit),
            fetch_all
        )?)
    }
}
