//! The sections about what is published and where: `server`, `database`, `letter`, `actor`, `note`.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    DatabaseUrl, Size, WebUrl,
    urls::{base, dns_name},
    values::{
        contact, hashtags, language, lasting, many, maybe, one, positive, some_bytes, username,
    },
};
use crate::activitystreams::{ActorType, NoteMode};

/// `[server]`: the identity and the listeners.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// The identity: scheme, host and perhaps a port, no path. `https` except on localhost.
    #[serde(with = "base")]
    pub base_url: Url,
    /// The domain of the handle when it is not the host of `base_url`; lower-case ASCII, empty for
    /// that host. Ask [`super::Config::handle_domain`].
    #[serde(deserialize_with = "dns_name")]
    pub handle_domain: String,
    /// Where the web server listens.
    #[serde(with = "one")]
    pub listen: SocketAddr,
    /// Where the metrics are served; `None` is nowhere.
    #[serde(with = "maybe")]
    pub metrics_listen: Option<SocketAddr>,
    /// The proxies whose `X-Forwarded-For` is believed.
    #[serde(with = "many")]
    pub trusted_proxies: Vec<IpNet>,
    /// The largest body that is read from a request, in bytes; more than 0.
    #[serde(deserialize_with = "some_bytes", serialize_with = "one::serialize")]
    pub max_body: Size,
    /// Whether `robots.txt` admits the crawlers that count servers (F-19).
    pub count_in_statistics: bool,
}

/// `[database]`: where everything is stored.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseConfig {
    /// SQLite file or PostgreSQL server. Ask [`super::Config::database_url`].
    #[serde(with = "one")]
    pub url: DatabaseUrl,
    /// The most connections that are open at once; at least 1.
    #[serde(deserialize_with = "positive")]
    pub max_connections: u32,
}

/// `[letter]`: the text and where it comes from.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct LetterConfig {
    /// The letter's file. Ask [`super::Config::letter_file`].
    pub file: PathBuf,
    /// The language of the letter in lower case; empty for the front matter's, else English.
    #[serde(deserialize_with = "language")]
    pub language: String,
    /// The raw file on GitHub; `None` reads only `file`.
    #[serde(with = "maybe")]
    pub source_url: Option<WebUrl>,
    /// How often `source_url` is read; more than 0.
    #[serde(deserialize_with = "lasting", serialize_with = "one::serialize")]
    pub sync_interval: Duration,
    /// The file that holds the secret of the push webhook; empty is off. Ask
    /// [`super::Config::webhook_secret_file`].
    pub webhook_secret_file: PathBuf,
    /// Hashtags of the letter's Note, without `#`.
    #[serde(deserialize_with = "hashtags")]
    pub hashtags: Vec<String>,
    /// The heading above the signatories; empty takes a list after a signing word.
    pub signatories_heading: String,
}

/// `[actor]`: how the letter appears in the Fediverse.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ActorConfig {
    /// The user name: 1 to 30 characters of `[a-z0-9_]` (F-6). It never changes.
    #[serde(deserialize_with = "username")]
    pub username: String,
    /// The display name; empty for the letter's title.
    pub name: String,
    /// The ActivityPub type (F-24).
    #[serde(rename = "type")]
    pub kind: ActorType,
    /// The biography; empty for one that is made from the letter.
    pub summary: String,
    /// A PNG or JPEG file; empty for a built-in icon. Ask [`super::Config::icon_file`].
    pub icon: PathBuf,
    /// Who answers for this, name and e-mail address; empty only on localhost (`product.md` 2.7).
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
    /// Whether anybody may quote the letter (F-117).
    pub allow_quotes: bool,
}
