//! Who sent this request: HTTP signatures, made and checked, and the RSA keys behind them.
//!
//! Pure: bytes and headers in, a verdict or headers out; `aws-lc-rs` does the arithmetic. Start at
//! [`inspect`] for what arrives and at [`Signer::sign`] for what is sent.
//!
//! **Not here:** fetching a key and deciding whose it is (`federation`), comparing the key's owner
//! with the activity's actor (F-233, with [`same_authority`]), sending, storing, and limits on the
//! size of a body. LD signatures are not verified anywhere (F-149).
//!
//! **Why not the library.** Measured with hand-signed requests (federation.md 5.1), the inbox of
//! `activitypub_federation` 0.7.0-beta.14 accepts a request that was signed for another host, one
//! with nothing but `digest` signed, and dates a year ahead; it ignores the key id; and its RSA
//! takes 2.5 ms to sign and 0.3 ms to verify where aws-lc takes 0.9 ms and 0.03 ms, with an open
//! advisory about timing (product.md 2.7). Anybody who ever got one delivery from somebody could
//! speak to us in that person's name. So what a signature must cover is decided here, row by row in
//! the tests.
//!
//! A request is checked in two steps, because the key has to be fetched in between and nobody is
//! known before that (F-236): [`inspect`] refuses whatever can be refused without a key, and
//! [`UnverifiedSignature::verify`] does the arithmetic.
//!
//! Two schemes are spoken: draft-cavage-12, and RFC 9421 in Mastodon's profile. Which one a request
//! uses is decided first ([`Scheme::of`]), and what cannot be verified is always answered with 401, so
//! that its sender knocks again with the other one (F-157, F-158).

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

/// Signs what we send as one actor.
#[derive(Clone, Debug)]
pub struct Signer {
    /// Where others find the public half: the actor's id and `#main-key` (F-145).
    pub key_id: String,
    /// The key pair; shared, because many deliveries sign at once.
    pub key: Arc<KeyPair>,
}

/// A request of ours that is about to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// The method.
    pub method: &'a Method,
    /// Where it goes; host, port, path and query are signed, user name and password never sent.
    pub url: &'a Url,
    /// An activity. With it, `Content-Type: application/activity+json` is set, and its digest is set
    /// and signed; every POST needs one (F-141), a GET has none (F-150).
    pub body: Option<&'a [u8]>,
    /// The `Accept` header to set and sign, if any.
    pub accept: Option<&'a str>,
}

