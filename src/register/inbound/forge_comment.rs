//! A comment on an issue of a forge, as a deed of the account that wrote it: from here on it goes the way of a reply.
//!
//! What is different about one stands here: what is known of the account, whose words a comment holds, and what has to be
//! read. Nothing is ever sent to such an account, and a comment that does not sign is not stored.
//!
//! Not here: how comments are read and who vouches for them (`federation::forge`), and what they are judged by
//! (`replies`).

use std::borrow::Cow;

use super::{
    activity::{InboundAction, InboundActivity, InboundPost, Sender, fetched},
    actor_state::ActorState,
};
use crate::{
    activitystreams::{forge_account, forge_number, is_forge_account, paths::LETTER},
    clock::Millis,
    endorsement::{
        Account, ActOutcome, WaitsFor,
        judge::{Audience, PostKind},
        names::{self, user_of},
        policy::{Policy, Replies},
        wording::{self, Intent, Reading},
    },
    hash::Sha256,
    letter::comment_html,
    register::{
        error::Result,
        rules::{Context, Rules},
    },
    store::{ActorRow, EvidenceRow, HostRow, NewActor, Tx},
};

pub use crate::store::KnownComment;

/// The login, and GitHub's number, of the account that stands for those that were deleted. Forgejo's has none.
const GHOST: (&str, u64) = ("ghost", 10_137);

/// An account on a forge, as its API describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForgeAccount {
    /// The forge.
    pub host: HostRow,
    /// The number that the forge gave it, which stays when the account gets another login. 0 is nobody.
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
        forge_account(&self.host.authority, self.number)
    }

    /// Whether it stands for accounts that were deleted. It is no person, so its comments sign nothing.
    pub fn is_ghost(&self) -> bool {
        let (login, number) = GHOST;
        self.number == 0 || (self.number == number && self.login.eq_ignore_ascii_case(login))
    }

    /// How it is shown. It does not look like a handle of the Fediverse, where nobody would be found by it.
    pub fn handle(&self) -> String {
        format!("{} ({})", self.login, self.host.authority)
    }

    /// The account as a row of the register: one without keys, to whose inbox nothing can be sent.
    pub fn document(&self, read_at: Millis) -> NewActor {
        NewActor {
            url: self.id(),
            host: self.host.clone(),
            r#type: if self.is_bot { "Service" } else { "Person" }.to_owned(),
            handle: self.handle(),
            name: names::clean(self.name.as_deref().unwrap_or_default(), &self.login),
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
    /// says where and when it was read. Of an account that is gone it is nothing.
    pub fn written(&self, evidence: EvidenceRow, at: Millis) -> InboundActivity {
        let incoming = |sender, action| InboundActivity {
            sender,
            // Forges give no activity an id. By the comment's address its row is found also when nothing else is left of it.
            activity: Some(self.url.clone()),
            action,
            evidence,
            request: None,
            at,
        };
        if self.author.is_ghost() {
            return incoming(Sender::Known(self.author.id()), InboundAction::Nothing);
        }
        let post = InboundPost {
            id: self.url.clone(),
            kind: PostKind::Reply,
            target: LETTER.to_owned(),
            audience: Audience::Public,
            html: comment_html(&self.markdown),
            warning: None,
            language: None,
            poll: false,
            published: Some(self.created_at),
            updated: (self.updated_at > self.created_at).then_some(self.updated_at),
            edit: self.updated_at > self.created_at,
            is_authors: self.is_authors,
            to_us_alone: false,
        };
        let sender = Sender::Read(Box::new(self.author.document(at)));
        incoming(sender, InboundAction::Post(Box::new(post)))
    }
}

/// The end of a comment: `author` is the account's [`ForgeAccount::id`], `url` the comment's. Also of one whose account
/// became that of deleted accounts.
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

/// An account as its forge describes it now: its name and its age count from here on.
pub fn account_read(account: &ForgeAccount, at: Millis) -> InboundActivity {
    InboundActivity {
        sender: Sender::Read(Box::new(account.document(at))),
        activity: None,
        action: InboundAction::ActorChanged,
        evidence: fetched(&account.id(), &[], at),
        request: None,
        at,
    }
}

/// The accounts of a forge, by the authority of its pages, whose signature stands or waits and whose age was not read yet:
/// id, number and login, those who came first before others.
///
/// # Errors
/// The database failed.
pub async fn accounts_to_read(
    tx: &mut Tx,
    host: &str,
    limit: u32,
) -> Result<Vec<(String, u64, String)>> {
    let unread = tx.unread_accounts(host, i64::from(limit)).await?;
    let accounts = unread.into_iter().filter_map(|(id, handle)| {
        let number = forge_number(&id)?;
        let login = user_of(&handle)?.to_owned();
        Some((id, number, login))
    });
    Ok(accounts.collect())
}

/// Whether this comment is stored, whatever became of it, in a state of this very second: which of two states of a second is
/// the last, only its forge knows.
///
/// # Errors
/// The database failed.
pub async fn is_known_of_this_second(tx: &mut Tx, comment: &ForgeComment) -> Result<bool> {
    let author = tx.actors(&[Sha256::of(&comment.author.id())]).await?;
    let author: Vec<i64> = author.iter().map(|row| row.id).collect();
    let acts = tx.acts(&author, &[Sha256::of(&comment.url)]).await?;
    let mut posts = acts.iter().filter(|row| row.is_post_with(&comment.url));
    Ok(posts.any(|row| row.edited_at.unwrap_or(row.act.at) == comment.updated_at))
}

/// The comments below a thread that count or wait, with their authors.
///
/// # Errors
/// The database failed.
pub async fn known_comments(tx: &mut Tx, thread_url: &str) -> Result<Vec<KnownComment>> {
    let thread = thread_url.trim_end_matches('/');
    Ok(tx
        .known_comments(&format!("{thread}#issuecomment-"))
        .await?)
}

/// The documents of accounts on forges, completed by what is `known`: comments come without display name and age on
/// GitHub, so what was read once stays. All others stay as they are.
pub(in crate::register) fn completed<'a>(
    document: &'a NewActor,
    known: Option<&ActorRow>,
) -> Cow<'a, NewActor> {
    let read = known.filter(|row| row.forge.is_some() && row.published_at.is_some());
    let (Some(row), None) = (read, document.published_at) else {
        return Cow::Borrowed(document);
    };
    let had_name = user_of(&row.handle) != Some(row.name.as_str());
    Cow::Owned(NewActor {
        name: if had_name { &row.name } else { &document.name }.clone(),
        published_at: row.published_at,
        ..document.clone()
    })
}

