//! The sentence that tells people how to sign, what will be shown of them, and how to leave.

use super::words::Language;
use crate::endorsement::policy::{Acknowledge, LetterState, LikeDisplay, Replies, ReplyDisplay};

/// The settings that the notice explains to people before they sign.
#[derive(Clone, Copy, Debug)]
pub struct SigningNotice {
    /// Which replies sign.
    pub replies: Replies,
    /// How they are shown.
    pub reply_display: ReplyDisplay,
    /// How likes are shown.
    pub like_display: LikeDisplay,
    /// How replies are acknowledged.
    pub acknowledge: Acknowledge,
    /// Whether people can sign. For a closed or paused letter the notice only says how to leave, for a draft only that it
    /// is not out yet.
    pub letter: LetterState,
    /// Whether all names are off our pages for now.
    pub names_off: bool,
    /// Whether a direct message signs without a name.
    pub nameless: bool,
}

impl SigningNotice {
    /// The same settings in another state of the letter.
    #[must_use]
    pub const fn while_letter_is(self, letter: LetterState) -> Self {
        Self { letter, ..self }
    }

    /// One sentence, as plain text: how to sign, what will be shown, how to leave. For a closed or paused
    /// letter: that it is, and how to leave. Another one says how to sign without a name; while all names are off, one says
    /// so.
    #[must_use]
    pub fn sentence(self, language: &Language) -> String {
        let mut sentence = self.ways_and_display(language);
        if self.nameless && self.letter == LetterState::Open {
            sentence = format!("{sentence} {}", language.nameless_offer());
        }
        if self.names_off {
            return format!("{sentence} {}", language.letter.names_off);
        }
        sentence
    }

    fn ways_and_display(self, language: &Language) -> String {
        let words = &language.notice;
        match (self.letter, self.ways(language)) {
            (LetterState::Draft, _) => language.not_out.text.to_owned(),
            (LetterState::Closed, Some((_, leave))) => {
                [words.closed, words.clause, leave, words.stop].concat()
            }
            (LetterState::Closed, None) => [words.closed, words.stop].concat(),
            (LetterState::Open | LetterState::Paused, None) => words.nobody_signs.to_owned(),
            (LetterState::Paused, Some((_, leave))) => format!("{}; {leave}.", words.paused),
            (LetterState::Open, Some((how, leave))) => {
                let shown = self.shown(language);
                let confirmation = match self.acknowledge {
                    _ if self.replies == Replies::Off => "",
                    Acknowledge::None => "",
                    Acknowledge::Like => words.confirmed_by_like,
                    Acknowledge::Reply => words.confirmed_by_reply,
                };
                let clause = words.clause;
                let parts = [how, clause, shown, clause, leave, confirmation, words.stop];
                parts.concat()
            }
        }
    }

    /// How to sign, and how to leave; `None` when nobody can sign.
    fn ways(self, language: &Language) -> Option<(&'static str, &'static str)> {
        let words = &language.notice;
        match (self.replies, self.like_display != LikeDisplay::Off) {
            (Replies::Off, false) => None,
            (Replies::Phrase, true) => Some((words.phrase_or_like, words.delete_or_undo)),
            (Replies::All, true) => Some((words.reply_or_like, words.delete_or_undo)),
            (Replies::Phrase, false) => Some((words.phrase, words.delete)),
            (Replies::All, false) => Some((words.reply, words.delete)),
            (Replies::Off, true) => Some((words.like, words.undo)),
        }
    }

    /// What will be shown.
    fn shown(self, language: &Language) -> &'static str {
        use LikeDisplay as Like;
        use ReplyDisplay as Reply;
        let words = &language.notice;
        let reply = Some(self.reply_display).filter(|_| self.replies != Replies::Off);
        match (reply, self.like_display) {
            (Some(Reply::Named) | None, Like::Named) | (Some(Reply::Named), Like::Off) => {
                words.named
            }
            (Some(Reply::Count) | None, Like::Count | Like::Off) => words.counted,
            (Some(Reply::Named), Like::Discoverable) => words.like_named_if_discoverable,
            (Some(Reply::Named), Like::Count) => words.like_counted,
            (None, Like::Discoverable) => words.named_if_discoverable,
            (Some(Reply::Count), Like::Discoverable) => {
                words.reply_counted_like_named_if_discoverable
            }
            (Some(Reply::Count), Like::Named) => words.reply_counted_like_named,
        }
    }
}

#[cfg(test)]
mod tests;
