//! Resolves a key id to a key and its owner: from memory, from the register, or from the owner's server.

use std::sync::Arc;

use http::StatusCode;
use url::Url;

use super::{
    app::App,
    client_ip::Caller,
    dereference::{AnyDocument, DereferenceError, Remote},
    known_key::{KnownKey, NoKey},
    remote_actor::new_actor,
};
use crate::{
    activitystreams::{RemoteActor, find_key},
    hash::Sha256,
    http_client::FetchError,
    signature::{PublicKey, authority, same_authority},
};

impl App {
    /// The key with this id, from memory, the register or its owner. `actor` is the actor that the request claims
    /// to be from: memory holds the key that each actor uses. Only a fetch from its owner is counted for `caller`.
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

    /// The key with this id, from memory or the register: nothing is fetched.
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

    /// The key once more from its owner, after a signature did not verify; `None` when it is the same key, or it was
    /// fetched a moment ago. Attackers can force this fetch, so each owner is asked at most every five minutes.
    ///
    /// Only a fetch that answers without a new key counts: a forger who is over the limits, or who comes just when
    /// there is a new key, must not keep the owner out.
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
        let is_new = |key: &KnownKey| key.actor == known.actor && key.pem != known.pem;
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
        let row = self.key_loader.load(&self.store, &Sha256::of(key_id)).await;
        let row = row.map_err(|error| {
            tracing::error!(error = %error, "cannot read a key from the register");
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

    /// Reads the key from its owner: the key id leads to the actor whose document has it, or to a document of its
    /// own (as GoToSocial serves) whose owner lists it back. All of it is on one host: nobody speaks for another
    /// one.
    async fn fetch_key(&self, key_id: &str, caller: Caller) -> Result<KnownKey, NoKey> {
        let url = Url::parse(key_id).map_err(none_because("the key id is no URL"))?;
        if self.urls.is_ours(key_id) {
            return Err(none("the key id is on our own host"));
        }
        let host = authority(&url).ok_or(none("the key id has no host"))?;
        let counted = self.limits.fetch(caller, &host, self.clock.now());
        counted.map_err(|wait| NoKey::TooOften { wait })?;
        let read = self.key_document(&url).await?;
        let actor = match RemoteActor::parse(read.json()) {
            Ok(actor) if actor.public_keys.iter().any(|key| key.id == key_id) => actor,
            Ok(_) | Err(_) => {
                let named =
                    find_key(read.json(), key_id).map_err(none_because("the document lacks it"))?;
                let owner =
                    Url::parse(&named.owner).map_err(none_because("its owner is no URL"))?;
                if !same_authority(&url, &owner) {
                    return Err(none("its owner is on another host"));
                }
                let read = self.key_document(&owner).await?;
                RemoteActor::parse(read.json()).map_err(none_because("its owner is no actor"))?
            }
        };
        let listed = actor.public_keys.iter().find(|key| key.id == key_id);
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

    /// A document that a key may be in. Its reading is capped and shared, and failures are remembered, because
    /// whoever sent the request is not authenticated yet. A host that refuses us (401, 403) may know only a replaced key
    /// of ours, so its deliveries are wanted later: some senders never repeat what got a 401.
    async fn key_document(&self, url: &Url) -> Result<Remote<AnyDocument>, NoKey> {
        let read = self.key_dereferencer.read(url.as_str()).await;
        read.map_err(|error| {
            let refuses_us = matches!(
                &error,
                DereferenceError::Fetch(FetchError::Refused(
                    StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN,
                ))
            );
            if refuses_us || error.may_pass() {
                NoKey::Later
            } else {
                none_because("it cannot be read")(error)
            }
        })
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