/// The sources of those documents that are of accounts on forges, by the hashes of their ids.
pub(in crate::register) fn sources(rules: &Rules, documents: &[NewActor]) -> Vec<(Sha256, String)> {
    let accounts = documents.iter().filter(|it| is_forge_account(&it.url));
    accounts
        .map(|account| {
            let source = rules.source_of_forge(&account.host.authority);
            (Sha256::of(&account.url), source.to_owned())
        })
        .collect()
}

/// Whether what a stranger on a forge says is nothing to us, so that nothing of the stranger is stored: it neither signs nor
/// takes something back, or a program says it.
pub(in crate::register) fn means_nothing(context: &Context, incoming: &InboundActivity) -> bool {
    if !is_forge_account(incoming.sender.url()) {
        return false;
    }
    let (Some(post), Sender::Read(document)) = (incoming.action.post(), &incoming.sender) else {
        return true;
    };
    let rules = &context.rules;
    let is_program = Account::of_type(&document.r#type) == Account::Automated;
    let text = wording::text_of(&post.html);
    (is_program && !rules.policy.bots) || rules.read(post.written(&text)).answer == Intent::DoesNot
}

impl ActorState {
    /// Whether it is an account on a forge.
    pub(in crate::register) const fn is_on_forge(&self) -> bool {
        self.row.forge.is_some()
    }

    /// The settings by which the actor is judged. Whoever configures a thread wants its comments to sign, and it holds more
    /// than answers to the letter: so they sign by their words, whatever `endorsing.replies` makes of replies.
    pub(in crate::register) fn policy<'a>(&self, policy: &'a Policy) -> Cow<'a, Policy> {
        if self.is_on_forge() && policy.replies != Replies::Phrase {
            return Cow::Owned(Policy {
                replies: Replies::Phrase,
                ..policy.clone()
            });
        }
        Cow::Borrowed(policy)
    }

    /// Since when the account is known, for its age: one on a forge counts as new until its age was read, unless age makes
    /// no difference.
    pub(in crate::register) fn first_seen(&self, policy: &Policy, now: Millis) -> Millis {
        let is_unread = self.is_on_forge() && self.row.published_at.is_none();
        if is_unread && !policy.min_account_age.is_zero() {
            now.plus(std::time::Duration::from_hours(24))
        } else {
            self.row.first_seen_at
        }
    }

    /// Whether somebody else may have written these signing words of a comment: an edit for which nobody vouches made it
    /// sign, or changed what it says of its author.
    pub(in crate::register) fn may_be_anothers(
        &self,
        rules: &Rules,
        known: Option<usize>,
        (post, reading): (&InboundPost, &Reading),
    ) -> bool {
        if post.is_authors || reading.answer != Intent::Signs {
            return false;
        }
        let before = known.and_then(|index| self.acts.get(index));
        let Some(row) = before.filter(|row| row.act.endorses()) else {
            return true;
        };
        let waits = row.act.outcome == ActOutcome::Pending(WaitsFor::Unsure);
        let said = row.written().map(|written| rules.read(written));
        let is_same = said.is_some_and(|said| {
            (said.answer, &said.rest, &said.declared)
                == (reading.answer, &reading.rest, &reading.declared)
        });
        !is_same || (row.unvouched && waits)
    }

    /// The last of what an account on a forge said that stands. A comment tells by itself when it was written.
    pub(in crate::register) fn last_comment(&self) -> Option<Millis> {
        let standing = self.acts.iter().filter(|row| row.act.endorses());
        standing
            .map(|row| row.edited_at.unwrap_or(row.act.at).max(row.act.at))
            .max()
    }
}
