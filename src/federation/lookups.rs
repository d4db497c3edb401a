//! Many questions for keys that come at the same time are one question to the database.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use tokio::sync::oneshot;

use crate::{
    hash::Sha256,
    store::{KeyRow, Result, Store},
};

/// Most keys that one question asks for.
const AT_ONCE: usize = 64;

/// One who asks, and the way back.
type KeyQuestion = (Sha256, oneshot::Sender<Option<KeyRow>>);

/// Who waits for keys. Whoever gets the turn asks for all who wait.
#[derive(Debug, Default)]
pub struct KeyLoader {
    waiting: Mutex<Vec<KeyQuestion>>,
    turn: tokio::sync::Mutex<()>,
}

impl KeyLoader {
    /// The key whose id has this hash.
    pub async fn key(&self, store: &Store, key_id: &Sha256) -> Result<Option<KeyRow>> {
        loop {
            let (way_back, mut answer) = oneshot::channel();
            self.lock().push((key_id.clone(), way_back));
            let turn = self.turn.lock().await;
            // Mostly somebody else has asked for us while we waited for the turn.
            if let Ok(found) = answer.try_recv() {
                return Ok(found);
            }
            let some = self.take();
            answer_all(store, some).await?;
            drop(turn);
            if let Ok(found) = answer.try_recv() {
                return Ok(found);
            }
            // More wait than one question asks for, or whoever asked for us went away with the connection.
        }
    }

    fn take(&self) -> Vec<KeyQuestion> {
        let mut waiting = self.lock();
        // Some may have gone: their request was broken off.
        waiting.retain(|(_, way_back)| !way_back.is_closed());
        let rest = waiting.len().saturating_sub(AT_ONCE);
        waiting.split_off(rest)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<KeyQuestion>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn answer_all(store: &Store, waiting: Vec<KeyQuestion>) -> Result<()> {
    let hashes: Vec<_> = waiting.iter().map(|(hash, _)| hash.clone()).collect();
    let rows = store.read().await?.keys(&hashes).await?;
    let rows: HashMap<Sha256, KeyRow> = rows
        .into_iter()
        .map(|it| (Sha256::of(&it.key_id), it))
        .collect();
    for (hash, way_back) in waiting {
        // Whoever asked may be gone.
        way_back.send(rows.get(&hash).cloned()).ok();
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
            url,
        }
    }

    #[tokio::test]
    async fn many_who_ask_at_once_each_get_their_own_key() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("register.db").display());
        let store = Store::open(&url, 2, Access::Create).await.unwrap();
        let actors: Vec<_> = (0..150).map(actor).collect();
        let mut tx = store.write().await.unwrap();
        tx.save_actors(&actors).await.unwrap();
        tx.commit().await.unwrap();

        let lookups = KeyLoader::default();
        // One who went away in the middle, and whose question still stands there.
        let (gone, _) = oneshot::channel();
        lookups.lock().push((Sha256::of("gone"), gone));
        let answers = join_all((0..160).map(async |number| {
            let id = Sha256::of(&format!("https://m.example/{number}#key"));
            lookups.key(&store, &id).await.unwrap().map(|it| it.pem)
        }));
        for (number, pem) in answers.await.into_iter().enumerate() {
            let expected = (number < 150).then(|| format!("PEM {number}"));
            assert_eq!(pem, expected);
        }
        assert!(lookups.lock().is_empty());
        store.close().await;
    }
}
