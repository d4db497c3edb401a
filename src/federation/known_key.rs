//! A key with its owner, and why there is none.

use std::{sync::Arc, time::Duration};

use crate::{signature::PublicKey, store::NewActor};

/// A key and its owner.
#[derive(Clone, Debug)]
pub struct KnownKey {
    /// The owner's actor id.
    pub actor: String,
    /// The key.
    pub key: PublicKey,
    /// The key as PEM, as its owner wrote it.
    pub pem: Arc<str>,
    /// What the owner's document says, when it was read just now.
    pub document: Option<Box<NewActor>>,
    /// Whether it came from memory, so that it need not be put there.
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
    /// The key under the key id did not make the signature: 401, as if there were none.
    #[error("the key of its owner did not make the signature")]
    NotSigned,
    /// Too many key ids that led to no key came from this address: 429.
    #[error("too many keys of strangers were asked for")]
    TooOften {
        /// How long to wait.
        wait: Duration,
    },
    /// The owner's server cannot be asked now, or the key was not there in time: 503.
    #[error("the key's server cannot be reached now")]
    Later {
        /// After how long it may be asked again.
        wait: Duration,
    },
    /// Our own database cannot be asked now: 503.
    #[error("the register cannot be read now")]
    Register,
}
