//! What a webhook of a forge says about a comment. Only its body is signed, so nothing else of it counts: which event it is,
//! the body shows.
//!
//! GitHub: <https://docs.github.com/en/webhooks/webhook-events-and-payloads#issue_comment>. Forgejo and Gitea send the same
//! members: <https://forgejo.org/docs/latest/user/webhooks/>.

use serde::Deserialize;
use url::Url;

use super::documents::CommentDocument;
use crate::{config::ThreadUrl, hash::Sha256, signature::authority};

/// What we read of a webhook.
#[derive(Clone, Debug, Deserialize)]
pub struct HookPayload {
    #[serde(default)]
    action: Option<String>,
    #[serde(default)]
    issue: Option<HookIssue>,
    #[serde(default)]
    comment: Option<CommentDocument>,
    #[serde(default)]
    repository: Option<HookRepository>,
    #[serde(default)]
    sender: Option<HookSender>,
}

#[derive(Clone, Debug, Deserialize)]
struct HookIssue {
    number: u64,
    /// The number by which the forge knows it in all repositories.
    #[serde(default)]
    id: Option<i64>,
}

#[derive(Clone, Debug, Deserialize)]
struct HookRepository {
    full_name: String,
    /// Its address for people.
    #[serde(default)]
    html_url: Option<String>,
}

impl HookRepository {
    /// Whether it is on another forge than this thread.
    fn is_elsewhere(&self, thread: &ThreadUrl) -> bool {
        let forge = |page: &String| authority(&Url::parse(page).ok()?);
        let page = self.html_url.as_ref();
        page.is_some_and(|page| forge(page).as_deref() != Some(thread.authority()))
    }
}

#[derive(Clone, Debug, Deserialize)]
struct HookSender {
    id: i64,
}

/// What a webhook means for a thread.
#[derive(Clone, Debug)]
pub enum HookNews<'a> {
    /// A comment was written, or edited by this account.
    Written(&'a CommentDocument, Option<i64>),
    /// A comment was deleted.
    Deleted(&'a CommentDocument),
    /// Something else happened to the issue.
    Issue,
}

impl HookPayload {
    /// Whether it is about this issue of this repository.
    pub fn concerns(&self, thread: &ThreadUrl) -> bool {
        let repository = self.repository.as_ref();
        let is_same = |found: &HookRepository| {
            found.full_name.eq_ignore_ascii_case(&thread.repository())
                && !found.is_elsewhere(thread)
        };
        let issue = self.issue.as_ref();
        repository.is_some_and(is_same)
            && issue.is_some_and(|issue| issue.number == thread.number())
    }

    /// Whether it is about another issue than the one with this id that stood there before.
    pub fn is_of_another(&self, known: Option<i64>) -> bool {
        let said = self.issue.as_ref().and_then(|issue| issue.id);
        said.zip(known).is_some_and(|(said, known)| said != known)
    }

    /// Whether it is about no issue at all, as a `ping` is.
    pub const fn names_no_issue(&self) -> bool {
        self.issue.is_none()
    }

    /// What it means for the issue that it is about.
    pub fn news(&self) -> HookNews<'_> {
        let editor = self.sender.as_ref().map(|sender| sender.id);
        match (&self.comment, self.action.as_deref()) {
            (Some(comment), Some("created" | "edited")) => HookNews::Written(comment, editor),
            (Some(comment), Some("deleted")) => HookNews::Deleted(comment),
            (Some(_) | None, _) => HookNews::Issue,
        }
    }

    /// Whether it says that a comment was edited.
    pub fn is_edit(&self) -> bool {
        self.action.as_deref() == Some("edited")
    }

    /// The state of the comment that its author wrote, as the webhook says who did it.
    pub fn vouched(&self) -> Option<Sha256> {
        let (comment, sender) = (self.comment.as_ref()?, self.sender.as_ref()?);
        let is_author = comment.user.as_ref()?.id == sender.id;
        is_author.then(|| comment.state())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::config::Config;

    fn payload(action: &str, sender: i64) -> Value {
        let time = "2026-01-01T00:00:00Z";
        let user = json!({"id": 5, "login": "ada"});
        let comment = json!({"id": 2, "user": user, "body": "I sign", "created_at": time, "updated_at": time});
        json!({
            "action": action, "issue": {"number": 7}, "comment": comment,
            "repository": {"full_name": "own/RE"}, "sender": {"id": sender},
        })
    }

    fn read(payload: Value) -> HookPayload {
        serde_json::from_value(payload).unwrap()
    }

    #[test]
    fn a_payload_is_about_one_issue_of_one_repository() {
        let text = "forge.threads = [{url = 'https://f.example/Own/re/issues/7'}]";
        let config = Config::parse(text, "x".as_ref(), std::iter::empty()).unwrap();
        let thread = config.forge_threads().remove(0).url;
        assert!(read(payload("created", 5)).concerns(&thread));
        for (pointer, value) in [
            ("/issue/number", json!(8)),
            ("/repository/full_name", json!("own/re2")),
            ("/repository/full_name", json!("other/re")),
            ("/repository", json!(null)),
            ("/issue", json!(null)),
        ] {
            let mut other = payload("created", 5);
            *other.pointer_mut(pointer).unwrap() = value;
            assert!(!read(other.clone()).concerns(&thread), "{other}");
        }
        for (page, expected) in [
            ("https://f.example/own/RE", true),
            ("http://f.example/own/RE", true),
            ("https://f.example:8443/own/RE", false),
            ("https://g.example/own/RE", false),
            ("own/RE", false),
        ] {
            let mut other = payload("created", 5);
            other["repository"]["html_url"] = json!(page);
            assert_eq!(read(other).concerns(&thread), expected, "{page}");
        }
        assert!(read(json!({"zen": "x"})).names_no_issue());
    }

    #[test]
    fn an_issue_is_known_by_its_id() {
        for (said, known, expected) in [
            (Some(1), Some(1), false),
            (Some(2), Some(1), true),
            (None, Some(1), false),
            (Some(2), None, false),
        ] {
            let mut payload = payload("created", 5);
            payload["issue"]["id"] = json!(said);
            assert_eq!(
                read(payload).is_of_another(known),
                expected,
                "{said:?} {known:?}"
            );
        }
    }

    #[test]
    fn only_comments_are_written_and_deleted_and_their_author_vouches() {
        for (action, expected) in [
            ("created", "written"),
            ("edited", "written"),
            ("deleted", "deleted"),
            ("locked", "issue"),
        ] {
            let said = read(payload(action, 5));
            let news = match said.news() {
                HookNews::Written(_, Some(5)) => "written",
                HookNews::Written(..) => "written by somebody",
                HookNews::Deleted(_) => "deleted",
                HookNews::Issue => "issue",
            };
            assert_eq!(news, expected, "{action}");
            assert!(said.vouched().is_some());
            assert_eq!(read(payload(action, 6)).vouched(), None);
        }
        let mut without = payload("edited", 5);
        without["comment"] = json!(null);
        assert!(matches!(read(without).news(), HookNews::Issue));
    }
}
