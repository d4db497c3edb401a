//! What the pages say about signing, by the settings.

use crate::{
    clock::Millis,
    endorsement::policy::{LetterState, LikeDisplay, Replies, ReplyDisplay, Statements},
    http::state::HttpState,
    i18n::Language,
    register::{self, letter::letter_state::LetterSchedule},
    store::{self, Tx},
};

/// Whether and how long the letter takes signatures.
#[derive(Clone, Copy, Debug)]
pub struct OpeningView {
    /// Whether it does now.
    pub state: LetterState,
    /// When it closes by itself.
    pub closes_at: Option<Millis>,
    /// Since when it is closed.
    pub closed_since: Option<Millis>,
}

impl OpeningView {
    /// By the rules in force and the register.
    pub async fn of(state: &HttpState, tx: &mut Tx) -> register::Result<Self> {
        let schedule = LetterSchedule::read(tx, state.profile.close_at).await?;
        Ok(Self {
            state: state.letter_state(),
            closes_at: schedule.closes_at(),
            closed_since: schedule.closed_since(state.app.clock.now()),
        })
    }

    /// Whether people can sign now.
    pub(super) fn is_open(&self) -> bool {
        self.state == LetterState::Open
    }

    /// Whether nobody can sign any more.
    pub(super) fn is_closed(&self) -> bool {
        self.state == LetterState::Closed
    }

    /// What people should know about it; `None` while nothing changes.
    pub(super) fn notice(&self, words: &Language) -> Option<String> {
        let dated = |pattern: &str, at: Millis| {
            let text = pattern.replace("{date}", &words.date(at));
            text.replace("{time}", &at.to_time())
        };
        let announced = self.closes_at.map(|at| dated(words.letter.closes, at));
        match self.state {
            LetterState::Draft => None,
            LetterState::Open => announced,
            LetterState::Paused => Some(words.letter.paused.to_owned()),
            LetterState::Closed => {
                let closed = self.closed_since;
                let closed = closed.map(|at| dated(words.letter.closed_on, at) + " ");
                Some(closed.unwrap_or_default() + words.letter.closed)
            }
        }
    }
}

/// The rules for signing, as far as those who sign must know them.
#[derive(Clone, Copy, Debug)]
pub struct SigningView {
    /// Which replies sign.
    pub replies: Replies,
    /// How those who reply are shown.
    pub reply_display: ReplyDisplay,
    /// What a like does.
    pub likes: LikeDisplay,
    /// When a statement is shown.
    pub statements: Statements,
    /// Whether all names are off for now.
    pub names_off: bool,
    /// Whether a direct message signs without a name.
    pub nameless: bool,
}

impl SigningView {
    /// The rules in force, and whether names are off now.
    pub async fn of(state: &HttpState, tx: &mut Tx) -> store::Result<Self> {
        let names_off = tx.names_off().await?.is_some();
        let policy = &state.app.context.borrow().rules.policy;
        Ok(Self {
            replies: policy.replies,
            reply_display: policy.reply_display,
            likes: policy.effective_like_display(),
            statements: policy.statements,
            names_off,
            nameless: policy.nameless,
        })
    }

    /// How to sign once the letter is found in one's own app; `None` when neither replies nor likes sign.
    pub(super) fn then(self, words: &'static Language) -> Option<&'static str> {
        let words = &words.signing;
        match (self.replies, self.likes) {
            (Replies::Off, LikeDisplay::Off) => None,
            (Replies::Off, _) => Some(words.then_like),
            (Replies::Phrase, LikeDisplay::Off) => Some(words.then_reply),
            (Replies::Phrase, _) => Some(words.then_reply_or_like),
            (Replies::All, LikeDisplay::Off) => Some(words.then_any_reply),
            (Replies::All, _) => Some(words.then_any_reply_or_like),
        }
    }

    /// Whether replies and mentions sign at all.
    pub(super) fn by_words(self) -> bool {
        self.replies != Replies::Off
    }

    /// The sentences about what signing makes public. They make the consent an informed one.
    pub(super) fn shown(self, words: &'static Language) -> Vec<&'static str> {
        let (names_off, words) = (words.letter.names_off, &words.signing);
        let named = match self.reply_display {
            ReplyDisplay::Named => words.replies_named,
            ReplyDisplay::Count => words.replies_counted,
        };
        let like = match self.likes {
            LikeDisplay::Off => None,
            LikeDisplay::Count => Some(words.likes_counted),
            LikeDisplay::Discoverable => Some(words.likes_discoverable),
            LikeDisplay::Named => Some(words.likes_named),
        };
        let statement = match (self.reply_display, self.statements) {
            (ReplyDisplay::Count, _) => None,
            (ReplyDisplay::Named, Statements::Queue) => Some(words.statement_queue),
            (ReplyDisplay::Named, Statements::Trusted) => Some(words.statement_trusted),
            (ReplyDisplay::Named, Statements::Auto) => Some(words.statement_auto),
        };
        let by_words = if self.by_words() {
            [Some(named), statement]
        } else {
            [None; 2]
        };
        let off = self.names_off.then_some(names_off);
        let shown = by_words.into_iter().chain([like]).chain([off]);
        shown.flatten().collect()
    }
}
