//! The words of a text, normalised so that a search finds them however they are written.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};
use unicode_segmentation::UnicodeSegmentation as _;

/// Longest word, in bytes: longer ones are cut. Nobody searches for more.
const MAX_WORD: usize = 64;

/// The words of a text in their order: compatibility forms and letters with marks as plain small letters (`Ångström`
/// is `angstrom`, `ﬁ` is `fi`, `ß` is `ss`), and nothing but letters and digits. In scripts that are written without
/// spaces each character is a word, as word boundaries in UAX #29 have it.
pub fn search_words(text: &str) -> Vec<String> {
    let decomposed: String = text.nfkd().filter(|it| !is_combining_mark(*it)).collect();
    // By way of capital letters, because only they make two letters of `ß`.
    let folded = decomposed.to_uppercase().to_lowercase();
    // Small letters may come with new marks: that of `İ` is a dot.
    let plain = folded.nfkd().filter(|it| !is_combining_mark(*it));
    let mut folded = String::with_capacity(text.len());
    for letter in plain {
        match whole(letter) {
            Some(letters) => folded.push_str(letters),
            None => folded.push(letter),
        }
    }
    let words = folded.unicode_words();
    // UAX #29 keeps `m.example` and `snake_case` together.
    let parts = words.flat_map(|word| word.split(|it: char| !it.is_alphanumeric()));
    parts
        .filter(|word| !word.is_empty())
        .map(|word| super::cut(word, MAX_WORD).to_owned())
        .collect()
}

/// What people type who do not have this letter. Unicode takes none of them apart.
const fn whole(letter: char) -> Option<&'static str> {
    Some(match letter {
        'æ' => "ae",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ł' => "l",
        'ø' => "o",
        'œ' => "oe",
        // The capital `ẞ` has no other capital form.
        'ß' => "ss",
        'þ' => "th",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_plain_small_letters_and_digits() {
        for (text, expected) in [
            ("", ""),
            ("Ada Lovelace", "ada lovelace"),
            ("@Ada@m.example", "ada m example"),
            ("Ångström, ÄRZTE & Łódź", "angstrom arzte lodz"),
            ("Bjørn Æsir Þór Đorđe", "bjorn aesir thor dorde"),
            ("Straße STRASSE STRAẞE", "strasse strasse strasse"),
            ("ﬁne Ａｄａ 𝔸da", "fine ada ada"),
            ("İstanbul ISTANBUL", "istanbul istanbul"),
            ("snake_case it's 3.14", "snake case it s 3 14"),
            ("李小龍 ひと", "李 小 龍 ひ と"),
            ("Ελένη ΕΛΕΝΗ Ёлка", "ελενη ελενη елка"),
            ("100% \u{202e}sure\u{0}", "100 sure"),
            ("👩‍💻 \\ ' \" *", ""),
        ] {
            assert_eq!(search_words(text).join(" "), expected, "{text}");
        }
        assert_eq!(search_words(&"é".repeat(100)), ["e".repeat(64)]);
        assert_eq!(search_words(&"ж".repeat(100)), ["ж".repeat(32)]);
    }

    proptest! {
        #[test]
        fn words_of_words_are_the_same(text in any::<String>()) {
            let words = search_words(&text);
            prop_assert_eq!(search_words(&words.join(" ")), words.clone());
            for word in words {
                prop_assert!(!word.is_empty() && word.len() <= MAX_WORD, "{}", word);
                prop_assert!(word.chars().all(char::is_alphanumeric), "{}", word);
            }
        }
    }
}
