//! The differences between two texts, word by word.
//!
//! Lines are compared first, so that an unchanged paragraph is never split; then the words of each run of
//! changed lines. Words are those of Unicode (UAX 29); blanks and signs between them are pieces of their own.

use serde::Serialize;
use similar::{Algorithm, DiffOp, capture_diff_slices};
use unicode_segmentation::UnicodeSegmentation as _;

use super::{Letter, TitleSource};

/// Most pieces that are compared one by one in a single place that differs completely. The work grows with
/// the square of the difference, and a letter may have four megabytes with hundreds of differing places.
/// Beyond the work of one such place in total, a differing part is replaced as a whole.
const MAX_COMPARED: usize = 8_000;

/// The change of a piece of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// In both texts.
    Same,
    /// In the earlier text alone.
    Removed,
    /// In the later text alone.
    Added,
}

/// A piece of text, never empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Piece {
    /// What became of it.
    pub change: Change,
    /// Its characters, blanks and line ends included.
    pub text: String,
}

impl Letter {
    /// The text that people sign, as Markdown: the text that the digest covers.
    pub fn signed_text(&self) -> String {
        match self.title_source {
            TitleSource::FrontMatter => format!("{}\n\n{}", self.title, self.body),
            TitleSource::Heading | TitleSource::Bold => self.body.clone(),
        }
    }
}

/// The differences from one text to another. All pieces that are not added make the earlier text, all that
/// are not removed the later one. A removed piece precedes the added one in its place.
pub fn diff(before: &str, after: &str) -> Vec<Piece> {
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let mut pieces = Pieces::default();
    let mut budget = ComparisonBudget::default();
    for op in budget.compare(&old, &new) {
        let (was, is) = (texts(&old, op.old_range()), texts(&new, op.new_range()));
        if matches!(op, DiffOp::Equal { .. }) {
            pieces.push(Change::Same, &is.concat());
        } else {
            by_words(&was.concat(), &is.concat(), &mut budget, &mut pieces);
        }
    }
    pieces.tidied()
}

fn by_words(before: &str, after: &str, budget: &mut ComparisonBudget, pieces: &mut Pieces) {
    let old: Vec<&str> = before.split_word_bounds().collect();
    let new: Vec<&str> = after.split_word_bounds().collect();
    for op in budget.compare(&old, &new) {
        let (was, is) = (texts(&old, op.old_range()), texts(&new, op.new_range()));
        if matches!(op, DiffOp::Equal { .. }) {
            pieces.push(Change::Same, &is.concat());
        } else {
            pieces.push(Change::Removed, &was.concat());
            pieces.push(Change::Added, &is.concat());
        }
    }
}

fn texts<'a>(all: &'a [&'a str], range: std::ops::Range<usize>) -> &'a [&'a str] {
    all.get(range).unwrap_or_default()
}

/// The work that is left for one pair of texts, in squares of differing pieces.
struct ComparisonBudget(usize);

impl Default for ComparisonBudget {
    fn default() -> Self {
        Self(MAX_COMPARED * MAX_COMPARED)
    }
}

impl ComparisonBudget {
    /// Compares two lists within the remaining budget.
    fn compare(&mut self, old: &[&str], new: &[&str]) -> Vec<DiffOp> {
        let same = |(a, b): &(&&str, &&str)| a == b;
        let start = old.iter().zip(new).take_while(same).count();
        let left = old.len().min(new.len()) - start;
        let end = old
            .iter()
            .rev()
            .zip(new.iter().rev())
            .take(left)
            .take_while(same)
            .count();
        let (old_len, new_len) = (old.len() - start - end, new.len() - start - end);
        let work = (old_len + new_len).saturating_pow(2);
        if let Some(rest) = self.0.checked_sub(work) {
            self.0 = rest;
            return capture_diff_slices(Algorithm::Myers, old, new);
        }
        vec![
            DiffOp::Equal {
                old_index: 0,
                new_index: 0,
                len: start,
            },
            DiffOp::Replace {
                old_index: start,
                old_len,
                new_index: start,
                new_len,
            },
            DiffOp::Equal {
                old_index: old.len() - end,
                new_index: new.len() - end,
                len: end,
            },
        ]
    }
}

/// Pieces in the order found. Neighbours of one kind are joined, and a change is one removal and one
/// addition.
#[derive(Default)]
struct Pieces {
    done: Vec<Piece>,
    removed: String,
    added: String,
}

impl Pieces {
    fn push(&mut self, change: Change, text: &str) {
        if text.is_empty() {
            return;
        }
        match change {
            Change::Removed => self.removed.push_str(text),
            Change::Added => self.added.push_str(text),
            Change::Same => {
                self.end_change();
                self.append(change, text.to_owned());
            }
        }
    }

    fn append(&mut self, change: Change, text: String) {
        match self.done.last_mut().filter(|piece| piece.change == change) {
            Some(last) => last.text.push_str(&text),
            None => self.done.push(Piece { change, text }),
        }
    }

    fn end_change(&mut self) {
        let (removed, added) = (
            std::mem::take(&mut self.removed),
            std::mem::take(&mut self.added),
        );
        for (change, text) in [(Change::Removed, removed), (Change::Added, added)] {
            if !text.is_empty() {
                self.append(change, text);
            }
        }
    }

    /// The pieces, with changes joined that only blanks separate: ~~two words~~ is more readable than ~~two~~
    /// ~~words~~.
    fn tidied(mut self) -> Vec<Piece> {
        self.end_change();
        let found = std::mem::take(&mut self.done);
        let last = found.len().saturating_sub(1);
        for (at, piece) in found.into_iter().enumerate() {
            let between = at > 0
                && at < last
                && piece.change == Change::Same
                && !piece.text.contains('\n')
                && piece.text.trim().is_empty();
            if between {
                self.removed.push_str(&piece.text);
                self.added.push_str(&piece.text);
            } else {
                self.push(piece.change, &piece.text);
            }
        }
        self.end_change();
        self.done
    }
}

#[cfg(test)]
mod tests;
