//! Whose key it is: from memory, from the register, or from its owner (F-234 … F-236).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use url::Url;

use super::{App, caller::Caller, people::new_actor};
use crate::{
    clock::Millis,
    hash::Sha256,
    net::{Fetched, Reason},
    signature::{PublicKey, authority, same_authority},
    store::NewActor,
    vocab::{RemoteActor, find_key},
};

/// Keys that are kept in memory; a parsed key takes about 2 KiB.
const MAX_KEYS: usize = 10_000;

/// How often one actor's key is read again because a signature did not fit; attackers can force it (F-235).
const REFRESH_EVERY: Duration = Duration::from_mins(5);

/// A key and whose it is.
#[derive(Clone, Debug)]
pub struct KnownKey {
    /// The owner's actor id.
    pub actor: String,
    /// The key.
    pub key: PublicKey,
    /// The key as it was written.
    pub pem: String,
    /// What the owner's document says, when it was read just now.
    pub document: Option<Box<NewActor>>,
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum NoKey {
    /// The key id, or what it leads to, is no key of anybody: 401.
    #[error("there is no such key: {what}")]
    None {
        /// What is wrong with it.
        what: &'static str,
        /// Why, where something else says it.
        #[source]
        cause: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// Too many keys that led nowhere were asked for: 429 (F-236).
    #[error("too many keys of strangers were asked for")]
    TooOften {
        /// How long to wait.
        wait: Duration,
    },
    /// The owner's server cannot be asked now: 503.
    #[error("the key's server cannot be reached now")]
    Later,
    /// Our own database cannot be asked now: 503.
    #[error("the register cannot be read now")]
    Register,
}

/// Parsed keys by key id, and when each actor was last asked again.
#[derive(Debug, Default)]
pub struct KeyCache {
    keys: Mutex<HashMap<String, Arc<KnownKey>>>,
    refreshed: Mutex<HashMap<String, Millis>>,
}

impl KeyCache {
    fn find(&self, key_id: &str) -> Option<Arc<KnownKey>> {
        self.keys
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(key_id)
            .cloned()
    }

    /// Remembers a key that has verified something. When the cache is full it starts afresh: everything in
    /// it can be read from the register again.
    pub fn remember(&self, key_id: &str, key: &Arc<KnownKey>) {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.len() >= MAX_KEYS && !keys.contains_key(key_id) {
            keys.clear();
        }
        let key = KnownKey {
            document: None,
            ..KnownKey::clone(key)
        };
        keys.insert(key_id.to_owned(), Arc::new(key));
    }

    /// Forgets every key of an actor: its document changed.
    pub fn forget(&self, actor: &str) {
        self.keys
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|_, it| it.actor != actor);
    }

    /// Whether this actor may be asked again now; counts as asking.
    fn may_refresh(&self, actor: &str, now: Millis) -> bool {
        let mut refreshed = self
            .refreshed
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        refreshed.retain(|_, at| now.since(*at) < REFRESH_EVERY);
        if refreshed.contains_key(actor) || refreshed.len() >= MAX_KEYS {
            return false;
        }
        refreshed.insert(actor.to_owned(), now);
        true
    }
}

impl App {
    /// The key with this id, wherever it is known. Only a fetch from its owner is counted for `caller`.
    pub async fn find_key(&self, key_id: &str, caller: Caller) -> Result<Arc<KnownKey>, NoKey> {
        if let Some(key) = self.known_key(key_id).await? {
            return Ok(key);
        }
        self.fetch_key(key_id, caller).await.map(Arc::new)
    }

    /// The key with this id, as far as it is known here: nobody is asked for it.
    pub async fn known_key(&self, key_id: &str) -> Result<Option<Arc<KnownKey>>, NoKey> {
        if let Some(key) = self.keys.find(key_id) {
            return Ok(Some(key));
        }
        Ok(self.stored_key(key_id).await?.map(Arc::new))
    }

