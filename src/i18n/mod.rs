//! The words that people read, one file a language: for the pages and for what we send.
//!
//! `CONTRIBUTING.md` says how to add a language.
//!
//! **Not here:** the letter, names and statements, which are data; the signing phrases that are recognised in replies
//! (`endorsement`); log messages and errors of commands, which are always English.

mod de;
mod en;
mod headline;
mod language;
mod notice;
mod words;

#[cfg(test)]
mod tests;

pub(crate) use self::words::{AnswerWords, ProblemWords, RetentionWords};
pub use self::{headline::SupportCounts, notice::SigningNotice, words::Language};
