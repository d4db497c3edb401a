//! The two schemes of signatures: which one a request has, and its code.

use http::HeaderMap;

use super::{
    cavage,
    error::{Refusal, SignError},
    message::{Outgoing, Received, Signer, UnverifiedSignature},
    parameters, request, rfc9421,
};
use crate::clock::Millis;

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
