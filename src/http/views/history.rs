//! The revisions of the letter, and what changed from one to the next.

use super::SiteView;
use crate::{
    clock::Millis,
    letter::diff::{Change, Piece},
    register::letter::publish::RevisionKind,
};

/// One revision, without its text.
#[derive(Clone, Debug)]
pub struct RevisionView {
    /// From 1.
    pub number: u64,
    /// What it is, compared with the one before.
    pub kind: RevisionKind,
    /// When it was published.
    pub published: Millis,
    /// Its title.
    pub title: String,
    /// What the organisers say about the change.
    pub note: Option<String>,
    /// How many of those on the page today signed or like this text, typos apart.
    pub signed: u64,
}

impl RevisionView {
    /// The address of its page.
    pub fn href(&self) -> String {
        href(self.number)
    }
}

fn href(number: u64) -> String {
    format!("{}/{number}", crate::activitystreams::paths::HISTORY)
}

/// `/history`.
#[derive(Clone, Debug)]
pub struct HistoryView {
    /// What every page shows.
    pub site: SiteView,
    /// All revisions, newest first.
    pub revisions: Vec<RevisionView>,
}

impl HistoryView {
    /// The number of the newest one; 0 when there is none.
    pub fn newest(&self) -> u64 {
        self.revisions.first().map_or(0, |it| it.number)
    }
}

/// `/history/{n}`.
#[derive(Clone, Debug)]
pub struct RevisionPageView {
    /// What every page shows.
    pub site: SiteView,
    /// The revision.
    pub revision: RevisionView,
    /// The number of the newest one.
    pub newest: u64,
    /// What changed against the one before; empty for the first.
    pub changes: Vec<PieceView>,
    /// The whole text, without its title: clean HTML.
    pub html: String,
    /// Its digest, lower-case hex.
    pub digest: String,
}

impl RevisionPageView {
    /// The address of the one before.
    pub fn earlier(&self) -> Option<String> {
        (self.revision.number > 1).then(|| href(self.revision.number.saturating_sub(1)))
    }

    /// The address of the one after.
    pub fn later(&self) -> Option<String> {
        let number = self.revision.number;
        (number < self.newest).then(|| href(number.saturating_add(1)))
    }
}

/// A piece of a text that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PieceView {
    /// It stands in both.
    Same(String),
    /// It went.
    Removed(String),
    /// It came.
    Added(String),
    /// Paragraphs are left out here, which stand in both.
    Unchanged,
}

impl PieceView {
    /// The pieces of a diff, with no more of what stayed than the paragraphs around each change.
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

/// What stayed, as far as it belongs to a paragraph with a change before or after it.
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
        let texts = pieces.iter().map(|it| match it {
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
