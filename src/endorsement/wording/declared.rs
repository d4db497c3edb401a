//! Self-declared names and affiliations: "I sign as Jane Doe, ACME", "I sign (Debian)".

use unicode_segmentation::UnicodeSegmentation as _;

use super::{
    Declared,
    clauses::{Clause, Sentence},
    phrases::{PhraseSection, Phrases},
    tokens::{Span, Word},
};
use crate::text::cut;

/// Longest name or affiliation that is recognised, in graphemes; a longer one stays in the statement.
const MAX_DECLARED: usize = 100;

/// Most bytes of parentheses in which the closing one is searched.
const MAX_PARENTHESES: usize = 1024;

/// The number of words in a name: "Jane Doe", "Juan de la Cruz y Soto".
const NAME_WORDS: std::ops::RangeInclusive<usize> = 2..=6;

/// Small words inside names.
const PARTICLES: [&str; 18] = [
    "von", "van", "der", "den", "de", "del", "della", "da", "di", "du", "la", "le", "zu", "zum",
    "bin", "al", "el", "y",
];

/// A declaration, and its part of the text.
pub(super) type FoundDeclaration = (Declared, Span);

impl Phrases {
    /// The declaration around the signing words up to `end` in the clause with this `index`.
    pub(super) fn declared(
        &self,
        text: &str,
        sentence: &Sentence,
        index: usize,
        end: usize,
    ) -> Option<FoundDeclaration> {
        let clause = sentence.clauses.get(index)?;
        let last = clause.words.get(end.checked_sub(1)?)?;
        in_parentheses(text, last.span.end)
            .or_else(|| self.after(text, sentence, index, end))
            .or_else(|| self.before(text, sentence, index))
            .filter(|(declared, _)| {
                let short = |part: &Option<String>| {
                    part.iter().all(|text| {
                        text.graphemes(true).take(MAX_DECLARED + 1).count() <= MAX_DECLARED
                    })
                };
                short(&declared.name) && short(&declared.affiliation)
            })
    }

    /// "… as Jane Doe, ACME" and "… on behalf of ACME", in the same clause or the next.
    fn after(
        &self,
        text: &str,
        sentence: &Sentence,
        index: usize,
        end: usize,
    ) -> Option<FoundDeclaration> {
        let here = sentence.clauses.get(index)?;
        let (index, clause, at) = if here.next(end) < here.words.len() {
            (index, here, here.next(end))
        } else {
            let next = index.saturating_add(1);
            let clause = sentence
                .clauses
                .get(next)
                .filter(|clause| clause.joining == 0)?;
            (next, clause, clause.first())
        };
        let from = clause.words.get(at)?.span.start;
        let rest = |start| clause.words.get(start..).filter(|word| !word.is_empty());
        if let Some(start) = self.longest(PhraseSection::DeclaresFor, &clause.words, at) {
            let affiliation = span(rest(start)?)?;
            let declared = Declared {
                name: None,
                affiliation: Some(affiliation.of(text).to_owned()),
            };
            return Some((
                declared,
                Span {
                    start: from,
                    end: affiliation.end,
                },
            ));
        }
        let words = rest(self.longest(PhraseSection::DeclaresAs, &clause.words, at)?)?;
        let said = span(words)?;
        if !is_name(text, words) {
            // "as Debian developer"; but "as I believe" and "as a teacher" are part of the statement.
            let title =
                is_capital(said.of(text)) && words.first().is_some_and(|word| word.text != "i");
            let declared = Declared {
                name: None,
                affiliation: Some(said.of(text).to_owned()),
            };
            return title.then_some((
                declared,
                Span {
                    start: from,
                    end: said.end,
                },
            ));
        }
        let next = sentence.clauses.get(index.saturating_add(1));
        let affiliation = next.and_then(|clause| affiliation(text, said.end, clause));
        let declared = Declared {
            name: Some(said.of(text).to_owned()),
            affiliation: affiliation.map(|span| span.of(text).to_owned()),
        };
        Some((
            declared,
            Span {
                start: from,
                end: affiliation.map_or(said.end, |span| span.end),
            },
        ))
    }

