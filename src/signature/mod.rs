//! HTTP signatures, made and verified, and the RSA keys behind them.
//!
//! Pure: bytes and headers in, a verdict or headers out; `aws-lc-rs` does the computation. Start at
//! [`inspect`] for incoming requests and at [`Signer::sign`] for outgoing ones.
//!
//! **Not here:** fetching a key and finding its owner (`federation`), comparing the owner's host with the
//! activity's (with [`same_authority`]), sending, storing, and limits on the size of a body. LD signatures
//! are never verified: advisories against Mastodon and Fedify show how signed documents can be rearranged.
//!
//! **Why not the library.** Measured with hand-signed requests, the inbox of `activitypub_federation`
//! 0.7.0-beta.14 accepts a request that was signed for another host, one that signs nothing but `digest`, and
//! dates a year ahead; it ignores the key id. Its RSA takes 2.5 ms to sign and 0.3 ms to verify where aws-lc
//! takes 0.9 ms and 0.03 ms, and has an open timing advisory. Anybody who ever received a delivery from an
//! actor could impersonate that actor. So the coverage of a signature is checked here, and tested row by row.
//!
//! A request is checked in two steps, because the key has to be fetched in between, and that fetch happens
//! for an unauthenticated sender: [`inspect`] refuses everything that can be refused without a key, and
//! [`UnverifiedSignature::verify`] checks the signature.
//!
//! Two schemes are supported: draft-cavage-12, and RFC 9421 in Mastodon's profile. The scheme of a request is
//! determined first ([`Scheme::of`]). A request that cannot be verified is always answered with 401, so that
//! its sender retries with the other scheme (double-knocking).

mod cavage;
mod digest;
mod key;
mod key_id;
mod parameters;
mod request;
mod rfc9421;
mod validity;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use aws_lc_rs::error::Unspecified;
use base64::DecodeError;
use http::{HeaderMap, HeaderName, Method, header::InvalidHeaderValue};
use url::Url;

pub use self::{
    key::{KeyError, KeyPair, PublicKey},
    key_id::claimed_key,
};
use crate::clock::Millis;

/// Signs outgoing requests as one actor.
#[derive(Clone, Debug)]
pub struct Signer {
    /// The id of the public key: the actor's id and `#main-key`.
    pub key_id: String,
    /// The key pair; shared, because many deliveries are signed at once.
    pub key: Arc<KeyPair>,
}

/// An outgoing request.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// The method.
    pub method: &'a Method,
    /// The destination. Host, port, path and query are signed; user name and password are never sent.
    pub url: &'a Url,
    /// An activity. If there is one, `Content-Type: application/activity+json` is set, and its digest is set
    /// and signed. Every POST needs one, a GET has none.
    pub body: Option<&'a [u8]>,
    /// The `Accept` header to set and sign, if any.
    pub accept: Option<&'a str>,
}

impl Signer {
    /// The headers that sign `request`, to be set in place of any of the same name: `host`, `signature`,
    /// `accept` if it was given, and with a body its digest and `content-type`. The older scheme adds `date`
    /// and uses `digest`; RFC 9421 adds `signature-input` and uses `content-digest`.
    ///
    /// Mastodon accepts a signature without an expiry for five minutes (plus an hour for clocks that differ),
    /// so sign every attempt anew and never store the result. Every server reads [`Scheme::Cavage`], so try
    /// that first.
    pub fn sign(
        &self,
        request: &Outgoing<'_>,
        scheme: Scheme,
        now: Millis,
    ) -> Result<HeaderMap, SignError> {
        if !parameters::is_quotable(&self.key_id) {
            return Err(SignError::KeyId(self.key_id.clone()));
        }
        match scheme {
            Scheme::Cavage => cavage::sign(self, request, now),
            Scheme::Rfc9421 => rfc9421::sign(self, request, now),
        }
    }
}

/// Why a request could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The URL has no host.
    #[error("cannot sign a request to {0}: it has no host")]
    NoHost(Url),
    /// The key id has a character that a `Signature` header cannot carry.
    #[error("cannot sign with the key id {0:?}: it has a character that no header can carry")]
    KeyId(String),
    /// The time is before 1970 or after 9999, which `Date` cannot express.
    #[error("cannot sign at {0} ms since 1970: the clock is wrong")]
    Clock(i64),
    /// A value, in practice the one for `Accept`, is not a valid header value.
    #[error("cannot sign a request: a value does not fit into a header")]
    Header(#[from] InvalidHeaderValue),
    /// A header that is set has a value that cannot be signed.
    #[error("cannot sign a request: {0}")]
    Unsignable(#[from] Refusal),
    /// The computation failed.
    #[error("cannot compute an RSA signature")]
    Arithmetic(#[source] Unspecified),
}

/// A request as received.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    /// The method.
    pub method: &'a Method,
    /// Path and query exactly as on the request line. A nested router would strip its prefix, and the
    /// signature would not match.
    pub target: &'a str,
    /// All headers. `Host` is the sender's, or the one that our own proxy reports.
    pub headers: &'a HeaderMap,
    /// The whole body, before any decoding.
    pub body: &'a [u8],
}

/// The supported signature schemes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// draft-cavage-http-signatures-12: the scheme of nearly all servers.
    Cavage,
    /// HTTP Message Signatures (RFC 9421), recognised by `Signature-Input`.
    Rfc9421,
}

