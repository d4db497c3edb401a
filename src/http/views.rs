//! The data of the pages, as plain structs.
//!
//! They contain no type of the store, no request and no text in any language. The code that fills them decides what is
//! public; the pages show everything in them, escaped.

mod history;
mod supporter;

use std::time::Duration;

use url::form_urlencoded;

pub use self::{
    history::{HistoryView, PieceView, RevisionPageView, RevisionView},
    supporter::{StatementView, Support, SupporterSource, SupporterView},
};
pub use crate::endorsement::policy::{LetterState, LikeDisplay, Replies, ReplyDisplay, Statements};
use crate::{clock::Millis, i18n::SupportCounts};

/// The number of supporters on one page of `/supporters`.
pub const PAGE_SIZE: u64 = 100;

/// The frame of every page.
#[derive(Clone, Debug)]
pub struct SiteView {
    /// Language tag of the letter; it also chooses the language of the pages.
    pub language: String,
    /// The letter's title, or the handle when there is no letter.
    pub title: String,
    /// `server.base_url`, without a slash at its end.
    pub base_url: String,
    /// The letter's full handle, `@letter@letter.example`.
    pub handle: String,
    /// The person or organisation responsible for the letter; `None` only on localhost.
    pub contact: Option<ContactView>,
    /// Version of this program.
    pub version: String,
    /// The URL of this program's source code, which the AGPL asks us to offer; empty in a build that names none.
    pub source_code_url: String,
}

/// The person or organisation responsible for the letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactView {
    /// The configured text, for people.
    pub text: String,
    /// The e-mail address in it, if there is one.
    pub mail: Option<String>,
}

impl ContactView {
    /// Parses `actor.contact`: any text, with or without an e-mail address in it; `None` if it is blank.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let around =
            |character: char| character.is_whitespace() || "<>()[],;:\"".contains(character);
        let mail = text
            .split(around)
            .find(|word| is_mail(word))
            .map(ToOwned::to_owned);
        (!text.is_empty()).then(|| Self {
            text: text.to_owned(),
            mail,
        })
    }
}

/// Whether a word is an e-mail address that needs no escaping in a `mailto:` URL.
fn is_mail(word: &str) -> bool {
    let plain = |character: char| character.is_ascii_alphanumeric() || "._+-".contains(character);
    word.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty() && host.len() > 2 && local.chars().chain(host.chars()).all(plain)
    })
}

/// The rules for signing, as far as those who sign must know them.
#[derive(Clone, Copy, Debug)]
pub struct SigningView {
    /// Which replies sign.
    pub replies: Replies,
    /// How those who reply are shown.
    pub reply_display: ReplyDisplay,
    /// What a like does.
    pub likes: LikeDisplay,
    /// When a statement is shown.
    pub statements: Statements,
}

/// Progress towards the next step of `goal.steps`.
#[derive(Clone, Copy, Debug)]
pub struct GoalView {
    /// The current count.
    pub value: u64,
    /// The next step.
    pub target: u64,
}

/// The page of a post other than the letter.
#[derive(Clone, Debug)]
pub struct PostView {
    /// The frame of the page.
    pub site: SiteView,
    /// The post's id, which is also this page's address.
    pub url: String,
    /// The text as sanitised HTML, which the page does not escape.
    pub html: String,
    /// Its first words, for link previews and search engines.
    pub description: String,
    /// The language tag of the text.
    pub language: String,
    /// When it was published.
    pub published: Millis,
    /// When it was last changed, if ever.
    pub updated: Option<Millis>,
}

/// The letter's page.
#[derive(Clone, Debug)]
pub struct LetterView {
    /// The frame of the page.
    pub site: SiteView,
    /// The text without its title as sanitised HTML, which the page does not escape.
    pub html: String,
    /// First words of the letter, for link previews and search engines.
    pub description: String,
    /// When the first revision was published.
    pub published: Millis,
    /// When the current revision was published, if it is not the first.
    pub updated: Option<Millis>,
    /// Number of the current revision.
    pub revision: u64,
    /// Whether signatures are taken.
    pub state: LetterState,
    /// The id of the actor that the letter moved to (`movedTo`).
    pub moved_to: Option<String>,
    /// Id of the letter's `Note`: what people paste into their server's search.
    pub letter_url: String,
    /// The actor's `url`, which this page links to with `rel="me"` so that Mastodon marks it as verified.
    pub actor_url: String,
    /// The numbers.
    pub counts: SupportCounts,
    /// The next goal, if there is one.
    pub goal: Option<GoalView>,
    /// The rules for signing.
    pub signing: SigningView,
    /// The newest supporters; empty when `web.names_on_front` is off.
    pub newest: Vec<SupporterView>,
    /// Statements that are shown, newest first; empty when `web.names_on_front` is off.
    pub statements: Vec<StatementView>,
}

