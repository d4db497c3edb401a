//! A post of ours besides the letter: a public reply to it, or an answer to somebody's post.

use serde_json::{Map, Value, json};

use super::{
    PUBLIC, Urls,
    note::{hashtag, hashtag_line, interaction_policy, note_context, warn},
};
use crate::{clock::Millis, random::PublicId};

/// The data of a post's Note.
#[derive(Clone, Copy, Debug)]
pub struct PostNote<'a> {
    /// Its id.
    pub id: &'a PublicId,
    /// The id of the post that it answers, such as the letter; `None` when that is not known any more.
    pub in_reply_to: Option<&'a str>,
    /// The one actor whom it is for; `None` for a post to everybody.
    pub recipient: Option<&'a str>,
    /// The text: sanitised HTML of elements that Mastodon keeps, with absolute links.
    pub html: &'a str,
    /// Its language tag, not empty.
    pub language: &'a str,
    /// The content warning, plain text.
    pub warning: Option<&'a str>,
    /// Whether public timelines leave it out: the followers are its first audience, and everybody the second.
    pub unlisted: bool,
    /// When it was published; it never changes, because GoToSocial refuses a post whose date changed.
    pub published: Millis,
    /// When it was last edited, if ever; strictly newer with each edit, else Mastodon ignores the edit.
    pub updated: Option<Millis>,
    /// The hashtags of the text, without `#`.
    pub tags: &'a [String],
    /// The accounts that the text mentions.
    pub mentions: &'a [NoteMention<'a>],
    /// Further hashtags, with or without their `#`, for a line below the text.
    pub hashtags: &'a [String],
    /// Whether others may quote it.
    pub allow_quotes: bool,
}

/// An account that a post mentions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoteMention<'a> {
    /// The actor's id.
    pub actor: &'a str,
    /// `@user@host`.
    pub handle: &'a str,
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
        if let Some(answered) = self.in_reply_to {
            set("inReplyTo", answered.into());
        }
        let followers = urls.followers();
        let (first, second) = if self.unlisted {
            (followers.as_str(), PUBLIC)
        } else {
            (PUBLIC, followers.as_str())
        };
        set("to", json!([self.recipient.unwrap_or(first)]));
        set("cc", self.further_addressees(second).into());
        if self.recipient.is_none() {
            set("url", urls.post(self.id).into());
        }
        set("published", json!(self.published));
        if let Some(updated) = self.updated {
            set("updated", json!(updated));
        }
        warn(&mut set, self.warning);
        set("contentMap", json!({self.language: &content}));
        set("content", content.into());
        let further = self.further_hashtags();
        let hashtags = self.tags.iter().chain(&further);
        let mentions = self.mentions.iter().map(
            |mention| json!({"type": "Mention", "href": mention.actor, "name": mention.handle}),
        );
        set(
            "tag",
            hashtags
                .map(|tag| hashtag(urls, tag))
                .chain(mentions)
                .collect(),
        );
        set(
            "interactionPolicy",
            interaction_policy(urls, self.allow_quotes && self.recipient.is_none()),
        );
        note.into()
    }

    /// Of a post to everybody: its second audience, and whom it mentions.
    fn further_addressees(&self, second: &str) -> Vec<String> {
        if self.recipient.is_some() {
            return Vec::new();
        }
        let mut cc = vec![second.to_owned()];
        for mention in self.mentions {
            if !cc.iter().any(|known| known == mention.actor) {
                cc.push(mention.actor.to_owned());
            }
        }
        cc
    }

    /// The HTML: text and hashtags.
    #[must_use]
    pub fn content(&self, urls: &Urls) -> String {
        let further = self.further_hashtags();
        format!("{}{}", self.html, hashtag_line(urls, &further))
    }

    /// The hashtags that do not stand in the text.
    fn further_hashtags(&self) -> Vec<String> {
        let is_said = |tag: &str| self.tags.iter().any(|said| said.to_lowercase() == tag);
        let further = self.hashtags.iter();
        let further = further.filter(|tag| !is_said(&tag.trim_start_matches('#').to_lowercase()));
        further.cloned().collect()
    }
}
