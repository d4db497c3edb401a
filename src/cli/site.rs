//! Configuration, database and rules, opened from the command's options for the use cases.

use std::{path::Path, sync::Arc};

use anyhow::Context as _;

use super::{
    Global,
    output::{Exit, Output, end},
};
use crate::{
    activitystreams::Urls,
    clock::{Clock, SystemClock},
    config::{Config, Origin},
    endorsement::{
        names::WatchList,
        policy::{LetterState, Policy},
        wording::Phrases,
    },
    hash::Salt,
    i18n::SigningNotice,
    random::{PublicId, Random, SystemRandom},
    register::{
        Rules,
        inbound::batch::Context,
        letter::{letter_state::LetterSchedule, note::NoteSettings},
        moderation::blocks::block_list,
        outgoing::ActivityBuilder,
    },
    store::{self, Access, Store, Topic, Tx},
};

/// The setting with the salt for hashed ids that are kept after a person's data are deleted.
const SALT: &str = "salt";

/// A configuration with its database. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Site {
    /// The configuration.
    pub(super) config: Arc<Config>,
    /// Our URLs.
    pub(super) urls: Arc<Urls>,
    /// The database.
    pub(super) store: Store,
    /// The clock.
    pub(super) clock: Arc<dyn Clock>,
    /// Randomness.
    pub(super) chance: Arc<dyn Random>,
    /// Who decides: `--as`, or the system user.
    pub(super) operator: String,
}

/// Reads the configuration; prints a message when the defaults hold.
pub(super) fn config(global: &Global, output: &Output) -> anyhow::Result<Config> {
    let loaded = Config::load(global.config.as_deref(), std::env::vars())?;
    if loaded.origin == Origin::Defaults {
        output.say("there is no config.toml here; the defaults hold");
    }
    Ok(loaded.config)
}

/// Reads the configuration and opens its database.
pub(super) async fn open(global: &Global, output: &Output, access: Access) -> anyhow::Result<Site> {
    let config = config(global, output)?;
    let store = Store::open(
        &config.database_url(),
        config.database.max_connections,
        access,
    )
    .await?;
    Ok(Site {
        urls: Arc::new(urls(&config)),
        config: Arc::new(config),
        store,
        clock: Arc::new(SystemClock),
        chance: Arc::new(SystemRandom),
        operator: operator(global),
    })
}

/// The same for commands that publish, or change what is shown: an error once the actor was retired.
pub(super) async fn open_living(global: &Global, output: &Output) -> anyhow::Result<Site> {
    let site = open(global, output, Access::Existing).await?;
    if let Some(at) = site.store.read().await?.retired_at().await? {
        return Err(store::Error::Retired(at).into());
    }
    Ok(site)
}

/// The URLs of a configuration.
pub(super) fn urls(config: &Config) -> Urls {
    Urls::new(
        &config.server.base_url,
        &config.handle_domain(),
        &config.actor.username,
    )
}

#[expect(
    clippy::disallowed_methods,
    reason = "`cli` is where the environment is read"
)]
fn operator(global: &Global) -> String {
    let system = || {
        std::env::var("USER")
            .or_else(|_| std::env::var("LOGNAME"))
            .ok()
    };
    let named = global
        .operator
        .clone()
        .or_else(system)
        .filter(|name| !name.trim().is_empty());
    named.unwrap_or_else(|| "unknown".to_owned())
}

/// The settings for Notes.
pub(super) fn note_settings(config: &Config) -> NoteSettings {
    NoteSettings {
        mode: config.note.mode,
        max_chars: config.note.max_chars,
        allow_quotes: config.note.allow_quotes,
        hashtags: config.letter.hashtags.clone(),
        language: config.letter.language.clone(),
        signatories_heading: signatories_heading(config).map(str::to_owned),
        notice: SigningNotice {
            replies: config.endorsing.replies,
            reply_display: config.endorsing.reply_display,
            like_display: policy(config, LetterState::Open).effective_like_display(),
            acknowledge: config.endorsing.acknowledge,
            letter: LetterState::Open,
        },
    }
}

/// `letter.signatories_heading`, when there is one.
pub(super) fn signatories_heading(config: &Config) -> Option<&str> {
    Some(config.letter.signatories_heading.as_str()).filter(|heading| !heading.is_empty())
}

