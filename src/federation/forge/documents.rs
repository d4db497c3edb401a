//! Issues, comments and accounts as the APIs of forges write them.
//!
//! GitHub: <https://docs.github.com/en/rest/issues>. Forgejo and Gitea: <https://codeberg.org/api/swagger>. Both have the
//! same names for nearly everything that is read here.

use serde::Deserialize;

use crate::{
    clock::Millis,
    config::ThreadUrl,
    federation::remote_actor::host_of,
    hash::Sha256,
    register::inbound::forge_comment::{ForgeAccount, ForgeComment},
};

/// An issue.
#[derive(Clone, Debug, Deserialize)]
pub struct IssueDocument {
    /// The number by which the forge knows it in all repositories, which is never given again.
    pub id: i64,
    /// The opening post; `None` when it is empty.
    #[serde(default)]
    pub body: Option<String>,
    /// Whether only those who may write to the repository can comment. Forgejo calls it `is_locked`.
    #[serde(default, alias = "is_locked")]
    pub locked: bool,
    /// How many comments it has.
    #[serde(default)]
    pub comments: i64,
    updated_at: String,
}

impl IssueDocument {
    /// When it was last changed; `None` for something that is no time.
    pub fn updated_at(&self) -> Option<Millis> {
        Millis::parse_rfc3339(&self.updated_at)
    }

    /// Whether the opening post links to this address, or to something below it.
    pub fn links_to(&self, origin: &str) -> bool {
        let origin = origin.trim_end_matches('/');
        let body = self.body.as_deref().unwrap_or_default();
        // What follows must not make another host of it.
        let is_end = |rest: &str| {
            let mut rest = rest.chars();
            match rest.next() {
                Some('.' | ':') => rest.next().is_none_or(|next| !next.is_alphanumeric()),
                Some(next) => !next.is_alphanumeric() && !"-@".contains(next),
                None => true,
            }
        };
        body.match_indices(origin)
            .any(|(at, found)| body.get(at + found.len()..).is_none_or(is_end))
    }
}

/// An account, in a document of its own or as the author of a comment.
#[derive(Clone, Debug, Deserialize)]
pub struct UserDocument {
    /// The number.
    pub id: i64,
    /// The login.
    pub login: String,
    /// GitHub: `User`, `Bot`, `Organization` or `Mannequin`.
    #[serde(default, rename = "type")]
    kind: Option<String>,
    /// GitHub's display name, in the document of the account alone.
    #[serde(default)]
    name: Option<String>,
    /// Forgejo's display name.
    #[serde(default)]
    full_name: Option<String>,
    /// GitHub's time, in the document of the account alone.
    #[serde(default)]
    created_at: Option<String>,
    /// Forgejo's time.
    #[serde(default)]
    created: Option<String>,
}

impl UserDocument {
    /// The account on the forge of this thread; `None` when it stands for accounts that were deleted.
    pub fn account(&self, thread: &ThreadUrl) -> Option<ForgeAccount> {
        let name = self.name.as_ref().or(self.full_name.as_ref());
        let name = name.map(|name| name.trim().to_owned());
        let created = self.created_at.as_ref().or(self.created.as_ref());
        let account = ForgeAccount {
            host: host_of(thread.as_str())?,
            number: self.id.try_into().ok()?,
            login: self.login.clone(),
            name: name.filter(|name| !name.is_empty()),
            created_at: created.and_then(|text| Millis::parse_rfc3339(text)),
            is_bot: self.kind.as_deref() == Some("Bot"),
        };
        Some(account).filter(|account| !account.is_ghost())
    }
}

/// A comment, also one among the events of Forgejo's timeline.
#[derive(Clone, Debug, Deserialize)]
pub struct CommentDocument {
    /// The number, which is never given again.
    pub id: u64,
    /// Who wrote it; `None` when the account was deleted.
    #[serde(default)]
    pub user: Option<UserDocument>,
    #[serde(default)]
    body: Option<String>,
    created_at: String,
    updated_at: String,
    /// What an event of Forgejo's timeline is.
    #[serde(default, rename = "type")]
    event: Option<String>,
}

impl CommentDocument {
    /// Whether it is a comment, and not another event.
    pub fn is_comment(&self) -> bool {
        self.event.as_deref().is_none_or(|event| event == "comment")
    }

    /// When it was last changed; `None` for something that is no time.
    pub fn updated_at(&self) -> Option<Millis> {
        Millis::parse_rfc3339(&self.updated_at)
    }

    /// What it says and since when: two that are equal are one state of it.
    pub fn state(&self) -> Sha256 {
        let body = self.body.as_deref().unwrap_or_default();
        Sha256::of(&format!("{} {body}", self.updated_at))
    }

    /// Its address below the thread.
    pub fn url(&self, thread: &ThreadUrl) -> String {
        comment_url(thread, self.id)
    }

