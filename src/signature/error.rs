//! Why a request cannot be signed, or its signature is refused.

use aws_lc_rs::error::Unspecified;
use base64::DecodeError;
use http::{HeaderName, header::InvalidHeaderValue};
use url::Url;

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
