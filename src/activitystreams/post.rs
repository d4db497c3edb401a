//! A post of ours besides the letter: a public reply to it.

use serde_json::{Map, Value, json};

use super::{
    PUBLIC, Urls,
    note::{hashtag, hashtag_line, interaction_policy, note_context},
};
use crate::{clock::Millis, random::PublicId};

/// The data of a post's Note.
#[derive(Clone, Copy, Debug)]
pub struct PostNote<'a> {
    /// Its id.
    pub id: &'a PublicId,
    /// The text: sanitised HTML of elements that Mastodon keeps, with absolute links.
    pub html: &'a str,
    /// Its language tag, not empty.
    pub language: &'a str,
    /// When it was published; it never changes, because GoToSocial refuses a post whose date changed.
    pub published: Millis,
    /// When it was last edited, if ever; strictly newer with each edit, else Mastodon ignores the edit.
    pub updated: Option<Millis>,
    /// Hashtags, with or without their `#`.
    pub hashtags: &'a [String],
    /// Whether others may quote it.
    pub allow_quotes: bool,
}

impl PostNote<'_> {
    /// The document, as it is served and as it is embedded in activities.
    #[must_use]
    pub fn to_document(&self, urls: &Urls) -> Value {
        let content = self.content(urls);
        let mut note = Map::new();
        let mut set = |name: &str, value: Value| note.insert(name.to_owned(), value);
        set("@context", note_context());
        set("id", urls.post(self.id).into());
        set("type", "Note".into());
        set("attributedTo", urls.actor().into());
        set("inReplyTo", urls.letter().into());
        set("to", json!([PUBLIC]));
        set("cc", json!([urls.followers()]));
        set("url", urls.post(self.id).into());
        set("published", json!(self.published));
        if let Some(updated) = self.updated {
            set("updated", json!(updated));
        }
        set("sensitive", false.into());
        set("contentMap", json!({self.language: &content}));
        set("content", content.into());
        set(
            "tag",
            self.hashtags.iter().map(|tag| hashtag(urls, tag)).collect(),
        );
        set(
            "interactionPolicy",
            interaction_policy(urls, self.allow_quotes),
        );
        note.into()
    }

    /// The HTML: text and hashtags.
    #[must_use]
    pub fn content(&self, urls: &Urls) -> String {
        format!("{}{}", self.html, hashtag_line(urls, self.hashtags))
    }
}
