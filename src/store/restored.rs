//! What a restored backup does not show: its people may have left since it was taken.
//!
//! Not here: the rules (`register::maintenance::restored`).

use super::{Result, Tx};
use crate::clock::Millis;

/// The endorsements whose post is not shown by name until it was read again.
macro_rules! to_read {
    () => {
        "FROM endorsement
         JOIN act ON act.id = endorsement.act_id
         WHERE act.ceiling = 'restored' AND act.family = 'post' AND act.ended_at IS NULL AND NOT act.carried
           AND endorsement.state IN ('listed', 'counted', 'pending', 'hidden')"
    };
}

impl Tx {
    /// Narrows what every act may show: a like, and a post that came with a Move, to a number; any other post to a number
    /// until it was read again. Acts that ended are narrowed as well, because an administrator can bring them back. Returns
    /// how many posts and how many likes were narrowed.
    pub async fn narrow_restored(&mut self) -> Result<(u64, u64)> {
        const POSTS: &str = "
            UPDATE act SET ceiling = 'restored'
            WHERE ceiling = 'named' AND family = 'post' AND NOT carried";
        const OTHERS: &str = "
            UPDATE act SET ceiling = 'counted'
            WHERE ceiling = 'unread' OR ceiling = 'named' AND (family <> 'post' OR carried)";
        // Taking back a decision that narrowed acts itself would give them the ceiling from before.
        const UNDO: &str = r#"
            UPDATE audit_target SET undo = NULL
            WHERE undo LIKE '%"ceiling":"named"%' AND undo LIKE '%"ceiling":"counted"%'"#;
        let posts = execute!(self, sqlx::query(POSTS))?;
        let others = execute!(self, sqlx::query(OTHERS))?;
        execute!(self, sqlx::query(UNDO))?;
        Ok((posts, others))
    }

    /// Takes back the approval of every response: whoever wrote it may have changed or deleted it since. Returns how many
    /// have to be approved anew.
    pub async fn unapprove_responses(&mut self) -> Result<u64> {
        const UNAPPROVE: &str =
            "UPDATE comment SET approved_hash = NULL WHERE approved_hash IS NOT NULL";
        Ok(execute!(self, sqlx::query(UNAPPROVE))?)
    }

    /// Has those verified as soon as possible whose post has to be read again. Returns how many.
    pub async fn verify_restored(&mut self) -> Result<u64> {
        const FIRST: &str = concat!(
            "UPDATE actor SET verify_at = 0 WHERE id IN (SELECT endorsement.actor_id ",
            to_read!(),
            ")"
        );
        Ok(execute!(self, sqlx::query(FIRST))?)
    }

    /// How many endorsements are counted without a name until their post was read again.
    pub async fn restored_to_read(&mut self) -> Result<i64> {
        const COUNT: &str = concat!("SELECT COUNT(*) ", to_read!());
        let (n,): (i64,) = on_either!(self, sqlx::query_as(COUNT), fetch_one)?;
        Ok(n)
    }

    /// Ends every subscription: who said *stop* since the backup was taken is not known. Who wants news asks again. Returns how
    /// many.
    pub async fn end_subscriptions(&mut self) -> Result<u64> {
        Ok(execute!(
            self,
            sqlx::query("UPDATE actor SET subscribed_at = NULL WHERE subscribed_at IS NOT NULL")
        )?)
    }

    /// Has the boosted posts looked at as soon as possible.
    pub async fn look_at_boosts_first(&mut self) -> Result<()> {
        execute!(self, sqlx::query("UPDATE boost SET looked_at = 0"))?;
        Ok(())
    }

    /// Gives up what waits to be sent and would publish a text, a post, a profile, a boost or a follow: whoever made the backup sent it, and
    /// may have changed or deleted it since. Returns how many deliveries.
    pub async fn drop_publications(&mut self, now: Millis) -> Result<u64> {
        const DROP: &str = "
            UPDATE delivery
            SET state = 'abandoned', settled_at = $1
            WHERE state = 'queued'
              AND activity_id IN (SELECT id FROM activity WHERE kind IN ('Create', 'Update', 'Announce', 'Follow'))";
        Ok(execute!(self, sqlx::query(DROP).bind(now))?)
    }

    /// Up to `limit` actors with a row id above `after`, in that order: row ids and ids. Who was erased has none.
    pub async fn actors_after(&mut self, after: i64, limit: i64) -> Result<Vec<(i64, String)>> {
        const ACTORS: &str = "
            SELECT id, url FROM actor WHERE id > $1 AND url <> '' ORDER BY id LIMIT $2";
        Ok(on_either!(
            self,
            sqlx::query_as(ACTORS).bind(after).bind(limit),
            fetch_all
        )?)
    }
}
