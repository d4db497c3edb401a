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

mod body_digest;
mod cavage;
mod digest;
mod error;
mod key;
mod key_id;
mod message;
mod parameters;
mod request;
mod rfc9421;
mod scheme;
mod validity;

#[cfg(test)]
mod tests;

pub use self::{
    body_digest::BodyDigest,
    error::{Refusal, SignError},
    key::{KeyError, KeyPair, PublicKey},
    key_id::{claimed_key, page_of},
    message::{Outgoing, Received, Signer, UnverifiedSignature, authority, same_authority},
    scheme::{Scheme, inspect},
};
