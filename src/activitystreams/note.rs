//! The letter as a `Note`.
//!
//! A `Note`, because Mastodon shows the full text of no other type that fits. Its `summary` is a content warning, as
//! everywhere in the Fediverse, and it has no `name`, which Mastodon ignores: the title is the first paragraph.

use serde_json::{Map, Value, json};

use super::{ACTIVITY_STREAMS, PUBLIC, Urls, collection, escape, paths};
use crate::{
    clock::Millis,
    i18n::{Language, SigningNotice},
    string_enum::words,
    text::{html_to_text, shorten},
};

words! {
    /// How much of the letter its Note carries (`note.mode`).
    pub enum NoteMode {
        /// The whole text if its Note is at most `max_chars` long, else the short form.
        Auto = "auto",
        /// The whole text, whatever its length.
        Full = "full",
        /// Title, first paragraph, cut to `max_chars`, and link.
        Summary = "summary",
    }
}

/// How many liked and boosted the letter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoteCounts {
    /// Likes.
    pub likes: u64,
    /// Boosts.
    pub shares: u64,
}

/// A picture that a Note carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its URL.
    pub url: String,
    /// Its media type.
    pub media_type: &'static str,
    /// Its description; empty if there is none.
    pub description: String,
}

/// The data of the letter's Note.
#[derive(Clone, Copy, Debug)]
pub struct LetterNote<'a> {
    /// The title, plain text.
    pub title: &'a str,
    /// The text without its title: sanitised HTML of elements that Mastodon keeps, with absolute links.
    pub body_html: &'a str,
    /// The first paragraph of the text, clean HTML with its `<p>`: for the short form.
    pub first_paragraph_html: &'a str,
    /// The language tag of the letter, not empty; the notice follows it where we have words.
    pub language: &'a str,
    /// The content warning, plain text.
    pub warning: Option<&'a str>,
    /// When the letter was first published; it never changes, because GoToSocial refuses a post whose date
    /// changed.
    pub published: Millis,
    /// When it was last edited, if ever; strictly newer with each edit, else Mastodon ignores the edit.
    pub updated: Option<Millis>,
    /// Likes and boosts.
    pub counts: NoteCounts,
    /// Our own posts below the letter, by their ids, oldest first.
    pub own_replies: &'a [String],
    /// The pictures of the text.
    pub attachments: &'a [Attachment],
    /// Hashtags, with or without their `#`.
    pub hashtags: &'a [String],
    /// Whether others may quote the letter.
    pub allow_quotes: bool,
    /// How much of the text to carry.
    pub mode: NoteMode,
    /// Most characters of HTML that [`NoteMode::Auto`] and [`NoteMode::Summary`] send; title, notice and link are never
    /// cut.
    pub max_chars: usize,
    /// The settings that the sentence about signing depends on.
    pub notice: SigningNotice,
    /// The number of the revision, from 1. From 2 on the Note says that the text was changed, and links to
    /// the history.
    pub revision: u64,
}

impl LetterNote<'_> {
    /// The document, as it is served and as it is embedded in activities.
    pub fn to_document(&self, urls: &Urls) -> Value {
        let content = self.content(urls);
        let mut note = Map::new();
        let mut set = |name: &str, value: Value| note.insert(name.to_owned(), value);
        set("@context", note_context());
        set("id", urls.letter().into());
        set("type", "Note".into());
        set("attributedTo", urls.actor().into());
        set("to", json!([PUBLIC]));
        set("cc", json!([urls.followers()]));
        set("url", urls.page().into());
        set("published", json!(self.published));
        if let Some(updated) = self.updated {
            set("updated", json!(updated));
        }
        warn(&mut set, self.warning);
        set("contentMap", json!({self.language: &content}));
        set("content", content.into());
        set(
            "tag",
            self.hashtags.iter().map(|tag| hashtag(urls, tag)).collect(),
        );
        if !self.attachments.is_empty() {
            set(
                "attachment",
                self.attachments.iter().map(attachment).collect(),
            );
        }
        set(
            "likes",
            collection::embedded(&urls.likes(), self.counts.likes),
        );
        set(
            "shares",
            collection::embedded(&urls.shares(), self.counts.shares),
        );
        set(
            "replies",
            collection::embedded_replies(urls, self.own_replies),
        );
        set(
            "interactionPolicy",
            interaction_policy(urls, self.allow_quotes),
        );
        note.into()
    }

    /// The HTML: title, how to sign and leave, text, link to the page, hashtags.
    pub fn content(&self, urls: &Urls) -> String {
        match self.mode {
            NoteMode::Full => self.whole(urls),
            NoteMode::Summary => self.short(urls),
            NoteMode::Auto => {
                let whole = self.whole(urls);
                if whole.chars().count() <= self.max_chars {
                    whole
                } else {
                    self.short(urls)
                }
            }
        }
    }

    fn whole(&self, urls: &Urls) -> String {
        let before_link = Language::of(self.language).sent.see_supporters;
        self.around(urls, self.body_html, before_link)
    }

    fn short(&self, urls: &Urls) -> String {
        let before_link = Language::of(self.language).sent.read_on;
        let whole = self.around(urls, self.first_paragraph_html, before_link);
        let length = whole.chars().count();
        if length <= self.max_chars {
            return whole;
        }
        let paragraph = html_to_text(self.first_paragraph_html);
        let around = length - self.first_paragraph_html.chars().count();
        let room = self.max_chars.saturating_sub(around);
        self.around(urls, &paragraph_within(&paragraph, room), before_link)
    }

    fn around(&self, urls: &Urls, text_html: &str, before_link: &str) -> String {
        let notice = escape(&self.notice.sentence(Language::of(self.language)));
        let title = escape(self.title);
        let page = escape(&urls.page());
        let tags = hashtag_line(urls, self.hashtags);
        format!(
            "<p><strong>{title}</strong></p><p>{notice}</p>{text_html}\
             <p>{before_link} <a href=\"{page}\">{page}</a></p>{}{tags}",
            self.what_changed(urls)
        )
    }

    /// The link to the history of the text; empty for the first revision.
    fn what_changed(&self, urls: &Urls) -> String {
        if self.revision <= 1 {
            return String::new();
        }
        let changed = Language::of(self.language).sent.what_changed;
        let changed = changed.replace("{n}", &self.revision.to_string());
        let history = escape(&urls.absolute(paths::HISTORY));
        format!("<p>{changed} <a href=\"{history}\">{history}</a></p>")
    }
}