    /// "On behalf of ACME I sign", "On behalf of ACME, I sign".
    fn before(&self, text: &str, sentence: &Sentence, index: usize) -> Option<FoundDeclaration> {
        let clause = sentence.clauses.get(index)?;
        let own = self.longest(PhraseSection::DeclaresFor, &clause.words, clause.first());
        let words = if let Some(start) = own {
            let is_signing = |at: &usize| {
                self.longest(PhraseSection::Signs, &clause.words, *at)
                    .is_some()
            };
            let end = (start..clause.words.len()).find(is_signing)?;
            clause.words.get(start..end)?
        } else {
            let previous = sentence.clauses.get(index.checked_sub(1)?)?;
            let start = self.longest(
                PhraseSection::DeclaresFor,
                &previous.words,
                previous.first(),
            )?;
            previous.words.get(start..)?
        };
        let said = span(words)?;
        let whole = sentence.clauses.get(if own.is_some() {
            index
        } else {
            index.checked_sub(1)?
        })?;
        let start = span(&whole.words)?.start;
        let declared = Declared {
            name: None,
            affiliation: Some(said.of(text).to_owned()),
        };
        Some((
            declared,
            Span {
                start,
                end: said.end,
            },
        ))
    }
}

/// "(Debian)" or "(Jane Doe, ACME)" right after `end`.
fn in_parentheses(text: &str, end: usize) -> Option<FoundDeclaration> {
    let after = text.get(end..)?;
    let inside = after
        .trim_start_matches([' ', '\u{a0}'])
        .strip_prefix('(')?;
    let start = text.len().saturating_sub(inside.len());
    let line = cut(inside, MAX_PARENTHESES).lines().next()?;
    let (said, _) = line.split_once(')')?;
    let said = said.trim();
    if !is_capital(said) {
        return None;
    }
    let end = start.saturating_add(line.find(')')?).saturating_add(1);
    let (name, affiliation) = match said.split_once(',') {
        Some((name, rest)) if name_like(&name.split_whitespace().collect::<Vec<_>>()) => {
            (Some(name.trim().to_owned()), rest.trim())
        }
        Some(_) | None => (None, said),
    };
    let affiliation = Some(affiliation.to_owned()).filter(|text| !text.is_empty());
    Some((
        Declared { name, affiliation },
        Span {
            start: start.saturating_sub(1),
            end,
        },
    ))
}

/// The clause after a name, if only a comma or parenthesis separates them and it begins with a capital.
fn affiliation(text: &str, name_end: usize, clause: &Clause) -> Option<Span> {
    let said = span(&clause.words)?;
    let gap = Span {
        start: name_end,
        end: said.start,
    }
    .of(text);
    let joined = gap.chars().all(|c| c.is_whitespace() || ",(".contains(c));
    let first = clause.words.first()?;
    (joined && clause.joining == 0 && first.text != "i" && is_capital(said.of(text)))
        .then_some(said)
}

fn is_name(text: &str, words: &[Word]) -> bool {
    name_like(
        &words
            .iter()
            .map(|word| word.span.of(text))
            .collect::<Vec<_>>(),
    )
}

/// Two to six words with capitals, or in a script without case; particles may stand between.
fn name_like(words: &[&str]) -> bool {
    let ends = words.first().into_iter().chain(words.last());
    NAME_WORDS.contains(&words.len())
        && words
            .iter()
            .all(|word| is_capital(word) || PARTICLES.contains(word))
        && ends.into_iter().all(|word| is_capital(word))
}

fn is_capital(text: &str) -> bool {
    text.chars()
        .next()
        .is_some_and(|c| c.is_alphanumeric() && !c.is_lowercase())
}

/// The span from the first of `words` to the last.
fn span(words: &[Word]) -> Option<Span> {
    Some(Span {
        start: words.first()?.span.start,
        end: words.last()?.span.end,
    })
}
