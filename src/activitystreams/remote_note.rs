//! Remote posts, and who may see them.

use serde_json::Value;

use super::{
    PUBLIC, json,
    read::{self, Object},
    remote_actor::BadDocument,
};
use crate::{clock::Millis, endorsement::judge::Audience};

/// Longest language tag that is kept; RFC 5646 asks for at least 35 characters.
const MAX_TAG: usize = 35;

/// A remote post: a Note, or an Article, Page or Question, which are read alike.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoteNote {
    /// Its id.
    pub id: String,
    /// Its type, one of [`RemoteNote::TYPES`].
    pub kind: String,
    /// Its authors, by its own statement, at most 10. A post in a group may name the group before the person. One that
    /// cannot be read is an empty id, so that a post by it is not one without an author.
    pub attributed_to: Vec<String>,
    /// What it replies to: ids or page URLs, at most 10.
    pub in_reply_to: Vec<String>,
    /// The text: HTML of a stranger, or none. [`RemoteNote::html`] knows the translations too.
    pub content: Option<String>,
    /// The texts of `contentMap` with their language tags, in its order, at most 100.
    pub translations: Vec<(String, String)>,
    /// The content warning of a Note, plain text or HTML of a stranger.
    pub summary: Option<String>,
    /// The title of an Article or Page.
    pub name: Option<String>,
    /// When it was published, by its own statement.
    pub published: Option<Millis>,
    /// When it was last edited, by its own statement.
    pub updated: Option<Millis>,
    /// Its page, if it names one.
    pub url: Option<String>,
    /// Its addressees; those of the activity around it, if the post names none itself.
    pub to: Vec<String>,
    /// Its further addressees, likewise.
    pub cc: Vec<String>,
    /// Whether nobody can tell who may see it: it names no addressees, and the activity around it none either; or it is
    /// not public itself, and the activity around it is.
    pub audience_unclear: bool,
    /// Whether neither the post nor the activity around it has any of the members for addressees.
    pub audience_unstated: bool,
    /// Whom it mentions, at most 100.
    pub mentions: Vec<Mention>,
    /// What it quotes, under any of the four names in use (`quote`, `quoteUrl`, `quoteUri`,
    /// `_misskey_quote`).
    pub quotes: Vec<String>,
}

/// A mention in a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The actor id.
    pub href: String,
    /// The text of the mention, such as `@letter@letter.example`.
    pub name: Option<String>,
}

impl RemoteNote {
    /// The types that are read.
    pub const TYPES: [&str; 4] = ["Note", "Article", "Page", "Question"];

    /// Reads a document that was fetched. [`BadDocument::Tombstone`] when it says that it is gone.
    pub fn parse(body: &[u8]) -> Result<Self, BadDocument> {
        Self::read(&json::parse(body)?)
    }

    /// Whether this is a vote in a poll: a name, no text, and a post that it replies to.
    pub fn is_vote(&self) -> bool {
        self.kind == "Note"
            && self.name.is_some()
            && self.content.is_none()
            && self.translations.is_empty()
            && !self.in_reply_to.is_empty()
    }

    /// The text: `content`, else that of `contentMap` in `language`, else its first one.
    pub fn html(&self, language: &str) -> Option<&str> {
        let primary = |tag: &str| tag.split(['-', '_']).next().unwrap_or_default().to_owned();
        let texts = &self.translations;
        let exact = texts
            .iter()
            .find(|(tag, _)| tag.eq_ignore_ascii_case(language));
        let same_language = || {
            let wanted = primary(language);
            texts
                .iter()
                .find(|(tag, _)| primary(tag).eq_ignore_ascii_case(&wanted))
        };
        let translation = || exact.or_else(same_language).or(texts.first());
        let content = self.content.as_deref();
        content.or_else(|| translation().map(|(_, text)| text.as_str()))
    }

    /// The tag of the language of [`html`](Self::html): the only one that the post names, else that of the same text.
    pub fn language(&self, wanted: &str) -> Option<&str> {
        let html = self.html(wanted);
        let is_shown = |text: &String| html == Some(text.as_str());
        let tag = match self.translations.as_slice() {
            [(tag, _)] => Some(tag),
            several => {
                let shown = several.iter().find(|(_, text)| is_shown(text));
                shown.map(|(tag, _)| tag)
            }
        };
        tag.map(String::as_str).filter(|tag| is_tag(tag))
    }

    /// Whether this is a text under a title, of which `summary` is an excerpt and no content warning.
    pub fn is_article(&self) -> bool {
        matches!(self.kind.as_str(), "Article" | "Page")
    }

