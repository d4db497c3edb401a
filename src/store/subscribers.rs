//! Who asked to hear what is new, and what they were sent.

use sqlx::FromRow;

use super::{
    NewDelivery, Result, Tx,
    outgoing::{blocked_host, unblocked},
};

/// Somebody who asked to hear what is new.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Subscriber {
    /// The row id of the actor.
    pub actor_id: i64,
    /// The actor's id.
    pub actor: String,
    /// `@user@host`.
    pub handle: String,
    /// The row id of the personal inbox.
    pub inbox_id: i64,
    /// The row id of the inbox's host.
    pub inbox_host_id: i64,
}

impl Subscriber {
    /// The delivery of what is for this person alone.
    #[must_use]
    pub const fn delivery(&self) -> NewDelivery {
        NewDelivery {
            inbox_id: self.inbox_id,
            host_id: self.inbox_host_id,
        }
    }
}

/// What a subscriber was sent of a post.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct SubscriberNote {
    /// The Note's id as a path.
    pub path: String,
    /// Who got it.
    #[sqlx(flatten)]
    pub to: Subscriber,
    /// Whether that person still wants to hear what is new.
    pub wants_more: bool,
}

/// A person who may be sent something: not suspended, not blocked, and with an inbox.
macro_rules! reachable {
    () => {
        concat!(
            "NOT actor.suspended AND inbox.url <> '' AND actor.url <> '' AND ",
            unblocked!()
        )
    };
}

impl Tx {
    /// Those who asked to hear what is new, may be sent something, and do not follow: who follows hears anyway. In the order
    /// in which their rows were made.
    pub async fn subscribers(&mut self) -> Result<Vec<Subscriber>> {
        Ok(on_either!(
            self,
            sqlx::query_as(concat!(
                blocked_host!(),
                " SELECT actor.id AS actor_id, actor.url AS actor, actor.handle, inbox.id AS inbox_id,
                         inbox.host_id AS inbox_host_id
                 FROM actor
                 JOIN inbox ON inbox.id = actor.inbox_id
                 WHERE actor.subscribed_at IS NOT NULL
                   AND NOT EXISTS (SELECT 1 FROM follower
                                   WHERE follower.actor_id = actor.id AND follower.asleep_until IS NULL)
                   AND ",
                reachable!(),
                " ORDER BY actor.id"
            )),
            fetch_all
        )?)
    }

    /// How many asked to hear what is new, those who follow included.
    pub async fn subscriber_count(&mut self) -> Result<i64> {
        Ok(on_either!(
            self,
            sqlx::query_scalar("SELECT COUNT(*) FROM actor WHERE subscribed_at IS NOT NULL"),
            fetch_one
        )?)
    }

    /// Ends the subscriptions of everybody who is blocked: they do not come back with the end of the block.
    pub(super) async fn end_blocked_subscriptions(&mut self) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "UPDATE actor
                 SET subscribed_at = NULL
                 WHERE subscribed_at IS NOT NULL
                   AND (host_id IN (SELECT id FROM host WHERE blocked)
                        OR url IN (SELECT target FROM policy WHERE kind = 'actor' AND severity = 'block'))"
            )
        )?;
        Ok(())
    }

    /// Writes what was sent of a post, given by its path.
    pub async fn save_subscriber_notes(
        &mut self,
        post: &str,
        notes: &[SubscriberNote],
    ) -> Result<()> {
        for note in notes {
            execute!(
                self,
                sqlx::query(
                    "INSERT INTO subscriber_note (path, own_object_id, actor_id)
                     SELECT CAST($1 AS TEXT), id, CAST($2 AS BIGINT) FROM own_object WHERE path = $3"
                )
                .bind(&note.path)
                .bind(note.to.actor_id)
                .bind(post)
            )?;
        }
        Ok(())
    }

    /// What was sent of a post, given by its path, to those who may be sent something.
    pub async fn subscriber_notes(&mut self, post: &str) -> Result<Vec<SubscriberNote>> {
        Ok(on_either!(
            self,
            sqlx::query_as(concat!(
                blocked_host!(),
                " SELECT subscriber_note.path, actor.id AS actor_id, actor.url AS actor, actor.handle,
                         inbox.id AS inbox_id, inbox.host_id AS inbox_host_id,
                         actor.subscribed_at IS NOT NULL AS wants_more
                 FROM subscriber_note
                 JOIN own_object ON own_object.id = subscriber_note.own_object_id
                 JOIN actor ON actor.id = subscriber_note.actor_id
                 JOIN inbox ON inbox.id = actor.inbox_id
                 WHERE own_object.path = $1 AND ",
                reachable!(),
                " ORDER BY actor.id"
            ))
            .bind(post),
            fetch_all
        )?)
    }

    /// Forgets what was sent of a post, given by its path: nothing about it will be sent any more.
    pub async fn forget_subscriber_notes(&mut self, post: &str) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "DELETE FROM subscriber_note
                 WHERE own_object_id IN (SELECT id FROM own_object WHERE path = $1)"
            )
            .bind(post)
        )?;
        Ok(())
    }
}
