//! The lists of phrases, as data: two are built in, and the organisers may add one.

use std::{cmp::Reverse, collections::HashMap};

use super::tokens::{TokenKind, Word, tokenise};

/// Most words of one phrase; a longer one is a mistake.
const MAX_PHRASE_WORDS: usize = 12;

/// Most filling words that may stand inside a phrase: "I hereby very gladly sign".
const MAX_FILLING: usize = 4;

/// The built-in lists, with their names for tests.
const BUILT_IN: &[(&str, &str)] = &[
    ("phrases.en.txt", include_str!("../data/phrases.en.txt")),
    ("phrases.de.txt", include_str!("../data/phrases.de.txt")),
];

/// The purpose of a phrase. The data files explain each section; the names are theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PhraseSection {
    Signs,
    Alone,
    Nearly,
    DoesNot,
    Withdraws,
    Negations,
    Doubt,
    Reports,
    Borders,
    Filling,
    Letter,
    It,
    Own,
    GoesOn,
    Other,
    DeclaresAs,
    DeclaresFor,
}

impl PhraseSection {
    const NAMES: [(&'static str, Self); 17] = [
        ("signs", Self::Signs),
        ("alone", Self::Alone),
        ("nearly", Self::Nearly),
        ("does_not", Self::DoesNot),
        ("withdraws", Self::Withdraws),
        ("negations", Self::Negations),
        ("doubt", Self::Doubt),
        ("reports", Self::Reports),
        ("borders", Self::Borders),
        ("filling", Self::Filling),
        ("letter", Self::Letter),
        ("it", Self::It),
        ("own", Self::Own),
        ("goes_on", Self::GoesOn),
        ("other", Self::Other),
        ("declares_as", Self::DeclaresAs),
        ("declares_for", Self::DeclaresFor),
    ];

    fn of_name(name: &str) -> Option<Self> {
        Self::NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, section)| *section)
    }
}

/// A list of phrases that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot read the phrases at line {line}: {fault}")]
pub struct BadPhrases {
    /// Number of the line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub fault: PhraseFault,
}

/// A fault in a line of phrases.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhraseFault {
    /// A section of that name does not exist.
    #[error("there is no section \"{0}\"; the sections are {known}", known = section_names())]
    UnknownSection(String),
    /// A phrase stands above the first section.
    #[error("a phrase stands before the first section, such as [signs]")]
    NoSection,
    /// The line has no letter and no digit.
    #[error("\"{0}\" has no word in it")]
    NoWord(String),
    /// The phrase is too long.
    #[error("the phrase has {0} words, more than {MAX_PHRASE_WORDS}")]
    TooLong(usize),
}

fn section_names() -> String {
    PhraseSection::NAMES.map(|(name, _)| name).join(", ")
}

/// All phrases, of every language at once: people may sign a letter in another language than its own.
#[derive(Clone, Debug)]
pub struct Phrases {
    /// Phrases by their first word; the longest first.
    by_first: HashMap<String, Vec<Phrase>>,
}

#[derive(Clone, Debug)]
struct Phrase {
    section: PhraseSection,
    words: Vec<String>,
}

