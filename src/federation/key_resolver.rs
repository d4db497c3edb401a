//! Resolves a key id to a key and its owner: from memory, from the register, or from the owner's server.

use std::sync::Arc;

use http::StatusCode;
use url::Url;

use super::{
    app::App,
    client_ip::Caller,
    dereference::{AnyDocument, DereferenceError, Remote},
    error::COME_AGAIN,
    known_key::{KnownKey, NoKey},
    remote_actor::new_actor,
};
use crate::{
    activitystreams::{RemoteActor, find_key},
    hash::Sha256,
    http_client::{FetchError, FetchFailure, single_flight::FAILURE_RESTS},
    register::inbound::documents::stands_under,
    signature::{PublicKey, UnverifiedSignature, authority, page_of, same_authority},
};

impl App {
    /// The key that made a signature, from memory or the register: nothing is fetched. `actor` is the actor that the
    /// request claims to be from: memory holds the key that each actor uses.
    ///
    /// # Errors
    /// [`NoKey::Register`].
    pub async fn known_signer(
        &self,
        claim: &UnverifiedSignature,
        actor: &str,
    ) -> Result<Option<Arc<KnownKey>>, NoKey> {
        let cached = self.keys.find(&claim.key_id, actor, self.clock.now());
        if let Some(key) = &cached
            && claim.verify(&key.key).is_ok()
        {
            return Ok(cached.map(Arc::new));
        }
        // Another process may have replaced the cached one.
        let stored = self.stored_key(&claim.key_id).await?;
        let pem = |key: &Option<KnownKey>| key.as_ref().map(|key| Arc::clone(&key.pem));
        if cached.is_some() && pem(&cached) == pem(&stored) {
            return Ok(None);
        }
        Ok(signer(claim, stored))
    }

    /// The same of a request about the signer's own account, with the same work whether or not there is a key:
    /// the answer is the same, too, and its time must not tell whom we know.
    ///
    /// # Errors
    /// [`NoKey::Register`].
    pub async fn own_signer(
        &self,
        claim: &UnverifiedSignature,
        actor: &str,
    ) -> Result<Option<Arc<KnownKey>>, NoKey> {
        let stored = self.stored_key(&claim.key_id).await?;
        let stored = stored.filter(|known| known.actor == actor);
        Ok(signer(claim, stored))
    }

    /// The key that made a signature, from its owner's server. For forgers that is asked at most once in five minutes,
    /// whether the owner is known or not. Only a read that is made is counted for `caller`.
    ///
    /// # Errors
    /// [`NoKey`]; [`NotSigned`](NoKey::NotSigned) when the owner's key did not make it.
    pub async fn fetched_signer(
        &self,
        claim: &UnverifiedSignature,
        actor: &str,
        caller: Caller,
    ) -> Result<Arc<KnownKey>, NoKey> {
        let key_id = claim.key_id.as_str();
        let now = self.clock.now();
        let fits = |key: &Arc<KnownKey>| claim.verify(&key.key).is_ok();
        let proved = |fetched| {
            if let Some(host) = host_of(key_id) {
                self.limits.proved(caller, &host, fetched, now);
            }
        };
        if let Some(fetched) = self.fetched_keys.find(key_id, now) {
            if let Some(key) = fetched.key.filter(fits) {
                proved(false);
                return Ok(key);
            }
            if fetched.doubted {
                return Err(NoKey::NotSigned);
            }
        }
        let read = self.fetch_key(key_id, actor, caller).await.map(Arc::new);
        let key = match &read {
            Ok(key) => Some(Arc::clone(key)),
            Err(NoKey::None { .. }) => None,
            Err(
                NoKey::NotSigned | NoKey::TooOften { .. } | NoKey::Later { .. } | NoKey::Register,
            ) => {
                return read;
            }
        };
        let doubted = !key.as_ref().is_some_and(fits);
        self.fetched_keys.remember(key_id, key, doubted, now);
        let key = read?;
        if doubted {
            return Err(NoKey::NotSigned);
        }
        proved(true);
        Ok(key)
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
    ///
    /// Nothing is read from a blocked actor. That looks as if there were no key: only who is authentic is told of a
    /// block.
    async fn fetch_key(
        &self,
        key_id: &str,
        actor: &str,
        caller: Caller,
    ) -> Result<KnownKey, NoKey> {
        let url = Url::parse(key_id).map_err(none_because("the key id is no URL"))?;
        if self.urls.is_ours(key_id) {
            return Err(none("the key id is on our own host"));
        }
        let host = authority(&url).ok_or(none("the key id has no host"))?;
        let counted = self.limits.fetch(caller, &host, self.clock.now());
        counted.map_err(|wait| NoKey::TooOften { wait })?;
        let blocks = Arc::clone(&self.context.borrow().rules.blocks);
        let owners = [
            Some(page_of(key_id)),
            stands_under(key_id, actor).then_some(actor),
        ];
        if owners
            .into_iter()
            .flatten()
            .any(|owner| blocks.blocks_actor(owner))
        {
            return Err(none("its owner is blocked"));
        }
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
            let rests = matches!(
                &error,
                DereferenceError::Fetch(FetchError::Unreachable(FetchFailure::Resting))
            );
            if rests || refuses_us {
                // It is not asked again before that.
                NoKey::Later {
                    wait: FAILURE_RESTS,
                }
            } else if error.may_pass() {
                NoKey::Later { wait: COME_AGAIN }
            } else {
                none_because("it cannot be read")(error)
            }
        })
    }
}

/// The stored key, if it made the signature. Without one another key is checked, so that the time of the answer does not
/// tell whether there is one.
fn signer(claim: &UnverifiedSignature, stored: Option<KnownKey>) -> Option<Arc<KnownKey>> {
    let nobodys = PublicKey::nobodys();
    let checked = stored.as_ref().map(|known| &known.key).or(nobodys.as_ref());
    let fits = checked.is_some_and(|key| claim.verify(key).is_ok());
    stored.filter(|_| fits).map(Arc::new)
}

/// The host of a URL.
pub(super) fn host_of(url: &str) -> Option<String> {
    Url::parse(url).ok().as_ref().and_then(authority)
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
