//! Configuration, database and rules, opened for the use cases.

use std::{io, path::Path, sync::Arc};

use anyhow::Context as _;
use rustix::io::Errno;
use tokio::sync::watch;

use super::letter_file::read_letter;
use crate::{
    activitystreams::Urls,
    clock::{Clock, SystemClock},
    config::Config,
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
        actor::lifecycle::Lifetime,
        letter::{
            announcements, launch::planned, letter_state::LetterSchedule, note::NoteSettings,
            translations::standing,
        },
        maintenance::anonymise::Anonymising,
        outgoing::ActivityBuilder,
        rules::{Context, block_list, trusted_domains, word_rules},
    },
    signature::authority,
    store::{Access, RevisionRow, Store, Topic, Tx},
};

/// The setting with the salt for hashed ids that are kept after a person's data are deleted.
const SALT: &str = "salt";

/// A configuration with its database. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    /// The configuration.
    pub(crate) config: Arc<Config>,
    /// Our URLs.
    pub(crate) urls: Arc<Urls>,
    /// The database.
    pub(crate) store: Store,
    /// The clock.
    pub(crate) clock: Arc<dyn Clock>,
    /// Randomness.
    pub(crate) random: Arc<dyn Random>,
    /// Who decides: `--as`, or the system user.
    pub(crate) operator: String,
}

impl Environment {
    /// Opens the database of a configuration with so many connections.
    pub(crate) async fn open(
        config: Config,
        operator: String,
        access: Access,
        connections: u32,
    ) -> anyhow::Result<Self> {
        let store = Store::open(&config.database_url(), connections, access).await?;
        Ok(Self {
            urls: Arc::new(urls(&config)),
            config: Arc::new(config),
            store,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            operator,
        })
    }

    /// The settings for Notes.
    pub(crate) fn note_settings(&self) -> NoteSettings {
        note_settings(&self.config)
    }

    /// `letter.signatories_heading`, when there is one.
    pub(crate) fn signatories_heading(&self) -> Option<&str> {
        signatories_heading(&self.config)
    }

