//! The output of [`Signer`], and how hosts are written and compared.

use http::HeaderValue;
use proptest::prelude::*;

use super::*;

fn signer() -> Signer {
    Signer {
        key_id: "https://letter.example/actor#main-key".to_owned(),
        key: Arc::clone(&SENDER),
    }
}

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

/// The request that arrives when we send this in the form that most servers expect.
fn sent(method: Method, url: &Url, body: Option<&[u8]>, accept: Option<&str>) -> Request {
    sent_as(Scheme::Cavage, method, url, body, accept)
}

/// The same in either scheme.
fn sent_as(
    scheme: Scheme,
    method: Method,
    url: &Url,
    body: Option<&[u8]>,
    accept: Option<&str>,
) -> Request {
    let digest = body.map(BodyDigest::of);
    let outgoing = Outgoing {
        method: &method,
        url,
        body: digest.as_ref(),
        accept,
    };
    let headers = signer().sign(&outgoing, scheme, NOW).unwrap();
    let target = target_of(url);
    Request {
        method,
        target,
        headers,
        body: body.unwrap_or_default().to_vec(),
    }
}

fn target_of(url: &Url) -> String {
    url.query().map_or_else(
        || url.path().to_owned(),
        |query| format!("{}?{query}", url.path()),
    )
}

#[test]
fn a_delivery_of_ours_is_what_others_ask_for() {
    let request = sent(
        Method::POST,
        &url("https://letter.example/inbox"),
        Some(BODY),
        None,
    );
    assert_eq!(request.outcome(), Ok(()));
    assert_eq!(request.headers.len(), 5);
    assert_eq!(header(&request, "host"), Some(OURS));
    assert_eq!(header(&request, "date"), Some(DATE));
    assert_eq!(header(&request, "digest"), Some(digest_of(BODY).as_str()));
    assert_eq!(
        header(&request, "content-type"),
        Some("application/activity+json")
    );
    let start = "keyId=\"https://letter.example/actor#main-key\",algorithm=\"rsa-sha256\",\
                 headers=\"(request-target) host date digest content-type\",signature=\"";
    assert!(header(&request, "signature").unwrap().starts_with(start));
    // PKCS#1 v1.5 has no randomness: equal signing strings give equal signatures.
    assert_eq!(
        header(&request, "signature")
            .unwrap()
            .rsplit_once("signature=")
            .unwrap()
            .1,
        header(&Draft::delivery().sign(), "signature")
            .unwrap()
            .rsplit_once("signature=")
            .unwrap()
            .1,
    );
}

#[test]
fn a_fetch_of_ours_signs_target_host_and_date_and_accept_if_there_is_one() {
    let page = url("https://letter.example/users/a?page=1");
    let plain = sent(Method::GET, &page, None, None);
    assert_eq!(plain.outcome(), Ok(()));
    assert_eq!(plain.headers.len(), 3);
    assert!(
        header(&plain, "signature")
            .unwrap()
            .contains("headers=\"(request-target) host date\"")
    );

    let accepting = sent(
        Method::GET,
        &page,
        None,
        Some(" application/activity+json "),
    );
    assert_eq!(accepting.outcome(), Ok(()));
    assert_eq!(
        header(&accepting, "accept"),
        Some("application/activity+json")
    );
    let signature = header(&accepting, "signature").unwrap();
    assert!(signature.contains("headers=\"(request-target) host date accept\""));
}

