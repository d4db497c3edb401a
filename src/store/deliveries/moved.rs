//! Deliveries to an inbox that its actor has left.

use crate::{
    clock::Millis,
    store::{Result, Tx},
};

/// True when nobody who gets anything is behind the inbox `$1` any more.
macro_rules! nobody_is_behind {
    () => {
        "NOT EXISTS (
            SELECT 1
            FROM actor
            WHERE (actor.inbox_id = $1 OR actor.shared_inbox_id = $1)
              AND NOT actor.suspended
              AND (EXISTS (SELECT 1 FROM follower WHERE follower.actor_id = actor.id)
                   OR EXISTS (SELECT 1 FROM endorsement WHERE endorsement.actor_id = actor.id)))"
    };
}

impl Tx {
    /// Sends what waits for the inbox `old` to the inbox `new` instead, from `now` on, unless a follower or an endorser
    /// is still behind the old one. What waits for the new one already is dropped from the old one.
    pub async fn move_waiting(&mut self, old: i64, new: i64, now: Millis) -> Result<()> {
        // By the host first: what waits has an index by host and none by inbox.
        const MOVE: &str = concat!(
            "UPDATE delivery
             SET inbox_id = $2,
                 host_id = (SELECT host_id FROM inbox WHERE id = $2),
                 due_at = CASE WHEN due_at > $3 THEN $3 ELSE due_at END
             WHERE host_id = (SELECT host_id FROM inbox WHERE id = $1)
               AND inbox_id = $1
               AND state = 'queued'
               AND NOT EXISTS (
                    SELECT 1
                    FROM delivery AS known
                    WHERE known.activity_id = delivery.activity_id AND known.inbox_id = $2)
               AND ",
            nobody_is_behind!()
        );
        const DROP: &str = concat!(
            "DELETE FROM delivery
             WHERE host_id = (SELECT host_id FROM inbox WHERE id = $1)
               AND inbox_id = $1
               AND state = 'queued'
               AND ",
            nobody_is_behind!()
        );
        execute!(self, sqlx::query(MOVE).bind(old).bind(new).bind(now))?;
        execute!(self, sqlx::query(DROP).bind(old))?;
        Ok(())
    }
}
