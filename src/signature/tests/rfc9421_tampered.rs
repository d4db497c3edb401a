//! Genuine requests by RFC 9421 that were changed in transit.

use http::HeaderValue;

use super::{
    rfc9421_accepted::{Message, content_digest_of},
    *,
};

/// Builds a delivery, checks that it is accepted, and changes it in transit.
fn tampered(change: impl FnOnce(&mut Request)) -> Result<(), Refusal> {
    let mut request = Message::delivery().sign();
    assert_eq!(request.outcome(), Ok(()), "the genuine twin");
    change(&mut request);
    request.outcome()
}

fn edited(name: &'static str, from: &str, to: &str) -> Result<(), Refusal> {
    tampered(|request| {
        let genuine = header(request, name).unwrap();
        let changed = genuine.replace(from, to);
        assert_ne!(genuine, changed);
        request.set(name, &changed);
    })
}

#[test]
fn another_body_method_target_or_host_is_refused() {
    let rows: [(&str, Change<Request>, Result<(), Refusal>); 13] = [
        (
            "body replaced, digest and signature kept",
            |request| request.body = br#"{"type":"Delete"}"#.to_vec(),
            Err(Refusal::DigestMismatch),
        ),
        (
            "body and digest replaced",
            |request| {
                request.body = b"{}".to_vec();
                request.set("content-digest", &content_digest_of(b"{}"));
            },
            Err(Refusal::SignatureMismatch),
        ),
        (
            "forged body beside the old digest",
            |request| {
                request.body = b"{}".to_vec();
                let both = [content_digest_of(b"{}"), content_digest_of(BODY)];
                request.set("content-digest", &both.join(", "));
            },
            Err(Refusal::DigestMismatch),
        ),
        (
            "a second digest header",
            |request| request.add("content-digest", &content_digest_of(BODY)),
            Err(Refusal::Repeated("content-digest".parse().unwrap())),
        ),
        (
            "no digest",
            |request| drop(request.headers.remove("content-digest")),
            Err(Refusal::DigestMissing),
        ),
        (
            "the older digest in place of the newer",
            |request| {
                request.headers.remove("content-digest");
                request.set("digest", &digest_of(BODY));
            },
            Err(Refusal::DigestMissing),
        ),
        (
            "another method",
            |request| request.method = Method::PUT,
            Err(Refusal::SignatureMismatch),
        ),
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

/// A former recipient of Ada's activities has this request with her signature, and sends it on to us.
#[test]
fn a_request_to_another_host_is_refused_however_the_host_was_signed() {
    for list in [
        r#""@method" "@target-uri" "content-digest""#,
        r#""@method" "@authority" "@request-target" "content-digest""#,
        r#""@method" "@authority" "@path" "@query" "content-digest""#,
    ] {
        let mut message = Message::delivery();
        message.list = list;
        assert_eq!(message.clone().sign().outcome(), Ok(()), "{list}");
        message.origin = "https://attacker.example";
        let outcome = message.sign().outcome();
        assert_eq!(outcome, Err(Refusal::SignatureMismatch), "{list}");
    }
}

const NOT_ONE: &str = "there is not exactly one signature";
const TWICE: &str = "a dictionary is not in its canonical form, or has a name twice";

#[test]
fn another_signature_is_refused() {
    let rows: [(&str, Change<Request>, Result<(), Refusal>); 10] = [
        (
            "no signature",
            |request| drop(request.headers.remove("signature")),
            Err(Refusal::Missing),
        ),
        (
            "a second header",
            |request| request.add("signature", "sig2=:YQ==:"),
            Err(Refusal::Repeated("signature".parse().unwrap())),
        ),
        (
            "one of the older scheme as well",
            |request| request.add("signature", "keyId=\"a\",signature=\"YQ==\""),
            Err(Refusal::Repeated("signature".parse().unwrap())),
        ),
        (
            "one of the older scheme instead",
            |request| request.set("signature", "keyId=\"a\",signature=\"YQ==\""),
            malformed("a header is no dictionary"),
        ),
        (
            "another label",
            |request| request.set("signature", "sig2=:YQ==:"),
            malformed("`Signature` and `Signature-Input` name different signatures"),
        ),
        (
            "no label",
            |request| request.set("signature", ""),
            malformed(TWICE),
        ),
        (
            "one with a parameter",
            |request| request.set("signature", "sig1=:YQ==:;a"),
            malformed("`Signature` has no bytes"),
        ),
        (
            "a text",
            |request| request.set("signature", "sig1=\"YQ==\""),
            malformed("`Signature` has no bytes"),
        ),
        (
            "base64 with bits to spare",
            |request| request.set("signature", "sig1=:YR==:"),
            malformed(TWICE),
        ),
        (
            "other bytes",
            |request| request.set("signature", "sig1=:YQ==:"),
            Err(Refusal::SignatureMismatch),
        ),
    ];
    for (name, change, expected) in rows {
        assert_eq!(tampered(change), expected, "{name}");
    }
    let not_ascii = tampered(|request| {
        let value = HeaderValue::from_bytes(b"sig1=:\xff:").unwrap();
        request.headers.insert("signature", value);
    });
    assert_eq!(
        not_ascii,
        malformed("a header that matters has bytes outside ASCII")
    );
}

#[test]
fn anything_but_one_signature_is_refused() {
    const LIST: &str = "sig2=(\"@method\");created=1;keyid=\"a\"";
    let twice = |name: &'static str, label: &str| {
        tampered(|request| {
            let one = header(request, name).unwrap();
            let two = format!("{one}, {}", one.replace("sig1", label));
            request.set(name, &two);
        })
    };
    for name in ["signature", "signature-input"] {
        assert_eq!(twice(name, "sig2"), malformed(NOT_ONE), "{name}");
        assert_eq!(twice(name, "sig1"), malformed(TWICE), "{name}");
    }
    let repeated = tampered(|request| request.add("signature-input", LIST));
    let name = "signature-input".parse().unwrap();
    assert_eq!(repeated, Err(Refusal::Repeated(name)));
    let nothing = tampered(|request| request.set("signature-input", "sig1=:YQ==:"));
    assert_eq!(nothing, malformed("`Signature-Input` lists nothing"));
    let both = tampered(|request| {
        request.set("signature", "sig1=:YQ==:, sig2=:YQ==:");
        let list = format!("{}, {LIST}", header(request, "signature-input").unwrap());
        request.set("signature-input", &list);
    });
    assert_eq!(both, malformed(NOT_ONE));
}

/// The whole text after the label in `Signature-Input` is signed.
#[test]
fn another_parameter_is_refused() {
    for (from, to) in [
        ("created=1795348800", "created=1795348801"),
        ("users/a#", "users/b#"),
        ("@target-uri", "@authority\" \"@request-target"),
        ("\"@method\" \"@target-uri\"", "\"@target-uri\" \"@method\""),
        (";keyid", ";nonce=\"a\";keyid"),
        (";keyid", ";alg=\"rsa-v1_5-sha256\";keyid"),
        (";keyid", ";expires=1795359999;keyid"),
    ] {
        let outcome = edited("signature-input", from, to);
        assert_eq!(outcome, Err(Refusal::SignatureMismatch), "{to}");
    }
    let stranger = PublicKey::from_pem(&KeyPair::generate().unwrap().public_key_pem()).unwrap();
    let claim = Message::delivery().sign().inspect().unwrap();
    assert_eq!(claim.verify(&SENDERS_KEY), Ok(()));
    assert_eq!(claim.verify(&stranger), Err(Refusal::SignatureMismatch));
}
