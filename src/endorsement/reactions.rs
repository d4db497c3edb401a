//! The emoji reactions that count as a like, listed in `data/reactions.txt`.

/// The emoji that count, one a line; lines that begin with `#` are comments.
const ALLOWED: &str = include_str!("data/reactions.txt");

/// The emoji of a reaction that counts, without variation selectors, so that both spellings of a heart are
/// one reaction; `None` for every other emoji, for custom ones (`:blobcat:`) and for words.
///
/// Skin tones stay: undoing 👍🏽 does not undo 👍.
pub fn counting(emoji: &str) -> Option<String> {
    let plain: String = emoji.trim().chars().filter(|c| !is_variation(*c)).collect();
    let toneless: String = plain.chars().filter(|c| !is_skin_tone(*c)).collect();
    let mut lines = ALLOWED.lines().filter(|line| !line.starts_with('#'));
    // A skin tone alone would leave nothing, and several tones would make many reactions of one.
    let one_tone = plain.chars().filter(|c| is_skin_tone(*c)).count() <= 1;
    (one_tone && !toneless.is_empty() && lines.any(|line| line == toneless)).then_some(plain)
}

/// The object of a reaction's act: the target with the emoji, because an actor may give several to one object. `None`
/// for an emoji that counts nothing.
pub fn reaction_object(target: &str, emoji: &str) -> Option<String> {
    Some(format!("{target}#{}", counting(emoji)?))
}

/// Text or emoji presentation: another glyph, not another emoji.
const fn is_variation(character: char) -> bool {
    matches!(character, '\u{fe0e}' | '\u{fe0f}')
}

const fn is_skin_tone(character: char) -> bool {
    matches!(character, '\u{1f3fb}'..='\u{1f3ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hearts_stars_thumbs_up_and_parties_count_in_every_spelling() {
        for (emoji, expected) in [
            ("❤", "❤"),
            ("❤\u{fe0f}", "❤"),
            ("\u{2665}\u{fe0e}", "\u{2665}"),
            ("⭐", "⭐"),
            ("⭐\u{fe0f}", "⭐"),
            ("👍", "👍"),
            ("👍🏽", "👍🏽"),
            (" 🎉 ", "🎉"),
            ("✍🏿", "✍🏿"),
        ] {
            assert_eq!(counting(emoji).as_deref(), Some(expected), "{emoji}");
        }
    }

    #[test]
    fn everything_else_counts_nothing() {
        for emoji in [
            "👎",
            "😂",
            "😢",
            "🤔",
            ":heart:",
            ":blobcat@m.example:",
            "heart",
            "",
            " ",
            "\u{fe0f}",
            "🏽",
            "👍🏽🏽",
            "👍👍",
            "👍👎",
            "# Emoji",
            "#",
        ] {
            assert_eq!(counting(emoji), None, "{emoji:?}");
        }
    }

    #[test]
    fn the_list_is_written_without_variations_and_tones_and_names_nothing_twice() {
        let lines: Vec<_> = ALLOWED
            .lines()
            .filter(|line| !line.starts_with('#'))
            .collect();
        let distinct: std::collections::HashSet<_> = lines.iter().collect();
        assert_eq!(distinct.len(), lines.len());
        for line in lines {
            assert!(!line.is_empty() && line.trim() == line, "{line:?}");
            assert!(
                !line.contains(|c| is_variation(c) || is_skin_tone(c)),
                "{line:?}"
            );
        }
    }
}
