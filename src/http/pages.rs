//! Pages for people: a view goes in, one HTML document comes out.
//!
//! Pure: no database, no request, no clock. The caller sets status, headers and caching. The pages contain no script,
//! no inline style, and nothing from another server: a remote picture would give the addresses of our readers to third
//! parties. They therefore work under a policy as strict as [`CONTENT_SECURITY_POLICY`].

mod history;

use askama::Template;
use url::form_urlencoded;

pub use self::history::{history, revision};
use super::views::{
    AboutView, ErrorView, GoalView, LetterState, LetterView, LikeDisplay, PostView, PrivacyView,
    Problem, Replies, ReplyDisplay, SigningView, SiteView, Sort, Statements, Support,
    SupporterSource, SupporterView, SupportersView,
};
use crate::i18n::{Headline, Language, ProblemWords, RetentionWords};

/// The style sheet at `/style.css`.
pub const STYLE: &str = include_str!("assets/style.css");

/// The built-in emblem at `/icon.png`, 400 by 400 pixels.
pub const ICON: &[u8] = include_bytes!("assets/icon.png");

/// The Content Security Policy of every response: our style sheet, our image, our form, and nothing else.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; \
                                           form-action 'self'; frame-ancestors 'none'; base-uri \
                                           'none'";

/// The `rel` of links to people and their posts: user-generated content that gets no credit from search engines and no
/// referrer.
const PEOPLE: &str = "nofollow ugc noopener noreferrer";

#[derive(Template)]
#[template(path = "letter.html")]
struct LetterPage<'a> {
    words: &'static Language,
    site: &'a SiteView,
    here: &'static str,
    view: &'a LetterView,
    signing: SigningView,
    headline: Headline,
}

#[derive(Template)]
#[template(path = "post.html")]
struct PostPage<'a> {
    words: &'static Language,
    site: &'a SiteView,
    here: &'static str,
    view: &'a PostView,
}

#[derive(Template)]
#[template(path = "supporters.html")]
struct SupportersPage<'a> {
    words: &'static Language,
    site: &'a SiteView,
    here: &'static str,
    view: &'a SupportersView,
    headline: Headline,
}

#[derive(Template)]
#[template(path = "privacy.html")]
struct PrivacyPage<'a> {
    words: &'static Language,
    site: &'a SiteView,
    here: &'static str,
    view: &'a PrivacyView,
    signing: SigningView,
}

#[derive(Template)]
#[template(path = "about.html")]
struct AboutPage<'a> {
    words: &'static Language,
    site: &'a SiteView,
    here: &'static str,
    view: &'a AboutView,
    headline: Headline,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    words: &'static Language,
    site: &'a SiteView,
    here: &'static str,
    status: u16,
    problem: &'static ProblemWords,
    /// Whether the actor was retired, so that no other page is left to link to.
    ended: bool,
}

/// The page `/`: the letter, the counts, how to sign and to leave, the newest supporters.
pub fn letter(view: &LetterView) -> askama::Result<String> {
    let words = Language::of(&view.site.language);
    LetterPage {
        words,
        site: &view.site,
        here: "/",
        view,
        signing: view.signing,
        headline: words.headline(&view.counts),
    }
    .render()
}

/// The page of a post other than the letter.
pub fn post(view: &PostView) -> askama::Result<String> {
    PostPage {
        words: Language::of(&view.site.language),
        site: &view.site,
        here: "",
        view,
    }
    .render()
}

/// One page of `/supporters`.
pub fn supporters(view: &SupportersView) -> askama::Result<String> {
    let words = Language::of(&view.site.language);
    let headline = words.headline(&view.counts);
    SupportersPage {
        words,
        site: &view.site,
        here: "/supporters",
        view,
        headline,
    }
    .render()
}

/// The page `/privacy`.
pub fn privacy(view: &PrivacyView) -> askama::Result<String> {
    let words = Language::of(&view.site.language);
    PrivacyPage {
        words,
        site: &view.site,
        here: "/privacy",
        view,
        signing: view.signing,
    }
    .render()
}

/// The page `/about`.
pub fn about(view: &AboutView) -> askama::Result<String> {
    let words = Language::of(&view.site.language);
    let headline = words.headline(&view.counts);
    AboutPage {
        words,
        site: &view.site,
        here: "/about",
        view,
        headline,
    }
    .render()
}

/// The page for an error, with a sentence that says what to do.
pub fn error(view: &ErrorView) -> askama::Result<String> {
    let words = Language::of(&view.site.language);
    let problem = match view.problem {
        Problem::BadRequest => &words.bad_request,
        Problem::Forbidden => &words.forbidden,
        Problem::NotFound => &words.not_found,
        Problem::Gone => &words.gone,
        Problem::Retired => &words.retired,
        Problem::TooMany => &words.too_many,
        Problem::Internal => &words.internal,
        Problem::Unavailable => &words.unavailable,
    };
    let status = view.problem.status();
    ErrorPage {
        words,
        site: &view.site,
        here: "",
        status,
        problem,
        ended: view.problem == Problem::Retired,
    }
    .render()
}

