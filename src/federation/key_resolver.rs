//! Resolves a key id to a key and its owner: from memory, from the register, or from the owner's server.

use std::{sync::Arc, time::Duration};

use http::StatusCode;
use url::Url;

use super::{
    app::App,
    client_ip::Caller,
    dereference::{AnyDocument, DereferenceError, Remote},
    error::COME_AGAIN,
    key_queue::{Outcome, Refused},
    key_turns::Turn,
    known_key::{KnownKey, NoKey},
    remote_actor::new_actor,
};
use crate::{
    activitystreams::{RemoteActor, find_key},
    hash::Sha256,
    http_client::{FetchError, single_flight::FetchLane},
    register::inbound::documents::stands_under,
    signature::{PublicKey, UnverifiedSignature, authority, page_of, same_authority},
};

/// How long a request waits for its key.
const PATIENCE: Duration = Duration::from_secs(8);

/// What whoever waited in vain is told to wait at least.
const AFTER_PATIENCE: Duration = Duration::from_secs(5);

/// A key that has to be read for a request.
#[derive(Debug)]
struct WantedKey {
    claim: Arc<UnverifiedSignature>,
    /// The key's id.
    url: Url,
    /// The activity's claimed actor.
    actor: String,
    caller: Caller,
}

impl WantedKey {
    fn is_signed_by(&self, key: &KnownKey) -> bool {
        self.claim.verify(&key.key).is_ok()
    }
}

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

    /// The key that made a signature, from its owner's server: for forgers that is asked at most once in five minutes,
    /// whether the owner is known or not. What is not there in time, for [`PATIENCE`] at most, is read all the same, and is there
    /// when the request comes again.
    ///
    /// # Errors
    /// [`NoKey`]; [`NotSigned`](NoKey::NotSigned) when the owner's key did not make it.
    pub async fn fetched_signer(
        self: &Arc<Self>,
        claim: &Arc<UnverifiedSignature>,
        actor: &str,
        caller: Caller,
    ) -> Result<Arc<KnownKey>, NoKey> {
        let key_id = claim.key_id.as_str();
        let url = Url::parse(key_id).map_err(none_because("the key id is no URL"))?;
        if self.urls.is_ours(key_id) {
            return Err(none("the key id is on our own host"));
        }
        authority(&url).ok_or(none("the key id has no host"))?;
        let wanted = WantedKey {
            claim: Arc::clone(claim),
            url,
            actor: actor.to_owned(),
            caller,
        };
        let in_turn = self.signer_in_turn(wanted);
        let found = tokio::time::timeout(PATIENCE, in_turn).await;
        found.unwrap_or_else(|_elapsed| {
            let wait = self.key_turns.wait(caller, key_id).max(AFTER_PATIENCE);
            Err(NoKey::Later { wait })
        })
    }

    async fn signer_in_turn(self: &Arc<Self>, wanted: WantedKey) -> Result<Arc<KnownKey>, NoKey> {
        let host = authority(&wanted.url).unwrap_or_default();
        let lane = self.key_turns.lane(wanted.caller, &host);
        if let Some(remembered) = self.remembered_signer(&wanted, lane) {
            return remembered;
        }
        let turn = self.key_turns.turn(wanted.caller, &wanted.url).await;
        let turn = turn.map_err(|refused| match refused {
            Refused::TooOften { wait } => NoKey::TooOften { wait },
            Refused::Full { wait } => NoKey::Later { wait },
        })?;
        // Meanwhile somebody else may have read it.
        if let Some(remembered) = self.remembered_signer(&wanted, turn.lane()) {
            return remembered;
        }
        let app = Arc::clone(self);
        let reading = tokio::spawn(async move { app.read_signer(&wanted, turn).await });
        let come_again = Err(NoKey::Later { wait: COME_AGAIN });
        reading.await.unwrap_or(come_again)
    }

    /// What is remembered of reading the key lately; `None` when it has to be read.
    fn remembered_signer(
        &self,
        wanted: &WantedKey,
        lane: FetchLane,
    ) -> Option<Result<Arc<KnownKey>, NoKey>> {
        let key_id = wanted.claim.key_id.as_str();
        if let Some(fetched) = self.fetched_keys.find(key_id, self.clock.now()) {
            if let Some(key) = fetched.key.filter(|key| wanted.is_signed_by(key)) {
                return Some(Ok(key));
            }
            // A forger who proved nothing does not keep out who did.
            if fetched
                .doubted
                .is_some_and(|by| by == FetchLane::Proven || by == lane)
            {
                return Some(Err(NoKey::NotSigned));
            }
        }
        let (error, wait) = self.key_documents.rests(&wanted.url, lane)?;
        Some(Err(match error {
            FetchError::Gone | FetchError::Missing => none_because("it cannot be read")(error),
            FetchError::Refused(_) | FetchError::Later(..) | FetchError::Unreachable(_) => {
                NoKey::Later { wait }
            }
        }))
    }

    /// Reads the key, and notes what came of it.
    async fn read_signer(&self, wanted: &WantedKey, turn: Turn) -> Result<Arc<KnownKey>, NoKey> {
        let key_id = wanted.claim.key_id.as_str();
        let lane = turn.lane();
        let read = self.fetch_key(wanted, lane).await.map(Arc::new);
        let (key, outcome) = match &read {
            Ok(key) if wanted.is_signed_by(key) => (Some(Arc::clone(key)), Outcome::Truthful),
            Ok(key) => (Some(Arc::clone(key)), Outcome::False),
            Err(NoKey::None { .. }) => (None, Outcome::False),
            Err(NoKey::Later { .. }) => {
                turn.end(Outcome::Failed);
                return read;
            }
            Err(NoKey::NotSigned | NoKey::TooOften { .. } | NoKey::Register) => return read,
        };
        let doubted = (outcome == Outcome::False).then_some(lane);
        let now = self.clock.now();
        self.fetched_keys.remember(key_id, key, doubted, now);
        turn.end(outcome);
        let key = read?;
        if doubted.is_some() {
            return Err(NoKey::NotSigned);
        }
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
    async fn fetch_key(&self, wanted: &WantedKey, lane: FetchLane) -> Result<KnownKey, NoKey> {
        let (key_id, url) = (wanted.claim.key_id.as_str(), &wanted.url);
        let blocks = Arc::clone(&self.context.borrow().rules.blocks);
        let owners = [
            Some(page_of(key_id)),
            stands_under(key_id, &wanted.actor).then_some(wanted.actor.as_str()),
        ];
        if owners
            .into_iter()
            .flatten()
            .any(|owner| blocks.blocks_actor(owner))
        {
            return Err(none("its owner is blocked"));
        }
        let read = self.key_document(url, lane).await?;
        let actor = match RemoteActor::parse(read.json()) {
            Ok(actor) if actor.public_keys.iter().any(|key| key.id == key_id) => actor,
            Ok(_) | Err(_) => {
                let named =
                    find_key(read.json(), key_id).map_err(none_because("the document lacks it"))?;
                let owner =
                    Url::parse(&named.owner).map_err(none_because("its owner is no URL"))?;
                if !same_authority(url, &owner) {
                    return Err(none("its owner is on another host"));
                }
                let read = self.key_document(&owner, lane).await?;
                RemoteActor::parse(read.json()).map_err(none_because("its owner is no actor"))?
            }
        };
        let listed = actor.public_keys.iter().find(|key| key.id == key_id);
        let pem = listed
            .ok_or(none("its owner does not list it"))?
            .pem
            .clone();
        let id = Url::parse(&actor.id).map_err(none_because("its owner's id is no URL"))?;
        if !same_authority(url, &id) {
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

    /// A document that a key may be in. Its reading is bounded and shared, and failures are remembered, because
    /// whoever sent the request is not authenticated yet. A host that refuses us (401, 403) may know only a replaced key
    /// of ours, so its deliveries are wanted later: some senders never repeat what got a 401.
    async fn key_document(&self, url: &Url, lane: FetchLane) -> Result<Remote<AnyDocument>, NoKey> {
        let read = self.key_documents.read(url, lane).await;
        read.map_err(|error| {
            let refuses_us = matches!(
                &error,
                DereferenceError::Fetch(FetchError::Refused(
                    StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN,
                ))
            );
            if refuses_us || error.may_pass() {
                // It is not asked again before that.
                let rests = self.key_documents.rests(url, lane);
                NoKey::Later {
                    wait: rests.map_or(COME_AGAIN, |(_, rest)| rest),
                }
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
