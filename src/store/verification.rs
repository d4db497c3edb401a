//! When endorsements are verified on their own servers, and which servers gave no answer.
//!
//! Not here: how much is verified at once (`register::maintenance::sweep`), and the looks (`federation::verification`).

use sqlx::FromRow;

use super::{LONG_GONE, Result, Tx};
use crate::{clock::Millis, hash::Sha256};

/// Somebody whose endorsement is due to be verified.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct DueActor {
    /// The row id.
    pub id: i64,
    /// The actor's id.
    pub url: String,
    /// When a look at its host last got no answer, if none got one for at least ten minutes before: one account that its
    /// server fails to show says nothing about the others.
    pub host_unreachable_at: Option<Millis>,
    /// Whether it is to be as soon as possible: because it never was, or an administrator ordered it.
    pub at_once: bool,
}

/// Somebody whose endorsement can be verified.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct VerifiableActor {
    /// The row id.
    pub id: i64,
    /// `@user@host`.
    pub handle: String,
}

/// What is to be looked at to verify an endorsement.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct VerificationSource {
    /// The row id of the actor.
    pub actor_id: i64,
    /// The actor's id.
    pub actor: String,
    /// The handle that is shown.
    pub handle: String,
    /// The handle that the actor's document gives, if another one is shown.
    pub stated_handle: Option<String>,
    /// When a look first found that the host of the shown handle answers, and says nothing about accounts.
    pub handle_doubted_at: Option<Millis>,
    /// When the actor's document was last read.
    pub refreshed_at: Millis,
    /// The post behind the endorsement; `None` for likes, and after a Move, because a moved post outlives its source.
    pub post: Option<String>,
    /// Whether the post was restored from a backup, and is not shown by name until it was read.
    pub restored: bool,
    /// The row id of the actor's host.
    pub host_id: i64,
    /// Since when looks at this host get no answer.
    pub unreachable_since: Option<Millis>,
    /// Since when the public list says that the host is gone.
    pub gone_since: Option<Millis>,
}

/// Whether there is something to verify: what is withdrawn or rejected stays so, whatever its server says. Accounts on
/// forges are read by the reading of their threads.
macro_rules! verifiable {
    () => {
        "endorsement.state IN ('listed', 'counted', 'pending', 'hidden') AND actor.url <> ''
         AND actor.type <> 'Project' AND actor.forge IS NULL"
    };
}

/// Those who are due.
const DUE: &str = "
    SELECT actor.id, actor.url,
           CASE WHEN host.unreachable_at - host.unreachable_since >= 600000
                THEN host.unreachable_at END AS host_unreachable_at,
           actor.verify_at = 0 AS at_once
    FROM actor
    JOIN host ON host.id = actor.host_id
    WHERE actor.verify_at <= $1
    ORDER BY actor.verify_at, actor.id
    LIMIT $2";

impl Tx {
    /// Up to `limit` actors who are due to be verified, those who are to be as soon as possible first.
    pub async fn due_to_verify(&mut self, now: Millis, limit: i64) -> Result<Vec<DueActor>> {
        Ok(on_either!(
            self,
            sqlx::query_as(DUE).bind(now).bind(limit),
            fetch_all
        )?)
    }

    /// Has these actors verified as soon as possible, unless they are waiting for their turn already.
    pub async fn verify_first(&mut self, actor_ids: &[i64]) -> Result<u64> {
        Ok(built!(
            self,
            |sql, actor_ids| {
                sql.push("UPDATE actor SET verify_at = 0 WHERE verify_at IS NULL AND forge IS NULL AND id");
                sql.push_in(actor_ids);
            },
            count
        )?)
    }

    /// Has these actors verified next at this time; 0 is as soon as possible.
    pub async fn verify_at(&mut self, actor_ids: &[i64], at: Millis) -> Result<u64> {
        Ok(built!(
            self,
            |sql, actor_ids| {
                sql.push("UPDATE actor SET verify_at = ")
                    .push_bind(at)
                    .push(" WHERE forge IS NULL AND id");
                sql.push_in(actor_ids);
            },
            count
        )?)
    }

    /// Has these actors verified again, each within the last quarter of `interval`: whoever signed in the same hour is
    /// not verified in the same hour for ever.
    pub async fn verify_again(
        &mut self,
        actor_ids: &[i64],
        now: Millis,
        interval: std::time::Duration,
    ) -> Result<u64> {
        let interval = Millis::from_millis(0).plus(interval).as_millis();
        let earliest = Millis::from_millis(now.as_millis().saturating_add(interval / 4 * 3));
        Ok(built!(
            self,
            |sql, actor_ids| {
                sql.push("UPDATE actor SET verify_at = ")
                    .push_bind(earliest);
                sql.push(" + id * 7919 % 1024 * CAST(")
                    .push_bind(interval / 4096);
                sql.push(" AS BIGINT) WHERE id");
                sql.push_in(actor_ids);
            },
            count
        )?)
    }

