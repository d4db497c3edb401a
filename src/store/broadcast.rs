//! Activities about the actors themselves: to the followers, to every server, or to every known inbox.

use sqlx::FromRow;

use super::{Result, Tx};
use crate::clock::Millis;

/// How many inboxes and hosts an activity reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub struct Reachable {
    /// Inboxes, one delivery each.
    pub inboxes: i64,
    /// Hosts.
    pub hosts: i64,
}

/// The inboxes for which a condition is true, those on blocked hosts and those of people who were erased left out.
macro_rules! inboxes {
    ($which:literal) => {
        concat!(
            "FROM inbox
             JOIN host ON host.id = inbox.host_id
             WHERE (",
            $which,
            ") AND inbox.url <> '' AND NOT host.blocked"
        )
    };
}

/// Every known inbox, except those of actors whose server has a shared one.
macro_rules! everybody {
    () => {
        inboxes!(
            "inbox.id IN (SELECT COALESCE(shared_inbox_id, inbox_id) FROM actor)
             OR inbox.id NOT IN (SELECT inbox_id FROM actor)"
        )
    };
}

/// Every server that we read an actor from or sent something to: its shared inboxes, that of the actor which speaks for
/// it, and those of people without a shared one, as long as they are known and not deleted.
macro_rules! servers {
    () => {
        inboxes!(
            "inbox.id IN (SELECT shared_inbox_id FROM actor)
             OR inbox.id IN (SELECT inbox_id
                             FROM actor
                             WHERE shared_inbox_id IS NULL
                               AND (type = 'Application' OR (url <> '' AND NOT suspended)))"
        )
    };
}

macro_rules! count {
    ($inboxes:expr) => {
        concat!(
            "SELECT COUNT(DISTINCT inbox.id) AS inboxes, COUNT(DISTINCT inbox.host_id) AS hosts ",
            $inboxes
        )
    };
}

macro_rules! queue {
    ($inboxes:expr) => {
        concat!(
            "INSERT INTO delivery (activity_id, inbox_id, host_id, state, due_at, queued_at)
             SELECT DISTINCT CAST($1 AS BIGINT), inbox.id, inbox.host_id, 'queued',
                    CAST($2 AS BIGINT), CAST($2 AS BIGINT) ",
            $inboxes,
            " ON CONFLICT (activity_id, inbox_id) DO NOTHING"
        )
    };
}

impl Tx {
    /// How many [`Tx::queue_for_followers`] would reach.
    pub async fn reachable_followers(&mut self) -> Result<Reachable> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT COUNT(DISTINCT inbox.id) AS inboxes, COUNT(DISTINCT inbox.host_id) AS hosts
             FROM follower
             JOIN actor ON actor.id = follower.actor_id
             JOIN inbox ON inbox.id = COALESCE(actor.shared_inbox_id, actor.inbox_id)
             WHERE NOT actor.suspended AND follower.asleep_until IS NULL AND inbox.url <> ''",
            ),
            fetch_one
        )?)
    }

    /// How many [`Tx::queue_for_everybody`] would reach.
    pub async fn reachable_inboxes(&mut self) -> Result<Reachable> {
        const COUNT: &str = count!(everybody!());
        Ok(on_either!(self, sqlx::query_as(COUNT), fetch_one)?)
    }

    /// How many [`Tx::queue_for_servers`] would reach.
    pub async fn reachable_servers(&mut self) -> Result<Reachable> {
        const COUNT: &str = count!(servers!());
        Ok(on_either!(self, sqlx::query_as(COUNT), fetch_one)?)
    }

    /// Queues an activity for every known inbox, shared ones once each, blocked hosts left out: one statement,
    /// however many there are. Returns the number of deliveries.
    pub async fn queue_for_everybody(&mut self, activity_id: i64, now: Millis) -> Result<u64> {
        const QUEUE: &str = queue!(everybody!());
        let queued = execute!(self, sqlx::query(QUEUE).bind(activity_id).bind(now))?;
        self.after_queueing(activity_id, queued, now).await?;
        Ok(queued)
    }

    /// Queues an activity for every server that may have a key of ours in its cache, whether anybody there follows or
    /// not: for shared inboxes once each, blocked hosts left out. Personal inboxes of people who were erased or deleted
    /// get nothing. An `Update` replaces one that waits. Returns the number of deliveries.
    pub async fn queue_for_servers(&mut self, activity_id: i64, now: Millis) -> Result<u64> {
        const QUEUE: &str = queue!(servers!());
        let queued = execute!(self, sqlx::query(QUEUE).bind(activity_id).bind(now))?;
        self.after_queueing(activity_id, queued, now).await?;
        Ok(queued)
    }

    /// Drops everything that waits to be sent. Returns the number of deliveries.
    pub async fn drop_everything(&mut self, now: Millis) -> Result<u64> {
        Ok(execute!(
            self,
            sqlx::query(
                "UPDATE delivery
             SET state = 'abandoned', settled_at = $1
             WHERE state = 'queued'",
            )
            .bind(now)
        )?)
    }
}
