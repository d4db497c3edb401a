//! Why there was no answer that could be used.

use std::{error::Error, sync::Arc};

use thiserror::Error;

use super::guard::Forbidden;
use crate::signature::SignError;

/// Why a host gave no usable answer. It says nothing about whether a thing still exists: no endorsement ends
/// because of one. Cheap to clone; names hosts, never a path.
#[derive(Clone, Debug, Error)]
pub enum FetchFailure {
    /// The URL, its host's address or a hop on the way is not allowed.
    #[error("the address is not allowed")]
    Forbidden(#[source] Forbidden),
    /// Our own signature could not be made.
    #[error("cannot sign the request")]
    Unsigned(#[source] Arc<SignError>),
    /// The host's name leads to no address.
    #[error("the host's name cannot be looked up")]
    NoAddress(#[source] Arc<dyn Error + Send + Sync>),
    /// No connection, no TLS, or a broken answer.
    #[error("the host cannot be reached")]
    Network(#[source] Arc<reqwest::Error>),
    /// The time was up before the whole answer was there.
    #[error("the host took too long")]
    TimedOut,
    /// Three redirects were followed and there was a fourth.
    #[error("too many redirects")]
    TooManyRedirects,
    /// A redirect leads to a URL of the same chain.
    #[error("redirects in a circle")]
    RedirectLoop,
    /// A redirect does not say where to, or says it twice.
    #[error("a redirect without a target")]
    NoTarget,
    /// A redirect leads to something that is no URL.
    #[error("a redirect to something that is no URL")]
    BadTarget(#[source] url::ParseError),
    /// A redirect leads from a public server into the laboratory, or from https to http.
    #[error("a redirect to a less safe address")]
    Downgrade,
    /// A redirect leads to another registrable domain, where none may.
    #[error("a redirect to another domain")]
    LeavesDomain,
    /// More than [`super::fetch::MAX_DOCUMENT`] bytes after decompression.
    #[error("the document is too big")]
    TooBig,
    /// An encoding that was not offered.
    #[error("the document is encoded in a way that was not asked for")]
    Encoding,
    /// Another media type than what was asked for. Holds the beginning of it.
    #[error("the document has the wrong media type: {0:?}")]
    MediaType(String),
    /// The document is no JSON object with one `id` that is a URL.
    #[error("the document has no usable id")]
    NoId(#[source] Unusable),
    /// The document's `id` is not where it was found, nor is it found there.
    #[error("the document stands under a foreign id")]
    ForeignId,
    /// It failed a short while ago and is not asked again yet; see [`super::single_flight`].
    #[error("the host or document failed a short while ago")]
    Resting,
    /// Too many requests to this domain wait for their turn; see [`super::pace`].
    #[error("too many requests to its domain wait for their turn")]
    Busy,
}

impl FetchFailure {
    /// Whether the host as a whole is in trouble, not just this document.
    pub const fn is_the_hosts_trouble(&self) -> bool {
        matches!(self, Self::NoAddress(_) | Self::Network(_) | Self::TimedOut)
    }

    /// The reason why a name could not be looked up: perhaps the guard's.
    pub(super) fn from_lookup(error: Box<dyn Error + Send + Sync>) -> Self {
        match error.downcast::<Forbidden>() {
            Ok(forbidden) => Self::Forbidden(*forbidden),
            Err(error) => Self::NoAddress(error.into()),
        }
    }
}

/// What is wrong with an `id`.
#[derive(Clone, Debug, Error)]
pub enum Unusable {
    /// No JSON object, no `id`, two of them, or one that is no string.
    #[error("cannot read it as JSON with one id")]
    Json(#[source] Arc<serde_json::Error>),
    /// The `id` is no URL.
    #[error("the id is no URL")]
    Url(#[from] url::ParseError),
}

impl From<serde_json::Error> for Unusable {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(Arc::new(error))
    }
}

impl From<Forbidden> for FetchFailure {
    fn from(forbidden: Forbidden) -> Self {
        Self::Forbidden(forbidden)
    }
}

impl From<reqwest::Error> for FetchFailure {
    /// Finds the guard's [`Forbidden`] among the causes: a refused address comes back as a failed look-up.
    fn from(error: reqwest::Error) -> Self {
        let mut causes = std::iter::successors(error.source(), |&cause| cause.source());
        if let Some(forbidden) = causes.find_map(|cause| cause.downcast_ref::<Forbidden>()) {
            return Self::Forbidden(forbidden.clone());
        }
        if error.is_timeout() {
            return Self::TimedOut;
        }
        // URLs name people; logs must not.
        Self::Network(Arc::new(error.without_url()))
    }
}
