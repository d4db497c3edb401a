//! The state that the HTTP handlers share.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex},
};

use axum::body::Bytes;
use tokio::sync::{Semaphore, watch};

use super::{
    drawing::LastDrawn, forge_hooks::ForgeHooks, github_push::GithubHook, response_cache::Cache,
    sign_limits::SignLimits, turned_away::TurnedAway,
};
use crate::{
    counter::LabelledCounter,
    federation::{App, remote_interaction::HomeServers},
    register::{
        actor::{identity::ShownKeys, profile::Profile},
        letter::{
            launch::DraftText,
            note::{NoteSettings, Text},
        },
    },
    store::Store,
};

/// The URL of this program's source code, which the AGPL asks us to offer.
pub const SOURCE_CODE: Option<&str> = option_env!("CARGO_PKG_REPOSITORY");

/// What pages and documents are made from, beside the state of the inbox.
#[derive(Debug)]
pub struct HttpState {
    /// Database, URLs, configuration, clock and rules, which the inbox uses, too.
    pub app: Arc<App>,
    /// The database as pages and documents read it: by connections of their own, so that they do not hold up the inbox,
    /// and so few that this is the bound on how many are rendered at once.
    pub store: Store,
    /// How many of these connections may be busy with pages that hardly anybody asks for twice: one stays for the others.
    pub lists: Arc<Semaphore>,
    /// The one permit to be sent the whole list.
    pub whole_list: Arc<Semaphore>,
    /// The settings of the letter's Note.
    pub note: Arc<NoteSettings>,
    /// The profile of the letter's actor.
    pub profile: Profile,
    /// The public halves of our keys.
    pub keys: watch::Receiver<Arc<ShownKeys>>,
    /// The actor's picture.
    pub icon: Picture,
    /// The picture behind the head of its profile, if there is one.
    pub header: Option<Picture>,
    /// The letter's file as it is now, of which a draft's preview is made.
    pub draft_file: DraftFile,
    /// The texts that were read last, of the letter and of its translations.
    pub texts: Texts,
    /// The hashtags of our posts.
    pub tags: KnownTags,
    /// The cache of rendered responses.
    pub cache: Cache,
    /// The picture for link previews.
    pub share_image: LastDrawn,
    /// The drawn picture behind the head of the profile.
    pub header_image: LastDrawn,
    /// The requests for which there was no time to render.
    pub turned_away: TurnedAway,
    /// The push webhook of the letter's source; `None` when it is off.
    pub github_hook: Option<GithubHook>,
    /// The webhooks of issues whose comments sign.
    pub forge_hooks: ForgeHooks,
    /// The servers from which people come to sign.
    pub home_servers: HomeServers,
    /// How often `POST /sign` asks other servers.
    pub sign_limits: SignLimits,
    /// How many requests were answered.
    pub answers: LabelledCounter<1>,
    /// Whether the server does what it is for; always with `--read-only`.
    pub readiness: watch::Receiver<Readiness>,
}

/// How the letter's file is read. Reading it needs the configuration, and waits for the disk.
#[derive(Clone)]
pub struct DraftFile(pub Arc<dyn Fn() -> Result<DraftText, String> + Send + Sync>);

impl fmt::Debug for DraftFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DraftFile")
    }
}

/// Whether the server does what it is for, besides reading from the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It writes, and sends what is due.
    Ready,
    /// The database did not take the last write.
    NotWritable,
    /// A delivery was due for ten minutes and not tried, and neither was any other.
    NotSending,
}

/// A text in each language, with the number of its revision or translation; the letter's own under no language.
pub type Texts = Mutex<BTreeMap<String, (i64, Arc<Text>)>>;

/// The hashtags of our posts in small letters, with the version of the register that they are of; read by one request while
/// others wait for it.
pub type KnownTags = tokio::sync::Mutex<Option<(u64, BTreeSet<String>)>>;

/// A picture that we serve.
#[derive(Clone, Debug)]
pub struct Picture {
    /// `image/png` or `image/jpeg`.
    pub media_type: &'static str,
    /// The file.
    pub bytes: Bytes,
    /// Changes with the picture and is part of its URL, because Mastodon fetches a picture again only under a new URL.
    pub version: String,
}
