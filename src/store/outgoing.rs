//! Our objects, the activities about them, and the inboxes that they go to.

use sqlx::FromRow;

use super::{Error, Result, Tx};
use crate::{activitystreams::paths, clock::Millis};

/// The blocked hosts, which are sent nothing.
macro_rules! blocked_host {
    () => {
        "WITH blocked_host AS (SELECT id FROM host WHERE blocked)"
    };
}

/// That neither `actor` nor its host nor that of its `inbox` is blocked; needs `blocked_host!()` before it.
macro_rules! unblocked {
    () => {
        "actor.host_id NOT IN (SELECT id FROM blocked_host)
               AND inbox.host_id NOT IN (SELECT id FROM blocked_host)
               AND NOT EXISTS (SELECT 1 FROM policy
                               WHERE policy.target = actor.url AND policy.kind = 'actor'
                                 AND policy.severity = 'block')"
    };
}

/// That an activity neither boosts nor answers anybody.
macro_rules! names_nobody {
    () => {
        "(activity.kind <> 'Announce' AND NOT EXISTS (
                       SELECT 1 FROM own_object
                       WHERE own_object.path = activity.subject AND own_object.in_reply_to IS NOT NULL))"
    };
}

pub(super) use {blocked_host, unblocked};

/// The number of new deliveries from which PostgreSQL's statistics are updated. It does so by itself a minute or two
/// later; until then it reads the whole queue for each claim, which takes 156 ms at 18,480 deliveries.
const MANY: u64 = 250;

/// One of our objects that others may fetch: the letter or a post.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct OwnObject {
    /// Its id as a path.
    pub path: String,
    /// `letter` or `post`.
    pub kind: String,
    /// When it was published. It never changes, because other servers refuse a post whose `published` does.
    pub published_at: Millis,
    /// When its text last changed.
    pub updated_at: Option<Millis>,
    /// When it was deleted: answered 410 from then on.
    pub deleted_at: Option<Millis>,
}

/// An activity of ours to be written, with the inboxes it goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewActivity {
    /// Its id as a path.
    pub path: String,
    /// The ActivityStreams type.
    pub kind: String,
    /// The subject: of two activities about the same subject, the older is sent first.
    pub subject: String,
    /// The document, byte for byte as it will be signed.
    pub body: String,
    /// Whether anybody may fetch it.
    pub public: bool,
    /// When it was made.
    pub at: Millis,
    /// Its deliveries, besides those that [`Tx::queue_for_followers`] adds.
    pub to: Vec<NewDelivery>,
}

/// One inbox that an activity goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewDelivery {
    /// The inbox.
    pub inbox_id: i64,
    /// The inbox's host.
    pub host_id: i64,
}

/// An activity as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ActivityRow {
    /// The document.
    pub body: String,
    /// Whether anybody may fetch it.
    pub public: bool,
}

