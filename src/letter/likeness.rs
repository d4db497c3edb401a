//! Whether a line is a name, a sentence, or neither: by capital letters and the shipped word lists.

use super::{
    signatory_line::Parts,
    word_lists::{LetterTerms, bare},
};

/// Most words of a name; sentences have more.
const MAX_WORDS: usize = 14;
/// Most characters of a name in a script without capital letters.
const MAX_UNCASED: usize = 30;
/// Most words of the name of an organisation in small letters.
const MAX_ORGANISATION: usize = 9;
/// Most words of a line about a date or a number.
const MAX_COUNT_WORDS: usize = 8;

/// What an entry looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Likeness {
    /// A person or an organisation.
    Name,
    /// One or two words in small letters: a name among names.
    Maybe,
    /// More words in small letters, without a word that only sentences have.
    Doubtful,
    /// A sentence, a demand.
    Sentence,
    /// A date, a number, a line that keeps the place of a name, an instruction.
    Placeholder,
}

impl Likeness {
    /// What an entry looks like; `parts` is how it was read.
    pub(super) fn of(text: &str, parts: Option<&Parts>) -> Self {
        let Some(parts) = parts else {
            let long = text.split_whitespace().count() > 4 && !text.contains("~~");
            return if long {
                Self::Sentence
            } else {
                Self::Placeholder
            };
        };
        if is_placeholder(text, parts) {
            return Self::Placeholder;
        }
        let looks = of_name(&parts.name);
        let known = parts.handle.is_some() && !matches!(looks, Self::Sentence);
        if known && parts.name.split_whitespace().count() <= 4 {
            return Self::Name;
        }
        if looks != Self::Sentence && ends_a_sentence(text, parts) {
            return Self::Sentence;
        }
        looks
    }
}

/// Whether a line ends like a sentence; a full stop after a short word marks an abbreviation.
fn ends_a_sentence(text: &str, parts: &Parts) -> bool {
    let text = text.trim_end_matches(['*', '_']);
    let words = parts.name.split_whitespace().count();
    text.ends_with(':')
        || (text.ends_with(['!', '?', '。', '！', '？']) && words > 2)
        || (text.ends_with('.') && words > 5)
}

/// What a name looks like by itself.
fn of_name(name: &str) -> Likeness {
    let words: Vec<&str> = name.split_whitespace().collect();
    let letters = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    let is_sentence = |word: &&&str| {
        let word = letters(word);
        word.starts_with(char::is_lowercase) && LetterTerms::Sentence.has(&word)
    };
    if words.len() > MAX_WORDS || words.iter().any(|word| is_sentence(&word)) {
        return Likeness::Sentence;
    }
    let first = words.first().map(|word| letters(word)).unwrap_or_default();
    let second = words.get(1).map(|word| letters(word)).unwrap_or_default();
    let small_second = second.starts_with(char::is_lowercase);
    let pronoun = LetterTerms::Sentence.has(&first.to_lowercase()) && first.chars().count() > 1;
    if small_second && pronoun {
        return Likeness::Sentence;
    }
    if words.len() > 2 && first.starts_with(char::is_lowercase) && LetterTerms::Verbs.has(&first) {
        return Likeness::Sentence;
    }
    if words.len() > 1 && small_second && LetterTerms::Verbs.has(&first.to_lowercase()) {
        return Likeness::Sentence;
    }
    if !name.chars().any(|c| c.is_lowercase() || c.is_uppercase()) {
        let short = name.chars().count() <= MAX_UNCASED && !name.contains(['。', '؟', '।']);
        return if short {
            Likeness::Name
        } else {
            Likeness::Doubtful
        };
    }
    by_capitals(&words, &letters)
}

/// Whether the words that carry a name have capital letters.
fn by_capitals(words: &[&str], letters: &dyn Fn(&str) -> String) -> Likeness {
    let is_particle = |word: &str| {
        let word = letters(word);
        LetterTerms::Particles.has(&word) || word.starts_with("d'") || word.starts_with("d’")
    };
    let is_small = |word: &str| letters(word).starts_with(char::is_lowercase);
    // "jane@", "iPhone" and "eBay" are no words in small letters.
    let has_capital = |word: &str| word.chars().any(char::is_uppercase);
    let carrying: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| !is_particle(word))
        .collect();
    let small = carrying
        .iter()
        .filter(|word| is_small(word) && !has_capital(word))
        .count();
    let first_fits = words
        .first()
        .is_some_and(|word| !is_small(word) || has_capital(word) || is_particle(word));
    let last_fits = words
        .last()
        .is_some_and(|word| !is_small(word) || has_capital(word));
    if first_fits && last_fits && small * 4 <= carrying.len() && !carrying.is_empty() {
        Likeness::Name
    } else if first_fits
        && words.len() <= MAX_ORGANISATION
        && words.first().is_some_and(|word| {
            !is_small(word) && LetterTerms::Organisations.has(&letters(word).to_lowercase())
        })
    {
        // "Ligue des arbres": only the first word has a capital letter in many languages.
        Likeness::Name
    } else if words.len() <= 2 && words.first().is_some_and(|word| is_small(word)) {
        Likeness::Maybe
    } else {
        Likeness::Doubtful
    }
}