impl Phrases {
    /// The English and German phrases that are shipped.
    #[expect(clippy::missing_panics_doc, reason = "the built-in lists are valid")]
    #[expect(
        clippy::expect_used,
        reason = "the lists are compiled in; a test reads them"
    )]
    pub fn built_in() -> Self {
        let mut phrases = Self {
            by_first: HashMap::new(),
        };
        for (_, text) in BUILT_IN {
            phrases.add(text).expect("the shipped phrases can be read");
        }
        phrases
    }

    /// The shipped phrases and those of `extra`, the content of `endorsing.phrases_file`.
    ///
    /// The format is that of the shipped files: a section in brackets, then one phrase a line; empty lines
    /// and text after a `#` are ignored. Fails at the first line that cannot be read.
    pub fn with_extra(extra: &str) -> Result<Self, BadPhrases> {
        let mut phrases = Self::built_in();
        phrases.add(extra)?;
        Ok(phrases)
    }

    fn add(&mut self, text: &str) -> Result<(), BadPhrases> {
        let mut section = None;
        for (line, number) in text.lines().zip(1..) {
            let line = line.split('#').next().unwrap_or_default().trim();
            let at = |fault| BadPhrases {
                line: number,
                fault,
            };
            let heading = line
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'));
            if let Some(name) = heading {
                let known = PhraseSection::of_name(name.trim());
                section =
                    Some(known.ok_or_else(|| at(PhraseFault::UnknownSection(name.to_owned())))?);
            } else if !line.is_empty() {
                let section = section.ok_or_else(|| at(PhraseFault::NoSection))?;
                self.add_phrase(section, line).map_err(at)?;
            }
        }
        for phrases in self.by_first.values_mut() {
            phrases.sort_by_key(|phrase| Reverse(phrase.words.len()));
        }
        Ok(())
    }

    fn add_phrase(&mut self, section: PhraseSection, line: &str) -> Result<(), PhraseFault> {
        let words: Vec<String> = tokenise(line)
            .into_iter()
            .filter_map(|token| {
                if let TokenKind::Word(word) = token.kind {
                    Some(word)
                } else {
                    None
                }
            })
            .collect();
        if words.len() > MAX_PHRASE_WORDS {
            return Err(PhraseFault::TooLong(words.len()));
        }
        let first = words
            .first()
            .cloned()
            .ok_or_else(|| PhraseFault::NoWord(line.to_owned()))?;
        self.by_first
            .entry(first)
            .or_default()
            .push(Phrase { section, words });
        Ok(())
    }

    /// The end of the longest phrase of `section` that begins at index `at`.
    pub(super) fn longest(
        &self,
        section: PhraseSection,
        words: &[Word],
        at: usize,
    ) -> Option<usize> {
        let phrases = self.by_first.get(&words.get(at)?.text)?;
        phrases
            .iter()
            .filter(|phrase| phrase.section == section)
            .find_map(|phrase| end_of(&phrase.words, words, at))
    }

    /// Whether a phrase of `section` occurs among `words`; filling words are skipped.
    pub(super) fn any(&self, section: PhraseSection, words: &[Word]) -> bool {
        let is_here = |(at, word): (usize, &Word)| {
            !word.filling && self.longest(section, words, at).is_some()
        };
        words.iter().enumerate().any(is_here)
    }
}

/// The end of `phrase` if it begins at index `at`; filling words may stand inside it.
fn end_of(phrase: &[String], words: &[Word], at: usize) -> Option<usize> {
    let mut here = at;
    for expected in phrase {
        let mut skipped = 0;
        while words
            .get(here)
            .is_some_and(|word| word.filling && word.text != *expected)
            && here > at
            && skipped < MAX_FILLING
        {
            skipped = skipped.saturating_add(1);
            here = here.saturating_add(1);
        }
        if words.get(here)?.text != *expected {
            return None;
        }
        here = here.saturating_add(1);
    }
    Some(here)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_phrase_can_be_read() {
        for (name, text) in BUILT_IN {
            let mut phrases = Phrases {
                by_first: HashMap::new(),
            };
            assert_eq!(phrases.add(text), Ok(()), "{name}");
            for (heading, _) in PhraseSection::NAMES {
                assert!(
                    text.contains(&format!("[{heading}]")),
                    "{name} lacks {heading}"
                );
            }
        }
    }

    #[test]
    fn a_bad_line_is_named() {
        let check = |text: &str, expected: &str| {
            assert_eq!(Phrases::with_extra(text).unwrap_err().to_string(), expected);
        };
        check(
            "# mine\n\nje signe",
            "cannot read the phrases at line 3: a phrase stands before the first section, such as [signs]",
        );
        check(
            "[signs]\n…",
            "cannot read the phrases at line 2: \"…\" has no word in it",
        );
        check(
            &format!("[signs]\n{}", "a ".repeat(13)),
            "cannot read the phrases at line 2: the phrase has 13 words, more than 12",
        );
        let unknown = Phrases::with_extra("[sings]\nje signe").unwrap_err();
        assert_eq!(
            (unknown.line, &unknown.fault),
            (1, &PhraseFault::UnknownSection("sings".to_owned()))
        );
        assert!(
            unknown
                .to_string()
                .contains("the sections are signs, alone, ")
        );
    }
}
