//! One supporter and one statement as the pages show them: bounded in length, and with safe links.
//!
//! All of this is remote text. It is cut to a bounded length here and escaped by the templates; names are cleaned and
//! checked before they are stored.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation as _;
use url::Url;

use super::frame::SiteView;
use crate::{
    activitystreams::{is_forge_account, paths},
    clock::Millis,
    endorsement::names::user_of,
    http::counts::number,
    i18n::{Language, forge_name},
    letter::without_scheme,
    store::{AnswerRow, PublicEntry},
    text::percent_encoded,
};

/// The `rel` of links to people and their posts: user-generated content that gets no credit from search engines and no
/// referrer.
pub(in crate::http) const PEOPLE: &str = "nofollow ugc noopener noreferrer";

/// Longest name, in graphemes.
const MAX_NAME: usize = 80;
/// Longest handle, in graphemes: a user name of 64 and a host of sensible length.
const MAX_HANDLE: usize = 120;
/// Longest host of a forge, with its port: a domain has 253 characters.
const MAX_HOST: usize = 260;
/// Longest affiliation, in graphemes.
const MAX_AFFILIATION: usize = 120;
/// Longest content warning, in graphemes.
const MAX_WARNING: usize = 200;
/// Longest statement, in graphemes; the original post, which is linked, has the rest.
const MAX_STATEMENT: usize = 1500;
/// The most characters per grapheme on average, against stacked combining marks.
const CHARS_PER_GRAPHEME: usize = 4;

/// The source of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SupporterSource {
    /// The letter's own list, which is kept on GitHub, or whose name links there; or a comment there.
    GitHub,
    /// The letter's own list.
    Letter,
    /// An activity of a Fediverse account.
    Fediverse,
    /// Entered by an administrator.
    Manual,
    /// A comment on another forge, by its host.
    Forge(String),
}

impl SupporterSource {
    /// The code of GitHub.
    pub(in crate::http) const GITHUB: &str = "github";

    /// Those that every letter has, in the order of the form.
    pub const ALL: [Self; 4] = [Self::GitHub, Self::Letter, Self::Fediverse, Self::Manual];

    /// The value in `?source=` and in JSON.
    pub fn code(&self) -> &str {
        match self {
            Self::GitHub => Self::GITHUB,
            Self::Letter => "letter",
            Self::Fediverse => "fediverse",
            Self::Manual => "manual",
            Self::Forge(host) => host,
        }
    }

    /// The word for it in style sheets.
    pub(in crate::http) fn class(&self) -> &str {
        match self {
            Self::Forge(_) => "forge",
            Self::GitHub | Self::Letter | Self::Fediverse | Self::Manual => self.code(),
        }
    }

    /// The source's name on the pages.
    pub(in crate::http) fn label(&self, words: &Language) -> &str {
        match self {
            Self::GitHub => words.list.github,
            Self::Letter => words.list.letter,
            Self::Fediverse => words.list.fediverse,
            Self::Manual => words.list.manual,
            Self::Forge(host) => forge_name(host),
        }
    }

    /// The source with this value in `?source=`: one that every letter has, or the host of a forge.
    pub fn from_code(code: &str) -> Option<Self> {
        let is_host = code.contains(['.', ':'])
            && code.len() <= MAX_HOST
            && code
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':'));
        let mut known = Self::ALL.into_iter();
        let known = known.find(|source| source.code() == code);
        known.or_else(|| is_host.then(|| Self::Forge(code.to_owned())))
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
#[expect(
    clippy::struct_excessive_bools,
    reason = "marks of an entry, each of which the page shows by itself"
)]
pub struct SupporterView {
    /// Public id, for links to the entry and for reports.
    pub id: String,
    /// The cleaned name that may be shown; `None` while it waits or is hidden.
    pub name: Option<String>,
    /// `@user@host`, `@user` on GitHub, or `login (host)` on another forge.
    pub handle: Option<String>,
    /// Profile; only http and https become links.
    pub url: Option<String>,
    /// The source of the entry.
    pub source: SupporterSource,
    /// What the supporter did.
    pub support: Support,
    /// Affiliation that may be shown.
    pub affiliation: Option<String>,
    /// Whether name or affiliation are self-declared; the page says so.
    pub declared: bool,
    /// When the act happened; unknown for names whose list has no dates.
    pub date: Option<Millis>,
    /// The revision that the support was given for.
    pub revision: u64,
    /// Whether an administrator promoted or edited the entry; the page says so.
    pub edited_by_moderator: bool,
    /// Since when the account's server is gone; its link leads nowhere.
    pub server_gone_since: Option<Millis>,
    /// Whether the signed request of somebody whose server is gone is kept.
    pub evidence_kept: bool,
    /// Whether the supporter says to have done what the letter asks for.
    pub pledged: bool,
    /// The approved link of that; only http and https become links.
    pub pledge_url: Option<String>,
    /// The other place where the same supporter is.
    pub also: Option<AlsoView>,
    /// Of an organisation: the host of the website that it and its account link each other.
    pub linked_from: Option<String>,
    /// Whether it is a project, which signs by its own page and from no source of people.
    pub by_own_page: bool,
    /// Of a project: who spoke for it, if that is somebody who is listed by name.
    pub spoken_by: Option<String>,
    /// Whether it is an organisation, which is counted apart.
    pub organisation: bool,
    /// Whether it was signed by a comment on a forge.
    pub by_comment: bool,
}

