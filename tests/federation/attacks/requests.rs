//! Requests whose signature is good, but for something else: another host, path, body, time or actor.

use reqwest::header::HeaderValue;
use serde_json::json;
use undersigned::clock::{Clock as _, SystemClock};
use url::Url;

use super::{Cast, Forgery};
use crate::{federation::draft::Draft, support::fediverse::signing::signed};

const COVERED: [&str; 4] = ["(request-target)", "host", "date", "digest"];

const RSA: &str = "algorithm=\"rsa-sha256\"";

/// A like that is signed after this change.
fn after(cast: &Cast, change: impl FnOnce(&mut Draft)) -> Draft {
    let mut draft = cast.says(&cast.ada.like());
    change(&mut draft);
    draft.sign(&cast.ada, &COVERED, RSA);
    draft
}

/// A like that is signed as `path` and sent to ours, or the other way round.
fn elsewhere(cast: &Cast, path: &str) -> Draft {
    let mut draft = cast.says(&cast.ada.like());
    draft.url = Url::parse(&cast.ada.letters(path)).unwrap();
    draft
}

/// A like with this `Host`, signed with it.
fn with_host(cast: &Cast, change: impl FnOnce(&str) -> String) -> Draft {
    after(cast, |draft| {
        let host = change(draft.headers["host"].to_str().unwrap());
        draft.set("host", &host);
    })
}

/// A like with this `Digest`, signed with it.
fn with_digest(cast: &Cast, change: impl FnOnce(&str) -> String) -> Draft {
    after(cast, |draft| {
        let digest = change(draft.headers["digest"].to_str().unwrap());
        draft.set("digest", &digest);
    })
}

