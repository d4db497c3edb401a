//! Signatures that do not prove who sent this, or cover too little of it.

use std::time::Duration;

use super::{Cast, Forgery};
use crate::federation::draft::Draft;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::header::HeaderValue;
use undersigned::clock::{Clock as _, SystemClock};

/// What a signature has to cover at least.
const COVERED: [&str; 4] = ["(request-target)", "host", "date", "digest"];

const RSA: &str = "algorithm=\"rsa-sha256\"";

/// Unix time, this many seconds from now.
fn in_seconds(seconds: i64) -> i64 {
    SystemClock.now().as_millis() / 1000 + seconds
}

/// A like that is signed over `names` with these parameters.
fn signed(cast: &Cast, names: &[&str], parameters: &str) -> Draft {
    changed(cast, names, parameters, |_| ())
}

/// The same after a change of the request, which the signature covers.
fn changed(
    cast: &Cast,
    names: &[&str],
    parameters: &str,
    change: impl FnOnce(&mut Draft),
) -> Draft {
    let mut draft = cast.says(&cast.ada.like());
    change(&mut draft);
    draft.sign(&cast.ada, names, parameters);
    draft
}

/// A like whose `Signature` header is changed as a text.
fn resigned(cast: &Cast, change: impl FnOnce(String) -> String) -> Draft {
    cast.says(&cast.ada.like()).resign(change)
}

/// What stands between `signature="` and `"`.
fn value(header: &str) -> String {
    let after = header.split_once("signature=\"").unwrap().1;
    after.trim_end_matches('"').to_owned()
}

