//! What the doors hand to the register: one authentic activity, as values.

use crate::{
    clock::Millis,
    endorsement::judge::{Audience, PostKind},
    hash::Sha256,
    store::{EvidenceRow, NewActor},
};

/// One authentic activity: who signed it, what it does, and the request that proves it.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// Who did it.
    pub sender: Sender,
    /// The activity's id, if it has one.
    pub activity: Option<String>,
    /// What it does.
    pub deed: Deed,
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
pub enum Deed {
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
    /// Published or edited a post that hangs on the letter.
    Post(Box<Post>),
    /// Takes something back.
    Undo(Undone),
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
    /// Nothing for the register, but the actor spoke: it is alive.
    Nothing,
}

/// What an Undo takes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undone {
    /// The Follow with this id, if it has one (F-229).
    Follow(Option<String>),
    /// The Like of this path, with its id if it has one.
    Like {
        /// The path of what was liked.
        target: String,
        /// The Like's id.
        activity: Option<String>,
    },
    /// Whatever had this activity id.
    Activity(String),
}

/// A post that hangs on the letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
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
pub enum Answer {
    /// 202: it is on the disk, whether or not it had an effect.
    Taken,
    /// 403: blocked.
    Refused,
    /// 503: too much waits for a moderator from the sender's domain already. Nothing was written; the sender
    /// comes again.
    Later,
    /// The actor was taken for known and is not: its document has to be read again first.
    Unknown,
}

impl Incoming {
    /// The hash that stands for the activity: of its id, or of its body when it has none (F-227).
    pub fn hash(&self) -> Sha256 {
        self.activity
            .as_deref()
            .map_or_else(|| Sha256::of_bytes(&self.evidence.body), Sha256::of)
    }

    /// The ids whose acts the register has to look at for this activity.
    pub fn ids(&self) -> Vec<Sha256> {
        let mut ids = vec![self.hash()];
        match &self.deed {
            Deed::Post(post) => ids.push(Sha256::of(&post.id)),
            Deed::Delete { object } => ids.push(Sha256::of(object)),
            Deed::Like { target, .. } => ids.push(Sha256::of(target)),
            Deed::Undo(Undone::Follow(Some(id)) | Undone::Activity(id)) => ids.push(Sha256::of(id)),
            Deed::Undo(Undone::Like { target, activity }) => {
                ids.push(Sha256::of(target));
                ids.extend(activity.as_deref().map(Sha256::of));
            }
            Deed::Follow { .. }
            | Deed::FollowInstance { .. }
            | Deed::Undo(Undone::Follow(None))
            | Deed::ActorChanged
            | Deed::ActorDeleted
            | Deed::Blocked
            | Deed::Nothing => (),
        }
        ids
    }
}

impl Deed {
    /// Whether it takes something back. That always works (`product.md` 2.3).
    pub const fn leaves(&self) -> bool {
        match self {
            Self::Undo(_) | Self::Delete { .. } | Self::ActorDeleted | Self::Blocked => true,
            Self::Follow { .. }
            | Self::FollowInstance { .. }
            | Self::Like { .. }
            | Self::Post(_)
            | Self::ActorChanged
            | Self::Nothing => false,
        }
    }

    /// The post, when it is one.
    pub fn post(&self) -> Option<&Post> {
        match self {
            Self::Post(post) => Some(post),
            Self::Follow { .. }
            | Self::FollowInstance { .. }
            | Self::Like { .. }
            | Self::Undo(_)
            | Self::Delete { .. }
            | Self::ActorChanged
            | Self::ActorDeleted
            | Self::Blocked
            | Self::Nothing => None,
        }
    }
}
