//! Our private keys: the newest ones sign; an earlier one stays while a host has to be told of the newer one.

use sqlx::FromRow;

use super::{Result, Tx};
use crate::{activitystreams::paths, clock::Millis};

/// One of our private keys. It is never printed.
#[derive(Clone, PartialEq, Eq, FromRow)]
pub struct OwnKey {
    /// The row id.
    pub id: i64,
    /// Whose key it is: `'letter'` or `'instance'`.
    pub actor: String,
    /// Its number among the keys of its actor, from 1: part of its public id, and never given twice.
    pub number: i64,
    /// The key itself, PKCS#8 in DER.
    pub pkcs8: Vec<u8>,
    /// When it was generated.
    pub created_at: Millis,
}

impl std::fmt::Debug for OwnKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OwnKey({} {}, secret)", self.actor, self.number)
    }
}

/// The earlier keys that sign what a host gets, by their row ids; `None` is the newest key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FormerKeys {
    /// The letter's.
    pub letter: Option<i64>,
    /// The instance actor's.
    pub instance: Option<i64>,
}

impl Tx {
    /// The newest private key of `'letter'` or `'instance'`.
    pub async fn own_key(&mut self, actor: &str) -> Result<Option<OwnKey>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT id, actor, number, pkcs8, created_at
             FROM own_key
             WHERE actor = $1 AND retired_at IS NULL
             ORDER BY id DESC
             LIMIT 1",
            )
            .bind(actor),
            fetch_optional
        )?)
    }

    /// The earlier keys of both actors that are still stored, oldest first.
    pub async fn former_keys(&mut self) -> Result<Vec<OwnKey>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT id, actor, number, pkcs8, created_at
             FROM own_key
             WHERE retired_at IS NOT NULL
             ORDER BY id",
            ),
            fetch_all
        )?)
    }

    /// Stores a new private key under the next number of its actor.
    pub async fn add_own_key(&mut self, actor: &str, pkcs8: &[u8], now: Millis) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "INSERT INTO own_key (actor, number, pkcs8, created_at)
             VALUES ($1, (SELECT COALESCE(MAX(number), 0) + 1 FROM own_key WHERE actor = $1), $2, $3)",
            )
            .bind(actor)
            .bind(pkcs8)
            .bind(now)
        )?;
        Ok(())
    }

    /// Retires the keys of `'letter'` or `'instance'`: they sign nothing from now on, but for hosts of
    /// [`Tx::keep_former_key`].
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

    /// Makes an earlier key sign whatever the hosts get to which this activity is queued, until they took the news
    /// ([`Tx::news_taken`]). A host that did not even take the news of that key keeps the older one.
    pub async fn keep_former_key(&mut self, activity_id: i64, own_key_id: i64) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "INSERT INTO host_key (host_id, actor, own_key_id)
             SELECT DISTINCT delivery.host_id, own_key.actor, own_key.id
             FROM delivery
             JOIN own_key ON own_key.id = $2
             WHERE delivery.activity_id = $1
             ON CONFLICT (host_id, actor) DO NOTHING",
            )
            .bind(activity_id)
            .bind(own_key_id)
        )?;
        Ok(())
    }

    /// The earlier keys that sign what these hosts get, with the hosts' ids; the other hosts get everything by the
    /// newest keys.
    pub async fn former_keys_for(&mut self, host_ids: &[i64]) -> Result<Vec<(i64, FormerKeys)>> {
        let rows: Vec<(i64, Option<i64>, Option<i64>)> = built!(
            self,
            |sql, host_ids| {
                sql.push(
                    "SELECT host_id,
                            MAX(CASE WHEN actor = 'letter' THEN own_key_id END),
                            MAX(CASE WHEN actor = 'instance' THEN own_key_id END)
                     FROM host_key
                     WHERE host_id",
                );
                sql.push_in(host_ids.iter().copied());
                sql.push(" GROUP BY host_id");
            },
            rows(i64, Option<i64>, Option<i64>)
        )?;
        let keys = |(host_id, letter, instance)| (host_id, FormerKeys { letter, instance });
        Ok(rows.into_iter().map(keys).collect())
    }

    /// Notes what hosts learnt from deliveries that they took: an Update of one of our actors makes the key known that
    /// was the newest when it was written. Of other activities nothing follows.
    pub async fn news_taken(&mut self, host_ids: &[i64], delivery_ids: &[i64]) -> Result<()> {
        if host_ids.is_empty() {
            return Ok(());
        }
        built!(
            self,
            |sql, delivery_ids| {
                sql.push(
                    "UPDATE host_key
                     SET own_key_id = COALESCE((
                        SELECT MAX(own_key.id)
                        FROM delivery
                        JOIN activity ON activity.id = delivery.activity_id
                        JOIN own_key ON own_key.created_at <= activity.at
                        WHERE delivery.host_id = host_key.host_id
                          AND activity.kind = 'Update'
                          AND activity.subject = CASE host_key.actor WHEN 'letter' THEN ",
                );
                sql.push_bind(paths::ACTOR).push(" ELSE ");
                sql.push_bind(paths::INSTANCE_ACTOR).push(
                    " END
                          AND own_key.actor = host_key.actor
                          AND own_key.id > host_key.own_key_id
                          AND delivery.id",
                );
                sql.push_in(delivery_ids.iter().copied());
                sql.push("), own_key_id) WHERE host_id");
                sql.push_in(host_ids.iter().copied());
            },
            count
        )?;
        execute!(
            self,
            sqlx::query(
                "DELETE FROM host_key
             WHERE own_key_id IN (SELECT id FROM own_key WHERE retired_at IS NULL)",
            )
        )?;
        Ok(())
    }

    /// Notes that hosts refused these earlier keys and took the newest one, so that nothing has to be told there.
    pub async fn former_keys_refused(&mut self, refused: &[(i64, i64)]) -> Result<()> {
        built!(
            self,
            |sql, refused| {
                sql.push("DELETE FROM host_key WHERE (host_id, own_key_id) IN (");
                sql.push_rows(refused, |row, (host, key)| {
                    row.push_bind(*host).push_bind(*key);
                });
                sql.push(")");
            },
            count
        )?;
        Ok(())
    }

    /// Erases earlier keys that no host needs, and those that were replaced at `given_up` or before: hosts that did
    /// not take the news by then get everything by the newest key. Returns the number of keys.
    pub async fn erase_former_keys(&mut self, given_up: Millis) -> Result<u64> {
        execute!(
            self,
            sqlx::query(
                "DELETE FROM host_key
             WHERE own_key_id IN (SELECT id FROM own_key WHERE retired_at <= $1)",
            )
            .bind(given_up)
        )?;
        Ok(execute!(
            self,
            sqlx::query(
                "DELETE FROM own_key
             WHERE retired_at IS NOT NULL
               AND id NOT IN (SELECT own_key_id FROM host_key)",
            )
        )?)
    }

    /// Erases the earlier keys of `'letter'` or `'instance'` at once, whoever knows no newer one.
    pub async fn erase_former_keys_of(&mut self, actor: &str) -> Result<()> {
        execute!(
            self,
            sqlx::query("DELETE FROM host_key WHERE actor = $1").bind(actor)
        )?;
        execute!(
            self,
            sqlx::query("DELETE FROM own_key WHERE actor = $1 AND retired_at IS NOT NULL")
                .bind(actor)
        )?;
        Ok(())
    }
}
