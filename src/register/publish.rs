//! The letter: publishing its text, and taking over its list of names (`product.md` 2.2).

use std::{collections::HashMap, time::Duration};

use serde_json::Value;

use super::{Effects, Error, Result};
use crate::{
    chance::{Chance, PublicId},
    clock::Millis,
    endorsement::names,
    letter::{self, Letter},
    store::{
        Counts, NewActivity, NewAudit, NewSignatory, OwnObject, RevisionRow, SignatoryRow, Topic,
        Tx,
    },
    vocab::{self, LetterNote, Urls},
    word::words,
};

/// The letter's id as a path.
pub const LETTER_PATH: &str = vocab::paths::LETTER;

words! {
    /// What a new revision is.
    pub enum RevisionKind {
        /// The first text.
        First = "first",
        /// A correction: all endorsements are carried over.
        Typo = "typo",
        /// Another text: earlier endorsements stay with the text that they were given for.
        Substantive = "substantive",
    }
}

/// Somebody wants this file to be the letter.
#[derive(Clone, Debug)]
pub struct PublishOrder<'a> {
    /// The file, as it was read.
    pub letter: &'a Letter,
    /// The file itself.
    pub source: &'a str,
    /// `--kind`; never [`RevisionKind::First`].
    pub kind: Option<RevisionKind>,
    /// `--note`.
    pub note: Option<String>,
    /// `--as`, the system user, or `serve`.
    pub by: String,
}

/// What publishing did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The new revision; `None` when the text is unchanged.
    pub revision: Option<RevisionRow>,
    /// Names that came into the list.
    pub joined: usize,
    /// Names that went from the list.
    pub gone: usize,
}

/// What a Note is made with, besides the text: settings of the configuration.
#[derive(Clone, Debug)]
pub struct NoteSettings {
    /// How much of the letter the Note carries.
    pub mode: vocab::NoteMode,
    /// Most characters of the whole text.
    pub max_chars: usize,
    /// Whether others may quote it.
    pub allow_quotes: bool,
    /// `letter.hashtags`.
    pub hashtags: Vec<String>,
    /// `letter.language`; empty: the front matter's.
    pub language: String,
    /// `letter.signatories_heading`.
    pub signatories_heading: Option<String>,
    /// What people are told about signing.
    pub notice: vocab::Notice,
}

/// A letter with everything that is made from its text alone, made once for each revision: cleaning HTML is
/// work, and the counts beside it change all the time.
#[derive(Clone, Debug)]
pub struct Text {
    /// The letter.
    pub letter: Letter,
    /// The text for other servers, without its title (F-91).
    pub note_html: String,
    /// The first paragraph for other servers.
    pub first_paragraph_html: String,
    /// The text for our own page, without its title.
    pub page_html: String,
    /// The first words, for previews.
    pub description: String,
}

impl Text {
    /// Makes everything of a letter whose relative links are seen from `urls`.
    pub fn new(letter: Letter, urls: &Urls) -> Self {
        let first = vocab::escape(&letter::first_paragraph(&letter));
        Self {
            note_html: letter::note_html(&letter, urls.base()),
            first_paragraph_html: format!("<p>{first}</p>"),
            page_html: letter::page_html(&letter, urls.base()),
            description: letter::description(&letter),
            letter,
        }
    }
}

impl NoteSettings {
    /// The letter of a stored revision, read again.
    pub fn read(&self, revision: &RevisionRow) -> Result<Letter> {
        Ok(letter::parse(
            revision.source.as_bytes(),
            self.signatories_heading.as_deref(),
        )?)
    }

    /// The language that the letter speaks: the configuration's, else the file's, else English.
    pub fn language_of<'a>(&'a self, letter: &'a Letter) -> &'a str {
        let configured = Some(self.language.as_str()).filter(|it| !it.is_empty());
        configured.or(letter.language.as_deref()).unwrap_or("en")
    }

