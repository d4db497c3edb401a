//! The word lists by which signing words, names and sentences are told apart.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

/// What announces a list of signatories, and what ends it.
const SIGNING_HEADINGS: &str = include_str!("data/signing_headings.txt");
/// What tells an entry of the list from another line.
const NAME_WORDS: &str = include_str!("data/name_words.txt");
/// Most words of a phrase in the lists.
const MAX_PHRASE: usize = 5;

/// A section of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum LetterTerms {
    /// Words that announce a list.
    Core,
    /// Words that may stand beside them.
    Fill,
    /// Whole wordings that announce a list.
    Whole,
    /// Wordings after which demands are as likely as names.
    Undersigned,
    /// Closing formulas.
    Closing,
    /// Groups of signatories.
    Groups,
    /// What begins another section.
    Ends,
    /// Words in small letters inside of names.
    Particles,
    /// Words that only sentences have.
    Sentence,
    /// Verbs with which demands begin.
    Verbs,
    /// Offices.
    Offices,
    /// Words of names of organisations.
    Organisations,
    /// Places of two words or more.
    Places,
    /// Lines that keep a place for a name.
    Placeholders,
    /// Beginnings of such lines.
    PlaceholderBegins,
    /// Labels before a colon.
    Labels,
    /// What is counted.
    Counted,
    /// Parts of dates.
    Date,
    /// Words of notes among the names.
    Notes,
    /// Services that an @name may belong to.
    Services,
    /// Texts of links that name no person.
    LinkWords,
}

/// The names of the sections.
const SECTIONS: [(&str, LetterTerms); 21] = [
    ("core", LetterTerms::Core),
    ("fill", LetterTerms::Fill),
    ("whole", LetterTerms::Whole),
    ("undersigned", LetterTerms::Undersigned),
    ("closing", LetterTerms::Closing),
    ("groups", LetterTerms::Groups),
    ("ends", LetterTerms::Ends),
    ("particles", LetterTerms::Particles),
    ("sentence", LetterTerms::Sentence),
    ("verbs", LetterTerms::Verbs),
    ("offices", LetterTerms::Offices),
    ("organisations", LetterTerms::Organisations),
    ("places", LetterTerms::Places),
    ("placeholders", LetterTerms::Placeholders),
    ("placeholder-begins", LetterTerms::PlaceholderBegins),
    ("labels", LetterTerms::Labels),
    ("counted", LetterTerms::Counted),
    ("date", LetterTerms::Date),
    ("notes", LetterTerms::Notes),
    ("services", LetterTerms::Services),
    ("link-words", LetterTerms::LinkWords),
];

static LISTS: LazyLock<HashMap<LetterTerms, HashSet<String>>> = LazyLock::new(|| {
    let mut lists: HashMap<LetterTerms, HashSet<String>> = HashMap::new();
    let mut section = None;
    for line in SIGNING_HEADINGS.lines().chain(NAME_WORDS.lines()) {
        if let Some(name) = line.strip_prefix('[') {
            section = section_of(name);
        } else if let Some(section) = section.filter(|_| !line.is_empty() && !line.starts_with('#'))
        {
            let words = lists.entry(section).or_default();
            // Words with a mark inside ("e.v", "x.com") are compared as they are, too.
            words.insert(bare(line));
            words.insert(line.to_owned());
        }
    }
    lists
});

/// The list of a section, by its name with the closing bracket.
fn section_of(name: &str) -> Option<LetterTerms> {
    let name = name.trim_end_matches(']');
    let found = SECTIONS.iter().find(|(section, _)| *section == name);
    found.map(|(_, list)| *list)
}

/// The words of a text in lower case, without punctuation and numbers.
pub(super) fn bare(text: &str) -> String {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric() && !is_joined_mark(c))
        .filter(|word| word.chars().any(char::is_alphabetic))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Marks that are part of a word in scripts that write vowels above letters.
fn is_joined_mark(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{94f}' | '\u{64b}'..='\u{65f}' | '\u{200d}')
}

impl LetterTerms {
    /// Whether a word or phrase in the form of [`bare`] stands in the list.
    pub(super) fn has(self, phrase: &str) -> bool {
        LISTS.get(&self).is_some_and(|list| list.contains(phrase))
    }

    /// Whether a phrase of the list stands anywhere in a text in the form of [`bare`].
    pub(super) fn is_in(self, text: &str) -> bool {
        let words: Vec<&str> = text.split(' ').collect();
        (0..words.len()).any(|at| self.begins_at(words.get(at..).unwrap_or_default()))
    }

    /// Whether a text in the form of [`bare`] begins with a phrase of the list.
    pub(super) fn begins(self, text: &str) -> bool {
        let words: Vec<&str> = text.split(' ').take(MAX_PHRASE).collect();
        self.begins_at(&words)
    }

    fn begins_at(self, words: &[&str]) -> bool {
        let mut phrase = String::new();
        words.iter().take(MAX_PHRASE).any(|word| {
            if !phrase.is_empty() {
                phrase.push(' ');
            }
            phrase.push_str(word);
            self.has(&phrase)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_has_words_and_every_section_is_a_list() {
        for (name, list) in SECTIONS {
            let words = LISTS.get(&list);
            assert!(words.is_some_and(|words| words.len() > 5), "{name}");
        }
        let sections = SIGNING_HEADINGS.lines().chain(NAME_WORDS.lines());
        for section in sections.filter_map(|line| line.strip_prefix('[')) {
            assert!(section_of(section).is_some(), "{section}");
        }
    }

    #[test]
    fn phrases_are_found_whole() {
        assert_eq!(bare("**Signatories** (21)"), "signatories");
        assert!(LetterTerms::Notes.is_in(&bare("Made in a personal capacity.")));
        assert!(!LetterTerms::Notes.is_in(&bare("Signal")));
        assert!(LetterTerms::PlaceholderBegins.begins(&bare("Your name here")));
        assert!(!LetterTerms::PlaceholderBegins.begins(&bare("Not your name here")));
    }
}
