//! The configuration: one typed struct for each section of `config.toml`, read once at the start.
//!
//! The entry point is [`Config::load`]: file, then environment, then either a [`Config`] in which every value
//! is valid or all [`ConfigProblems`] at once, each with its place. [`DOCUMENTED_DEFAULT`] lists the keys in their
//! order, with their defaults.
//!
//! Where to read on: `publishing`, `signing` and `running` hold the sections, `defaults` the default values,
//! `values` and `urls` the formats of single values; `read` finds the faults.
//!
//! Not here: reading the environment (`cli` passes it in), opening the files that the configuration names,
//! logging, and options of the command line.
//!
//! ```
//! use std::path::Path;
//! use undersigned::config::Config;
//!
//! let text = "[server]\nbase_url = \"letter\"";
//! let faults = Config::parse(text, Path::new("config.toml"), std::iter::empty()).unwrap_err();
//! assert_eq!(
//!     faults.to_string(),
//!     "config.toml:2: server.base_url: \"letter\" is not an absolute URL",
//! );
//! ```

mod defaults;
mod error;
mod forge;
mod load;
mod publishing;
mod read;
mod running;
mod signing;
#[cfg(test)]
mod tests;
mod urls;
mod values;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use http::HeaderValue;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{endorsement::policy::Replies, letter::is_on_github};

pub use error::{ConfigError, ConfigProblem, ConfigProblems, SmtpUrlError};
pub use forge::{ForgeConfig, ForgeKind, ForgeThread, ForgeThreadConfig, ThreadUrl};
pub use load::{DEFAULT_FILE, Loaded, Origin, SYSTEM_FILE, default_file, folder_below_var};
pub use publishing::{
    ActorConfig, DatabaseConfig, LaunchMode, LetterConfig, NoteConfig, ServerConfig,
};
pub use read::environment_sets;
pub use running::{
    BackupConfig, DeliveryConfig, LimitsConfig, LogConfig, LogFormat, LogLevel, NetConfig,
    NotifyConfig, PrivacyConfig, WebConfig,
};
pub use signing::{
    EndorsingConfig, GoalConfig, GoalCounts, LinksConfig, ModerationConfig, PledgeConfig,
    VerifyConfig,
};
pub use urls::{DatabaseUrl, WebUrl, on_localhost};
pub use values::Size;

use urls::SmtpUrl;
use values::address_in;

/// The documented default: every key with its value and a comment. `init` starts from it.
pub const DOCUMENTED_DEFAULT: &str = include_str!("../../config.toml");

/// The whole configuration. `Debug` shows no password.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The identity and the listeners.
    pub server: ServerConfig,
    /// Where everything is stored.
    pub database: DatabaseConfig,
    /// The text and where it comes from.
    pub letter: LetterConfig,
    /// How the letter appears in the Fediverse.
    pub actor: ActorConfig,
    /// The shape of the letter's Note.
    pub note: NoteConfig,
    /// What makes an endorsement and how it is shown.
    pub endorsing: EndorsingConfig,
    /// What waits for a moderator.
    pub moderation: ModerationConfig,
    /// Who is one person in two places.
    pub links: LinksConfig,
    /// The issues whose comments sign.
    #[serde(skip_serializing_if = "ForgeConfig::is_empty")]
    pub forge: ForgeConfig,
    /// The re-check of sources.
    pub verify: VerifyConfig,
    /// The milestones that are announced.
    pub goal: GoalConfig,
    /// What came of the letter, counted.
    pub pledge: PledgeConfig,
    /// The delivery queue.
    pub delivery: DeliveryConfig,
    /// Rate limits.
    pub limits: LimitsConfig,
    /// What our HTTP client may reach, besides public addresses.
    pub net: NetConfig,
    /// What the pages offer.
    pub web: WebConfig,
    /// What is kept, and how long.
    pub privacy: PrivacyConfig,
    /// Who is told what waits for a person.
    pub notify: NotifyConfig,
    /// The backups that the server makes by itself.
    pub backup: BackupConfig,
    /// What is logged.
    pub log: LogConfig,
    /// The `Authorization` of requests to GitHub's API, from the variable that `links.github_token_env` names.
    #[serde(skip)]
    github_token: Option<HeaderValue>,
    /// The `Authorization` of requests to the APIs of forges, by the variables that `forge.threads.token_env` names.
    #[serde(skip)]
    forge_tokens: BTreeMap<String, HeaderValue>,
    /// The mail server, from the variable that `notify.smtp_url_env` names.
    #[serde(skip)]
    smtp_url: Option<Result<SmtpUrl, SmtpUrlError>>,
    /// The folder of the file, against which relative paths are resolved; empty is the working folder.
    #[serde(skip)]
    base: PathBuf,
    /// The file that was read; `None` when there was none.
    #[serde(skip)]
    file: Option<PathBuf>,
}

