//! Posts of others in the threads below the letter and our posts, as far as they are stored.

use sqlx::FromRow;

use super::{Result, Tx};
use crate::{clock::Millis, hash::Sha256};

/// A post of somebody's that stands, with what it answers.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ThreadPost {
    /// The public id of the comment or endorsement; `None` for a post that neither has.
    pub public_id: Option<String>,
    /// The id of the post.
    pub object: String,
    /// The path of what of ours it answers; that of the actor for a mention.
    pub target: String,
    /// `public` or `unlisted`.
    pub visibility: String,
    /// The author's handle.
    pub handle: String,
    /// What it says, as plain text.
    pub text: Option<String>,
    /// When it was written.
    pub at: Millis,
}

/// A post with its author.
macro_rules! thread_post {
    () => {
        "SELECT CASE WHEN act.kind = 'comment' THEN comment.public_id ELSE endorsement.public_id END AS public_id,
                    act.object, act.target, act.visibility, actor.handle, act.text, act.at
             FROM act
             JOIN actor ON actor.id = act.actor_id
             LEFT JOIN comment ON comment.act_id = act.id
             LEFT JOIN endorsement ON endorsement.actor_id = act.actor_id
             WHERE act.family = 'post' AND act.ended_at IS NULL AND act.object <> '' AND "
    };
}

impl Tx {
    /// The stored post with this id.
    pub async fn thread_post(&mut self, object: &Sha256) -> Result<Option<ThreadPost>> {
        Ok(on_either!(
            self,
            sqlx::query_as(concat!(thread_post!(), "act.object_hash = $1")).bind(object),
            fetch_optional
        )?)
    }

    /// The stored posts that answer these posts of ours, given by their paths, oldest first; at most `limit`.
    pub async fn thread_posts_below(
        &mut self,
        paths: &[String],
        limit: i64,
    ) -> Result<Vec<ThreadPost>> {
        Ok(built!(
            self,
            |sql, paths| {
                sql.push(thread_post!()).push("act.target");
                sql.push_in(paths);
                sql.push(" ORDER BY act.at, act.id LIMIT ").push_bind(limit);
            },
            rows ThreadPost
        )?)
    }
}