/// The other place where a supporter is: both link each other.
#[derive(Clone, Debug)]
pub struct AlsoView {
    /// What kind of place that is.
    pub source: SupporterSource,
    /// `@user@host`, or `@user` on GitHub.
    handle: String,
    /// The profile; only http and https become links.
    url: Option<String>,
}

impl AlsoView {
    /// The other place of an entry.
    fn of(handle: Option<String>, url: Option<String>) -> Option<Self> {
        let handle = handle?;
        if let Some((login, host)) = on_forge(&handle) {
            let is_github = forge_name(host) == forge_name("github.com");
            return Some(Self {
                source: if is_github {
                    SupporterSource::GitHub
                } else {
                    SupporterSource::Forge(host.to_owned())
                },
                handle: if is_github {
                    format!("@{login}")
                } else {
                    handle.clone()
                },
                url,
            });
        }
        Some(if handle.starts_with('@') {
            Self {
                source: SupporterSource::Fediverse,
                handle,
                url,
            }
        } else {
            Self {
                source: SupporterSource::GitHub,
                url: Some(format!("https://github.com/{handle}")),
                handle: format!("@{handle}"),
            }
        })
    }

    pub(in crate::http) fn shown_handle(&self) -> Cow<'_, str> {
        short(&self.handle, MAX_HANDLE)
    }

    pub(in crate::http) fn link(&self) -> Option<&str> {
        self.url.as_deref().filter(|url| is_web(url))
    }
}

/// Login and host of an account on a forge, from how it is shown: `login (host)`.
fn on_forge(handle: &str) -> Option<(&str, &str)> {
    let host = handle.strip_suffix(')')?.rsplit_once(" (")?.1;
    Some((user_of(handle)?, host))
}

impl SupporterView {
    /// The entry as the pages show it.
    pub(in crate::http) fn of(entry: PublicEntry) -> Self {
        let source = SupporterSource::from_code(&entry.source).unwrap_or(SupporterSource::Manual);
        let is_account = entry.actor.is_some();
        let by_own_page = entry.organisation && !is_account && source == SupporterSource::Fediverse;
        // A project stands by its address, which signs, and the title of its page follows.
        let (name, affiliation) = if by_own_page {
            let address = entry.url.as_deref().map(without_scheme);
            (address.map(str::to_owned), entry.name)
        } else {
            (entry.name, entry.affiliation)
        };
        let handle =
            entry
                .handle
                .filter(|_| !by_own_page)
                .map(|handle| match (&source, user_of(&handle)) {
                    // As the accounts of the letter's list there are shown.
                    (SupporterSource::GitHub, Some(login)) => format!("@{login}"),
                    (SupporterSource::Forge(_), _) => handle,
                    _ if handle.starts_with('@') => handle,
                    _ => format!("@{handle}"),
                });
        Self {
            id: entry.public_id.to_string(),
            name,
            handle,
            url: entry.url,
            support: if entry.liked {
                Support::Liked
            } else {
                Support::Signed
            },
            affiliation,
            declared: entry.declared,
            // The letter's own list has no dates, and the time at which we read it is not the time of signing.
            date: is_account.then_some(entry.at),
            revision: number(entry.revision),
            edited_by_moderator: is_account && entry.by == "moderator",
            source,
            server_gone_since: entry.server_gone_since,
            evidence_kept: entry.evidence_kept,
            pledged: entry.pledged,
            pledge_url: entry.pledge_url,
            also: AlsoView::of(entry.also, entry.also_url),
            linked_from: entry.linked_from,
            by_own_page,
            spoken_by: entry.spoken_by,
            organisation: entry.organisation,
            by_comment: entry.actor.as_deref().is_some_and(is_forge_account),
        }
    }

