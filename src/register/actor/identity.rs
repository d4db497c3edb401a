//! The letter's identity and the key pairs of its two actors, made once.

use std::collections::BTreeMap;

use url::Url;

use crate::{
    activitystreams::{OwnActor, ShownKey, Urls},
    clock::Millis,
    config::on_localhost,
    register::error::{Error, Result},
    signature::KeyPair,
    store::{Identity, OwnKey, Store, Topic, Tx},
};

/// The name of the letter actor's key in the store.
pub const LETTER_KEY: &str = "letter";
/// The name of the instance actor's key in the store.
pub const INSTANCE_KEY: &str = "instance";

/// The name of an actor's keys in the store.
#[must_use]
pub const fn key_name(actor: OwnActor) -> &'static str {
    match actor {
        OwnActor::Letter => LETTER_KEY,
        OwnActor::Instance => INSTANCE_KEY,
    }
}

/// A key pair of ours.
#[derive(Debug)]
pub struct OwnKeyPair {
    /// Its number among the keys of its actor, from 1; its public id is made of it.
    pub number: i64,
    /// Both halves.
    pub pair: KeyPair,
}

/// Our key pairs.
#[derive(Debug)]
pub struct Keys {
    /// Signs the letter actor's activities.
    pub letter: OwnKeyPair,
    /// Signs our fetches, and what the instance actor says.
    pub instance: OwnKeyPair,
    /// Earlier keys by their row ids, with their actors, as long as hosts were not told of a newer one.
    pub former: BTreeMap<i64, (OwnActor, OwnKeyPair)>,
}

/// The result of claiming the identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimedIdentity {
    /// The database had none.
    New,
    /// The database had this one.
    Known,
    /// It replaced another one, which nobody outside knew.
    Replaced(Identity),
}

/// Claims the identity of `urls` in this transaction. An earlier one is replaced only where both are on localhost and
/// nobody outside knows it. Of two first starts at once, the second one waits for the first
/// and finds everything done.
///
/// # Errors
/// [`Error::Identity`] when others know this database by another identity.
pub async fn claim(tx: &mut Tx, urls: &Urls, now: Millis) -> Result<ClaimedIdentity> {
    let wanted = Identity {
        base_url: urls.origin().to_owned(),
        username: urls.username().to_owned(),
        created_at: now,
        moved_to: None,
        moved_at: None,
        retired_at: None,
    };
    if tx.claim_identity(&wanted).await? {
        return Ok(ClaimedIdentity::New);
    }
    let known = tx.identity().await?.unwrap_or_else(|| wanted.clone());
    if (&known.base_url, &known.username) == (&wanted.base_url, &wanted.username) {
        return Ok(ClaimedIdentity::Known);
    }
    let on_localhost = |identity: &Identity| is_on_localhost(&identity.base_url);
    // A retired identity is never replaced, whatever the new one is.
    if known.retired_at.is_some()
        || !(on_localhost(&known) && on_localhost(&wanted))
        || !tx.is_unknown_outside().await?
    {
        return Err(another(&known, urls));
    }
    tx.forget_publication().await?;
    tx.save_identity(&wanted).await?;
    tx.changed(&[Topic::Identity, Topic::Letter]).await?;
    Ok(ClaimedIdentity::Replaced(known))
}

/// The keys for a read-only server: what `init` makes has to exist, and to be of this identity.
///
/// # Errors
/// [`Error::NoLetter`] when there are none, [`Error::Identity`] when the database is another letter's.
pub async fn keys_as_they_are(tx: &mut Tx, urls: &Urls) -> Result<Keys> {
    known_keys(tx, urls).await?.ok_or(Error::NoLetter)
}

/// The keys of a letter that `init` made; `None` in a database without identity or without keys.
///
/// # Errors
/// [`Error::Identity`] when the database is another letter's.
pub async fn known_keys(tx: &mut Tx, urls: &Urls) -> Result<Option<Keys>> {
    let Some(known) = tx.identity().await? else {
        return Ok(None);
    };
    if (known.base_url.as_str(), known.username.as_str()) != (urls.origin(), urls.username()) {
        return Err(another(&known, urls));
    }
    stored_keys(tx).await
}