#[test]
fn by_rfc_9421_a_delivery_of_ours_has_mastodons_profile() {
    let inbox = url("https://letter.example/inbox");
    let request = sent_as(Scheme::Rfc9421, Method::POST, &inbox, Some(BODY), None);
    assert_eq!(request.outcome(), Ok(()));
    assert_eq!(request.headers.len(), 5);
    assert_eq!(header(&request, "host"), Some(OURS));
    let digest = format!("sha-256=:{}:", STANDARD.encode(digest(&SHA256, BODY)));
    assert_eq!(header(&request, "content-digest"), Some(digest.as_str()));
    assert_eq!(
        header(&request, "content-type"),
        Some("application/activity+json")
    );
    let parameters = "(\"@method\" \"@target-uri\" \"content-digest\");created=1795348800;\
                      keyid=\"https://letter.example/actor#main-key\";alg=\"rsa-v1_5-sha256\"";
    let input = format!("sig1={parameters}");
    assert_eq!(header(&request, "signature-input"), Some(input.as_str()));
    let base = format!(
        "\"@method\": POST\n\"@target-uri\": https://letter.example/inbox\n\
         \"content-digest\": {digest}\n\"@signature-params\": {parameters}"
    );
    let signature = STANDARD.encode(SENDER.sign_rsa_sha256(base.as_bytes()).unwrap());
    let signature = format!("sig1=:{signature}:");
    assert_eq!(header(&request, "signature"), Some(signature.as_str()));
}

#[test]
fn by_rfc_9421_a_fetch_of_ours_signs_method_and_target_and_accept_if_there_is_one() {
    let page = url("https://letter.example/users/a?page=1");
    let plain = sent_as(Scheme::Rfc9421, Method::GET, &page, None, None);
    assert_eq!(plain.outcome(), Ok(()));
    assert_eq!(plain.headers.len(), 3);
    let input = header(&plain, "signature-input").unwrap();
    assert!(input.starts_with("sig1=(\"@method\" \"@target-uri\");"));

    let json = Some(" application/activity+json ");
    let accepting = sent_as(Scheme::Rfc9421, Method::GET, &page, None, json);
    assert_eq!(accepting.outcome(), Ok(()));
    let input = header(&accepting, "signature-input").unwrap();
    assert!(input.starts_with("sig1=(\"@method\" \"@target-uri\" \"accept\");"));
}

#[test]
fn every_attempt_is_signed_anew() {
    let inbox = url("https://letter.example/inbox");
    let outgoing = Outgoing {
        method: &Method::POST,
        url: &inbox,
        body: Some(&BodyDigest::of(BODY)),
        accept: None,
    };
    let later = Millis::from_millis(NOW.as_millis() + 1000);
    for (scheme, time) in [
        (Scheme::Cavage, "date"),
        (Scheme::Rfc9421, "signature-input"),
    ] {
        let one = signer().sign(&outgoing, scheme, NOW).unwrap();
        let other = signer().sign(&outgoing, scheme, later).unwrap();
        assert_ne!(one.get(time), other.get(time), "{scheme:?}");
        assert_ne!(one.get("signature"), other.get("signature"), "{scheme:?}");
    }
}

#[test]
fn what_cannot_be_signed_is_an_error() {
    let inbox = url("https://far.example/inbox");
    let nowhere = url("acct:a@far.example");
    let get = |url, accept| Outgoing {
        method: &Method::GET,
        url,
        body: None,
        accept,
    };
    let unquotable = Signer {
        key_id: "https://a.example/\"".to_owned(),
        ..signer()
    };
    let far_future = Millis::from_millis(i64::MAX);
    let rows = [
        (signer(), get(&nowhere, None), NOW, "has no host"),
        (unquotable, get(&inbox, None), NOW, "no header can carry"),
        (
            signer(),
            get(&inbox, None),
            far_future,
            "the clock is wrong",
        ),
        (
            signer(),
            get(&inbox, Some("a\r\nb: c")),
            NOW,
            "does not fit into a header",
        ),
        (signer(), get(&inbox, Some("ä")), NOW, "outside ASCII"),
    ];
    for (signer, outgoing, at, text) in rows {
        for scheme in [Scheme::Cavage, Scheme::Rfc9421] {
            let answer = signer.sign(&outgoing, scheme, at);
            let error = answer.expect_err(text).to_string();
            assert!(error.contains(text), "{scheme:?}: {error}");
        }
    }
}

