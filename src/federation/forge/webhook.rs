//! What a webhook of a forge says about a comment. Only its body is signed, so nothing else of it counts: which event it is,
//! the body shows.
//!
//! GitHub: <https://docs.github.com/en/webhooks/webhook-events-and-payloads#issue_comment>. Forgejo and Gitea send the same
//! members: <https://forgejo.org/docs/latest/user/webhooks/>.

use serde::Deserialize;

use super::documents::CommentDocument;
use crate::config::ThreadUrl;

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
}

#[derive(Clone, Debug, Deserialize)]
struct HookRepository {
    full_name: String,
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
        let is_same =
            |found: &HookRepository| found.full_name.eq_ignore_ascii_case(&thread.repository());
        let issue = self.issue.as_ref();
        repository.is_some_and(is_same)
            && issue.is_some_and(|issue| issue.number == thread.number())
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
}