impl PrivacyPage<'_> {
    /// The kept data and their retention periods, from the settings.
    fn kept(&self) -> Vec<(&'static RetentionWords, String)> {
        let (words, view) = (&self.words.privacy, self.view);
        let up_to = |time| words.up_to.replace("{time}", &self.words.duration(time));
        let mut kept = vec![
            (&words.entry, words.while_you_sign.to_owned()),
            (&words.evidence, words.while_you_sign.to_owned()),
            (&words.left, words.one_day.to_owned()),
            (&words.taken_off, up_to(view.purge_withdrawn_after)),
            (&words.waiting, up_to(view.keep_waiting)),
            (&words.comments, up_to(view.keep_comments)),
            (&words.late, up_to(view.keep_late)),
            (&words.rejected, up_to(view.keep_rejected)),
            (&words.followers, words.while_you_follow.to_owned()),
            (&words.passed_on, words.while_it_stands.to_owned()),
            (&words.reports, up_to(view.keep_reports)),
            (&words.blocks, words.until_lifted.to_owned()),
        ];
        if view.journal_rows > 0 {
            let last = self
                .words
                .count(view.journal_rows.into(), &words.last_deliveries);
            kept.push((&words.journal, last));
        }
        kept
    }
}

impl SigningView {
    /// How to sign once the letter is found in one's own app; `None` when neither replies nor likes sign.
    fn then(self, words: &'static Language) -> Option<&'static str> {
        let words = &words.signing;
        match (self.replies, self.likes) {
            (Replies::Off, LikeDisplay::Off) => None,
            (Replies::Off, _) => Some(words.then_like),
            (Replies::Phrase, LikeDisplay::Off) => Some(words.then_reply),
            (Replies::Phrase, _) => Some(words.then_reply_or_like),
            (Replies::All, LikeDisplay::Off) => Some(words.then_any_reply),
            (Replies::All, _) => Some(words.then_any_reply_or_like),
        }
    }

    /// Whether replies and mentions sign at all.
    fn by_words(self) -> bool {
        self.replies != Replies::Off
    }

    /// The sentences about what signing makes public. They make the consent an informed one.
    fn shown(self, words: &'static Language) -> Vec<&'static str> {
        let words = &words.signing;
        let named = match self.reply_display {
            ReplyDisplay::Named => words.replies_named,
            ReplyDisplay::Count => words.replies_counted,
        };
        let like = match self.likes {
            LikeDisplay::Off => None,
            LikeDisplay::Count => Some(words.likes_counted),
            LikeDisplay::Discoverable => Some(words.likes_discoverable),
            LikeDisplay::Named => Some(words.likes_named),
        };
        let statement = match (self.reply_display, self.statements) {
            (ReplyDisplay::Count, _) => None,
            (ReplyDisplay::Named, Statements::Queue) => Some(words.statement_queue),
            (ReplyDisplay::Named, Statements::Trusted) => Some(words.statement_trusted),
            (ReplyDisplay::Named, Statements::Auto) => Some(words.statement_auto),
        };
        let by_words = if self.by_words() {
            [Some(named), statement]
        } else {
            [None; 2]
        };
        by_words.into_iter().chain([like]).flatten().collect()
    }
}

impl SiteView {
    /// The paths and names of the pages that every page links to.
    fn pages(&self, words: &Language) -> [(&'static str, &'static str); 4] {
        let words = &words.frame;
        [
            ("/", words.letter),
            ("/supporters", words.supporters),
            ("/privacy", words.privacy),
            ("/about", words.about),
        ]
    }
}

impl SupporterSource {
    /// The source's name on the pages.
    fn label(self, words: &Language) -> &'static str {
        match self {
            Self::GitHub => words.list.github,
            Self::Fediverse => words.list.fediverse,
            Self::Manual => words.list.manual,
        }
    }
}

impl Sort {
    /// The order's name on the pages.
    fn label(self, words: &Language) -> &'static str {
        match self {
            Self::Recent => words.list.recent,
            Self::Name => words.list.name,
        }
    }
}

impl GoalView {
    /// The goal as text, for screen readers: "1,224 of 5,000".
    fn label(&self, words: &Language) -> String {
        let pattern = words.letter.goal.replace("{n}", &words.number(self.value));
        pattern.replace("{m}", &words.number(self.target))
    }
}

impl SupporterView {
    /// A `mailto:` link that reports this entry to the contact; `None` without an e-mail address.
    fn report(&self, site: &SiteView, words: &Language) -> Option<String> {
        let mail = site.contact.as_ref()?.mail.as_ref()?;
        let who = self
            .shown_handle()
            .or_else(|| self.shown_name())
            .unwrap_or_default();
        let subject = format!("{}: {}", words.list.report_subject, self.id);
        let body = format!(
            "{}\r\n\r\n{who}\r\n{}/\r\n",
            words.list.report_body, site.base_url
        );
        Some(format!(
            "mailto:{mail}?subject={}&body={}",
            encode(&subject),
            encode(&body)
        ))
    }
}

impl SupportersView {
    /// "Page 2 of 13".
    fn place(&self, words: &Language) -> String {
        let pattern = words.list.page_of.replace("{n}", &words.number(self.page));
        pattern.replace("{m}", &words.number(self.pages()))
    }

    fn previous(&self) -> Option<String> {
        (self.page > 1).then(|| {
            self.query
                .href(self.page.saturating_sub(1).min(self.pages()))
        })
    }

    fn next(&self) -> Option<String> {
        (self.page < self.pages()).then(|| self.query.href(self.page.saturating_add(1)))
    }

    fn is_filtered(&self) -> bool {
        !self.query.search.is_empty() || self.query.source.is_some()
    }
}

/// Percent-encoding for `mailto:`, where a plus sign is no space (RFC 6068).
fn encode(text: &str) -> String {
    let plused: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    plused.replace('+', "%20")
}

#[cfg(test)]
mod tests;
