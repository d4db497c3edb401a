//! What the doors hand to the register: one authentic activity, as values.

use super::{dereference_jobs::DereferenceTask, likes::reaction_object};
use crate::{
    clock::Millis,
    endorsement::judge::{Audience, PostKind},
    hash::Sha256,
    store::{EvidenceRow, NewActor},
};

/// How evidence was had: by reading a document on its own server.
pub const FETCHED: &str = "fetched";
/// How evidence was had: by a signed request.
pub const SIGNED: &str = "signed";

/// What was learnt by fetching has the URL, the time and the digest instead of a signed request (`product.md`
/// 2.7).
pub fn fetched(url: &str, document: &[u8], at: Millis) -> EvidenceRow {
    EvidenceRow {
        how: FETCHED.to_owned(),
        method: "GET".to_owned(),
        path: url.to_owned(),
        headers: format!("sha-256: {}\n", Sha256::of_bytes(document).hex()),
        body: Vec::new(),
        key_id: String::new(),
        pem: String::new(),
        received_at: at,
    }
}

/// One authentic activity: who signed it, what it does, and the request that proves it.
#[derive(Clone, Debug)]
pub struct InboundActivity {
    /// Who did it.
    pub sender: Sender,
    /// The activity's id, if it has one.
    pub activity: Option<String>,
    /// What it does.
    pub deed: InboundAction,
    /// The signed request.
    pub evidence: EvidenceRow,
    /// When it arrived.
    pub at: Millis,
}

/// The actor behind an activity.
#[derive(Clone, Debug)]
pub enum Sender {
    /// Known to the register by this id.
    Known(String),
    /// Its document was just read, and says this.
    Read(Box<NewActor>),
}

impl Sender {
    /// The actor's id.
    pub fn url(&self) -> &str {
        match self {
            Self::Known(url) => url,
            Self::Read(actor) => &actor.url,
        }
    }
}

/// What an activity does, as far as the register cares.
#[derive(Clone, Debug)]
pub enum InboundAction {
    /// Follows the letter. `follow` is the Follow as it was received, for the answer (F-193).
    Follow {
        /// The object as it was written there.
        object: String,
    },
    /// Follows the instance actor: to be rejected (F-20).
    FollowInstance {
        /// The object as it was written there.
        object: String,
    },
    /// Likes something of ours.
    Like {
        /// The path of what is liked.
        target: String,
        /// Whether that is the letter; likes of posts are nothing (`product.md` 2.3).
        letter: bool,
    },
    /// Reacts to something of ours with an emoji (F-205, F-206).
    React {
        /// The path of what is reacted to.
        target: String,
        /// Whether that is the letter; reactions to posts are nothing.
        letter: bool,
        /// The emoji, as it was written.
        emoji: String,
    },
    /// Dislikes something of ours, which takes a like back (F-207).
    Dislike {
        /// The path of what is disliked.
        target: String,
    },
    /// Boosts something of ours (F-209).
    Boost {
        /// The path of what is boosted.
        target: String,
    },
    /// Published or edited a post that hangs on the letter.
    Post(Box<InboundPost>),
    /// Edited a post that hangs on nothing of ours, at least not any more.
    Unhung {
        /// Its id.
        post: String,
        /// Its own `updated`.
        updated: Option<Millis>,
    },
    /// Asks whether a post may quote something of ours (F-194).
    AskToQuote(Box<QuoteWish>),
    /// Reports something to us (F-215).
    Report(Box<InboundFlag>),
    /// Takes something back.
    Undo(Undo),
    /// Deleted one of its own posts, or whatever had this id.
    Delete {
        /// The id.
        object: String,
    },
    /// Changed its own document; [`Sender::Read`] carries it.
    ActorChanged,
    /// Deleted its own account.
    ActorDeleted,
    /// Blocked the letter's actor: wants nothing from it any more (F-214).
    Blocked,
    /// Names something that nobody may be believed about but its own server (F-219, F-237).
    LookUp(DereferenceTask),
    /// Two looks at its own server found a post of this actor gone (`product.md` 2.4).
    SourceGone {
        /// The id.
        object: String,
    },
    /// Two looks at its own server found the actor itself gone (F-163, `product.md` 2.4).
    ActorGone,
    /// Nothing for the register, but the actor spoke: it is alive.
    Nothing,
}