pub(super) const FORGERIES: [Forgery; 39] = [
    ("made for another host", 401, |cast| {
        let url = Url::parse("http://elsewhere.example/inbox").unwrap();
        let draft = cast.says(&cast.ada.like());
        let headers = signed(&cast.ada.key_id, &url, &draft.body, SystemClock.now());
        Draft { headers, ..draft }
    }),
    ("made for another host, sent as if for ours", 401, |cast| {
        let url = Url::parse("http://elsewhere.example/inbox").unwrap();
        let mut draft = cast.says(&cast.ada.like());
        let host = draft.headers["host"].clone();
        draft.headers = signed(&cast.ada.key_id, &url, &draft.body, SystemClock.now());
        draft.headers.insert("host", host);
        draft
    }),
    ("made for another port of our host", 401, |cast| {
        with_host(cast, |_| "127.0.0.1:1".to_owned())
    }),
    ("made for our host without its port", 401, |cast| {
        with_host(cast, |host| host.split(':').next().unwrap().to_owned())
    }),
    ("made for our host with a final dot", 401, |cast| {
        with_host(cast, |host| host.replace(':', ".:"))
    }),
    ("made for our host with a user", 401, |cast| {
        with_host(cast, |host| format!("letter@{host}"))
    }),
    ("made for our host and one more", 401, |cast| {
        with_host(cast, |host| format!("{host}, elsewhere.example"))
    }),
    ("made for our host written otherwise", 401, |cast| {
        with_host(cast, |host| host.replace("127.0.0.1", "0x7f.1"))
    }),
    ("made for a host that looks like ours", 401, |cast| {
        let mut draft = cast.says(&cast.ada.like());
        let port = draft.url.port().unwrap();
        let host = format!("１２７.0.0.1:{port}");
        let host = HeaderValue::from_bytes(host.as_bytes()).unwrap();
        draft.headers.insert("host", host);
        draft
    }),
    ("with two Host headers", 401, |cast| {
        let mut draft = cast.says(&cast.ada.like());
        let other = HeaderValue::from_static("elsewhere.example");
        draft.headers.append("host", other);
        draft
    }),
    ("with what a proxy would say of the host", 401, |cast| {
        let mut draft = with_host(cast, |_| "elsewhere.example".to_owned());
        let ours = cast.says(&cast.ada.like()).headers["host"].clone();
        draft.headers.insert("x-forwarded-host", ours);
        draft
    }),
    ("made for the other inbox", 401, |cast| {
        elsewhere(cast, "/actor/inbox")
    }),
    ("with a query added", 401, |cast| {
        elsewhere(cast, "/inbox?a=b")
    }),
    ("with an empty query added", 401, |cast| {
        elsewhere(cast, "/inbox?")
    }),
    ("with a query taken away", 401, |cast| {
        let mut draft = after(cast, |draft| {
            draft.url = Url::parse(&cast.ada.letters("/inbox?a=b")).unwrap();
        });
        draft.url = Url::parse(&cast.ada.letters("/inbox")).unwrap();
        draft
    }),
    ("with an escaped letter in the path", 405, |cast| {
        elsewhere(cast, "/%69nbox")
    }),
    ("with two slashes", 404, |cast| elsewhere(cast, "//inbox")),
    ("with a slash at the end", 404, |cast| {
        elsewhere(cast, "/inbox/")
    }),
    ("with capitals in the path", 405, |cast| {
        elsewhere(cast, "/INBOX")
    }),
    ("to a page", 405, |cast| {
        after(cast, |draft| {
            draft.url = Url::parse(&cast.ada.letters("/letter")).unwrap();
        })
    }),
    ("signed as another method", 401, |cast| {
        let mut draft = cast.says(&cast.ada.like());
        let reading = draft.url.clone();
        // The same names over a target that reads.
        draft.sign(&cast.ada, &COVERED, RSA);
        let post = draft.headers["signature"].clone();
        let get = Draft::reading(&cast.ada, &draft, &reading);
        assert_ne!(post, get.headers["signature"]);
        get
    }),
    ("with two Date headers", 401, |cast| {
        after(cast, |draft| {
            let date = HeaderValue::from_static("Sun, 22 Nov 2026 12:00:00 GMT");
            draft.headers.append("date", date);
        })
    }),
    ("with a date that nobody can read", 401, |cast| {
        after(cast, |draft| draft.set("date", "now"))
    }),
    ("with a date in another form", 401, |cast| {
        let now = SystemClock.now().to_rfc3339();
        after(cast, |draft| draft.set("date", &now))
    }),
    ("with a date that is signed and not there", 401, |cast| {
        let mut draft = cast.says(&cast.ada.like());
        draft.headers.remove("date");
        draft
    }),
    ("with two Digest headers", 401, |cast| {
        after(cast, |draft| {
            let other = draft.headers["digest"].clone();
            draft.headers.append("digest", other);
        })
    }),
    ("with two digests that differ", 401, |cast| {
        with_digest(cast, |digest| format!("{digest},SHA-256=AAAA"))
    }),
    ("with a digest by another algorithm alone", 401, |cast| {
        with_digest(cast, |digest| digest.replace("SHA-256", "SHA-512"))
    }),
    ("with a digest in hexadecimal", 401, |cast| {
        with_digest(cast, |_| format!("SHA-256={}", "ab".repeat(32)))
    }),
    ("with an empty digest", 401, |cast| {
        with_digest(cast, |_| "SHA-256=".to_owned())
    }),
    ("with a digest that is signed and not there", 401, |cast| {
        let mut draft = cast.says(&cast.ada.like());
        draft.headers.remove("digest");
        draft
    }),
    ("with the digest of the packed body", 415, |cast| {
        // An empty gzip member; the digest is that of the bytes.
        after(cast, |draft| {
            draft.body = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0][..], &[0; 8]].concat();
            draft.set("content-encoding", "gzip");
        })
    }),
    ("with an id on another host", 401, |cast| {
        cast.says(&cast.like(|like| like["id"] = cast.eve.new_id("activities").into()))
    }),
    ("with an id of ours", 401, |cast| {
        let ours = cast.ada.letters("/activities/0123456789abcdef");
        cast.says(&cast.like(|like| like["id"] = ours.into()))
    }),
    ("with an id that is no URL", 401, |cast| {
        cast.says(&cast.like(|like| like["id"] = "urn:uuid:1".into()))
    }),
    ("with an id on her host with another scheme", 401, |cast| {
        let id = cast.ada.new_id("x").replacen("http:", "https:", 1);
        cast.says(&cast.like(|like| like["id"] = id.into()))
    }),
    ("in the letter's own name", 401, |cast| {
        let ours = cast.ada.letters("/actor");
        let like = cast.like(|it| it["actor"] = ours.as_str().into());
        cast.signed_by(&format!("{ours}#main-key"), &like)
    }),
    ("an actor on another host than the key", 202, |cast| {
        cast.says(&cast.like(|like| like["actor"] = cast.eve.id.as_str().into()))
    }),
    ("in the name of two", 400, |cast| {
        let both = json!([cast.ada.id, cast.bob.id]);
        cast.says(&cast.like(|it| it["actor"] = both))
    }),
];
