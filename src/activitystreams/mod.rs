//! `ActivityStreams` documents as data: those that we send and those that we receive.
//!
//! - [`Urls`] makes and reads every URL of ours; no other code spells one.
//! - Outgoing: [`letter_actor`] and [`instance_actor`], the letter as a [`LetterNote`], the activities
//!   ([`create`], [`accept_follow`], [`accept_use`], …), the collections ([`outbox`], …) and discovery ([`webfinger`], …).
//!   These are functions from plain values to JSON whose members keep their order.
//! - Incoming: [`Activity::parse`], [`RemoteNote::parse`], [`RemoteActor::parse`] and [`find_key`]. They
//!   take the shapes that real servers send: one or many, id or object, a missing or a null member. A
//!   member of the wrong type counts as missing; a missing member is never made up.
//!
//! Not here: verification of signatures, whether the sender may act on that object, the effects of an
//! activity (`endorsement`, `register`), fetching (`http_client`), cleaning of HTML (`letter`, `text`). Pure: no
//! network, no database, no clock.

use serde_json::Value;

mod activity;
mod actor;
mod build;
mod collection;
mod discovery;
mod forge;
mod host;
mod intents;
mod json;
mod media;
mod note;
mod own;
pub mod paths;
mod post;
mod quote;
mod read;
mod remote_account;
mod remote_actor;
mod remote_note;
mod urls;

#[cfg(test)]
mod tests;

pub use self::{
    activity::{Activity, ActivityKind, Announced, BadActivity, Embedded, UndoneObject},
    actor::{
        ActorType, Header, Icon, LetterActor, ShownKey, default_summary, instance_actor,
        letter_actor,
    },
    build::{
        DirectNote, Follow, accept_follow, announce, create, delete, delete_actor, delete_direct,
        follow, like, mention_html, move_actor, reject_follow, tombstone, undo_announce,
        undo_follow, undo_like, update, update_actor,
    },
    collection::{
        REPLIES_PAGE, featured, followers, following, instance_outbox, likes, outbox, replies,
        replies_page, shares,
    },
    discovery::{
        NodeInfo, NodeInfoVersion, Software, Usage, host_meta_json, host_meta_xml,
        is_webfinger_resource, nodeinfo, nodeinfo_links, webfinger,
    },
    forge::{forge_account, forge_number, is_forge_account},
    host::{domain_of, is_inbox_of},
    intents::{IntentTemplates, fill, nodeinfo_address, software_name},
    json::BadJson,
    media::{accepts_activity_json, is_activity_media_type},
    note::{Attachment, LetterNote, NoteCounts, NoteMode},
    own::{Own, OwnActor, UseKind},
    post::{NoteMention, PostNote},
    quote::{UseAuthorization, UseRequest, accept_use, reject_use},
    remote_account::RemoteAccount,
    remote_actor::{ActorKey, BadDocument, RemoteActor, find_key},
    remote_note::{Mention, RemoteNote, visibility},
    urls::Urls,
};
pub use crate::text::escape;

/// The media type of every document that we serve and send.
pub const ACTIVITY_JSON: &str = "application/activity+json";

/// The media type of WebFinger's answers (RFC 7033).
pub const JRD_JSON: &str = "application/jrd+json";

/// The media type of `/.well-known/host-meta`.
pub const XRD_XML: &str = "application/xrd+xml";

/// The context that every document names; also the profile in `application/ld+json`.
pub const ACTIVITY_STREAMS: &str = "https://www.w3.org/ns/activitystreams";

/// The context of `publicKey`.
pub const SECURITY: &str = "https://w3id.org/security/v1";

/// The addressee that means everybody.
pub const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

/// Longest id that is read, in bytes.
pub const MAX_ID: usize = 2048;

/// The context of an activity whose members are all of `ActivityStreams`.
fn plain_context() -> Value {
    Value::from(ACTIVITY_STREAMS)
}