/// What an Undo takes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undo {
    /// The Follow with this id, if it has one (F-229).
    Follow(Option<String>),
    /// The Like of this path, with its id if it has one.
    Like {
        /// The path of what was liked.
        target: String,
        /// The Like's id.
        activity: Option<String>,
    },
    /// The reaction with this emoji to this path, with its id if it has one.
    React {
        /// The path of what was reacted to.
        target: String,
        /// The emoji, as it was written.
        emoji: String,
        /// The reaction's id.
        activity: Option<String>,
    },
    /// The boost of this path, with its id if it has one.
    Boost {
        /// The path of what was boosted.
        target: String,
        /// The boost's id.
        activity: Option<String>,
    },
    /// Whatever had this activity id.
    Activity(String),
}

/// A wish to quote something of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuoteWish {
    /// What is to be quoted, as it was written, for the answer.
    pub object: String,
    /// The id of the post that quotes.
    pub post: String,
    /// The path of what is to be quoted; `None` when that is nothing of ours, or the post is not the asking
    /// actor's, not public, or quotes something else: to be rejected.
    pub target: Option<String>,
}

/// A report by another server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboundFlag {
    /// The paths of what is ours among the things that it names.
    pub ours: Vec<String>,
    /// The ids of the others: actors and posts that may stand behind an endorsement.
    pub theirs: Vec<String>,
    /// What was written with it, plain text of a stranger, at most 5,000 characters.
    pub text: Option<String>,
}

/// A post that hangs on the letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboundPost {
    /// Its id.
    pub id: String,
    /// Reply, mention or quote.
    pub kind: PostKind,
    /// The path of what it hangs on.
    pub target: String,
    /// Who may read it.
    pub audience: Audience,
    /// Its HTML, as its server sent it.
    pub html: String,
    /// Its content warning, as plain text.
    pub warning: Option<String>,
    /// Its own `published`.
    pub published: Option<Millis>,
    /// Its own `updated`.
    pub updated: Option<Millis>,
    /// Whether it came as an Update.
    pub edit: bool,
}

/// What the sender is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiveOutcome {
    /// 202: it is on the disk, whether or not it had an effect.
    Taken,
    /// 202: it was on the disk before.
    Repeated,
    /// 403: blocked.
    Refused,
    /// 503: too much waits for a moderator from the sender's domain already. Nothing was written; the sender
    /// comes again.
    Later,
    /// The actor was taken for known and is not: its document has to be read again first.
    Unknown,
}

impl InboundActivity {
    /// Whether it was read from its own server, and not delivered.
    pub fn was_fetched(&self) -> bool {
        self.evidence.how == FETCHED
    }

    /// Whether there is anything by which the activity is known again. What was read by us has neither an id nor
    /// a body, and a body that was too long is not kept.
    pub fn has_identity(&self) -> bool {
        self.activity.is_some() || !self.evidence.body.is_empty()
    }

    /// The hash that stands for the activity: of its id, or of its body when it has none (F-227); of the URL of
    /// what was fetched.
    pub fn hash(&self) -> Sha256 {
        match self.activity.as_deref() {
            Some(id) => Sha256::of(id),
            None if self.was_fetched() => Sha256::of(&self.evidence.path),
            None => Sha256::of_bytes(&self.evidence.body),
        }
    }

