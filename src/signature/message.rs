//! Requests to be signed and to be verified, and who signs them.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, Method};
use url::Url;

use super::{
    body_digest::BodyDigest,
    error::Refusal,
    key::{KeyPair, PublicKey},
};
use crate::{
    clock::Millis,
    hash::{Hashing, Sha256},
};

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
    /// The digest of an activity. If there is one, `Content-Type: application/activity+json` is set, and the digest is
    /// set and signed. Every POST needs one, a GET has none.
    pub body: Option<&'a BodyDigest>,
    /// The `Accept` header to set and sign, if any.
    pub accept: Option<&'a str>,
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

/// A signature that was not verified yet; the request is authentic once [`UnverifiedSignature::verify`] succeeds.
#[derive(Clone, Debug)]
#[must_use = "a claim is not authentic before it is verified"]
pub struct UnverifiedSignature {
    /// The id of the key as the sender wrote it: usually a URL with or without a fragment. Not checked here.
    pub key_id: String,
    /// The signed headers, which are needed to verify the request again later.
    pub covered: Vec<HeaderName>,
    /// When it was signed, in whole seconds; of several signed times the earliest.
    pub signed_at: Millis,
    pub(super) message: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

impl UnverifiedSignature {
    /// The hash of the signature with what it signs: a verified request with the same hash is the same one again.
    /// RSASSA-PKCS1-v1_5 makes one signature of each message (RFC 8017, section 8.2), so a repetition cannot be
    /// disguised. The key's id is left out, because it is not signed and may be spelled in several ways.
    pub fn hash(&self) -> Sha256 {
        let mut hashing = Hashing::default();
        hashing.add_part(&self.message);
        hashing.add_part(&self.signature);
        hashing.done()
    }

    /// The bytes that are signed.
    pub fn signed_bytes(&self) -> &[u8] {
        &self.message
    }

    /// The signature: RSASSA-PKCS1-v1_5 with SHA-256.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

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
