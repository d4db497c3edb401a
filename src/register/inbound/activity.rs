//! One authentic activity as plain values: the input of the register.

use super::{dereference_jobs::DereferenceTask, likes::reaction_object};
use crate::{
    clock::Millis,
    endorsement::judge::{Audience, PostKind},
    hash::Sha256,
    store::{EvidenceRow, NewActor},
};

/// Origin of evidence: a document fetched from its own server.
pub const FETCHED: &str = "fetched";
/// Origin of evidence: a signed request.
pub const SIGNED: &str = "signed";

/// Evidence for something that was fetched: URL, time and digest of the document instead of a signed request.
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
    /// Its document was just fetched; this is its content.
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
    /// Follows the letter.
    Follow {
        /// The object as the Follow spells it, for the answer.
        object: String,
    },
    /// Follows the instance actor, which takes no followers: to be rejected.
    FollowInstance {
        /// The object as the Follow spells it, for the answer.
        object: String,
    },
    /// Likes something of ours.
    Like {
        /// The path of what is liked.
        target: String,
        /// Whether that is the letter; likes of our other posts count nothing.
        letter: bool,
    },
    /// Reacts to something of ours with an emoji.
    React {
        /// The path of what is reacted to.
        target: String,
        /// Whether that is the letter; reactions to our other posts count nothing.
        letter: bool,
        /// The emoji, as it was written.
        emoji: String,
    },
    /// Dislikes something of ours, which takes a like back: at Lemmy a new vote replaces the old one.
    Dislike {
        /// The path of what is disliked.
        target: String,
    },
    /// Boosts something of ours.
    Boost {
        /// The path of what is boosted.
        target: String,
    },
    /// Published or edited a reply, mention or quote of the letter.
    Post(Box<InboundPost>),
    /// Edited a post that is no reply, mention or quote of the letter, or no longer one.
    Unhung {
        /// Its id.
        post: String,
        /// Its own `updated`.
        updated: Option<Millis>,
    },
    /// Asks whether a post may quote something of ours (`QuoteRequest` of FEP-044f).
    AskToQuote(Box<QuoteWish>),
    /// Reports something to us (`Flag`).
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
    /// Blocked the letter's actor, and wants nothing from it any more.
    Blocked,
    /// Names an object that the sender is no authority for: it has to be fetched from its own server.
    LookUp(DereferenceTask),
    /// Two fetches from its own server found a post of this actor gone.
    SourceGone {
        /// The id.
        object: String,
    },
    /// Two fetches from its own server found the actor itself gone.
    ActorGone,
    /// Nothing for the register, but it proves that the actor's host is alive.
    Nothing,
}

/// What an Undo takes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undo {
    /// The Follow with this id, if the Undo gives one.
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

/// A request to quote something of ours.
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
    /// The comment of the report: a stranger's plain text, at most 5,000 characters.
    pub text: Option<String>,
}

/// A reply, mention or quote of the letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboundPost {
    /// Its id.
    pub id: String,
    /// Reply, mention or quote.
    pub kind: PostKind,
    /// The path of what it answers, mentions or quotes.
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

/// The answer to the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiveOutcome {
    /// 202: it is on the disk, whether or not it had an effect.
    Taken,
    /// 202: it was on the disk before.
    Repeated,
    /// 403: blocked.
    Refused,
    /// 503: too much from the sender's domain waits for a moderator already. Nothing was written; the sender retries.
    Later,
    /// The actor was assumed to be known and is not: its document has to be fetched first.
    Unknown,
}

impl InboundActivity {
    /// Whether it was fetched from its own server, and not delivered.
    pub fn was_fetched(&self) -> bool {
        self.evidence.how == FETCHED
    }

    /// Whether a repetition of the activity can be recognised, by its id or its body. What we fetched has neither,
    /// and a body that was too long is not kept.
    pub fn has_identity(&self) -> bool {
        self.activity.is_some() || !self.evidence.body.is_empty()
    }

    /// The hash that identifies the activity: of its id, or, since ActivityPub allows activities without an id, of
    /// its body; for something fetched, of its URL.
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
    /// Whether it takes something back. That always works, whatever else is refused.
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

    /// Whether it may create an endorsement, and so counts against the surge limits.
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

    /// The id of the post that this publishes or edits, or that asks to quote.
    pub fn named_post(&self) -> Option<&str> {
        if let Self::AskToQuote(asked) = self {
            return Some(&asked.post);
        }
        self.post().map(|post| post.id.as_str())
    }

    /// What has to be fetched, for [`InboundAction::LookUp`].
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
    /// Whether it quotes the letter.
    pub fn is_quote(&self) -> bool {
        self.kind == PostKind::Quote
    }
}