/// A text as a paragraph of at most so many characters of HTML; empty when not even a word fits.
fn paragraph_within(text: &str, room: usize) -> String {
    let mut graphemes = room;
    while graphemes > 1 {
        let html = format!("<p>{}</p>", escape(&shorten(text, graphemes)));
        let excess = html.chars().count().saturating_sub(room);
        if excess == 0 {
            return html;
        }
        graphemes = graphemes.saturating_sub(excess);
    }
    String::new()
}

/// Puts a Note behind its content warning, if it has one. Servers take `summary` for plain text.
pub(super) fn warn(set: &mut impl FnMut(&str, Value) -> Option<Value>, warning: Option<&str>) {
    set("sensitive", warning.is_some().into());
    if let Some(warning) = warning {
        set("summary", warning.into());
    }
}

/// Either nobody but us may quote, or everybody. A missing `canQuote` would mean nobody (FEP-044f). Likes,
/// replies and boosts are left out, which means everybody to GoToSocial.
pub(super) fn interaction_policy(urls: &Urls, allow_quotes: bool) -> Value {
    let quoters = if allow_quotes {
        PUBLIC.to_owned()
    } else {
        urls.actor()
    };
    json!({"canQuote": {"automaticApproval": [quoters]}})
}

/// A picture as Mastodon sends it; without a description it has no `name`.
fn attachment(attachment: &Attachment) -> Value {
    let mut document = json!({
        "type": "Document",
        "mediaType": attachment.media_type,
        "url": attachment.url,
    });
    if !attachment.description.is_empty()
        && let Some(members) = document.as_object_mut()
    {
        members.insert("name".to_owned(), json!(attachment.description));
    }
    document
}

/// The hashtags as a paragraph of their own; empty when there are none.
pub(super) fn hashtag_line(urls: &Urls, hashtags: &[String]) -> String {
    let tags: Vec<_> = hashtags.iter().map(|tag| hashtag_html(urls, tag)).collect();
    if tags.is_empty() {
        return String::new();
    }
    format!("<p>{}</p>", tags.join(" "))
}

/// A hashtag in `tag`, by which servers index the post.
pub(super) fn hashtag(urls: &Urls, tag: &str) -> Value {
    let tag = tag.trim_start_matches('#');
    json!({"type": "Hashtag", "name": format!("#{tag}"), "href": urls.tag(tag)})
}

fn hashtag_html(urls: &Urls, tag: &str) -> String {
    let tag = tag.trim_start_matches('#');
    let (href, tag) = (escape(&urls.tag(tag)), escape(tag));
    format!("<a href=\"{href}\" class=\"mention hashtag\" rel=\"tag\">#<span>{tag}</span></a>")
}

/// The context of our Notes, the letter and posts.
pub(super) fn note_context() -> Value {
    json!([ACTIVITY_STREAMS, {
        "sensitive": "as:sensitive",
        "Hashtag": "as:Hashtag",
        "gts": "https://gotosocial.org/ns#",
        "interactionPolicy": {"@id": "gts:interactionPolicy", "@type": "@id"},
        "canQuote": {"@id": "gts:canQuote", "@type": "@id"},
        "automaticApproval": {"@id": "gts:automaticApproval", "@type": "@id"},
    }])
}
