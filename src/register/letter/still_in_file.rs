//! How many names that were taken off for good the letter's file still has, for `status`.
//!
//! Not here: what takes names off (`register::inbound::leaving`, `register::moderation::signatories`).

use crate::store::{Result, Tx};

/// The setting with the number.
const SETTING: &str = "names_still_in_file";

/// Names that were taken off for good and still stand in the letter's file, by the last look at it.
#[derive(Debug)]
pub struct StillInFile;

impl StillInFile {
    /// How many there are.
    ///
    /// # Errors
    /// The database failed.
    pub async fn read(tx: &mut Tx) -> Result<usize> {
        let stored = tx.setting(SETTING).await?.unwrap_or_default();
        Ok(stored.parse().unwrap_or_default())
    }

    /// Notes how many a look at the whole file found.
    ///
    /// # Errors
    /// The database failed.
    pub async fn note(tx: &mut Tx, n: usize) -> Result<()> {
        if Self::read(tx).await? != n {
            tx.set_setting(SETTING, &n.to_string()).await?;
        }
        Ok(())
    }

    /// Notes that so many were taken off since.
    ///
    /// # Errors
    /// The database failed.
    pub async fn add(tx: &mut Tx, more: usize) -> Result<()> {
        if more > 0 {
            let n = Self::read(tx).await?.saturating_add(more);
            tx.set_setting(SETTING, &n.to_string()).await?;
        }
        Ok(())
    }
}
