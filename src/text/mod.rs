//! Remote text made safe to store, to print and to shorten.
//!
//! [`html_to_text`] turns remote HTML into plain text, [`shorten`] cuts between graphemes, [`visible`] is for
//! terminals and logs, [`search_words`] for searching. Everything is pure, runs in linear time and never panics, whatever the input.
//!
//! Not here: HTML that we emit (`letter::render` and the templates), the reading of words
//! (`endorsement::wording`), names (`endorsement::names`).

pub mod csv;
mod entities;
mod escape;
mod html;
mod html_links;
mod words;

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_segmentation::UnicodeSegmentation as _;

pub use escape::escape;
pub use html::{MAX_HTML, html_to_text};
pub use html_links::{HtmlLink, first_text, html_links, mark_links};
pub use words::search_words;

/// Most code points kept of one grapheme: the longest emoji that Unicode recommends has ten.
const MAX_CHARS_PER_GRAPHEME: usize = 16;

/// The first `max_bytes` bytes of `text`, or fewer where a character would be split.
pub fn cut(text: &str, max_bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(max_bytes))
        .unwrap_or_default()
}

/// An error with its causes in one line. A cause that the text has already is left out: some errors include theirs.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    for cause in std::iter::successors(error.source(), |cause| cause.source()) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// At most `max_graphemes` graphemes of `text`; if some are left off, the last one is `…`.
///
/// Of one grapheme at most 16 code points are kept, so that a letter under ten thousand accents
/// costs no more than an emoji; the result has at most `16 * max_graphemes` code points.
pub fn shorten(text: &str, max_graphemes: usize) -> String {
    let mut graphemes = text.graphemes(true);
    let mut kept = String::new();
    let mut before_last = 0;
    for grapheme in graphemes.by_ref().take(max_graphemes) {
        before_last = kept.len();
        kept.extend(grapheme.chars().take(MAX_CHARS_PER_GRAPHEME));
    }
    if max_graphemes > 0 && graphemes.next().is_some() {
        kept.truncate(before_last);
        kept.truncate(kept.trim_end().len());
        kept.push('…');
    }
    kept
}

/// `text` with every character escaped that could mislead a terminal or a reader of a log.
///
/// Control characters (C0, DEL and C1, so also escape sequences, tabs and line ends), the separators U+2028
/// and U+2029 and the bidirectional controls appear as `\u{1b}`. Borrows when there are none.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(misleads) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if misleads(character) {
            // Writing to a `String` cannot fail; a failure would only lose this one escape.
            if write!(shown, "\\u{{{:x}}}", u32::from(character)).is_err() {
                shown.push(char::REPLACEMENT_CHARACTER);
            }
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// `text` on one line: every run of blanks and line ends is one space, none at the ends.
pub fn single_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// The text percent-encoded for a part of a URL (RFC 3986, section 2.1). A blank is `%20`, which every reader takes for
/// one; `+` is one in a query only.
pub fn percent_encoded(text: &str) -> String {
    let encoded: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    encoded.replace('+', "%20")
}

/// The text with `%20` and the like decoded (RFC 3986, section 2.1).
pub fn percent_decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let decoded = hex
            .filter(|hex| *first == b'%' && hex.bytes().all(|c| c.is_ascii_hexdigit()))
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        if let Some(byte) = decoded {
            out.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            out.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Whether `character` is a bidirectional control: a mark, embedding, override or isolate.
pub fn is_bidi_control(character: char) -> bool {
    matches!(character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether `character` could mislead a terminal or a reader: control characters, the separators U+2028 and
/// U+2029, and bidirectional controls.
pub fn misleads(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}')
        || is_bidi_control(character)
}

#[cfg(test)]
mod tests;
