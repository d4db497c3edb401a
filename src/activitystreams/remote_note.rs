//! Remote posts, and who may see them.

use serde_json::Value;

use super::{
    PUBLIC, json,
    read::{self, Object},
    remote_actor::BadDocument,
};
use crate::{clock::Millis, endorsement::judge::Audience};

/// A remote post: a Note, or an Article, Page or Question, which are read alike.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoteNote {
    /// Its id.
    pub id: String,
    /// Its type, one of [`RemoteNote::TYPES`].
    pub kind: String,
    /// Its author, by its own statement; the first if it names several.
    pub attributed_to: Option<String>,
    /// What it replies to: ids or page URLs, at most 10.
    pub in_reply_to: Vec<String>,
    /// The text: HTML of a stranger, or none.
    pub content: Option<String>,
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
    /// Its addressees.
    pub to: Vec<String>,
    /// Its further addressees.
    pub cc: Vec<String>,
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
            && !self.in_reply_to.is_empty()
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
            attributed_to: read::many(object, "attributedTo")
                .first()
                .and_then(read::id_of)
                .map(std::borrow::Cow::into_owned),
            in_reply_to: read::ids(object, "inReplyTo", 10),
            content: content(object),
            summary: read::text(object, "summary").map(str::to_owned),
            name: read::text(object, "name").map(str::to_owned),
            published: read::time(object, "published"),
            updated: read::time(object, "updated"),
            url: read::web_url(object, "url"),
            // All of them: a missing one could make a post look more or less public than it is.
            to: read::ids(object, "to", usize::MAX),
            cc: read::ids(object, "cc", usize::MAX),
            mentions: mentions(object),
            quotes: quotes(object),
            kind,
        })
    }
}

/// Who may see `note`. `followers_url` is its author's followers collection, from the author's own document.
/// Without it a followers-only post counts as direct, as does every post whose addressing is doubtful.
pub fn visibility(note: &RemoteNote, followers_url: Option<&str>) -> Audience {
    let public = |id: &String| [PUBLIC, "as:Public", "Public"].contains(&id.as_str());
    let followers = |id: &String| Some(id.as_str()) == followers_url;
    if note.to.iter().any(public) {
        Audience::Public
    } else if note.cc.iter().any(public) {
        Audience::Unlisted
    } else if note.to.iter().chain(&note.cc).any(followers) {
        Audience::Followers
    } else {
        Audience::Direct
    }
}

/// `content`, else the only entry of `contentMap`.
fn content(object: &Object) -> Option<String> {
    let only = |map: &Object| match map.values().collect::<Vec<_>>()[..] {
        [Value::String(text)] if !text.is_empty() => Some(text.clone()),
        _ => None,
    };
    let of_map = || {
        object
            .get("contentMap")
            .and_then(Value::as_object)
            .and_then(only)
    };
    read::text(object, "content")
        .map(str::to_owned)
        .or_else(of_map)
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
