//! The letter: its Markdown file is read, and rendered as HTML.
//!
//! [`parse()`] reads front matter, title, text and the list of signatories. [`note_html`] and [`page_html`]
//! render the text for other servers and for our own page. [`Check`] is the output of `letter check --json`;
//! [`parse_post`] reads posts besides the letter. Pure: bytes in, values out; every parsed letter can be
//! rendered.
//!
//! Not here: reading the file, revisions and the database, the Note that carries the HTML (`activitystreams`), and what
//! the register does with the names.

mod additions;
mod affiliation;
mod announcement;
mod block;
mod check;
mod comment;
pub mod diff;
mod digest;
mod entered;
mod entries;
mod error;
mod events;
mod front_matter;
mod html_blocks;
mod likeness;
mod markdown;
mod marks;
mod parse;
mod pictures;
mod post;
mod render;
mod sanitise;
mod signatories;
mod signatory_line;
mod source_file;
#[cfg(test)]
mod tests;
mod title;
mod translations;
pub mod typo;
mod warnings;
mod word_lists;

use serde::Serialize;
use url::Url;

pub use self::{
    additions::{Extended, NewName, NotExtended, with_names},
    check::{Check, SignatoryJson},
    comment::comment_html,
    digest::{BadDigest, Digest},
    entered::{
        BadEntry, Collected, authority_of, entered_affiliation, entered_name, entered_reference,
        entered_url, entered_website, line_of, list_item, literal, without_scheme,
    },
    error::{ParseError, ParseErrorKind},
    marks::MarkLinks,
    parse::parse,
    pictures::{
        Image, LetterPicture, MAX_PICTURE, PICTURES, PictureFormat, PictureName, attached, images,
        with_addresses,
    },
    post::{Announcement, AnnouncementError, parse_post},
    render::{description, first_paragraph, note_html, notes_html, page_html, plain_text},
    source_file::SourceFile,
    translations::{language_tag, translation_part},
};
use crate::string_enum::words;

/// Largest file that is read, in bytes: twenty times the size of a letter with 3,000 names, and read in well
/// under a second.
pub const MAX_LETTER: usize = 4 * 1024 * 1024;

/// A letter as read from its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The title as plain text in one line, never empty.
    pub title: String,
    /// Where the title was found.
    pub title_source: TitleSource,
    /// `lang` of the front matter, a language tag such as `de` or `pt-BR`.
    pub language: Option<String>,
    /// `warning` of the front matter: a content warning, on one line. No part of the text.
    pub warning: Option<String>,
    /// Markdown of the text without front matter and signatories; the title's heading or paragraph is part of
    /// it. NFC, LF line ends, no blank lines around it, one LF at the end.
    pub body: String,
    /// The digest of the text, which identifies a revision.
    pub digest: Digest,
    /// The names of the letter's own list, in the order of the file.
    pub signatories: Vec<Signatory>,
    /// Lines of the list without a readable name; none is dropped silently.
    pub unread: Vec<LeftOut>,
    /// Notes among the names, which are no part of the text: one a paragraph, in the order of the file. The text is
    /// Markdown.
    pub notes: Vec<LeftOut>,
    /// Warnings for the author, by line.
    pub warnings: Vec<Warning>,
}

/// Where a letter's title was found, in order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TitleSource {
    /// `title` of the front matter; the digest covers it separately.
    FrontMatter,
    /// The first heading of the text, in Markdown or HTML.
    Heading,
    /// The first paragraph of the text, wholly bold; also if a heading below the first level comes later.
    Bold,
}

words! {
    /// The source of a name.
    pub enum SignatorySource {
        /// It links to GitHub, or the file is kept there.
        GitHub = "github",
        /// The letter's own list, wherever that is kept.
        Letter = "letter",
        /// An administrator entered it.
        Manual = "manual",
    }
}

words! {
    /// The state of a name.
    pub enum SignatoryState {
        /// On the page.
        Listed = "listed",
        /// An administrator took it off; `unhide` brings it back.
        Hidden = "hidden",
        /// It went from the file, and comes back with it.
        Withdrawn = "withdrawn",
        /// An administrator removed it: its text is erased, and the file does not bring it back.
        Removed = "removed",
    }
}

/// A name in the letter's own list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signatory {
    /// The name, plain text, up to 200 characters, never an e-mail address.
    pub name: String,
    /// The GitHub account without `@`; from the link where there is one.
    pub handle: Option<String>,
    /// An absolute http or https URL: the GitHub profile if one is linked, else the name's link.
    pub url: Option<String>,
    /// The affiliation after the name, plain text, up to 500 characters.
    pub affiliation: Option<String>,
    /// The place in the list, from 1 and without gaps.
    pub position: u32,
    /// The line of the file, from 1.
    pub line: u32,
}

impl Signatory {
    /// The source of the name. `file_on_github`: whether the file is kept on GitHub.
    #[must_use]
    pub fn source(&self, file_on_github: bool) -> SignatorySource {
        let linked = self.url.as_deref().is_some_and(is_on_github);
        if file_on_github || linked {
            SignatorySource::GitHub
        } else {
            SignatorySource::Letter
        }
    }
}

/// Whether a URL is on GitHub: a page of it, or a file as it is.
#[must_use]
pub fn is_on_github(url: &str) -> bool {
    let parsed = Url::parse(url);
    let host = parsed.as_ref().ok().and_then(Url::host_str);
    let own = ["github.com", "www.github.com", "raw.githubusercontent.com"];
    host.is_some_and(|host| own.contains(&host))
}

/// What stands among the names and is none: a line of the list, or a note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// The line of the file, from 1; a note's first line.
    pub line: u32,
    /// As in the file, without surrounding blanks.
    pub text: String,
}

/// A warning for the author of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The line of the file, from 1.
    pub line: u32,
    /// One sentence, without the line number.
    pub text: String,
}

/// The number, from 1, of the line with this index.
fn line_number(index: usize) -> u32 {
    u32::try_from(index).map_or(u32::MAX, |index| index.saturating_add(1))
}

/// Text on one line: every run of white space becomes one space, none at the ends.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
