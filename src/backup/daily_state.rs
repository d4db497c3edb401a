//! What is known of the daily backups, in the database, so that every server of it knows.

use serde::{Deserialize, Serialize};

use crate::{clock::Millis, register, store::Tx};

/// The setting with the [`DailyState`], as JSON.
const SETTING: &str = "backup";

/// What is known of the daily backups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DailyState {
    /// When the last one was made.
    pub last_at: Option<Millis>,
    /// Its file.
    pub file: Option<String>,
    /// Its size in bytes.
    pub bytes: u64,
    /// Until when nobody else makes one.
    pub claimed_until: Option<Millis>,
    /// Why the last one failed, or why old ones cannot be deleted; `None` once all went well.
    pub problem: Option<String>,
    /// Since when that is so.
    pub failing_since: Option<Millis>,
}

impl DailyState {
    /// The state in this database.
    ///
    /// # Errors
    /// [`register::Error`].
    pub async fn read(tx: &mut Tx) -> register::Result<Self> {
        let kept = tx.setting(SETTING).await?;
        Ok(kept.map_or_else(|| Ok(Self::default()), |kept| serde_json::from_str(&kept))?)
    }

    /// Keeps it.
    ///
    /// # Errors
    /// [`register::Error`].
    pub async fn write(&self, tx: &mut Tx) -> register::Result<()> {
        let kept = serde_json::to_string(self)?;
        Ok(tx.set_setting(SETTING, &kept).await?)
    }
}
