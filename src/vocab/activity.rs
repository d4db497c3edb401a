//! Incoming activities (F-192 … F-218).
//!
//! The type is read first, and then what that type needs. An activity whose type we do not handle, or
//! whose object cannot be read, is a [`Kind::Other`]: authentic, and without effect (F-190).

use serde_json::Value;

use super::{
    MAX_ID, RemoteActor, RemoteNote,
    actor::ActorType,
    json::{self, BadJson},
    read::{self, Object},
};

/// An activity as it came in. Nothing is verified: neither that `actor` sent it nor that the object
/// is that actor's (F-233, F-237).
#[derive(Clone, Debug, PartialEq)]
pub struct Activity {
    /// Its id, at most 2048 bytes, if it has one (F-226, F-227).
    pub id: Option<String>,
    /// The id of who did it, not empty, at most 2048 bytes.
    pub actor: String,
    /// What was done.
    pub kind: Kind,
}

/// What was done.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Wants to get what `object` publishes (F-193).
    Follow {
        /// The followed actor, as it was written.
        object: String,
    },
    /// Likes or reacts (F-204, F-205).
    Like {
        /// What is liked.
        object: String,
        /// The emoji of a reaction; none is a plain like.
        reaction: Option<String>,
    },
    /// Takes something back (F-208, F-229).
    Undo {
        /// What is taken back; where it says who did it, that is this actor.
        object: Undone,
    },
    /// Publishes something (F-195 … F-200).
    Create {
        /// What is published.
        object: Embedded,
    },
    /// Changed something (F-201, F-212).
    Update {
        /// What is changed.
        object: Embedded,
    },
    /// Deleted something (F-202, F-203).
    Delete {
        /// Its id, whatever form it came in.
        object: String,
    },
    /// Wants nothing from somebody any more (F-214).
    Block {
        /// From whom.
        object: String,
    },
    /// Everything else, with the name of its type, at most 64 characters.
    Other(String),
}

/// What an Undo takes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undone {
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
    /// Something else.
    Other {
        /// Its id, if it came along.
        id: Option<String>,
        /// The name of its type.
        kind: String,
    },
}

/// What a Create or an Update carries.
#[derive(Clone, Debug, PartialEq)]
pub enum Embedded {
    /// An id alone.
    Id(String),
    /// A post.
    Note(Box<RemoteNote>),
    /// A vote in a poll; we publish none (F-197).
    Vote,
    /// An actor.
    Actor(Box<RemoteActor>),
    /// Something else, or an actor or post that lacks what we need.
    Other {
        /// Its id, if it has one.
        id: Option<String>,
        /// The name of its type.
        kind: String,
    },
}

/// Why a body is no activity.
#[derive(Debug, thiserror::Error)]
pub enum BadActivity {
    /// Not a JSON object that we read.
    #[error(transparent)]
    Json(#[from] BadJson),
    /// Several activities in one body: to be answered with 202 and ignored (F-218).
    #[error("the body is a collection of activities")]
    Collection,
    /// Without `type`.
    #[error("the activity has no type")]
    NoType,
    /// Without `actor`, or with one that is no id.
    #[error("the activity has no actor with an id of at most {MAX_ID} bytes")]
    NoActor,
    /// With an `id` that is no string or too long (F-226).
    #[error("the activity's id is not a string of at most {MAX_ID} bytes")]
    BadId,
}

impl Activity {
    /// Reads the body of a POST to an inbox. The caller has limited its size (F-50).
    pub fn parse(body: &[u8]) -> Result<Self, BadActivity> {
        let object = json::parse(body)?;
        let kind = read::first_type(&object, &HANDLED).ok_or(BadActivity::NoType)?;
        if matches!(kind.as_str(), "Collection" | "OrderedCollection") {
            return Err(BadActivity::Collection);
        }
        let id = match object.get("id") {
            None | Some(Value::Null) => None,
            Some(Value::String(id)) if id.is_empty() => None,
            Some(Value::String(id)) if id.len() <= MAX_ID => Some(id.clone()),
            Some(_) => return Err(BadActivity::BadId),
        };
        let actor = read::id(&object, "actor").ok_or(BadActivity::NoActor)?;
        let kind = Kind::read(&object, &kind, &actor).unwrap_or(Kind::Other(kind));
        Ok(Self { id, actor, kind })
    }

    /// Whether this is the actor's own end: a Delete whose object is its actor (F-203).
    pub fn deletes_its_actor(&self) -> bool {
        matches!(&self.kind, Kind::Delete { object } if *object == self.actor)
    }

    /// Whether this is a Delete or an Update of its own actor: needless to verify when we know
    /// nothing of that actor (step 4 of F-190, F-191).
    pub fn concerns_its_actor(&self) -> bool {
        let object = match &self.kind {
            Kind::Delete { object } => Some(object.as_str()),
            Kind::Update { object } => object.id(),
            Kind::Follow { .. }
            | Kind::Like { .. }
            | Kind::Undo { .. }
            | Kind::Create { .. }
            | Kind::Block { .. }
            | Kind::Other(_) => None,
        };
        object == Some(&self.actor)
    }
}

/// The types that [`Kind::read`] knows.
const HANDLED: [&str; 7] = [
    "Follow", "Like", "Undo", "Create", "Update", "Delete", "Block",
];

impl Kind {
    /// The name of the type, for logs and metrics.
    pub fn name(&self) -> &str {
        match self {
            Self::Follow { .. } => "Follow",
            Self::Like { .. } => "Like",
            Self::Undo { .. } => "Undo",
            Self::Create { .. } => "Create",
            Self::Update { .. } => "Update",
            Self::Delete { .. } => "Delete",
            Self::Block { .. } => "Block",
            Self::Other(name) => name,
        }
    }

    /// `None` when the type is not handled or its object cannot be read.
    fn read(activity: &Object, kind: &str, actor: &str) -> Option<Self> {
        let object = read::one(activity, "object")?;
        match kind {
            "Follow" => Some(Self::Follow {
                object: read::id_of(object)?.to_owned(),
            }),
            "Like" => Some(Self::Like {
                object: read::id_of(object)?.to_owned(),
                reaction: reaction(activity),
            }),
            "Undo" => Undone::read(object, actor).map(|object| Self::Undo { object }),
            "Create" => Embedded::read(object).map(|object| Self::Create { object }),
            "Update" => Embedded::read(object).map(|object| Self::Update { object }),
            "Delete" => Some(Self::Delete {
                object: read::id_of(object)?.to_owned(),
            }),
            "Block" => Some(Self::Block {
                object: read::id_of(object)?.to_owned(),
            }),
            _ => None,
        }
    }
}

/// The emoji of a Like: `content`, else Misskey's own member (F-205).
fn reaction(activity: &Object) -> Option<String> {
    /// Longest reaction that is read, in characters: a custom emoji's name with its host.
    const LONGEST: usize = 300;
    read::short_text(activity, "content", LONGEST)
        .or_else(|| read::short_text(activity, "_misskey_reaction", LONGEST))
}

impl Undone {
    /// `None` as well when the inner actor is not the outer one: nobody takes back what others did.
    fn read(value: &Value, actor: &str) -> Option<Self> {
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
            // A reaction is not the plain like that the same person may have given as well.
            ("Like", _, id) if reaction(inner).is_some() => Some(Self::Other { id, kind }),
            ("Like", Some(object), id) => Some(Self::Like { id, object }),
            ("Follow" | "Like", None, Some(id)) => Some(Self::Id(id)),
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

    fn read(value: &Value) -> Option<Self> {
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
