//! The limits of a typo: at most three changed words, and no number, name, link or negation.
//!
//! Both the file's text and its rendered form are compared, so that a paragraph cannot be struck out or
//! hidden in a comment as a correction. The lists of words are data, one file for each language; letters in
//! other languages are checked by all of them.
//!
//! A **name** is a word with a capital letter inside a sentence, a word at the beginning of a sentence that
//! has a capital letter inside another sentence of the text, a word with two capital letters (EU), or a word
//! of a signatory's name. German capitalises all nouns: there a slip of one letter in a word of five letters
//! or more does not change a name, unless it is a signatory's.

mod lists;
mod tokens;

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fmt,
};

use unicode_segmentation::UnicodeSegmentation as _;
use url::Url;

use self::{
    lists::{Lists, TypoSection, fold},
    tokens::{Reader, TypoToken},
};
use super::{
    Letter,
    diff::{Change, Piece, diff},
    page_html,
};
use crate::text::html_to_text;

/// Most words that a typo may change.
pub const MAX_WORDS: usize = 3;

/// More words than this are never a typo and are not compared one by one: a file may be hostile, and the
/// register is locked for writing during the comparison.
const MANY: usize = 100;

/// The same limit for words and signs in one place: a sign is not a word, but this many are not a typo
/// either.
const MANY_SIGNS: usize = 20 * MANY;

/// The shortest word, in letters, that may contain a slip in a language that capitalises all nouns.
const SLIP_IN: usize = 5;

/// Signs that belong to numbers; changing one changes a number.
const SIGNS: &str = "%‰$€£¥°+−±×÷<>=≤≥≈";

/// Why a change is more than a typo. Displayed as a part of a sentence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Beyond {
    /// The number of changed words, more than [`MAX_WORDS`]; includes the signs between them where there are
    /// thousands.
    Words(usize),
    /// A number, or a sign of one, that was added or removed.
    Number(String),
    /// A name that was added or removed.
    Name(String),
    /// The address of a link or picture that was added or removed.
    Link(String),
    /// A negation that was added or removed, or a word that became its opposite.
    Negation(String),
}

impl fmt::Display for Beyond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(n) => write!(f, "{n} words (a typo is at most {MAX_WORDS})"),
            Self::Number(what) => write!(f, "the number “{what}”"),
            Self::Name(what) => write!(f, "the name “{what}”"),
            Self::Link(what) => write!(f, "the link “{what}”"),
            Self::Negation(what) => write!(f, "the negation “{what}”"),
        }
    }
}

/// All reasons why a change is more than a typo; empty for a typo. `language` is the letter's, and its links
/// are relative to `base`.
pub fn beyond(before: &Letter, after: &Letter, language: &str, base: &Url) -> Vec<Beyond> {
    let lists = Lists::of(language);
    let pages = [before, after].map(|letter| page_html(letter, base));
    let [was_seen, is_seen] = pages.each_ref().map(|page| seen(page));
    let mut found = BTreeSet::new();
    let mut words = 0;
    for (was, is) in [
        (before.signed_text(), after.signed_text()),
        (was_seen, is_seen),
    ] {
        let known = Known {
            lists: &lists,
            signatories: signatories(&[before, after]),
            names: names_inside(&lists, &was)
                .union(&names_inside(&lists, &is))
                .cloned()
                .collect(),
        };
        let mut changed = 0;
        for (removed, added) in changes(&lists, &diff(&was, &is)) {
            changed += known.weigh(&removed, &added, changed, &mut found);
        }
        words = words.max(changed);
    }
    let [was, is] = pages.each_ref().map(|page| addresses(page));
    found.extend(
        was.symmetric_difference(&is)
            .map(|address| Beyond::Link(address.clone())),
    );
    if words > MAX_WORDS {
        found.insert(Beyond::Words(words));
    }
    found.into_iter().collect()
}

