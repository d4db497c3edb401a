//! The letter's text, and the names in its list.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use crate::register::publish::RevisionKind;

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
        /// What to tell people about the change
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Print the published text
    Show,
    /// List the revisions
    Versions,
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
