//! The letter as a Note: the parts made from its text, once per revision, and the values that change beside it.
//!
//! Not here: the document's members (`activitystreams`), and when it is sent ([`publish`](super::publish)).

use serde_json::Value;

use crate::{
    activitystreams::{self, Attachment, LetterNote, Urls},
    clock::Millis,
    endorsement::policy::{LetterState, Policy},
    i18n::SigningNotice,
    letter::{self, Letter},
    register::error::Result,
    store::{Counts, OwnObject, RevisionRow, Tx},
};

/// The settings of the configuration that a Note is made with.
#[derive(Clone, Debug)]
pub struct NoteSettings {
    /// How much of the letter the Note carries.
    pub mode: activitystreams::NoteMode,
    /// The maximum number of characters of the whole text.
    pub max_chars: usize,
    /// Whether others may quote it.
    pub allow_quotes: bool,
    /// `letter.hashtags`.
    pub hashtags: Vec<String>,
    /// `letter.language`; empty: the front matter's.
    pub language: String,
    /// `letter.signatories_heading`.
    pub signatories_heading: Option<String>,
    /// What people are told about signing, and whether they still can.
    pub notice: SigningNotice,
}

impl Default for NoteSettings {
    /// The defaults of the configuration.
    fn default() -> Self {
        let policy = Policy::default();
        Self {
            mode: activitystreams::NoteMode::Auto,
            max_chars: 20_000,
            allow_quotes: true,
            hashtags: Vec::new(),
            language: String::new(),
            signatories_heading: None,
            notice: SigningNotice {
                replies: policy.replies,
                reply_display: policy.reply_display,
                like_display: policy.effective_like_display(),
                acknowledge: policy.acknowledge,
                letter: policy.letter,
                names_off: false,
                nameless: policy.nameless,
            },
        }
    }
}

/// The values of the Note that change while the text stays.
#[derive(Clone, Copy, Debug)]
pub struct NoteContext<'a> {
    /// The letter's id, with the dates.
    pub object: &'a OwnObject,
    /// How many endorse.
    pub counts: &'a Counts,
    /// The number of the revision.
    pub revision: i64,
    /// The content warning of the revision.
    pub warning: Option<&'a str>,
    /// Whether people can sign.
    pub state: LetterState,
    /// Whether all names are off everything public.
    pub names_off: bool,
    /// The ids of [`own_replies`].
    pub own_replies: &'a [String],
}

/// A letter with everything that is made from its text alone. It is made once for each revision, because cleaning
/// HTML is expensive, and the counts beside it change all the time.
#[derive(Clone, Debug)]
pub struct Text {
    /// The letter.
    pub letter: Letter,
    /// The text as HTML for other servers, without its title, in the elements that Mastodon keeps.
    pub note_html: String,
    /// The first paragraph for other servers.
    pub first_paragraph_html: String,
    /// The pictures that the Note carries.
    pub attachments: Vec<Attachment>,
    /// The text for our own page, without its title.
    pub page_html: String,
    /// The first words, for previews.
    pub description: String,
}

impl Text {
    /// Makes everything of a letter whose relative links are seen from `urls`.
    pub fn new(letter: Letter, urls: &Urls) -> Self {
        let first = activitystreams::escape(&letter::first_paragraph(&letter));
        Self {
            note_html: letter::note_html(&letter, urls.base()),
            first_paragraph_html: format!("<p>{first}</p>"),
            attachments: attachments(&letter, urls),
            page_html: letter::page_html(&letter, urls.base()),
            description: letter::description(&letter),
            letter,
        }
    }
}

/// The pictures that the Note carries, with their URLs.
fn attachments(letter: &Letter, urls: &Urls) -> Vec<Attachment> {
    let pictures = letter::attached(letter).into_iter();
    pictures
        .map(|(name, description)| Attachment {
            url: urls.absolute(&name.path()),
            media_type: name.media_type(),
            description,
        })
        .collect()
}

impl NoteSettings {
    /// Parses the letter of a stored revision.
    pub fn read(&self, revision: &RevisionRow) -> Result<Letter> {
        self.parse(&revision.source)
    }

    /// Parses a stored file: of the letter, or of a translation.
    pub fn parse(&self, source: &str) -> Result<Letter> {
        let heading = self.signatories_heading.as_deref();
        Ok(letter::parse(source.as_bytes(), heading)?)
    }

    /// The language that the letter speaks: the configuration's, else the file's, else English.
    pub fn language_of<'a>(&'a self, letter: &'a Letter) -> &'a str {
        let configured = Some(self.language.as_str()).filter(|language| !language.is_empty());
        configured.or(letter.language.as_deref()).unwrap_or("en")
    }

    /// The language while the letter is a draft, of which nothing is public: the configuration's, else English.
    pub fn language_of_draft(&self) -> &str {
        Some(self.language.as_str())
            .filter(|language| !language.is_empty())
            .unwrap_or("en")
    }

    /// The HTML of the letter's first Note, before anybody signed: what other servers will show.
    pub fn preview(&self, urls: &Urls, text: &Text) -> String {
        self.first_note(text).content(urls)
    }

    /// The letter as it is served and sent.
    pub fn document(&self, urls: &Urls, text: &Text, moment: &NoteContext<'_>) -> Value {
        let (object, counts) = (moment.object, moment.counts);
        let counts = activitystreams::NoteCounts {
            likes: u64::try_from(counts.liked).unwrap_or(0),
            shares: u64::try_from(counts.boosts).unwrap_or(0),
        };
        LetterNote {
            published: object.published_at,
            updated: object.updated_at,
            counts,
            own_replies: moment.own_replies,
            notice: SigningNotice {
                names_off: moment.names_off,
                ..self.notice.while_letter_is(told(moment.state))
            },
            revision: u64::try_from(moment.revision).unwrap_or(1),
            warning: moment.warning,
            ..self.first_note(text)
        }
        .to_document(urls)
    }

    /// The Note as it is before anything happened to it.
    fn first_note<'a>(&'a self, text: &'a Text) -> LetterNote<'a> {
        LetterNote {
            title: &text.letter.title,
            body_html: &text.note_html,
            first_paragraph_html: &text.first_paragraph_html,
            language: self.language_of(&text.letter),
            warning: text.letter.warning.as_deref(),
            published: Millis::default(),
            updated: None,
            counts: activitystreams::NoteCounts::default(),
            own_replies: &[],
            attachments: &text.attachments,
            hashtags: &self.hashtags,
            allow_quotes: self.allow_quotes,
            mode: self.mode,
            max_chars: self.max_chars,
            notice: self.notice,
            revision: 1,
        }
    }
}

/// What the Note tells of a state: only whether the letter is closed. Not every pause is sent to everybody who has a copy;
/// the page and the profile tell of it.
pub(in crate::register) const fn told(state: LetterState) -> LetterState {
    match state {
        LetterState::Draft | LetterState::Open | LetterState::Paused => LetterState::Open,
        LetterState::Closed => LetterState::Closed,
    }
}

/// The number of our own posts that the letter's `replies` begins with.
const OWN_REPLIES: i64 = 50;

/// The ids of our own posts below the letter, oldest first: the newest 50. `replies` names them first, because
/// Mastodon fetches only a few replies, and only those on the letter's own host.
pub async fn own_replies(tx: &mut Tx, urls: &Urls) -> crate::store::Result<Vec<String>> {
    let paths = tx.standing_posts(OWN_REPLIES).await?;
    Ok(paths.iter().map(|path| urls.absolute(path)).collect())
}
