//! Our private keys: the newest ones sign; an old one stays while an activity waits that it has to sign.

use sqlx::FromRow;

use super::{Result, Tx};
use crate::clock::Millis;

/// One of our private keys. It is never printed.
#[derive(Clone, PartialEq, Eq, FromRow)]
pub struct OwnKey {
    /// The row id.
    pub id: i64,
    /// The key itself, PKCS#8 in DER.
    pub pkcs8: Vec<u8>,
}

impl std::fmt::Debug for OwnKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OwnKey({}, secret)", self.id)
    }
}

/// The query for columns of an actor's newest key.
macro_rules! newest {
    ($columns:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM own_key WHERE actor = $1 AND retired_at IS NULL ORDER BY id DESC LIMIT 1"
        )
    };
}

impl Tx {
    /// The newest private key of `'letter'` or `'instance'`.
    pub async fn own_key(&mut self, actor: &str) -> Result<Option<OwnKey>> {
        Ok(on_either!(
            self,
            sqlx::query_as(newest!("id, pkcs8")).bind(actor),
            fetch_optional
        )?)
    }

    /// The row id of the newest key of `'letter'` or `'instance'`, without the key.
    pub async fn own_key_id(&mut self, actor: &str) -> Result<Option<i64>> {
        Ok(on_either!(
            self,
            sqlx::query_scalar(newest!("id")).bind(actor),
            fetch_optional
        )?)
    }

    /// When the newest key of `'letter'` or `'instance'` was generated.
    pub async fn own_key_made_at(&mut self, actor: &str) -> Result<Option<Millis>> {
        Ok(on_either!(
            self,
            sqlx::query_scalar(newest!("created_at")).bind(actor),
            fetch_optional
        )?)
    }

    /// The letter's earlier keys that are still stored, oldest first.
    pub async fn former_keys(&mut self) -> Result<Vec<OwnKey>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT id, pkcs8
             FROM own_key
             WHERE actor = 'letter' AND retired_at IS NOT NULL
             ORDER BY id",
            ),
            fetch_all
        )?)
    }

    /// Stores a new private key.
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

    /// Retires the keys of `'letter'` or `'instance'`: they sign nothing new from now on.
    pub async fn retire_own_keys(&mut self, actor: &str, now: Millis) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "UPDATE own_key
             SET retired_at = $2
             WHERE actor = $1 AND retired_at IS NULL",
            )
            .bind(actor)
            .bind(now)
        )?;
        Ok(())
    }

    /// Makes an older key sign an activity, so that servers that know only that key can verify it.
    pub async fn sign_by(&mut self, activity_id: i64, own_key_id: i64) -> Result<()> {
        execute!(
            self,
            sqlx::query("UPDATE activity SET signed_by = $2 WHERE id = $1")
                .bind(activity_id)
                .bind(own_key_id)
        )?;
        Ok(())
    }

    /// Erases earlier keys that no waiting activity needs. Returns the number of keys.
    pub async fn erase_former_keys(&mut self) -> Result<u64> {
        execute!(
            self,
            sqlx::query(
                "UPDATE activity
             SET signed_by = NULL
             WHERE signed_by IS NOT NULL
               AND id NOT IN (SELECT activity_id FROM delivery WHERE state = 'queued')",
            )
        )?;
        Ok(execute!(
            self,
            sqlx::query(
                "DELETE FROM own_key
             WHERE retired_at IS NOT NULL
               AND id NOT IN (SELECT signed_by FROM activity WHERE signed_by IS NOT NULL)",
            )
        )?)
    }
}
