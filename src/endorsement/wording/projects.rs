//! Words of and about projects: for which address a post signs, and whether a page signs by the sentence around its link.

use super::{
    MAX_TEXT, Phrases, Saying, WrittenPost, is_plain,
    phrases::Section,
    reader,
    reader::SentenceReader,
    sentences::Sentence,
    tokens::{TokenKind, Voice},
};
use crate::{endorsement::project::PageSight, text::cut};

/// The mark of a link in the text of a page: a word joiner, which is no word and no sign.
pub const LINKED: char = '\u{2060}';

impl Phrases {
    /// The address that a post signs for, as it was written: "I sign for <https://codeberg.org/x/y>". A sentence says that in
    /// its author's own words, from its beginning, and takes nothing of it back.
    pub fn project_in<'a>(&self, written: WrittenPost<'a>) -> Option<&'a str> {
        if written.poll {
            return None;
        }
        let text = cut(written.text, MAX_TEXT);
        let tokens = self.tokens(text);
        let languages = self.languages(written.language);
        let sentences = Sentence::all(text, &tokens, Voice::Own).into_iter();
        let mut said = sentences.filter(|sentence| !sentence.question && !sentence.mixed);
        said.find_map(|sentence| {
            let mut all = self.languages.iter();
            let place = all.find_map(|language| {
                let warning = [languages.near.as_slice(), &[language]].concat();
                let address = reader(&sentence, language, &warning).speaks_for()?;
                sentence.span(address, address.saturating_add(1))
            })?;
            Some(place.of(text))
        })
    }

    /// What the text of a page says in which [`LINKED`] stands where links to the letter begin. It signs when a sentence with
    /// such a link does, and nothing about it is doubtful.
    pub fn page_says(&self, text: &str) -> PageSight {
        let mut sight = PageSight::Nothing;
        let blocks = text.split("\n\n").map(|block| cut(block, MAX_TEXT));
        for block in blocks {
            if !block.contains(LINKED) {
                continue;
            }
            sight = PageSight::Links;
            let tokens = self.tokens(block);
            let languages = self.languages(None);
            let own = self.say(block, &tokens, Voice::Own, &languages);
            let mut before = 0;
            let signs = own.iter().any(|(sentence, saying)| {
                // The mark may stand before the first word.
                let place = before..sentence.place.end;
                before = place.end;
                let linked = block.get(place).is_some_and(|text| text.contains(LINKED));
                linked && matches!(saying, Saying::Signs { .. })
            });
            let takes_back = own.iter().any(|(_, saying)| {
                matches!(
                    saying,
                    Saying::Refuses | Saying::Withdraws | Saying::MayWithdraw
                )
            });
            if signs && !takes_back && is_plain(&own, &languages) {
                return PageSight::Signs;
            }
        }
        sight
    }
}

