//! The data of the pages about revisions and their differences.

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
    /// The kind of the change from the revision before.
    pub kind: RevisionKind,
    /// When it was published.
    pub published: Millis,
    /// Its title.
    pub title: String,
    /// The organisers' note about the change.
    pub note: Option<String>,
    /// How many of today's supporters signed or like this text; typo fixes count as the same text.
    pub signed: u64,
}

impl RevisionView {
    /// The path of its page.
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
    /// The frame of the page.
    pub site: SiteView,
    /// All revisions, newest first.
    pub revisions: Vec<RevisionView>,
}

impl HistoryView {
    /// The number of the newest revision; 0 when there is none.
    pub fn newest(&self) -> u64 {
        self.revisions.first().map_or(0, |revision| revision.number)
    }
}

/// `/history/{n}`.
#[derive(Clone, Debug)]
pub struct RevisionPageView {
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

impl RevisionPageView {
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
