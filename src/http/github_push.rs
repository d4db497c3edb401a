//! The push webhook of GitHub: which requests are authentic, and which pushes concern the letter's file.

use std::sync::Arc;

use aws_lc_rs::hmac;
use axum::http::{HeaderMap, header::CONTENT_TYPE};
use serde::Deserialize;
use tokio::sync::Notify;
use url::form_urlencoded;

use crate::letter::SourceFile;

/// The header with the signature of the body.
/// <https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries>
const SIGNATURE: &str = "x-hub-signature-256";
/// A push with so many commits may have more, which are not named.
/// <https://docs.github.com/en/webhooks/webhook-events-and-payloads#push>
const MOST_COMMITS: usize = 2048;

/// The push webhook of the letter's source on GitHub.
#[derive(Debug)]
pub struct GithubHook {
    /// The secret that GitHub signs with.
    key: hmac::Key,
    source: SourceFile,
    /// Notified after a push that may have changed the source.
    pushed: Arc<Notify>,
}

impl GithubHook {
    /// The webhook with this secret about this file.
    pub fn new(secret: &[u8], source: SourceFile, pushed: Arc<Notify>) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, secret),
            source,
            pushed,
        }
    }

    /// Whether the signature of the header is that of the body, compared in constant time.
    pub(super) fn is_signed(&self, signature: &[u8], body: &[u8]) -> bool {
        hmac::verify(&self.key, body, signature).is_ok()
    }

    /// Has the source read anew, soon.
    pub(super) fn wake(&self) {
        self.pushed.notify_one();
    }

    /// Whether a push may have changed the source.
    pub(super) fn concerns(&self, push: &Push) -> bool {
        let repository = push.repository.full_name.to_lowercase();
        if repository != self.source.repository() {
            return false;
        }
        let Some(path) = self.source.path_on(&push.reference) else {
            return false;
        };
        let commits = &push.commits;
        // A forced push names no commits that it took away.
        push.forced
            || commits.is_empty()
            || commits.len() >= MOST_COMMITS
            || commits.iter().any(|commit| commit.changes(path))
    }
}

/// What we read of a push.
#[derive(Debug, Deserialize)]
pub(super) struct Push {
    #[serde(rename = "ref")]
    reference: String,
    #[serde(default)]
    forced: bool,
    repository: PushedRepository,
    #[serde(default)]
    commits: Vec<Commit>,
}

#[derive(Debug, Deserialize)]
struct PushedRepository {
    full_name: String,
}

#[derive(Debug, Deserialize)]
struct Commit {
    #[serde(default)]
    added: Vec<String>,
    #[serde(default)]
    modified: Vec<String>,
    #[serde(default)]
    removed: Vec<String>,
}

impl Commit {
    fn changes(&self, path: &str) -> bool {
        let files = [&self.added, &self.modified, &self.removed];
        files.into_iter().flatten().any(|file| file == path)
    }
}

/// The signature in the headers: `sha256=` and 64 hexadecimal digits, once.
pub(super) fn signature(headers: &HeaderMap) -> Option<Vec<u8>> {
    let mut values = headers.get_all(SIGNATURE).iter();
    let value = values.next()?.to_str().ok()?;
    let digits = value.strip_prefix("sha256=")?.as_bytes();
    if values.next().is_some() || digits.len() != 64 {
        return None;
    }
    digits
        .chunks(2)
        .map(|pair| {
            let pair = std::str::from_utf8(pair).ok()?;
            let is_hex = pair.bytes().all(|digit| digit.is_ascii_hexdigit());
            u8::from_str_radix(pair, 16).ok().filter(|_| is_hex)
        })
        .collect()
}