    /// The key once more from its owner, after a signature did not fit; `None` when it is the same key, or
    /// the owner was asked a moment ago (F-235).
    pub async fn refresh_key(
        &self,
        key_id: &str,
        known: &KnownKey,
        caller: Caller,
    ) -> Result<Option<Arc<KnownKey>>, NoKey> {
        if known.document.is_some() || !self.keys.may_refresh(&known.actor, self.clock.now()) {
            return Ok(None);
        }
        let fresh = self.fetch_key(key_id, caller).await?;
        Ok((fresh.actor == known.actor && fresh.pem != known.pem).then(|| Arc::new(fresh)))
    }

    async fn stored_key(&self, key_id: &str) -> Result<Option<KnownKey>, NoKey> {
        let found = async { self.store.read().await?.key(&Sha256::of(key_id)).await };
        let row = found.await.map_err(|error| {
            tracing::error!(error = %error, "the register cannot be read for a key");
            NoKey::Register
        })?;
        let parsed = row.and_then(|row| Some((PublicKey::from_pem(&row.pem).ok()?, row)));
        Ok(parsed.map(|(key, row)| KnownKey {
            actor: row.actor,
            key,
            pem: row.pem,
            document: None,
        }))
    }

    /// Reads the key from its owner: the key id leads to the actor whose document has it, or to a document
    /// of its own whose owner lists it back (F-234). All of it on one host (F-233).
    async fn fetch_key(&self, key_id: &str, caller: Caller) -> Result<KnownKey, NoKey> {
        let url = Url::parse(key_id).map_err(none_because("the key id is no URL"))?;
        if self.urls.is_ours(key_id) {
            return Err(none("the key id is on our own host"));
        }
        let host = authority(&url).ok_or(none("the key id has no host"))?;
        let counted = self.limits.fetch(caller, &host, self.clock.now());
        counted.map_err(|wait| NoKey::TooOften { wait })?;
        let body = self.fetch_document(&url).await?;
        let actor = match RemoteActor::parse(&body) {
            Ok(actor) if actor.public_keys.iter().any(|it| it.id == key_id) => actor,
            Ok(_) | Err(_) => {
                let named =
                    find_key(&body, key_id).map_err(none_because("the document lacks it"))?;
                let owner =
                    Url::parse(&named.owner).map_err(none_because("its owner is no URL"))?;
                if !same_authority(&url, &owner) {
                    return Err(none("its owner is on another host"));
                }
                let body = self.fetch_document(&owner).await?;
                RemoteActor::parse(&body).map_err(none_because("its owner is no actor"))?
            }
        };
        let listed = actor.public_keys.iter().find(|it| it.id == key_id);
        let pem = listed
            .ok_or(none("its owner does not list it"))?
            .pem
            .clone();
        let id = Url::parse(&actor.id).map_err(none_because("its owner's id is no URL"))?;
        if !same_authority(&url, &id) {
            return Err(none("its owner is on another host"));
        }
        let key =
            PublicKey::from_pem(&pem).map_err(none_because("it is no RSA key that we read"))?;
        let document = new_actor(&actor, self.clock.now()).ok_or(none("its owner has no host"))?;
        Ok(KnownKey {
            actor: actor.id,
            key,
            pem,
            document: Some(Box::new(document)),
        })
    }

    async fn fetch_document(&self, url: &Url) -> Result<Arc<[u8]>, NoKey> {
        match self.fetches.fetch_object(url).await {
            Fetched::Found(document) => Ok(document.body),
            Fetched::Gone | Fetched::Missing => Err(none("it is gone")),
            Fetched::Refused(status) if status.is_server_error() || status.as_u16() == 429 => {
                Err(NoKey::Later)
            }
            Fetched::Refused(_) => Err(none("its server does not show it")),
            Fetched::Unreachable(
                Reason::Network(_) | Reason::TimedOut | Reason::Resting | Reason::Busy,
            ) => Err(NoKey::Later),
            Fetched::Unreachable(_) => Err(none("it cannot be read")),
        }
    }
}

fn none(what: &'static str) -> NoKey {
    NoKey::None { what, cause: None }
}

fn none_because<E>(what: &'static str) -> impl FnOnce(E) -> NoKey
where
    E: std::error::Error + Send + Sync + 'static,
{
    move |cause| NoKey::None {
        what,
        cause: Some(Box::new(cause)),
    }
}
