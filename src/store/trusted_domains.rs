//! The domains that moderators trust.

use super::{Result, Tx};
use crate::clock::Millis;

impl Tx {
    /// All trusted domains with the time since when, by name.
    pub async fn trusted_domains(&mut self) -> Result<Vec<(String, Millis)>> {
        Ok(on_either!(
            self,
            sqlx::query_as("SELECT domain, at FROM trusted_domain ORDER BY domain"),
            fetch_all
        )?)
    }

    /// Trusts a domain; false when it was trusted already.
    pub async fn trust(&mut self, domain: &str, at: Millis) -> Result<bool> {
        let added = execute!(
            self,
            sqlx::query(
                "INSERT INTO trusted_domain (domain, at) VALUES ($1, $2) ON CONFLICT (domain) DO NOTHING"
            )
            .bind(domain)
            .bind(at)
        )?;
        Ok(added > 0)
    }

    /// Trusts a domain no longer; false when it was not trusted.
    pub async fn untrust(&mut self, domain: &str) -> Result<bool> {
        let removed = execute!(
            self,
            sqlx::query("DELETE FROM trusted_domain WHERE domain = $1").bind(domain)
        )?;
        Ok(removed > 0)
    }
}
