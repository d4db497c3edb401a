//! What the letter says besides its text, and its actor.

use std::path::PathBuf;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum PostCommand {
    /// Publish a post below the letter, for all followers
    Create {
        /// The Markdown file; its front matter may say `lang`
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
    /// List the posts, newest first
    List,
    /// Replace the text of a post; says `unchanged` and sends nothing when it is the same
    Update {
        /// Its id, a beginning of it, or its URL
        id: String,
        /// The Markdown file
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
    /// Delete a post everywhere; cannot be undone
    Delete {
        /// Its id, a beginning of it, or its URL
        id: String,
        /// Do it without asking
        #[arg(long)]
        yes: bool,
    },
}
