//! Leases that outlive their holder: after a crash, hosts and jobs go on without waiting for the end of the lease.
//!
//! On SQLite one server writes, so whoever starts frees everything. On PostgreSQL every holder says again and again
//! that it is alive, by the database's clock; the others free what a silent one held. A holder that never said so keeps
//! a lease until it expires.
//!
//! Not here: taking and giving back a lease (`deliveries`, `jobs`).

use std::time::Duration;

use super::{Result, Store, Tx};
use crate::clock::Millis;

/// The time now, by the clock of the database: those of two servers may differ by more than a holder's time.
macro_rules! by_its_clock {
    ($tx:expr, $before:literal, $after:literal) => {
        match $tx {
            Tx::Sqlite(_) => concat!(
                $before,
                "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
                $after
            ),
            Tx::Postgres(_) => concat!(
                $before,
                "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
                $after
            ),
        }
    };
}

impl Store {
    /// Says that this holder is alive for so long from now on. Returns whether it was known to be: otherwise others may
    /// have its leases by now. On SQLite nobody asks, and nothing is written.
    ///
    /// Takes no lock, because a long write transaction must not make a living holder look dead.
    pub async fn hold_leases(&self, holder: &str, hold_for: Duration) -> Result<bool> {
        let Self::Postgres { pool, .. } = self else {
            return Ok(true);
        };
        let mut tx = Tx::Postgres(pool.begin().await?);
        let known = tx.renew_holder(holder, hold_for).await?;
        tx.commit().await?;
        Ok(known)
    }

    /// Frees what silent holders held. Returns the number of leases. On SQLite nothing is to be done.
    pub async fn free_dead_leases(&self) -> Result<u64> {
        if matches!(self, Self::Sqlite { .. }) || !self.read().await?.any_dead_holder().await? {
            return Ok(0);
        }
        let mut tx = self.write().await?;
        let n_freed = tx.release_dead_holders().await?;
        tx.commit().await?;
        Ok(n_freed)
    }
}

impl Tx {
    /// [`Store::hold_leases`] in this transaction, on either database.
    pub async fn renew_holder(&mut self, holder: &str, hold_for: Duration) -> Result<bool> {
        let renew = by_its_clock!(
            self,
            "UPDATE lease_holder SET alive_until = ",
            " + $2 WHERE name = $1"
        );
        let begin = by_its_clock!(
            self,
            "INSERT INTO lease_holder (name, alive_until) VALUES ($1, ",
            " + $2)"
        );
        let hold_for = Millis::default().plus(hold_for);
        let renewed = execute!(self, sqlx::query(renew).bind(holder).bind(hold_for))?;
        if renewed == 0 {
            execute!(self, sqlx::query(begin).bind(holder).bind(hold_for))?;
        }
        Ok(renewed > 0)
    }

    /// Whether the time of any holder has run out.
    pub async fn any_dead_holder(&mut self) -> Result<bool> {
        let find = by_its_clock!(
            self,
            "SELECT COUNT(*) FROM lease_holder WHERE alive_until <= ",
            ""
        );
        let (n_dead,): (i64,) = on_either!(self, sqlx::query_as(find), fetch_one)?;
        Ok(n_dead > 0)
    }

    /// Forgets holders whose time has run out, and frees their leases. Returns the number of leases. An attempt at a job
    /// that they began counts.
    pub async fn release_dead_holders(&mut self) -> Result<u64> {
        let forget = by_its_clock!(
            self,
            "DELETE FROM lease_holder WHERE alive_until <= ",
            " RETURNING name"
        );
        let dead: Vec<(String,)> = on_either!(self, sqlx::query_as(forget), fetch_all)?;
        let mut n_freed = 0;
        for table in ["host", "job"] {
            n_freed += built!(
                self,
                |sql, dead| {
                    sql.push("UPDATE ").push(table);
                    sql.push(" SET leased_by = NULL, leased_until = 0 WHERE leased_by");
                    sql.push_in(dead.iter().map(|(name,)| name.as_str()));
                },
                count
            )?;
        }
        Ok(n_freed)
    }

    /// Frees every lease, and forgets every holder. Only for a server that starts where no other one writes. Returns the number of leases.
    pub async fn release_all_leases(&mut self) -> Result<u64> {
        const HOSTS: &str =
            "UPDATE host SET leased_by = NULL, leased_until = 0 WHERE leased_by > ''";
        const JOBS: &str = "UPDATE job SET leased_by = NULL, leased_until = 0 WHERE leased_by > ''";
        execute!(self, sqlx::query("DELETE FROM lease_holder"))?;
        let n_hosts = execute!(self, sqlx::query(HOSTS))?;
        Ok(n_hosts + execute!(self, sqlx::query(JOBS))?)
    }
}
