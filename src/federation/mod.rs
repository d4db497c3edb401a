//! Inbound federation: the inbox, and the documents that other servers fetch.
//!
//! - [`inbox`] receives activities, authenticates them ([`keys`], [`key_cache`], [`lookups`]), interprets them
//!   ([`interpret`], `requests`), and hands them to the writer. [`block_policy`] turns away blocked actors.
//! - [`limits`] are the rate limits by address ([`client_ip`]), actor and host; [`disk_space`] watches the free space;
//!   [`inbox_log`] is the log of deliveries.
//! - [`errands`] finds objects that have to be read from their own server; [`look`] reads them, [`moves`] confirms
//!   a `Move`.
//! - [`documents`] and [`discovery`] are served to other servers, through the [`cache`].
//! - [`people`] and [`refresh`] convert remote actors for the register and refresh them, with the library
//!   `activitypub_federation`, which is used nowhere else.
//!
//! **Not here:** rules (`endorsement`), the effects of a change (`register`), sending (`delivery`), pages (`web`).

pub mod block_policy;
pub mod client_ip;
pub mod disk_space;
pub mod errands;
pub mod error;
pub mod inbox;
pub mod inbox_log;
pub mod interpret;
pub mod key_cache;
pub mod keys;
pub mod limits;
pub mod look;
pub mod lookups;
pub mod moves;
pub mod people;
pub mod refresh;
mod requests;
pub mod seen;

use std::sync::{Arc, Mutex};

use tokio::sync::watch;

use crate::{
    activitystreams::Urls,
    clock::Clock,
    config::Config,
    http_client::single_flight::Fetches,
    register::{
        actor::{identity::Pems, lifecycle::Lifetime, profile::Profile},
        inbound::{batch::Context, writer::Writer},
        letter::note::{NoteSettings, Text},
    },
    store::Store,
};

/// The state that all HTTP handlers share.
#[derive(Debug)]
pub struct App {
    /// The database.
    pub store: Store,
    /// The channel to the writer task; `None` with `--read-only`, when every delivery gets 503.
    pub writer: Option<Writer>,
    /// The rules in force.
    pub context: watch::Receiver<Arc<Context>>,
    /// Our URLs.
    pub urls: Arc<Urls>,
    /// The configuration.
    pub config: Arc<Config>,
    /// The settings of the letter's Note.
    pub note: Arc<NoteSettings>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Fetches on behalf of strangers, within limits.
    pub fetches: Arc<Fetches>,
    /// The cache of public keys.
    pub keys: key_cache::KeyCache,
    /// Reads keys that are not in the cache.
    pub lookups: lookups::KeyLoader,
    /// The rate limits.
    pub limits: limits::InboxLimits,
    /// The inbox log.
    pub journal: Arc<inbox_log::InboxLog>,
    /// The state of the disk at its last check.
    pub room: watch::Receiver<disk_space::Room>,
    /// The profile of the letter's actor.
    pub profile: Profile,
    /// Whether the actor lives.
    pub lifetime: watch::Receiver<Lifetime>,
    /// The public halves of our keys.
    pub pems: watch::Receiver<Arc<Pems>>,
    /// The actor's picture.
    pub icon: Picture,
    /// The text of the last revision that was read.
    pub text: Mutex<Option<(i64, Arc<Text>)>>,
    /// The cache of rendered responses.
    pub cache: crate::http::response_cache::Cache,
}

/// A picture that we serve.
#[derive(Clone, Debug)]
pub struct Picture {
    /// `image/png` or `image/jpeg`.
    pub media_type: &'static str,
    /// The file.
    pub bytes: Arc<[u8]>,
    /// Changes with the picture and is part of its URL, because Mastodon fetches a picture again only under a new URL.
    pub version: String,
}
