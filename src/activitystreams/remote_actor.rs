//! Remote actors and their keys.

use super::{
    actor::ActorType,
    host::is_inbox_of,
    json::{self, BadJson},
    read::{self, Object},
};
use crate::{
    clock::Millis,
    signature::{PublicKey, authority},
    string_enum::UnknownWord,
    text::html_links,
};

/// Most keys that are kept of one actor; other servers list one or two.
const MAX_KEYS: usize = 4;

/// Most entries that are looked at to find them.
const MAX_ENTRIES: usize = 10;

/// Most links of a profile that are kept.
const MAX_LINKS: usize = 32;

/// Longest field of a profile that is read, in characters.
const MAX_FIELD: usize = 2048;

/// A remote actor's own document. The actor's statements about itself are not verified; only its inboxes and
/// its keys are checked here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteActor {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: ActorType,
    /// The user name, if it has one that can be read; not verified by WebFinger; at most 2048 characters.
    pub preferred_username: Option<String>,
    /// The account name that it claims, without `acct:` (FEP-2c59).
    pub webfinger: Option<String>,
    /// The display name: plain text of a stranger, at most 2048 characters.
    pub name: Option<String>,
    /// The description: HTML of a stranger, at most 20 480 characters.
    pub summary: Option<String>,
    /// The profile page; `None` unless it is on the same host as the id.
    pub url: Option<String>,
    /// Its own inbox, on its host or domain.
    pub inbox: String,
    /// Its server's shared inbox, if that is on its host or domain too.
    pub shared_inbox: Option<String>,
    /// Its followers collection.
    pub followers: Option<String>,
    /// The keys that name this actor as their owner and that we can verify with, at most 4.
    pub public_keys: Vec<ActorKey>,
    /// Whether it wants to be found (`discoverable`); absent is no.
    pub discoverable: bool,
    /// Whether its posts may be searched (`indexable`); absent is no.
    pub indexable: bool,
    /// Whether its origin suspended it.
    pub suspended: bool,
    /// GoToSocial's `hidesCcPublicFromUnauthedWeb`: whether unlisted posts are kept off the open web. Absent
    /// means yes by GoToSocial's convention.
    pub hides_cc_public: Option<bool>,
    /// When the account was created, by its own statement.
    pub published: Option<Millis>,
    /// Its other ids, at most 256.
    pub also_known_as: Vec<String>,
    /// Where it moved to.
    pub moved_to: Option<String>,
    /// The addresses that its profile links to: in its fields (`PropertyValue`) and in `url`, at most 32. Strangers' text.
    pub links: Vec<String>,
}

/// A key as a document shows it, known to be RSA of 2048 to 8192 bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActorKey {
    /// The id by which signatures name it.
    pub id: String,
    /// The owner that it claims.
    pub owner: String,
    /// The key in PEM, at most 2048 bytes.
    pub pem: String,
}

