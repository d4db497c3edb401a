//! `LISTEN` on PostgreSQL: a commit notifies this server at once.

use std::{sync::Arc, time::Duration};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::store::Store;

/// The pause before the next attempt when listening failed.
const LISTEN_AGAIN: Duration = Duration::from_secs(5);

/// Listens to PostgreSQL until `stop` and notifies `hint` of each change, also of other machines, so that the watcher
/// polls at once. The watcher polls every half second all the same: on SQLite, on a standby, and while listening fails.
pub(super) async fn listen(store: Store, hint: Arc<Notify>, stop: CancellationToken) {
    let mut heard = true;
    loop {
        let error = tokio::select! {
            () = stop.cancelled() => return,
            ended = hear(&store, &hint, &mut heard) => ended,
        };
        let Err(error) = error else {
            // SQLite sends no notifications.
            return stop.cancelled().await;
        };
        if std::mem::replace(&mut heard, false) {
            tracing::warn!(
                error = %format!("{:#}", anyhow::Error::new(error)),
                "cannot listen to the database; polling every half second"
            );
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LISTEN_AGAIN) => (),
        }
    }
}

async fn hear(store: &Store, hint: &Notify, heard: &mut bool) -> crate::store::Result<()> {
    let Some(mut listener) = store.listen().await? else {
        return Ok(());
    };
    *heard = true;
    loop {
        listener.changed().await?;
        hint.notify_one();
    }
}
