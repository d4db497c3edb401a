//! The words that people read, one file a language: for the pages and for what we send.
//!
//! **Not here:** the letter, names and statements, which are data; the signing phrases that are recognised in replies
//! (`endorsement`); log messages and errors of commands, which are always English.

mod de;
mod en;
mod language;
mod notice;
mod words;

#[cfg(test)]
mod notice_tests;
#[cfg(test)]
mod tests;

pub use self::notice::{Language, SigningNotice, default_summary};
pub(crate) use self::{
    language::{Headline, Words},
    words::{
        AboutWords, Count, CountWords, FrameWords, HistoryWords, LetterWords, ListWords, PostWords,
        PrivacyWords, ProblemWords, RetentionWords, SigningWords,
    },
};
