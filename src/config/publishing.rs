//! The sections about what is published and where: `server`, `database`, `letter`, `actor`, `note`.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    DatabaseUrl, Size, WebUrl,
    urls::{base, dns_name},
    values::{
        actor_ids, contact, hashtags, language, lasting, many, maybe, one, positive, some_bytes,
        username,
    },
};
use crate::{
    activitystreams::{ActorType, NoteMode},
    string_enum::words,
};

words! {
    /// `letter.launch`: what publishes the letter.
    pub enum LaunchMode {
        /// The first start of the server.
        AtStart = "at-start",
        /// `letter launch`; until then it is a draft.
        Manual = "manual",
    }
}

/// `[server]`: the identity and the listeners.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// The identity: scheme, host and perhaps a port, no path. `https` except on localhost.
    #[serde(with = "base")]
    pub base_url: Url,
    /// The domain of the handle when it differs from the host of `base_url`; lower-case ASCII, empty for that
    /// host. Use [`super::Config::handle_domain`] to read it.
    #[serde(deserialize_with = "dns_name")]
    pub handle_domain: String,
    /// Where the web server listens.
    #[serde(with = "one")]
    pub listen: SocketAddr,
    /// Where `/metrics` is, apart from everything else; `None` is nowhere.
    #[serde(with = "maybe")]
    pub metrics_listen: Option<SocketAddr>,
    /// The proxies whose `X-Forwarded-For` is trusted.
    #[serde(with = "many")]
    pub trusted_proxies: Vec<IpNet>,
    /// The largest body that is read from a request, in bytes; more than 0.
    #[serde(deserialize_with = "some_bytes", serialize_with = "one::serialize")]
    pub max_body: Size,
    /// Whether `robots.txt` admits the crawlers that count servers.
    pub count_in_statistics: bool,
}

/// `[database]`: where everything is stored.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseConfig {
    /// SQLite file or PostgreSQL server. Use [`super::Config::database_url`] to read it.
    #[serde(with = "one")]
    pub url: DatabaseUrl,
    /// The most connections that are open at once; at least 1. With SQLite a server has some more, for its pages.
    #[serde(deserialize_with = "positive")]
    pub max_connections: u32,
}

/// `[letter]`: the text and where it comes from.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct LetterConfig {
    /// The letter's file. Use [`super::Config::letter_file`] to read it.
    pub file: PathBuf,
    /// The language of the letter in lower case; empty for that of the front matter, else English.
    #[serde(deserialize_with = "language")]
    pub language: String,
    /// The raw file on GitHub; `None` means that only `file` is read.
    #[serde(with = "maybe")]
    pub source_url: Option<WebUrl>,
    /// How often the names of the source are taken over; longer than nothing.
    #[serde(deserialize_with = "lasting", serialize_with = "one::serialize")]
    pub sync_interval: Duration,
    /// The file with the secret of the push webhook; empty is off. Use [`super::Config::webhook_secret_file`] to read it.
    pub webhook_secret_file: PathBuf,
    /// Hashtags of the letter's Note, without `#`.
    #[serde(deserialize_with = "hashtags")]
    pub hashtags: Vec<String>,
    /// The heading above the signatories; empty takes a list after a signing word.
    pub signatories_heading: String,
    /// What publishes the letter.
    pub launch: LaunchMode,
}

/// `[actor]`: how the letter appears in the Fediverse.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ActorConfig {
    /// The user name: 1 to 30 characters of `[a-z0-9_]`, which every server can mention. It never changes.
    #[serde(deserialize_with = "username")]
    pub username: String,
    /// The display name; empty for the letter's title.
    pub name: String,
    /// The ActivityPub type.
    #[serde(rename = "type")]
    pub kind: ActorType,
    /// The biography; empty for one that is made from the letter.
    pub summary: String,
    /// A PNG or JPEG file; empty for a built-in icon. Use [`super::Config::icon_file`] to read it.
    pub icon: PathBuf,
    /// A PNG or JPEG file behind the head of the profile; empty for none. Use [`super::Config::header_file`] to read it.
    pub header: PathBuf,
    /// Ids of other actors that are this one as well, and may move here with their followers; at most ten.
    #[serde(deserialize_with = "actor_ids")]
    pub also_known_as: Vec<String>,
    /// The person responsible, name and e-mail address; empty only on localhost.
    #[serde(deserialize_with = "contact")]
    pub contact: String,
}

/// `[note]`: the shape of the letter's Note.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct NoteConfig {
    /// How much of the text the Note carries.
    pub mode: NoteMode,
    /// The most characters of HTML that [`NoteMode::Auto`] sends whole; at least 1.
    #[serde(deserialize_with = "positive")]
    pub max_chars: usize,
    /// Whether everybody may quote the letter.
    pub allow_quotes: bool,
}
