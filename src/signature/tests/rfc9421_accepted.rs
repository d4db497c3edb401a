//! A sender for RFC 9421 with its own implementation of the signature base, and requests that must be
//! accepted.

use super::*;

/// The data that a sender by RFC 9421 is about to sign, simpler than in the code under test.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) request: Request,
    /// The origin that the sender signs for.
    pub(super) origin: &'static str,
    /// The names and their parameters, as between the parentheses.
    pub(super) list: &'static str,
    /// The text after the parentheses.
    pub(super) parameters: String,
}

/// The parameters as Mastodon sends them, signed this many minutes from now.
pub(super) fn created_in(minutes: i64) -> String {
    let created = minutes_from_now(minutes).as_millis() / 1000;
    format!(";created={created};keyid=\"https://far.example/users/a#main-key\"")
}

pub(super) fn content_digest_of(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(digest(&SHA256, body)))
}

impl Message {
    /// A delivery in the form of Mastodon.
    pub(super) fn delivery() -> Self {
        let mut request = Draft::delivery().request;
        request.headers.remove("digest");
        request.set("content-digest", &content_digest_of(BODY));
        Self {
            request,
            origin: ORIGIN,
            list: r#""@method" "@target-uri" "content-digest""#,
            parameters: created_in(0),
        }
    }

    /// A GET by the instance actor of another server.
    pub(super) fn fetch() -> Self {
        let mut message = Self::delivery();
        message.request.method = Method::GET;
        message.request.body.clear();
        message.request.headers.remove("content-digest");
        message.list = r#""@method" "@target-uri""#;
        message
    }

    fn base(&self) -> String {
        let Request {
            method,
            target,
            headers,
            ..
        } = &self.request;
        let line = |name: &str| {
            let value = match name.trim_matches('"') {
                "@method" => method.to_string(),
                "@target-uri" => format!("{}{target}", self.origin),
                "@authority" => self.origin.replace("https://", ""),
                "@scheme" => "https".to_owned(),
                "@request-target" => target.clone(),
                "@path" => target.split('?').next().unwrap().to_owned(),
                "@query" => format!("?{}", target.split_once('?').unwrap_or_default().1),
                // Also for names with parameters, whose value is at least a part of the header.
                name => {
                    let name = name.split('"').next().unwrap().to_lowercase();
                    let values = headers.get_all(name).iter();
                    let texts = values.map(|value| value.to_str().unwrap().trim());
                    texts.collect::<Vec<_>>().join(", ")
                }
            };
            format!("{name}: {value}\n")
        };
        let lines: String = self.list.split(' ').map(line).collect();
        format!(
            "{lines}\"@signature-params\": ({}){}",
            self.list, self.parameters
        )
    }

    pub(super) fn sign(self) -> Request {
        let signature = SENDER.sign_rsa_sha256(self.base().as_bytes()).unwrap();
        let mut request = self.request;
        let input = format!("sig1=({}){}", self.list, self.parameters);
        request.set("signature-input", &input);
        let signature = format!("sig1=:{}:", STANDARD.encode(signature));
        request.set("signature", &signature);
        request
    }
}

/// Builds two requests that differ by `change` before they are signed. The unchanged twin must be accepted.
pub(super) fn message_signed_so(
    twin: Message,
    change: impl FnOnce(&mut Message),
) -> Result<(), Refusal> {
    let mut changed = twin.clone();
    change(&mut changed);
    assert_eq!(twin.sign().outcome(), Ok(()), "the genuine twin");
    changed.sign().outcome()
}

#[test]
fn what_others_sign_by_rfc_9421_is_accepted() {
    let rows: [(&str, Message, Change<Message>); 14] = [
        ("as Mastodon", Message::delivery(), |_| ()),
        ("as Fedify", Message::delivery(), |message| {
            message.list = r#""@method" "@target-uri" "@authority" "host" "date" "content-digest""#;
            message.parameters = created_in(0).replace(";keyid", ";alg=\"rsa-v1_5-sha256\";keyid");
        }),
        ("host and target apart", Message::delivery(), |message| {
            message.list = r#""@method" "@authority" "@request-target" "content-digest""#;
        }),
        (
            "host, path and query apart",
            Message::delivery(),
            |message| {
                message.list =
                    r#""@scheme" "@method" "@authority" "@path" "@query" "content-digest""#;
            },
        ),
        ("a query", Message::delivery(), |message| {
            message.request.target = "/inbox?a=b?c".to_owned();
            message.list = r#""@method" "@authority" "@path" "@query" "content-digest""#;
        }),
        ("nonce and tag", Message::delivery(), |message| {
            message
                .parameters
                .push_str(";nonce=\"b3k2\";tag=\"fediverse\"");
        }),
        ("an expiry", Message::delivery(), |message| {
            message.parameters.push_str(";expires=1795348801");
        }),
        ("an hour ahead", Message::delivery(), |message| {
            message.parameters = created_in(60);
        }),
        ("65 minutes old", Message::delivery(), |message| {
            message.parameters = created_in(-65);
        }),
        (
            "a header that comes twice",
            Message::delivery(),
            |message| {
                message.request.add("x-more", " a");
                message.request.add("x-more", "b");
                message.list = r#""@method" "@target-uri" "content-digest" "x-more""#;
            },
        ),
        ("another digest as well", Message::delivery(), |message| {
            let both = format!("{}, sha-512=:YQ==:", content_digest_of(BODY));
            message.request.set("content-digest", &both);
        }),
        ("the older digest as well", Message::delivery(), |message| {
            message.request.set("digest", "SHA-256=unread");
        }),
        ("a fetch", Message::fetch(), |_| ()),
        (
            "a fetch with the digest of nothing",
            Message::fetch(),
            |message| {
                message
                    .request
                    .set("content-digest", &content_digest_of(b""));
                message.list = r#""@method" "@target-uri" "content-digest""#;
            },
        ),
    ];
    for (name, twin, change) in rows {
        assert_eq!(message_signed_so(twin, change), Ok(()), "{name}");
    }
}

#[test]
fn a_claim_says_whose_key_and_which_headers() {
    let mut message = Message::delivery();
    message.list = r#""@method" "@target-uri" "content-digest" "date""#;
    let claim = message.sign().inspect().unwrap();
    assert_eq!(claim.key_id, "https://far.example/users/a#main-key");
    assert_eq!(claim.covered, ["content-digest", "date"]);
    let older = Draft::delivery().sign().inspect().unwrap();
    assert_eq!(older.covered, ["host", "date", "digest", "content-type"]);
}

/// Behind a proxy the request arrives by `http`, without any header about `https`.
#[test]
fn the_target_is_below_our_own_address_whatever_the_headers_say() {
    let mut foreign = Message::delivery();
    foreign.origin = "http://letter.example";
    foreign.request.set("x-forwarded-proto", "http");
    foreign
        .request
        .set("forwarded", "proto=http;host=letter.example");
    assert_eq!(foreign.sign().outcome(), Err(Refusal::SignatureMismatch));
    let mut genuine = Message::delivery();
    genuine.request.set("x-forwarded-proto", "http");
    genuine.request.set("x-forwarded-host", "attacker.example");
    assert_eq!(genuine.sign().outcome(), Ok(()));
}
