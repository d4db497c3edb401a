//! Configuration, database and rules, opened for the use cases.

use std::{path::Path, sync::Arc};

use anyhow::Context as _;

use crate::{
    activitystreams::{SigningNotice, Urls},
    clock::{Clock, SystemClock},
    config::Config,
    endorsement::{
        names::WatchList,
        policy::{LetterState, Policy},
        wording::Phrases,
    },
    hash::Salt,
    letter,
    random::{PublicId, Random, SystemRandom},
    register::{
        Rules,
        inbound::batch::Context,
        letter::{letter_state::LetterSchedule, note::NoteSettings},
        moderation::blocks::block_list,
        outgoing::ActivityBuilder,
    },
    store::{Access, RevisionRow, Store, Topic, Tx},
};

/// The setting with the salt for hashed ids that are kept after a person's data are deleted.
const SALT: &str = "salt";

/// A configuration with its database. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// The configuration.
    pub(crate) config: Arc<Config>,
    /// Our URLs.
    pub(crate) urls: Arc<Urls>,
    /// The database.
    pub(crate) store: Store,
    /// The clock.
    pub(crate) clock: Arc<dyn Clock>,
    /// Randomness.
    pub(crate) chance: Arc<dyn Random>,
    /// Who decides: `--as`, or the system user.
    pub(crate) operator: String,
}

/// The URLs of a configuration.
pub(crate) fn urls(config: &Config) -> Urls {
    Urls::new(
        &config.server.base_url,
        &config.handle_domain(),
        &config.actor.username,
    )
}

/// The settings for Notes.
pub(crate) fn note_settings(config: &Config) -> NoteSettings {
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
pub(crate) fn signatories_heading(config: &Config) -> Option<&str> {
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
pub(crate) fn phrases(config: &Config) -> anyhow::Result<Phrases> {
    let Some(file) = config.phrases_file() else {
        return Ok(Phrases::built_in());
    };
    let text = read(&file)?;
    Phrases::with_extra(&text).with_context(|| format!("endorsing.phrases_file {}", file.display()))
}

/// Reads a text file; an error names the file.
pub(crate) fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

/// Whether the letter takes signatures, by the register and the configuration.
pub(crate) async fn opening(tx: &mut Tx, config: &Config) -> anyhow::Result<LetterSchedule> {
    Ok(LetterSchedule::read(tx, config.endorsing.close_at).await?)
}

/// The salt of this database, which is created once.
pub(crate) async fn salt(store: &Store, chance: &dyn Random) -> anyhow::Result<Salt> {
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

/// Whether the letter's file differs from the published revision; true for a file that cannot be read.
pub(crate) fn file_differs(site: &Site, revision: &RevisionRow) -> bool {
    let heading = signatories_heading(&site.config);
    let read = std::fs::read(site.config.letter_file()).ok();
    let parsed = read.and_then(|bytes| letter::parse(&bytes, heading).ok());
    parsed.is_none_or(|letter| letter.digest.to_string() != revision.digest)
}

impl Site {
    /// Opens the database of a configuration.
    pub(crate) async fn open(
        config: Config,
        operator: String,
        access: Access,
    ) -> anyhow::Result<Self> {
        let store = Store::open(
            &config.database_url(),
            config.database.max_connections,
            access,
        )
        .await?;
        Ok(Self {
            urls: Arc::new(urls(&config)),
            config: Arc::new(config),
            store,
            clock: Arc::new(SystemClock),
            chance: Arc::new(SystemRandom),
            operator,
        })
    }

    /// The builder of our own activities, dated now.
    pub(crate) fn mail(&self) -> ActivityBuilder<'_> {
        ActivityBuilder {
            urls: &self.urls,
            chance: self.chance.as_ref(),
            now: self.clock.now(),
        }
    }

    /// The context of the use cases, from the current configuration and register.
    pub(crate) async fn context(&self) -> anyhow::Result<Context> {
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