/// The error that the database is another letter's.
fn another(known: &Identity, urls: &Urls) -> Error {
    Error::Identity {
        known: format!("{} as @{}", known.base_url, known.username),
        wanted: format!("{} as @{}", urls.origin(), urls.username()),
    }
}

/// Whether only this machine reaches an identity with this address.
fn is_on_localhost(base_url: &str) -> bool {
    Url::parse(base_url).is_ok_and(|url| on_localhost(&url))
}

/// Our keys; missing ones are generated and stored, once.
///
/// Generating a key takes a second or two of computation, so it happens before the transaction begins. A second
/// process that generates one at the same time uses the one that was stored first.
pub async fn ensure_keys(store: &Store, now: Millis) -> Result<Keys> {
    if let Some(keys) = stored_keys(&mut store.read().await?).await? {
        return Ok(keys);
    }
    let (letter, instance) = (new_key_pair().await?, new_key_pair().await?);
    let mut tx = store.write().await?;
    if let Some(keys) = stored_keys(&mut tx).await? {
        return Ok(keys);
    }
    tx.add_own_key(LETTER_KEY, letter.to_pkcs8(), now).await?;
    tx.add_own_key(INSTANCE_KEY, instance.to_pkcs8(), now)
        .await?;
    let keys = stored_keys(&mut tx).await?;
    let keys = keys.ok_or(Error::NoKey(LETTER_KEY))?;
    tx.changed(&[Topic::Identity]).await?;
    tx.commit().await?;
    Ok(keys)
}

/// Generates a key pair on a blocking thread.
///
/// # Errors
/// [`Error::Key`] when the generation fails.
pub async fn new_key_pair() -> Result<KeyPair> {
    match tokio::task::spawn_blocking(KeyPair::generate).await {
        Ok(made) => Ok(made?),
        Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
    }
}

/// Our keys as they are stored; `None` before they were generated.
pub async fn stored_keys(tx: &mut Tx) -> Result<Option<Keys>> {
    let (letter, instance) = (
        tx.own_key(LETTER_KEY).await?,
        tx.own_key(INSTANCE_KEY).await?,
    );
    let (Some(letter), Some(instance)) = (letter, instance) else {
        return Ok(None);
    };
    let mut former = BTreeMap::new();
    for key in tx.former_keys().await? {
        let owner = if key.actor == LETTER_KEY {
            OwnActor::Letter
        } else {
            OwnActor::Instance
        };
        former.insert(key.id, (owner, key_pair(&key)?));
    }
    Ok(Some(Keys {
        letter: key_pair(&letter)?,
        instance: key_pair(&instance)?,
        former,
    }))
}

fn key_pair(key: &OwnKey) -> Result<OwnKeyPair> {
    Ok(OwnKeyPair {
        number: key.number,
        pair: KeyPair::from_pkcs8(&key.pkcs8)?,
    })
}

/// The public halves of our keys as a server shows them. They change in the moment in which it begins to sign with the
/// private ones, so that servers that fetch our document to verify a signature find the right key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownKeys {
    /// The letter's.
    pub letter: ShownKey,
    /// The instance actor's.
    pub instance: ShownKey,
}

impl From<&Keys> for ShownKeys {
    fn from(keys: &Keys) -> Self {
        Self {
            letter: public_half(&keys.letter),
            instance: public_half(&keys.instance),
        }
    }
}

fn public_half(key: &OwnKeyPair) -> ShownKey {
    ShownKey {
        number: key.number,
        pem: key.pair.public_key_pem(),
    }
}

/// The public half of an actor's newest key as this transaction sees it.
///
/// # Errors
/// [`Error::NoKey`] before `serve` or `init` made keys.
pub async fn shown_key(tx: &mut Tx, actor: OwnActor) -> Result<ShownKey> {
    let name = key_name(actor);
    let key = tx.own_key(name).await?.ok_or(Error::NoKey(name))?;
    Ok(public_half(&key_pair(&key)?))
}