fn policy(config: &Config, letter: LetterState) -> Policy {
    let (endorsing, moderation) = (&config.endorsing, &config.moderation);
    Policy {
        letter,
        replies: endorsing.replies,
        likes: endorsing.likes,
        acknowledge: endorsing.acknowledge,
        like_display: endorsing.like_display,
        reply_display: endorsing.reply_display,
        bots: endorsing.bots,
        min_account_age: moderation.min_account_age,
        statements: moderation.statements,
        names: moderation.names,
        max_statement_chars: endorsing.max_statement_chars,
    }
}

/// The signing words: the built-in ones, and those of `endorsing.phrases_file`.
pub(super) fn phrases(config: &Config) -> anyhow::Result<Phrases> {
    let Some(file) = config.phrases_file() else {
        return Ok(Phrases::built_in());
    };
    let text = read(&file)?;
    Phrases::with_extra(&text).with_context(|| format!("endorsing.phrases_file {}", file.display()))
}

/// Reads a text file; an error names the file.
pub(super) fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

/// Whether the letter takes signatures, by the register and the configuration.
pub(super) async fn opening(tx: &mut Tx, config: &Config) -> anyhow::Result<LetterSchedule> {
    Ok(LetterSchedule::read(tx, config.endorsing.close_at).await?)
}

/// The salt of this database, which is created once.
pub(super) async fn salt(store: &Store, chance: &dyn Random) -> anyhow::Result<Salt> {
    if let Some(salt) = store.read().await?.setting(SALT).await? {
        return Ok(Salt::new(&salt));
    }
    let mut tx = store.write().await?;
    let salt = if let Some(salt) = tx.setting(SALT).await? {
        salt
    } else {
        let salt = format!("{}{}", PublicId::random(chance), PublicId::random(chance));
        tx.set_setting(SALT, &salt).await?;
        salt
    };
    tx.commit().await?;
    Ok(Salt::new(&salt))
}

impl Site {
    /// The builder of our own activities, dated now.
    pub(super) fn mail(&self) -> ActivityBuilder<'_> {
        ActivityBuilder {
            urls: &self.urls,
            chance: self.chance.as_ref(),
            now: self.clock.now(),
        }
    }

    /// The context of the use cases, from the current configuration and register.
    pub(super) async fn context(&self) -> anyhow::Result<Context> {
        let salt = salt(&self.store, self.chance.as_ref()).await?;
        let phrases = Arc::new(phrases(&self.config)?);
        let watch = Arc::new(WatchList::new(&self.config.moderation.watch_names));
        let mut tx = self.store.read().await?;
        let opening = opening(&mut tx, &self.config).await?;
        let policy_version = tx.version(Topic::Policy).await?;
        let blocks = block_list(&mut tx).await?;
        let settings = note_settings(&self.config);
        let (revision, language) = match tx.current_revision().await? {
            Some(revision) => {
                let letter = settings.read(&revision)?;
                (revision.number, settings.language_of(&letter).to_owned())
            }
            None => (1, "en".to_owned()),
        };
        let revisions = tx.revisions().await?;
        let revised_at = revisions
            .iter()
            .map(|revision| (revision.number, revision.published_at));
        let policy = policy(&self.config, opening.state(self.clock.now()));
        Ok(Context {
            rules: Arc::new(Rules {
                policy,
                closes_at: opening.closes_at(),
                phrases,
                watch,
                revision,
                revised_at: revised_at.collect(),
                language,
                blocks: Arc::new(blocks),
                policy_version,
                allow_quotes: settings.allow_quotes,
            }),
            urls: Arc::clone(&self.urls),
            chance: Arc::clone(&self.chance),
            salt,
        })
    }
}

/// The one thing that was found; an error when there is none, or more than one.
pub(super) fn one<T>(mut found: Vec<T>, what: &str) -> anyhow::Result<T> {
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(_), false) => end(
            Exit::NotFound,
            format!("`{what}` means more than one; type more of it"),
        ),
        (None, _) => end(Exit::NotFound, format!("there is no `{what}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_without_configuration_is_made_as_the_defaults_say() {
        let configured = note_settings(&Config::default());
        let expected = format!("{:?}", NoteSettings::default());
        assert_eq!(format!("{configured:?}"), expected);
    }
}