    /// Takes an actor out of the sweep, until it endorses again.
    pub async fn stop_verifying(&mut self, actor: &Sha256) -> Result<()> {
        let stop = "UPDATE actor SET verify_at = NULL WHERE url_hash = $1";
        execute!(self, sqlx::query(stop).bind(actor))?;
        Ok(())
    }

    /// Up to `limit` actors above the row id `after` whose endorsement can be verified; with `read_before` only those
    /// whose document was last read before that.
    pub async fn verifiable(
        &mut self,
        read_before: Option<Millis>,
        after: i64,
        limit: i64,
    ) -> Result<Vec<VerifiableActor>> {
        const VERIFIABLE: &str = concat!(
            "SELECT actor.id, actor.handle
             FROM actor
             JOIN endorsement ON endorsement.actor_id = actor.id
             WHERE actor.id > $1 AND (CAST($2 AS BIGINT) IS NULL OR actor.refreshed_at < $2) AND ",
            verifiable!(),
            " ORDER BY actor.id LIMIT $3"
        );
        Ok(on_either!(
            self,
            sqlx::query_as(VERIFIABLE)
                .bind(after)
                .bind(read_before)
                .bind(limit),
            fetch_all
        )?)
    }

    /// How many [`verifiable`](Self::verifiable) would give in all.
    pub async fn count_verifiable(&mut self, read_before: Option<Millis>) -> Result<i64> {
        const COUNT: &str = concat!(
            "SELECT COUNT(*)
             FROM endorsement
             JOIN actor ON actor.id = endorsement.actor_id
             WHERE (CAST($1 AS BIGINT) IS NULL OR actor.refreshed_at < $1) AND ",
            verifiable!()
        );
        let (n,): (i64,) = on_either!(self, sqlx::query_as(COUNT).bind(read_before), fetch_one)?;
        Ok(n)
    }

    /// How many endorsements count or wait.
    pub async fn endorsements_in_all(&mut self) -> Result<i64> {
        const COUNT: &str = "
            SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM endorsement_count
            WHERE state IN ('listed', 'counted', 'pending')";
        let (n,): (i64,) = on_either!(self, sqlx::query_as(COUNT), fetch_one)?;
        Ok(n)
    }

    /// How many endorsers at the domain of the actor with this id were read since then, counted up to `limit`.
    pub async fn endorsers_read_since(
        &mut self,
        actor: &Sha256,
        since: Millis,
        limit: i64,
    ) -> Result<i64> {
        const COUNT: &str = "
            SELECT COUNT(*)
            FROM (SELECT 1
                  FROM actor
                  WHERE actor.host_id IN (SELECT host.id
                                          FROM actor AS subject
                                          JOIN host AS home ON home.id = subject.host_id
                                          JOIN host ON host.domain = home.domain
                                          WHERE subject.url_hash = $1)
                    AND actor.refreshed_at >= $2
                    AND EXISTS (SELECT 1
                                FROM endorsement
                                WHERE endorsement.actor_id = actor.id
                                  AND endorsement.state IN ('listed', 'counted'))
                  LIMIT $3) AS read";
        let (n,): (i64,) = on_either!(
            self,
            sqlx::query_as(COUNT).bind(actor).bind(since).bind(limit),
            fetch_one
        )?;
        Ok(n)
    }

    /// What is to be looked at to verify the endorsement of the actor with this id; `None` if there is nothing to verify.
    pub async fn verification_source(
        &mut self,
        actor: &Sha256,
    ) -> Result<Option<VerificationSource>> {
        const SOURCE: &str = concat!(
            "SELECT actor.id AS actor_id, actor.url AS actor, actor.handle, actor.stated_handle,
                    actor.handle_doubted_at, actor.refreshed_at,
                    NULLIF(act.object, '') AS post, (act.ceiling IS NOT NULL AND act.ceiling = 'restored') AS restored, actor.host_id, host.unreachable_since, host.gone_since
             FROM actor
             JOIN host ON host.id = actor.host_id
             JOIN endorsement ON endorsement.actor_id = actor.id
             LEFT JOIN act ON act.id = endorsement.act_id AND act.family = 'post' AND act.ended_at IS NULL
                              AND NOT act.carried
             WHERE actor.url_hash = $1 AND ",
            verifiable!()
        );
        Ok(on_either!(
            self,
            sqlx::query_as(SOURCE).bind(actor),
            fetch_optional
        )?)
    }