impl Signer {
    /// The headers that make `request` ours, to be set in place of any of the same name: `host`,
    /// `signature`, with a body its digest and `content-type`, and `accept` if it was given. The
    /// older scheme adds `date` and says `digest`; RFC 9421 adds `signature-input` and says
    /// `content-digest`.
    ///
    /// Others accept a signature for minutes only, so call this for every attempt and never store
    /// what it returns (F-147). Everybody reads [`Scheme::Cavage`], so that is tried first (F-160).
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
    /// The URL has no host, so there is nobody to sign for.
    #[error("cannot sign a request to {0}: it has no host")]
    NoHost(Url),
    /// The key id has a character that a `Signature` header cannot carry.
    #[error("cannot sign with the key id {0:?}: it has a character that no header can carry")]
    KeyId(String),
    /// The present is before 1970 or after 9999, which `Date` cannot say.
    #[error("cannot sign at {0} ms since 1970: the clock is wrong")]
    Clock(i64),
    /// A value, in practice the one for `Accept`, is no header value.
    #[error("cannot sign a request: a value does not fit into a header")]
    Header(#[from] InvalidHeaderValue),
    /// A header that is set has a value that cannot be signed.
    #[error("cannot sign a request: {0}")]
    Unsignable(#[from] Refusal),
    /// The arithmetic failed.
    #[error("cannot compute an RSA signature")]
    Arithmetic(#[source] Unspecified),
}

/// A request as it arrived.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    /// The method.
    pub method: &'a Method,
    /// Path and query exactly as on the request line, before any routing (F-231, F-306).
    pub target: &'a str,
    /// All headers. `Host` is what the sender said, or what our own proxy says that it said.
    pub headers: &'a HeaderMap,
    /// The whole body, before any decoding.
    pub body: &'a [u8],
}

/// The ways to sign a request that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// draft-cavage-http-signatures-12: what nearly everybody sends.
    Cavage,
    /// HTTP Message Signatures: recognised by its `Signature-Input`.
    Rfc9421,
}

impl Scheme {
    /// Which scheme a request with these headers uses: decided before anything is parsed, because
    /// the two share the header `Signature` with different grammars (F-158).
    pub fn of(headers: &HeaderMap) -> Self {
        if headers.contains_key("signature-input") {
            Self::Rfc9421
        } else {
            Self::Cavage
        }
    }
}

/// A request that somebody claims to have signed; it is authentic once [`UnverifiedSignature::verify`] says so.
#[derive(Clone, Debug)]
#[must_use = "a claim is not authentic before it is verified"]
pub struct UnverifiedSignature {
    /// Where the key is to be found, as the sender wrote it: mostly a URL with or without a
    /// fragment (F-145, F-234), not checked here.
    pub key_id: String,
    /// How it is signed.
    pub scheme: Scheme,
    /// The headers that are signed: whoever is to verify this later needs them.
    pub covered: Vec<HeaderName>,
    message: Vec<u8>,
    signature: Vec<u8>,
}

impl UnverifiedSignature {
    /// Whether `key` made this signature. The target counts with its query: none of our inboxes has
    /// one, so leaving it out as others do for old senders (F-143) would only help whoever adds one.
    pub fn verify(&self, key: &PublicKey) -> Result<(), Refusal> {
        if key.verify_rsa_sha256(&self.message, &self.signature) {
            Ok(())
        } else {
            Err(Refusal::SignatureMismatch)
        }
    }
}

/// Checks everything that can be checked without the key: the headers parse, the signature covers
/// enough, host and target are ours, the time is near, and the digest is that of the body
/// (F-142, F-230 … F-232).
///
/// `our_origin` is our scheme, host and port as others address us, without a slash at the end and
/// without the scheme's own port: `https://letter.example`.
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

/// Why a request is not taken for its sender's. All of them are answered with 401, so that a sender
/// who knows another scheme tries that (F-157).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no `Signature` header.
    #[error("the request is not signed")]
    Missing,
    /// Something does not follow the grammar; the text says what.
    #[error("cannot read the signature: {0}")]
    Malformed(&'static str),
    /// The signature is not base64.
    #[error("cannot read the signature: it is not base64")]
    NotBase64(#[from] DecodeError),
    /// A parameter, or a name in the list of what is signed, appears twice (F-142, F-159).
    #[error("cannot read the signature: `{0}` appears twice")]
    Duplicate(String),
    /// A header that must be unique came several times, so that two readers may see two values.
    #[error("the header `{0}` came several times")]
    Repeated(HeaderName),
    /// The algorithm is none of ours, or does not allow what is signed.
    #[error("cannot verify the algorithm `{0}`")]
    Algorithm(String),
    /// What must be signed is not (F-159, F-231).
    #[error("the signature does not cover `{0}`")]
    NotSigned(&'static str),
    /// A header is said to be signed, but the request does not have it.
    #[error("the signed header `{0}` is not in the request")]
    Absent(HeaderName),
    /// There is no digest with SHA-256 (F-159, F-230).
    #[error("the request has no SHA-256 digest of its body")]
    DigestMissing,
    /// The body is not the one that was signed (F-230).
    #[error("the digest is not that of the body")]
    DigestMismatch,
    /// The request was signed for somebody else (F-231).
    #[error("the request was made for another host")]
    WrongHost,
    /// A time that matters cannot be read (F-232).
    #[error("cannot read the time in `{0}`")]
    BadDate(&'static str),
    /// Signed more than 65 minutes ago (F-232).
    #[error("the request was signed too long ago")]
    TooOld,
    /// Signed more than an hour ahead (F-232).
    #[error("the request was signed in the future")]
    InFuture,
    /// Over by its own word (F-232).
    #[error("the signature has expired")]
    Expired,
    /// The key did not make this signature over this request.
    #[error("the signature was not made by this key over this request")]
    SignatureMismatch,
}

/// Host, and port if it is not the scheme's own, as a `Host` header has them; `None` for a URL
/// without a host.
pub fn authority(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(
        url.port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")),
    )
}

/// Whether two URLs belong to the same server: equal host (IDNA, lower case) and equal port, never
/// "ends with" (F-233). URLs without a host belong to nobody, not even to each other.
pub fn same_authority(one: &Url, other: &Url) -> bool {
    one.host().is_some()
        && one.host() == other.host()
        && one.port_or_known_default() == other.port_or_known_default()
}
