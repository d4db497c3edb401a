//! Erasing who endorsed after the letter was closed, so that numbers are left (`privacy.anonymise_after_close`).
//!
//! Not here: when that is due, and what becomes of states (`register::maintenance`). Inboxes go with their people (`purge`).

use std::ops::RangeInclusive;

use super::{Result, Tx};
use crate::{clock::Millis, hash::Sha256};

/// Actors whose address nothing needs: not to deliver, nor for news that they asked for, nor for what they may quote, nor as
/// mentioned in a post, boosted or followed. Servers' own actors are nobody.
macro_rules! unneeded {
    () => {
        "url <> '' AND type <> 'Application' AND refreshed_at < $1 AND subscribed_at IS NULL
         AND NOT EXISTS (SELECT 1 FROM follower WHERE follower.actor_id = actor.id)
         AND NOT EXISTS (SELECT 1 FROM quote_authorization
                         WHERE quote_authorization.actor_id = actor.id AND quote_authorization.revoked_at IS NULL)
         AND NOT EXISTS (SELECT 1 FROM post_mention WHERE post_mention.actor_id = actor.id)
         AND NOT EXISTS (SELECT 1 FROM boost WHERE boost.actor_id = actor.id)
         AND NOT EXISTS (SELECT 1 FROM following WHERE following.actor_id = actor.id)"
    };
}

impl Tx {
    /// Up to `limit` row ids above `after` of actors of whose endorsement more is left than a number, in that order.
    pub async fn endorsers_to_anonymise(&mut self, after: i64, limit: i64) -> Result<Vec<i64>> {
        Ok(on_either!(
            self,
            sqlx::query_scalar(
                "SELECT endorsement.actor_id
                 FROM endorsement
                 WHERE endorsement.actor_id > $1
                   AND (endorsement.state IN ('listed', 'pending', 'late', 'hidden')
                        OR COALESCE(name, statement, declared_name, declared_affiliation, reason, edited_name,
                                    edited_affiliation) IS NOT NULL
                        OR EXISTS (SELECT 1 FROM act
                                   WHERE act.actor_id = endorsement.actor_id
                                     AND (act.text IS NOT NULL OR act.activity IS NOT NULL
                                          OR (act.family IN ('post', 'direct') AND act.object <> ''))))
                 ORDER BY endorsement.actor_id
                 LIMIT $2",
            )
            .bind(after)
            .bind(limit),
            fetch_all
        )?)
    }

    /// Erases words, ids and evidence of everything that these actors did, and what taking decisions about them back needs.
    /// A post that stands is known by the hash of its id from then on, in the place of its activity's.
    pub async fn anonymise_acts(&mut self, actor_ids: &[i64], now: Millis) -> Result<()> {
        const STANDS: &str = "family IN ('post', 'direct') AND ended_at IS NULL AND object <> ''";
        let nothing = Sha256::of("");
        for before in [
            "DELETE FROM evidence WHERE act_id IN (SELECT id FROM act WHERE actor_id",
            "DELETE FROM comment WHERE act_id IN (SELECT id FROM act WHERE kind = 'comment' AND actor_id",
        ] {
            built!(
                self,
                |sql, actor_ids| {
                    sql.push(before);
                    sql.push_in(actor_ids.iter().copied());
                    sql.push(")");
                },
                count
            )?;
        }
        // An act that ended since it was anonymised gives its place free.
        built!(
            self,
            |sql, actor_ids| {
                sql.push("UPDATE act SET object_hash = activity_hash WHERE ended_at IS NOT NULL AND object_hash = ");
                sql.push_bind(&nothing).push(" AND actor_id");
                sql.push_in(actor_ids.iter().copied());
            },
            count
        )?;
        built!(
            self,
            |sql, actor_ids| {
                sql.push("UPDATE act SET ended_by = COALESCE(ended_by, 'waited'), ended_at = COALESCE(ended_at, ")
                    .push_bind(now);
                sql.push(") WHERE kind = 'comment' AND actor_id");
                sql.push_in(actor_ids.iter().copied());
            },
            count
        )?;
        built!(
            self,
            |sql, actor_ids| {
                sql.push("UPDATE act SET activity_hash = CASE WHEN ")
                    .push(STANDS);
                sql.push(" THEN object_hash ELSE activity_hash END, object_hash = CASE WHEN ")
                    .push(STANDS);
                sql.push(" THEN ").push_bind(&nothing);
                sql.push(
                    " ELSE object_hash END, object = CASE WHEN family IN ('post', 'direct') THEN '' ELSE object END,
                     activity = NULL, text = NULL, warning = NULL, language = NULL, acknowledged = NULL
                     WHERE (text IS NOT NULL OR activity IS NOT NULL OR (family IN ('post', 'direct') AND object <> ''))
                       AND actor_id",
                );
                sql.push_in(actor_ids.iter().copied());
            },
            count
        )?;
        self.forget_undo(actor_ids).await
    }

