//! A comment on an issue of a forge, as a deed of the account that wrote it: from here on it goes the way of a reply.
//!
//! Not here: how comments are read and who vouches for them (`federation::forge`).

use super::activity::{InboundAction, InboundActivity, InboundPost, Sender};
use crate::{
    activitystreams::paths::LETTER,
    clock::Millis,
    endorsement::judge::{Audience, PostKind},
    endorsement::names::user_of,
    register::error::Result,
    store::{EvidenceRow, HostRow, NewActor, Tx},
};

/// An account on a forge, as its API describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForgeAccount {
    /// The forge.
    pub host: HostRow,
    /// The number that the forge gave it, which stays when the account gets another login.
    pub number: u64,
    /// The login.
    pub login: String,
    /// The display name; `None` when there is none, or while it was not read.
    pub name: Option<String>,
    /// When it was made; `None` while that was not read.
    pub created_at: Option<Millis>,
    /// Whether the forge says that it is a program.
    pub is_bot: bool,
}

/// A comment, as the API of its forge describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForgeComment {
    /// Who wrote it.
    pub author: ForgeAccount,
    /// Its address for people, which names the thread as it is configured and the comment's number.
    pub url: String,
    /// Its Markdown, as it was written.
    pub markdown: String,
    /// When it was written.
    pub created_at: Millis,
    /// When it was last changed.
    pub updated_at: Millis,
    /// Whether it is known that the author wrote what it says now: it was never edited, or a signed webhook says who
    /// edited it. Who may write to a repository can edit the comments of others.
    pub is_authors: bool,
}

impl ForgeAccount {
    /// What it is known by, as the id of an actor is: host and number.
    pub fn id(&self) -> String {
        format!("https://{}/#account-{}", self.host.authority, self.number)
    }

    /// The account as a row of the register: one without keys, to whose inbox nothing can be sent.
    pub fn document(&self, read_at: Millis) -> NewActor {
        NewActor {
            url: self.id(),
            host: self.host.clone(),
            r#type: if self.is_bot { "Service" } else { "Person" }.to_owned(),
            handle: format!("@{}@{}", self.login, self.host.authority),
            name: self.name.clone().unwrap_or_else(|| self.login.clone()),
            page: Some(format!("https://{}/{}", self.host.authority, self.login)),
            published_at: self.created_at,
            discoverable: true,
            opted_out: false,
            inbox: (String::new(), self.host.clone()),
            shared_inbox: None,
            followers: None,
            suspended: false,
            keys: Vec::new(),
            read_at,
            moved_to: None,
        }
    }
}

impl ForgeComment {
    /// The comment as a public reply to the letter, written or edited. `evidence` is the signed webhook that brought it, or
    /// says where and when it was read.
    pub fn written(&self, evidence: EvidenceRow, at: Millis) -> InboundActivity {
        let post = InboundPost {
            id: self.url.clone(),
            kind: PostKind::Reply,
            target: LETTER.to_owned(),
            audience: Audience::Public,
            html: self.markdown.clone(),
            warning: None,
            language: None,
            poll: false,
            published: Some(self.created_at),
            updated: (self.updated_at > self.created_at).then_some(self.updated_at),
            edit: self.updated_at > self.created_at,
        };
        InboundActivity {
            sender: Sender::Read(Box::new(self.author.document(at))),
            activity: None,
            action: InboundAction::Post(Box::new(post)),
            evidence,
            request: None,
            // Two comments of one person that are read at once are as old as they are.
            at: self.updated_at.min(at),
        }
    }
}

/// The end of a comment: `author` is the account's [`ForgeAccount::id`], `url` the comment's.
pub fn deleted(author: &str, url: &str, evidence: EvidenceRow, at: Millis) -> InboundActivity {
    InboundActivity {
        sender: Sender::Known(author.to_owned()),
        activity: None,
        action: InboundAction::Delete {
            object: url.to_owned(),
        },
        evidence,
        request: None,
        at,
    }
}

/// A comment that stands here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownComment {
    /// The account's [`ForgeAccount::id`].
    pub author_id: String,
    /// Its address.
    pub url: String,
    /// When it was last changed, as far as is known.
    pub updated_at: Millis,
}

/// The comments of a thread that stand here.
pub async fn known_comments(tx: &mut Tx, thread_url: &str) -> Result<Vec<KnownComment>> {
    let acts = tx.acts_below(&format!("{thread_url}#")).await?;
    let known = acts
        .into_iter()
        .map(|(author_id, url, updated_at)| KnownComment {
            author_id,
            url,
            updated_at,
        });
    Ok(known.collect())
}

/// The accounts of a forge that wait for their age and whose document was not read yet, by actor id, number and login; oldest first.
pub async fn accounts_to_read(
    tx: &mut Tx,
    host: &str,
    limit: u32,
) -> Result<Vec<(String, u64, String)>> {
    let prefix = format!("https://{host}/#account-");
    let rows = tx.accounts_without_age(&prefix, limit.into()).await?;
    let accounts = rows.into_iter().filter_map(|(url, handle)| {
        let number = url.strip_prefix(&prefix)?.parse().ok()?;
        let login = user_of(&handle)?.to_owned();
        Some((url, number, login))
    });
    Ok(accounts.collect())
}

/// An account that was read.
pub fn account_read(account: &ForgeAccount, at: Millis) -> InboundActivity {
    let document = account.document(at);
    InboundActivity {
        evidence: super::activity::fetched(&document.url, account.login.as_bytes(), at),
        sender: Sender::Read(Box::new(document)),
        activity: None,
        action: InboundAction::ActorChanged,
        request: None,
        at,
    }
}