    /// The ids whose acts the register has to look at for this activity.
    pub fn ids(&self) -> Vec<Sha256> {
        let mut ids = vec![self.hash()];
        match &self.deed {
            InboundAction::Post(post) => ids.push(Sha256::of(&post.id)),
            InboundAction::Delete { object } | InboundAction::SourceGone { object } => {
                ids.push(Sha256::of(object));
            }
            InboundAction::Like { target, .. } | InboundAction::Boost { target } => {
                ids.push(Sha256::of(target));
            }
            InboundAction::Undo(Undo::Follow(Some(id)) | Undo::Activity(id)) => {
                ids.push(Sha256::of(id));
            }
            InboundAction::Undo(
                Undo::Like { target, activity } | Undo::Boost { target, activity },
            ) => {
                ids.push(Sha256::of(target));
                ids.extend(activity.as_deref().map(Sha256::of));
            }
            InboundAction::Undo(Undo::React { activity, .. }) => {
                ids.extend(activity.as_deref().map(Sha256::of));
            }
            InboundAction::React { target, emoji, .. } => {
                ids.extend(reaction_object(target, emoji).as_deref().map(Sha256::of));
            }
            InboundAction::Unhung { post, .. } => ids.push(Sha256::of(post)),
            InboundAction::AskToQuote(asked) => ids.push(Sha256::of(&asked.post)),
            InboundAction::Dislike { .. }
            | InboundAction::Report(_)
            | InboundAction::Follow { .. }
            | InboundAction::FollowInstance { .. }
            | InboundAction::Undo(Undo::Follow(None))
            | InboundAction::ActorChanged
            | InboundAction::ActorDeleted
            | InboundAction::Blocked
            | InboundAction::LookUp(_)
            | InboundAction::ActorGone
            | InboundAction::Nothing => (),
        }
        ids
    }
}

impl InboundAction {
    /// Whether it takes something back. That always works (`product.md` 2.3).
    pub const fn leaves(&self) -> bool {
        match self {
            Self::Undo(_)
            | Self::Delete { .. }
            | Self::Dislike { .. }
            | Self::Unhung { .. }
            | Self::SourceGone { .. }
            | Self::ActorGone
            | Self::ActorDeleted
            | Self::Blocked => true,
            Self::Follow { .. }
            | Self::FollowInstance { .. }
            | Self::Like { .. }
            | Self::React { .. }
            | Self::Boost { .. }
            | Self::Post(_)
            | Self::AskToQuote(_)
            | Self::Report(_)
            | Self::LookUp(_)
            | Self::ActorChanged
            | Self::Nothing => false,
        }
    }

    /// Whether it may let somebody in, so that it is counted against surge limits.
    pub const fn may_endorse(&self) -> bool {
        match self {
            Self::Like { letter, .. } | Self::React { letter, .. } => *letter,
            Self::Post(_) => true,
            Self::Undo(_)
            | Self::Delete { .. }
            | Self::Dislike { .. }
            | Self::Unhung { .. }
            | Self::SourceGone { .. }
            | Self::ActorGone
            | Self::ActorDeleted
            | Self::Blocked
            | Self::Follow { .. }
            | Self::FollowInstance { .. }
            | Self::Boost { .. }
            | Self::AskToQuote(_)
            | Self::Report(_)
            | Self::LookUp(_)
            | Self::ActorChanged
            | Self::Nothing => false,
        }
    }

    /// The id of the post that stands or falls with this: published, or about to quote.
    pub fn named_post(&self) -> Option<&str> {
        if let Self::AskToQuote(asked) = self {
            return Some(&asked.post);
        }
        self.post().map(|it| it.id.as_str())
    }

    /// What has to be read first, when that is all.
    pub fn errand(&self) -> Option<&DereferenceTask> {
        if let Self::LookUp(errand) = self {
            Some(errand)
        } else {
            None
        }
    }

    /// The post, when it is one.
    pub fn post(&self) -> Option<&InboundPost> {
        match self {
            Self::Post(post) => Some(post),
            Self::Follow { .. }
            | Self::FollowInstance { .. }
            | Self::Like { .. }
            | Self::React { .. }
            | Self::Dislike { .. }
            | Self::Boost { .. }
            | Self::Unhung { .. }
            | Self::AskToQuote(_)
            | Self::Report(_)
            | Self::Undo(_)
            | Self::Delete { .. }
            | Self::ActorChanged
            | Self::ActorDeleted
            | Self::Blocked
            | Self::LookUp(_)
            | Self::SourceGone { .. }
            | Self::ActorGone
            | Self::Nothing => None,
        }
    }
}

impl InboundPost {
    /// Whether it hangs on the letter by quoting it.
    pub fn is_quote(&self) -> bool {
        self.kind == PostKind::Quote
    }
}
