//! What we publish, the activities about it, and to which inboxes they go.

use sqlx::FromRow;

use super::{
    Error, Result, Tx,
    query_macros::{built, execute, on_either, push_list},
};
use crate::{activitystreams::paths, clock::Millis};

/// The hosts from which nothing is wanted, and that are told nothing.
macro_rules! blocked_host {
    () => {
        "WITH blocked_host AS (
             SELECT host.id
             FROM host
             JOIN policy ON policy.kind = 'domain' AND policy.severity = 'block'
               AND (host.name = policy.target
             OR (LENGTH(host.name) > LENGTH(policy.target)
               AND SUBSTR(host.name, LENGTH(host.name) - LENGTH(policy.target)) = '.' || policy.target))
         )"
    };
}

/// Of so many deliveries at once PostgreSQL is told. It finds out by itself a minute or two later; until then it reads
/// the whole queue for each claim, 156 ms at 18,480 deliveries.
const MANY: u64 = 250;

/// Something of ours that others may fetch: the letter, a post.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct OwnObject {
    /// Its id as a path.
    pub path: String,
    /// `letter` or `post`.
    pub kind: String,
    /// When it was published; never changes (F-350).
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
    /// What it is about: of two about the same, the older is sent first (F-169).
    pub subject: String,
    /// The document, byte for byte as it will be signed.
    pub body: String,
    /// Whether anybody may fetch it.
    pub public: bool,
    /// When it was made.
    pub at: Millis,
    /// Where it goes, besides what [`Tx::queue_for_followers`] adds.
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
    /// One object of ours.
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

    /// Those of these objects of ours that are there and not deleted, by their paths.
    pub async fn standing_objects(&mut self, paths: &[String]) -> Result<Vec<String>> {
        if paths.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<(String,)> = built!(
            self,
            |sql| {
                sql.push("SELECT path FROM own_object WHERE deleted_at IS NULL AND path IN ");
                push_list!(sql, paths);
            },
            rows(String,)
        )?;
        Ok(rows.into_iter().map(|it| it.0).collect())
    }

    /// Writes one object of ours; an existing one keeps its path, kind and `published_at`.
    pub async fn save_own_object(&mut self, object: &OwnObject) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "INSERT INTO own_object (path, kind, body, published_at, updated_at, deleted_at)
             VALUES ($1, $2, '', $3, $4, $5)
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

    /// One activity of ours.
    pub async fn activity(&mut self, path: &str) -> Result<Option<ActivityRow>> {
        Ok(on_either!(
            self,
            sqlx::query_as("SELECT body, public FROM activity WHERE path = $1").bind(path),
            fetch_optional
        )?)
    }

    /// The public activities, newest first: the outbox.
    pub async fn public_activities(&mut self, limit: i64) -> Result<Vec<ActivityRow>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT body, public
             FROM activity
             WHERE public
             ORDER BY id DESC
             LIMIT $1",
            )
            .bind(limit),
            fetch_all
        )?)
    }

    /// Writes activities and their deliveries, two statements for all of them; an `Update` replaces what waits
    /// ([`Tx::replace_waiting`]).
    ///
    /// # Errors
    /// [`Error::Retired`] once the actor has ended: whoever would say something is refused here, in the transaction
    /// of its cause.
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
                sql.push_values(activities, |mut row, it| {
                    row.push_bind(&it.path)
                        .push_bind(&it.kind)
                        .push_bind(&it.subject)
                        .push_bind(&it.body)
                        .push_bind(it.public)
                        .push_bind(it.at);
                });
                sql.push(" RETURNING id, path");
            },
            rows(i64, String)
        )?;
        let ids = activities
            .iter()
            .map(|it| {
                let row = saved.iter().find(|(_, path)| *path == it.path);
                row.map(|row| row.0).ok_or_else(|| {
                    Error::inconsistent("activity", "id", &it.path, "no id came back")
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
                    sql.push(
                        "INSERT INTO delivery (activity_id, inbox_id, host_id, state, due_at, queued_at) ",
                    );
                    sql.push_values(&deliveries, |mut row, (activity_id, to, at)| {
                        row.push_bind(*activity_id)
                            .push_bind(to.inbox_id)
                            .push_bind(to.host_id)
                            .push_bind("queued")
                            .push_bind(*at)
                            .push_bind(*at);
                    });
                    sql.push(" ON CONFLICT (activity_id, inbox_id) DO NOTHING");
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
        let latest = activities.iter().map(|it| it.at).max();
        self.replace_waiting(&updates, latest.unwrap_or_default())
            .await?;
        Ok(ids)
    }

    /// Queues an activity for all followers, once for each shared inbox: one statement, however many there
    /// are (F-153, F-170). Who is suspended or blocked gets nothing. An `Update` replaces what waits
    /// ([`Tx::replace_waiting`]). Gives the number of deliveries.
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
             WHERE NOT actor.suspended AND follower.asleep_until IS NULL
             ON CONFLICT (activity_id, inbox_id) DO NOTHING",
            )
            .bind(activity_id)
            .bind(now)
        )?;
        self.after_queueing(activity_id, queued, now).await?;
        Ok(queued)
    }

    /// Queues an activity about one thing of ours, the letter or a post, by its path, for everybody whose server may
    /// have a copy of it: the followers, and whoever answered, quoted, liked or boosted it, as long as that stands;
    /// comments too (F-102, F-104). Who mentions the actor is taken to speak of the letter.
    ///
    /// One statement, once for each shared inbox (F-153). Nothing goes to who is suspended, asleep or blocked, nor to
    /// inboxes on blocked hosts. An `Update` replaces what waits ([`Tx::replace_waiting`]). Gives the number of
    /// deliveries.
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
             )
             INSERT INTO delivery (activity_id, inbox_id, host_id, state, due_at, queued_at)
             SELECT DISTINCT CAST($1 AS BIGINT), inbox.id, inbox.host_id, 'queued',
                    CAST($2 AS BIGINT), CAST($2 AS BIGINT)
             FROM audience
             JOIN actor ON actor.id = audience.actor_id
             JOIN inbox ON inbox.id = COALESCE(actor.shared_inbox_id, actor.inbox_id)
             LEFT JOIN follower ON follower.actor_id = actor.id
             WHERE NOT actor.suspended AND follower.asleep_until IS NULL
               AND actor.host_id NOT IN (SELECT id FROM blocked_host)
               AND inbox.host_id NOT IN (SELECT id FROM blocked_host)
               AND NOT EXISTS (SELECT 1 FROM policy
                               WHERE policy.target = actor.url AND policy.kind = 'actor'
                                 AND policy.severity = 'block')
             ON CONFLICT (activity_id, inbox_id) DO NOTHING",
            ))
            .bind(activity_id)
            .bind(now)
            .bind(path)
            .bind(mentioned)
        )?;
        self.after_queueing(activity_id, queued, now).await?;
        Ok(queued)
    }
    /// Queues an activity for every inbox that something about the same thing of ours, by its path, was or may have been
    /// delivered to in the last 30 days, blocked hosts left out: whoever followed then and does not now has a copy, too
    /// (F-104). Gives the number of deliveries.
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
             ON CONFLICT (activity_id, inbox_id) DO NOTHING"
            ))
            .bind(activity_id)
            .bind(now)
            .bind(path)
        )?;
        self.after_queueing(activity_id, queued, now).await?;
        Ok(queued)
    }

    /// Drops what waits about a thing of ours, by its path, and was never tried: what is deleted is not to be sent first.
    /// What goes to a leased host may be on its way and stays. Gives the number of deliveries.
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
                  AND activity.kind IN ('Create', 'Update')
                  AND untried.state = 'queued'
                  AND untried.attempts = 0
                  AND host.leased_until <= $2)";
        Ok(execute!(self, sqlx::query(DROP).bind(path).bind(now))?)
    }

    /// What follows each statement that queues an activity for many.
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
