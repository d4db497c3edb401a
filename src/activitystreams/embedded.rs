//! Objects of activities: what is undone, published, changed or announced.

use serde_json::Value;

use super::{
    Activity, RemoteActor, RemoteNote,
    activity::HANDLED,
    actor::ActorType,
    read::{self, Object},
};

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
pub(super) fn reaction(activity: &Object) -> Option<String> {
    /// Longest reaction that is read, in characters: a custom emoji's name with its host.
    const LONGEST: usize = 300;
    read::short_text(activity, "content", LONGEST)
        .or_else(|| read::short_text(activity, "_misskey_reaction", LONGEST))
}

impl UndoneObject {
    /// `None` also when the inner actor is not the outer one: an actor can undo only its own activities.
    pub(super) fn read(value: &Value, actor: &str) -> Option<Self> {
        let Value::Object(inner) = value else {
            return read::id_of(value).map(|id| Self::Id(id.to_owned()));
        };
        let foreign = |named: &Value| !named.is_null() && read::id_of(named) != Some(actor);
        if read::many(inner, "actor").iter().any(foreign) {
            return None;
        }
        let id = read::id_of(value).map(str::to_owned);
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

    pub(super) fn read(value: &Value) -> Option<Self> {
        let id = read::id_of(value).map(str::to_owned);
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
    pub(super) fn read(value: &Value) -> Option<Self> {
        let embedded = value
            .as_object()
            .filter(|object| object.contains_key("actor"));
        if let Some(activity) = embedded.and_then(|object| Activity::read(object).ok()) {
            return Some(Self::Activity(Box::new(activity)));
        }
        read::id_of(value).map(|id| Self::Thing(id.to_owned()))
    }
}
