//! Genuine requests that were changed in transit.

use http::HeaderValue;

use super::*;

/// Builds a delivery, checks that it is accepted, and changes it in transit.
fn tampered(change: impl FnOnce(&mut Request)) -> Result<(), Refusal> {
    let mut request = Draft::delivery().sign();
    assert_eq!(request.outcome(), Ok(()), "the genuine twin");
    change(&mut request);
    request.outcome()
}

#[test]
fn another_body_or_host_is_refused() {
    let rows: [(&str, Change<Request>, Result<(), Refusal>); 9] = [
        (
            "body replaced, digest and signature kept",
            |request| request.body = br#"{"type":"Delete"}"#.to_vec(),
            Err(Refusal::DigestMismatch),
        ),
        (
            "body and digest replaced",
            |request| {
                request.body = b"{}".to_vec();
                request.set("digest", &digest_of(b"{}"));
            },
            Err(Refusal::SignatureMismatch),
        ),
        (
            "forged body beside the old digest",
            |request| {
                request.body = b"{}".to_vec();
                request.set(
                    "digest",
                    &format!("{},{}", digest_of(b"{}"), digest_of(BODY)),
                );
            },
            Err(Refusal::DigestMismatch),
        ),
        (
            "a second digest header",
            |request| request.add("digest", &digest_of(BODY)),
            Err(Refusal::Repeated("digest".parse().unwrap())),
        ),
        (
            "no digest",
            |request| drop(request.headers.remove("digest")),
            Err(Refusal::DigestMissing),
        ),
        (
            "another host",
            |request| request.set("host", "attacker.example"),
            Err(Refusal::WrongHost),
        ),
        (
            "our host, another port",
            |request| request.set("host", "letter.example:1"),
            Err(Refusal::WrongHost),
        ),
        (
            "no host",
            |request| drop(request.headers.remove("host")),
            Err(Refusal::Absent(http::header::HOST)),
        ),
        (
            "a second host header",
            |request| request.add("host", "attacker.example"),
            Err(Refusal::Repeated(http::header::HOST)),
        ),
    ];
    for (name, change, expected) in rows {
        assert_eq!(tampered(change), expected, "{name}");
    }
}

#[test]
fn another_target_date_type_or_signature_is_refused() {
    let rows: [(&str, Change<Request>, Result<(), Refusal>); 11] = [
        (
            "another path",
            |request| request.target = "/actor/inbox".to_owned(),
            Err(Refusal::SignatureMismatch),
        ),
        (
            "a query added",
            |request| request.target = "/inbox?a".to_owned(),
            Err(Refusal::SignatureMismatch),
        ),
        (
            "another method",
            |request| request.method = Method::PUT,
            Err(Refusal::SignatureMismatch),
        ),
        (
            "a newer date",
            |request| request.set("date", &date_in(5)),
            Err(Refusal::SignatureMismatch),
        ),
        (
            "a second date",
            |request| request.add("date", &date_in(5)),
            Err(Refusal::Repeated(http::header::DATE)),
        ),
        (
            "no date",
            |request| drop(request.headers.remove("date")),
            Err(Refusal::Absent(http::header::DATE)),
        ),
        (
            "another type where the type is signed",
            |request| request.set("content-type", "application/ld+json"),
            Err(Refusal::SignatureMismatch),
        ),
        (
            "the signed type twice",
            |request| request.add("content-type", "text/html"),
            Err(Refusal::SignatureMismatch),
        ),
        (
            "no type where the type is signed",
            |request| drop(request.headers.remove("content-type")),
            Err(Refusal::Absent(http::header::CONTENT_TYPE)),
        ),
        (
            "no signature",
            |request| drop(request.headers.remove("signature")),
            Err(Refusal::Missing),
        ),
        (
            "two signatures",
            |request| request.add("signature", "keyId=\"a\",signature=\"YQ==\""),
            Err(Refusal::Repeated("signature".parse().unwrap())),
        ),
    ];
    for (name, change, expected) in rows {
        assert_eq!(tampered(change), expected, "{name}");
    }
}

#[test]
fn a_signature_by_another_key_or_scheme_is_refused() {
    let stranger = PublicKey::from_pem(&KeyPair::generate().unwrap().public_key_pem()).unwrap();
    let claim = Draft::delivery().sign().inspect().unwrap();
    assert_eq!(claim.key_id, "https://far.example/users/a#main-key");
    assert_eq!(claim.verify(&SENDERS_KEY), Ok(()));
    assert_eq!(claim.verify(&stranger), Err(Refusal::SignatureMismatch));

    let not_base64 = tampered(|request| {
        let header = header(request, "signature")
            .unwrap()
            .replace("signature=\"", "signature=\"!");
        request.set("signature", &header);
    });
    assert!(matches!(not_base64, Err(Refusal::NotBase64(_))));
    let duplicate = tampered(|request| {
        let header = format!("{},keyId=\"b\"", header(request, "signature").unwrap());
        request.set("signature", &header);
    });
    assert_eq!(duplicate, Err(Refusal::Duplicate("keyId".to_owned())));
    let not_ascii = tampered(|request| {
        request
            .headers
            .insert("digest", HeaderValue::from_bytes(b"SHA-256=\xff").unwrap());
    });
    assert_eq!(
        not_ascii,
        malformed("a header that matters has bytes outside ASCII")
    );

    // `Signature-Input` alone selects RFC 9421, and this `Signature` does not fit that scheme.
    let both = tampered(|request| {
        let input = "sig1=(\"@method\" \"@target-uri\");created=1795348800;keyid=\"a\"";
        request.set("signature-input", input);
    });
    assert_eq!(both, malformed("a header is no dictionary"));
}