    /// The builder of our own activities, dated now.
    pub(crate) fn builder(&self) -> ActivityBuilder<'_> {
        ActivityBuilder {
            urls: &self.urls,
            random: self.random.as_ref(),
            now: self.clock.now(),
        }
    }

    /// Whether and how long the letter takes signatures, by the register and the configuration.
    pub(crate) async fn schedule(&self, tx: &mut Tx) -> anyhow::Result<LetterSchedule> {
        Ok(LetterSchedule::read(tx, self.config.endorsing.close_at).await?)
    }

    /// When names become numbers.
    pub(crate) fn anonymising(&self) -> Anonymising {
        Anonymising {
            after: self.config.privacy.anonymise_after_close,
            closes_at: self.config.endorsing.close_at,
        }
    }

    /// Reads from the database whether the actor lives.
    pub(crate) async fn lifetime(&self) -> anyhow::Result<Lifetime> {
        let give_up_after = self.config.delivery.give_up_after;
        let mut tx = self.store.read().await?;
        Ok(Lifetime::of(&mut tx, give_up_after, self.clock.now()).await?)
    }

    /// Whether the letter's file differs from the published revision; true for a file that cannot be read.
    ///
    /// # Errors
    /// When too many files are open: that says nothing about this one.
    pub(crate) fn file_differs(&self, revision: &RevisionRow) -> io::Result<bool> {
        let file = self.config.letter_file();
        let heading = self.signatories_heading();
        let read = match std::fs::read(&file) {
            Err(error)
                if matches!(
                    Errno::from_io_error(&error),
                    Some(Errno::MFILE | Errno::NFILE)
                ) =>
            {
                return Err(error);
            }
            read => read.ok(),
        };
        let parsed = read.and_then(|bytes| read_letter(&bytes, heading, file.parent()).ok());
        Ok(parsed.is_none_or(|read| read.letter.digest.to_string() != revision.digest))
    }

    /// The salt of this database, which is created once.
    pub(crate) async fn salt(&self) -> anyhow::Result<Salt> {
        if let Some(salt) = self.store.read().await?.setting(SALT).await? {
            return Ok(Salt::new(&salt));
        }
        let mut tx = self.store.write().await?;
        let salt = if let Some(salt) = tx.setting(SALT).await? {
            salt
        } else {
            let random = self.random.as_ref();
            let salt = format!("{}{}", PublicId::random(random), PublicId::random(random));
            tx.set_setting(SALT, &salt).await?;
            salt
        };
        tx.commit().await?;
        Ok(Salt::new(&salt))
    }

    /// The context of the use cases, from the current configuration and register.
    pub(crate) async fn context(&self) -> anyhow::Result<Context> {
        let salt = self.salt().await?;
        let watch = Arc::new(WatchList::new(&self.config.moderation.watch_names));
        let mut tx = self.store.read().await?;
        let schedule = self.schedule(&mut tx).await?;
        let policy_version = tx.version(Topic::Policy).await?;
        let blocks = block_list(&mut tx).await?;
        let settings = self.note_settings();
        let (revision, language) = match tx.current_revision().await? {
            Some(revision) => {
                let letter = settings.read(&revision)?;
                (revision.number, settings.language_of(&letter).to_owned())
            }
            None => (1, settings.language_of_draft().to_owned()),
        };
        let changes = tx.translation_changes().await?;
        let translations = standing(&changes, revision).into_iter();
        let mut languages = vec![language.as_str()];
        languages.extend(translations.map(|row| row.language.as_str()));
        let phrases = phrases(&self.config)?.for_letter(&languages, self.urls.origin());
        let pledge = pledge(&self.config, &phrases)?.map(Arc::new);
        let revisions = tx.revisions().await?;
        let revised_at = revisions
            .iter()
            .map(|revision| (revision.number, revision.published_at));
        let policy = policy(&self.config, schedule.state(self.clock.now()));
        Ok(Context {
            rules: Arc::new(Rules {
                policy,
                closes_at: schedule.closes_at(),
                launches_at: planned(&mut tx).await?.map(|plan| plan.due_at),
                phrases: Arc::new(phrases),
                pledge,
                watch,
                revision,
                revised_at: revised_at.collect(),
                language,
                warnings: announcements::warnings(&mut tx).await?,
                blocks: Arc::new(blocks),
                trusted: Arc::new(trusted_domains(&mut tx).await?),
                word_rules: Arc::new(word_rules(&mut tx).await?),
                policy_version,
                allow_quotes: settings.allow_quotes,
                names_off: tx.names_off().await?.is_some(),
                creates: tx.public_creates().await?.into_iter().collect(),
                github: authority(self.config.links.github_pages.as_url()).unwrap_or_default(),
            }),
            urls: Arc::clone(&self.urls),
            random: Arc::clone(&self.random),
            salt,
        })
    }

    /// The current context for what runs as long as one command: it does not change.
    pub(crate) async fn fixed_context(&self) -> anyhow::Result<watch::Receiver<Arc<Context>>> {
        Ok(watch::channel(Arc::new(self.context().await?)).1)
    }
}

/// Our URLs by a configuration.
pub(crate) fn urls(config: &Config) -> Urls {
    Urls::new(
        &config.server.base_url,
        &config.handle_domain(),
        &config.actor.username,
    )
}

/// The settings for Notes by a configuration.
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
            names_off: false,
            nameless: config.endorsing.nameless,
        },
    }
}

fn signatories_heading(config: &Config) -> Option<&str> {
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
        nameless: endorsing.nameless,
        min_account_age: moderation.min_account_age,
        default_policy: moderation.default_policy,
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

/// The words of a pledge, beside the signing words; `None` when nobody is asked for one.
pub(crate) fn pledge(config: &Config, phrases: &Phrases) -> anyhow::Result<Option<Phrases>> {
    if config.pledge.words.is_empty() {
        return Ok(None);
    }
    let read = phrases.of_pledge(&config.pledge.words);
    read.map(Some).context("pledge.words")
}

/// Reads a text file; an error names the file.
pub(crate) fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
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
