//! Our own posts besides the letter, with the Markdown that they were made from.

use sqlx::FromRow;

use super::{Result, Tx};
use crate::{clock::Millis, hash::Sha256};

/// One of our posts, deleted or not.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct OwnPost {
    /// Its id as a path.
    pub path: String,
    /// The Markdown file; `None` once it is deleted.
    pub source: Option<String>,
    /// The content warning that was given in place of the file's, on one line.
    pub warning: Option<String>,
    /// Whether public timelines leave it out. It never changes: what was sent to public timelines stays there.
    pub unlisted: bool,
    /// When it was published. It never changes, because other servers refuse a post whose `published` does.
    pub published_at: Millis,
    /// When its text last changed.
    pub updated_at: Option<Millis>,
    /// When it was deleted. It answers 410 from then on, and its id is never published again, because Mastodon would
    /// refuse it.
    pub deleted_at: Option<Millis>,
    /// The post of somebody's that it answers, by its id; `None` for a post below the letter. Empty when whom it answers
    /// was erased.
    pub in_reply_to: Option<String>,
    /// Whether it goes to the person whom it answers alone: then it is on no page and in no collection, and nobody can
    /// fetch it.
    pub direct: bool,
}

/// An account that a post of ours mentions.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct PostMention {
    /// The post's id as a path.
    pub path: String,
    /// The handle as it stands in the text, in small letters: `@me@my.server`.
    pub handle: String,
    /// The actor's id.
    pub actor: String,
    /// Its profile page for people, or its id where it has none.
    pub profile: String,
    /// Whether it is whom the post answers, which is mentioned whatever the text says.
    pub answered: bool,
}

/// A post of somebody's that answers us or mentions us, or a direct message that signs.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct AnswerableRow {
    /// Its id.
    pub object: String,
    /// The row id of its author.
    pub actor_id: i64,
    /// Whether it is a direct message, which nothing public answers.
    pub direct: bool,
}

/// The columns of an [`OwnPost`].
macro_rules! own_post {
    () => {
        "SELECT path, source, warning, unlisted, published_at, updated_at, deleted_at, in_reply_to, kind = 'direct' AS direct
             FROM own_object"
    };
}

/// The acts that can be answered: posts that reply to us or mention us, and stand.
macro_rules! answerable {
    () => {
        "SELECT object, actor_id, family = 'direct' AS direct
             FROM act
             WHERE family IN ('post', 'direct') AND kind IN ('reply', 'mention', 'direct', 'comment', 'pledge') AND ended_at IS NULL
               AND object <> '' AND "
    };
}

impl Tx {
    /// The accounts that these posts, given by their paths, mention or mentioned before an edit. Those of people who were
    /// erased are left out.
    pub async fn post_mentions(&mut self, paths: &[String]) -> Result<Vec<PostMention>> {
        Ok(built!(
            self,
            |sql, paths| {
                sql.push(
                    "SELECT own_object.path, post_mention.handle, actor.url AS actor,
                            COALESCE(actor.page, actor.url) AS profile,
                            post_mention.answered
                     FROM own_object
                     JOIN post_mention ON post_mention.own_object_id = own_object.id
                     JOIN actor ON actor.id = post_mention.actor_id
                     WHERE actor.url <> '' AND own_object.path",
                );
                sql.push_in(paths);
                sql.push(" ORDER BY own_object.id, post_mention.handle");
            },
            rows PostMention
        )?)
    }

