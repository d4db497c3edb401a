//! Looks for known phrases in a sentence.

use super::{
    phrases::{Node, Section, SigningVocabulary},
    sentences::Sentence,
};

/// A sentence, read in one language.
#[derive(Clone, Copy)]
pub(super) struct SentenceReader<'a> {
    pub(super) language: &'a SigningVocabulary,
    pub(super) sentence: &'a Sentence<'a>,
    /// The languages whose warnings count.
    pub(super) warning: &'a [&'a SigningVocabulary],
}

impl SentenceReader<'_> {
    /// The longest phrase of `section` at `at` that has no place in it.
    pub(super) fn plain(&self, section: Section, at: usize) -> Option<usize> {
        self.plain_from(self.language.section(section)?, at)
    }

    fn plain_from(&self, place: &Node, at: usize) -> Option<usize> {
        let next = |word| {
            place
                .after(word)
                .filter_map(|it| self.plain_from(it, at.saturating_add(1)))
        };
        let longer = self.sentence.word(at).and_then(|word| next(word).max());
        longer.or(place.ends.then_some(at))
    }

    /// Whether a warning begins at `at`.
    pub(super) fn warns_at(&self, at: usize) -> bool {
        self.warning.iter().any(|language| {
            let reader = Self { language, ..*self };
            let sections = [Section::Warning, Section::Condition];
            let plain = |section| reader.plain(section, at);
            sections.into_iter().any(|section| plain(section).is_some())
        })
    }

    /// Whether there is a warning from `at` on. "Why not" and other neutral phrases are none.
    pub(super) fn warns_from(&self, at: usize) -> bool {
        let mut at = at;
        while at < self.sentence.len() {
            let neutral = self.warning.iter().filter_map(|language| {
                let reader = Self { language, ..*self };
                reader.plain(Section::Neutral, at)
            });
            match neutral.max() {
                Some(end) => at = end,
                None if self.warns_at(at) => return true,
                None => at = at.saturating_add(1),
            }
        }
        false
    }
}
