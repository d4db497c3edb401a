//! Purging of expired data, and queries for periodic work.

use std::ops::RangeInclusive;

use super::{Result, Tx};
use crate::{
    clock::Millis,
    endorsement::{State, WaitsFor},
};

/// The most inboxes in one statement: databases limit the number of parameters.
const INBOXES_AT_ONCE: usize = 1000;

/// The times before which data is purged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purge {
    /// Comments older than this are deleted.
    pub comments: Millis,
    /// What an endorser ended before this is erased.
    pub left: Millis,
    /// What an administrator withdrew before this is erased.
    pub withdrawn: Millis,
    /// What was rejected before this is erased.
    pub rejected: Millis,
    /// Reports whose newest one is older than this are deleted.
    pub reports: Millis,
    /// Requests and activity ids that arrived before this are forgotten.
    pub seen: Millis,
    /// The current time, for rows with an expiry date of their own.
    pub now: Millis,
}

/// Whether an actor is to be forgotten. Most people endorse, so that is asked first.
macro_rules! to_forget {
    () => {
        "url <> ''
         AND refreshed_at < $1
         AND subscribed_at IS NULL
         AND NOT EXISTS (SELECT 1 FROM endorsement
                         WHERE endorsement.actor_id = actor.id
                           AND NOT (endorsement.state = 'withdrawn' AND endorsement.decision IS NULL
                                    AND endorsement.changed_at < $1)
                           AND NOT (endorsement.state = 'withdrawn' AND endorsement.decision IS NOT NULL
                                    AND endorsement.changed_at < $2)
                           AND NOT (endorsement.state = 'invalid' AND endorsement.changed_at < $2)
                           AND NOT (endorsement.state = 'rejected' AND endorsement.changed_at < $3))
         AND NOT EXISTS (SELECT 1 FROM follower WHERE follower.actor_id = actor.id)
         AND NOT EXISTS (SELECT 1 FROM reach WHERE reach.actor_id = actor.id)
         AND NOT EXISTS (SELECT 1 FROM endorsement AS carried
                         WHERE carried.actor_id = actor.successor_id
                           AND carried.state NOT IN ('withdrawn', 'rejected', 'invalid'))
         AND NOT EXISTS (SELECT 1 FROM quote_authorization
                         WHERE quote_authorization.actor_id = actor.id
                           AND quote_authorization.revoked_at IS NULL)
         AND NOT EXISTS (SELECT 1 FROM post_mention WHERE post_mention.actor_id = actor.id)
         AND NOT EXISTS (SELECT 1 FROM boost WHERE boost.actor_id = actor.id)
         AND NOT EXISTS (SELECT 1 FROM following WHERE following.actor_id = actor.id)
         AND NOT EXISTS (SELECT 1 FROM act WHERE act.speaker_id = actor.id AND act.ended_at IS NULL)
         AND NOT EXISTS (SELECT 1 FROM act
                         WHERE act.actor_id = actor.id
                           AND (act.ended_at IS NULL OR act.object <> ''))"
    };
}

/// The inboxes of people who are forgotten.
macro_rules! personal {
    () => {
        "SELECT inbox.id
         FROM inbox
         WHERE inbox.url <> ''
           AND NOT EXISTS (SELECT 1 FROM actor WHERE actor.inbox_id = inbox.id AND actor.url <> '')
           AND NOT EXISTS (SELECT 1 FROM actor WHERE actor.shared_inbox_id = inbox.id)"
    };
}

/// Endorsements that ended, and of which something is still to be erased.
const DUE_ENDORSEMENTS: &str = "state IN ('withdrawn', 'rejected', 'invalid')
    AND (name IS NOT NULL OR statement IS NOT NULL OR declared_name IS NOT NULL
         OR declared_affiliation IS NOT NULL OR reason IS NOT NULL
         OR edited_name IS NOT NULL OR edited_affiliation IS NOT NULL)
    AND changed_at < $4
    AND ((state = 'withdrawn' AND decision IS NULL AND changed_at <
          CASE WHEN EXISTS (SELECT 1 FROM act
                            WHERE act.id = endorsement.act_id AND act.ended_by = 'gone')
               THEN CAST($2 AS BIGINT) ELSE CAST($1 AS BIGINT) END)
      OR (state = 'withdrawn' AND decision IS NOT NULL AND changed_at < $2)
      OR (state = 'invalid' AND changed_at < $2)
      OR (state = 'rejected' AND changed_at < $3))";