/// The words of a rendered page that are not struck out.
fn seen(html: &str) -> String {
    // `html_to_text` marks struck text like this.
    let text = html_to_text(html);
    let parts = text.split("~~").enumerate();
    parts
        .filter(|(at, _)| at % 2 == 0)
        .map(|part| part.1)
        .collect()
}

/// Every address in a rendered page, including those in its text.
fn addresses(html: &str) -> BTreeSet<String> {
    let attributes = [" href=\"", " src=\""].into_iter().flat_map(|name| {
        let mut parts = html.split(name);
        parts.next();
        parts.filter_map(|part| part.split('"').next())
    });
    let text = html_to_text(html);
    let written = text
        .split_whitespace()
        .filter(|word| word.contains("://") || word.contains("www.") || word.contains('@'))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '@' && c != '/'));
    attributes.chain(written).map(str::to_owned).collect()
}

/// The changes of a diff: the removed and the added tokens of each place.
fn changes(lists: &Lists, pieces: &[Piece]) -> Vec<(Vec<TypoToken>, Vec<TypoToken>)> {
    let (mut old, mut new) = (Reader::new(lists), Reader::new(lists));
    let mut changes = Vec::new();
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    for piece in pieces {
        match piece.change {
            Change::Removed => removed = old.read(&piece.text),
            Change::Added => added = new.read(&piece.text),
            Change::Same => {
                changes.push((std::mem::take(&mut removed), std::mem::take(&mut added)));
                old.read(&piece.text);
                new.read(&piece.text);
            }
        }
    }
    changes.push((removed, added));
    changes
}

/// The words with a capital letter inside the sentences of a text, folded.
fn names_inside(lists: &Lists, text: &str) -> HashSet<String> {
    let tokens = Reader::new(lists).read(text);
    let names = tokens
        .into_iter()
        .filter(|token| !token.begins && token.is_capitalised());
    names.map(|token| token.folded).collect()
}

/// The words of the names of both lists, folded.
fn signatories(letters: &[&Letter]) -> HashSet<String> {
    let names = letters.iter().flat_map(|letter| &letter.signatories);
    let words = names.flat_map(|signatory| signatory.name.unicode_words().map(fold));
    words.filter(|word| word.chars().count() > 1).collect()
}

/// The known words of two texts.
struct Known<'a> {
    lists: &'a Lists,
    signatories: HashSet<String>,
    names: HashSet<String>,
}

