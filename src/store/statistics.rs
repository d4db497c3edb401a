//! Numbers for the public that name nobody: by day, by server, and what became of everything that was received.
//!
//! Not here: the totals of every page (`counts`), and how the numbers are kept (`kept_counts`).

use sqlx::FromRow;

use super::{Result, Tx};
use crate::clock::Millis;

/// Milliseconds of a day.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// How many joined on a day. Who has two entries that are linked is in both.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct DayCount {
    /// The midnight (UTC) that begins the day. Of a name of the letter's file: of the day on which it was first read.
    pub day: Millis,
    /// `github`, `letter`, `manual` or `fediverse`.
    pub source: String,
    /// Whether they only like the letter.
    pub liked: bool,
    /// How many of those who count now.
    pub n: i64,
}

/// How many people of the list are on which servers of the Fediverse. Who has two accounts that are linked is on both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerCounts {
    /// The authorities of servers that have enough of them, and how many; most first.
    pub servers: Vec<(String, i64)>,
    /// How many other servers there are.
    pub other_servers: i64,
    /// How many people of the list are on those.
    pub on_others: i64,
    /// How many are counted without a name, wherever they are.
    pub nameless: i64,
}

/// What became of everything that was received and is still on record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModerationCounts {
    /// Endorsements by their states.
    pub states: Vec<(String, i64)>,
    /// Replies that do not sign, and that stand.
    pub comments: i64,
    /// Endorsements that administrators declared void, by the code of their reason; an empty one where none was given.
    pub invalidated: Vec<(String, i64)>,
}

impl Tx {
    /// How many joined on each day since then, in the order of the days: at most four numbers for each day, and one for each
    /// forge.
    pub async fn day_counts(&mut self, since: Millis) -> Result<Vec<DayCount>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT day, source, liked, CAST(SUM(n) AS BIGINT) AS n
                 FROM (SELECT day * 86400000 AS day, 'fediverse' AS source, liked, n
                       FROM day_count
                       WHERE day >= $1 AND n > 0
                       UNION ALL
                       SELECT day * 86400000, 'fediverse', FALSE, -n FROM forge_count WHERE day >= $1 AND n > 0
                       UNION ALL
                       SELECT day * 86400000, source, FALSE, n FROM forge_count WHERE day >= $1 AND n > 0
                       UNION ALL
                       SELECT listed_at / 86400000 * 86400000, source, FALSE, COUNT(*)
                       FROM signatory
                       WHERE state = 'listed' AND listed_at >= $2
                       GROUP BY listed_at / 86400000 * 86400000, source) AS joined
                 GROUP BY day, source, liked
                 HAVING SUM(n) > 0
                 ORDER BY day, source, liked",
            )
            .bind(since.as_millis().div_euclid(DAY))
            .bind(since.day()),
            fetch_all
        )?)
    }

    /// How many people of the list are on which servers of the Fediverse, forges left out. A server with fewer than `least` of them is one of the others, so
    /// that no number tells of a person, and so are those after the first `most`.
    pub async fn server_counts(&mut self, least: i64, most: i64) -> Result<ServerCounts> {
        let servers: Vec<(String, i64)> = on_either!(
            self,
            sqlx::query_as(
                "SELECT host.authority, host_count.n
                 FROM host_count
                 JOIN host ON host.id = host_count.host_id
                 WHERE host_count.n >= $1
                   AND NOT EXISTS (SELECT 1 FROM actor WHERE actor.forge IS NOT NULL AND actor.host_id = host.id)
                 ORDER BY host_count.n DESC, host.authority
                 LIMIT $2",
            )
            .bind(least)
            .bind(most),
            fetch_all
        )?;
        let (all, people): (i64, i64) = on_either!(
            self,
            sqlx::query_as(
                "SELECT COUNT(*), CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM host_count
                 WHERE n > 0 AND host_id NOT IN (SELECT host_id FROM actor WHERE forge IS NOT NULL)",
            ),
            fetch_one
        )?;
        let nameless = on_either!(
            self,
            sqlx::query_scalar(
                "SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT)
                 FROM endorsement_count
                 WHERE state = 'counted' AND NOT organisation",
            ),
            fetch_one
        )?;
        let shown = i64::try_from(servers.len()).unwrap_or(i64::MAX);
        let on_shown: i64 = servers.iter().map(|(_, n)| n).sum();
        Ok(ServerCounts {
            servers,
            other_servers: all.saturating_sub(shown),
            on_others: people.saturating_sub(on_shown),
            nameless,
        })
    }

    /// What became of everything that was received.
    pub async fn moderation_counts(&mut self) -> Result<ModerationCounts> {
        let states = on_either!(
            self,
            sqlx::query_as(
                "SELECT state, CAST(SUM(n) AS BIGINT) FROM endorsement_count WHERE n > 0 GROUP BY state ORDER BY state",
            ),
            fetch_all
        )?;
        let comments = on_either!(
            self,
            sqlx::query_scalar(
                "SELECT COUNT(*) FROM act WHERE kind = 'comment' AND ended_at IS NULL"
            ),
            fetch_one
        )?;
        let invalidated = on_either!(
            self,
            sqlx::query_as(
                "SELECT COALESCE(code, ''),
                        CAST(SUM(CASE WHEN target IS NOT NULL THEN 1
                                      ELSE (SELECT COUNT(*) FROM audit_target WHERE audit_target.audit_id = audit.id)
                                 END) AS BIGINT)
                 FROM audit
                 WHERE action = 'endorsement.invalidate' AND undone_by IS NULL
                 GROUP BY 1
                 ORDER BY 1",
            ),
            fetch_all
        )?;
        Ok(ModerationCounts {
            states,
            comments,
            invalidated,
        })
    }
}