impl Config {
    /// The effective configuration as TOML, passwords and tokens hidden: what `config show` prints.
    ///
    /// # Panics
    /// Never with a configuration that was read: TOML has no path that is not UTF-8.
    pub fn show(&self) -> String {
        #[expect(
            clippy::expect_used,
            reason = "plain structs of UTF-8 values, read from TOML"
        )]
        toml::to_string(self).expect("a configuration can be written")
    }

    /// Required values that are empty, and values that do not fit to others: each with its key and the message.
    fn missing(&self) -> Vec<(&'static str, &'static str)> {
        let notify = &self.notify;
        let ours = |id: &String| {
            Url::parse(id).is_ok_and(|url| url.origin() == self.server.base_url.origin())
        };
        let no_secret = notify.webhook_secret_file.as_os_str().is_empty();
        let pledge = &self.pledge;
        let label = pledge.label.trim();
        let checks = [
            (
                self.endorsing.nameless && self.endorsing.replies == Replies::Off,
                "endorsing.nameless",
                "signs by words, and endorsing.replies = \"off\" lets no words sign",
            ),
            (
                !pledge.words.is_empty() && label.is_empty(),
                "pledge.label",
                "must say what those have done who say pledge.words, as \"have left GitHub\"",
            ),
            (
                label.chars().count() > PledgeConfig::LONGEST_LABEL
                    || label.contains(char::is_control),
                "pledge.label",
                "must be one line of at most 80 characters",
            ),
            (
                pledge.words.is_empty() && self.goal.counts == GoalCounts::Pledged,
                "goal.counts",
                "counts pledges, but pledge.words has no words by which somebody pledges",
            ),
            (
                self.forge.repeats(),
                "forge.threads",
                "names one issue twice",
            ),
            (
                self.forge.has_two_secrets(),
                "forge.threads.webhook_secret_file",
                "must be the same for all threads of one name, because they share the address of their webhook",
            ),
            (
                self.forge.has_two_forges(),
                "forge.threads.name",
                "must be another one for each forge that sends webhooks, because one forge could speak for the other",
            ),
            (
                self.forge.has_bad_name(),
                "forge.threads.name",
                "must be of a to z, 0 to 9, dots, hyphens and underscores, because it stands in an address",
            ),
            (
                self.actor.contact.is_empty() && !self.is_local(),
                "actor.contact",
                "must name who answers for this, with an e-mail address, because server.base_url is \
                 not on localhost",
            ),
            (
                self.actor.also_known_as.iter().any(ours),
                "actor.also_known_as",
                "names an actor of this very server; only others can move here",
            ),
            (
                notify.webhook_url.is_some() && no_secret,
                "notify.webhook_secret_file",
                "must name the file with the secret that signs what notify.webhook_url gets",
            ),
            (
                notify.webhook_url.is_none() && !no_secret,
                "notify.webhook_url",
                "must say where the webhook is, because notify.webhook_secret_file is set",
            ),
            (
                notify.mail_to.is_empty() && !notify.smtp_url_env.is_empty(),
                "notify.mail_to",
                "must say who gets the mail of notify.smtp_url_env",
            ),
            (
                !notify.mail_to.is_empty() && notify.smtp_url_env.is_empty(),
                "notify.smtp_url_env",
                "must name the variable with the URL of the mail server, because notify.mail_to is set",
            ),
        ];
        let wrong = checks.into_iter().filter(|(is_wrong, ..)| *is_wrong);
        wrong.map(|(_, key, message)| (key, message)).collect()
    }

    /// Takes the URL of the mail server from the environment.
    fn take_smtp_url(&mut self, environment: &[(String, String)]) {
        let name = &self.notify.smtp_url_env;
        if name.is_empty() {
            return;
        }
        let found = environment.iter().find(|(variable, _)| variable == name);
        let text = found
            .map(|(_, text)| text.trim())
            .filter(|text| !text.is_empty());
        self.smtp_url = Some(match text {
            Some(text) => SmtpUrl::read(text).map_err(SmtpUrlError::Wrong),
            None => Err(SmtpUrlError::Unset),
        });
    }

    /// The mail server for messages to the organisers, with its password; `None` when they get no mail. Commands that send
    /// none need no such variable, so a wrong one is an error only for whoever asks.
    ///
    /// # Errors
    /// What is wrong with the variable that `notify.smtp_url_env` names.
    pub fn smtp_url(&self) -> Result<Option<&Url>, SmtpUrlError> {
        let found = self.smtp_url.as_ref().map(Result::as_ref).transpose();
        Ok(found.map_err(|error| *error)?.map(SmtpUrl::as_url))
    }

    /// The file with the secret of the webhook that is told what waits; `None` without one.
    pub fn notify_secret_file(&self) -> Option<PathBuf> {
        self.optional(&self.notify.webhook_secret_file)
    }

    /// Takes the token for GitHub's API from the environment.
    fn take_github_token(&mut self, environment: &[(String, String)]) -> Result<(), &'static str> {
        let name = &self.links.github_token_env;
        if !name.is_empty() {
            self.github_token = Some(bearer(name, environment)?);
        }
        Ok(())
    }

    /// Takes the tokens for the APIs of forges from the environment.
    fn take_forge_tokens(&mut self, environment: &[(String, String)]) -> Result<(), &'static str> {
        let names = self.forge.threads.iter().map(|thread| &thread.token_env);
        for name in names.filter(|name| !name.is_empty()) {
            let token = bearer(name, environment)?;
            self.forge_tokens.insert(name.clone(), token);
        }
        Ok(())
    }

    /// The issues whose comments sign.
    pub fn forge_threads(&self) -> Vec<ForgeThread> {
        let threads = self.forge.threads.iter().filter_map(|thread| {
            Some(ForgeThread {
                url: thread.url.clone()?,
                kind: thread.kind,
                name: thread.name().to_owned(),
                token: self.forge_tokens.get(&thread.token_env).cloned(),
                secret_file: self.optional(&thread.webhook_secret_file),
            })
        });
        threads.collect()
    }

    /// The `Authorization` of requests to GitHub's API; `None` without a token. `Debug` does not show it.
    pub const fn github_token(&self) -> Option<&HeaderValue> {
        self.github_token.as_ref()
    }

    /// Whether `server.base_url` is on localhost, so that nobody else reaches it.
    pub fn is_local(&self) -> bool {
        on_localhost(&self.server.base_url)
    }

    /// Our host as a remote server would name it: with the port where it is not the scheme's own.
    pub fn authority(&self) -> String {
        let url = &self.server.base_url;
        let host = url.host_str().unwrap_or_default();
        url.port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// The domain of our handle: `server.handle_domain`, else [`Config::authority`].
    pub fn handle_domain(&self) -> String {
        let configured = &self.server.handle_domain;
        if configured.is_empty() {
            self.authority()
        } else {
            configured.clone()
        }
    }

    /// The e-mail address in `actor.contact`; `None` only on localhost.
    pub fn contact_address(&self) -> Option<&str> {
        address_in(&self.actor.contact)
    }

    /// The URL for the database driver, with its password and with a relative SQLite path resolved.
    /// Not for people or logs.
    pub fn database_url(&self) -> String {
        self.database.url.resolved(&self.base)
    }

    /// The database as errors and logs name it: [`Config::database_url`] without the password.
    pub fn database_shown(&self) -> String {
        self.database.url.shown(&self.base)
    }

    /// Whether `letter.source_url` is on GitHub.
    #[must_use]
    pub fn letter_is_on_github(&self) -> bool {
        let source = self.letter.source_url.as_ref();
        source.is_some_and(|url| is_on_github(url.as_url().as_str()))
    }

    /// The letter's file.
    pub fn letter_file(&self) -> PathBuf {
        self.base.join(&self.letter.file)
    }

    /// The file with the secret of GitHub's push webhook; `None` without one.
    pub fn webhook_secret_file(&self) -> Option<PathBuf> {
        self.optional(&self.letter.webhook_secret_file)
    }

    /// The actor's icon; `None` is the built-in one.
    pub fn icon_file(&self) -> Option<PathBuf> {
        self.optional(&self.actor.icon)
    }

    /// The picture behind the head of the actor's profile; `None` is none.
    pub fn header_file(&self) -> Option<PathBuf> {
        self.optional(&self.actor.header)
    }

    /// The file of signing words besides the built-in ones.
    pub fn phrases_file(&self) -> Option<PathBuf> {
        self.optional(&self.endorsing.phrases_file)
    }

    /// The file of certificate authorities besides the system's.
    pub fn ca_file(&self) -> Option<PathBuf> {
        self.optional(&self.net.ca_file)
    }

    /// The folder of the backups that the server makes; `None` is off.
    pub fn backup_folder(&self) -> Option<PathBuf> {
        self.optional(&self.backup.dir)
    }

    /// The file that this was read from; `None` when there was none, and the defaults hold.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// The folder against which relative paths are resolved; empty is the working folder.
    pub fn folder(&self) -> &Path {
        &self.base
    }

    /// The other files that the configuration names, whether they exist or not.
    pub fn named_files(&self) -> Vec<PathBuf> {
        let optional = [
            self.webhook_secret_file(),
            self.icon_file(),
            self.header_file(),
            self.phrases_file(),
            self.ca_file(),
            self.notify_secret_file(),
        ];
        let mut files = vec![self.letter_file()];
        files.extend(optional.into_iter().flatten());
        for thread in self.forge_threads() {
            files.extend(thread.secret_file.filter(|file| !files.contains(file)));
        }
        files
    }

    fn optional(&self, path: &Path) -> Option<PathBuf> {
        (!path.as_os_str().is_empty()).then(|| self.base.join(path))
    }
}

/// The `Authorization` header with the token in this variable of the environment.
fn bearer(name: &str, environment: &[(String, String)]) -> Result<HeaderValue, &'static str> {
    let token = environment.iter().find(|(variable, _)| variable == name);
    let (_, token) = token
        .filter(|(_, token)| !token.trim().is_empty())
        .ok_or("names no variable of the environment; write its name, and the token into it")?;
    let mut header = HeaderValue::try_from(format!("Bearer {}", token.trim()))
        .map_err(|_cause| "names a variable with something else than a token")?;
    header.set_sensitive(true);
    Ok(header)
}