    /// Takes the addressees of the activity around the post, unless the post has addressees of its own: then the
    /// narrower ones count, whatever the activity says.
    pub(super) fn take_audience(&mut self, object: &Object, activity: &Object) {
        let (to, cc) = (
            read::ids(activity, "to", usize::MAX),
            read::ids(activity, "cc", usize::MAX),
        );
        self.audience_unstated = !names_addressees(object) && !names_addressees(activity);
        if names_addressees(object) {
            let public = |ids: &[String]| ids.iter().any(|id| is_public(id));
            let is_own_public = public(&self.to) || public(&self.cc);
            self.audience_unclear = !is_own_public && (public(&to) || public(&cc));
        } else {
            self.audience_unclear = to.is_empty() && cc.is_empty();
            (self.to, self.cc) = (to, cc);
        }
    }

    /// Whether this mentions `actor`.
    pub fn mentions(&self, actor: &str) -> bool {
        self.mentions.iter().any(|mention| mention.href == actor)
    }

    pub(super) fn read(object: &Object) -> Result<Self, BadDocument> {
        let kind = read::first_type(object, &Self::TYPES).ok_or(BadDocument::Missing("type"))?;
        if kind == "Tombstone" {
            return Err(BadDocument::Tombstone);
        }
        if !Self::TYPES.contains(&kind.as_str()) {
            return Err(BadDocument::WrongType(kind));
        }
        let id = object
            .get("id")
            .and_then(read::id_of)
            .ok_or(BadDocument::Missing("id"))?;
        Ok(Self {
            id: id.into_owned(),
            attributed_to: authors(object),
            in_reply_to: read::ids(object, "inReplyTo", 10),
            content: read::one(object, "content")
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
                .map(str::to_owned),
            translations: translations(object),
            summary: read::text(object, "summary").map(str::to_owned),
            name: read::text(object, "name").map(str::to_owned),
            published: read::time(object, "published"),
            updated: read::time(object, "updated"),
            url: read::web_url(object, "url"),
            // All of them: a missing one could make a post look more or less public than it is.
            to: read::ids(object, "to", usize::MAX),
            cc: read::ids(object, "cc", usize::MAX),
            audience_unclear: !read::has(object, "to") && !read::has(object, "cc"),
            audience_unstated: !names_addressees(object),
            mentions: mentions(object),
            quotes: quotes(object),
            kind,
        })
    }
}

/// Who may see `note`. `followers_url` is its author's followers collection, from the author's own document.
/// Without it a followers-only post counts as direct.
pub fn visibility(note: &RemoteNote, followers_url: Option<&str>) -> Audience {
    let followers = |id: &String| Some(id.as_str()) == followers_url;
    if note.to.iter().any(|id| is_public(id)) {
        Audience::Public
    } else if note.cc.iter().any(|id| is_public(id)) {
        Audience::Unlisted
    } else if note.audience_unstated {
        Audience::Unstated
    } else if note.audience_unclear {
        Audience::Unclear
    } else if note.to.iter().chain(&note.cc).any(followers) {
        Audience::Followers
    } else {
        Audience::Direct
    }
}

/// Whether a post or an activity has any of the members for addressees.
fn names_addressees(object: &Object) -> bool {
    let members = ["to", "cc", "bto", "bcc"];
    members.iter().any(|name| read::has(object, name))
}

/// The ids in `attributedTo`.
fn authors(object: &Object) -> Vec<String> {
    let authors = read::many(object, "attributedTo").iter().take(10);
    authors
        .map(|author| read::id_of(author).unwrap_or_default().into_owned())
        .collect()
}

/// Whether an addressee means everybody.
fn is_public(id: &str) -> bool {
    [PUBLIC, "as:Public", "Public"].contains(&id)
}

/// The texts of `contentMap`.
fn translations(object: &Object) -> Vec<(String, String)> {
    let map = object.get("contentMap").and_then(Value::as_object);
    let texts = map.into_iter().flatten().filter_map(|(tag, text)| {
        let text = text.as_str().filter(|text| !text.is_empty())?;
        Some((tag.clone(), text.to_owned()))
    });
    texts.take(100).collect()
}

/// Whether a text is a language tag, as far as it matters here.
fn is_tag(tag: &str) -> bool {
    let of_a_tag = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (2..=MAX_TAG).contains(&tag.len()) && tag.bytes().all(of_a_tag)
}

fn mentions(object: &Object) -> Vec<Mention> {
    let tags = read::many(object, "tag")
        .iter()
        .filter_map(Value::as_object);
    tags.filter(|tag| read::types(tag).any(|name| name == "Mention"))
        .filter_map(|tag| {
            let href = read::id(tag, "href")?;
            Some(Mention {
                href,
                name: read::short_text(tag, "name", 2048),
            })
        })
        .take(100)
        .collect()
}

fn quotes(object: &Object) -> Vec<String> {
    let names = ["quote", "quoteUri", "quoteUrl", "_misskey_quote"];
    let mut quotes: Vec<_> = names
        .iter()
        .filter_map(|name| read::id(object, name))
        .collect();
    quotes.sort();
    quotes.dedup();
    quotes
}
