//! Lines that announce a list of signatories, name a part of it, or begin another section.

use super::word_lists::{LetterTerms, bare};

/// Most words of a line that announces a list.
const MAX_WORDS: usize = 14;
/// Most words of a heading that holds other words beside a signing word.
const MAX_HEADING_WORDS: usize = 8;
/// Most words of a line that names a part of the list.
const MAX_GROUP_WORDS: usize = 6;
/// Marks between two languages of one signing word.
const BETWEEN_LANGUAGES: [char; 9] = ['/', '|', '·', '•', '–', '—', ',', ';', '&'];
/// Beginnings of words that, in a heading, say that its section holds signatories, whatever stands beside them.
const NOUNS: [&str; 21] = [
    "signator",
    "cosignator",
    "signatures",
    "signers",
    "cosigners",
    "unterzeichne",
    "erstunterzeichne",
    "mitunterzeichne",
    "unterschriften",
    "signataire",
    "cosignataire",
    "firmantes",
    "firmas",
    "signatari",
    "firmatari",
    "assinaturas",
    "signatári",
    "ondertekenaar",
    "sygnatariusz",
    "подписант",
    "podpisy",
];

/// Verbs that announce names only among other words: "The following organisations support this letter".
const SUPPORT: [&str; 6] = [
    "support",
    "supporting",
    "endorse",
    "unterstützen",
    "soutiennent",
    "sostengono",
];
/// Fewest words of such a line.
const MIN_SUPPORT_WORDS: usize = 4;

/// How much a line that announces names says about what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum AnnouncementKind {
    /// A closing formula; it stays in the text.
    Closing,
    /// "We, the undersigned": names or demands follow.
    Undersigned,
    /// A signing word: names follow.
    Signing,
}

/// What a line announces, if anything.
pub(super) fn announces(text: &str) -> Option<AnnouncementKind> {
    if text.split_whitespace().nth(MAX_WORDS).is_some() {
        return None;
    }
    let text = without_tags(text);
    if let Some(kind) = one_language(&bare(&text)) {
        return Some(kind);
    }
    let with_spaces = text.replace(" - ", " / ");
    let mut kinds = with_spaces
        .split(BETWEEN_LANGUAGES)
        .map(bare)
        .filter(|part| !part.is_empty())
        .map(|part| one_language(&part));
    let first = kinds.next()??;
    kinds.try_fold(first, |strongest, kind| Some(strongest.max(kind?)))
}

/// What a heading announces: also one with further words, as in "Signatories from the Netherlands".
pub(super) fn heading_announces(text: &str) -> Option<AnnouncementKind> {
    announces(text).or_else(|| {
        let words = bare(text);
        let fits = words.split(' ').count() <= MAX_HEADING_WORDS
            && !LetterTerms::Ends.is_in(&words)
            && words
                .split(' ')
                .any(|word| NOUNS.iter().any(|noun| word.starts_with(noun)));
        fits.then_some(AnnouncementKind::Signing)
    })
}

fn one_language(words: &str) -> Option<AnnouncementKind> {
    if LetterTerms::Undersigned.has(words) {
        return Some(AnnouncementKind::Undersigned);
    }
    if LetterTerms::Closing.has(words) {
        return Some(AnnouncementKind::Closing);
    }
    let known = |word: &str| {
        LetterTerms::Core.has(word) || LetterTerms::Fill.has(word) || LetterTerms::Groups.has(word)
    };
    let supports = |word: &str| SUPPORT.contains(&word);
    let count = words.split(' ').count();
    let is_signing = LetterTerms::Whole.has(words)
        || (words.split(' ').all(known)
            && words.split(' ').any(|word| LetterTerms::Core.has(word)))
        || (count >= MIN_SUPPORT_WORDS
            && words.split(' ').all(|word| known(word) || supports(word))
            && words.split(' ').any(supports));
    is_signing.then_some(AnnouncementKind::Signing)
}

/// Whether a line names a part of the list: a group ("Organisations"), or letters of the alphabet ("A", "A–C").
pub(super) fn is_group(text: &str) -> bool {
    let words = bare(&without_tags(text));
    let letters = words.split(' ').all(|word| word.chars().count() == 1);
    let of_group = |word: &str| {
        // "Initiator*innen" has the words "initiator" and "innen".
        let endings = ["", "s", "en", "n", "innen"];
        endings
            .iter()
            .any(|ending| LetterTerms::Groups.has(&format!("{word}{ending}")))
    };
    let known = |word: &str| of_group(word) || LetterTerms::Fill.has(word);
    let groups = words.split(' ').count() <= MAX_GROUP_WORDS
        && words.split(' ').all(known)
        && words.split(' ').any(of_group);
    !words.is_empty() && (letters && words.len() <= 6 || groups)
}

/// Whether a heading or the line before a list begins another section than the names.
pub(super) fn is_other_section(text: &str) -> bool {
    let words = bare(&without_tags(text));
    let count = words.split(' ').count();
    LetterTerms::Ends.begins(&words) || (count <= 4 && LetterTerms::Ends.is_in(&words))
}

/// A line without HTML tags.
fn without_tags(text: &str) -> String {
    let mut said = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tag)) = rest.split_once('<') {
        said.push_str(before);
        said.push(' ');
        let Some((_, after)) = tag.split_once('>') else {
            said.push_str(tag);
            return said;
        };
        rest = after;
    }
    said.push_str(rest);
    said
}

#[cfg(test)]
mod tests {
    use super::{
        AnnouncementKind::{Closing, Signing, Undersigned},
        *,
    };

    #[test]
    fn a_signing_word_may_have_known_words_beside_it() {
        for line in [
            "Signed,",
            "**Signed/Firmados,**",
            "Signatories / Unterzeichnende",
            "Signatories (21)",
            "1,204 signatures",
            "Signed by the following organisations and individuals:",
            "The following people have signed this open letter:",
            "Initial signatories, in alphabetical order",
            "<b>Signatories</b>",
            "Erstunterzeichner*innen",
            "Die Unterzeichner/innen des offenen Briefes",
            "Ils et elles ont signé :",
            "Les premiers signataires",
            "Personas y organizaciones firmantes",
        ] {
            let expected = if line.starts_with("Ils") {
                None
            } else {
                Some(Signing)
            };
            assert_eq!(announces(line), expected, "{line}");
        }
        for (line, kind) in [
            ("We, the undersigned:", Undersigned),
            ("Yours sincerely,", Closing),
            ("Mit freundlichen Grüßen", Closing),
        ] {
            assert_eq!(announces(line), Some(kind), "{line}");
        }
        for line in [
            "Projects",
            "We demand:",
            "We, the undersigned, demand:",
            "This was signed in haste",
            "",
            "Organizations",
        ] {
            assert_eq!(announces(line), None, "{line}");
        }
    }

    #[test]
    fn a_heading_may_say_more() {
        assert_eq!(
            heading_announces("Signatories from the Netherlands"),
            Some(Signing)
        );
        for heading in [
            "How to add signatures",
            "Supported languages",
            "Why signers matter",
        ] {
            assert_eq!(heading_announces(heading), None, "{heading}");
        }
    }

    #[test]
    fn groups_and_letters_are_parts_of_the_list() {
        for line in [
            "A",
            "A–C",
            "Maintainers",
            "Organisations and institutions:",
            "**Einzelpersonen**",
        ] {
            assert!(is_group(line), "{line}");
        }
        for line in ["Demands", "Ann", "", "The end", "References"] {
            assert!(!is_group(line), "{line}");
        }
        assert!(is_other_section("References") && is_other_section("Our demands:"));
        assert!(!is_other_section("Maintainers"));
    }
}
