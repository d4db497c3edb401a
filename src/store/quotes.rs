//! Quote authorizations (FEP-044f): our permissions to quote, which other servers can check.

use sqlx::FromRow;

use super::{Result, Tx};
use crate::{clock::Millis, hash::Sha256};

/// One quote authorization.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct QuoteAuthorizationRow {
    /// Its id as a path.
    pub path: String,
    /// The row id of the actor who quotes.
    pub actor_id: i64,
    /// The id of the post that quotes; empty once revoked.
    pub object: String,
    /// The quoted object, as a path.
    pub target: String,
    /// When it was revoked. Its id answers 410 from then on.
    pub revoked_at: Option<Millis>,
}

impl Tx {
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

    /// Writes new authorizations, some of which may be revoked already; one is in force for each actor, post and
    /// target.
    pub async fn save_quote_authorizations(
        &mut self,
        stamps: &[QuoteAuthorizationRow],
    ) -> Result<()> {
        built!(
            self,
            |sql, stamps| {
                sql.push(
                    "INSERT INTO quote_authorization (path, actor_id, object_hash, object, target,
                                                      revoked_at) ",
                );
                sql.push_rows(stamps, |row, authorization| {
                    let post = authorization
                        .revoked_at
                        .is_none()
                        .then_some(authorization.object.as_str());
                    row.push_bind(&authorization.path)
                        .push_bind(authorization.actor_id)
                        .push_bind(post.map(Sha256::of))
                        .push_bind(post.unwrap_or_default())
                        .push_bind(&authorization.target)
                        .push_bind(authorization.revoked_at);
                });
            },
            count
        )?;
        Ok(())
    }

    /// Revokes authorizations: the posts' ids are erased, and the authorizations' ids are never used again.
    pub async fn revoke_quote_authorizations(
        &mut self,
        paths: &[String],
        now: Millis,
    ) -> Result<()> {
        built!(
            self,
            |sql, paths| {
                sql.push(
                    "UPDATE quote_authorization SET object = '', object_hash = NULL, revoked_at = ",
                )
                .push_bind(now)
                .push(" WHERE revoked_at IS NULL AND path");
                sql.push_in(paths);
            },
            count
        )?;
        Ok(())
    }
}
