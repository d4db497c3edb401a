//! Incoming activities and their objects.
//!
//! The type is read first, and then what that type needs. An activity of a type that we do not handle, or
//! with an unreadable object, is a [`ActivityKind::Other`]: authentic, and without effect. It is no error, because a
//! sender would retry for days.

use std::borrow::Cow;

use serde_json::Value;

use super::{
    MAX_ID,
    actor::ActorType,
    json::{self, BadJson},
    read::{self, Object},
    remote_actor::RemoteActor,
    remote_note::RemoteNote,
};
use crate::hash::Sha256;

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
    /// Accepts or refuses something, such as a Follow of ours.
    Answer {
        /// Whether it is accepted.
        accepted: bool,
        /// The id of what is answered, if it came along.
        id: Option<String>,
        /// Who did what is answered, where it came along whole.
        by: Option<String>,
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
    /// Asks whether a collection may show our actor (FEP-7aa9).
    FeatureRequest {
        /// Who is to be shown.
        object: String,
        /// The id of the collection.
        instrument: String,
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

    /// The hash of what an Update says, given its `body`; `None` for other activities. Servers differ in whether each edit
    /// has an id of its own: GoToSocial and Takahē give all edits of a post one.
    pub fn edit_hash(&self, body: &[u8]) -> Option<Sha256> {
        if !matches!(self.kind, ActivityKind::Update { .. }) {
            return None;
        }
        let object = json::parse(body).ok()?.remove("object")?;
        Some(Sha256::of(&object.to_string()))
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
            Some(Value::String(id)) if id.len() <= MAX_ID => {
                Some(read::with_ascii_host(id).into_owned())
            }
            Some(_) => return Err(BadActivity::BadId),
        };
        let actor = read::id(object, "actor").ok_or(BadActivity::NoActor)?;
        let kind = ActivityKind::read(object, &kind, &actor).unwrap_or(ActivityKind::Other(kind));
        Ok(Self { id, actor, kind })
    }
}

/// The types that [`ActivityKind::read`] knows.
pub(super) const HANDLED: [&str; 16] = [
    "Follow",
    "Accept",
    "Reject",
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
    "FeatureRequest",
];

