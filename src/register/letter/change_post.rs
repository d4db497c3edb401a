//! The post below the letter that tells of another text, and asks who agrees to sign again (`--tell`).
//!
//! Not here: who gets it ([`announcements`](super::announcements)).

use super::note::NoteSettings;
use crate::{
    activitystreams::{Urls, paths},
    endorsement::policy::{LetterState, LikeDisplay, Replies},
    i18n::Language,
    letter::Letter,
    store::RevisionRow,
};

/// The post as Markdown: what changed, the organisers' note, the link to the differences, and how to sign again. It
/// mentions nobody, and declares the language of its own words.
pub(super) fn source(
    urls: &Urls,
    settings: &NoteSettings,
    letter: &Letter,
    revision: &RevisionRow,
    state: LetterState,
) -> String {
    let language = Language::of(settings.language_of(letter));
    let words = &language.sent;
    let history = urls.absolute(&format!("{}/{}", paths::HISTORY, revision.number));
    let mut paragraphs = vec![words.another_text.to_owned()];
    if let Some(note) = &revision.note {
        paragraphs.push(format!("{} {}", language.history.note, literal(note)));
    }
    paragraphs.push(format!("{} <{history}>", words.word_by_word));
    paragraphs.extend(sign_again(language, settings, state).map(str::to_owned));
    let text = paragraphs.join("\n\n");
    format!("---\nlang: {}\n---\n\n{text}\n", language.code)
}

/// How who signed can sign again; `None` when nobody can.
fn sign_again(
    language: &Language,
    settings: &NoteSettings,
    state: LetterState,
) -> Option<&'static str> {
    let words = &language.sent;
    if state == LetterState::Closed {
        return None;
    }
    match (settings.notice.replies, settings.notice.like_display) {
        (Replies::Phrase, _) => Some(words.sign_again),
        (Replies::All, _) => Some(words.sign_again_by_any_reply),
        (Replies::Off, LikeDisplay::Off) => None,
        (Replies::Off, _) => Some(words.sign_again_by_like),
    }
}

/// Plain text in Markdown: nothing of it is markup, and it stays one paragraph.
fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        for character in word.chars() {
            if character.is_ascii_punctuation() {
                out.push('\\');
            }
            out.push(character);
        }
    }
    out
}
