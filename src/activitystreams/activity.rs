//! Incoming activities.
//!
//! The type is read first, and then what that type needs. An activity of a type that we do not handle, or
//! with an unreadable object, is a [`ActivityKind::Other`]: authentic, and without effect. It is no error, because a
//! sender would retry for days.

use serde_json::Value;

use super::{
    MAX_ID,
    embedded::{Announced, Embedded, UndoneObject, reaction},
    json::{self, BadJson},
    read::{self, Object},
};

/// An activity as it was received. Nothing is verified: neither that `actor` sent it nor that the object
/// belongs to that actor.
#[derive(Clone, Debug, PartialEq)]
pub struct Activity {
    /// Its id, at most 2048 bytes, if it has one: ActivityPub allows transient activities without.
    pub id: Option<String>,
    /// The id of the actor, not empty, at most 2048 bytes.
    pub actor: String,
    /// The action.
    pub kind: ActivityKind,
}

/// What an activity does.
#[derive(Clone, Debug, PartialEq)]
pub enum ActivityKind {
    /// Asks to follow `object`.
    Follow {
        /// The followed actor, as it was written.
        object: String,
    },
    /// Likes.
    Like {
        /// What is liked.
        object: String,
    },
    /// Reacts with an emoji: a Like that carries one (Misskey), or an `EmojiReact` (Pleroma).
    React {
        /// What is reacted to.
        object: String,
        /// The emoji, or a custom one's name; not empty, at most 300 characters.
        emoji: String,
    },
    /// Dislikes: takes a like back, as votes change on Lemmy.
    Dislike {
        /// What is disliked.
        object: String,
    },
    /// Boosts, or relays somebody else's activity.
    Announce {
        /// What is announced.
        object: Announced,
    },
    /// Takes something back.
    Undo {
        /// What is taken back; if it names an actor, that is this actor.
        object: UndoneObject,
    },
    /// Publishes something.
    Create {
        /// What is published.
        object: Embedded,
    },
    /// Changes something.
    Update {
        /// What is changed.
        object: Embedded,
    },
    /// Deletes something.
    Delete {
        /// Its id, whether it came as an id or as an object.
        object: String,
    },
    /// Blocks an actor.
    Block {
        /// Who is blocked.
        object: String,
    },
    /// Moves the actor to another account.
    Move {
        /// The id of the new account.
        target: String,
    },
    /// Reports something to the administrators.
    Flag {
        /// What is reported: actors and posts, at most 100.
        objects: Vec<String>,
        /// What the reporter wrote, at most 5,000 characters.
        content: Option<String>,
    },
    /// Asks whether a post may quote something of ours (FEP-044f).
    QuoteRequest {
        /// What is quoted.
        object: String,
        /// The post that quotes it.
        instrument: Embedded,
    },
    /// Everything else, with the name of its type, at most 64 characters.
    Other(String),
}

/// Why a body is not an activity.
#[derive(Debug, thiserror::Error)]
pub enum BadActivity {
    /// Not a JSON object that can be read.
    #[error(transparent)]
    Json(#[from] BadJson),
    /// Several activities in one body: to be answered with 202 and ignored.
    #[error("the body is a collection of activities")]
    Collection,
    /// Without `type`.
    #[error("the activity has no type")]
    NoType,
    /// Without `actor`, or with one that is not an id.
    #[error("the activity has no actor with an id of at most {MAX_ID} bytes")]
    NoActor,
    /// With an `id` that is not a string or is too long.
    #[error("the activity's id is not a string of at most {MAX_ID} bytes")]
    BadId,
}

impl Activity {
    /// Reads the body of a POST to an inbox. The caller has limited its size.
    pub fn parse(body: &[u8]) -> Result<Self, BadActivity> {
        Self::read(&json::parse(body)?)
    }

    /// Reads an activity, either a whole body or one that another activity carries.
    pub(super) fn read(object: &Object) -> Result<Self, BadActivity> {
        let kind = read::first_type(object, &HANDLED).ok_or(BadActivity::NoType)?;
        if matches!(kind.as_str(), "Collection" | "OrderedCollection") {
            return Err(BadActivity::Collection);
        }
        let id = match object.get("id") {
            None | Some(Value::Null) => None,
            Some(Value::String(id)) if id.is_empty() => None,
            Some(Value::String(id)) if id.len() <= MAX_ID => Some(id.clone()),
            Some(_) => return Err(BadActivity::BadId),
        };
        let actor = read::id(object, "actor").ok_or(BadActivity::NoActor)?;
        let kind = ActivityKind::read(object, &kind, &actor).unwrap_or(ActivityKind::Other(kind));
        Ok(Self { id, actor, kind })
    }

