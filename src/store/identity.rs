//! Who we are: the identity, our private keys, and settings.

use sqlx::FromRow;

use super::{
    Result, Tx,
    run::{execute, on_either},
};
use crate::clock::Millis;

/// What the letter's ids are made of. Written with the first publication (`product.md` 2.1).
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Identity {
    /// `server.base_url`, without a slash at the end.
    pub base_url: String,
    /// `actor.username`.
    pub username: String,
    /// When the database was made for it.
    pub created_at: Millis,
    /// When the letter was published; `None` before.
    pub published_at: Option<Millis>,
}

impl Tx {
    /// The identity, if one was ever written.
    pub async fn identity(&mut self) -> Result<Option<Identity>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT base_url, username, created_at, published_at
             FROM identity
             WHERE id = 1",
            ),
            fetch_optional
        )?)
    }

    /// Writes the identity if there is none; true when this transaction was the first. Another one that
    /// tries at the same time waits here until this one ends.
    pub async fn claim_identity(&mut self, identity: &Identity) -> Result<bool> {
        Ok(execute!(
            self,
            sqlx::query(
                "INSERT INTO identity (id, base_url, username, created_at, published_at)
             VALUES (1, $1, $2, $3, $4)
             ON CONFLICT (id) DO NOTHING",
            )
            .bind(&identity.base_url)
            .bind(&identity.username)
            .bind(identity.created_at)
            .bind(identity.published_at)
        )? == 1)
    }

    /// Writes the identity, in place of an earlier one.
    pub async fn save_identity(&mut self, identity: &Identity) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "INSERT INTO identity (id, base_url, username, created_at, published_at)
             VALUES (1, $1, $2, $3, $4)
             ON CONFLICT (id) DO UPDATE
             SET base_url = excluded.base_url, username = excluded.username,
                 created_at = excluded.created_at, published_at = excluded.published_at",
            )
            .bind(&identity.base_url)
            .bind(&identity.username)
            .bind(identity.created_at)
            .bind(identity.published_at)
        )?;
        Ok(())
    }

    /// Whether nobody outside can know us yet: no follower, no act, no delivery. Only then may the
    /// identity change (`product.md` 2.1).
    pub async fn is_unknown_outside(&mut self) -> Result<bool> {
        let (known,): (i64,) = on_either!(
            self,
            sqlx::query_as(
                "SELECT (SELECT COUNT(*) FROM follower)
                  + (SELECT COUNT(*) FROM act)
                  + (SELECT COUNT(*) FROM delivery)",
            ),
            fetch_one
        )?;
        Ok(known == 0)
    }

    /// Forgets what was published under an identity that nobody knew: keys, texts, names.
    pub async fn forget_publication(&mut self) -> Result<()> {
        for statement in [
            "DELETE FROM link",
            "DELETE FROM signatory",
            "DELETE FROM milestone",
            "DELETE FROM own_object",
            "DELETE FROM activity",
            "DELETE FROM revision",
            "DELETE FROM own_key",
            "DELETE FROM identity",
        ] {
            execute!(self, sqlx::query(statement))?;
        }
        Ok(())
    }

    /// The newest private key (PKCS#8) of `'letter'` or `'instance'`.
    pub async fn own_key(&mut self, actor: &str) -> Result<Option<Vec<u8>>> {
        let row: Option<(Vec<u8>,)> = on_either!(
            self,
            sqlx::query_as(
                "SELECT pkcs8
             FROM own_key
             WHERE actor = $1 AND retired_at IS NULL
             ORDER BY id DESC
             LIMIT 1",
            )
            .bind(actor),
            fetch_optional
        )?;
        Ok(row.map(|it| it.0))
    }

    /// Keeps a new private key.
    pub async fn add_own_key(&mut self, actor: &str, pkcs8: &[u8], now: Millis) -> Result<()> {
        execute!(
            self,
            sqlx::query("INSERT INTO own_key (actor, pkcs8, created_at) VALUES ($1, $2, $3)")
                .bind(actor)
                .bind(pkcs8)
                .bind(now)
        )?;
        Ok(())
    }

    /// A setting of the register, such as the letter's state.
    pub async fn setting(&mut self, key: &str) -> Result<Option<String>> {
        let row: Option<(String,)> = on_either!(
            self,
            sqlx::query_as("SELECT value FROM setting WHERE key = $1").bind(key),
            fetch_optional
        )?;
        Ok(row.map(|it| it.0))
    }

    /// Writes a setting, in place of an earlier value.
    pub async fn set_setting(&mut self, key: &str, value: &str) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "INSERT INTO setting (key, value)
             VALUES ($1, $2)
             ON CONFLICT (key) DO UPDATE
             SET value = excluded.value",
            )
            .bind(key)
            .bind(value)
        )?;
        Ok(())
    }
}
