//! The blocks of a document.

use std::ops::Range;

/// Longest line of a list that is read, in bytes: ten times the longest in known letters. It bounds the work for one
/// line.
pub(super) const MAX_LINE: usize = 4096;

/// The kinds of blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum BlockKind {
    Heading,
    Paragraph,
    List,
    Table,
    Code,
    Rule,
    /// Raw HTML without a word: tags around other blocks, comments.
    Html,
    /// A quotation; it contains paragraphs of its own.
    Quotation,
    Footnote,
    #[default]
    Other,
}

/// A block at the top of the document, or of a piece of raw HTML in it.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) kind: BlockKind,
    /// The level of a heading, from 1; else 0.
    pub(super) level: u8,
    /// Indexes of its lines, without trailing blank ones.
    pub(super) lines: Range<usize>,
    /// Its bytes, of a block of raw HTML.
    pub(super) span: Option<Range<usize>>,
    /// Its plain text, with line breaks, without surrounding blanks.
    pub(super) text: String,
    /// Whether all of its text is bold.
    pub(super) bold: bool,
    /// How many words stand outside of links and pictures.
    pub(super) own_words: usize,
    /// Whether it comes from raw HTML: its entries do not stand in the lines as they are.
    pub(super) is_html: bool,
    /// The entries of an HTML list, the lines of code and of HTML paragraphs.
    pub(super) entries: Vec<ListEntry>,
    /// The rows of a table.
    pub(super) rows: Vec<TableRow>,
    /// How many elements begin in it that do not end.
    pub(super) opens: usize,
    /// How many elements end in it that do not begin.
    pub(super) closes: usize,
}

impl Block {
    /// An empty block in this line.
    pub(super) fn new(kind: BlockKind, line: usize) -> Self {
        Self {
            kind,
            lines: line..line + 1,
            is_html: true,
            ..Self::default()
        }
    }
}

/// An entry of a list: one signatory's lines, joined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ListEntry {
    /// Indexes of its lines.
    pub(super) lines: Range<usize>,
    /// Its Markdown without bullet and surrounding blanks.
    pub(super) text: String,
    /// Whether it has a bullet.
    pub(super) bullet: bool,
}

impl ListEntry {
    /// An empty entry in this line.
    pub(super) fn at(line: usize) -> Self {
        Self {
            lines: line..line + 1,
            ..Self::default()
        }
    }
}

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TableRow {
    /// The index of its line.
    pub(super) line: usize,
    /// The Markdown of its cells.
    pub(super) cells: Vec<String>,
    /// Whether it is the head.
    pub(super) head: bool,
}
