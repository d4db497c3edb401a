//! `LISTEN` on PostgreSQL: a commit notifies this server at once.

use std::{sync::Arc, time::Duration};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{store::Store, text::with_causes};

/// The pause before the next attempt when listening failed.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Listens to PostgreSQL until `stop` and notifies `hint` of each change, also of other machines, so that the watcher
/// polls at once. The watcher polls every half second all the same: on SQLite, on a standby, and while listening fails.
pub(super) async fn listen(store: Store, hint: Arc<Notify>, stop: CancellationToken) {
    let mut connected = true;
    loop {
        let ended = tokio::select! {
            () = stop.cancelled() => return,
            ended = pass_on(&store, &hint, &mut connected) => ended,
        };
        let Err(error) = ended else {
            // SQLite sends no notifications.
            return stop.cancelled().await;
        };
        if std::mem::replace(&mut connected, false) {
            tracing::warn!(
                error = %with_causes(&error),
                "cannot listen to the database; polling every half second"
            );
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(RETRY_AFTER) => (),
        }
    }
}

async fn pass_on(store: &Store, hint: &Notify, connected: &mut bool) -> crate::store::Result<()> {
    let Some(mut listener) = store.listen().await? else {
        return Ok(());
    };
    *connected = true;
    loop {
        listener.changed().await?;
        hint.notify_one();
    }
}