impl Tx {
    /// Erases what is due; returns the number of rows changed. Who and which inbox is then to be forgotten is found
    /// afterwards, by [`first_to_forget`](Self::first_to_forget) and
    /// [`first_inbox_to_forget`](Self::first_inbox_to_forget). The rows of endorsements and acts stay without name,
    /// words and evidence, so that history and counts still add up.
    pub async fn purge(&mut self, purge: &Purge) -> Result<u64> {
        let mut touched = 0;
        // What an administrator or a failed check ended is kept longer, so that a mistake can be undone; rejected
        // words are kept longest. The later of both dates, which holds for every row, is what an index is asked for.
        let due_acts = "SELECT id FROM act
                        WHERE (kind = 'comment' AND at < $1 AND (unsigned_at IS NULL OR unsigned_at < $1)
                               AND NOT EXISTS (SELECT 1 FROM comment
                                               WHERE comment.act_id = act.id AND comment.approved_hash IS NOT NULL
                                                 AND act.ended_at IS NULL))
                           OR (ended_by NOT IN ('decision', 'gone') AND ended_at < $2)
                           OR (ended_by IN ('decision', 'gone')
                               AND ended_at < CASE WHEN CAST($4 AS BIGINT) > CAST($3 AS BIGINT)
                                                   THEN CAST($4 AS BIGINT) ELSE CAST($3 AS BIGINT) END
                               AND ended_at <
                               CASE WHEN EXISTS (SELECT 1 FROM endorsement
                                                 WHERE endorsement.actor_id = act.actor_id
                                                   AND endorsement.state = 'rejected')
                                    THEN CAST($4 AS BIGINT) ELSE CAST($3 AS BIGINT) END)";
        for (before, after) in [
            ("DELETE FROM evidence WHERE act_id IN (", ")"),
            // What was written about a comment is found by its id, which goes.
            (
                "DELETE FROM audit_note
                 WHERE audit_id IN (SELECT id FROM audit
                                    WHERE target IN (SELECT public_id FROM comment WHERE act_id IN (",
                ")))",
            ),
            ("DELETE FROM comment WHERE act_id IN (", ")"),
            (
                "UPDATE act
                 SET text = NULL, warning = NULL, language = NULL, object = '', activity = NULL,
                     ended_at = COALESCE(ended_at, $1), ended_by = COALESCE(ended_by, 'waited')
                 WHERE (text IS NOT NULL OR warning IS NOT NULL OR object <> '' OR ended_at IS NULL)
                   AND id IN (",
                ")",
            ),
        ] {
            let text = sqlx::AssertSqlSafe(format!("{before}{due_acts}{after}"));
            touched += execute!(
                self,
                sqlx::query(text)
                    .bind(purge.comments)
                    .bind(purge.left)
                    .bind(purge.withdrawn)
                    .bind(purge.rejected)
            )?;
        }
        // First what refers to the rows that are found by what they still have.
        for (before, after) in [
            (
                "UPDATE audit_target SET undo = NULL
                 WHERE undo IS NOT NULL AND target IN (SELECT public_id FROM endorsement WHERE ",
                ")",
            ),
            (
                "UPDATE endorsement
                 SET name = NULL, name_skeleton = NULL, declared_name = NULL, declared_affiliation = NULL,
                     declared_state = NULL, statement = NULL, statement_state = NULL, reason = NULL,
                     edited_name = NULL, edited_affiliation = NULL, shown_words = '', other_words = ''
                 WHERE ",
                "",
            ),
        ] {
            let text = sqlx::AssertSqlSafe(format!("{before}{DUE_ENDORSEMENTS}{after}"));
            let erased = execute!(
                self,
                sqlx::query(text)
                    .bind(purge.left)
                    .bind(purge.withdrawn)
                    .bind(purge.rejected)
                    // The latest date, which holds for every row, is what an index is asked for.
                    .bind(purge.left.max(purge.withdrawn).max(purge.rejected))
            )?;
            touched += erased;
        }
        touched += self.purge_audit(purge).await?;
        // These followers have been blocked for so long that the follow is over.
        touched += execute!(
            self,
            sqlx::query("DELETE FROM follower WHERE asleep_until <= $1").bind(purge.now)
        )?;
        touched += execute!(
            self,
            sqlx::query("DELETE FROM report WHERE at < $1").bind(purge.reports)
        )?;
        touched += execute!(
            self,
            sqlx::query("DELETE FROM seen WHERE at < $1").bind(purge.seen)
        )?;
        touched += execute!(
            self,
            sqlx::query("DELETE FROM tombstone WHERE expires_at <= $1").bind(purge.now)
        )?;
        Ok(touched)
    }

    /// Erases what the audit keeps of somebody: what was written about them, and what taking back would need.
    async fn purge_audit(&mut self, purge: &Purge) -> Result<u64> {
        // What was written about a single endorsement goes with its name and words.
        let notes = execute!(
            self,
            sqlx::query(
                "DELETE FROM audit_note
                 WHERE audit_id IN (SELECT note.audit_id
                                    FROM audit_note AS note
                                    JOIN audit ON audit.id = note.audit_id
                                    JOIN endorsement ON endorsement.public_id = audit.target
                                    LEFT JOIN act ON act.id = endorsement.act_id
                                    WHERE (endorsement.state = 'withdrawn' AND endorsement.decision IS NULL
                                           AND endorsement.changed_at <
                                               CASE WHEN act.ended_by = 'gone'
                                                    THEN CAST($2 AS BIGINT) ELSE CAST($1 AS BIGINT) END)
                                       OR (endorsement.state = 'withdrawn' AND endorsement.decision IS NOT NULL
                                           AND endorsement.changed_at < $2)
                                       OR (endorsement.state = 'invalid' AND endorsement.changed_at < $2)
                                       OR (endorsement.state = 'rejected' AND endorsement.changed_at < $3))"
            )
            .bind(purge.left)
            .bind(purge.withdrawn)
            .bind(purge.rejected)
        )?;
        // A rule, a comment on a block and an edited name may name somebody, and a removed organisation waits for it.
        let undo = execute!(
            self,
            sqlx::query(
                "UPDATE audit_target SET undo = NULL
                 WHERE undo IS NOT NULL
                   AND audit_id IN (SELECT id FROM audit
                                    WHERE at < $1
                                      AND (action LIKE 'block.%' OR action LIKE 'rule.%' OR action LIKE 'signatory.%'
                                           OR action LIKE 'organisation.%'))"
            )
            .bind(purge.withdrawn)
        )?;
        // What was written about somebody's own request goes when they do.
        let requests = execute!(
            self,
            sqlx::query(
                "DELETE FROM audit_note
                 WHERE audit_id IN (SELECT id FROM audit WHERE code = 'request' AND at < $1)"
            )
            .bind(purge.left)
        )?;
        Ok(notes + undo + requests)
    }

    /// Blanks activities to one actor from before `before` that do not wait any more.
    pub async fn blank_private_activities(&mut self, before: Millis) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "UPDATE activity
                 SET body = '', subject = ''
                 WHERE NOT public
                   AND body <> ''
                   AND at < $1
                   AND NOT EXISTS (SELECT 1 FROM delivery
                                   WHERE delivery.activity_id = activity.id AND delivery.state = 'queued')",
            )
            .bind(before)
        )?;
        Ok(())
    }

    /// The first actor above this row id who is to be forgotten: who neither follows nor endorses nor boosts, quotes or is
    /// mentioned, and of whom no words are kept. While words are kept, the key has to be known, because the account's Delete is signed with
    /// it. Actors whose new account endorses are kept, too.
    pub async fn first_to_forget(&mut self, purge: &Purge, after: i64) -> Result<Option<i64>> {
        Ok(on_either!(
            self,
            sqlx::query_scalar(concat!(
                "SELECT actor.id FROM actor WHERE ",
                to_forget!(),
                " AND id > $4 ORDER BY id LIMIT 1"
            ))
            .bind(purge.left)
            .bind(purge.withdrawn)
            .bind(purge.rejected)
            .bind(after),
            fetch_optional
        )?)
    }

    /// Erases URL, name and keys of those who are to be forgotten, among actors with these row ids; returns how many they
    /// were. The hash of the id stays, so that a decision still holds when they come back.
    pub async fn forget_people(&mut self, purge: &Purge, ids: RangeInclusive<i64>) -> Result<u64> {
        let forgotten = execute!(
            self,
            sqlx::query(concat!(
                "UPDATE actor
                 SET url = '', handle = '', name = '', page = NULL, followers = NULL, published_at = NULL,
                     discoverable = FALSE, stated_handle = NULL, handle_doubted_at = NULL, verify_at = NULL
                 WHERE ",
                to_forget!(),
                " AND id >= $4 AND id <= $5"
            ))
            .bind(purge.left)
            .bind(purge.withdrawn)
            .bind(purge.rejected)
            .bind(ids.start())
            .bind(ids.end())
        )?;
        for delete in [
            "DELETE FROM actor_key
             WHERE actor_id IN (SELECT id FROM actor WHERE url = '' AND id >= $1 AND id <= $2)",
            "DELETE FROM subscriber_note
             WHERE actor_id IN (SELECT id FROM actor WHERE url = '' AND id >= $1 AND id <= $2)",
        ] {
            execute!(self, sqlx::query(delete).bind(ids.start()).bind(ids.end()))?;
        }
        Ok(forgotten)
    }

    /// The first inbox above this row id that is to be forgotten: one of a person who is. A person's inbox names the person.
    /// A shared inbox names a server, and stays.
    pub async fn first_inbox_to_forget(&mut self, after: i64) -> Result<Option<i64>> {
        Ok(on_either!(
            self,
            sqlx::query_scalar(concat!(
                personal!(),
                " AND inbox.id > $1 ORDER BY inbox.id LIMIT 1"
            ))
            .bind(after),
            fetch_optional
        )?)
    }

    /// Erases the URLs of inboxes that are to be forgotten, among those with these row ids, with what waited for them and
    /// what was answered there.
    pub async fn forget_inboxes(&mut self, ids: RangeInclusive<i64>, now: Millis) -> Result<()> {
        let inboxes: Vec<i64> = on_either!(
            self,
            sqlx::query_scalar(concat!(
                personal!(),
                " AND inbox.id >= $1 AND inbox.id <= $2"
            ))
            .bind(ids.start())
            .bind(ids.end()),
            fetch_all
        )?;
        for some in inboxes.chunks(INBOXES_AT_ONCE) {
            built!(
                self,
                |sql, some| {
                    sql.push(
                        "UPDATE delivery SET last_body = NULL WHERE last_body <> '' AND inbox_id",
                    );
                    sql.push_in(some.iter().copied());
                },
                count
            )?;
            built!(
                self,
                |sql, some| {
                    sql.push("UPDATE delivery SET state = 'abandoned', settled_at = ");
                    sql.push_bind(now);
                    // By the host, which the index of what waits begins with.
                    sql.push(" WHERE state = 'queued' AND host_id IN (SELECT host_id FROM inbox WHERE id");
                    sql.push_in(some.iter().copied());
                    sql.push(") AND inbox_id");
                    sql.push_in(some.iter().copied());
                },
                count
            )?;
            built!(
                self,
                |sql, some| {
                    sql.push("UPDATE inbox SET url = '' WHERE id");
                    sql.push_in(some.iter().copied());
                },
                count
            )?;
        }
        Ok(())
    }

    /// Up to `limit` actors with a row id above `after` who have an act that waits for this one reason, whatever
    /// their other acts are: to be judged again.
    pub async fn waiting_for(
        &mut self,
        what: WaitsFor,
        after: i64,
        limit: i64,
    ) -> Result<Vec<i64>> {
        Ok(on_either!(
            self,
            sqlx::query_scalar(
                "SELECT actor_id
             FROM act
             WHERE ended_at IS NULL AND waits_for = $1 AND actor_id > $2
             GROUP BY actor_id
             ORDER BY actor_id
             LIMIT $3",
            )
            .bind(what.as_str())
            .bind(after)
            .bind(limit),
            fetch_all
        )?)
    }

    /// Up to `limit` actors whose endorsement is in this state, other than listed, and dates from before a moment. A new
    /// name does not make it younger.
    pub async fn given_before(
        &mut self,
        state: State,
        before: Millis,
        limit: i64,
    ) -> Result<Vec<i64>> {
        Ok(on_either!(
            self,
            sqlx::query_scalar(
                "SELECT actor_id
             FROM endorsement
             WHERE state <> 'listed' AND state = $1 AND endorsed_at < $2
             ORDER BY endorsed_at
             LIMIT $3",
            )
            .bind(state.as_str())
            .bind(before)
            .bind(limit),
            fetch_all
        )?)
    }
}
