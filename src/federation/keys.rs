//! Whose key it is: from memory, from the register, or from its owner (F-234 … F-236).

use std::{sync::Arc, time::Duration};

use url::Url;

use super::{App, client_ip::Caller, people::new_actor};
use crate::{
    activitystreams::{RemoteActor, find_key},
    hash::Sha256,
    http_client::{FetchFailure, Fetched},
    signature::{PublicKey, authority, same_authority},
    store::NewActor,
};

/// A key and whose it is.
#[derive(Clone, Debug)]
pub struct KnownKey {
    /// The owner's actor id.
    pub actor: String,
    /// The key.
    pub key: PublicKey,
    /// The key as it was written.
    pub pem: Arc<str>,
    /// What the owner's document says, when it was read just now.
    pub document: Option<Box<NewActor>>,
    /// Whether it came from memory, so that it need not be remembered.
    pub remembered: bool,
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

impl App {
    /// The key with this id, wherever it is known. `actor` is who is said to speak: memory knows the key that
    /// each actor uses. Only a fetch from its owner is counted for `caller`.
    pub async fn find_key(
        &self,
        key_id: &str,
        actor: &str,
        caller: Caller,
    ) -> Result<Arc<KnownKey>, NoKey> {
        if let Some(key) = self.known_key(key_id, actor).await? {
            return Ok(key);
        }
        self.fetch_key(key_id, caller).await.map(Arc::new)
    }

    /// The key with this id, as far as it is known here: nobody is asked for it.
    pub async fn known_key(
        &self,
        key_id: &str,
        actor: &str,
    ) -> Result<Option<Arc<KnownKey>>, NoKey> {
        if let Some(key) = self.keys.find(key_id, actor, self.clock.now()) {
            return Ok(Some(Arc::new(key)));
        }
        Ok(self.stored_key(key_id).await?.map(Arc::new))
    }

    /// The key once more from its owner, after a signature did not fit; `None` when it is the same key, or
    /// the owner was asked a moment ago (F-235).
    ///
    /// Only the answer that it is the same key lets the owner rest: a forger who is over the limits, or who comes
    /// just when there is a new key, must not keep its owner out.
    pub async fn refresh_key(
        &self,
        key_id: &str,
        known: &KnownKey,
        caller: Caller,
    ) -> Result<Option<Arc<KnownKey>>, NoKey> {
        if known.document.is_some() || !self.keys.may_refresh(&known.actor, self.clock.now()) {
            return Ok(None);
        }
        let fresh = self.fetch_key(key_id, caller).await;
        let is_new = |it: &KnownKey| it.actor == known.actor && it.pem != known.pem;
        let rests = match &fresh {
            Ok(fresh) => !is_new(fresh),
            Err(NoKey::TooOften { .. } | NoKey::Later | NoKey::Register) => false,
            Err(NoKey::None { .. }) => true,
        };
        if !rests {
            self.keys.was_not_asked(&known.actor);
        }
        let fresh = fresh?;
        Ok(is_new(&fresh).then(|| Arc::new(fresh)))
    }

    async fn stored_key(&self, key_id: &str) -> Result<Option<KnownKey>, NoKey> {
        let row = self.lookups.key(&self.store, &Sha256::of(key_id)).await;
        let row = row.map_err(|error| {
            tracing::error!(error = %error, "the register cannot be read for a key");
            NoKey::Register
        })?;
        let parsed = row.and_then(|row| Some((self.keys.parse(&row.pem)?, row.actor)));
        Ok(parsed.map(|((key, pem), actor)| KnownKey {
            actor,
            key,
            pem,
            document: None,
            remembered: false,
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
            pem: pem.into(),
            document: Some(Box::new(document)),
            remembered: false,
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
                FetchFailure::Network(_)
                | FetchFailure::TimedOut
                | FetchFailure::Resting
                | FetchFailure::Busy,
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
