//! The direct message that signs without a name: [`Phrases::signs_without_name`].

use super::{
    ENGLISH, MAX_TEXT, WrittenPost,
    phrases::{Phrases, Section, SigningVocabulary},
    reader::SentenceReader,
    sentences::Sentence,
    tokens::{TokenKind, Voice},
};
use crate::text::cut;

impl Phrases {
    /// Whether a message says, in a language of the letter, that its author signs without a name, and says it clearly:
    /// nothing else stands in it but neutral words, the letter, and why ("because …"). A question, a quotation, a content
    /// warning, a poll, a hashtag, a link and any word that is not known make it unclear.
    pub fn signs_without_name(&self, written: WrittenPost<'_>) -> bool {
        let has_warning = written.warning.is_some_and(|it| !it.trim().is_empty());
        if written.poll || has_warning || written.text.len() > MAX_TEXT {
            return false;
        }
        let text = cut(written.text, MAX_TEXT);
        let tokens = self.tokens(text);
        let has_words = |voice| {
            let sentences = Sentence::all(text, &tokens, voice);
            sentences.iter().any(|sentence| sentence.words() > 0)
        };
        if has_words(Voice::Inline) || has_words(Voice::Block) {
            return false;
        }
        let sentences = Sentence::all(text, &tokens, Voice::Own);
        let said = |language: &&SigningVocabulary| {
            let warning = [*language];
            let said = sentences.iter().map(|sentence| {
                let reader = SentenceReader {
                    language,
                    sentence,
                    warning: &warning,
                };
                reader.signs_without_name()
            });
            // One sentence that is not understood may take back what another one says.
            let said: Option<Vec<bool>> = said.collect();
            said.is_some_and(|said| said.contains(&true))
        };
        let languages = self.languages_of_letter();
        languages.iter().any(said)
    }

    /// The languages that the letter is there in; English where none of them has words.
    fn languages_of_letter(&self) -> Vec<&SigningVocabulary> {
        let letters = self.letter.iter().filter_map(|tag| self.of_tag(tag));
        let letters: Vec<_> = letters
            .filter(|language| language.section(Section::Nameless).is_some())
            .collect();
        if letters.is_empty() {
            return Vec::from_iter(self.of_tag(ENGLISH));
        }
        letters
    }
}

impl SentenceReader<'_> {
    /// Whether the sentence signs without a name; `None` if anything in it is not known.
    fn signs_without_name(&self) -> Option<bool> {
        const SECTIONS: [Section; 6] = [
            Section::And,
            Section::It,
            Section::Letter,
            Section::Neutral,
            Section::Addition,
            Section::Nameless,
        ];
        if self.sentence.words() > 0 && (self.sentence.question || self.sentence.mixed) {
            return None;
        }
        let kinds = (0..self.sentence.len()).filter_map(|at| self.sentence.kind(at));
        let is_odd = |kind: &TokenKind| {
            matches!(
                kind,
                TokenKind::QuotationMark | TokenKind::Link | TokenKind::Hashtag(_)
            )
        };
        if kinds.into_iter().any(is_odd) {
            return None;
        }
        let mut signs = false;
        let mut at = 0;
        while let Some(kind) = self.sentence.kind(at) {
            match kind {
                TokenKind::Emoji(_) if self.warns_at(at) => return None,
                TokenKind::QuotationMark
                | TokenKind::Link
                | TokenKind::Hashtag(_)
                | TokenKind::Mention
                | TokenKind::Mark(_)
                | TokenKind::Emoji(_) => at = at.saturating_add(1),
                TokenKind::Word(_) => {
                    let found = SECTIONS.into_iter().filter_map(|section| {
                        let (end, _) = self.longest(section, at)?;
                        Some((end, section))
                    });
                    let (end, section) = found.max_by_key(|(end, _)| *end)?;
                    signs |= section == Section::Nameless;
                    at = end;
                }
            }
        }
        Some(signs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `language`, `clear` or `unclear`, and the message.
    const TABLE: &str = include_str!("tests/nameless.tsv");

    #[test]
    fn a_message_signs_without_a_name_only_when_it_says_so_clearly() {
        let mut languages = std::collections::BTreeSet::new();
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let columns: Vec<&str> = line.split('\t').collect();
            let [language, expected, text] = columns.as_slice() else {
                panic!("{line}: three columns");
            };
            languages.insert(*language);
            let phrases = Phrases::built_in().for_letter(&[language], "https://letter.example");
            let text = text.replace("\\n", "\n");
            let clear = phrases.signs_without_name(text.as_str().into());
            assert_eq!(clear, *expected == "clear", "{line}");
        }
        assert_eq!(languages.len(), 16);
    }

    #[test]
    fn only_the_words_of_the_letters_languages_sign_without_a_name() {
        let check = |tags: &[&str], text: &str| {
            let phrases = Phrases::built_in().for_letter(tags, "https://letter.example");
            phrases.signs_without_name(text.into())
        };
        let (english, german) = (
            "I sign without my name",
            "Ich unterschreibe ohne meinen Namen",
        );
        assert!(check(&["en"], english) && !check(&["en"], german));
        assert!(check(&["de-AT"], german) && !check(&["de-AT"], english));
        assert!(check(&["de", "en"], german) && check(&["de", "en"], english));
        // The pages of a letter in another language are English.
        assert!(check(&["eo"], english) && check(&[], english));
    }

    #[test]
    fn a_warning_a_poll_and_a_link_to_somewhere_else_are_unclear() {
        let phrases = Phrases::built_in().for_letter(&["en"], "https://letter.example");
        let says = |written| phrases.signs_without_name(written);
        let plain = WrittenPost::from("I sign without my name");
        assert!(says(plain));
        let warned = WrittenPost {
            warning: Some("sarcasm"),
            ..plain
        };
        let poll = WrittenPost {
            poll: true,
            ..plain
        };
        assert!(!says(warned) && !says(poll));
        assert!(says(
            "I sign https://letter.example/ without my name".into()
        ));
        assert!(!says(
            "I sign https://other.example/ without my name".into()
        ));
        let long = format!("I sign without my name{}", " please".repeat(MAX_TEXT / 7));
        assert!(!says(long.as_str().into()));
    }

    #[test]
    fn nothing_of_it_is_a_command_or_takes_anything_back() {
        for line in TABLE.lines().filter(|line| line.contains("\tclear\t")) {
            let text = line.rsplit('\t').next().unwrap();
            let phrases = Phrases::built_in();
            assert_eq!(phrases.command(text), None, "{line}");
            let answer = phrases.read(text.into()).answer;
            assert_ne!(answer, super::super::Intent::Withdraws, "{line}");
        }
    }
}
