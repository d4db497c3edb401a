//! The test vectors of draft-cavage-12, appendix C: their request, key and signatures.

use super::*;
use crate::signature::PublicKey;

const KEY: &str = "-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDCFENGw33yGihy92pDjZQhl0C3
6rPJj+CvfSC8+q28hxA161QFNUd13wuCTUcq0Qd2qsBe/2hFyc2DCJJg0h1L78+6
Z4UMR7EOcpfdUE9Hf3m/hs+FUR45uBJeDK1HSFHD8bHKD6kv8FPGfJTotc+2xjJw
oYi+1hqp1fIekaxsyQIDAQAB
-----END PUBLIC KEY-----";

const DEFAULT_TEST: &str = concat!(
    "SjWJWbWN7i0wzBvtPl8rbASWz5xQW6mcJmn+ibttBqtifLN7Sazz6m79cNfwwb8DMJ5cou1s7uEGKKCs+FLEEaDV5lp7",
    "q25WqS+lavg7T8hc0GppauB6hbgEKTwblDHYGEtbGmtdHgVCk9SuS13F0hZ8FD0k/5OxEPXe5WozsbM=",
);
const BASIC_TEST: &str = concat!(
    "qdx+H7PHHDZgy4y/Ahn9Tny9V3GP6YgBPyUXMmoxWtLbHpUnXS2mg2+SbrQDMCJypxBLSPQR2aAjn7ndmw2iicw3HMbe",
    "8VfEdKFYRqzic+efkb3nndiv/x1xSHDJWeSWkx3ButlYSuBskLu6kd9Fswtemr3lgdDEmn04swr2Os0=",
);
const ALL_HEADERS_TEST: &str = concat!(
    "vSdrb+dS3EceC9bcwHSo4MlyKS59iFIrhgYkz8+oVLEEzmYZZvRs8rgOp+63LEM3v+MFHB32NfpB2bEKBIvB1q52LaEU",
    "HFv120V01IL+TAD48XaERZFukWgHoBTLMhYS2Gb51gWxpeIq8knRmPnYePbF5MOkR0Zkly4zKH7s1dE=",
);
const TARGET_AND_QUERY: &str = "/foo?param=value&pet=dog";

fn headers() -> HeaderMap {
    let headers = [
        ("host", "example.com"),
        ("date", "Sun, 05 Jan 2014 21:31:40 GMT"),
        ("content-type", "application/json"),
        (
            "digest",
            "SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=",
        ),
        ("content-length", "18"),
    ];
    headers
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .into_iter()
        .collect()
}

/// Whether `signature` covers the parts in `list` of the draft's request.
fn verifies(list: &str, signature: &str, target: &str) -> bool {
    let header =
        format!(r#"keyId="Test",algorithm="rsa-sha256",headers="{list}",signature="{signature}""#);
    let parameters = Parameters::parse(&header).unwrap();
    let (method, headers) = (Method::POST, headers());
    let request = Received {
        method: &method,
        target,
        headers: &headers,
        body: br#"{"hello": "world"}"#,
    };
    let signed = Signed::parse(&parameters).unwrap();
    let message = signing_string(&request, &signed).unwrap().into_bytes();
    let signature = STANDARD.decode(&parameters.signature).unwrap();
    let claim = UnverifiedSignature {
        covered: signed.headers(),
        signed_at: Millis::from_millis(0),
        key_id: parameters.key_id,
        message,
        signature,
    };
    claim
        .verify(&PublicKey::from_weak_pem(KEY).unwrap())
        .is_ok()
}

#[test]
fn the_vectors_of_the_draft_verify() {
    let all = "(request-target) host date content-type digest content-length";
    let vectors = [
        ("date", DEFAULT_TEST),
        ("(request-target) host date", BASIC_TEST),
        (all, ALL_HEADERS_TEST),
    ];
    for (list, signature) in vectors {
        assert!(verifies(list, signature, TARGET_AND_QUERY), "{list}");
        let other = if signature == BASIC_TEST {
            DEFAULT_TEST
        } else {
            BASIC_TEST
        };
        assert!(
            !verifies(list, other, TARGET_AND_QUERY),
            "{list} with the signature of another"
        );
    }
    assert!(
        !verifies("(request-target) host date", BASIC_TEST, "/foo"),
        "the query is signed"
    );
    assert!(
        !verifies("host (request-target) date", BASIC_TEST, TARGET_AND_QUERY),
        "order counts"
    );
}

/// The printed C.3 lists `(created)` and `(expires)` with `rsa-sha256`, which section 2.3 of the same draft
/// forbids, and its signature does not cover them.
#[test]
fn the_third_vector_as_printed_breaks_the_drafts_own_rule() {
    let parameters = Parameters::parse(&format!(
        "keyId=\"Test\",algorithm=\"rsa-sha256\",created=1402170695, expires=1402170699,\
         headers=\"(request-target) (created) (expires) host date content-type digest content-length\",\
         signature=\"{ALL_HEADERS_TEST}\""
    ))
    .unwrap();
    assert_eq!(parameters.created, Some(1_402_170_695));
    assert_eq!(parameters.expires, Some(1_402_170_699));
    assert_eq!(
        Signed::parse(&parameters).unwrap_err(),
        Refusal::Algorithm("rsa-sha256".to_owned())
    );
}

#[test]
fn what_is_signed_is_written_as_the_draft_says() {
    let parameters = Parameters {
        key_id: "Test".to_owned(),
        algorithm: Some("hs2019".to_owned()),
        headers: Some("(created) x-many (request-target) x-empty (expires)".to_owned()),
        created: Some(7),
        expires: Some(9),
        signature: "YQ==".to_owned(),
    };
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("x-many", " one\t"),
        ("x-empty", ""),
        ("x-many", "two,  three"),
    ] {
        headers.append(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    let request = Received {
        method: &Method::DELETE,
        target: "/a?b",
        headers: &headers,
        body: b"",
    };
    let message = signing_string(&request, &Signed::parse(&parameters).unwrap()).unwrap();
    assert_eq!(
        message,
        "(created): 7\nx-many: one, two,  three\n(request-target): delete /a?b\nx-empty: \n(expires): 9"
    );
}
