//! The digest of a body that was received, with SHA-256: `Digest` (RFC 3230) and `Content-Digest` (RFC 9530).

use super::{Refusal, body_digest::sha256_base64, request::BLANKS};

/// Compares a received `Digest` with the received body. The name of the algorithm is case-insensitive.
pub(super) fn check(header: &str, body: &[u8]) -> Result<(), Refusal> {
    let is_sha256 = |name: &str| name.eq_ignore_ascii_case("sha-256");
    check_entries(header, is_sha256, &sha256_base64(body))
}

/// Compares a received `Content-Digest` with the received body. Names are lower-case, and bytes stand between
/// colons.
pub(super) fn check_content(header: &str, body: &[u8]) -> Result<(), Refusal> {
    let expected = format!(":{}:", sha256_base64(body));
    check_entries(header, |name| name == "sha-256", &expected)
}

/// There must be an entry with SHA-256, and every such entry must match: of two different ones, another
/// reader might have used the other. Other algorithms are ignored.
fn check_entries(
    header: &str,
    is_sha256: impl Fn(&str) -> bool,
    expected: &str,
) -> Result<(), Refusal> {
    let mut found = false;
    for entry in header.split(',') {
        let Some((algorithm, value)) = entry.trim_matches(BLANKS).split_once('=') else {
            return Err(Refusal::Malformed("a digest has an entry without a value"));
        };
        if !is_sha256(algorithm.trim_end_matches(BLANKS)) {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::signature::BodyDigest;

    fn header(body: &[u8]) -> String {
        BodyDigest::of(body).header()
    }

    fn content_header(body: &[u8]) -> String {
        BodyDigest::of(body).content_header()
    }

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
                Err(Refusal::Malformed("a digest has an entry without a value")),
            ),
            (
                format!("SHA-256={HELLO},"),
                Err(Refusal::Malformed("a digest has an entry without a value")),
            ),
        ];
        for (header, expected) in cases {
            assert_eq!(check(&header, b"hello"), expected, "{header}");
        }
        assert_eq!(header(b""), format!("SHA-256={EMPTY}"));
    }

    /// The body of RFC 9530, appendices A and B, and its digests.
    #[test]
    fn the_vectors_of_rfc_9530_fit() {
        const BODY: &[u8] = b"{\"hello\": \"world\"}\n";
        const SHA_256: &str = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";
        const SHA_512: &str = "sha-512=:YMAam51Jz/jOATT6/zvHrLVgOYTGFy1d6GJiOHTohq4yP+pgk4vf2aCs\
                               yRZOtw8MjkM7iw7yZ/WkppmM44T3qg==:";
        assert_eq!(content_header(BODY), SHA_256);
        assert_eq!(check_content(SHA_256, BODY), Ok(()));
        let both = format!("{SHA_256}, {SHA_512}");
        assert_eq!(check_content(&both, BODY), Ok(()));
        // SHA-512 alone is not read: no known server sends it.
        assert_eq!(check_content(SHA_512, BODY), Err(Refusal::DigestMissing));
    }

    #[test]
    fn a_content_digest_is_as_strict_as_a_digest() {
        let (hello, empty) = (content_header(b"hello"), content_header(b""));
        let in_capitals = hello.replace("sha", "SHA");
        let cases = [
            (hello.clone(), Ok(())),
            (format!("{hello} ,{hello}"), Ok(())),
            (format!("md5=:YQ==:, {hello}"), Ok(())),
            (empty.clone(), Err(Refusal::DigestMismatch)),
            (format!("{hello}, {empty}"), Err(Refusal::DigestMismatch)),
            (format!("{empty}, {hello}"), Err(Refusal::DigestMismatch)),
            (format!("{hello};a=1"), Err(Refusal::DigestMismatch)),
            (hello.replace(':', ""), Err(Refusal::DigestMismatch)),
            (hello.replace(':', "\""), Err(Refusal::DigestMismatch)),
            (in_capitals, Err(Refusal::DigestMissing)),
            (header(b"hello"), Err(Refusal::DigestMissing)),
            (
                "sha-256".to_owned(),
                Err(Refusal::Malformed("a digest has an entry without a value")),
            ),
        ];
        for (header, expected) in cases {
            assert_eq!(check_content(&header, b"hello"), expected, "{header}");
        }
    }

    proptest! {
        #[test]
        fn what_we_send_is_what_we_accept(body: Vec<u8>, other: Vec<u8>, junk: String) {
            let content = content_header(&body);
            prop_assert_eq!(check_content(&content, &body), Ok(()));
            prop_assert_eq!(check_content(&content, &other).is_ok(), body == other);
            prop_assert!(check_content(&junk, &body).is_err());
            prop_assert_eq!(check(&header(&body), &body), Ok(()));
            prop_assert_eq!(check(&header(&body), &other).is_ok(), body == other);
            prop_assert!(check(&junk, &body).is_err());
        }
    }
}