impl SentenceReader<'_> {
    /// The place of the link for which the sentence signs.
    fn speaks_for(&self) -> Option<usize> {
        let mut at = 0;
        loop {
            if let Some((end, _)) = self.longest(Section::Project, at) {
                let link = |place: &usize| self.sentence.kind(*place) == Some(&TokenKind::Link);
                let address = (at..end).rev().find(link)?;
                return (!self.warns_from(end)).then_some(address);
            }
            at = match self.sentence.kind(at)? {
                TokenKind::Emoji(_) if self.warns_at(at) => return None,
                TokenKind::Mention | TokenKind::Mark(_) | TokenKind::Emoji(_) => {
                    at.saturating_add(1)
                }
                TokenKind::Word(_) => self.plain(Section::Neutral, at)?,
                TokenKind::Hashtag(_) | TokenKind::Link | TokenKind::QuotationMark => return None,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endorsement::wording::Intent;

    const URL: &str = "https://codeberg.org/x/y";

    #[test]
    fn an_address_is_signed_for_in_every_language() {
        let phrases = Phrases::built_in();
        for text in [
            "I sign for https://codeberg.org/x/y",
            "@letter I hereby sign for https://codeberg.org/x/y.",
            "We sign this letter on behalf of https://codeberg.org/x/y",
            "I sign as maintainer of https://codeberg.org/x/y",
            "Signing for the project https://codeberg.org/x/y!",
            "I'm signing for https://codeberg.org/x/y because it matters",
            "Hello! I sign for https://codeberg.org/x/y",
            "Ich unterschreibe für https://codeberg.org/x/y",
            "Wir unterzeichnen im Namen von https://codeberg.org/x/y",
            "أوقع باسم https://codeberg.org/x/y",
            "Firmo en nombre de https://codeberg.org/x/y",
            "Firmamos por https://codeberg.org/x/y",
            "Je signe pour https://codeberg.org/x/y",
            "Nous signons au nom de https://codeberg.org/x/y",
            "मैं https://codeberg.org/x/y की ओर से हस्ताक्षर करता हूँ",
            "Saya menandatangani atas nama https://codeberg.org/x/y",
            "Firmo per https://codeberg.org/x/y",
            "Firmiamo a nome di https://codeberg.org/x/y",
            "https://codeberg.org/x/y を代表して署名します",
            "https://codeberg.org/x/y 를 대표하여 서명합니다",
            "Ik teken voor https://codeberg.org/x/y",
            "Wij ondertekenen namens https://codeberg.org/x/y",
            "Podpisuję w imieniu https://codeberg.org/x/y",
            "Assino por https://codeberg.org/x/y",
            "Assinamos em nome de https://codeberg.org/x/y",
            "Подписываю от имени https://codeberg.org/x/y",
            "https://codeberg.org/x/y adına imzalıyorum",
            "我代表 https://codeberg.org/x/y 签名",
            "我代表 https://codeberg.org/x/y 簽署",
        ] {
            assert_eq!(phrases.project_in(text.into()), Some(URL), "{text}");
        }
    }

    #[test]
    fn nothing_else_is_signed_for() {
        let phrases = Phrases::built_in().for_letter(&["en"], "https://letter.example");
        for text in [
            "I sign for a better world",
            "I sign as Jane Doe for ACME",
            "I sign",
            "I sign https://codeberg.org/x/y",
            "I do not sign for https://codeberg.org/x/y",
            "I won't sign for https://codeberg.org/x/y",
            "Should I sign for https://codeberg.org/x/y?",
            "If I sign for https://codeberg.org/x/y",
            "They sign for https://codeberg.org/x/y",
            "She wrote: “I sign for https://codeberg.org/x/y”",
            "> I sign for https://codeberg.org/x/y",
            "I sign for https://codeberg.org/x/y, not really",
            "I sign for https://codeberg.org/x/y 🤡",
            "I sign for @ada@m.example",
            "I sign for codeberg.org/x/y",
            // The letter itself.
            "I sign for https://letter.example/",
            "",
        ] {
            assert_eq!(phrases.project_in(text.into()), None, "{text}");
        }
        // What these say about their authors is as before.
        for (text, expected) in [
            ("I sign for a better world", Intent::Unsure),
            ("I sign as Jane Doe for ACME", Intent::Unsure),
        ] {
            assert_eq!(phrases.read(text.into()).answer, expected, "{text}");
        }
    }

    #[test]
    fn a_page_signs_by_the_sentence_of_its_link_alone() {
        use PageSight::{Links, Nothing, Signs};
        let phrases = Phrases::built_in().for_letter(&["en"], "https://letter.example");
        for (text, expected) in [
            ("We signed the *open letter", Signs),
            ("*We signed the open letter.", Signs),
            ("Welcome. *We signed the open letter.", Signs),
            ("Welcome.\n\nWe signed the *open letter.\n\nFoot", Signs),
            ("We signed the open letter: *https://letter.example/", Signs),
            ("Wir haben den *offenen Brief unterzeichnet.", Signs),
            ("Firmamos la *carta abierta.", Signs),
            (
                "We signed the open letter.\n\n*https://letter.example/",
                Links,
            ),
            ("Read it *here. We signed the open letter.", Links),
            ("We signed the open letter. Read it *here.", Links),
            ("They signed the *open letter", Links),
            ("The *open letter is wrong.", Links),
            ("“We signed the *open letter”", Links),
            ("> We signed the *open letter", Links),
            ("We have not signed the *open letter", Links),
            ("Should we sign the *open letter?", Links),
            ("We signed the *open letter. Not really.", Links),
            ("We signed the open letter", Nothing),
            ("", Nothing),
        ] {
            let marked = text.replace('*', &LINKED.to_string());
            assert_eq!(phrases.page_says(&marked), expected, "{text}");
        }
    }
}
