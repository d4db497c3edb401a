//! Removes deceptive characters from names.

use unicode_normalization::{
    UnicodeNormalization as _,
    char::{canonical_combining_class, is_combining_mark},
};

use crate::text::{cut, is_bidi_control};

/// Most bytes of a name that are read; longer names are never shown.
const MAX_NAME: usize = 4 * 1024;

/// Most combining marks on one base.
const MAX_MARKS: usize = 3;

/// Most characters of a custom emoji, with its colons.
const MAX_SHORTCODE: usize = 64;

/// Most tag characters after a black flag: `gbsct` and the end tag.
const MAX_TAGS: usize = 7;

/// The canonical combining class of the viramas, after which a joiner shapes the letter.
const VIRAMA: u8 = 9;

/// `name` without deceptive characters; `user_name` is used when nothing is left.
///
/// The name is normalised to NFC. Full-width and mathematical letters become plain ones. Bidirectional
/// controls, other control characters and invisible characters are removed; joiners stay only where the
/// script needs them or inside an emoji. At most three combining marks stay on a base. `:shortcodes:` are
/// removed, and runs of blanks become one. Line ends stay, as `
/// `, so that [`check`](super::check) finds them. Cleaning twice changes nothing more. The result is empty
/// only when both arguments have nothing to show.
pub fn clean(name: &str, user_name: &str) -> String {
    let cleaned = cleaned(name);
    if cleaned.is_empty() {
        self::cleaned(user_name)
    } else {
        cleaned
    }
}

fn cleaned(name: &str) -> String {
    let seen: Vec<char> = cut(name, MAX_NAME).chars().filter_map(plain).collect();
    let joined = without_loose_joiners(&seen);
    let composed: String = without_shortcodes(&joined).nfc().collect();
    single_blanks(&with_few_marks(&composed))
}

/// The character as it may stand in a name; `None` if it may not.
fn plain(character: char) -> Option<char> {
    match character {
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
        // The empty Braille pattern looks like a blank.
        '\u{2800}' => Some(' '),
        _ if character.is_whitespace() => Some(' '),
        _ if character.is_control() || is_bidi_control(character) || is_invisible(character) => {
            None
        }
        '\u{ff01}'..='\u{ff5e}' | '\u{1d400}'..='\u{1d7ff}' => Some(compatible(character)),
        // Mathematical letters outside the main block, such as ℋ; not signs such as ℃.
        '\u{2100}'..='\u{214f}' => {
            let letter = compatible(character);
            Some(if letter.is_alphabetic() {
                letter
            } else {
                character
            })
        }
        _ => Some(character),
    }
}

/// The one character that `character` is compatible with; itself if there are several.
fn compatible(character: char) -> char {
    let mut folded = std::iter::once(character).nfkc();
    match (folded.next(), folded.next()) {
        (Some(one), None) => one,
        (_, _) => character,
    }
}

/// Default-ignorable characters that no name needs. Joiners, variation selectors and the tags of
/// flags are not among them.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e001f}' | '\u{e0080}'..='\u{e00ff}'
        | '\u{e01f0}'..='\u{e0fff}')
}

fn without_loose_joiners(characters: &[char]) -> String {
    let mut kept = String::new();
    let (mut previous, mut tags) = (None, 0);
    for (at, character) in characters.iter().enumerate() {
        let next = characters.get(at.saturating_add(1));
        let stays = match character {
            '\u{200c}' | '\u{200d}' => joiner_stays(*character, previous, next.copied()),
            '\u{e0020}'..='\u{e007f}' => {
                tags += 1;
                matches!(previous, Some('🏴' | '\u{e0020}'..='\u{e007f}')) && tags <= MAX_TAGS
            }
            _ => {
                tags = 0;
                true
            }
        };
        if stays {
            kept.push(*character);
            previous = Some(*character);
        }
    }
    kept
}

fn joiner_stays(joiner: char, previous: Option<char>, next: Option<char>) -> bool {
    let (Some(previous), next) = (previous, next) else {
        return false;
    };
    let in_emoji = joiner == '\u{200d}'
        && (is_emoji(previous) || previous == '\u{fe0f}')
        && next.is_some_and(is_emoji);
    let in_word = joins(previous) && next.is_some_and(joins);
    in_emoji || in_word || canonical_combining_class(previous) == VIRAMA
}

/// The blocks of emoji that joiners combine.
fn is_emoji(character: char) -> bool {
    matches!(character,
        '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{2600}'..='\u{27bf}'
        | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

/// The blocks of the scripts in which a joiner changes a letter: Arabic to Samaritan, the scripts of
/// India, Myanmar, Khmer, Mongolian, and the Arabic presentation forms.
fn joins(character: char) -> bool {
    matches!(character,
        '\u{600}'..='\u{dff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{18af}'
        | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}')
}

/// Removes `:blobcat:` and `:blobcat@host.example:`; `12:30:15` is a time. Nothing removable is left.
fn without_shortcodes(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for character in text.chars() {
        kept.push(character);
        if character == ':'
            && let Some(start) = shortcode_start(&kept)
        {
            kept.truncate(start);
        }
    }
    kept
}

/// The start of the shortcode with which `text` ends.
fn shortcode_start(text: &str) -> Option<usize> {
    let before = text.strip_suffix(':')?;
    let tail =
        before.get(before.floor_char_boundary(before.len().saturating_sub(MAX_SHORTCODE))..)?;
    let (_, name) = tail.rsplit_once(':')?;
    let is_name = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "_+-@.".contains(c))
        && name.chars().any(|c| c.is_ascii_alphabetic() || c == '_');
    is_name.then(|| before.len().saturating_sub(name.len()).saturating_sub(1))
}

/// A mark without a base would combine with the text before the name, so it is removed too.
fn with_few_marks(text: &str) -> String {
    let mut room = 0_usize;
    text.chars()
        .filter(|character| {
            if is_combining_mark(*character) {
                let stays = room > 0;
                room = room.saturating_sub(1);
                return stays;
            }
            if !matches!(character, '\u{200c}' | '\u{200d}') {
                room = if character.is_whitespace() {
                    0
                } else {
                    MAX_MARKS
                };
            }
            true
        })
        .collect()
}

fn single_blanks(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for line in text.split('\n') {
        let mut words = line.split_whitespace();
        let Some(first) = words.next() else { continue };
        if !kept.is_empty() {
            kept.push('\n');
        }
        kept.push_str(first);
        for word in words {
            kept.push(' ');
            kept.push_str(word);
        }
    }
    kept
}