/// Why a fetched document is not the expected one.
#[derive(Debug, thiserror::Error)]
pub enum BadDocument {
    /// Not a JSON object that can be read.
    #[error(transparent)]
    Json(#[from] BadJson),
    /// A Tombstone: the object was deleted.
    #[error("the document is a tombstone")]
    Tombstone,
    /// Neither a post nor an actor, but of this type.
    #[error("the document is of type `{0}`")]
    WrongType(String),
    /// Not an actor.
    #[error("the document is no actor: {0}")]
    NoActor(#[from] UnknownWord),
    /// Without a required member, or with an unreadable one.
    #[error("the document has no usable `{0}`")]
    Missing(&'static str),
    /// An actor that names an inbox on somebody else's domain.
    #[error("the actor's inbox is on another domain")]
    ForeignInbox,
    /// A document without the key that was looked for.
    #[error("the document does not have the key")]
    NoSuchKey,
}

impl RemoteActor {
    /// Reads a document that was fetched. [`BadDocument::Tombstone`] when it says that it is gone.
    pub fn parse(body: &[u8]) -> Result<Self, BadDocument> {
        Self::read(&json::parse(body)?)
    }

    pub(super) fn read(object: &Object) -> Result<Self, BadDocument> {
        let kind = actor_type(object)?;
        let id = own_id(object)?;
        let inbox = read::id(object, "inbox").ok_or(BadDocument::Missing("inbox"))?;
        if !is_inbox_of(&id, &inbox) {
            return Err(BadDocument::ForeignInbox);
        }
        let webfinger = read::short_text(object, "webfinger", 2048).map(|acct| {
            acct.strip_prefix("acct:")
                .map(str::to_owned)
                .unwrap_or(acct)
        });
        let preferred_username =
            read::short_text(object, "preferredUsername", 2048).or_else(|| {
                webfinger
                    .as_deref()?
                    .split('@')
                    .find(|name| !name.is_empty())
                    .map(Into::into)
            });
        let mut public_keys = keys(object);
        public_keys.retain(|key| key.owner == id);
        public_keys.truncate(MAX_KEYS);
        Ok(Self {
            kind,
            preferred_username,
            webfinger,
            name: read::short_text(object, "name", 2048),
            summary: read::short_text(object, "summary", 20 * 1024),
            url: read::web_url(object, "url").filter(|url| same_host(&id, url)),
            shared_inbox: shared_inbox(object).filter(|inbox| is_inbox_of(&id, inbox)),
            inbox,
            followers: read::id(object, "followers"),
            public_keys,
            discoverable: read::flag(object, "discoverable"),
            indexable: read::flag(object, "indexable"),
            suspended: read::flag(object, "suspended"),
            hides_cc_public: read::optional_flag(object, "hidesCcPublicFromUnauthedWeb"),
            published: read::time(object, "published"),
            also_known_as: read::ids(object, "alsoKnownAs", 256),
            moved_to: read::id(object, "movedTo"),
            links: links(object),
            id,
        })
    }
}

/// Finds the key `key_id` in the document at its URL: a key document with an `owner`, or an actor, either
/// whole or a stub as GoToSocial serves it. The caller checks that the owner lists the key.
pub fn find_key(body: &[u8], key_id: &str) -> Result<ActorKey, BadDocument> {
    let object = json::parse(body)?;
    if read::types(&object).any(|name| name == "Tombstone") {
        return Err(BadDocument::Tombstone);
    }
    let mut found = keys(&object);
    found.extend(key(&object));
    found
        .into_iter()
        .find(|key| key.id == key_id)
        .ok_or(BadDocument::NoSuchKey)
}

fn actor_type(object: &Object) -> Result<ActorType, BadDocument> {
    let kind = read::first_type(object, &ActorType::NAMES).ok_or(BadDocument::Missing("type"))?;
    if kind == "Tombstone" {
        return Err(BadDocument::Tombstone);
    }
    Ok(kind.parse::<ActorType>()?)
}

fn own_id(object: &Object) -> Result<String, BadDocument> {
    let id = object
        .get("id")
        .and_then(read::id_of)
        .ok_or(BadDocument::Missing("id"))?;
    Ok(id.into_owned())
}

/// The links of the profile's fields, which are HTML or a bare address, and all addresses in `url`.
fn links(object: &Object) -> Vec<String> {
    let fields = read::many(object, "attachment")
        .iter()
        .take(MAX_LINKS)
        .filter_map(serde_json::Value::as_object)
        .filter(|field| read::types(field).any(|name| name == "PropertyValue"))
        .filter_map(|field| read::short_text(field, "value", MAX_FIELD))
        .flat_map(|value| {
            let value = value.trim();
            let bare = value.starts_with("http").then(|| value.to_owned());
            let linked = html_links(value).into_iter().map(|link| link.href);
            bare.into_iter().chain(linked).collect::<Vec<_>>()
        });
    let pages = read::many(object, "url").iter().filter_map(|link| {
        let href = link.as_object().and_then(|link| read::text(link, "href"));
        link.as_str().or(href).map(str::to_owned)
    });
    let fits = |link: &String| link.len() <= super::MAX_ID;
    fields.chain(pages).filter(fits).take(MAX_LINKS).collect()
}

/// In `endpoints`, or at the top level.
fn shared_inbox(object: &Object) -> Option<String> {
    let endpoints = read::one(object, "endpoints").and_then(serde_json::Value::as_object);
    endpoints
        .and_then(|endpoints| read::id(endpoints, "sharedInbox"))
        .or_else(|| read::id(object, "sharedInbox"))
}

/// The keys in `publicKey`, one or many. Those that cannot verify anything are left out.
fn keys(object: &Object) -> Vec<ActorKey> {
    let values = read::many(object, "publicKey").iter().take(MAX_ENTRIES);
    values.filter_map(|value| key(value.as_object()?)).collect()
}

fn key(object: &Object) -> Option<ActorKey> {
    let pem = read::text(object, "publicKeyPem")?;
    PublicKey::from_pem(pem).ok()?;
    let pem = pem.to_owned();
    let owner = read::id(object, "owner").or_else(|| read::id(object, "controller"))?;
    Some(ActorKey {
        id: read::id(object, "id")?,
        owner,
        pem,
    })
}

fn same_host(one: &str, other: &str) -> bool {
    let host = |id| url::Url::parse(id).ok().and_then(|url| authority(&url));
    host(one).is_some_and(|authority| Some(authority) == host(other))
}
