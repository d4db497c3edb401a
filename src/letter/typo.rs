//! What may be called a typo: a slip inside words.
//!
//! Both texts are read as a sequence of words, compared in pairs from the first to the last, so that a word
//! that was put in, taken out or moved is never a typo. Both the file's text and its rendered form are
//! compared, so that a paragraph cannot be struck out or hidden in a comment as a correction. There are no
//! lists of words: a negation or a prefix of opposites is no single letter behind the first two.

use std::fmt;

use unicode_segmentation::UnicodeSegmentation as _;
use url::Url;

use super::{Letter, page_html, render::text_without_title};
use crate::text::html_to_text;

/// The shortest word, in letters, that may contain a slip.
const SLIP_IN: usize = 5;

/// How many letters at the beginning of a word a slip leaves alone: `in` and `ex`, `il` and `le`.
const KEPT: usize = 2;

/// Most reasons that are named.
const MOST_REASONS: usize = 5;

/// The punctuation that may change, besides blanks. Every other sign counts like a word: `%`, `<`, `~`.
const MARKS: &str = ".,;:!?…¡¿'\"‘’‚“”„«»‹›()-‐‑–—*_#`。、，．：；！？「」『』（）・،؛؟।॥";

/// The marks after which a sentence begins.
const ENDS: &str = ".:!?…。．：！？؟।॥";

/// The marks that belong to a number before which they stand.
const OF_NUMBERS: &str = "-‐‑.,";

/// Besides blanks, the signs that end an address in Markdown and HTML.
const AROUND_ADDRESSES: &str = "()[]<>\"";

/// Why a change is more than a typo. Displayed as a part of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Beyond {
    /// Words that were put in or taken out: how many there were, and how many there are.
    Words(usize, usize),
    /// A word that became another one.
    Word(String, String),
    /// A number, or a sign that is no punctuation, that became another one.
    Number(String, String),
    /// A word with a capital inside the sentence on one side at least.
    Capital(String, String),
    /// The address of a link or picture that changed; empty where there is none.
    Link(String, String),
    /// The title, in more than capitals and punctuation.
    Title,
}

impl fmt::Display for Beyond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(was, is) => write!(f, "the number of words (from {was} to {is})"),
            Self::Word(was, is) => write!(f, "the word “{was}” to “{is}”"),
            Self::Number(was, is) => write!(f, "the number or sign “{was}” to “{is}”"),
            Self::Capital(was, is) => {
                write!(f, "“{was}” to “{is}”, with a capital inside the sentence")
            }
            Self::Link(was, is) => write!(f, "the link “{was}” to “{is}”"),
            Self::Title => f.write_str("the title"),
        }
    }
}

/// The reasons why a change is more than a typo, five at most; empty for a typo. `language` is the letter's, and
/// its links are relative to `base`.
pub fn beyond(before: &Letter, after: &Letter, language: &str, base: &Url) -> Vec<Beyond> {
    let mut found = Vec::new();
    if title(before) != title(after) {
        found.push(Beyond::Title);
    }
    let pages = [before, after].map(|letter| page_html(letter, base));
    let [was, is] = pages.each_ref().map(|page| addresses(page));
    found.extend(other_link(&was, &is));
    let nouns = capitalises_nouns(language);
    for [was, is] in [
        [before, after].map(text_without_title),
        pages.each_ref().map(|page| seen(page)),
    ] {
        let (was, is) = (words(&was), words(&is));
        if was.len() != is.len() {
            found.push(Beyond::Words(was.len(), is.len()));
            continue;
        }
        let pairs = was.iter().zip(&is);
        let reasons = pairs.filter_map(|(was, is)| judge(was, is, nouns));
        for reason in reasons.take(MOST_REASONS) {
            if !found.contains(&reason) {
                found.push(reason);
            }
        }
    }
    found.truncate(MOST_REASONS);
    found
}

/// Whether a language writes all nouns with a capital, so that a slip in a noun is no slip in a name.
fn capitalises_nouns(language: &str) -> bool {
    let primary = language.split(['-', '_']).next().unwrap_or_default();
    ["de", "gsw", "lb", "nds"]
        .iter()
        .any(|known| primary.eq_ignore_ascii_case(known))
}

/// What is compared as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TypoTokenKind {
    Word,
    /// A sign that is no punctuation.
    Sign,
    /// A web or e-mail address, or a host.
    Address,
}

/// A word as typed, with one kind of apostrophe, and without the capital that begins a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
struct TypoToken {
    text: String,
    kind: TypoTokenKind,
}

/// The words and signs of a text, in their order.
fn words(text: &str) -> Vec<TypoToken> {
    let mut words = Vec::new();
    // What stands between the word before and the next one. The text begins a sentence.
    let mut gap = String::from("\n\n");
    for part in text.split_inclusive(|c: char| c.is_whitespace() || AROUND_ADDRESSES.contains(c)) {
        let address = part.trim_matches(|c: char| !c.is_alphanumeric());
        if is_address(part) {
            let (before, after) = part.rsplit_once(address).unwrap_or_default();
            read_words(before, &mut gap, &mut words);
            words.push(TypoToken {
                text: address.to_owned(),
                kind: TypoTokenKind::Address,
            });
            gap.clear();
            read_words(after, &mut gap, &mut words);
        } else {
            read_words(part, &mut gap, &mut words);
        }
    }
    words
}

/// Whether a part of a text without blanks is an address: `a@b.example`, `https://…`, `b.example`.
fn is_address(part: &str) -> bool {
    let mut before = None;
    let parts = part.split('.');
    let mut dotted = false;
    for piece in parts {
        let begins = piece.starts_with(char::is_alphabetic);
        dotted |= before == Some(true) && begins;
        before = Some(piece.ends_with(char::is_alphanumeric));
    }
    dotted || part.contains("://") || part.contains('@') && part.contains(char::is_alphanumeric)
}

