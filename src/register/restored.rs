//! That the database was restored from a backup, and what others know that was lost with the old one.
//!
//! Not here: what a restored database may show (`maintenance::restored`).

use crate::{
    clock::Millis,
    store::{Result, Tx},
};

/// The setting with the last [`Restored`]: two times, and one of the words below.
const RESTORED: &str = "restored";
const STOPPED: &str = "stopped";
const SERVING: &str = "serving";

/// The setting with the [`LostPosts`].
const LOST: &str = "restored_lost";

/// The limit of paths that are kept: they are examples, and others choose how many there are.
const MANY: usize = 20;

/// That this database was restored from a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored {
    /// When it was restored.
    pub at: Millis,
    /// When the backup was taken: what came between is lost.
    pub taken_at: Millis,
    /// Whether no server ran then, so that everything is shown as it was.
    pub server_stopped: bool,
}

impl Restored {
    /// The last restore of this database; `None` if there was none.
    pub async fn read(tx: &mut Tx) -> Result<Option<Self>> {
        let kept = tx.setting(RESTORED).await?.unwrap_or_default();
        let mut parts = kept.split(' ');
        let mut moment = || {
            let millis = parts.next()?.parse().ok()?;
            Some(Millis::from_millis(millis))
        };
        Ok(moment().zip(moment()).map(|(at, taken_at)| Self {
            at,
            taken_at,
            server_stopped: parts.next() == Some(STOPPED),
        }))
    }

    /// Notes it, and forgets what was found after an earlier one.
    pub(in crate::register) async fn write(self, tx: &mut Tx) -> Result<()> {
        let ran = if self.server_stopped {
            STOPPED
        } else {
            SERVING
        };
        let (at, taken_at) = (self.at.as_millis(), self.taken_at.as_millis());
        tx.set_setting(RESTORED, &format!("{at} {taken_at} {ran}"))
            .await?;
        tx.set_setting(LOST, "").await
    }
}

/// The paths of posts of ours that others answer, boost or quote, and that a restored database does not know: they were
/// published after the backup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LostPosts(pub Vec<String>);

impl LostPosts {
    /// What was found since the last restore; at most 20.
    pub async fn read(tx: &mut Tx) -> Result<Self> {
        let kept = tx.setting(LOST).await?.unwrap_or_default();
        Ok(Self(kept.split_whitespace().map(str::to_owned).collect()))
    }

    /// Adds paths that are not there, if this database was restored and whoever names them was known before: a stranger
    /// can invent paths. With each path stands since when that one is known.
    pub(in crate::register) async fn add(tx: &mut Tx, missing: &[(String, Millis)]) -> Result<()> {
        if missing.is_empty() {
            return Ok(());
        }
        let Some(restored) = Restored::read(tx).await? else {
            return Ok(());
        };
        let Self(mut lost) = Self::read(tx).await?;
        let known = lost.len();
        for (path, known_since) in missing {
            let is_new = *known_since < restored.at && lost.len() < MANY && !lost.contains(path);
            // What was deleted is known.
            if is_new && tx.own_object(path).await?.is_none() {
                lost.push(path.clone());
            }
        }
        if lost.len() == known {
            return Ok(());
        }
        tx.set_setting(LOST, &lost.join(" ")).await
    }
}
