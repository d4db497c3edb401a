//! A sender for tests, with its own implementation of the signing string; the tests are in the modules.
//!
//! `accepted`, `careless` and `tampered`, and the same for RFC 9421, are tables of requests. Each refusal has
//! a genuine twin, and its row fails when the check that it names is removed.

mod accepted;
mod careless;
mod rfc9421_accepted;
mod rfc9421_careless;
mod rfc9421_tampered;
mod sending;
mod tampered;

use std::sync::{Arc, LazyLock};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, Method};
use url::Url;

use super::*;
use crate::clock::Millis;

/// 2026-11-22T12:00:00Z.
const NOW: Millis = Millis::from_millis(1_795_348_800_000);
const DATE: &str = "Sun, 22 Nov 2026 12:00:00 GMT";
const OURS: &str = "letter.example";
const ORIGIN: &str = "https://letter.example";
const BODY: &[u8] = br#"{"type":"Follow"}"#;

static SENDER: LazyLock<Arc<KeyPair>> = LazyLock::new(|| Arc::new(KeyPair::generate().unwrap()));
static SENDERS_KEY: LazyLock<PublicKey> =
    LazyLock::new(|| PublicKey::from_pem(&SENDER.public_key_pem()).unwrap());

/// A request on its way to us.
#[derive(Clone, Debug)]
struct Request {
    method: Method,
    target: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Request {
    fn set(&mut self, name: &'static str, value: &str) {
        self.headers.insert(name, value.parse().unwrap());
    }

    fn add(&mut self, name: &'static str, value: &str) {
        self.headers.append(name, value.parse().unwrap());
    }

    fn inspect(&self) -> Result<UnverifiedSignature, Refusal> {
        let Self {
            method,
            target,
            headers,
            body,
        } = self;
        inspect(
            &Received {
                method,
                target,
                headers,
                body,
            },
            ORIGIN,
            NOW,
        )
    }

    fn outcome(&self) -> Result<(), Refusal> {
        self.inspect()?.verify(&SENDERS_KEY)
    }
}

/// The data that a sender is about to sign. The signing string is implemented here again, more simply than in
/// the code under test, so that both would have to be wrong in the same way.
#[derive(Clone, Debug)]
struct Draft {
    request: Request,
    algorithm: &'static str,
    created: Option<i64>,
    expires: Option<i64>,
    list: &'static str,
}

impl Draft {
    /// A delivery in the form of Mastodon.
    fn delivery() -> Self {
        let mut request = Request {
            method: Method::POST,
            target: "/inbox".to_owned(),
            headers: HeaderMap::new(),
            body: BODY.to_vec(),
        };
        request.set("host", OURS);
        request.set("date", DATE);
        request.set("digest", &digest_of(BODY));
        request.set("content-type", "application/activity+json");
        Self {
            request,
            algorithm: "algorithm=\"rsa-sha256\",",
            created: None,
            expires: None,
            list: "(request-target) host date digest content-type",
        }
    }

    /// A GET by the instance actor of another server.
    fn fetch() -> Self {
        let mut draft = Self::delivery();
        draft.request.method = Method::GET;
        draft.request.body.clear();
        draft.request.headers.remove("digest");
        draft.list = "(request-target) host date";
        draft
    }

    fn message(&self) -> String {
        let line = |name: &str| {
            let seconds =
                |time: Option<i64>| time.map(|seconds| seconds.to_string()).unwrap_or_default();
            let value = match name {
                "(request-target)" => format!(
                    "{} {}",
                    self.request.method.as_str().to_lowercase(),
                    self.request.target
                ),
                "(created)" => seconds(self.created),
                "(expires)" => seconds(self.expires),
                _ => {
                    let values = self.request.headers.get_all(name).iter();
                    values
                        .map(|value| value.to_str().unwrap())
                        .collect::<Vec<_>>()
                        .join(", ")
                }
            };
            format!("{}: {value}", name.to_lowercase())
        };
        self.list
            .split(' ')
            .map(line)
            .collect::<Vec<_>>()
            .join("\n")
    }

    fn sign(self) -> Request {
        let signature = SENDER.sign_rsa_sha256(self.message().as_bytes()).unwrap();
        let time = |name: &str, time: Option<i64>| time.map(|time| format!("{name}={time},"));
        let header = format!(
            r#"keyId="https://far.example/users/a#main-key",{}{}{}headers="{}",signature="{}""#,
            self.algorithm,
            time("created", self.created).unwrap_or_default(),
            time("expires", self.expires).unwrap_or_default(),
            self.list,
            STANDARD.encode(signature),
        );
        let mut request = self.request;
        request.set("signature", &header);
        request
    }
}

fn digest_of(body: &[u8]) -> String {
    format!("SHA-256={}", STANDARD.encode(digest(&SHA256, body)))
}

fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request
        .headers
        .get(name)
        .map(|value| value.to_str().unwrap())
}

/// Builds two requests that differ by `change` before they are signed. The unchanged twin must be accepted.
fn signed_so(twin: Draft, change: impl FnOnce(&mut Draft)) -> Result<(), Refusal> {
    let mut changed = twin.clone();
    change(&mut changed);
    assert_eq!(twin.sign().outcome(), Ok(()), "the genuine twin");
    changed.sign().outcome()
}

/// A delivery signed with the times of the draft instead of `Date`.
fn with_created() -> Draft {
    let mut draft = Draft::delivery();
    draft.request.headers.remove("date");
    draft.algorithm = "algorithm=\"hs2019\",";
    draft.created = Some(NOW.as_millis() / 1000);
    draft.expires = Some(NOW.as_millis() / 1000 + 30);
    draft.list = "(request-target) (created) (expires) host digest";
    draft
}

fn minutes_from_now(minutes: i64) -> Millis {
    Millis::from_millis(NOW.as_millis() + minutes * 60_000)
}

fn date_in(minutes: i64) -> String {
    validity::http_date(minutes_from_now(minutes)).unwrap()
}

fn malformed(what: &'static str) -> Result<(), Refusal> {
    Err(Refusal::Malformed(what))
}

type Change<T> = fn(&mut T);
