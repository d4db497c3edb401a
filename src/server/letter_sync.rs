//! Taking over the names of the letter's source: by command, by timer, and after a push.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Notify, watch},
    time::{Instant, MissedTickBehavior, interval_at, sleep_until},
};
use tokio_util::sync::CancellationToken;

use super::{
    environment::Environment,
    letter_source::{SourceError, letter_in, read_source, way_of_reading},
};
use crate::{
    federation::disk_space::Room,
    http_client::Client,
    register::{
        self,
        letter::sync::{SyncOrder, SyncTrouble, Synced, keep_validator, last_validator, sync},
    },
    store,
};

/// The delay of the first sync after a start: a name may have left while the server was down.
const FIRST_AFTER: Duration = Duration::from_mins(2);
/// The least time between two syncs that pushes cause.
const PUSHES_APART: Duration = Duration::from_secs(10);
/// When the source is read again after a push: GitHub answers with what a raw file was for up to five minutes.
const AGAIN_AFTER_PUSH: Duration = Duration::from_mins(6);

/// Why the names were not taken over.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SyncError {
    /// The source cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// It is refused, or there is no letter yet.
    #[error(transparent)]
    Register(#[from] register::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// What a sync found.
#[derive(Clone, Debug)]
pub(crate) enum SyncOutcome {
    /// The source is as it was.
    Unchanged,
    /// Its names were taken over.
    Done {
        /// What changed.
        synced: Synced,
        /// The lines of the list that are no names.
        unread: Vec<crate::letter::LeftOut>,
    },
}

/// Takes over the names of the source. `confirmed`: somebody looked at it; `by`: who asked for it. What keeps them from being taken over is noted
/// for `status`.
///
/// # Errors
/// [`SyncError`].
pub(crate) async fn sync_names(
    env: &Environment,
    client: &Client,
    (confirmed, by): (bool, &str),
) -> Result<SyncOutcome, SyncError> {
    let outcome = Box::pin(take_over(env, client, (confirmed, by))).await;
    let problem = match &outcome {
        Ok(SyncOutcome::Done { synced, .. }) if synced.is_unpublished => Some(unpublished(synced)),
        Ok(SyncOutcome::Done { .. } | SyncOutcome::Unchanged) => None,
        Err(SyncError::Source(SourceError::File(error))) => Some(format!("{error:#}")),
        Err(SyncError::Source(error)) => Some(error.to_string()),
        Err(SyncError::Register(error @ register::Error::SyncRefused(_))) => {
            Some(error.to_string())
        }
        // A failing database can note nothing.
        Err(SyncError::Register(_) | SyncError::Store(_)) => return outcome,
    };
    let known = SyncTrouble::read(&mut env.store.read().await?).await?;
    if known.map(|known| known.problem) != problem {
        let mut tx = env.store.write().await?;
        let news = SyncTrouble::note(&mut tx, problem.as_deref(), env.clock.now()).await?;
        tx.commit().await?;
        if let Some(problem) = problem.filter(|_| news) {
            tracing::warn!("names: {problem}");
        }
    }
    outcome
}

/// What is said of a source whose text was never published.
fn unpublished(synced: &Synced) -> String {
    format!(
        "the text of the letter's source was never published, so only names that left were taken over, and {} {}: \
         publish the text first (`undersigned letter publish`)",
        synced.waiting,
        if synced.waiting == 1 {
            "new one waits"
        } else {
            "new ones wait"
        }
    )
}

async fn take_over(
    env: &Environment,
    client: &Client,
    (confirmed, by): (bool, &str),
) -> Result<SyncOutcome, SyncError> {
    let way = way_of_reading(env);
    let known = last_validator(&mut env.store.read().await?, &way).await?;
    let Some(source) = read_source(env, client, known.as_deref()).await? else {
        return Ok(SyncOutcome::Unchanged);
    };
    let (letter, digests) = letter_in(env, &source).map_err(SourceError::from)?;
    let salt = env.salt().await.map_err(SourceError::from)?;
    let order = SyncOrder {
        letter: &letter,
        digests: &digests,
        on_github: env.config.letter_is_on_github(),
        salt: &salt,
        moved_to: source.moved_to.as_deref(),
        confirmed,
        by,
    };
    let mut tx = env.store.write().await?;
    let synced = sync(&mut tx, env.random.as_ref(), env.clock.now(), order).await?;
    let etag = source.etag.as_deref().filter(|_| !synced.is_unpublished);
    if known.as_deref() != etag {
        keep_validator(&mut tx, &way, etag).await?;
    }
    tx.commit().await?;
    Ok(SyncOutcome::Done {
        synced,
        unread: letter.unread,
    })
}

/// The task that takes over the names of the source: every `letter.sync_interval`, and after a push.
#[derive(Debug)]
pub(super) struct SyncTask {
    /// Configuration and database.
    pub(super) env: Environment,
    /// The HTTP client.
    pub(super) client: Client,
    /// The room on the disk.
    pub(super) room: watch::Receiver<Room>,
    /// Notified after a push to the source.
    pub(super) pushed: Arc<Notify>,
}

impl SyncTask {
    /// Runs until `stop`.
    pub(super) async fn run(self, stop: CancellationToken) {
        let every = self.env.config.letter.sync_interval;
        let mut ticks = interval_at(Instant::now() + every.min(FIRST_AFTER), every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut again: Option<Instant> = None;
        loop {
            let later = again.unwrap_or_else(Instant::now);
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => self.sync().await,
                () = sleep_until(later), if again.is_some() => {
                    again = None;
                    self.sync().await;
                }
                () = self.pushed.notified() => {
                    again = Some(Instant::now() + AGAIN_AFTER_PUSH);
                    self.sync().await;
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = tokio::time::sleep(PUSHES_APART) => (),
                    }
                }
            }
        }
    }

    async fn sync(&self) {
        if self.room.borrow().is_full() {
            return;
        }
        match self.env.store.read().await {
            Ok(mut tx) => match tx.retired_at().await {
                Ok(None) => (),
                Ok(Some(_)) => return,
                Err(error) => {
                    return tracing::warn!(error = %error, "cannot take over names; trying again");
                }
            },
            Err(error) => {
                return tracing::warn!(error = %error, "cannot take over names; trying again");
            }
        }
        match sync_names(&self.env, &self.client, (false, "serve")).await {
            Ok(SyncOutcome::Done { synced, .. }) if synced.joined + synced.gone > 0 => {
                tracing::info!(
                    joined = synced.joined,
                    gone = synced.gone,
                    "took over the names of the letter's source"
                );
            }
            // What went wrong with the source is noted and logged already, once.
            Ok(SyncOutcome::Done { .. } | SyncOutcome::Unchanged)
            | Err(
                SyncError::Source(_)
                | SyncError::Register(register::Error::SyncRefused(_) | register::Error::NoLetter),
            ) => (),
            Err(error @ (SyncError::Register(_) | SyncError::Store(_))) => {
                tracing::warn!(error = %error, "cannot take over names; trying again");
            }
        }
    }
}
