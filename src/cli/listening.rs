//! Listening to the database: on PostgreSQL a commit tells whoever listens.

use std::{sync::Arc, time::Duration};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::store::Store;

/// How long to wait before listening again to a database that cannot be listened to.
const LISTEN_AGAIN: Duration = Duration::from_secs(5);

/// Listens to PostgreSQL until `stop` and gives a hint for each change, also of other machines, so that the watcher
/// looks at once. It looks every half second all the same: on SQLite, on a standby, and while nobody can be heard.
pub(super) async fn listen(store: Store, hint: Arc<Notify>, stop: CancellationToken) {
    let mut heard = true;
    loop {
        let error = tokio::select! {
            () = stop.cancelled() => return,
            ended = hear(&store, &hint, &mut heard) => ended,
        };
        let Err(error) = error else {
            // A file tells nothing.
            return stop.cancelled().await;
        };
        if std::mem::replace(&mut heard, false) {
            tracing::warn!(
                error = %format!("{:#}", anyhow::Error::new(error)),
                "cannot listen to the database; looking every half second"
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
