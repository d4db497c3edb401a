//! The push webhook of GitHub: which requests are authentic, and which pushes concern the letter's file.

use std::sync::Arc;

use serde::Deserialize;
use tokio::sync::Notify;

use super::webhook::WebhookKey;
use crate::letter::SourceFile;

/// A push with so many commits may have more, which are not named.
/// <https://docs.github.com/en/webhooks/webhook-events-and-payloads#push>
const MOST_COMMITS: usize = 2048;

/// The push webhook of the letter's source on GitHub.
#[derive(Debug)]
pub struct GithubHook {
    /// The secret that GitHub signs with.
    key: WebhookKey,
    source: SourceFile,
    /// Notified after a push that may have changed the source.
    pushed: Arc<Notify>,
}

impl GithubHook {
    /// The webhook with this secret about this file.
    pub fn new(secret: &[u8], source: SourceFile, pushed: Arc<Notify>) -> Self {
        Self {
            key: WebhookKey::new(secret),
            source,
            pushed,
        }
    }

    /// What verifies its signatures.
    pub(super) const fn key(&self) -> &WebhookKey {
        &self.key
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

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, header::CONTENT_TYPE};
    use serde_json::json;
    use url::form_urlencoded;

    use super::*;
    use crate::http::webhook;

    fn hook() -> GithubHook {
        let url = "https://raw.githubusercontent.com/Own/Re/main/docs/letter.md";
        let source = SourceFile::of(&url.parse().unwrap()).unwrap();
        GithubHook::new(b"secret", source, Arc::default())
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
            let read: Push = webhook::payload(&headers, payload.as_bytes()).unwrap();
            assert_eq!(hook().concerns(&read), expected, "{payload:.200}");
            let form: String = form_urlencoded::Serializer::new(String::new())
                .append_pair("payload", &payload)
                .finish();
            let kind = "application/x-www-form-urlencoded";
            headers.insert(CONTENT_TYPE, kind.parse().unwrap());
            let read: Push = webhook::payload(&headers, form.as_bytes()).unwrap();
            assert_eq!(hook().concerns(&read), expected, "{payload:.200}");
        }
    }
}
