//! The test vectors of RFC 9421.
//!
//! Of its printed signatures, those in appendix B.2 use RSA-PSS (B.2.1 to B.2.3), ECDSA (B.2.4), HMAC (B.2.5)
//! and Ed25519 (B.2.6), none of which we support. One in section 4.3 uses RSASSA-PKCS1-v1_5 with SHA-256 and
//! the key of appendix B.1.1, and is verified completely. For the others only the signature base is compared
//! with the printed one, which does not depend on the algorithm. B.2.2 covers a single query parameter and
//! B.2.4 a response: both are refused.

use http::Method;

use super::*;
use crate::signature::PublicKey;

/// `test-key-rsa` of appendix B.1.1.
const KEY: &str = "-----BEGIN RSA PUBLIC KEY-----
MIIBCgKCAQEAhAKYdtoeoy8zcAcR874L8cnZxKzAGwd7v36APp7Pv6Q2jdsPBRrw
WEBnez6d0UDKDwGbc6nxfEXAy5mbhgajzrw3MOEt8uA5txSKobBpKDeBLOsdJKFq
MGmXCQvEG7YemcxDTRPxAleIAgYYRjTSd/QBwVW9OwNFhekro3RtlinV0a75jfZg
kne/YiktSvLG34lw2zqXBDTC5NHROUqGTlML4PlNZS5Ri2U4aCNx2rUPRcKIlE0P
uKxI4T+HIaFpv8+rdV6eUgOrB2xeI1dSFFn/nnv5OoZJEIB+VmuKn3DCUcCZSFlQ
PSXSfBDiUGhwOw76WuSSsf1D4b/vLoJ10wIDAQAB
-----END RSA PUBLIC KEY-----";

const PROXY_SIGNATURE: &str = concat!(
    "proxy_sig=:S6ZzPXSdAMOPjN/6KXfXWNO/f7V6cHm7BXYUh3YD/fRad4BCaRZxP+JH+8XY1I6+8Cy+CM5g92iHgxtR",
    "Pz+MjniOaYmdkDcnL9cCpXJleXsOckpURl49GwiyUpZ10KHgOEe11sx3G2gxI8S0jnxQB+Pu68U9vVcasqOWAEObtNKK",
    "Zd8tSFu7LB5YAv0RAGhB8tmpv7sFnIm9y+7X5kXQfi8NMaZaA8i2ZHwpBdg7a6CMfwnnrtflzvZdXAsD3LH2TwevU+/P",
    "BPv0B6NMNk93wUs/vfJvye+YuI87HU38lZHowtznbLVdp770I6VHR6WfgS9ddzirrswsE1w5o0LV/g==:",
);

const CONTENT_DIGEST: &str = concat!(
    "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJ",
    "wew==:",
);

/// `test-request` of appendix B.2, with the header that the proxy of section 4.3 adds.
fn headers() -> HeaderMap {
    [
        ("host", "example.com"),
        ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("content-type", "application/json"),
        ("content-digest", CONTENT_DIGEST),
        ("content-length", "18"),
        ("forwarded", "for=192.0.2.123;host=example.com;proto=https"),
    ]
    .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
    .into_iter()
    .collect()
}

/// The signature base of the RFC's request to `origin` with this `Signature-Input`.
fn base(input: &str, origin: &str) -> Result<String, Refusal> {
    let (headers, input) = (headers(), Input::parse(input)?);
    let request = Received {
        method: &Method::POST,
        target: "/foo?param=Value&Pet=dog",
        headers: &headers,
        body: br#"{"hello": "world"}"#,
    };
    signature_base(&input.components, &input.parameters, &request, origin)
}

#[test]
fn the_one_signature_of_our_algorithm_verifies() {
    let input = "proxy_sig=(\"@method\" \"@authority\" \"@path\" \"content-digest\" \"content-type\" \
                 \"content-length\" \"forwarded\");created=1618884480;keyid=\"test-key-rsa\";\
                 alg=\"rsa-v1_5-sha256\";expires=1618884540";
    let parameters = Input::parse(input).unwrap();
    assert_eq!(parameters.key_id, "test-key-rsa");
    assert_eq!(parameters.created, 1_618_884_480);
    assert_eq!(parameters.expires, Some(1_618_884_540));
    let signature = read_signature(PROXY_SIGNATURE, &parameters.label).unwrap();
    let key = PublicKey::from_pem(KEY).unwrap();
    let verifies = |input: &str, origin: &str| {
        let base = base(input, origin).unwrap();
        key.verify_rsa_sha256(base.as_bytes(), &signature)
    };
    let origin = "https://origin.host.internal.example";
    assert!(verifies(input, origin));
    assert!(
        !verifies(input, "https://example.com"),
        "the host is signed"
    );
    let other = input.replace("=1618884540", "=1618884541");
    assert!(!verifies(&other, origin), "the expiry is signed");
    let other = input.replace("\"@method\" \"@authority\"", "\"@authority\" \"@method\"");
    assert!(!verifies(&other, origin), "order counts");
}