    /// The letter as it is served and sent. `own_replies` are the ids of [`own_replies`].
    pub fn document(
        &self,
        urls: &Urls,
        text: &Text,
        object: &OwnObject,
        counts: &Counts,
        own_replies: &[String],
    ) -> Value {
        LetterNote {
            title: &text.letter.title,
            body_html: &text.note_html,
            first_paragraph_html: &text.first_paragraph_html,
            language: self.language_of(&text.letter),
            published: object.published_at,
            updated: object.updated_at,
            counts: vocab::Counts {
                likes: u64::try_from(counts.liked).unwrap_or(0),
                shares: u64::try_from(counts.boosts).unwrap_or(0),
            },
            own_replies,
            hashtags: &self.hashtags,
            allow_quotes: self.allow_quotes,
            mode: self.mode,
            max_chars: self.max_chars,
            notice: self.notice,
        }
        .to_document(urls)
    }
}

/// Most posts of ours that the letter's replies begin with.
const OWN_REPLIES: i64 = 50;

/// Our own posts below the letter, by their ids, oldest first: the newest 50 (F-113, F-115).
pub async fn own_replies(tx: &mut Tx, urls: &Urls) -> crate::store::Result<Vec<String>> {
    let paths = tx.standing_posts(OWN_REPLIES).await?;
    Ok(paths.iter().map(|it| urls.absolute(it)).collect())
}

/// Publishes a text, or takes over its names alone when the text is the published one.
///
/// # Errors
/// [`Error::KindNeeded`] when people signed the published text and nobody said what kind of change this is.
pub async fn publish(
    tx: &mut Tx,
    urls: &Urls,
    settings: &NoteSettings,
    chance: &dyn Chance,
    now: Millis,
    order: &PublishOrder<'_>,
) -> Result<(Published, Effects)> {
    let current = tx.current_revision().await?;
    let digest = order.letter.digest.to_string();
    let unchanged = current.as_ref().is_some_and(|it| it.digest == digest);
    let revision = if unchanged {
        None
    } else {
        Some(add_revision(tx, current.as_ref(), digest, now, order).await?)
    };
    let number = revision
        .as_ref()
        .or(current.as_ref())
        .map_or(1, |it| it.number);
    let (joined, gone, changed) = take_over_names(tx, order.letter, number, chance, now).await?;
    let mut topics = vec![Topic::Letter, Topic::Register];
    let mut effects = Effects::default();
    if let Some(revision) = &revision {
        send(tx, urls, settings, chance, now, order.letter, revision).await?;
        let audit = NewAudit {
            at: now,
            by: order.by.clone(),
            action: "letter.publish".to_owned(),
            code: None,
            target: format!("revision-{}", revision.number),
            reason: order.note.clone(),
        };
        tx.add_audit(&audit).await?;
        topics.push(Topic::Queue);
        effects.mail = true;
    }
    if revision.is_some() || changed {
        tx.changed(&topics).await?;
    }
    Ok((
        Published {
            revision,
            joined,
            gone,
        },
        effects,
    ))
}

async fn add_revision(
    tx: &mut Tx,
    current: Option<&RevisionRow>,
    digest: String,
    now: Millis,
    order: &PublishOrder<'_>,
) -> Result<RevisionRow> {
    let kind = match (current, order.kind) {
        (None, _) => RevisionKind::First,
        (Some(_), Some(kind)) => kind,
        (Some(_), None) => match signed(tx).await? {
            0 => RevisionKind::Substantive,
            signed => return Err(Error::KindNeeded { signed }),
        },
    };
    let revision = RevisionRow {
        number: current.map_or(1, |it| it.number + 1),
        kind: kind.to_string(),
        title: order.letter.title.clone(),
        digest,
        source: order.source.to_owned(),
        note: order.note.clone(),
        by: order.by.clone(),
        published_at: now,
    };
    tx.add_revision(&revision).await?;
    Ok(revision)
}

/// How many signed, of all sources.
async fn signed(tx: &mut Tx) -> Result<i64> {
    let newest = tx.newest_substantive_revision().await?;
    let counts = tx.counts(newest).await?;
    let names: i64 = tx
        .signatory_counts(newest)
        .await?
        .iter()
        .map(|(_, n, _)| n)
        .sum();
    Ok(counts.signed + counts.liked + counts.organisations + names)
}