impl ActivityKind {
    /// The name of a type that [`ActivityKind::read`] knows.
    pub fn known_name(&self) -> Option<&'static str> {
        HANDLED.into_iter().find(|known| *known == self.name())
    }

    /// The name of the type, for logs and metrics.
    pub fn name(&self) -> &str {
        match self {
            Self::Follow { .. } => "Follow",
            Self::Answer { accepted: true, .. } => "Accept",
            Self::Answer {
                accepted: false, ..
            } => "Reject",
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
            Self::FeatureRequest { .. } => "FeatureRequest",
            Self::Other(name) => name,
        }
    }

    /// `None` when the type is not handled or its object cannot be read.
    fn read(activity: &Object, kind: &str, actor: &str) -> Option<Self> {
        if kind == "Flag" {
            return Self::read_flag(activity);
        }
        let object = read::one(activity, "object")?;
        let id = || read::id_of(object).map(Cow::into_owned);
        Some(match kind {
            "Follow" => Self::Follow { object: id()? },
            "Accept" | "Reject" => Self::Answer {
                accepted: kind == "Accept",
                id: id(),
                by: object
                    .as_object()
                    .and_then(|whole| read::id(whole, "actor")),
            },
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
                object: Embedded::carried(object, activity)?,
            },
            "Update" => Self::Update {
                object: Embedded::carried(object, activity)?,
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
            "FeatureRequest" => Self::FeatureRequest {
                object: id()?,
                instrument: read::id(activity, "instrument")?,
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

/// The object of an Undo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UndoneObject {
    /// Something by its activity id alone.
    Id(String),
    /// A Follow.
    Follow {
        /// Its id, if it came along.
        id: Option<String>,
        /// Who was followed.
        object: String,
    },
    /// A Like.
    Like {
        /// Its id, if it came along.
        id: Option<String>,
        /// What was liked.
        object: String,
    },
    /// A reaction with an emoji.
    React {
        /// Its id, if it came along.
        id: Option<String>,
        /// What was reacted to.
        object: String,
        /// The emoji.
        emoji: String,
    },
    /// A boost.
    Announce {
        /// Its id, if it came along.
        id: Option<String>,
        /// What was boosted.
        object: String,
    },
    /// Something else.
    Other {
        /// Its id, if it came along.
        id: Option<String>,
        /// The name of its type.
        kind: String,
    },
}

/// The object of an Announce.
#[derive(Clone, Debug, PartialEq)]
pub enum Announced {
    /// A thing, by its id: a boost.
    Thing(String),
    /// An activity of somebody else, as groups relay it. Nothing of it is proven: neither that its actor sent
    /// it nor that it is complete.
    Activity(Box<Activity>),
}

/// The object of a Create or an Update.
#[derive(Clone, Debug, PartialEq)]
pub enum Embedded {
    /// An id alone.
    Id(String),
    /// A post.
    Note(Box<RemoteNote>),
    /// A vote in a poll. We publish no polls.
    Vote,
    /// An actor.
    Actor(Box<RemoteActor>),
    /// Something else, or an actor or post without members that we need.
    Other {
        /// Its id, if it has one.
        id: Option<String>,
        /// The name of its type.
        kind: String,
    },
}

/// The emoji of a Like: `content`, else `_misskey_reaction`.
fn reaction(activity: &Object) -> Option<String> {
    /// Longest reaction that is read, in characters: a custom emoji's name with its host.
    const LONGEST: usize = 300;
    read::short_text(activity, "content", LONGEST)
        .or_else(|| read::short_text(activity, "_misskey_reaction", LONGEST))
}

impl UndoneObject {
    /// `None` also when the inner actor is not the outer one: an actor can undo only its own activities.
    fn read(value: &Value, actor: &str) -> Option<Self> {
        let Value::Object(inner) = value else {
            return read::id_of(value).map(|id| Self::Id(id.into_owned()));
        };
        let foreign =
            |named: &Value| !named.is_null() && read::id_of(named).as_deref() != Some(actor);
        if read::many(inner, "actor").iter().any(foreign) {
            return None;
        }
        let id = read::id_of(value).map(Cow::into_owned);
        let Some(kind) = read::first_type(inner, &HANDLED) else {
            return id.map(Self::Id);
        };
        match (kind.as_str(), read::id(inner, "object"), id) {
            ("Follow", Some(object), id) => Some(Self::Follow { id, object }),
            ("Announce", Some(object), id) => Some(Self::Announce { id, object }),
            // A reaction is not the plain like that the same actor may have sent too.
            ("Like" | "EmojiReact", Some(object), id) => match (reaction(inner), kind.as_str()) {
                (Some(emoji), _) => Some(Self::React { id, object, emoji }),
                (None, "Like") => Some(Self::Like { id, object }),
                (None, _) => id.map(Self::Id),
            },
            ("Follow" | "Like" | "EmojiReact" | "Announce", None, Some(id)) => Some(Self::Id(id)),
            (_, _, id) => Some(Self::Other { id, kind }),
        }
    }
}

impl Embedded {
    /// The id of what is carried.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Id(id) => Some(id),
            Self::Note(note) => Some(&note.id),
            Self::Actor(actor) => Some(&actor.id),
            Self::Vote => None,
            Self::Other { id, .. } => id.as_deref(),
        }
    }

    /// The object of a Create or an Update: its audience is that of the activity if it has none of its own.
    fn carried(value: &Value, activity: &Object) -> Option<Self> {
        let mut carried = Self::read(value)?;
        if let (Self::Note(note), Some(object)) = (&mut carried, value.as_object()) {
            note.take_audience(object, activity);
        }
        Some(carried)
    }

    fn read(value: &Value) -> Option<Self> {
        let id = read::id_of(value).map(Cow::into_owned);
        let Value::Object(object) = value else {
            return id.map(Self::Id);
        };
        let known = [&RemoteNote::TYPES[..], &ActorType::NAMES].concat();
        let Some(kind) = read::first_type(object, &known) else {
            return id.map(Self::Id);
        };
        if RemoteNote::TYPES.contains(&kind.as_str())
            && let Ok(note) = RemoteNote::read(object)
        {
            return Some(if note.is_vote() {
                Self::Vote
            } else {
                Self::Note(Box::new(note))
            });
        }
        if ActorType::NAMES.contains(&kind.as_str())
            && let Ok(actor) = RemoteActor::read(object)
        {
            return Some(Self::Actor(Box::new(actor)));
        }
        Some(Self::Other { id, kind })
    }
}

impl Announced {
    fn read(value: &Value) -> Option<Self> {
        let embedded = value
            .as_object()
            .filter(|object| object.contains_key("actor"));
        if let Some(activity) = embedded.and_then(|object| Activity::read(object).ok()) {
            return Some(Self::Activity(Box::new(activity)));
        }
        read::id_of(value).map(|id| Self::Thing(id.into_owned()))
    }
}