/// The push in a body, in either of the two content types that GitHub offers.
pub(super) fn push(headers: &HeaderMap, body: &[u8]) -> Option<Push> {
    let media_type = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    if media_type.starts_with("application/x-www-form-urlencoded") {
        let mut fields = form_urlencoded::parse(body);
        let (_, payload) = fields.find(|(name, _)| name == "payload")?;
        return serde_json::from_str(&payload).ok();
    }
    serde_json::from_slice(body).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn hook() -> GithubHook {
        let url = "https://raw.githubusercontent.com/Own/Re/main/docs/letter.md";
        let source = SourceFile::of(&url.parse().unwrap()).unwrap();
        GithubHook::new(b"secret", source, Arc::default())
    }

    /// The example of GitHub's documentation.
    #[test]
    fn the_signature_is_the_one_that_github_documents() {
        let url = "https://raw.githubusercontent.com/o/r/main/l.md";
        let source = SourceFile::of(&url.parse().unwrap()).unwrap();
        let hook = GithubHook::new(b"It's a Secret to Everybody", source, Arc::default());
        let mut headers = HeaderMap::new();
        let hex = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        for (value, body, right) in [
            (format!("sha256={hex}"), "Hello, World!", true),
            (
                format!("sha256={}", hex.to_uppercase()),
                "Hello, World!",
                true,
            ),
            (format!("sha256={hex}"), "Hello, World", false),
            (format!("sha1={hex}"), "Hello, World!", false),
            (
                format!("sha256={}", hex.replace('7', "+")),
                "Hello, World!",
                false,
            ),
            (format!("sha256={hex}00"), "Hello, World!", false),
            (hex.to_owned(), "Hello, World!", false),
            (String::new(), "Hello, World!", false),
        ] {
            headers.insert(SIGNATURE, value.parse().unwrap());
            let signed = signature(&headers).is_some_and(|it| hook.is_signed(&it, body.as_bytes()));
            assert_eq!(signed, right, "{value} {body}");
        }
        headers.insert(SIGNATURE, format!("sha256={hex}").parse().unwrap());
        headers.append(SIGNATURE, format!("sha256={hex}").parse().unwrap());
        assert_eq!(signature(&headers), None);
    }

    #[test]
    fn only_a_push_that_may_have_changed_the_file_counts() {
        let commit = |file: &str| json!({"added": [], "modified": [file], "removed": []});
        let of = |repository: &str, reference: &str, commits: serde_json::Value| json!({"ref": reference, "repository": {"full_name": repository}, "commits": commits});
        let (own, main) = ("own/RE", "refs/heads/main");
        let file = commit("docs/letter.md");
        let mut forced = of(own, main, json!([commit("other.md")]));
        forced["forced"] = json!(true);
        let many: Vec<_> = (0..MOST_COMMITS).map(|_| commit("other.md")).collect();
        let table = [
            (of(own, main, json!([commit("a"), file])), true),
            (
                of(own, main, json!([{"removed": ["docs/letter.md"]}])),
                true,
            ),
            (of(own, main, json!([{"added": ["docs/letter.md"]}])), true),
            (of(own, main, json!([])), true),
            (of(own, main, json!(many)), true),
            (forced, true),
            (of(own, main, json!([commit("letter.md")])), false),
            (of(own, "refs/heads/other", json!([file])), false),
            (of(own, "refs/tags/main", json!([file])), false),
            (of("other/re", main, json!([file])), false),
        ];
        let mut headers = HeaderMap::new();
        for (payload, expected) in table {
            let payload = payload.to_string();
            headers.insert(CONTENT_TYPE, "application/json".parse().unwrap());
            let read = push(&headers, payload.as_bytes()).unwrap();
            assert_eq!(hook().concerns(&read), expected, "{payload:.200}");
            let form: String = form_urlencoded::Serializer::new(String::new())
                .append_pair("payload", &payload)
                .finish();
            let kind = "application/x-www-form-urlencoded";
            headers.insert(CONTENT_TYPE, kind.parse().unwrap());
            let read = push(&headers, form.as_bytes()).unwrap();
            assert_eq!(hook().concerns(&read), expected, "{payload:.200}");
        }
    }
}