/// Adds the words and signs of a text without addresses.
fn read_words(text: &str, gap: &mut String, words: &mut Vec<TypoToken>) {
    let mut pieces = text.split_word_bounds().peekable();
    while let Some(piece) = pieces.next() {
        // Word boundaries count the low line to the word.
        let word = piece.trim_matches('_');
        if word.contains(char::is_alphanumeric) {
            let typed = word.replace('’', "'");
            let text = if begins_sentence(gap) {
                without_first_capital(&typed)
            } else {
                typed
            };
            words.push(TypoToken {
                text,
                kind: TypoTokenKind::Word,
            });
            gap.clear();
            continue;
        }
        let before_number = pieces
            .peek()
            .is_some_and(|next| next.starts_with(char::is_numeric));
        for sign in piece.chars() {
            let of_number = before_number && OF_NUMBERS.contains(sign);
            if of_number || !(sign.is_whitespace() || MARKS.contains(sign)) {
                words.push(TypoToken {
                    text: sign.to_string(),
                    kind: TypoTokenKind::Sign,
                });
            }
        }
        gap.push_str(piece);
    }
}

/// Whether a word after these blanks and marks begins a sentence, a paragraph, a heading or a list's entry.
fn begins_sentence(gap: &str) -> bool {
    let mut later_lines = gap.split('\n').skip(1);
    gap.contains("\n\n")
        || gap.contains(|c| ENDS.contains(c))
        || later_lines.any(|line| line.contains(['#', '-', '*']))
}

/// The text with its first letter in lower case.
fn without_first_capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_lowercase);
    first.chain(chars).collect()
}

/// Why one word in the place of another is no slip.
fn judge(was: &TypoToken, is: &TypoToken, nouns: bool) -> Option<Beyond> {
    if was == is {
        return None;
    }
    let [was_text, is_text] = [was, is].map(|word| word.text.clone());
    let either = |fits: &dyn Fn(&TypoToken) -> bool| fits(was) || fits(is);
    if either(&|word| word.kind == TypoTokenKind::Address) {
        return Some(Beyond::Link(was_text, is_text));
    }
    if either(&|word| word.kind == TypoTokenKind::Sign || word.text.contains(char::is_numeric)) {
        return Some(Beyond::Number(was_text, is_text));
    }
    let [was_folded, is_folded] = [was, is].map(|word| word.text.to_lowercase());
    let is_same = was_folded == is_folded;
    if !is_same && !is_slip(&was_folded, &is_folded) {
        return Some(Beyond::Word(was_text, is_text));
    }
    let (was_capitals, is_capitals) = (capitals(&was.text), capitals(&is.text));
    let both_nouns = nouns && !is_same && was_capitals == [0] && is_capitals == [0];
    let has_capital = !was_capitals.is_empty() || !is_capitals.is_empty();
    (has_capital && !both_nouns).then_some(Beyond::Capital(was_text, is_text))
}

/// The places of the capital letters in a word.
fn capitals(word: &str) -> Vec<usize> {
    let letters = word.chars().enumerate();
    letters
        .filter(|(_, letter)| letter.is_uppercase())
        .map(|(at, _)| at)
        .collect()
}

/// Whether two words of five letters or more differ by one letter put in, left out or changed, or by two
/// neighbours swapped, behind their first two letters.
fn is_slip(was: &str, is: &str) -> bool {
    let (was, is): (Vec<char>, Vec<char>) = (was.chars().collect(), is.chars().collect());
    let letters = |word: &[char]| word.iter().filter(|c| c.is_alphabetic()).count();
    let start = was.iter().zip(&is).take_while(|(a, b)| a == b).count();
    if letters(&was).min(letters(&is)) < SLIP_IN || start < KEPT {
        return false;
    }
    let left = was.len().min(is.len()).saturating_sub(start);
    let end = (was.iter().rev().zip(is.iter().rev()))
        .take(left)
        .take_while(|(a, b)| a == b)
        .count();
    let old = was.get(start..was.len().saturating_sub(end));
    let new = is.get(start..is.len().saturating_sub(end));
    match (old.unwrap_or_default(), new.unwrap_or_default()) {
        ([a, b], [c, d]) => (a, b) == (d, c),
        (old, new) => old.len() <= 1 && new.len() <= 1,
    }
}

/// The title without capitals and punctuation.
fn title(letter: &Letter) -> Vec<String> {
    let words = words(&letter.title).into_iter();
    words.map(|word| word.text.to_lowercase()).collect()
}

/// The words of a rendered page that are not struck out. Each of its lines is a paragraph, an entry of a list or a
/// line of a verse, and begins with a sentence.
fn seen(html: &str) -> String {
    // `html_to_text` marks struck text like this.
    let text = html_to_text(html).replace('\n', "\n\n");
    text.split("~~").step_by(2).collect()
}

/// Every address in a rendered page, in its order.
fn addresses(html: &str) -> Vec<&str> {
    let tags = html.split('<').filter_map(|piece| piece.split('>').next());
    tags.filter_map(|tag| {
        let mut parts = [" href=\"", " src=\""].into_iter();
        parts.find_map(|name| tag.split_once(name)?.1.split('"').next())
    })
    .collect()
}

/// The first address that is another one.
fn other_link(was: &[&str], is: &[&str]) -> Option<Beyond> {
    let at = (0..was.len().max(is.len())).find(|at| was.get(*at) != is.get(*at))?;
    let [was, is] = [was, is].map(|all| (*all.get(at).unwrap_or(&"")).to_owned());
    Some(Beyond::Link(was, is))
}

#[cfg(test)]
mod tests;
