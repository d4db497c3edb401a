//! `/history/{n}`: one revision, and its differences from the one before.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};

use super::{
    frame::{SiteView, rendered},
    history::{RevisionView, href},
};
use crate::{
    http::{
        counts::number,
        error::{Failure, NotServed},
        response_cache::{MINUTE, Rendered},
        state::HttpState,
    },
    letter::{
        self,
        diff::{Change, Piece, diff},
    },
};

/// The page of one revision.
#[derive(Clone, Debug, Template)]
#[template(path = "history_revision.html")]
pub struct RevisionPage {
    /// The frame of the page.
    pub site: SiteView,
    /// The revision.
    pub revision: RevisionView,
    /// The number of the newest revision.
    pub newest: u64,
    /// The differences from the revision before; empty for the first.
    pub changes: Vec<PieceView>,
    /// The whole text without its title, as sanitised HTML.
    pub html: String,
    /// The SHA-256 digest of the text, lower-case hex.
    pub digest: String,
}

impl RevisionPage {
    /// No page of the navigation.
    const HERE: &str = "";

    /// The path of the revision before.
    pub fn earlier(&self) -> Option<String> {
        (self.revision.number > 1).then(|| href(self.revision.number.saturating_sub(1)))
    }

    /// The path of the revision after.
    pub fn later(&self) -> Option<String> {
        let number = self.revision.number;
        (number < self.newest).then(|| href(number.saturating_add(1)))
    }
}

/// `GET /history/{n}`. Only the canonical form of the number is accepted, so that each revision has one URL.
pub async fn get(
    State(state): State<Arc<HttpState>>,
    Path(wanted): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let number = wanted.parse::<i64>().ok();
    let Some(number) = number.filter(|number| number.to_string() == wanted) else {
        return Err(Failure::missing(&state, &headers));
    };
    let key = format!("page /history/{number}");
    state.answer(&headers, &key, page(&state, number)).await
}

async fn page(state: &HttpState, wanted: i64) -> Result<Rendered, NotServed> {
    let mut tx = state.store.read().await?;
    let current = state.current(&mut tx).await?;
    let (rows, signed) = (tx.revisions().await?, tx.signed_by_text().await?);
    let changes = tx.translation_changes().await?;
    let find = |number: i64| rows.iter().find(|row| row.number == number).cloned();
    let row = find(wanted).ok_or(NotServed::Missing)?;
    let before = find(wanted - 1);
    let (site, revision) = (
        current.site(state),
        RevisionView::of(&row, &signed, &changes),
    );
    let newest = number(current.revision.number);
    let (note, urls) = (Arc::clone(&state.note), Arc::clone(&state.app.urls));
    // Parsing, comparing and sanitising up to four megabytes would block the async threads.
    let made = tokio::task::spawn_blocking(move || {
        let letter = note.read(&row)?;
        let pieces = match &before {
            Some(before) => diff(&note.read(before)?.signed_text(), &letter.signed_text()),
            None => Vec::new(),
        };
        let page = RevisionPage {
            site,
            revision,
            newest,
            changes: PieceView::around_changes(pieces),
            html: letter::page_html(&letter, urls.base()),
            digest: row.digest,
        };
        Ok(rendered(MINUTE, &page)?)
    });
    let made = made.await;
    // Not before: the connections are the bound on how many pages are rendered at once.
    drop(tx);
    match made {
        Ok(page) => page,
        Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
    }
}

/// A piece of a diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PieceView {
    /// Text of both revisions.
    Same(String),
    /// Text of the earlier revision only.
    Removed(String),
    /// Text of the later revision only.
    Added(String),
    /// A place where unchanged paragraphs are left out.
    Unchanged,
}

impl PieceView {
    /// The pieces of a diff; of the unchanged text only the paragraphs next to a change are kept.
    pub fn around_changes(pieces: Vec<Piece>) -> Vec<Self> {
        let last = pieces.len().saturating_sub(1);
        let mut shown = Vec::new();
        for (at, piece) in pieces.into_iter().enumerate() {
            match piece.change {
                Change::Removed => shown.push(Self::Removed(piece.text)),
                Change::Added => shown.push(Self::Added(piece.text)),
                Change::Same => shown.extend(shortened(piece.text, at > 0, at < last)),
            }
        }
        shown
    }
}

/// Unchanged text, shortened to the paragraphs that continue a change before or after it.
fn shortened(text: String, after_change: bool, before_change: bool) -> Vec<PieceView> {
    const BREAK: &str = "\n\n";
    let head = match text.find(BREAK) {
        Some(end) if after_change => text.get(..end),
        _ => None,
    };
    let tail = match text.rfind(BREAK) {
        Some(start) if before_change => text.get(start + BREAK.len()..),
        _ => None,
    };
    let (head, tail) = (head.unwrap_or_default(), tail.unwrap_or_default());
    let left_out = text
        .get(head.len()..text.len().saturating_sub(tail.len()))
        .unwrap_or_default();
    let nothing_changed_here = !after_change && !before_change;
    let whole = nothing_changed_here || !text.contains(BREAK) || left_out.trim().is_empty();
    if whole {
        return vec![PieceView::Same(text)];
    }
    let mut pieces = Vec::new();
    if after_change {
        pieces.push(PieceView::Same(format!("{head}\n")));
    }
    pieces.push(PieceView::Unchanged);
    if before_change && !tail.is_empty() {
        pieces.push(PieceView::Same(tail.to_owned()));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, after: bool, before: bool) -> String {
        let pieces = shortened(text.to_owned(), after, before);
        let texts = pieces.iter().map(|piece| match piece {
            PieceView::Same(text) | PieceView::Removed(text) | PieceView::Added(text) => {
                text.as_str()
            }
            PieceView::Unchanged => "…",
        });
        texts.collect()
    }

    #[test]
    fn what_stayed_is_shown_as_far_as_its_paragraph_changed() {
        let three = "one\n\ntwo\n\nthree";
        assert_eq!(shown(three, true, true), "one\n…three");
        assert_eq!(shown(three, false, true), "…three");
        assert_eq!(shown(three, true, false), "one\n…");
        assert_eq!(shown(three, false, false), three);
        for short in ["one", "one\n\ntwo", "\n\n", ""] {
            assert_eq!(shown(short, true, true), short);
        }
        assert_eq!(shown("\n\ntwo\n\n", true, true), "\n…");
        assert_eq!(shown("one line.\n", true, false), "one line.\n");
    }
}
