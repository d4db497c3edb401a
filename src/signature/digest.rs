//! The `Digest` header (RFC 3230) with SHA-256.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{BLANKS, Refusal};

/// The header for a body that we send (F-141).
pub(super) fn header(body: &[u8]) -> String {
    format!("SHA-256={}", sha256_base64(body))
}

/// Compares a received header with the received body (F-230).
///
/// The name of the algorithm is case-insensitive. There must be an entry with SHA-256, and every
/// one must fit: of two that differ, somebody else might have read the other. Other algorithms do
/// not count.
pub(super) fn check(header: &str, body: &[u8]) -> Result<(), Refusal> {
    let expected = sha256_base64(body);
    let mut found = false;
    for entry in header.split(',') {
        let Some((algorithm, value)) = entry.trim_matches(BLANKS).split_once('=') else {
            return Err(Refusal::Malformed("`Digest` has an entry without a value"));
        };
        if !algorithm
            .trim_end_matches(BLANKS)
            .eq_ignore_ascii_case("sha-256")
        {
            continue;
        }
        if value.trim_start_matches(BLANKS) != expected {
            return Err(Refusal::DigestMismatch);
        }
        found = true;
    }
    if found {
        Ok(())
    } else {
        Err(Refusal::DigestMissing)
    }
}

fn sha256_base64(body: &[u8]) -> String {
    STANDARD.encode(digest(&SHA256, body))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_sha_256_entry_must_be_that_of_the_body() {
        // SHA-256 of nothing and of "hello", as `openssl dgst` prints them.
        const EMPTY: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        const HELLO: &str = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";
        let cases = [
            (format!("SHA-256={HELLO}"), Ok(())),
            (format!("sha-256={HELLO}"), Ok(())),
            (format!("Sha-256={HELLO} , SHA-256={HELLO}"), Ok(())),
            (format!("MD5=abc,SHA-256={HELLO},unixsum=30637"), Ok(())),
            (format!("SHA-256={EMPTY}"), Err(Refusal::DigestMismatch)),
            (
                format!("SHA-256={HELLO},SHA-256={EMPTY}"),
                Err(Refusal::DigestMismatch),
            ),
            (
                format!("SHA-256={EMPTY},sha-256={HELLO}"),
                Err(Refusal::DigestMismatch),
            ),
            (
                format!("SHA-256={}", HELLO.trim_end_matches('=')),
                Err(Refusal::DigestMismatch),
            ),
            ("SHA-256=".to_owned(), Err(Refusal::DigestMismatch)),
            ("SHA-512=abc".to_owned(), Err(Refusal::DigestMissing)),
            (
                String::new(),
                Err(Refusal::Malformed("`Digest` has an entry without a value")),
            ),
            (
                format!("SHA-256={HELLO},"),
                Err(Refusal::Malformed("`Digest` has an entry without a value")),
            ),
        ];
        for (header, expected) in cases {
            assert_eq!(check(&header, b"hello"), expected, "{header}");
        }
        assert_eq!(header(b""), format!("SHA-256={EMPTY}"));
    }

    proptest! {
        #[test]
        fn what_we_send_is_what_we_accept(body: Vec<u8>, other: Vec<u8>, junk: String) {
            prop_assert_eq!(check(&header(&body), &body), Ok(()));
            prop_assert_eq!(check(&header(&body), &other).is_ok(), body == other);
            prop_assert!(check(&junk, &body).is_err());
        }
    }
}
