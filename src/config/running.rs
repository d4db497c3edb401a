//! The sections about how the server runs: `delivery`, `limits`, `net`, `web`, `privacy`, `notify`, `backup`, `log`.

use std::{path::PathBuf, time::Duration};

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use super::{
    Size, WebUrl,
    values::{lasting, mailboxes, many, maybe, one, positive, some_bytes},
};
use crate::string_enum::words;

/// `[delivery]`: the delivery queue.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeliveryConfig {
    /// The most requests with deliveries at once; 0 follows from how many files may be open.
    pub workers: usize,
    /// The most of them to one host; at least 1.
    #[serde(deserialize_with = "positive")]
    pub per_host: usize,
    /// How long one request may take; more than 0, and at most 45 seconds.
    #[serde(deserialize_with = "in_time", serialize_with = "one::serialize")]
    pub timeout: Duration,
    /// How long a delivery is tried; more than 0.
    #[serde(deserialize_with = "lasting", serialize_with = "one::serialize")]
    pub give_up_after: Duration,
}

/// A lease lasts two minutes while its holder lives, and requests start within the first minute. So the last request must end, and its result be stored, before another worker may send the same
/// delivery again.
const LONGEST_REQUEST: Duration = Duration::from_secs(45);

/// A duration that is not zero and shorter than a claim.
fn in_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let duration = lasting(deserializer)?;
    if duration > LONGEST_REQUEST {
        Err(D::Error::custom(
            "must be at most \"45s\", because what takes longer could be sent twice",
        ))
    } else {
        Ok(duration)
    }
}

/// `[limits]`: rate limits.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Requests from one network address in a minute, authentic deliveries excepted; at least 1.
    #[serde(deserialize_with = "positive")]
    pub per_address_per_minute: u32,
    /// Activities of one actor in a minute; at least 1.
    #[serde(deserialize_with = "positive")]
    pub per_actor_per_minute: u32,
    /// Activities from one host in a minute; at least 1.
    #[serde(deserialize_with = "positive")]
    pub per_host_per_minute: u32,
    /// The most fetches of keys at once; at least 1. They happen before the sender is authenticated, so they need a
    /// limit.
    #[serde(deserialize_with = "positive")]
    pub fetches_in_flight: usize,
}

/// `[net]`: what our HTTP client may reach, besides public addresses.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetConfig {
    /// A file of PEM certificates besides the system's; empty is none. Use [`super::Config::ca_file`] to read
    /// it.
    pub ca_file: PathBuf,
    /// Networks that are not public but may be reached.
    #[serde(with = "many")]
    pub allow_addresses: Vec<IpNet>,
}

/// `[web]`: what the pages offer.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebConfig {
    /// Whether the whole list may be read at once, as CSV and NDJSON.
    pub bulk_download: bool,
    /// Whether the front page shows the newest supporters by name.
    pub names_on_front: bool,
    /// How long what is only added may wait before it is shown; 0 is not at all. What is taken off never waits.
    #[serde(with = "one")]
    pub render_every: Duration,
    /// Where people without an account find a server; `None` if the pages name none.
    #[serde(with = "maybe")]
    pub join_url: Option<WebUrl>,
}

/// `[privacy]`: what is kept, and how long.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct PrivacyConfig {
    /// The largest signed request that is kept as evidence, in bytes; more than 0.
    #[serde(deserialize_with = "some_bytes", serialize_with = "one::serialize")]
    pub raw_max: Size,
    /// All evidence together, in bytes; more than 0.
    #[serde(deserialize_with = "some_bytes", serialize_with = "one::serialize")]
    pub raw_budget: Size,
    /// When withdrawals by others than the endorser are erased.
    #[serde(with = "one")]
    pub purge_withdrawn_after: Duration,
    /// How long comments are kept.
    #[serde(with = "one")]
    pub keep_comments: Duration,
    /// How long pending endorsements are kept.
    #[serde(with = "one")]
    pub keep_waiting: Duration,
    /// How long the text of rejected ones is kept.
    #[serde(with = "one")]
    pub keep_rejected: Duration,
    /// How long reports are kept.
    #[serde(with = "one")]
    pub keep_reports: Duration,
    /// How long after the letter was closed names become numbers, for good; `None` is never.
    #[serde(with = "maybe")]
    pub anonymise_after_close: Option<Duration>,
}

/// `[notify]`: who is told what waits for a person.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct NotifyConfig {
    /// Where a message is posted; `None` is nowhere.
    #[serde(with = "maybe")]
    pub webhook_url: Option<WebUrl>,
    /// The file with the secret that signs it. Use [`super::Config::notify_secret_file`] to read it.
    pub webhook_secret_file: PathBuf,
    /// The variable of the environment with the URL of the mail server; empty is no mail. Use
    /// [`super::Config::smtp_url`] to read it.
    pub smtp_url_env: String,
    /// To whom mail goes: addresses, separated by commas.
    #[serde(deserialize_with = "mailboxes")]
    pub mail_to: String,
    /// How long after a message the next one comes at the earliest; more than 0.
    #[serde(deserialize_with = "lasting", serialize_with = "one::serialize")]
    pub every: Duration,
}

/// `[backup]`: backups that the server makes by itself.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct BackupConfig {
    /// The folder that they are written to; empty is off. Use [`super::Config::backup_folder`] to read it.
    pub dir: PathBuf,
    /// The time from one to the next; at least a minute.
    #[serde(deserialize_with = "not_at_once", serialize_with = "one::serialize")]
    pub every: Duration,
    /// How many are kept; from 1 to 30, so that who left is in none of them before long.
    #[serde(deserialize_with = "up_to_thirty")]
    pub keep: usize,
}

impl BackupConfig {
    /// How long it takes at most until a backup is deleted, when they are made in time.
    pub fn kept_for(&self) -> Duration {
        self.every
            .saturating_mul(u32::try_from(self.keep).unwrap_or(u32::MAX))
    }
}

/// A duration of at least a minute.
fn not_at_once<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let duration = lasting(deserializer)?;
    if duration < Duration::from_mins(1) {
        Err(D::Error::custom("must be at least \"1m\""))
    } else {
        Ok(duration)
    }
}

/// A number of backups.
fn up_to_thirty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    let keep = positive(deserializer)?;
    if keep > 30 {
        Err(D::Error::custom(
            "must be at most 30: who leaves is told that backups do not keep them for long",
        ))
    } else {
        Ok(keep)
    }
}

/// `[log]`: what is logged.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// The shape of the lines.
    pub format: LogFormat,
    /// The least important lines that are written.
    pub level: LogLevel,
    /// The most rows in the log of deliveries; 0 keeps none.
    pub journal_rows: u32,
}

words! {
    /// The shape of log lines.
    pub enum LogFormat {
        /// For people.
        Text = "text",
        /// For programs: one JSON object a line.
        Json = "json",
    }
}

words! {
    /// The least important log lines that are written.
    pub enum LogLevel {
        /// None at all.
        Off = "off",
        /// Failures that need a person.
        Error = "error",
        /// Also what may become a failure.
        Warn = "warn",
        /// Also normal events.
        Info = "info",
        /// Also details for finding faults.
        Debug = "debug",
        /// Everything.
        Trace = "trace",
    }
}
