//! Markdown as a list of top-level blocks with their lines, and as plain text.
//!
//! The content of a list or a quotation stays inside its block. The grammar is that of `pulldown-cmark`, the
//! same for reading and for rendering.

use std::{collections::HashMap, ops::Range};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// The extensions to core Markdown that both GitHub and Jekyll's kramdown know.
pub(super) const OPTIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_STRIKETHROUGH);

/// The kinds of blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum BlockKind {
    Heading,
    Paragraph,
    List,
    Rule,
    /// Raw HTML; its text is the text between the tags.
    Html,
    /// A quotation or footnote; it contains paragraphs of its own.
    Quotation,
    /// Code or a table.
    #[default]
    Other,
}

/// A block at the top of the document.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) kind: BlockKind,
    /// Indexes of its lines, without trailing blank ones.
    pub(super) lines: Range<usize>,
    /// Its plain text, with line breaks, without surrounding blanks.
    pub(super) text: String,
    /// Whether all of its text is bold.
    pub(super) bold: bool,
}

/// The URLs of link definitions such as `[1]: https://example.org`, by lower-case label.
pub(super) type Definitions = HashMap<String, String>;

/// A document as blocks.
#[derive(Debug)]
pub(super) struct Outline {
    pub(super) blocks: Vec<Block>,
    pub(super) definitions: Definitions,
}

/// Reads the blocks of a text with LF line ends.
pub(super) fn outline(text: &str) -> Outline {
    let parser = Parser::new_ext(text, OPTIONS);
    let definitions = parser
        .reference_definitions()
        .iter()
        .map(|(label, definition)| (label.to_lowercase(), definition.dest.to_string()))
        .collect();
    let lines = LineIndex::of(text);
    let mut blocks = Vec::new();
    let mut collector = Collector::default();
    let mut depth = 0_usize;
    for (event, range) in parser.into_offset_iter() {
        let before = depth;
        if matches!(event, Event::Start(_)) {
            depth += 1;
        } else if matches!(event, Event::End(_)) {
            depth = depth.saturating_sub(1);
        }
        if before == 0 {
            collector = Collector {
                kind: kind_of(&event),
                ..Collector::default()
            };
        }
        collector.take(&event);
        if depth == 0 {
            blocks.push(std::mem::take(&mut collector).block(lines.of_range(&range)));
        }
    }
    Outline {
        blocks,
        definitions,
    }
}

/// The kind of the block that an event begins, or is.
fn kind_of(event: &Event<'_>) -> BlockKind {
    match event {
        Event::Rule => BlockKind::Rule,
        Event::Start(Tag::Heading { .. }) => BlockKind::Heading,
        Event::Start(Tag::Paragraph) => BlockKind::Paragraph,
        Event::Start(Tag::List(_)) => BlockKind::List,
        Event::Start(Tag::HtmlBlock) => BlockKind::Html,
        Event::Start(Tag::BlockQuote(_) | Tag::FootnoteDefinition(_)) => BlockKind::Quotation,
        Event::Start(_)
        | Event::End(_)
        | Event::Text(_)
        | Event::Code(_)
        | Event::InlineMath(_)
        | Event::DisplayMath(_)
        | Event::Html(_)
        | Event::InlineHtml(_)
        | Event::FootnoteReference(_)
        | Event::SoftBreak
        | Event::HardBreak
        | Event::TaskListMarker(_) => BlockKind::Other,
    }
}

/// The plain text of one event; a line break if it breaks the line.
pub(super) fn words_of<'a>(event: &'a Event<'_>) -> Option<&'a str> {
    if let Event::Text(text)
    | Event::Code(text)
    | Event::InlineMath(text)
    | Event::DisplayMath(text) = event
    {
        return Some(text);
    }
    let breaks = matches!(
        event,
        Event::SoftBreak
            | Event::HardBreak
            | Event::End(TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::TableCell)
    );
    breaks.then_some("\n")
}

/// Collects the text of one block.
#[derive(Debug, Default)]
struct Collector {
    kind: BlockKind,
    text: String,
    html: String,
    strong: usize,
    plain: bool,
}

impl Collector {
    fn take(&mut self, event: &Event<'_>) {
        if let Event::Start(Tag::Strong) = event {
            self.strong += 1;
        } else if let Event::End(TagEnd::Strong) = event {
            self.strong = self.strong.saturating_sub(1);
        } else if let Event::Html(html) = event {
            self.html.push_str(html);
        } else if let Some(words) = words_of(event) {
            self.plain |= self.strong == 0 && !words.trim().is_empty();
            self.text.push_str(words);
        }
    }

    fn block(self, lines: Range<usize>) -> Block {
        let text = if self.kind == BlockKind::Html {
            text_of_html(&self.html)
        } else {
            self.text
        };
        let text = text.trim().to_owned();
        Block {
            kind: self.kind,
            lines,
            bold: !self.plain && !text.is_empty(),
            text,
        }
    }
}

/// The text between the tags of a piece of HTML. Only for testing whether it is empty or a signing word;
/// never shown.
fn text_of_html(html: &str) -> String {
    let mut text = String::new();
    let without_comments = blank_comments(html);
    let mut rest = without_comments.as_str();
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        rest = tag.split_once('>').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    super::one_line(&text)
}

/// The text with every complete `<!-- … -->` replaced by blanks; lines keep their numbers.
pub(super) fn blank_comments(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("<!--") {
        let Some((inside, after)) = comment.split_once("-->") else {
            break;
        };
        result.push_str(before);
        result.extend(inside.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        rest = after;
    }
    result.push_str(rest);
    result
}

/// Maps byte offsets to lines.
#[derive(Debug)]
struct LineIndex<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> LineIndex<'a> {
    fn of(text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
        Self {
            text,
            starts: starts.collect(),
        }
    }

    /// The lines of a range of bytes, without trailing blanks.
    fn of_range(&self, range: &Range<usize>) -> Range<usize> {
        let said = self
            .text
            .get(range.clone())
            .map_or(0, |text| text.trim_end().len());
        let last = range.start + said.saturating_sub(1);
        self.line_at(range.start)..self.line_at(last) + 1
    }

    fn line_at(&self, offset: usize) -> usize {
        self.starts
            .partition_point(|start| *start <= offset)
            .saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_know_their_lines_and_words() {
        let text = "# One\ntwo  \n**three**\n\n- four\n\n  five\n\n\n---\n<p>six <!-- 6 --></p>\n\nSeven\n-----\n**eight\n`nine`**\n";
        let blocks = outline(text).blocks;
        let seen: Vec<_> = blocks
            .iter()
            .map(|block| (block.kind, block.lines.clone(), block.text.as_str()))
            .collect();
        assert_eq!(
            seen,
            [
                (BlockKind::Heading, 0..1, "One"),
                (BlockKind::Paragraph, 1..3, "two\nthree"),
                (BlockKind::List, 4..7, "four\nfive"),
                (BlockKind::Rule, 9..10, ""),
                (BlockKind::Html, 10..11, "six"),
                (BlockKind::Heading, 12..14, "Seven"),
                (BlockKind::Paragraph, 14..16, "eight\nnine"),
            ]
        );
        assert!(blocks.last().unwrap().bold);
        assert!(!blocks[1].bold);
    }

    #[test]
    fn comments_become_blanks_and_lines_stay() {
        assert_eq!(
            blank_comments("a <!-- b\nc --> d <!-- e"),
            "a   \n   d <!-- e"
        );
    }
}
