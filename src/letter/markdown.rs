//! Markdown as a list of top-level blocks with their lines, and as plain text.
//!
//! The content of a list or a quotation stays inside its block. The grammar is that of `pulldown-cmark`, the
//! same for reading and for rendering.

use std::{collections::HashMap, ops::Range};

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::{
    block::{Block, BlockKind, ListEntry, MAX_LINE, TableRow},
    html_blocks,
};

/// The extensions to core Markdown that both GitHub and Jekyll's kramdown know.
pub(super) const OPTIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_STRIKETHROUGH);

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
        // Every name that refers to it gets a copy; an address in the name's own line cannot be longer either.
        .filter(|(_, definition)| definition.dest.len() <= MAX_LINE)
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
            collector = Collector::of(&event);
        }
        collector.take(&event);
        if let Event::Start(Tag::TableHead | Tag::TableRow) = event {
            collector.rows.push(TableRow {
                line: lines.line_at(range.start),
                cells: Vec::new(),
                head: matches!(event, Event::Start(Tag::TableHead)),
            });
        } else if let Event::Start(Tag::TableCell) = event
            && let Some(row) = collector.rows.last_mut()
        {
            let cell = text.get(range.clone()).unwrap_or_default();
            let cell = cell.trim().trim_matches('|').trim();
            row.cells.push(cell.replace("\\|", "|"));
        }
        if depth == 0 {
            let of_block = lines.of_range(&range);
            let collector = std::mem::take(&mut collector);
            if collector.kind == BlockKind::Html {
                let html = text.get(range.clone()).unwrap_or_default();
                let found = html_blocks::read(html, of_block.start, range.start);
                if found.is_empty() {
                    let (opens, closes) = tags(html);
                    blocks.push(Block {
                        lines: of_block,
                        opens,
                        closes,
                        ..Block::new(BlockKind::Html, 0)
                    });
                }
                blocks.extend(found);
            } else {
                blocks.push(collector.block(of_block));
            }
        }
    }
    Outline {
        blocks,
        definitions,
    }
}

/// How many elements only begin and only end in HTML without words, such as `<small>`.
fn tags(html: &str) -> (usize, usize) {
    let after = html.match_indices('<').map(|(at, _)| html.get(at + 1..));
    let after = after.map(Option::unwrap_or_default);
    let (mut opens, mut closes) = (0_usize, 0_usize);
    for tag in after {
        closes += usize::from(tag.starts_with('/'));
        let is_void = ["img", "br", "hr", "!"]
            .iter()
            .any(|void| tag.starts_with(void));
        opens += usize::from(!is_void && tag.starts_with(|c: char| c.is_ascii_alphabetic()));
    }
    (opens.saturating_sub(closes), closes.saturating_sub(opens))
}

/// The pieces of raw HTML in a text, with the indexes of their first lines.
pub(super) fn raw_html(text: &str) -> Vec<(usize, String)> {
    let lines = LineIndex::of(text);
    let events = Parser::new_ext(text, OPTIONS).into_offset_iter();
    events
        .filter_map(|(event, range)| {
            let (Event::Html(html) | Event::InlineHtml(html)) = event else {
                return None;
            };
            Some((lines.line_at(range.start), html.to_string()))
        })
        .collect()
}

/// The kind of the block that an event begins, or is, and the level of a heading.
fn kind_of(event: &Event<'_>) -> (BlockKind, u8) {
    let kind = match event {
        Event::Rule => BlockKind::Rule,
        Event::Start(Tag::Heading { level, .. }) => {
            let level = *level;
            return (BlockKind::Heading, level_number(level));
        }
        Event::Start(Tag::Paragraph) => BlockKind::Paragraph,
        Event::Start(Tag::List(_)) => BlockKind::List,
        Event::Start(Tag::Table(_)) => BlockKind::Table,
        Event::Start(Tag::CodeBlock(_)) => BlockKind::Code,
        Event::Start(Tag::HtmlBlock) => BlockKind::Html,
        Event::Start(Tag::BlockQuote(_)) => BlockKind::Quotation,
        Event::Start(Tag::FootnoteDefinition(_)) => BlockKind::Footnote,
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
    };
    (kind, 0)
}

/// The level of a heading as a number.
fn level_number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
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
    level: u8,
    fenced: bool,
    text: String,
    strong: usize,
    links: usize,
    own_words: usize,
    plain: bool,
    rows: Vec<TableRow>,
}

impl Collector {
    fn of(event: &Event<'_>) -> Self {
        let (kind, level) = kind_of(event);
        Self {
            kind,
            level,
            fenced: matches!(
                event,
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_)))
            ),
            ..Self::default()
        }
    }

    fn take(&mut self, event: &Event<'_>) {
        if let Event::Start(Tag::Strong) = event {
            self.strong += 1;
        } else if let Event::End(TagEnd::Strong) = event {
            self.strong = self.strong.saturating_sub(1);
        } else if let Event::Start(Tag::Link { .. } | Tag::Image { .. }) = event {
            self.links += 1;
        } else if let Event::End(TagEnd::Link | TagEnd::Image) = event {
            self.links = self.links.saturating_sub(1);
        } else if let Some(words) = words_of(event) {
            if self.links == 0 {
                self.own_words += words.split_whitespace().count();
            }
            self.plain |= self.strong == 0 && !words.trim().is_empty();
            self.text.push_str(words);
        }
    }

    fn block(self, lines: Range<usize>) -> Block {
        let entries = if self.kind == BlockKind::Code {
            let first = lines.start + usize::from(self.fenced);
            let code = self.text.lines().zip(first..);
            code.map(|(line, at)| ListEntry {
                text: line.trim().to_owned(),
                ..ListEntry::at(at)
            })
            .filter(|entry| !entry.text.is_empty())
            .collect()
        } else {
            Vec::new()
        };
        let text = self.text.trim().to_owned();
        Block {
            kind: self.kind,
            level: self.level,
            lines,
            bold: !self.plain && !text.is_empty(),
            text,
            entries,
            rows: self.rows,
            own_words: self.own_words,
            ..Block::default()
        }
    }
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
                (BlockKind::Paragraph, 10..11, "six"),
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
