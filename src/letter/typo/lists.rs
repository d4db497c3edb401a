//! The lists of words, as data.

use std::collections::HashSet;

/// The built-in lists, by language.
const BUILT_IN: [(&str, &str); 2] = [
    ("en", include_str!("../data/typos.en.txt")),
    ("de", include_str!("../data/typos.de.txt")),
];

/// The purpose of a list; the data files explain each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum TypoSection {
    Negations,
    Prefixes,
    Numbers,
    Abbreviations,
    NotNames,
}

impl TypoSection {
    fn of_name(name: &str) -> Option<Self> {
        Some(match name {
            "[negations]" => Self::Negations,
            "[prefixes]" => Self::Prefixes,
            "[numbers]" => Self::Numbers,
            "[abbreviations]" => Self::Abbreviations,
            "[not_names]" => Self::NotNames,
            _ => return None,
        })
    }
}

/// The lists of the languages that a letter may be in.
pub(super) struct Lists {
    words: HashSet<(TypoSection, String)>,
    /// Whether the language capitalises every noun.
    pub(super) nouns: bool,
}

impl Lists {
    pub(super) fn of(tag: &str) -> Self {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        let is_ours = |code: &str| code.eq_ignore_ascii_case(primary);
        let known = BUILT_IN.iter().any(|(code, _)| is_ours(code));
        let mut words = HashSet::new();
        for (code, text) in BUILT_IN {
            if known && !is_ours(code) {
                continue;
            }
            let mut section = None;
            for line in text.lines().map(str::trim) {
                if let Some(named) = TypoSection::of_name(line) {
                    section = Some(named);
                } else if let Some(section) =
                    section.filter(|_| !line.is_empty() && !line.starts_with('#'))
                {
                    words.insert((section, fold(line)));
                }
            }
        }
        Self {
            words,
            nouns: is_ours("de"),
        }
    }

    pub(super) fn has(&self, section: TypoSection, folded: &str) -> bool {
        self.words.contains(&(section, folded.to_owned()))
    }
}

/// Lower case, with one kind of apostrophe.
pub(super) fn fold(word: &str) -> String {
    word.replace('’', "'").to_lowercase()
}
