//! The state that receiving activities needs.

use std::sync::Arc;

use tokio::sync::watch;

use super::{
    dereference::{Dereferencer, KeyDocuments},
    disk_space::Room,
    doubts::Doubts,
    fetched_keys::FetchedKeys,
    github::GithubReader,
    held_bodies::HeldBodies,
    inbox_log::InboxLog,
    key_cache::KeyCache,
    key_loader::KeyLoader,
    key_turns::KeyTurns,
    limits::InboxLimits,
};
use crate::{
    activitystreams::Urls,
    clock::Clock,
    config::Config,
    counter::LabelledCounter,
    http_client::Client,
    register::{actor::lifecycle::Lifetime, inbound::writer::Writer, rules::Context},
    store::Store,
};

/// The state of the inbox, which the HTTP handlers and the jobs share.
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
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The HTTP client, for pages of people and organisations.
    pub client: Client,
    /// Reads GitHub.
    pub github: GithubReader,
    /// Reads documents of other servers.
    pub dereferencer: Dereferencer,
    /// The same for requests whose sender is not authenticated yet.
    pub key_documents: KeyDocuments,
    /// Whose key is read next.
    pub key_turns: KeyTurns,
    /// The cache of public keys.
    pub keys: KeyCache,
    /// The keys that were read from their owners lately.
    pub fetched_keys: FetchedKeys,
    /// The actors in whose name an unverified Delete or Update of their own account came.
    pub doubts: Doubts,
    /// The bodies that are held.
    pub held_bodies: HeldBodies,
    /// Loads keys that are not in the cache.
    pub key_loader: KeyLoader,
    /// The rate limits.
    pub limits: InboxLimits,
    /// The inbox log.
    pub inbox_log: Arc<InboxLog>,
    /// What the sweep found, by `result`.
    pub sweep_looks: LabelledCounter<1>,
    /// The state of the disk at its last check.
    pub room: watch::Receiver<Room>,
    /// Whether the actor lives.
    pub lifetime: watch::Receiver<Lifetime>,
}