#[test]
fn a_host_is_written_with_its_port_only_if_that_is_unusual() {
    for (text, expected) in [
        ("https://Letter.Example/inbox", Some("letter.example")),
        ("https://letter.example:443/", Some("letter.example")),
        ("https://letter.example:8443/", Some("letter.example:8443")),
        ("http://localhost:8080/", Some("localhost:8080")),
        ("https://bücher.example/", Some("xn--bcher-kva.example")),
        ("http://[::1]:3000/", Some("[::1]:3000")),
        (
            "https://user:secret@letter.example/",
            Some("letter.example"),
        ),
        ("acct:a@letter.example", None),
    ] {
        assert_eq!(authority(&url(text)).as_deref(), expected, "{text}");
    }
}

#[test]
fn servers_are_the_same_by_host_and_port() {
    for (one, other, expected) in [
        ("https://far.example/a", "https://far.example/b#c", true),
        ("https://FAR.example/a", "https://far.example/", true),
        ("https://far.example/", "https://far.example:443/", true),
        (
            "https://bücher.example/",
            "https://xn--bcher-kva.example/",
            true,
        ),
        ("https://far.example/", "https://far.example:8443/", false),
        ("https://far.example/", "http://far.example/", false),
        ("https://far.example/", "https://notfar.example/", false),
        (
            "https://far.example/",
            "https://far.example.evil.example/",
            false,
        ),
        (
            "https://far.example/",
            "https://far.example@evil.example/",
            false,
        ),
        ("https://far.example/", "https://sub.far.example/", false),
        ("acct:a@far.example", "acct:a@far.example", false),
        ("acct:a@far.example", "https://far.example/", false),
    ] {
        assert_eq!(
            same_authority(&url(one), &url(other)),
            expected,
            "{one} {other}"
        );
        assert_eq!(
            same_authority(&url(other), &url(one)),
            expected,
            "{other} {one}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_we_sign_is_what_we_accept(
        path in "/[a-zA-Z0-9 %äß/._-]{0,40}",
        query in proptest::option::of("[ -~]{0,20}"),
        body: Option<Vec<u8>>,
    ) {
        let mut url = url("https://letter.example/");
        url.set_path(&path);
        url.set_query(query.as_deref());
        let method = if body.is_some() { Method::POST } else { Method::GET };
        for scheme in [Scheme::Cavage, Scheme::Rfc9421] {
            let request = sent_as(scheme, method.clone(), &url, body.as_deref(), None);
            prop_assert_eq!(request.outcome(), Ok(()));
        }
    }

    #[test]
    fn no_request_makes_the_checks_panic(
        signature: Vec<u8>,
        list in "[a-z() -]{0,40}",
        input in r#"sig1=\(("(@?[a-z-]{0,8})"(;[a-z]{1,2})? ?){0,3}\)(;[a-z]{1,7}=["0-9a-z]{0,4}){0,4}"#,
        target: String,
        others in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..30), 3),
    ) {
        let headers = format!(r#"keyId="a",headers="{list}",signature="YQ==""#);
        let inputs = [None, Some(input.as_bytes()), Some(&signature)];
        for value in [signature.as_slice(), headers.as_bytes(), b"sig1=:YQ==:"] {
            for input in inputs {
                let mut request = Draft::delivery().request;
                request.target.clone_from(&target);
                let names = ["host", "date", "digest", "content-digest"];
                let values = others.iter().map(Vec::as_slice).chain([&signature[..]]);
                let all = names.into_iter().zip(values).chain([("signature", value)]);
                for (name, value) in all.chain(input.map(|input| ("signature-input", input))) {
                    if let Ok(value) = HeaderValue::from_bytes(value) {
                        request.headers.insert(name, value);
                    }
                }
                prop_assert!(request.outcome().is_err());
            }
        }
    }
}
