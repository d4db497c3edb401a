//! Quote authorizations (FEP-044f): our permissions to quote, which other servers can check; and those to show our actor in a
//! collection (FEP-7aa9), which are the same but for their paths.

use sqlx::FromRow;

use super::{Result, Tx};
use crate::{clock::Millis, hash::Sha256};

/// One authorization.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct QuoteAuthorizationRow {
    /// Its id as a path.
    pub path: String,
    /// The row id of the actor who asked.
    pub actor_id: i64,
    /// The id of the post that quotes, or of the collection; empty once revoked.
    pub object: String,
    /// The quoted object, or the actor, as a path.
    pub target: String,
    /// When it was revoked. Its id answers 404 from then on.
    pub revoked_at: Option<Millis>,
}

/// A quote that is authorized, as it is displayed.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct QuoteEntry {
    /// The row id.
    pub id: i64,
    /// The authorization's id as a path.
    pub path: String,
    /// The id of the actor who quotes.
    pub actor: String,
    /// `@user@host`.
    pub handle: String,
    /// The id of the post that quotes.
    pub object: String,
    /// The quoted object, as a path.
    pub target: String,
}

impl Tx {
    /// Up to `limit` authorized quotes with a row id below `before`, newest first.
    pub async fn quotes(&mut self, before: i64, limit: i64) -> Result<Vec<QuoteEntry>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT quote_authorization.id, quote_authorization.path, actor.url AS actor, actor.handle,
                        quote_authorization.object, quote_authorization.target
                 FROM quote_authorization
                 JOIN actor ON actor.id = quote_authorization.actor_id
                 WHERE quote_authorization.revoked_at IS NULL AND quote_authorization.id < $1
                 ORDER BY quote_authorization.id DESC
                 LIMIT $2",
            )
            .bind(before)
            .bind(limit),
            fetch_all
        )?)
    }

    /// The authorized quotes of one actor, given by its id, or in the post with this id; newest first.
    pub async fn quotes_by(&mut self, actor_or_post: &str) -> Result<Vec<QuoteEntry>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT quote_authorization.id, quote_authorization.path, actor.url AS actor, actor.handle,
                        quote_authorization.object, quote_authorization.target
                 FROM quote_authorization
                 JOIN actor ON actor.id = quote_authorization.actor_id
                 WHERE quote_authorization.revoked_at IS NULL
                   AND (actor.url_hash = $1 OR quote_authorization.object_hash = $1)
                 ORDER BY quote_authorization.id DESC",
            )
            .bind(Sha256::of(actor_or_post)),
            fetch_all
        )?)
    }

    /// Revokes an authorization for good: of the request this salted hash is kept, by which
    /// [`withheld_posts`](Self::withheld_posts) knows it again. False when it was not in force.
    pub async fn withhold_quote(&mut self, path: &str, mark: &Sha256, now: Millis) -> Result<bool> {
        let revoked = execute!(
            self,
            sqlx::query(
                "UPDATE quote_authorization
                 SET object = '', object_hash = $2, revoked_at = $3
                 WHERE path = $1 AND revoked_at IS NULL",
            )
            .bind(path)
            .bind(mark)
            .bind(now)
        )?;
        Ok(revoked > 0)
    }

    /// Those of these requests, by their salted hashes, whose authorization was revoked for good.
    pub async fn withheld_posts(&mut self, marks: &[Sha256]) -> Result<Vec<Sha256>> {
        let rows: Vec<(Sha256,)> = built!(
            self,
            |sql, marks| {
                sql.push(
                    "SELECT DISTINCT object_hash FROM quote_authorization
                     WHERE revoked_at IS NOT NULL AND object_hash IS NOT NULL AND object_hash",
                );
                sql.push_in(marks);
            },
            rows(Sha256,)
        )?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// The authorizations of these actors in force, oldest first.
    pub async fn quote_authorizations_of(
        &mut self,
        actor_ids: &[i64],
    ) -> Result<Vec<QuoteAuthorizationRow>> {
        Ok(built!(
            self,
            |sql, actor_ids| {
                sql.push(
                    "SELECT path, actor_id, object, target, revoked_at
                     FROM quote_authorization
                     WHERE revoked_at IS NULL AND actor_id",
                );
                sql.push_in(actor_ids);
                sql.push(" ORDER BY id");
            },
            rows QuoteAuthorizationRow
        )?)
    }

    /// One authorization, revoked or not.
    pub async fn quote_authorization(
        &mut self,
        path: &str,
    ) -> Result<Option<QuoteAuthorizationRow>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT path, actor_id, object, target, revoked_at
             FROM quote_authorization
             WHERE path = $1",
            )
            .bind(path),
            fetch_optional
        )?)
    }

    /// Writes new authorizations; one is in force for each actor, post and target.
    pub async fn save_quote_authorizations(
        &mut self,
        granted: &[QuoteAuthorizationRow],
    ) -> Result<()> {
        built!(
            self,
            |sql, granted| {
                sql.push(
                    "INSERT INTO quote_authorization (path, actor_id, object_hash, object, target) ",
                );
                sql.push_rows(granted, |row, authorization| {
                    row.push_bind(&authorization.path)
                        .push_bind(authorization.actor_id)
                        .push_bind(Sha256::of(&authorization.object))
                        .push_bind(&authorization.object)
                        .push_bind(&authorization.target);
                });
            },
            count
        )?;
        Ok(())
    }

    /// Ends authorizations of posts that went. Nothing is kept of them: their ids are random, so none is used again, and
    /// whoever asks and deletes for ever leaves no more rows than are in force.
    pub async fn end_quote_authorizations(&mut self, paths: &[String]) -> Result<()> {
        built!(
            self,
            |sql, paths| {
                sql.push("DELETE FROM quote_authorization WHERE revoked_at IS NULL AND path");
                sql.push_in(paths);
            },
            count
        )?;
        Ok(())
    }
}