#[test]
fn what_is_signed_is_written_as_the_rfc_prints_it() {
    let digest = format!("\"content-digest\": {CONTENT_DIGEST}");
    let vectors = [
        (
            "2.5",
            "sig1=(\"@method\" \"@authority\" \"@path\" \"content-digest\" \"content-length\" \
             \"content-type\");created=1618884473;keyid=\"test-key-rsa-pss\"",
            vec![
                "\"@method\": POST",
                "\"@authority\": example.com",
                "\"@path\": /foo",
                &digest,
                "\"content-length\": 18",
                "\"content-type\": application/json",
            ],
        ),
        (
            "B.2.1",
            "sig-b21=();created=1618884473;keyid=\"test-key-rsa-pss\";nonce=\"b3k2pp5k7z-50gnwp.yemd\"",
            vec![],
        ),
        (
            "B.2.3",
            "sig-b23=(\"date\" \"@method\" \"@path\" \"@query\" \"@authority\" \"content-type\" \
             \"content-digest\" \"content-length\");created=1618884473;keyid=\"test-key-rsa-pss\"",
            vec![
                "\"date\": Tue, 20 Apr 2021 02:07:55 GMT",
                "\"@method\": POST",
                "\"@path\": /foo",
                "\"@query\": ?param=Value&Pet=dog",
                "\"@authority\": example.com",
                "\"content-type\": application/json",
                &digest,
                "\"content-length\": 18",
            ],
        ),
        (
            "B.2.5",
            "sig-b25=(\"date\" \"@authority\" \"content-type\");created=1618884473;\
             keyid=\"test-shared-secret\"",
            vec![
                "\"date\": Tue, 20 Apr 2021 02:07:55 GMT",
                "\"@authority\": example.com",
                "\"content-type\": application/json",
            ],
        ),
        (
            "B.2.6",
            "sig-b26=(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \
             \"content-length\");created=1618884473;keyid=\"test-key-ed25519\"",
            vec![
                "\"date\": Tue, 20 Apr 2021 02:07:55 GMT",
                "\"@method\": POST",
                "\"@path\": /foo",
                "\"@authority\": example.com",
                "\"content-type\": application/json",
                "\"content-length\": 18",
            ],
        ),
    ];
    for (section, input, mut lines) in vectors {
        let parameters = input.split_once('=').unwrap().1;
        let last = format!("\"@signature-params\": {parameters}");
        lines.push(&last);
        let written = base(input, "https://example.com");
        assert_eq!(written, Ok(lines.join("\n")), "{section}");
    }
}

/// The values that sections 2.2.1 to 2.2.7 print for their components.
#[test]
fn derived_components_are_those_of_the_rfc() {
    let headers = HeaderMap::new();
    let value = |name: &str, method: &Method, target: &str| {
        let parameters = "();created=1;keyid=\"a\"";
        let components = Input::parse(&format!("a=(\"{name}\");created=1;keyid=\"a\""))
            .unwrap()
            .components;
        let request = Received {
            method,
            target,
            headers: &headers,
            body: b"",
        };
        let base = signature_base(&components, parameters, &request, "https://www.example.com");
        let base = base.unwrap();
        let line = base.lines().next().unwrap();
        line.strip_prefix(&format!("\"{name}\": "))
            .unwrap()
            .to_owned()
    };
    let (get, post) = (Method::GET, Method::POST);
    for (name, method, target, expected) in [
        ("@method", &post, "/path?param=value", "POST"),
        (
            "@target-uri",
            &post,
            "/path?param=value",
            "https://www.example.com/path?param=value",
        ),
        ("@authority", &post, "/path?param=value", "www.example.com"),
        ("@scheme", &post, "/path?param=value", "https"),
        (
            "@request-target",
            &post,
            "/path?param=value",
            "/path?param=value",
        ),
        ("@path", &post, "/path?param=value", "/path"),
        (
            "@query",
            &post,
            "/path?param=value&foo=bar&baz=bat%2Dman",
            "?param=value&foo=bar&baz=bat%2Dman",
        ),
        ("@query", &get, "/path?queryString", "?queryString"),
        ("@query", &get, "/path?", "?"),
        ("@query", &get, "/path", "?"),
    ] {
        assert_eq!(value(name, method, target), expected, "{name} {target}");
    }
}
