//! The pages `/history` and `/history/{n}`.

use askama::Template;

use crate::{
    http::views::{HistoryView, PieceView, RevisionPageView, RevisionView, SiteView},
    i18n::Language,
    register::letter::publish::RevisionKind,
};

#[derive(Template)]
#[template(path = "history.html")]
struct HistoryPage<'a> {
    words: &'static Language,
    site: &'a SiteView,
    here: &'static str,
    view: &'a HistoryView,
}

#[derive(Template)]
#[template(path = "history_revision.html")]
struct RevisionPage<'a> {
    words: &'static Language,
    site: &'a SiteView,
    here: &'static str,
    view: &'a RevisionPageView,
}

/// The page `/history`.
pub fn history(view: &HistoryView) -> askama::Result<String> {
    HistoryPage {
        words: Language::of(&view.site.language),
        site: &view.site,
        here: "/history",
        view,
    }
    .render()
}

/// The page of one revision.
pub fn revision(view: &RevisionPageView) -> askama::Result<String> {
    RevisionPage {
        words: Language::of(&view.site.language),
        site: &view.site,
        here: "/history",
        view,
    }
    .render()
}

impl RevisionView {
    /// The kind's name on the pages.
    fn kind(&self, words: &Language) -> &'static str {
        match self.kind {
            RevisionKind::First => words.history.first,
            RevisionKind::Typo => words.history.typo,
            RevisionKind::Substantive => words.history.substantive,
        }
    }
}