    /// The first actor above this row id of whom an address or a name is left that nothing needs, among those whose document
    /// was last read before a moment.
    pub async fn first_to_anonymise(&mut self, before: Millis, after: i64) -> Result<Option<i64>> {
        Ok(on_either!(
            self,
            sqlx::query_scalar(concat!(
                "SELECT id FROM actor WHERE id > $2 AND ((name <> '' AND refreshed_at < $1) OR (",
                unneeded!(),
                ")) ORDER BY id LIMIT 1"
            ))
            .bind(before)
            .bind(after),
            fetch_optional
        )?)
    }

    /// Erases addresses, names and keys of the actors with these row ids. Who follows, or may quote, keeps address and
    /// handle, without which nothing could be sent; returns how many do not. The hash of the id stays, so that whoever
    /// takes an endorsement back is known.
    pub async fn anonymise_actors(
        &mut self,
        before: Millis,
        ids: RangeInclusive<i64>,
    ) -> Result<u64> {
        execute!(
            self,
            sqlx::query(
                "UPDATE actor SET name = '', page = NULL
                 WHERE name <> '' AND refreshed_at < $1 AND id >= $2 AND id <= $3"
            )
            .bind(before)
            .bind(ids.start())
            .bind(ids.end())
        )?;
        let erased = execute!(
            self,
            sqlx::query(concat!(
                "UPDATE actor
                 SET url = '', handle = '', page = NULL, followers = NULL, published_at = NULL, discoverable = FALSE,
                     stated_handle = NULL, handle_doubted_at = NULL, verify_at = NULL
                 WHERE ",
                unneeded!(),
                " AND id >= $2 AND id <= $3"
            ))
            .bind(before)
            .bind(ids.start())
            .bind(ids.end())
        )?;
        execute!(
            self,
            sqlx::query(
                "DELETE FROM actor_key WHERE actor_id IN (SELECT id FROM actor WHERE url = '' AND id >= $1 AND id <= $2)"
            )
            .bind(ids.start())
            .bind(ids.end())
        )?;
        Ok(erased)
    }

    /// Erases what else may name somebody: comments, reports, the free text of reasons (not the time of `letter close --at`), what was still to be looked up,
    /// answers of other servers, and names that organisers entered. Names of the letter's own file stay.
    pub async fn anonymise_rest(&mut self, now: Millis) -> Result<u64> {
        let mut erased = 0;
        for statement in [
            "DELETE FROM evidence",
            "DELETE FROM comment",
            "DELETE FROM report",
            // When the letter was to close names nobody, and the timeline needs it.
            "DELETE FROM audit_note WHERE audit_id NOT IN (SELECT id FROM audit WHERE action = 'letter.close')",
            "UPDATE audit_target SET undo = NULL WHERE undo IS NOT NULL",
            // Two entries of one person stay one supporter.
            "DELETE FROM link WHERE signatory_id IS NULL AND other_id IS NULL",
            "UPDATE link SET github = NULL, github_id = NULL, domain = NULL
             WHERE COALESCE(github, domain) IS NOT NULL OR github_id IS NOT NULL",
            "UPDATE delivery SET last_body = NULL WHERE last_body <> ''",
            "UPDATE signatory
             SET name = '', skeleton = '', handle = NULL, url = NULL, affiliation = NULL, reference = NULL,
                 shown_words = ''
             WHERE source = 'manual' AND name <> ''",
        ] {
            erased += execute!(self, sqlx::query(statement))?;
        }
        for statement in [
            "DELETE FROM job WHERE leased_until <= $1",
            "UPDATE act
             SET text = NULL, warning = NULL, language = NULL, object = '', activity = NULL,
                 ended_at = COALESCE(ended_at, $1), ended_by = COALESCE(ended_by, 'waited')
             WHERE kind = 'comment' AND (ended_at IS NULL OR object <> '' OR text IS NOT NULL)",
        ] {
            erased += execute!(self, sqlx::query(statement).bind(now))?;
        }
        Ok(erased)
    }
}
