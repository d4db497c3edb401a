//! The door for other servers: what we serve them, and what they send us.
//!
//! - [`inbox`]: HTTP in, authenticated ([`keys`], [`key_cache`], [`lookups`]), understood ([`interpret`],
//!   `requests`), handed to the writer.
//!   [`block_policy`]: whom nothing is taken from.
//! - [`limits`]: how much of it from whom ([`client_ip`]); [`disk_space`]: while there is room; [`inbox_log`]: what came of it.
//! - [`errands`]: what an activity makes us read from its own server; [`look`] reads it, [`moves`] confirms.
//! - [`documents`] and [`discovery`]: what others fetch.
//! - [`people`]: remote actors as the register wants them, and the refresh of the shown ones by the
//!   library `activitypub_federation`, which stays inside this room.
//!
//! Not here: rules (`endorsement`), what a change does (`register`), sending (`delivery`), pages (`web`).

pub mod block_policy;
pub mod client_ip;
pub mod discovery;
pub mod disk_space;
pub mod documents;
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
pub mod response_cache;
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

/// Everything that the doors share.
#[derive(Debug)]
pub struct App {
    /// The database.
    pub store: Store,
    /// The way to the writer task; `None` with `--read-only`: every delivery is asked to come again.
    pub writer: Option<Writer>,
    /// The rules in force.
    pub context: watch::Receiver<Arc<Context>>,
    /// Our URLs.
    pub urls: Arc<Urls>,
    /// The configuration.
    pub config: Arc<Config>,
    /// What the letter's Note is made with.
    pub note: Arc<NoteSettings>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fetches for strangers, within limits.
    pub fetches: Arc<Fetches>,
    /// Keys that were verified with lately.
    pub keys: key_cache::KeyCache,
    /// Questions for keys that are not in memory.
    pub lookups: lookups::KeyLoader,
    /// How much is taken from whom.
    pub limits: limits::InboxLimits,
    /// What came of each delivery.
    pub journal: Arc<inbox_log::InboxLog>,
    /// How much room the disk had when it was last looked at.
    pub room: watch::Receiver<disk_space::Room>,
    /// How the letter's actor presents itself.
    pub profile: Profile,
    /// Whether the actor lives.
    pub lifetime: watch::Receiver<Lifetime>,
    /// The public halves of our keys.
    pub pems: watch::Receiver<Arc<Pems>>,
    /// The actor's picture.
    pub icon: Picture,
    /// The text of the newest revision that was asked for.
    pub text: Mutex<Option<(i64, Arc<Text>)>>,
    /// What was rendered, as long as it is up to date.
    pub cache: response_cache::Cache,
}

/// A picture that we serve.
#[derive(Clone, Debug)]
pub struct Picture {
    /// `image/png` or `image/jpeg`.
    pub media_type: &'static str,
    /// The file.
    pub bytes: Arc<[u8]>,
    /// Changes with the picture, because others fetch it again only under a new URL (F-32).
    pub version: String,
}
