//! Which names are kept off everything public for the safety of those who bear them: all of them, or those of single people.
//!
//! All at once is one switch, which the public lists ask ([`public_lists`](super::public_lists)). A single account is
//! counted without its name meanwhile; a single name of the letter's list stays listed, and is shown nowhere.

use super::{Result, Tx};
use crate::clock::Millis;

/// The setting with the time at which all names were taken off; empty while they are shown.
const NAMES_OFF: &str = "names_off";

impl Tx {
    /// Since when all names are off; `None` while they are shown.
    pub async fn names_off(&mut self) -> Result<Option<Millis>> {
        let since = self.setting(NAMES_OFF).await?;
        Ok(since.as_deref().and_then(Millis::parse_rfc3339))
    }

    /// Takes all names off, or shows them again.
    pub async fn set_names_off(&mut self, since: Option<Millis>) -> Result<()> {
        let since = since.map(Millis::to_rfc3339);
        self.set_setting(NAMES_OFF, &since.unwrap_or_default())
            .await
    }

    /// How many listed names of the letter's own list are kept off, by source.
    pub async fn single_names_off(&mut self) -> Result<Vec<(String, i64)>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT source, COUNT(*) FROM signatory
                 WHERE name_off_at IS NOT NULL AND state = 'listed'
                 GROUP BY source ORDER BY source",
            ),
            fetch_all
        )?)
    }

    /// The row ids of the accounts that stand in one line with one of these accounts, or with one of these names of the
    /// letter's own list.
    pub async fn accounts_in_line(&mut self, actors: &[i64], names: &[String]) -> Result<Vec<i64>> {
        let mut found: Vec<(i64,)> = built!(
            self,
            |sql, actors| {
                sql.push(
                    "SELECT endorsement.actor_id
                     FROM link
                     JOIN endorsement AS first ON first.id = link.endorsement_id
                     JOIN endorsement AS second ON second.id = link.other_id
                     JOIN endorsement ON endorsement.id IN (first.id, second.id)
                     WHERE link.state = 'linked' AND (first.actor_id",
                );
                sql.push_in(actors);
                sql.push(" OR second.actor_id");
                sql.push_in(actors);
                sql.push(")");
            },
            rows(i64,)
        )?;
        let of_names: Vec<(i64,)> = built!(
            self,
            |sql, names| {
                sql.push(
                    "SELECT endorsement.actor_id
                     FROM link
                     JOIN endorsement ON endorsement.id = link.endorsement_id
                     JOIN signatory ON signatory.id = link.signatory_id
                     WHERE link.state = 'linked' AND signatory.public_id",
                );
                sql.push_in(names);
            },
            rows(i64,)
        )?;
        found.extend(of_names);
        Ok(found.into_iter().map(|row| row.0).collect())
    }

    /// The public ids of the names of the letter's own list that stand in one line with one of these accounts.
    pub async fn names_in_line(&mut self, actors: &[i64]) -> Result<Vec<String>> {
        let found: Vec<(String,)> = built!(
            self,
            |sql, actors| {
                sql.push(
                    "SELECT signatory.public_id
                     FROM link
                     JOIN endorsement ON endorsement.id = link.endorsement_id
                     JOIN signatory ON signatory.id = link.signatory_id
                     WHERE link.state = 'linked' AND endorsement.actor_id",
                );
                sql.push_in(actors);
            },
            rows(String,)
        )?;
        Ok(found.into_iter().map(|row| row.0).collect())
    }
}
