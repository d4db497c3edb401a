//! Answers of those to whom the letter was handed over, which are shown as responses once they are approved.

use sqlx::FromRow;

use super::{Result, Tx};
use crate::{clock::Millis, hash::Sha256, random::PublicId};

/// An answer of the addressee to the post that hands the letter over. It stands, and nobody blocked its author.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct AnswerRow {
    /// The public id of the comment.
    pub public_id: PublicId,
    /// `@user@host` of the addressee.
    pub handle: String,
    /// The original post.
    pub object: String,
    /// What it says, as plain text.
    pub text: String,
    /// Its content warning.
    pub warning: Option<String>,
    /// Language tag, if the author gave one.
    pub language: Option<String>,
    /// When it arrived.
    pub at: Millis,
    /// The hash of the words that were approved.
    pub approved_hash: Option<Sha256>,
}

/// A post that hands the letter over.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct HandOverRow {
    /// Its id as a path.
    pub path: String,
    /// When it was published.
    pub published_at: Millis,
}

const ANSWERS: &str = "
    SELECT comment.public_id, actor.handle, act.object, act.text, act.warning, act.language, act.at, comment.approved_hash
    FROM own_object
    JOIN act ON act.actor_id = own_object.addressee_id AND act.target = own_object.path
    JOIN comment ON comment.act_id = act.id
    JOIN actor ON actor.id = act.actor_id
    JOIN host ON host.id = actor.host_id
    WHERE own_object.deleted_at IS NULL AND act.kind = 'comment' AND act.ended_at IS NULL AND act.text IS NOT NULL
      AND actor.url <> '' AND NOT host.blocked
      AND NOT EXISTS (SELECT 1 FROM policy
                      WHERE policy.target = actor.url AND policy.kind = 'actor' AND policy.severity = 'block')";

impl Tx {
    /// The newest answers of addressees that were ever approved, newest first; of some the words have changed since.
    pub async fn approved_answers(&mut self, limit: i64) -> Result<Vec<AnswerRow>> {
        Ok(built!(
            self,
            |sql| {
                sql.push(ANSWERS).push(
                    " AND comment.approved_hash IS NOT NULL ORDER BY act.at DESC, act.id DESC LIMIT ",
                ).push_bind(limit);
            },
            rows AnswerRow
        )?)
    }

    /// The comment with this public id, if it is an addressee's answer.
    pub async fn answer(&mut self, comment: &PublicId) -> Result<Option<AnswerRow>> {
        let rows: Vec<AnswerRow> = built!(
            self,
            |sql| {
                sql.push(ANSWERS).push(" AND comment.public_id = ").push_bind(comment.as_str());
            },
            rows AnswerRow
        )?;
        Ok(rows.into_iter().next())
    }

    /// Writes which words of a comment are approved; `None` for none.
    pub async fn approve_answer(
        &mut self,
        comment: &PublicId,
        words: Option<&Sha256>,
    ) -> Result<()> {
        execute!(
            self,
            sqlx::query("UPDATE comment SET approved_hash = $2 WHERE public_id = $1")
                .bind(comment.as_str())
                .bind(words)
        )?;
        Ok(())
    }

    /// Writes to whom a post, given by its path, hands the letter over: the stored actor whose id has this hash.
    pub async fn save_addressee(&mut self, path: &str, actor: &Sha256) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "UPDATE own_object SET addressee_id = (SELECT id FROM actor WHERE url_hash = $2)
                 WHERE path = $1",
            )
            .bind(path)
            .bind(actor)
        )?;
        Ok(())
    }

    /// The newest post that hands the letter over to this actor, and stands.
    pub async fn handed_over(&mut self, actor: &Sha256) -> Result<Option<HandOverRow>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT own_object.path, own_object.published_at
                 FROM own_object
                 JOIN actor ON actor.id = own_object.addressee_id
                 WHERE actor.url_hash = $1 AND own_object.deleted_at IS NULL
                 ORDER BY own_object.id DESC
                 LIMIT 1",
            )
            .bind(actor),
            fetch_optional
        )?)
    }
}