/// Writes the letter's object and the Create about it, for all followers, or the Update, for everybody who may have
/// a copy (F-102).
async fn send(
    tx: &mut Tx,
    urls: &Urls,
    settings: &NoteSettings,
    chance: &dyn Chance,
    now: Millis,
    letter: &Letter,
    revision: &RevisionRow,
) -> Result<()> {
    let before = tx.own_object(LETTER_PATH).await?;
    let object = OwnObject {
        path: LETTER_PATH.to_owned(),
        kind: "letter".to_owned(),
        published_at: before.as_ref().map_or(now, |it| it.published_at),
        // Servers compare whole seconds, and ignore an edit that is not strictly newer (F-100).
        updated_at: before.as_ref().map(|it| {
            let last = it.updated_at.unwrap_or(it.published_at);
            now.max(last.plus(Duration::from_secs(1)))
        }),
        deleted_at: None,
    };
    tx.save_own_object(&object).await?;
    let newest = tx.newest_substantive_revision().await?;
    let counts = tx.counts(newest).await?;
    let posts = own_replies(tx, urls).await?;
    let text = Text::new(letter.clone(), urls);
    let note = settings.document(urls, &text, &object, &counts, &posts);
    let id = PublicId::random(chance);
    let (kind, body) = if revision.number == 1 {
        ("Create", vocab::create(urls, &id, &note))
    } else {
        ("Update", vocab::update(urls, &id, &note))
    };
    let activity = NewActivity {
        path: format!("/activities/{id}"),
        kind: kind.to_owned(),
        subject: LETTER_PATH.to_owned(),
        body: body.to_string(),
        public: true,
        at: now,
        to: Vec::new(),
    };
    for id in tx.send(&[activity]).await? {
        if kind == "Create" {
            tx.queue_for_followers(id, now).await?;
        } else {
            tx.queue_for_audience(id, LETTER_PATH, now).await?;
        }
    }
    Ok(())
}

/// Compares the file's names with the register's: who is new is added, who went is withdrawn, everybody
/// else takes the file's spelling and place. Gives how many joined, how many went, and whether anything
/// changed.
async fn take_over_names(
    tx: &mut Tx,
    letter: &Letter,
    revision: i64,
    chance: &dyn Chance,
    now: Millis,
) -> Result<(usize, usize, bool)> {
    let known: Vec<SignatoryRow> = tx
        .signatories()
        .await?
        .into_iter()
        .filter(|it| it.source == "github")
        .collect();
    let mut unclaimed: HashMap<String, Vec<&SignatoryRow>> = HashMap::new();
    for row in known.iter().rev() {
        unclaimed
            .entry(key(row.handle.as_deref(), &row.name))
            .or_default()
            .push(row);
    }
    let (mut changed, mut joined) = (Vec::new(), 0);
    for it in &letter.signatories {
        let before = unclaimed
            .get_mut(&key(it.handle.as_deref(), &it.name))
            .and_then(Vec::pop);
        let returns = before.is_none_or(|row| row.gone_at.is_some());
        joined += usize::from(returns);
        let row = NewSignatory {
            public_id: before.map_or_else(|| PublicId::random(chance), |row| row.public_id.clone()),
            name: it.name.clone(),
            skeleton: names::skeleton(&it.name),
            handle: it.handle.clone(),
            url: it.url.clone(),
            affiliation: it.affiliation.clone(),
            source: "github".to_owned(),
            position: i64::from(it.position),
            line: Some(i64::from(it.line)),
            revision: before
                .filter(|_| !returns)
                .map_or(revision, |row| row.revision),
            state: before
                .filter(|_| !returns)
                .map_or("listed", |row| &row.state)
                .to_owned(),
            listed_at: before.filter(|_| !returns).map_or(now, |row| row.listed_at),
            gone_at: None,
        };
        if before != Some(&row) {
            changed.push(row);
        }
    }
    let mut gone = 0;
    for row in unclaimed
        .into_values()
        .flatten()
        .filter(|it| it.gone_at.is_none())
    {
        gone += 1;
        changed.push(NewSignatory {
            state: "withdrawn".to_owned(),
            gone_at: Some(now),
            ..row.clone()
        });
    }
    tx.save_signatories(&changed).await?;
    Ok((joined, gone, !changed.is_empty()))
}

/// What tells one name of the file from the others: the handle, else the name.
fn key(handle: Option<&str>, name: &str) -> String {
    handle.map_or_else(
        || format!("name {}", name.to_lowercase()),
        |it| format!("handle {}", it.to_lowercase()),
    )
}