    /// Whether this is a Delete or an Update of its own actor. If we do not know that actor, it has no effect
    /// and needs no verification: servers send these to everybody, and the key of a deleted actor can no
    /// longer be fetched.
    pub fn concerns_its_actor(&self) -> bool {
        let object = match &self.kind {
            ActivityKind::Delete { object } => Some(object.as_str()),
            ActivityKind::Update { object } => object.id(),
            ActivityKind::Follow { .. }
            | ActivityKind::Like { .. }
            | ActivityKind::React { .. }
            | ActivityKind::Dislike { .. }
            | ActivityKind::Announce { .. }
            | ActivityKind::Undo { .. }
            | ActivityKind::Create { .. }
            | ActivityKind::Block { .. }
            | ActivityKind::Move { .. }
            | ActivityKind::Flag { .. }
            | ActivityKind::QuoteRequest { .. }
            | ActivityKind::Other(_) => None,
        };
        object == Some(&self.actor)
    }
}

/// The types that [`ActivityKind::read`] knows.
pub(super) const HANDLED: [&str; 13] = [
    "Follow",
    "Like",
    "EmojiReact",
    "Dislike",
    "Announce",
    "Undo",
    "Create",
    "Update",
    "Delete",
    "Block",
    "Move",
    "Flag",
    "QuoteRequest",
];

impl ActivityKind {
    /// The name of the type, for logs and metrics.
    pub fn name(&self) -> &str {
        match self {
            Self::Follow { .. } => "Follow",
            Self::Like { .. } => "Like",
            Self::React { .. } => "EmojiReact",
            Self::Dislike { .. } => "Dislike",
            Self::Announce { .. } => "Announce",
            Self::Undo { .. } => "Undo",
            Self::Create { .. } => "Create",
            Self::Update { .. } => "Update",
            Self::Delete { .. } => "Delete",
            Self::Block { .. } => "Block",
            Self::Move { .. } => "Move",
            Self::Flag { .. } => "Flag",
            Self::QuoteRequest { .. } => "QuoteRequest",
            Self::Other(name) => name,
        }
    }

    /// `None` when the type is not handled or its object cannot be read.
    fn read(activity: &Object, kind: &str, actor: &str) -> Option<Self> {
        if kind == "Flag" {
            return Self::read_flag(activity);
        }
        let object = read::one(activity, "object")?;
        let id = || read::id_of(object).map(str::to_owned);
        Some(match kind {
            "Follow" => Self::Follow { object: id()? },
            "Like" => match reaction(activity) {
                None => Self::Like { object: id()? },
                Some(emoji) => Self::React {
                    object: id()?,
                    emoji,
                },
            },
            // Without an emoji it has no meaning.
            "EmojiReact" => Self::React {
                object: id()?,
                emoji: reaction(activity)?,
            },
            "Dislike" => Self::Dislike { object: id()? },
            "Announce" => Self::Announce {
                object: Announced::read(object)?,
            },
            "Undo" => Self::Undo {
                object: UndoneObject::read(object, actor)?,
            },
            "Create" => Self::Create {
                object: Embedded::read(object)?,
            },
            "Update" => Self::Update {
                object: Embedded::read(object)?,
            },
            "Delete" => Self::Delete { object: id()? },
            "Block" => Self::Block { object: id()? },
            // An actor can move only itself.
            "Move" if id()? == actor => Self::Move {
                target: read::id(activity, "target")?,
            },
            "QuoteRequest" => Self::QuoteRequest {
                object: id()?,
                instrument: Embedded::read(read::one(activity, "instrument")?)?,
            },
            _ => return None,
        })
    }

    fn read_flag(activity: &Object) -> Option<Self> {
        /// Most objects of one report that are read.
        const MOST: usize = 100;
        /// Longest report that is read, in characters.
        const LONGEST: usize = 5000;
        let objects = read::ids(activity, "object", MOST);
        (!objects.is_empty()).then(|| Self::Flag {
            objects,
            content: read::short_text(activity, "content", LONGEST),
        })
    }
}
