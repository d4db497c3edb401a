//! A request as it arrives, signed with either scheme, before the key is known.
//!
//! The input is a request as text: a line with method and target, headers, an empty line, the body.

#![no_main]

use std::sync::LazyLock;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use libfuzzer_sys::fuzz_target;
use undersigned::{
    clock::Millis,
    signature::{KeyPair, PublicKey, Received, Refusal, inspect},
};

const NOW: Millis = Millis::from_millis(1_795_348_800_000);
const ORIGIN: &str = "https://letter.example";

static STRANGER: LazyLock<PublicKey> = LazyLock::new(|| {
    let pair = KeyPair::generate().unwrap();
    PublicKey::from_pem(&pair.public_key_pem()).unwrap()
});

fuzz_target!(|input: &[u8]| {
    let Some((method, target, headers, body)) = read(input) else {
        return;
    };
    let request = Received {
        method: &method,
        target: &target,
        headers: &headers,
        body,
    };
    let Ok(claim) = inspect(&request, ORIGIN, NOW) else {
        return;
    };
    // Such a request still needs the right key, and no covered part of it can be changed.
    assert!(!claim.key_id.is_empty());
    assert!(claim.covered.iter().all(|it| headers.contains_key(it)));
    assert_eq!(claim.verify(&STRANGER), Err(Refusal::SignatureMismatch));
    let longer = [body, b"x"].concat();
    let other_body = Received {
        body: &longer,
        ..request
    };
    assert!(inspect(&other_body, ORIGIN, NOW).is_err());
    for (origin, now) in [
        ("https://other.example", NOW),
        (ORIGIN, Millis::from_millis(0)),
        (ORIGIN, Millis::from_millis(i64::MAX)),
    ] {
        assert!(inspect(&request, origin, now).is_err());
    }
});

fn read(input: &[u8]) -> Option<(Method, String, HeaderMap, &[u8])> {
    let end = input.windows(2).position(|it| it == b"\n\n")?;
    let (head, body) = input.split_at(end);
    let mut lines = head.split(|it| *it == b'\n');
    let (method, target) = std::str::from_utf8(lines.next()?).ok()?.split_once(' ')?;
    let mut headers = HeaderMap::new();
    for line in lines {
        let colon = line.iter().position(|it| *it == b':')?;
        let (name, value) = line.split_at(colon);
        let name = HeaderName::from_bytes(name).ok()?;
        headers.append(name, HeaderValue::from_bytes(&value[1..]).ok()?);
    }
    Some((method.parse().ok()?, target.to_owned(), headers, &body[2..]))
}