impl Tx {
    /// One of our objects.
    pub async fn own_object(&mut self, path: &str) -> Result<Option<OwnObject>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT path, kind, published_at, updated_at, deleted_at
             FROM own_object
             WHERE path = $1",
            )
            .bind(path),
            fetch_optional
        )?)
    }

    /// The paths of those of these objects that exist and are not deleted. A direct answer exists for nobody.
    pub async fn standing_objects(&mut self, paths: &[String]) -> Result<Vec<String>> {
        let rows: Vec<(String,)> = built!(
            self,
            |sql, paths| {
                sql.push("SELECT path FROM own_object WHERE deleted_at IS NULL AND kind <> 'direct' AND path");
                sql.push_in(paths);
            },
            rows(String,)
        )?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// Writes one of our objects; an existing one keeps its path, kind and `published_at`.
    pub async fn save_own_object(&mut self, object: &OwnObject) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "INSERT INTO own_object (path, kind, published_at, updated_at, deleted_at)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (path) DO UPDATE
             SET updated_at = excluded.updated_at, deleted_at = excluded.deleted_at",
            )
            .bind(&object.path)
            .bind(&object.kind)
            .bind(object.published_at)
            .bind(object.updated_at)
            .bind(object.deleted_at)
        )?;
        Ok(())
    }

    /// One of our activities. While names are off, what answers or boosts somebody is not public.
    pub async fn activity(&mut self, path: &str) -> Result<Option<ActivityRow>> {
        let names_people = self.names_off().await?.is_none();
        Ok(on_either!(
            self,
            sqlx::query_as(concat!(
                "SELECT body, (public AND ($2 OR ",
                names_nobody!(),
                ")) AS public FROM activity WHERE path = $1"
            ))
            .bind(path)
            .bind(names_people),
            fetch_optional
        )?)
    }

    /// The paths of the public `Create` activities, each with that of the object which it published.
    pub async fn public_creates(&mut self) -> Result<Vec<(String, String)>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT path, subject
             FROM activity
             WHERE kind = 'Create' AND public"
            ),
            fetch_all
        )?)
    }

    /// The public activities, newest first: the outbox. While names are off, what answers or boosts somebody is left out.
    pub async fn public_activities(&mut self, limit: i64) -> Result<Vec<ActivityRow>> {
        let names_people = self.names_off().await?.is_none();
        Ok(on_either!(
            self,
            sqlx::query_as(concat!(
                "SELECT body, public
             FROM activity
             WHERE public
               AND ($2 OR ",
                names_nobody!(),
                ")
             ORDER BY id DESC
             LIMIT $1",
            ))
            .bind(limit)
            .bind(names_people),
            fetch_all
        )?)
    }

    /// Writes activities and their deliveries, with two statements for all of them. An `Update` replaces one that
    /// waits ([`Tx::replace_waiting`]).
    ///
    /// # Errors
    /// [`Error::Retired`] once the actor has ended: every use case that would send something fails here, in the
    /// transaction of its cause.
    pub async fn send(&mut self, activities: &[NewActivity]) -> Result<Vec<i64>> {
        if activities.is_empty() {
            return Ok(Vec::new());
        }
        if let Some(at) = self.retired_at().await? {
            return Err(Error::Retired(at));
        }
        let saved: Vec<(i64, String)> = built!(
            self,
            |sql| {
                sql.push("INSERT INTO activity (path, kind, subject, body, public, at) ");
                sql.push_rows(activities, |row, activity| {
                    row.push_bind(&activity.path)
                        .push_bind(&activity.kind)
                        .push_bind(&activity.subject)
                        .push_bind(&activity.body)
                        .push_bind(activity.public)
                        .push_bind(activity.at);
                });
                sql.push(" RETURNING id, path");
            },
            rows(i64, String)
        )?;
        let ids = activities
            .iter()
            .map(|activity| {
                let row = saved.iter().find(|(_, path)| *path == activity.path);
                row.map(|row| row.0).ok_or_else(|| {
                    Error::inconsistent("activity", "id", &activity.path, "no id came back")
                })
            })
            .collect::<Result<Vec<i64>>>()?;
        let deliveries: Vec<_> = activities
            .iter()
            .zip(&ids)
            .flat_map(|(activity, id)| activity.to.iter().map(move |to| (*id, *to, activity.at)))
            .collect();
        if !deliveries.is_empty() {
            built!(
                self,
                |sql| {
                    // Nothing is for somebody without an inbox, who was erased or has an account on a forge.
                    sql.push("WITH wanted (activity_id, inbox_id, host_id, at) AS (");
                    sql.push_rows(&deliveries, |row, (activity_id, to, at)| {
                        row.push_bind(*activity_id)
                            .push_bind(to.inbox_id)
                            .push_bind(to.host_id)
                            .push_bind(*at);
                    });
                    sql.push(
                        ") INSERT INTO delivery (activity_id, inbox_id, host_id, state, due_at, queued_at)
                           SELECT wanted.activity_id, wanted.inbox_id, wanted.host_id, 'queued', wanted.at, wanted.at
                           FROM wanted
                           JOIN inbox ON inbox.id = wanted.inbox_id
                           WHERE inbox.url <> ''
                           ON CONFLICT (activity_id, inbox_id) DO NOTHING",
                    );
                },
                count
            )?;
        }
        let updates: Vec<i64> = activities
            .iter()
            .zip(&ids)
            .filter(|(activity, _)| activity.kind == "Update" && !activity.to.is_empty())
            .map(|(_, id)| *id)
            .collect();
        let latest = activities.iter().map(|activity| activity.at).max();
        self.replace_waiting(&updates, latest.unwrap_or_default())
            .await?;
        Ok(ids)
    }

    /// Queues an activity for all followers with one statement, however many there are, once for each shared inbox.
    /// Suspended and blocked actors get nothing. An `Update` replaces one that waits ([`Tx::replace_waiting`]).
    /// Returns the number of deliveries.
    pub async fn queue_for_followers(&mut self, activity_id: i64, now: Millis) -> Result<u64> {
        let queued = execute!(
            self,
            sqlx::query(
                "INSERT INTO delivery (activity_id, inbox_id, host_id, state, due_at, queued_at)
             SELECT DISTINCT CAST($1 AS BIGINT), inbox.id, inbox.host_id, 'queued',
                    CAST($2 AS BIGINT), CAST($2 AS BIGINT)
             FROM follower
             JOIN actor ON actor.id = follower.actor_id
             JOIN inbox ON inbox.id = COALESCE(actor.shared_inbox_id, actor.inbox_id)
             WHERE NOT actor.suspended AND follower.asleep_until IS NULL AND inbox.url <> ''
             ON CONFLICT (activity_id, inbox_id) DO NOTHING",
            )
            .bind(activity_id)
            .bind(now)
        )?;
        self.after_queueing(activity_id, queued, now).await?;
        Ok(queued)
    }

    /// Queues an activity about one of our objects, the letter or a post, given by its path, for everybody whose
    /// server may have a copy: the followers, and the actors of standing answers, quotes, likes and boosts of it,
    /// comments too, and whom a post mentions. A mention of the actor counts as an answer to the letter.
    ///
    /// It is one statement, with one delivery for each shared inbox. Suspended, sleeping and blocked actors get
    /// nothing, nor do inboxes on blocked hosts. An `Update` replaces one that waits ([`Tx::replace_waiting`]).
    /// Returns the number of deliveries.
    pub async fn queue_for_audience(
        &mut self,
        activity_id: i64,
        path: &str,
        now: Millis,
    ) -> Result<u64> {
        let mentioned = if path == paths::LETTER {
            paths::ACTOR
        } else {
            path
        };
        let queued = execute!(
            self,
            sqlx::query(concat!(
                blocked_host!(),
                ", audience AS (
                 SELECT actor_id FROM follower
                 UNION
                 SELECT actor_id FROM act WHERE ended_at IS NULL AND target IN ($3, $4)
                 UNION
                 SELECT actor_id FROM reach WHERE target = $3
                 UNION
                 SELECT actor_id FROM quote_authorization WHERE target = $3 AND revoked_at IS NULL
                 UNION
                 SELECT post_mention.actor_id
                 FROM own_object
                 JOIN post_mention ON post_mention.own_object_id = own_object.id
                 WHERE own_object.path = $3
             )
             INSERT INTO delivery (activity_id, inbox_id, host_id, state, due_at, queued_at)
             SELECT DISTINCT CAST($1 AS BIGINT), inbox.id, inbox.host_id, 'queued',
                    CAST($2 AS BIGINT), CAST($2 AS BIGINT)
             FROM audience
             JOIN actor ON actor.id = audience.actor_id
             JOIN inbox ON inbox.id = COALESCE(actor.shared_inbox_id, actor.inbox_id)
             LEFT JOIN follower ON follower.actor_id = actor.id
             WHERE NOT actor.suspended AND follower.asleep_until IS NULL AND inbox.url <> ''
               AND ",
                unblocked!(),
                " ON CONFLICT (activity_id, inbox_id) DO NOTHING",
            ))
            .bind(activity_id)
            .bind(now)
            .bind(path)
            .bind(mentioned)
        )?;
        self.after_queueing(activity_id, queued, now).await?;
        Ok(queued)
    }

    /// Queues an activity about a post of ours, given by its path, for those whom it mentions, followers or not; once for
    /// each shared inbox. Suspended and blocked actors get nothing. Returns the number of deliveries that are added.
    pub async fn queue_for_mentioned(
        &mut self,
        activity_id: i64,
        path: &str,
        now: Millis,
    ) -> Result<u64> {
        let queued = execute!(
            self,
            sqlx::query(concat!(
                blocked_host!(),
                "
             INSERT INTO delivery (activity_id, inbox_id, host_id, state, due_at, queued_at)
             SELECT DISTINCT CAST($1 AS BIGINT), inbox.id, inbox.host_id, 'queued',
                    CAST($2 AS BIGINT), CAST($2 AS BIGINT)
             FROM own_object
             JOIN post_mention ON post_mention.own_object_id = own_object.id
             JOIN actor ON actor.id = post_mention.actor_id
             JOIN inbox ON inbox.id = COALESCE(actor.shared_inbox_id, actor.inbox_id)
             WHERE own_object.path = $3
               AND NOT actor.suspended AND inbox.url <> ''
               AND ",
                unblocked!(),
                " ON CONFLICT (activity_id, inbox_id) DO NOTHING",
            ))
            .bind(activity_id)
            .bind(now)
            .bind(path)
        )?;
        self.after_queueing(activity_id, queued, now).await?;
        Ok(queued)
    }

    /// Queues an activity about a direct answer, given by its path, for the personal inbox of whom it answers, unless
    /// that person is suspended or blocked. Returns the number of deliveries.
    pub async fn queue_for_answered(
        &mut self,
        activity_id: i64,
        path: &str,
        now: Millis,
    ) -> Result<u64> {
        let queued = execute!(
            self,
            sqlx::query(concat!(
                blocked_host!(),
                "
             INSERT INTO delivery (activity_id, inbox_id, host_id, state, due_at, queued_at)
             SELECT DISTINCT CAST($1 AS BIGINT), inbox.id, inbox.host_id, 'queued',
                    CAST($2 AS BIGINT), CAST($2 AS BIGINT)
             FROM own_object
             JOIN post_mention ON post_mention.own_object_id = own_object.id
             JOIN actor ON actor.id = post_mention.actor_id
             JOIN inbox ON inbox.id = actor.inbox_id
             WHERE own_object.path = $3 AND post_mention.answered
               AND NOT actor.suspended AND inbox.url <> ''
               AND ",
                unblocked!(),
                " ON CONFLICT (activity_id, inbox_id) DO NOTHING",
            ))
            .bind(activity_id)
            .bind(now)
            .bind(path)
        )?;
        self.after_queueing(activity_id, queued, now).await?;
        Ok(queued)
    }

    /// Queues an activity for everybody whose endorsement stands or waits, and was given for an earlier text than the
    /// one that counts from revision `newest` on ([`Tx::newest_substantive_revision`]); once for each shared inbox.
    /// Suspended and blocked actors get nothing. Returns the number of deliveries that are added.
    pub async fn queue_for_earlier_signers(
        &mut self,
        activity_id: i64,
        newest: i64,
        now: Millis,
    ) -> Result<u64> {
        let queued = execute!(
            self,
            sqlx::query(concat!(
                blocked_host!(),
                "
             INSERT INTO delivery (activity_id, inbox_id, host_id, state, due_at, queued_at)
             SELECT DISTINCT CAST($1 AS BIGINT), inbox.id, inbox.host_id, 'queued',
                    CAST($2 AS BIGINT), CAST($2 AS BIGINT)
             FROM endorsement
             JOIN revision ON revision.number = endorsement.revision
             JOIN actor ON actor.id = endorsement.actor_id
             JOIN inbox ON inbox.id = COALESCE(actor.shared_inbox_id, actor.inbox_id)
             WHERE endorsement.state IN ('listed', 'counted', 'pending')
               AND revision.same_as <> $3
               AND NOT actor.suspended AND inbox.url <> ''
               AND ",
                unblocked!(),
                " ON CONFLICT (activity_id, inbox_id) DO NOTHING",
            ))
            .bind(activity_id)
            .bind(now)
            .bind(newest)
        )?;
        self.after_queueing(activity_id, queued, now).await?;
        Ok(queued)
    }

    /// Queues an activity for every inbox to which something about the same object, given by its path, was or may
    /// have been delivered in the last 30 days, blocked hosts left out: former followers have a copy as well. Returns
    /// the number of deliveries.
    pub async fn queue_for_told(
        &mut self,
        activity_id: i64,
        path: &str,
        now: Millis,
    ) -> Result<u64> {
        let queued = execute!(
            self,
            sqlx::query(concat!(
                blocked_host!(),
                "
             INSERT INTO delivery (activity_id, inbox_id, host_id, state, due_at, queued_at)
             SELECT DISTINCT CAST($1 AS BIGINT), told.inbox_id, told.host_id, 'queued',
                    CAST($2 AS BIGINT), CAST($2 AS BIGINT)
             FROM activity
             JOIN delivery AS told ON told.activity_id = activity.id
             WHERE substr(activity.subject, length(activity.subject) - 31) = substr($3, length($3) - 31)
               AND activity.subject = $3
               AND activity.id <> $1
               AND (told.state = 'delivered' OR told.attempts > 0 OR told.state = 'queued')
               AND told.host_id NOT IN (SELECT id FROM blocked_host)
               AND told.inbox_id NOT IN (SELECT id FROM inbox WHERE url = '')
             ON CONFLICT (activity_id, inbox_id) DO NOTHING"
            ))
            .bind(activity_id)
            .bind(now)
            .bind(path)
        )?;
        self.after_queueing(activity_id, queued, now).await?;
        Ok(queued)
    }

    /// Drops deliveries about one of our objects, given by its path, that were never tried, so that a deleted object
    /// is not sent first. Those to a leased host may be on their way and stay. Returns the number of deliveries.
    pub async fn drop_untried(&mut self, path: &str, now: Millis) -> Result<u64> {
        const DROP: &str = "
            DELETE FROM delivery
            WHERE id IN (
                SELECT untried.id
                FROM activity
                JOIN delivery AS untried ON untried.activity_id = activity.id
                JOIN host ON host.id = untried.host_id
                WHERE substr(activity.subject, length(activity.subject) - 31)
                      = substr($1, length($1) - 31)
                  AND activity.subject = $1
                  AND activity.kind IN ('Create', 'Update', 'Announce')
                  AND untried.state = 'queued'
                  AND untried.attempts = 0
                  AND host.leased_until <= $2)";
        Ok(execute!(self, sqlx::query(DROP).bind(path).bind(now))?)
    }

    /// The work after each statement that queues an activity for many.
    pub(super) async fn after_queueing(
        &mut self,
        activity_id: i64,
        queued: u64,
        now: Millis,
    ) -> Result<()> {
        if let Self::Postgres(tx) = self
            && queued >= MANY
        {
            sqlx::query("ANALYZE delivery").execute(&mut **tx).await?;
        }
        self.replace_waiting(&[activity_id], now).await?;
        Ok(())
    }
}