    /// The paths of the posts that mention one of these actors, or mentioned them before an edit.
    pub async fn posts_mentioning(&mut self, actor_ids: &[i64]) -> Result<Vec<String>> {
        let rows: Vec<(String,)> = built!(
            self,
            |sql, actor_ids| {
                sql.push(
                    "SELECT path
                     FROM own_object
                     WHERE id IN (SELECT own_object_id FROM post_mention WHERE actor_id",
                );
                sql.push_in(actor_ids.iter().copied());
                sql.push(") ORDER BY id");
            },
            rows(String,)
        )?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// The newest public `Create` or `Update` of an object, given by its path: its own path, and its kind.
    pub async fn newest_publication(&mut self, subject: &str) -> Result<Option<(String, String)>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT path, kind
                 FROM activity
                 WHERE public AND subject = $1 AND kind IN ('Create', 'Update')
                 ORDER BY id DESC
                 LIMIT 1",
            )
            .bind(subject),
            fetch_optional
        )?)
    }

    /// Replaces what an activity, given by its path, says: whoever has it already keeps it.
    pub async fn rewrite_activity(&mut self, path: &str, body: &str) -> Result<()> {
        execute!(
            self,
            sqlx::query("UPDATE activity SET body = $2 WHERE path = $1")
                .bind(path)
                .bind(body)
        )?;
        Ok(())
    }

    /// Writes that a post, given by its path, mentions by this handle the stored actor whose id has this hash.
    pub async fn save_post_mention(
        &mut self,
        path: &str,
        handle: &str,
        actor: &Sha256,
    ) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "INSERT INTO post_mention (own_object_id, handle, actor_id)
             SELECT own_object.id, CAST($2 AS TEXT), actor.id
             FROM own_object, actor
             WHERE own_object.path = $1 AND actor.url_hash = $3
             ON CONFLICT (own_object_id, handle) DO UPDATE SET actor_id = excluded.actor_id",
            )
            .bind(path)
            .bind(handle)
            .bind(actor)
        )?;
        Ok(())
    }

    /// Forgets whom a post, given by its path, mentioned: nothing about it will be sent any more.
    pub async fn forget_post_mentions(&mut self, path: &str) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "DELETE FROM post_mention
             WHERE own_object_id IN (SELECT id FROM own_object WHERE path = $1)",
            )
            .bind(path)
        )?;
        Ok(())
    }

    /// Our public posts, newest first, deleted ones included. While names are off, those that answer somebody are left out.
    pub async fn own_posts(&mut self) -> Result<Vec<OwnPost>> {
        let names_people = self.names_off().await?.is_none();
        Ok(on_either!(
            self,
            sqlx::query_as(concat!(
                own_post!(),
                " WHERE kind = 'post' AND ($1 OR in_reply_to IS NULL) ORDER BY id DESC"
            ))
            .bind(names_people),
            fetch_all
        )?)
    }

    /// One of our public posts.
    pub async fn own_post(&mut self, path: &str) -> Result<Option<OwnPost>> {
        Ok(on_either!(
            self,
            sqlx::query_as(concat!(own_post!(), " WHERE kind = 'post' AND path = $1")).bind(path),
            fetch_optional
        )?)
    }

    /// All of our posts, newest first: direct answers and deleted ones included.
    pub async fn posts_to_anybody(&mut self) -> Result<Vec<OwnPost>> {
        Ok(on_either!(
            self,
            sqlx::query_as(concat!(
                own_post!(),
                " WHERE kind IN ('post', 'direct') ORDER BY id DESC"
            )),
            fetch_all
        )?)
    }

    /// One of our posts, which may be a direct answer.
    pub async fn post_to_anybody(&mut self, path: &str) -> Result<Option<OwnPost>> {
        Ok(on_either!(
            self,
            sqlx::query_as(concat!(
                own_post!(),
                " WHERE kind IN ('post', 'direct') AND path = $1"
            ))
            .bind(path),
            fetch_optional
        )?)
    }

    /// Our standing answers to these posts of others, given by their ids, oldest first; direct ones included.
    pub async fn answers_to(&mut self, objects: &[String]) -> Result<Vec<OwnPost>> {
        Ok(built!(
            self,
            |sql, objects| {
                sql.push(own_post!());
                sql.push(" WHERE kind IN ('post', 'direct') AND deleted_at IS NULL AND in_reply_to");
                sql.push_in(objects);
                sql.push(" ORDER BY id");
            },
            rows OwnPost
        )?)
    }

    /// The newest post of these actors that can be answered.
    pub async fn newest_answerable(&mut self, actor_ids: &[i64]) -> Result<Option<AnswerableRow>> {
        let rows = built!(
            self,
            |sql, actor_ids| {
                sql.push(answerable!()).push("actor_id");
                sql.push_in(actor_ids.iter().copied());
                sql.push(" ORDER BY at DESC, id DESC LIMIT 1");
            },
            rows AnswerableRow
        )?;
        Ok(rows.into_iter().next())
    }

    /// The post with this id, if it can be answered.
    pub async fn answerable(&mut self, object: &Sha256) -> Result<Option<AnswerableRow>> {
        Ok(on_either!(
            self,
            sqlx::query_as(concat!(answerable!(), "object_hash = $1")).bind(object),
            fetch_optional
        )?)
    }

    /// Notes which mentioned actor a post answers, by the path of the post and the hash of the actor's id.
    pub async fn mark_answered(&mut self, path: &str, actor: &Sha256) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "UPDATE post_mention SET answered = $3
             WHERE own_object_id IN (SELECT id FROM own_object WHERE path = $1)
               AND actor_id IN (SELECT id FROM actor WHERE url_hash = $2)",
            )
            .bind(path)
            .bind(actor)
            .bind(true)
        )?;
        Ok(())
    }

    /// The paths of the newest public posts below the letter that are not deleted, oldest first: those that
    /// `/letter/replies` names first. Answers belong to the threads of what they answer.
    pub async fn standing_posts(&mut self, limit: i64) -> Result<Vec<String>> {
        let rows: Vec<(String,)> = on_either!(
            self,
            sqlx::query_as(
                "SELECT path
             FROM own_object
             WHERE kind = 'post' AND deleted_at IS NULL AND in_reply_to IS NULL
             ORDER BY id DESC
             LIMIT $1",
            )
            .bind(limit),
            fetch_all
        )?;
        Ok(rows.into_iter().rev().map(|row| row.0).collect())
    }

    /// Writes a post; an existing one keeps its `published_at` and its audience, and a deleted one stays deleted.
    pub async fn save_own_post(&mut self, post: &OwnPost) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "INSERT INTO own_object (path, kind, source, published_at, updated_at, deleted_at, in_reply_to, warning, unlisted)
             VALUES ($1, $7, $2, $3, $4, $5, $6, $8, $9)
             ON CONFLICT (path) DO UPDATE
             SET source = CASE WHEN own_object.deleted_at IS NULL THEN excluded.source END,
                 in_reply_to = CASE WHEN own_object.deleted_at IS NULL THEN excluded.in_reply_to END,
                 warning = CASE WHEN own_object.deleted_at IS NULL THEN excluded.warning END,
                 updated_at = excluded.updated_at,
                 deleted_at = COALESCE(own_object.deleted_at, excluded.deleted_at)",
            )
            .bind(&post.path)
            .bind(&post.source)
            .bind(post.published_at)
            .bind(post.updated_at)
            .bind(post.deleted_at)
            .bind(&post.in_reply_to)
            .bind(if post.direct { "direct" } else { "post" })
            .bind(&post.warning)
            .bind(post.unlisted)
        )?;
        Ok(())
    }

    /// Removes all activities about a deleted object from the outbox, so that nobody can read its text there.
    pub async fn hide_activities_about(&mut self, subject: &str) -> Result<u64> {
        Ok(execute!(
            self,
            sqlx::query("UPDATE activity SET public = $1 WHERE subject = $2 AND public")
                .bind(false)
                .bind(subject)
        )?)
    }
}
