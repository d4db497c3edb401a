//! The letter's text, and the names in its list.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use crate::register::letter::publish::RevisionKind;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum LetterCommand {
    /// Read a file and say what would be published: needs no configuration and no database
    Check {
        /// The Markdown file
        file: PathBuf,
    },
    /// Publish the text, or take over its names when the text is unchanged
    Publish {
        /// The Markdown file [default: letter.file]
        file: Option<PathBuf>,
        /// What changed: once anybody has signed, there is no default
        #[arg(long, value_enum)]
        kind: Option<KindArg>,
        /// What to tell people about the change, in the public history
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
        /// Read the file at `letter.source_url` instead; exit code 6 when that does not answer
        #[arg(long, conflicts_with = "file")]
        from_source: bool,
        /// With --kind typo: publish even what changes more than a typo may
        #[arg(long)]
        yes: bool,
    },
    /// Print the published text
    Show,
    /// List the revisions
    Versions,
    /// Show what changed from one revision to another, word by word
    Diff {
        /// The number of the earlier revision
        #[arg(value_name = "A")]
        before: i64,
        /// The number of the later revision
        #[arg(value_name = "B")]
        after: i64,
    },
    /// Take signatures again: what waited meanwhile is decided, and no closing time is left
    Open,
    /// Let what arrives wait until `letter open`; leaving works at any time
    Pause,
    /// Take no more signatures, now or from a time on, and tell everybody who has a copy of the letter
    Close {
        /// When, such as 2026-12-31T23:00:00Z
        #[arg(long, value_name = "TIME", value_parser = super::time)]
        at: Option<crate::clock::Millis>,
    },
}

/// What a changed text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum KindArg {
    /// A correction: signatures are carried over
    Typo,
    /// Another text: earlier signatures stay with the text that was signed
    Substantive,
}

impl From<KindArg> for RevisionKind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Typo => Self::Typo,
            KindArg::Substantive => Self::Substantive,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum SignatoryCommand {
    /// List the names
    List,
    /// List the lines of the published file that are no names we can read
    Unparsed,
}
