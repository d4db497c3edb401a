//! Why a file is not a letter.

use std::{error, fmt, str::Utf8Error};

use thiserror::Error;

/// A file that is not a letter. Nothing of it is used.
#[derive(Debug)]
pub struct ParseError {
    /// The line of the file that shows the fault, from 1.
    pub line: u32,
    /// What is wrong with it.
    pub kind: ParseErrorKind,
}

/// Why a file is not a letter.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// The bytes are not UTF-8.
    #[error("the file is not UTF-8")]
    NotUtf8(#[source] Utf8Error),
    /// A NUL character, as in files saved as UTF-16; PostgreSQL cannot store it.
    #[error("the file holds a NUL character; save it as UTF-8 text")]
    Nul,
    /// Larger than [`MAX_LETTER`](super::MAX_LETTER).
    #[error("the file is larger than {} MiB", super::MAX_LETTER >> 20)]
    TooLarge,
    /// The first line is `---`, and no later line is `---` or `...`.
    #[error("the front matter that begins with --- is never closed")]
    UnclosedFrontMatter,
    /// The front matter is not a YAML mapping, or its `title` or `lang` is not a text.
    #[error("the front matter cannot be read")]
    BadFrontMatter(#[source] Box<serde_saphyr::Error>),
    /// Nothing to publish besides front matter and signatories.
    #[error("the letter has no text")]
    Empty,
    /// There is no title in any of the three places.
    #[error(
        "the letter has no title; write it as `title:` in the front matter, as a heading, or as a first paragraph in bold"
    )]
    NoTitle,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "cannot read the letter at line {}: {}",
            self.line, self.kind
        )
    }
}

// Written by hand: the message above includes the kind's, so the source is the kind's own source.
impl error::Error for ParseError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        error::Error::source(&self.kind)
    }
}
