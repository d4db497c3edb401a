//! `/history`: the revisions of the letter. It shows numbers, and no names.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, http::HeaderMap, response::Response};

use super::frame::{LanguageView, SiteView, rendered};
use crate::{
    activitystreams::paths,
    clock::Millis,
    http::{
        counts::number,
        error::{Failure, NotServed},
        response_cache::{MINUTE, Rendered},
        state::HttpState,
    },
    i18n::Language,
    register::letter::{publish::RevisionKind, translations::TranslationChange},
    store::{RevisionRow, TranslationRow},
};

/// The page `/history`.
#[derive(Clone, Debug, Template)]
#[template(path = "history.html")]
pub struct HistoryPage {
    /// The frame of the page.
    pub site: SiteView,
    /// All revisions, newest first.
    pub revisions: Vec<RevisionView>,
}

impl HistoryPage {
    /// No page of the navigation.
    const HERE: &str = "";

    /// The number of the newest revision; 0 when there is none.
    pub fn newest(&self) -> u64 {
        self.revisions.first().map_or(0, |revision| revision.number)
    }
}

/// What happened to a translation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TranslationView {
    /// Its language.
    pub language: LanguageView,
    /// What it was.
    pub change: TranslationChange,
    /// When.
    pub at: Millis,
    /// The title and the digest of the text; `None` for an end.
    pub text: Option<(String, String)>,
}

impl TranslationView {
    /// What happened while a revision was the letter's text; of all changes, oldest first.
    fn of_revision(number: i64, all: &[TranslationRow]) -> Vec<Self> {
        let here = all.iter().filter(|row| row.revision == number);
        let views = here.map(|row| Self {
            language: LanguageView::translation(&row.language),
            change: TranslationChange::of(row, all),
            at: row.published_at,
            text: row.title.clone().zip(row.digest.clone()),
        });
        views.collect()
    }

    /// The sentence that says so.
    pub(super) fn sentence(&self, words: &Language) -> String {
        let pattern = match self.change {
            TranslationChange::New => words.history.translation_new,
            TranslationChange::Changed => words.history.translation_changed,
            TranslationChange::Gone => words.history.translation_gone,
        };
        pattern.replace("{language}", &self.language.name)
    }
}

/// One revision, without its text.
#[derive(Clone, Debug)]
pub struct RevisionView {
    /// From 1.
    pub number: u64,
    /// The kind of the change from the revision before.
    pub kind: RevisionKind,
    /// When it was published.
    pub published: Millis,
    /// Its title.
    pub title: String,
    /// Whether it is called a correction, though it changes more than slips inside words.
    pub overruled: bool,
    /// The organisers' note about the change.
    pub note: Option<String>,
    /// What happened to translations while it stood, or stands.
    pub translations: Vec<TranslationView>,
    /// How many of today's supporters signed or like this text; typo fixes count as the same text.
    pub signed: u64,
}

impl RevisionView {
    /// The revision; `signed` has the number of signatures by text, `changes` what happened to translations.
    pub(super) fn of(row: &RevisionRow, signed: &[(i64, i64)], changes: &[TranslationRow]) -> Self {
        let of_text = signed.iter().find(|(text, _)| *text == row.same_as);
        Self {
            number: number(row.number),
            // A constraint of the table allows no other kind.
            kind: row.kind.parse().unwrap_or(RevisionKind::Substantive),
            published: row.published_at,
            title: row.title.clone(),
            overruled: row.overruled,
            note: row.note.clone(),
            translations: TranslationView::of_revision(row.number, changes),
            signed: of_text.map_or(0, |(_, signed)| number(*signed)),
        }
    }

    /// The path of its page.
    pub fn href(&self) -> String {
        href(self.number)
    }

    /// The kind's name on the pages.
    pub(super) fn kind(&self, words: &Language) -> &'static str {
        match self.kind {
            RevisionKind::First => words.history.first,
            RevisionKind::Typo => words.history.typo,
            RevisionKind::Substantive => words.history.substantive,
        }
    }
}

pub(super) fn href(number: u64) -> String {
    format!("{}/{number}", paths::HISTORY)
}

/// `GET /history`.
pub async fn get(
    State(state): State<Arc<HttpState>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    state.answer(&headers, "page /history", page(&state)).await
}

async fn page(state: &HttpState) -> Result<Rendered, NotServed> {
    let mut tx = state.store.read().await?;
    let current = state.current(&mut tx).await?;
    let (rows, signed) = (tx.revisions().await?, tx.signed_by_text().await?);
    let changes = tx.translation_changes().await?;
    let newest_first = rows.iter().rev();
    let page = HistoryPage {
        site: current.site(state),
        revisions: newest_first
            .map(|row| RevisionView::of(row, &signed, &changes))
            .collect(),
    };
    Ok(rendered(MINUTE, &page)?)
}