/// Order of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Newest first.
    #[default]
    Recent,
    /// By name.
    Name,
}

impl Sort {
    /// Both of them, in the order of the form.
    pub const ALL: [Self; 2] = [Self::Recent, Self::Name];

    /// The value in `?sort=`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Recent => "recent",
            Self::Name => "name",
        }
    }

    /// The order with this value in `?sort=`.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.code() == code)
    }
}

/// Search, filter and order of the list.
#[derive(Clone, Debug, Default)]
pub struct ListQuery {
    /// Text to search for; empty for all entries.
    pub search: String,
    /// Only this source.
    pub source: Option<SupporterSource>,
    /// Order.
    pub sort: Sort,
}

impl ListQuery {
    /// The value in `?source=`; empty for all sources.
    pub const fn source_code(&self) -> &'static str {
        match self.source {
            Some(source) => source.code(),
            None => "",
        }
    }

    /// The URL of one page (from 1) of this list; defaults are left out.
    pub fn href(&self, page: u64) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if !self.search.is_empty() {
            query.append_pair("q", &self.search);
        }
        if let Some(source) = self.source {
            query.append_pair("source", source.code());
        }
        if self.sort != Sort::default() {
            query.append_pair("sort", self.sort.code());
        }
        if page > 1 {
            query.append_pair("page", &page.to_string());
        }
        match query.finish() {
            query if query.is_empty() => "/supporters".to_owned(),
            query => format!("/supporters?{query}"),
        }
    }
}

/// One page of the list of supporters.
#[derive(Clone, Debug)]
pub struct SupportersView {
    /// The frame of the page.
    pub site: SiteView,
    /// The numbers of the whole letter.
    pub counts: SupportCounts,
    /// The query.
    pub query: ListQuery,
    /// The number of entries that match the query.
    pub found: u64,
    /// This page, from 1.
    pub page: u64,
    /// The entries of this page, at most [`PAGE_SIZE`].
    pub supporters: Vec<SupporterView>,
    /// Organisations, which are counted apart; shown on the first page.
    pub organisations: Vec<SupporterView>,
}

impl SupportersView {
    /// The number of pages, at least one.
    pub const fn pages(&self) -> u64 {
        let pages = self.found.div_ceil(PAGE_SIZE);
        if pages == 0 { 1 } else { pages }
    }
}

/// The privacy notice, from the current configuration.
#[derive(Clone, Debug)]
pub struct PrivacyView {
    /// The frame of the page.
    pub site: SiteView,
    /// The rules for signing.
    pub signing: SigningView,
    /// `privacy.purge_withdrawn_after`.
    pub purge_withdrawn_after: Duration,
    /// `privacy.keep_waiting`.
    pub keep_waiting: Duration,
    /// `privacy.keep_comments`.
    pub keep_comments: Duration,
    /// `privacy.keep_rejected`.
    pub keep_rejected: Duration,
    /// `privacy.keep_reports`.
    pub keep_reports: Duration,
    /// How long acts that arrived after the letter closed are kept.
    pub keep_late: Duration,
    /// `log.journal_rows`.
    pub journal_rows: u32,
}

/// The page about letter and software.
#[derive(Clone, Debug)]
pub struct AboutView {
    /// The frame of the page.
    pub site: SiteView,
    /// The numbers.
    pub counts: SupportCounts,
    /// Number of the current revision.
    pub revision: u64,
    /// When it was published.
    pub published: Millis,
    /// The SHA-256 digest of its text, lower-case hex.
    pub digest: String,
    /// The letter's file on the web (`letter.source_url`), if there is one.
    pub file_url: Option<String>,
}

/// The kind of an error response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// 400: the request cannot be read.
    BadRequest,
    /// 403: the request is refused.
    Forbidden,
    /// 404: nothing is there.
    NotFound,
    /// 410: the resource was deleted.
    Gone,
    /// 410: the letter's actor was retired.
    Retired,
    /// 429: too many requests.
    TooMany,
    /// 500: an error of this server.
    Internal,
    /// 503: not available for now.
    Unavailable,
}

impl Problem {
    /// The HTTP status.
    pub const fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Gone | Self::Retired => 410,
            Self::TooMany => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }
}

/// The error page.
#[derive(Clone, Debug)]
pub struct ErrorView {
    /// The frame of the page; it needs no database, which may be the cause of the error.
    pub site: SiteView,
    /// What went wrong.
    pub problem: Problem,
}

#[cfg(test)]
mod tests;