impl Known<'_> {
    /// Adds the reasons of one change to `found`. `before` words were changed earlier; returns how many this
    /// change adds.
    fn weigh(
        &self,
        removed: &[TypoToken],
        added: &[TypoToken],
        before: usize,
        found: &mut BTreeSet<Beyond>,
    ) -> usize {
        let signs = removed.len().max(added.len());
        if signs > MANY_SIGNS {
            return signs;
        }
        let words = |tokens: &[TypoToken]| {
            tokens
                .iter()
                .filter(|token| token.is_word())
                .cloned()
                .collect()
        };
        let (was, is): (Vec<TypoToken>, Vec<TypoToken>) = (words(removed), words(added));
        let changed = was.len().max(is.len());
        if before + changed > MANY {
            return changed;
        }
        found.extend(one_sided(removed, added, |token| self.is_number(token)).map(Beyond::Number));
        found.extend(one_sided(&was, &is, |token| self.is_negation(token)).map(Beyond::Negation));
        found.extend(self.contraries(&was, &is).map(Beyond::Negation));
        let (was_left, is_left) = self.without_slips(&was, &is);
        found.extend(one_sided(&was_left, &is_left, |token| self.is_name(token)).map(Beyond::Name));
        changed
    }

    fn is_number(&self, token: &TypoToken) -> bool {
        token
            .text
            .chars()
            .any(|c| c.is_numeric() || SIGNS.contains(c))
            || self.lists.has(TypoSection::Numbers, &token.folded)
    }

    fn is_negation(&self, token: &TypoToken) -> bool {
        token.folded.ends_with("n't") || self.lists.has(TypoSection::Negations, &token.folded)
    }

    fn is_name(&self, token: &TypoToken) -> bool {
        if self.lists.has(TypoSection::NotNames, &token.folded) {
            return false;
        }
        let known = self.names.contains(&token.folded) || self.signatories.contains(&token.folded);
        token.is_capitalised() && (known || !token.begins) || token.has_two_capitals()
    }

    /// The words that differ from one on the other side only by a prefix of opposites: legal, illegal.
    fn contraries(&self, was: &[TypoToken], is: &[TypoToken]) -> impl Iterator<Item = String> {
        let turned = |long: &TypoToken, short: &TypoToken| {
            let prefix = long.folded.strip_suffix(&short.folded);
            prefix.is_some_and(|prefix| self.lists.has(TypoSection::Prefixes, prefix))
        };
        let mut found = Vec::new();
        for old in was {
            for new in is {
                if turned(old, new) || turned(new, old) {
                    found.push(new.text.clone());
                }
            }
        }
        found.into_iter()
    }

    /// Both sides without the pairs that differ by a slip, in languages that capitalise all nouns.
    fn without_slips(
        &self,
        was: &[TypoToken],
        is: &[TypoToken],
    ) -> (Vec<TypoToken>, Vec<TypoToken>) {
        if !self.lists.nouns || was.len() != is.len() {
            return (was.to_vec(), is.to_vec());
        }
        let pairs = was.iter().zip(is).filter(|(old, new)| {
            let signs = |token: &TypoToken| self.signatories.contains(&token.folded);
            signs(old) || signs(new) || !is_slip(&old.folded, &new.folded)
        });
        pairs.map(|(old, new)| (old.clone(), new.clone())).unzip()
    }
}

/// The tokens of this kind on one side only. Case is ignored, except for words with two capitals: US, us.
fn one_sided(
    was: &[TypoToken],
    is: &[TypoToken],
    fits: impl Fn(&TypoToken) -> bool,
) -> impl Iterator<Item = String> {
    let key = |token: &TypoToken| {
        if token.has_two_capitals() {
            token.text.clone()
        } else {
            token.folded.clone()
        }
    };
    // The number of occurrences on either side.
    let mut counts: HashMap<String, [usize; 2]> = HashMap::new();
    for token in was {
        let [removed, _] = counts.entry(key(token)).or_default();
        *removed += 1;
    }
    for token in is {
        let [_, added] = counts.entry(key(token)).or_default();
        *added += 1;
    }
    let differs = |token: &&TypoToken| {
        let counted = counts.get(&key(token));
        counted.is_some_and(|[removed, added]| removed != added)
    };
    let found: BTreeSet<String> = was
        .iter()
        .chain(is)
        .filter(|token| fits(token))
        .filter(differs)
        .map(|token| token.text.clone())
        .collect();
    found.into_iter()
}

/// Whether two words differ in one letter: replaced, added, removed, or swapped with its neighbour.
fn is_slip(was: &str, is: &str) -> bool {
    let (was, is): (Vec<char>, Vec<char>) = (was.chars().collect(), is.chars().collect());
    if was.len().min(is.len()) < SLIP_IN {
        return false;
    }
    let start = was.iter().zip(&is).take_while(|(a, b)| a == b).count();
    let left = was.len().min(is.len()) - start;
    let (back, forth) = (was.iter().rev(), is.iter().rev());
    let end = back
        .zip(forth)
        .take(left)
        .take_while(|(a, b)| a == b)
        .count();
    let old = was.get(start..was.len() - end).unwrap_or_default();
    let new = is.get(start..is.len() - end).unwrap_or_default();
    match (old, new) {
        ([a, b], [c, d]) => (a, b) == (d, c),
        (old, new) => old.len() <= 1 && new.len() <= 1,
    }
}

#[cfg(test)]
mod tests;
