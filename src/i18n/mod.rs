//! The words that people read, one file a language: for the pages and for what we send.
//!
//! `CONTRIBUTING.md` says how to add a language.
//!
//! **Not here:** the letter, names and statements, which are data; the signing phrases that are recognised in replies
//! (`endorsement`); log messages and errors of commands, which are always English.

mod ar;
mod de;
mod en;
mod es;
mod fr;
mod headline;
mod hi;
mod id;
mod it;
mod ja;
mod ko;
mod language;
mod nl;
mod notice;
mod pl;
mod pt;
mod ru;
mod tr;
mod words;
mod zh;

#[cfg(test)]
mod tests;

pub(crate) use self::words::{AnswerWords, ProblemWords, RetentionWords};
pub use self::{
    headline::{SupportCounts, forge_name},
    notice::SigningNotice,
    words::Language,
};