    pub(in crate::http) fn shown_name(&self) -> Option<Cow<'_, str>> {
        self.name.as_deref().map(|name| short(name, MAX_NAME))
    }

    pub(in crate::http) fn shown_handle(&self) -> Option<Cow<'_, str>> {
        self.handle
            .as_deref()
            .map(|handle| short(handle, MAX_HANDLE))
    }

    pub(in crate::http) fn shown_affiliation(&self) -> Option<Cow<'_, str>> {
        self.affiliation
            .as_deref()
            .map(|affiliation| short(affiliation, MAX_AFFILIATION))
    }

    /// The path of the entry's own page.
    pub(in crate::http) fn page(&self) -> String {
        format!("{}{}", paths::ENTRIES, self.id)
    }

    pub(in crate::http) fn link(&self) -> Option<&str> {
        self.url.as_deref().filter(|url| is_web(url))
    }

    /// The address of an organisation that has no account, and how it is shown: host first.
    pub(in crate::http) fn address(&self) -> Option<(&str, Cow<'_, str>)> {
        let link = self
            .link()
            .filter(|_| self.organisation && self.handle.is_none())?;
        Some((link, short(without_scheme(link), MAX_HANDLE)))
    }

    /// The address of a pledge, and how it is shown.
    pub(in crate::http) fn pledge_link(&self) -> Option<(&str, Cow<'_, str>)> {
        let link = self.pledge_url.as_deref().filter(|url| is_web(url))?;
        Some((link, short(link, MAX_HANDLE)))
    }

    /// A `mailto:` link that reports this entry to the contact; `None` without an e-mail address.
    pub(in crate::http) fn report(&self, site: &SiteView, words: &Language) -> Option<String> {
        let mail = site.contact.as_ref()?.mail.as_ref()?;
        // The id says whom: a page has this link many times.
        let subject = format!("{}: {}", words.list.report_subject, self.id);
        Some(format!(
            "mailto:{mail}?subject={}&body={}",
            percent_encoded(&subject),
            percent_encoded(words.list.report_body)
        ))
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
    /// The statement of an entry, if it has one.
    pub(in crate::http) fn of(entry: PublicEntry) -> Option<Self> {
        let text = entry.statement.clone()?;
        let (warning, original) = (entry.warning.clone(), entry.object.clone());
        Some(Self {
            author: SupporterView::of(entry),
            text,
            warning,
            language: None,
            original,
        })
    }

    pub(in crate::http) fn shown_text(&self) -> Cow<'_, str> {
        short(&self.text, MAX_STATEMENT)
    }

    pub(in crate::http) fn shown_warning(&self) -> Option<Cow<'_, str>> {
        self.warning
            .as_deref()
            .map(|warning| short(warning, MAX_WARNING))
    }

    pub(in crate::http) fn link(&self) -> Option<&str> {
        self.original.as_deref().filter(|url| is_web(url))
    }
}

/// The addressee's answer to the letter.
#[derive(Clone, Debug)]
pub struct ResponseView {
    /// `@user@host`.
    pub who: String,
    /// What it says; under a content warning only that, and the rest is read at its author's.
    pub words: String,
    /// Language tag, if the author gave one.
    pub language: Option<String>,
    /// The original post; only http and https become links.
    pub original: Option<String>,
}

impl ResponseView {
    /// The answer as the pages show it.
    pub(in crate::http) fn of(answer: &AnswerRow) -> Self {
        let words = match &answer.warning {
            Some(warning) => short(warning, MAX_WARNING),
            None => short(&answer.text, MAX_STATEMENT),
        };
        Self {
            who: short(&answer.handle, MAX_HANDLE).into_owned(),
            words: words.into_owned(),
            language: answer.language.clone(),
            original: Some(answer.object.clone()).filter(|url| is_web(url)),
        }
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
mod tests {
    use super::*;

    #[test]
    fn a_source_is_read_as_it_is_written() {
        for source in SupporterSource::ALL {
            assert_eq!(SupporterSource::from_code(source.code()), Some(source));
        }
        assert_eq!(SupporterSource::from_code("elsewhere"), None);
        for host in ["codeberg.org", "127.0.0.1:3000", "git.example:8443"] {
            let source = SupporterSource::Forge(host.to_owned());
            assert_eq!(SupporterSource::from_code(host), Some(source));
        }
        assert_eq!(SupporterSource::from_code("a.example/b"), None);
        assert_eq!(SupporterSource::from_code("a.example\"<"), None);
    }

    #[test]
    fn long_text_is_cut_at_a_grapheme_border() {
        for (text, graphemes, expected) in [
            ("", 3, ""),
            ("abc", 3, "abc"),
            ("abcd", 3, "abc…"),
            ("ab cd", 3, "ab…"),
            ("👩‍💻👩‍💻👩‍💻", 2, "👩‍💻👩‍💻…"),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}e\u{301}…"),
        ] {
            assert_eq!(short(text, graphemes), expected, "{text}");
        }
    }

    #[test]
    fn a_tower_of_marks_does_not_get_past_the_limit() {
        let tower = format!("ab{}", "\u{301}".repeat(10_000));
        assert_eq!(short(&tower, 80), "a…");
        let handle = format!("@{}@many.example", "a".repeat(10_000));
        assert_eq!(short(&handle, MAX_HANDLE).chars().count(), MAX_HANDLE + 1);
    }

    #[test]
    fn only_web_addresses_become_links() {
        for (address, expected) in [
            ("https://m.example/@ada", true),
            ("http://localhost:8080/", true),
            ("javascript:alert(1)", false),
            ("JaVaScRiPt://m.example/%0aalert(1)", false),
            ("data:text/html,hello", false),
            ("//m.example/@ada", false),
            ("/supporters", false),
            ("https://", false),
            ("", false),
        ] {
            assert_eq!(is_web(address), expected, "{address}");
        }
    }
}
