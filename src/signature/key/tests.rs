use proptest::prelude::*;

use super::*;

fn pem(label: &str, der: &[u8]) -> String {
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        STANDARD.encode(der)
    )
}

/// A PKCS#1 public key whose modulus has `n_bytes` bytes, all of them ones.
fn pkcs1_of(n_bytes: u16) -> Vec<u8> {
    let long = |tag: u8, content: &[u8]| {
        let head = match u16::try_from(content.len()).unwrap().to_be_bytes() {
            [0, low] => vec![tag, 0x81, low],
            [high, low] => vec![tag, 0x82, high, low],
        };
        [head.as_slice(), content].concat()
    };
    let modulus = [vec![0], vec![0xff; usize::from(n_bytes)]].concat();
    long(0x30, &[long(2, &modulus), vec![2, 3, 1, 0, 1]].concat())
}

#[test]
fn a_pair_survives_being_stored_and_what_it_signs_verifies() {
    let pair = KeyPair::generate().unwrap();
    let stored = KeyPair::from_pkcs8(pair.to_pkcs8()).unwrap();
    assert_eq!(stored.public_key_pem(), pair.public_key_pem());

    let key = PublicKey::from_pem(&pair.public_key_pem()).unwrap();
    let signature = stored.sign_rsa_sha256(b"message").unwrap();
    assert!(key.verify_rsa_sha256(b"message", &signature));
    assert!(!key.verify_rsa_sha256(b"massage", &signature));
    assert!(!key.verify_rsa_sha256(b"message", &signature[1..]));
    assert!(!key.verify_rsa_sha256(b"message", b""));
    let other = PublicKey::from_pem(&KeyPair::generate().unwrap().public_key_pem()).unwrap();
    assert!(!other.verify_rsa_sha256(b"message", &signature));
}

#[test]
fn a_public_key_is_written_in_lines_of_sixty_four() {
    let pem = KeyPair::generate().unwrap().public_key_pem();
    let lines: Vec<&str> = pem.lines().collect();
    assert_eq!(lines.first(), Some(&"-----BEGIN PUBLIC KEY-----"));
    assert_eq!(lines.last(), Some(&"-----END PUBLIC KEY-----"));
    let lengths: Vec<usize> = lines[1..lines.len() - 1]
        .iter()
        .map(|block| block.len())
        .collect();
    assert_eq!(lengths, [64, 64, 64, 64, 64, 64, 8]);
    assert!(pem.ends_with("-----\n"));
}

#[test]
fn a_pair_shows_nothing_of_itself() {
    let pair = KeyPair::generate().unwrap();
    assert_eq!(format!("{pair:?}"), "KeyPair(secret)");
    let key = PublicKey::from_pem(&pair.public_key_pem()).unwrap();
    assert_eq!(format!("{key:?}"), "PublicKey(2048 bits)");
}

#[test]
fn a_public_key_is_read_however_its_lines_are_broken() {
    let pair = KeyPair::generate().unwrap();
    let spki = pair.public_key_pem();
    let pkcs1 = pem("RSA PUBLIC KEY", pair.pair.public_key().as_ref());
    let one_line = spki.replace('\n', "");
    let signature = pair.sign_rsa_sha256(b"message").unwrap();
    for text in [
        &spki,
        &pkcs1,
        &one_line,
        &spki.replace('\n', "\r\n"),
        &spki.replace('\n', " \n\n\t"),
        &format!("\n\r\n  {spki}  \n"),
    ] {
        let key = PublicKey::from_pem(text).unwrap();
        assert!(key.verify_rsa_sha256(b"message", &signature), "{text}");
    }
}

#[test]
fn what_is_no_rsa_key_is_refused() {
    let pair = KeyPair::generate().unwrap();
    let spki = pair.public_key_pem();
    let der = from_pem(&spki).unwrap();
    // An Ed25519 key in SPKI: twelve bytes that name it, then the key.
    let ed25519 = [
        b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00".as_slice(),
        &[7; 32],
    ]
    .concat();
    let check = |text: &str, expected: fn(&KeyError) -> bool| {
        let error = PublicKey::from_pem(text).expect_err(text);
        assert!(expected(&error), "{text}: {error:?}");
    };
    let (not_pem, not_rsa): (fn(&_) -> _, fn(&_) -> _) = (
        |error| matches!(error, KeyError::NotPem),
        |error| matches!(error, KeyError::NotRsa(_)),
    );
    check("", not_pem);
    check("-----BEGIN PUBLIC KEY-----", not_pem);
    check(&pem("PRIVATE KEY", pair.to_pkcs8()), not_pem);
    check(&pem("CERTIFICATE", &der), not_pem);
    check(&format!("hello {spki}"), not_pem);
    check(&format!("{spki}{spki}"), |error| {
        matches!(error, KeyError::NotBase64(_))
    });
    check(&spki.replace('A', "!"), |error| {
        matches!(error, KeyError::NotBase64(_))
    });
    check(&pem("PUBLIC KEY", b""), not_rsa);
    check(&pem("PUBLIC KEY", &der[..der.len() - 1]), not_rsa);
    check(&pem("PUBLIC KEY", pair.to_pkcs8()), not_rsa);
    check(&pem("PUBLIC KEY", &ed25519), not_rsa);
    check(&" ".repeat(MAX_PEM + 1), |error| {
        matches!(error, KeyError::TooLong(_))
    });
}

#[test]
fn keys_outside_of_the_limits_are_refused() {
    for (n_bytes, fits) in [
        (128, false),
        (255, false),
        (256, true),
        (1024, true),
        (1025, false),
    ] {
        let answer = PublicKey::from_pem(&pem("RSA PUBLIC KEY", &pkcs1_of(n_bytes)));
        match answer {
            Ok(key) => assert!(fits && key.bits == u32::from(n_bytes) * 8, "{n_bytes}"),
            Err(KeyError::Size(bits)) => assert!(!fits && bits == u32::from(n_bytes) * 8),
            Err(other) => panic!("{n_bytes}: {other:?}"),
        }
    }
}

#[test]
fn what_is_no_pair_is_refused() {
    let pair = KeyPair::generate().unwrap();
    let der = pair.to_pkcs8();
    for wrong in [
        b"".as_slice(),
        b"hello",
        &der[..der.len() - 1],
        pair.pair.public_key().as_ref(),
    ] {
        assert!(matches!(KeyPair::from_pkcs8(wrong), Err(KeyError::Pair(_))));
    }
}

proptest! {
    #[test]
    fn nothing_makes_the_reader_panic(text: String, der: Vec<u8>) {
        prop_assert!(PublicKey::from_pem(&text).is_err());
        prop_assert!(PublicKey::from_pem(&pem("PUBLIC KEY", &der)).is_err());
        prop_assert!(KeyPair::from_pkcs8(&der).is_err());
    }
}