    /// The comment, as the register takes it; `None` when nobody wrote it any more, or it has no times. `editor` is the
    /// account that a signed webhook names for this very state of it.
    pub fn comment(&self, thread: &ThreadUrl, editor: Option<i64>) -> Option<ForgeComment> {
        let user = self.user.as_ref()?;
        let created_at = Millis::parse_rfc3339(&self.created_at)?;
        let updated_at = Millis::parse_rfc3339(&self.updated_at)?;
        Some(ForgeComment {
            author: user.account(thread)?,
            url: self.url(thread),
            markdown: self.body.clone().unwrap_or_default(),
            created_at,
            updated_at: updated_at.max(created_at),
            is_authors: editor.map_or(updated_at <= created_at, |editor| editor == user.id),
        })
    }
}

/// The address of a comment.
fn comment_url(thread: &ThreadUrl, id: u64) -> String {
    format!("{}#issuecomment-{id}", thread.as_str())
}

/// The number of a comment by its address below this thread.
pub fn number_of(thread: &ThreadUrl, url: &str) -> Option<u64> {
    let rest = url.strip_prefix(thread.as_str())?;
    rest.strip_prefix("#issuecomment-")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::Config;

    fn thread() -> ThreadUrl {
        let text = "forge.threads = [{url = 'https://f.example/o/r/issues/7'}]";
        let config = Config::parse(text, "x".as_ref(), std::iter::empty()).unwrap();
        config.forge_threads().remove(0).url
    }

    /// The documented example of GitHub, shortened.
    #[test]
    fn a_comment_of_github_is_read_without_name_and_age() {
        let document = json!({
            "id": 1, "node_id": "x", "url": "https://api.github.com/repos/o/r/issues/comments/1", "body": "Me too",
            "user": {"login": "octocat", "id": 5, "type": "User", "site_admin": false},
            "created_at": "2011-04-14T16:00:49Z", "updated_at": "2011-04-14T16:00:49Z", "author_association": "NONE",
        });
        let document: CommentDocument = serde_json::from_value(document).unwrap();
        let comment = document.comment(&thread(), None).unwrap();
        assert_eq!(comment.url, "https://f.example/o/r/issues/7#issuecomment-1");
        assert_eq!(number_of(&thread(), &comment.url), Some(1));
        assert_eq!(comment.author.id(), "https://f.example/#account-5");
        assert_eq!(
            (&comment.author.name, comment.author.created_at),
            (&None, None)
        );
        assert!(comment.is_authors && !comment.author.is_bot);
        // Whoever a webhook names decides, also of a change within the second in which it was written.
        for (editor, expected) in [(5, true), (6, false)] {
            let comment = document.comment(&thread(), Some(editor)).unwrap();
            assert_eq!(comment.is_authors, expected, "{editor}");
        }
    }

    #[test]
    fn a_comment_of_forgejo_brings_name_and_age() {
        let document = json!({
            "id": 2, "type": "comment", "body": null, "created_at": "2026-01-01T00:00:00+01:00",
            "updated_at": "2026-01-01T00:00:09+01:00",
            "user": {"id": 9, "login": "ada", "full_name": " Ada ", "created": "2020-01-01T00:00:00Z", "email": "x"},
        });
        let document: CommentDocument = serde_json::from_value(document).unwrap();
        let comment = document.comment(&thread(), None).unwrap();
        assert_eq!(comment.author.name.as_deref(), Some("Ada"));
        assert_eq!(
            comment.author.created_at,
            Millis::parse_rfc3339("2020-01-01T00:00:00Z")
        );
        // Who may write to a repository can edit the comments of others.
        assert!(!comment.is_authors);
        assert!(!document.comment(&thread(), Some(8)).unwrap().is_authors);
        assert!(document.comment(&thread(), Some(9)).unwrap().is_authors);
    }

    #[test]
    fn what_deleted_accounts_wrote_is_nobodys() {
        for user in [
            json!(null),
            json!({"id": 10_137, "login": "ghost", "type": "User"}),
            json!({"id": -1, "login": "Ghost"}),
        ] {
            let time = "2026-01-01T00:00:00Z";
            let document = json!({"id": 2, "user": user, "body": "I sign", "created_at": time, "updated_at": time});
            let document: CommentDocument = serde_json::from_value(document).unwrap();
            assert_eq!(document.comment(&thread(), None), None);
        }
    }

    #[test]
    fn the_opening_post_links_to_the_letter_or_it_does_not() {
        let ours = "https://l.example";
        for (body, expected) in [
            ("Read https://l.example", true),
            ("Read https://l.example. Then sign", true),
            ("Then sign https://l.example.", true),
            ("https://l.example:8080/", false),
            ("[the letter](https://l.example/de/)", true),
            ("<https://l.example>", true),
            ("https://l.example.org/", false),
            ("https://l.example-x", false),
            ("l.example", false),
            ("", false),
        ] {
            let issue = json!({"id": 1, "body": body, "updated_at": "2026-01-01T00:00:00Z"});
            let issue: IssueDocument = serde_json::from_value(issue).unwrap();
            assert_eq!(issue.links_to(ours), expected, "{body}");
        }
    }
}