    /// The ids of the accounts that moved to the actor with this id.
    pub async fn former_accounts(&mut self, actor: &Sha256) -> Result<Vec<String>> {
        const FORMER: &str = "
            SELECT former.url
            FROM actor
            JOIN actor AS former ON former.successor_id = actor.id
            WHERE actor.url_hash = $1";
        let rows: Vec<(String,)> = on_either!(self, sqlx::query_as(FORMER).bind(actor), fetch_all)?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// Shows an actor under another handle than before. `stated` is the one that its document gives, if that is another.
    pub async fn show_handle(
        &mut self,
        actor_id: i64,
        handle: &str,
        stated: Option<&str>,
    ) -> Result<()> {
        const SHOW: &str = "
            UPDATE actor
            SET handle = $2, stated_handle = $3, handle_doubted_at = NULL
            WHERE id = $1";
        execute!(
            self,
            sqlx::query(SHOW).bind(actor_id).bind(handle).bind(stated)
        )?;
        Ok(())
    }

    /// Notes since when the handle that an actor is shown by is in doubt; `None` when it is confirmed.
    pub async fn doubt_handle(&mut self, actor_id: i64, since: Option<Millis>) -> Result<()> {
        let doubt = "UPDATE actor SET handle_doubted_at = $2 WHERE id = $1";
        execute!(self, sqlx::query(doubt).bind(actor_id).bind(since))?;
        Ok(())
    }

    /// Notes that a look got an answer from a host, whatever it was.
    pub async fn host_reached(&mut self, host_id: i64, now: Millis) -> Result<()> {
        const REACHED: &str = "
            UPDATE host
            SET returned_at = CASE WHEN unreachable_since < $3 THEN $2 ELSE returned_at END,
                unreachable_since = NULL, unreachable_at = NULL, gone_since = NULL
            WHERE id = $1 AND (unreachable_since IS NOT NULL OR gone_since IS NOT NULL)";
        execute!(
            self,
            sqlx::query(REACHED)
                .bind(host_id)
                .bind(now)
                .bind(now.minus(LONG_GONE))
        )?;
        Ok(())
    }

    /// Notes that a look got no answer from a host. It counts as gone when none got one since `gone_before`.
    pub async fn host_unreached(
        &mut self,
        host_id: i64,
        now: Millis,
        gone_before: Millis,
    ) -> Result<()> {
        const UNREACHED: &str = "
            UPDATE host
            SET unreachable_at = $2,
                gone_since = CASE WHEN unreachable_since <= $3 THEN unreachable_since END,
                unreachable_since = COALESCE(unreachable_since, $2)
            WHERE id = $1";
        execute!(
            self,
            sqlx::query(UNREACHED)
                .bind(host_id)
                .bind(now)
                .bind(gone_before)
        )?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use sqlx::AssertSqlSafe;

    use super::*;
    use crate::{
        store::{Access, Store},
        support::database::{postgres, sqlite},
    };

    const INDEX: &str = "actor_verify";

    #[tokio::test]
    async fn who_is_due_is_read_from_an_index_in_order() {
        let (_folder, url) = sqlite();
        let store = Store::open(&url, 1, Access::Create).await.unwrap();
        let Tx::Sqlite(mut tx) = store.read().await.unwrap() else {
            panic!("a file is opened by SQLite");
        };
        let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {DUE}"));
        let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain)
            .bind(0)
            .bind(9)
            .fetch_all(&mut *tx)
            .await
            .unwrap();
        let steps: Vec<_> = plan.into_iter().map(|row| row.3).collect();
        let expected = [
            format!("SEARCH actor USING INDEX {INDEX} (verify_at<?)"),
            "SEARCH host USING INTEGER PRIMARY KEY (rowid=?)".to_owned(),
        ];
        assert_eq!(steps, expected);
        drop(tx);
        store.close().await;
    }

    #[tokio::test]
    async fn who_is_due_can_be_read_from_an_index_on_a_server() {
        let Some((_database, url)) = postgres().await else {
            return;
        };
        let store = Store::open(&url, 1, Access::Create).await.unwrap();
        let Tx::Postgres(mut tx) = store.read().await.unwrap() else {
            panic!("a server is PostgreSQL");
        };
        // An empty table is never read by an index otherwise.
        sqlx::query("SET LOCAL enable_seqscan = off")
            .execute(&mut *tx)
            .await
            .unwrap();
        let query = DUE.replace("$1", "0").replace("$2", "9");
        let explain = AssertSqlSafe(format!("EXPLAIN {query}"));
        let plan: Vec<(String,)> = sqlx::query_as(explain).fetch_all(&mut *tx).await.unwrap();
        let plan: Vec<_> = plan.into_iter().map(|row| row.0).collect();
        let plan = plan.join("\n");
        assert!(plan.contains(INDEX), "{plan}");
        drop(tx);
        store.close().await;
    }
}