pub(super) const FORGERIES: [Forgery; 46] = [
    ("unsigned", 401, |cast| {
        let mut draft = cast.says(&cast.ada.like());
        draft.headers.remove("signature");
        draft
    }),
    ("the body was swapped", 401, |cast| Draft {
        body: cast.ada.like().to_string().into_bytes(),
        ..cast.says(&cast.ada.follow())
    }),
    ("body and digest were swapped", 401, |cast| {
        let (mut draft, other) = (cast.says(&cast.ada.follow()), cast.says(&cast.ada.like()));
        draft
            .headers
            .insert("digest", other.headers["digest"].clone());
        Draft {
            body: other.body,
            ..draft
        }
    }),
    ("the digest is not signed", 401, |cast| {
        cast.covering(&["(request-target)", "host", "date"])
    }),
    ("nothing but the digest is signed", 401, |cast| {
        cast.covering(&["digest"])
    }),
    ("the host is not signed", 401, |cast| {
        cast.covering(&["(request-target)", "date", "digest"])
    }),
    ("the target is not signed", 401, |cast| {
        cast.covering(&["host", "date", "digest"])
    }),
    ("the date is not signed", 401, |cast| {
        cast.covering(&["(request-target)", "host", "digest"])
    }),
    ("two hours old", 401, |cast| {
        let then = SystemClock.now().minus(Duration::from_hours(2));
        Draft::of(&cast.ada, &cast.ada.key_id, &cast.ada.like(), then)
    }),
    ("two hours ahead", 401, |cast| {
        let then = SystemClock.now().plus(Duration::from_hours(2));
        Draft::of(&cast.ada, &cast.ada.key_id, &cast.ada.like(), then)
    }),
    ("signed by a neighbour", 202, |cast| {
        cast.signed_by(&cast.bob.key_id, &cast.ada.like())
    }),
    ("signed by somebody on another host", 202, |cast| {
        cast.signed_by(&cast.eve.key_id, &cast.ada.like())
    }),
    (
        "signed by a key that another host calls hers",
        401,
        |cast| cast.signed_by(&cast.false_key, &cast.ada.like()),
    ),
    ("signed by a key of hers that does not exist", 401, |cast| {
        let unknown = cast.ada.key_id.replace("#main-key", "#other-key");
        cast.signed_by(&unknown, &cast.ada.like())
    }),
    ("signed by her id without a key", 401, |cast| {
        cast.signed_by(&cast.ada.id, &cast.ada.like())
    }),
    (
        "signed by a key with her account name for an id",
        401,
        |cast| cast.signed_by("acct:ada@m.example", &cast.ada.like()),
    ),
    ("signed by a key in a file of ours", 401, |cast| {
        cast.signed_by("file:///etc/passwd#main-key", &cast.ada.like())
    }),
    ("signed by a key that comes along as data", 401, |cast| {
        cast.signed_by("data:application/activity+json,%7B%7D", &cast.ada.like())
    }),
    ("signed by a key in a private network", 401, |cast| {
        cast.signed_by("http://10.0.0.1/users/ada#main-key", &cast.ada.like())
    }),
    ("signed by a key behind somebody's password", 401, |cast| {
        let id = cast.ada.key_id.replace("://", "://ada:secret@");
        cast.signed_by(&id, &cast.ada.like())
    }),
    ("with an empty signature", 401, |cast| {
        resigned(cast, |header| header.replace(&value(&header), ""))
    }),
    ("with a signature in the alphabet of URLs", 401, |cast| {
        // With characters of that alphabet alone, so that it differs in any case.
        resigned(cast, |header| header.replace(&value(&header), "-_-_-_-_"))
    }),
    ("with a signature that is no base64", 401, |cast| {
        resigned(cast, |header| header.replace(&value(&header), "!!!"))
    }),
    ("with a signature without its padding", 401, |cast| {
        resigned(cast, |header| {
            let value = value(&header);
            header.replace(&value, value.trim_end_matches('='))
        })
    }),
    ("with one bit of the signature turned", 401, |cast| {
        resigned(cast, |header| {
            let mut bytes = STANDARD.decode(value(&header)).unwrap();
            bytes[17] ^= 1;
            header.replace(&value(&header), &STANDARD.encode(bytes))
        })
    }),
    ("with a shorter signature", 401, |cast| {
        resigned(cast, |header| {
            let bytes = STANDARD.decode(value(&header)).unwrap();
            header.replace(&value(&header), &STANDARD.encode(&bytes[..255]))
        })
    }),
    ("with a longer signature", 401, |cast| {
        resigned(cast, |header| {
            let mut bytes = STANDARD.decode(value(&header)).unwrap();
            bytes.push(0);
            header.replace(&value(&header), &STANDARD.encode(bytes))
        })
    }),
    ("with two key ids", 401, |cast| {
        let other = cast.bob.key_id.clone();
        resigned(cast, |header| format!("keyId=\"{other}\",{header}"))
    }),
    ("with two signature parameters", 401, |cast| {
        resigned(cast, |header| format!("{header},signature=\"AAAA\""))
    }),
    ("with two lists of signed headers", 401, |cast| {
        resigned(cast, |header| format!("{header},Headers=\"date\""))
    }),
    ("with two Signature headers", 401, |cast| {
        let mut draft = cast.says(&cast.ada.like());
        let other = cast.says(&cast.ada.follow()).headers["signature"].clone();
        draft.headers.append("signature", other);
        draft
    }),
    ("with an Authorization header in its place", 401, |cast| {
        let mut draft = cast.says(&cast.ada.like());
        let signature = draft.headers.remove("signature").unwrap();
        let value = format!("Signature {}", signature.to_str().unwrap());
        draft.set("authorization", &value);
        draft
    }),
    ("with capitals in the list of signed headers", 401, |cast| {
        signed(cast, &["(request-target)", "Host", "Date", "Digest"], RSA)
    }),
    ("with a header signed twice", 401, |cast| {
        signed(
            cast,
            &["(request-target)", "host", "host", "date", "digest"],
            RSA,
        )
    }),
    ("with a signed header that is not there", 401, |cast| {
        signed(
            cast,
            &["(request-target)", "host", "date", "digest", "x-none"],
            RSA,
        )
    }),
    ("with an empty list of signed headers", 401, |cast| {
        resigned(cast, |header| {
            let (before, after) = header.split_once("headers=\"").unwrap();
            let (_, rest) = after.split_once('"').unwrap();
            format!("{before}headers=\"\"{rest}")
        })
    }),
    (
        "with a time of creation signed by the old algorithm",
        401,
        |cast| {
            let parameters = format!("{RSA},created={}", in_seconds(0));
            signed(
                cast,
                &["(request-target)", "(created)", "host", "digest"],
                &parameters,
            )
        },
    ),
    ("over by its own word, which is not signed", 401, |cast| {
        signed(cast, &COVERED, &format!("{RSA},expires={}", in_seconds(-1)))
    }),
    ("over by its own word, which is signed", 401, |cast| {
        let parameters = format!("algorithm=\"hs2019\",expires={}", in_seconds(-1));
        let covered = ["(request-target)", "host", "date", "digest", "(expires)"];
        signed(cast, &covered, &parameters)
    }),
    ("created two hours ahead", 401, |cast| {
        let parameters = format!("algorithm=\"hs2019\",created={}", in_seconds(7200));
        signed(
            cast,
            &["(request-target)", "(created)", "host", "digest"],
            &parameters,
        )
    }),
    ("created two hours ago", 401, |cast| {
        let parameters = format!("algorithm=\"hs2019\",created={}", in_seconds(-7200));
        signed(
            cast,
            &["(request-target)", "(created)", "host", "digest"],
            &parameters,
        )
    }),
    ("by a nameless algorithm without any time", 401, |cast| {
        signed(
            cast,
            &["(request-target)", "host", "digest"],
            "algorithm=\"hs2019\"",
        )
    }),
    ("by an algorithm with a shared secret", 401, |cast| {
        signed(cast, &COVERED, "algorithm=\"hmac-sha256\"")
    }),
    ("by an algorithm called none", 401, |cast| {
        signed(cast, &COVERED, "algorithm=\"none\"")
    }),
    ("by an algorithm with a weaker digest", 401, |cast| {
        signed(cast, &COVERED, "algorithm=\"rsa-sha1\"")
    }),
    ("with a Signature header that is not text", 401, |cast| {
        let mut draft = cast.says(&cast.ada.like());
        let value = HeaderValue::from_bytes(b"keyId=\"\xff\"").unwrap();
        draft.headers.insert("signature", value);
        draft
    }),
];
