//! Loads stored keys: requests for keys that come at the same time share one query.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

use crate::{
    hash::Sha256,
    store::{KeyRow, Result, Store},
};

/// Most keys of one query.
const BATCH: usize = 64;

/// A requested key, by the hash of its id, and where its row goes.
type Request = (Sha256, oneshot::Sender<Option<KeyRow>>);

/// Batches requests for stored keys. One caller at a time holds `turn` and queries for all that wait.
#[derive(Debug, Default)]
pub struct KeyLoader {
    waiting: Mutex<Vec<Request>>,
    turn: tokio::sync::Mutex<()>,
}

impl KeyLoader {
    /// The stored key whose id has this hash.
    pub async fn load(&self, store: &Store, key_id: &Sha256) -> Result<Option<KeyRow>> {
        loop {
            let (sender, mut receiver) = oneshot::channel();
            self.lock().push((key_id.clone(), sender));
            let turn = self.turn.lock().await;
            // Mostly, the previous holder of the turn has answered this request as well.
            if let Ok(row) = receiver.try_recv() {
                return Ok(row);
            }
            let batch = self.take();
            answer_all(store, batch).await?;
            drop(turn);
            if let Ok(row) = receiver.try_recv() {
                return Ok(row);
            }
            // More requests waited than fit a batch, or a previous holder was cancelled before it answered.
        }
    }

    fn take(&self) -> Vec<Request> {
        let mut waiting = self.lock();
        // Some requests were cancelled.
        waiting.retain(|(_, sender)| !sender.is_closed());
        let rest = waiting.len().saturating_sub(BATCH);
        waiting.split_off(rest)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Request>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn answer_all(store: &Store, requests: Vec<Request>) -> Result<()> {
    let hashes: Vec<_> = requests.iter().map(|(hash, _)| hash.clone()).collect();
    let rows = store.read().await?.keys(&hashes).await?;
    let rows: HashMap<Sha256, KeyRow> = rows
        .into_iter()
        .map(|row| (Sha256::of(&row.key_id), row))
        .collect();
    for (hash, sender) in requests {
        // Whoever asked may be gone.
        sender.send(rows.get(&hash).cloned()).ok();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;
    use crate::{
        clock::Millis,
        store::{Access, HostRow, NewActor},
    };

    fn actor(number: usize) -> NewActor {
        let host = HostRow {
            authority: "m.example".to_owned(),
            name: "m.example".to_owned(),
            domain: "m.example".to_owned(),
        };
        let url = format!("https://m.example/{number}");
        NewActor {
            host: host.clone(),
            r#type: "Person".to_owned(),
            handle: format!("@{number}@m.example"),
            name: String::new(),
            page: None,
            published_at: None,
            discoverable: true,
            opted_out: false,
            inbox: (format!("{url}/inbox"), host),
            shared_inbox: None,
            followers: None,
            suspended: false,
            keys: vec![(format!("{url}#key"), format!("PEM {number}"))],
            read_at: Millis::from_millis(0),
            moved_to: None,
            url,
        }
    }

    #[tokio::test]
    async fn requests_at_the_same_time_each_get_their_own_key() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("register.db").display());
        let store = Store::open(&url, 2, Access::Create).await.unwrap();
        let actors: Vec<_> = (0..150).map(actor).collect();
        let mut tx = store.write().await.unwrap();
        tx.save_actors(&actors).await.unwrap();
        tx.commit().await.unwrap();

        let loader = KeyLoader::default();
        // A cancelled request that still waits.
        let (gone, _) = oneshot::channel();
        loader.lock().push((Sha256::of("gone"), gone));
        let answers = join_all((0..160).map(async |number| {
            let id = Sha256::of(&format!("https://m.example/{number}#key"));
            let row = loader.load(&store, &id).await.unwrap();
            row.map(|row| row.pem)
        }));
        for (number, pem) in answers.await.into_iter().enumerate() {
            let expected = (number < 150).then(|| format!("PEM {number}"));
            assert_eq!(pem, expected);
        }
        assert!(loader.lock().is_empty());
        store.close().await;
    }
}
