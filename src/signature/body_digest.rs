//! The digest of a body that we send.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// The SHA-256 of a body that we send, computed once for however many requests carry it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyDigest(String);

impl BodyDigest {
    /// The digest of a body.
    pub fn of(body: &[u8]) -> Self {
        Self(sha256_base64(body))
    }

    /// The `Digest` header (RFC 3230).
    pub(super) fn header(&self) -> String {
        format!("SHA-256={}", self.0)
    }

    /// The `Content-Digest` header (RFC 9530).
    pub(super) fn content_header(&self) -> String {
        format!("sha-256=:{}:", self.0)
    }
}

pub(super) fn sha256_base64(body: &[u8]) -> String {
    STANDARD.encode(digest(&SHA256, body))
}