/// Whether an entry may be taken among names: it is one, or might be.
pub(super) fn may_be_a_name(likeness: Likeness, parts: &Parts) -> bool {
    match likeness {
        Likeness::Name | Likeness::Maybe => true,
        Likeness::Doubtful => {
            let words: Vec<&str> = parts.name.split_whitespace().collect();
            let sentence = words.iter().any(|word| {
                matches!(
                    *word,
                    "the" | "for" | "to" | "with" | "für" | "para" | "pour"
                )
            });
            let spoken = words.len() <= 5 && !sentence;
            spoken || parts.handle.is_some() || parts.url.is_some()
        }
        Likeness::Sentence => parts.handle.is_some() && parts.name.split_whitespace().count() <= 4,
        Likeness::Placeholder => false,
    }
}

/// Whether a text is a personal name: two to four words with capital letters, none of an office, organisation or
/// place.
pub(super) fn is_personal(name: &str) -> bool {
    let words: Vec<&str> = name.split_whitespace().collect();
    let fits = |word: &&str| {
        let small = word.to_lowercase();
        let known = small.trim_matches(|c: char| !c.is_alphanumeric() && c != '.');
        !LetterTerms::Offices.has(known.trim_end_matches('.'))
            && !LetterTerms::Organisations.has(known.trim_end_matches('.'))
            && !word.chars().any(char::is_numeric)
            && (word.starts_with(|c: char| c.is_alphabetic() && !c.is_lowercase())
                || LetterTerms::Particles.has(&small))
    };
    let capital = |word: &&str| word.chars().next().is_some_and(|c| !c.is_lowercase());
    (2..=4).contains(&words.len())
        && words.iter().all(fits)
        && words
            .first()
            .is_some_and(|word| capital(word) || words.len() > 2)
        && words.last().is_some_and(capital)
        && words.iter().filter(|word| capital(word)).count() >= 2
        && words.first().is_some_and(|word| {
            word.chars().filter(|c| c.is_uppercase()).count() < 3 || word.len() < 3
        })
        && !LetterTerms::Places.has(&bare(name))
        && !words.first().is_some_and(|word| {
            matches!(
                word.to_lowercase().as_str(),
                "the" | "die" | "das" | "la" | "les" | "los"
            )
        })
}

/// Whether a line says an office or an organisation.
pub(super) fn is_office_or_organisation(text: &str) -> bool {
    bare_words(text)
        .iter()
        .any(|word| LetterTerms::Offices.has(word) || LetterTerms::Organisations.has(word))
}

/// Whether a line says an office and nothing that could be a name of its own.
pub(super) fn is_office(text: &str) -> bool {
    let words = bare_words(text);
    words
        .first()
        .is_some_and(|word| LetterTerms::Offices.has(word))
        || words
            .last()
            .is_some_and(|word| LetterTerms::Offices.has(word))
}

fn bare_words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    lower
        .split(|c: char| c.is_whitespace() || ",;()/".contains(c))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

/// Whether a line says a date or a number, keeps a place for a name, or says what to do.
fn is_placeholder(text: &str, parts: &Parts) -> bool {
    let said = bare(text);
    let label = text
        .split_once([':', '：'])
        .is_some_and(|(label, _)| LetterTerms::Labels.has(&bare(label)) && !bare(label).is_empty());
    let number = text.split_once([':', '：']).is_some_and(|(_, number)| {
        number.chars().any(char::is_numeric) && !number.chars().any(char::is_alphabetic)
    });
    (label || number) && parts.handle.is_none()
        || is_reserved(&parts.name)
        || LetterTerms::PlaceholderBegins.begins(&said)
        || LetterTerms::Placeholders.has(&said)
        || is_date(&parts.name)
        || (is_place_and_date(text) && !is_personal(&parts.name))
        || is_count(text)
}

/// Whether a name keeps the place of one, as "Your name" does.
pub(super) fn is_reserved(name: &str) -> bool {
    let said = bare(name);
    LetterTerms::Placeholders.has(&said) || LetterTerms::PlaceholderBegins.begins(&said)
}

/// Whether a text is nothing but a date.
pub(super) fn is_date(text: &str) -> bool {
    let mut digits = false;
    let lower = text.to_lowercase();
    let mut words = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .peekable();
    words.peek().is_some()
        && words.all(|word| {
            let number = word.trim_end_matches(|c: char| c.is_alphabetic());
            let ordinal = !number.is_empty() && word.len() - number.len() <= 2;
            digits |= word.chars().all(|c| c.is_ascii_digit()) || ordinal;
            word.chars().all(|c| c.is_ascii_digit()) || ordinal || LetterTerms::Date.has(word)
        })
        && digits
}

/// Whether a line says a place and a date: "Berlin, 25. Januar 2026".
pub(super) fn is_place_and_date(text: &str) -> bool {
    text.trim_matches(|c: char| !c.is_alphanumeric() && !c.is_whitespace())
        .split_once(',')
        .is_some_and(|(place, date)| place.split_whitespace().count() <= 3 && is_date(date))
}

/// Whether a line counts: "123 signatures", "Total: 123".
fn is_count(text: &str) -> bool {
    let words = bare(text);
    let counted = words.split(' ').take(MAX_COUNT_WORDS + 1);
    text.chars().any(|c| c.is_ascii_digit())
        && words.split(' ').count() <= MAX_COUNT_WORDS
        && text
            .trim_start_matches(|c: char| !c.is_alphanumeric())
            .starts_with(|c: char| c.is_ascii_digit())
        && counted
            .into_iter()
            .any(|word| LetterTerms::Counted.has(word))
}
