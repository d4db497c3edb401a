//! Names of people and organisations, recognised by their capital letters.

use super::{
    phrases::SigningVocabulary,
    reader::SentenceReader,
    tokens::{Span, TokenKind},
};

/// The number of words in a person's name: "Jane Doe", "Juan de la Cruz y Soto".
const PERSON: std::ops::RangeInclusive<usize> = 2..=6;

/// The number of words in the name of an organisation or place.
const GROUP: std::ops::RangeInclusive<usize> = 1..=6;

/// Small words inside names.
const PARTICLES: [&str; 24] = [
    "von", "van", "der", "den", "de", "del", "della", "da", "do", "dos", "di", "du", "la", "le",
    "zu", "zum", "bin", "al", "el", "y", "e", "of", "for", "und",
];

/// A name and an affiliation, by their places in the text.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SelfNamed {
    pub(super) name: Option<Span>,
    pub(super) affiliation: Option<Span>,
}

impl SelfNamed {
    pub(super) fn is_empty(self) -> bool {
        self.name.is_none() && self.affiliation.is_none()
    }

    /// Both, where the first that was said counts.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            name: self.name.or(other.name),
            affiliation: self.affiliation.or(other.affiliation),
        }
    }
}

/// Whose name it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    People,
    Groups,
}

impl Names {
    /// The end of the name that begins at `at`: words with capitals, none of them known to the language or a warning;
    /// particles may stand between. A sentence in capitals has no names, because all of its words look like some.
    pub(super) fn end(self, reader: &SentenceReader<'_>, at: usize) -> Option<usize> {
        let sentence = reader.sentence;
        if sentence.shouts {
            return None;
        }
        let counts = if self == Self::People { PERSON } else { GROUP };
        let mut end = at;
        let mut here = at;
        while here < at.saturating_add(*counts.end()) {
            let (Some(word), Some(TokenKind::Word(known))) =
                (sentence.original(here), sentence.kind(here))
            else {
                break;
            };
            let next = here.saturating_add(1);
            if self.fits(word) && !self.is_known(reader.language, known) && !reader.warns_at(here) {
                end = next;
            } else if here == at || !PARTICLES.contains(&word) {
                break;
            }
            here = next;
        }
        let count = end.saturating_sub(at);
        let one_noun = count == 1
            && reader.language.capitalises_nouns()
            && sentence.original(at).is_some_and(is_title);
        (counts.contains(&count) && !one_noun).then_some(end)
    }

    fn is_known(self, language: &SigningVocabulary, word: &str) -> bool {
        match self {
            Self::People => language.knows_at_all(word),
            Self::Groups => language.knows(word),
        }
    }

    fn fits(self, word: &str) -> bool {
        match self {
            Self::People => is_title(word) || (word.chars().count() == 1 && is_capital(word)),
            Self::Groups => is_capital(word) || word.chars().skip(1).any(char::is_uppercase),
        }
    }
}

/// The affiliation after a name and a comma; without one, the end of the name.
pub(super) fn after_comma(reader: &SentenceReader<'_>, end: usize) -> (usize, Option<Span>) {
    let from = end.saturating_add(1);
    let comma = reader.sentence.original(end) == Some(",");
    match Names::Groups.end(reader, from).filter(|_| comma) {
        Some(group) => (group, reader.sentence.span(from, group)),
        None => (end, None),
    }
}

/// "(Debian)" or "(Jane Doe, ACME)" at `at`: its end, and what it names.
pub(super) fn in_parentheses(reader: &SentenceReader<'_>, at: usize) -> Option<(usize, SelfNamed)> {
    let sentence = reader.sentence;
    let is = |at, sign| sentence.original(at) == Some(sign);
    if !is(at, "(") {
        return None;
    }
    let from = at.saturating_add(1);
    let group = Names::Groups.end(reader, from)?;
    let (end, named) = if is(group, ",") {
        let name = Names::People.end(reader, from)?;
        let (end, affiliation) = after_comma(reader, name);
        let name = sentence.span(from, name);
        (end, SelfNamed { name, affiliation })
    } else {
        let affiliation = sentence.span(from, group);
        let name = None;
        (group, SelfNamed { name, affiliation })
    };
    is(end, ")").then(|| (end.saturating_add(1), named))
}

/// Whether the tokens are those of an entry in a list of names: "Jana Novak, @jana (ACME)".
pub(super) fn is_entry(reader: &SentenceReader<'_>) -> bool {
    let sentence = reader.sentence;
    let first = (0..sentence.len()).find(|at| sentence.is_word(*at));
    let Some(name) = first.and_then(|first| Names::People.end(reader, first)) else {
        return false;
    };
    let mut at = name;
    while at < sentence.len() {
        at = match (in_parentheses(reader, at), after_comma(reader, at)) {
            (Some((end, _)), _) | (None, (end, Some(_))) => end,
            (None, (_, None)) if sentence.is_word(at) => return false,
            (None, (_, None)) => at.saturating_add(1),
        };
    }
    true
}

fn is_capital(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_uppercase)
}

fn is_title(word: &str) -> bool {
    is_capital(word) && word.chars().any(char::is_lowercase)
}