impl Scheme {
    /// The scheme of a request with these headers. It is determined before anything is parsed, because both
    /// schemes use the header `Signature` with different grammars.
    pub fn of(headers: &HeaderMap) -> Self {
        if headers.contains_key("signature-input") {
            Self::Rfc9421
        } else {
            Self::Cavage
        }
    }
}

/// A signature that was not verified yet; the request is authentic once [`UnverifiedSignature::verify`] succeeds.
#[derive(Clone, Debug)]
#[must_use = "a claim is not authentic before it is verified"]
pub struct UnverifiedSignature {
    /// The id of the key as the sender wrote it: usually a URL with or without a fragment. Not checked here.
    pub key_id: String,
    /// The signed headers, which are needed to verify the request again later.
    pub covered: Vec<HeaderName>,
    message: Vec<u8>,
    signature: Vec<u8>,
}

impl UnverifiedSignature {
    /// Whether `key` made this signature. The target includes its query. Other servers accept signatures
    /// without it for old senders; our inboxes have no query, so that would only help an attacker who adds
    /// one.
    pub fn verify(&self, key: &PublicKey) -> Result<(), Refusal> {
        if key.verify_rsa_sha256(&self.message, &self.signature) {
            Ok(())
        } else {
            Err(Refusal::SignatureMismatch)
        }
    }
}

/// Checks everything that can be checked without the key: the headers can be parsed, the signature covers
/// enough, host and target are ours, the time is within the window, and the digest is that of the body.
///
/// `our_origin` is our scheme, host and port as others address us, without a trailing slash and without a
/// default port: `https://letter.example`.
pub fn inspect(
    request: &Received<'_>,
    our_origin: &str,
    now: Millis,
) -> Result<UnverifiedSignature, Refusal> {
    let claim = match Scheme::of(request.headers) {
        Scheme::Cavage => cavage::inspect(request, our_origin, now),
        Scheme::Rfc9421 => rfc9421::inspect(request, our_origin, now),
    }?;
    if claim.message.len() > request::MAX_MESSAGE {
        return Err(Refusal::Malformed("what is signed is too long"));
    }
    Ok(claim)
}

/// Why the signature of a request is refused. Every refusal is answered with 401, so that a sender that
/// supports another scheme tries that.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no `Signature` header.
    #[error("the request is not signed")]
    Missing,
    /// A syntax error; the text explains it.
    #[error("cannot read the signature: {0}")]
    Malformed(&'static str),
    /// The signature is not base64.
    #[error("cannot read the signature: it is not base64")]
    NotBase64(#[from] DecodeError),
    /// A parameter, or a name in the list of signed parts, appears twice.
    #[error("cannot read the signature: `{0}` appears twice")]
    Duplicate(String),
    /// A header that must be unique occurs several times, so that two readers may see two values.
    #[error("the header `{0}` came several times")]
    Repeated(HeaderName),
    /// The algorithm is not supported, or does not allow what is signed.
    #[error("cannot verify the algorithm `{0}`")]
    Algorithm(String),
    /// A required part is not signed.
    #[error("the signature does not cover `{0}`")]
    NotSigned(&'static str),
    /// A signed header is not in the request.
    #[error("the signed header `{0}` is not in the request")]
    Absent(HeaderName),
    /// There is no SHA-256 digest.
    #[error("the request has no SHA-256 digest of its body")]
    DigestMissing,
    /// The body does not match its digest.
    #[error("the digest is not that of the body")]
    DigestMismatch,
    /// The request was signed for another host.
    #[error("the request was made for another host")]
    WrongHost,
    /// A time that is required cannot be read.
    #[error("cannot read the time in `{0}`")]
    BadDate(&'static str),
    /// Signed more than 65 minutes ago.
    #[error("the request was signed too long ago")]
    TooOld,
    /// Signed more than an hour ahead.
    #[error("the request was signed in the future")]
    InFuture,
    /// Expired by the signature's own expiry.
    #[error("the signature has expired")]
    Expired,
    /// The key did not make this signature over this request.
    #[error("the signature was not made by this key over this request")]
    SignatureMismatch,
}

/// The host, with its port if it is not the scheme's default, as in a `Host` header; `None` for a URL without
/// a host.
pub fn authority(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(
        url.port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")),
    )
}

/// Whether two URLs are on the same server: equal host (IDNA, lower case) and equal port, never a suffix
/// match. URLs without a host match nothing, not even each other.
pub fn same_authority(one: &Url, other: &Url) -> bool {
    one.host().is_some()
        && one.host() == other.host()
        && one.port_or_known_default() == other.port_or_known_default()
}
