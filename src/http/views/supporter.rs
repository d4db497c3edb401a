//! One supporter and one statement as the pages show them: bounded in length, and with safe links.
//!
//! All of this is remote text. It is cut to a bounded length here and escaped by the templates; names are cleaned and
//! checked before they are stored.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation as _;
use url::Url;

use crate::clock::Millis;

/// Longest name, in graphemes.
const MAX_NAME: usize = 80;
/// Longest handle, in graphemes: a user name of 64 and a host of sensible length.
const MAX_HANDLE: usize = 120;
/// Longest affiliation, in graphemes.
const MAX_AFFILIATION: usize = 120;
/// Longest content warning, in graphemes.
const MAX_WARNING: usize = 200;
/// Longest statement, in graphemes; the original post, which is linked, has the rest.
const MAX_STATEMENT: usize = 1500;
/// The most characters per grapheme on average, against stacked combining marks.
const CHARS_PER_GRAPHEME: usize = 4;

/// The source of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SupporterSource {
    /// The letter's own list.
    GitHub,
    /// An activity of a Fediverse account.
    Fediverse,
    /// Entered by an administrator.
    Manual,
}

impl SupporterSource {
    /// All of them, in the order of the form.
    pub const ALL: [Self; 3] = [Self::GitHub, Self::Fediverse, Self::Manual];

    /// The value in `?source=` and in JSON.
    pub const fn code(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::Fediverse => "fediverse",
            Self::Manual => "manual",
        }
    }

    /// The source with this value in `?source=`.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.code() == code)
    }
}

/// What a supporter did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// Signed: in the letter's list, or by a reply, mention or quote.
    Signed,
    /// Only likes the letter; the page says so.
    Liked,
}

/// One entry of the public list.
#[derive(Clone, Debug)]
pub struct SupporterView {
    /// Public id, for links to the entry and for reports.
    pub id: String,
    /// The cleaned name that may be shown; `None` while it waits or is hidden.
    pub name: Option<String>,
    /// `@user@host`, or `@user` on GitHub.
    pub handle: Option<String>,
    /// Profile; only http and https become links.
    pub url: Option<String>,
    /// The source of the entry.
    pub source: SupporterSource,
    /// What the supporter did.
    pub support: Support,
    /// Self-declared affiliation that may be shown.
    pub affiliation: Option<String>,
    /// When the act happened; unknown for names whose list has no dates.
    pub date: Option<Millis>,
    /// The revision that the support was given for.
    pub revision: u64,
    /// Whether an administrator promoted or edited the entry; the page says so.
    pub edited_by_moderator: bool,
}

impl SupporterView {
    pub(crate) fn shown_name(&self) -> Option<Cow<'_, str>> {
        self.name.as_deref().map(|name| short(name, MAX_NAME))
    }

    pub(crate) fn shown_handle(&self) -> Option<Cow<'_, str>> {
        self.handle
            .as_deref()
            .map(|handle| short(handle, MAX_HANDLE))
    }

    pub(crate) fn shown_affiliation(&self) -> Option<Cow<'_, str>> {
        self.affiliation
            .as_deref()
            .map(|affiliation| short(affiliation, MAX_AFFILIATION))
    }

    pub(crate) fn link(&self) -> Option<&str> {
        self.url.as_deref().filter(|url| is_web(url))
    }
}

/// One statement that is shown.
#[derive(Clone, Debug)]
pub struct StatementView {
    /// Its author.
    pub author: SupporterView,
    /// Plain text; line ends are kept, addresses do not become links.
    pub text: String,
    /// The content warning under which it stays folded.
    pub warning: Option<String>,
    /// Language tag, if the author gave one.
    pub language: Option<String>,
    /// The original post; only http and https become links.
    pub original: Option<String>,
}

impl StatementView {
    pub(crate) fn shown_text(&self) -> Cow<'_, str> {
        short(&self.text, MAX_STATEMENT)
    }

    pub(crate) fn shown_warning(&self) -> Option<Cow<'_, str>> {
        self.warning
            .as_deref()
            .map(|warning| short(warning, MAX_WARNING))
    }

    pub(crate) fn link(&self) -> Option<&str> {
        self.original.as_deref().filter(|url| is_web(url))
    }
}

/// The text, cut at a grapheme border when it has too many graphemes, or too many characters for them.
fn short(text: &str, graphemes: usize) -> Cow<'_, str> {
    let mut chars = graphemes.saturating_mul(CHARS_PER_GRAPHEME);
    let mut end = 0_usize;
    for (place, (start, grapheme)) in text.grapheme_indices(true).enumerate() {
        let cost = grapheme.chars().take(chars.saturating_add(1)).count();
        if place >= graphemes || cost > chars {
            let kept = text.get(..start).unwrap_or_default();
            return Cow::Owned(format!("{}…", kept.trim_end()));
        }
        chars = chars.saturating_sub(cost);
        end = start.saturating_add(grapheme.len());
    }
    Cow::Borrowed(text.get(..end).unwrap_or(text))
}

/// Whether a remote address may become a link.
fn is_web(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

#[cfg(test)]
mod tests;
