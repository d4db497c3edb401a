//! What `status` shows besides the kept counts: what waits for which reason, when something last happened, and the counts
//! of an earlier time.

use sqlx::FromRow;

use super::{Result, Tx};
use crate::clock::Millis;

/// When something last happened; `None` when it never did, or is not kept any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub struct LastEvents {
    /// Another server delivered something that was taken.
    pub received: Option<Millis>,
    /// Another server took something of ours.
    pub delivered: Option<Millis>,
    /// Somebody signed by a post.
    pub signed: Option<Millis>,
}

/// The counts of an earlier time, by the histories of endorsements. People who were erased since are not among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PastCounts {
    /// Those of `signed` who signed on forges, by their sources in the order of the alphabet.
    pub forges: Vec<(String, i64)>,
    /// Replies, mentions and quotes that counted, of persons.
    pub signed: i64,
    /// Likes and reactions that counted, of persons.
    pub liked: i64,
    /// Those of both who endorsed the text of that time.
    pub current: i64,
    /// Organisations; of those by hand not the removed ones that were purged since.
    pub organisations: i64,
    /// Endorsements that waited.
    pub pending: i64,
    /// Signatories by source, and how many of them signed the text of that time.
    pub signatories: Vec<(String, i64, i64)>,
}

impl Tx {
    /// When something last happened.
    pub async fn last_events(&mut self) -> Result<LastEvents> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT
                (SELECT at FROM journal WHERE outcome = 'taken' ORDER BY id DESC LIMIT 1) AS received,
                (SELECT MAX(last_success_at) FROM host) AS delivered,
                (SELECT endorsed_at FROM endorsement
                 WHERE state IN ('listed', 'counted', 'pending') AND kind NOT IN ('like', 'reaction')
                 ORDER BY endorsed_at DESC, id DESC LIMIT 1) AS signed",
            ),
            fetch_one
        )?)
    }

    /// The number of the revision that was published at this time; `None` when there was none.
    pub async fn revision_at(&mut self, at: Millis) -> Result<Option<i64>> {
        Ok(on_either!(
            self,
            sqlx::query_scalar(
                "SELECT number FROM revision WHERE published_at <= $1 ORDER BY number DESC LIMIT 1",
            )
            .bind(at),
            fetch_optional
        )?)
    }

    /// The counts of an earlier time, when this revision was the newest. Reads all histories.
    pub async fn counts_at(&mut self, at: Millis, revision: i64) -> Result<PastCounts> {
        let groups: Vec<(String, bool, bool, String, i64, i64)> = on_either!(
            self,
            sqlx::query_as(
                "SELECT history.now, endorsement.organisation,
                    COALESCE(act.kind, endorsement.kind) IN ('like', 'reaction'), COALESCE(actor.forge, ''),
                    COUNT(*),
                    CAST(SUM(CASE WHEN history.revision IN
                                       (SELECT number FROM revision
                                        WHERE same_as = (SELECT same_as FROM revision WHERE number = $2))
                                  THEN 1 ELSE 0 END) AS BIGINT)
             FROM (SELECT MAX(id) AS id FROM history WHERE at <= $1 GROUP BY endorsement_id) AS newest
             JOIN history ON history.id = newest.id
             JOIN endorsement ON endorsement.id = history.endorsement_id
             JOIN actor ON actor.id = endorsement.actor_id
             LEFT JOIN act ON act.id = history.act_id
             WHERE history.now IN ('listed', 'counted', 'pending')
             GROUP BY 1, 2, 3, 4
             ORDER BY 4",
            )
            .bind(at)
            .bind(revision),
            fetch_all
        )?;
        let signatories = on_either!(
            self,
            sqlx::query_as(
                "SELECT source, COUNT(*),
                    CAST(SUM(CASE WHEN revision IN
                                       (SELECT number FROM revision
                                        WHERE same_as = (SELECT same_as FROM revision WHERE number = $2))
                                  THEN 1 ELSE 0 END) AS BIGINT)
             FROM signatory
             WHERE listed_at <= $1
               AND ((state = 'listed' AND gone_at IS NULL) OR (state <> 'hidden' AND gone_at > $1))
             GROUP BY source",
            )
            .bind(at)
            .bind(revision),
            fetch_all
        )?;
        let by_hand: i64 = on_either!(
            self,
            sqlx::query_scalar(
                "SELECT COUNT(*) FROM organisation
                 WHERE added_at <= $1 AND (removed_at IS NULL OR removed_at > $1)",
            )
            .bind(at),
            fetch_one
        )?;
        let mut counts = PastCounts {
            organisations: by_hand,
            signatories,
            ..PastCounts::default()
        };
        for (state, organisation, liked, forge, n, current) in groups {
            if state != "pending" && !organisation && !forge.is_empty() {
                match counts.forges.last_mut() {
                    Some((last, signed)) if *last == forge => *signed += n,
                    _ => counts.forges.push((forge, n)),
                }
            }
            match (state.as_str(), organisation, liked) {
                ("pending", _, _) => counts.pending += n,
                (_, true, _) => counts.organisations += n,
                (_, false, false) => counts.signed += n,
                (_, false, true) => counts.liked += n,
            }
            if state != "pending" && !organisation {
                counts.current += current;
            }
        }
        Ok(counts)
    }
}
