//! The letter's identity, its move and end, and settings.

use sqlx::FromRow;

use super::{Result, Tx};
use crate::clock::Millis;

/// What the letter's ids are made of. They are permanent from the first publication on.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Identity {
    /// `server.base_url`, without a slash at the end.
    pub base_url: String,
    /// `actor.username`.
    pub username: String,
    /// When the database was made for it.
    pub created_at: Millis,
    /// The id of the actor that the letter moved to.
    pub moved_to: Option<String>,
    /// When it moved there.
    pub moved_at: Option<Millis>,
    /// When the actor ended for good.
    pub retired_at: Option<Millis>,
}

impl Tx {
    /// The identity, if one was ever written.
    pub async fn identity(&mut self) -> Result<Option<Identity>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT base_url, username, created_at, moved_to, moved_at, retired_at
             FROM identity
             WHERE id = 1",
            ),
            fetch_optional
        )?)
    }

    /// Writes the identity if there is none; true when this transaction wrote it. A concurrent attempt waits until
    /// this transaction ends.
    pub async fn claim_identity(&mut self, identity: &Identity) -> Result<bool> {
        Ok(execute!(
            self,
            sqlx::query(
                "INSERT INTO identity (id, base_url, username, created_at)
             VALUES (1, $1, $2, $3)
             ON CONFLICT (id) DO NOTHING",
            )
            .bind(&identity.base_url)
            .bind(&identity.username)
            .bind(identity.created_at)
        )? == 1)
    }

    /// Writes the identity in place of an earlier one; move and end of the actor stay as they are
    /// ([`Tx::save_moved`], [`Tx::save_retired`]).
    pub async fn save_identity(&mut self, identity: &Identity) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "INSERT INTO identity (id, base_url, username, created_at)
             VALUES (1, $1, $2, $3)
             ON CONFLICT (id) DO UPDATE
             SET base_url = excluded.base_url, username = excluded.username,
                 created_at = excluded.created_at",
            )
            .bind(&identity.base_url)
            .bind(&identity.username)
            .bind(identity.created_at)
        )?;
        Ok(())
    }

    /// Stores that the letter moved to the actor `to`.
    pub async fn save_moved(&mut self, to: &str, now: Millis) -> Result<()> {
        execute!(
            self,
            sqlx::query("UPDATE identity SET moved_to = $1, moved_at = $2 WHERE id = 1")
                .bind(to)
                .bind(now)
        )?;
        Ok(())
    }

    /// Stores that the actor has ended; the first time counts.
    pub async fn save_retired(&mut self, now: Millis) -> Result<()> {
        execute!(
            self,
            sqlx::query("UPDATE identity SET retired_at = $1 WHERE id = 1 AND retired_at IS NULL")
                .bind(now)
        )?;
        Ok(())
    }

    /// When the actor ended; `None` while it lives.
    pub async fn retired_at(&mut self) -> Result<Option<Millis>> {
        let row: Option<(Option<Millis>,)> = on_either!(
            self,
            sqlx::query_as("SELECT retired_at FROM identity WHERE id = 1"),
            fetch_optional
        )?;
        Ok(row.and_then(|row| row.0))
    }

    /// Whether nobody outside can know the identity yet: no follower, no act, no delivery. Only then may it change.
    pub async fn is_unknown_outside(&mut self) -> Result<bool> {
        let (known,): (bool,) = on_either!(
            self,
            sqlx::query_as(
                "SELECT EXISTS (SELECT 1 FROM follower)
                  OR EXISTS (SELECT 1 FROM act)
                  OR EXISTS (SELECT 1 FROM delivery)",
            ),
            fetch_one
        )?;
        Ok(!known)
    }

    /// Deletes what was made for an identity that nobody knew: keys, texts, names.
    pub async fn forget_publication(&mut self) -> Result<()> {
        for statement in [
            "DELETE FROM signatory",
            "DELETE FROM organisation",
            "DELETE FROM milestone",
            "DELETE FROM boost",
            "DELETE FROM following",
            "DELETE FROM launch_text",
            "DELETE FROM launch_picture",
            "DELETE FROM launch",
            "DELETE FROM subscriber_note",
            "DELETE FROM own_object",
            "DELETE FROM activity",
            "DELETE FROM translation",
            "DELETE FROM revision",
            "DELETE FROM host_key",
            "DELETE FROM own_key",
            "DELETE FROM identity",
        ] {
            execute!(self, sqlx::query(statement))?;
        }
        Ok(())
    }

    /// A setting of the register, such as the letter's state.
    pub async fn setting(&mut self, key: &str) -> Result<Option<String>> {
        Ok(on_either!(
            self,
            sqlx::query_scalar("SELECT value FROM setting WHERE key = $1").bind(key),
            fetch_optional
        )?)
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
