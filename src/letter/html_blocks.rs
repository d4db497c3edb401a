//! A block of raw HTML as the blocks that a reader sees in it: headings, paragraphs, lists, tables, and the tags
//! around them.
//!
//! One pass without a tree. What is read here only finds titles and names; nothing of it is shown as HTML.

use std::ops::Range;

use super::block::{Block, BlockKind, ListEntry, TableRow};
use crate::text::html_to_text;

/// Elements whose content nobody sees.
const HIDDEN: [&str; 8] = [
    "script", "style", "iframe", "noscript", "template", "textarea", "svg", "object",
];
/// Elements around other blocks.
const WRAPPERS: [&str; 15] = [
    "div",
    "details",
    "center",
    "section",
    "article",
    "aside",
    "main",
    "header",
    "footer",
    "blockquote",
    "figure",
    "form",
    "nav",
    "pre",
    "fieldset",
];

/// A tag, a comment, or the text between.
enum HtmlPiece<'a> {
    Tag {
        name: String,
        closes: bool,
        inside: &'a str,
    },
    Comment,
    Text(&'a str),
}

/// Splits HTML into pieces with their places.
fn pieces(html: &str) -> impl Iterator<Item = (Range<usize>, HtmlPiece<'_>)> {
    let mut at = 0;
    let mut raw: Option<String> = None;
    std::iter::from_fn(move || {
        let start = at;
        let rest = html.get(at..).filter(|rest| !rest.is_empty())?;
        if let Some(name) = raw.take() {
            let is_end = |at: &usize| {
                let tag = rest.get(at + 2..at + 2 + name.len());
                tag.is_some_and(|tag| tag.eq_ignore_ascii_case(&name))
            };
            let mut ends = rest.match_indices("</").map(|(at, _)| at);
            at += ends.find(is_end).unwrap_or(rest.len());
            return Some((start..at, HtmlPiece::Comment));
        }
        if let Some(comment) = rest.strip_prefix("<!--") {
            at += comment.find("-->").map_or(rest.len(), |end| end + 7);
            return Some((start..at, HtmlPiece::Comment));
        }
        let is_tag = |text: &str| {
            text.strip_prefix('<').is_some_and(|text| {
                text.strip_prefix('/')
                    .unwrap_or(text)
                    .starts_with(|c: char| c.is_ascii_alphabetic() || c == '!')
            })
        };
        if is_tag(rest) {
            let end = rest.find('>').map_or(rest.len(), |end| end + 1);
            at += end;
            let inside = rest
                .get(1..end)
                .unwrap_or_default()
                .trim_end_matches(['>', '/']);
            let closes = inside.starts_with('/');
            let name: String = inside
                .trim_start_matches('/')
                .chars()
                .take_while(char::is_ascii_alphanumeric)
                .collect::<String>()
                .to_ascii_lowercase();
            if !closes && HIDDEN.contains(&name.as_str()) {
                raw = Some(name.clone());
            }
            return Some((
                start..at,
                HtmlPiece::Tag {
                    name,
                    closes,
                    inside,
                },
            ));
        }
        let after = rest.char_indices().nth(1).map_or(rest.len(), |(at, _)| at);
        let end = rest
            .get(after..)
            .and_then(|rest| rest.find('<'))
            .map_or(rest.len(), |end| after + end);
        at += end;
        Some((
            start..at,
            HtmlPiece::Text(rest.get(..end).unwrap_or_default()),
        ))
    })
}

/// The blocks of a piece of HTML that begins at this line and byte of the text.
pub(super) fn read(html: &str, line: usize, offset: usize) -> Vec<Block> {
    let mut reader = HtmlReader {
        line,
        ..HtmlReader::default()
    };
    for (place, piece) in pieces(html) {
        let lines = html
            .get(place.clone())
            .unwrap_or_default()
            .matches('\n')
            .count();
        let span = offset + place.start..offset + place.end;
        match piece {
            HtmlPiece::Comment => reader.line += lines,
            HtmlPiece::Text(text) => reader.text(text, &span),
            HtmlPiece::Tag {
                name,
                closes,
                inside,
            } => {
                reader.line += lines;
                reader.tag(&name, closes, inside, &span);
            }
        }
    }
    reader.flush();
    reader.end_list();
    reader.end_table();
    reader.end_wrapper();
    reader.out
}

/// What the text between tags belongs to.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum TextRole {
    /// A paragraph, or text without an element.
    #[default]
    Paragraph,
    Heading(u8),
    Item,
    Cell,
}

/// The text since the last tag of a block.
#[derive(Default)]
struct Run {
    role: TextRole,
    /// Lines of text as Markdown, with links and strike-outs.
    lines: Vec<ListEntry>,
    /// The text without any tags.
    plain: String,
    /// Whether it has anything but blanks.
    said: bool,
    span: Option<Range<usize>>,
    /// Whether any of it is not bold.
    thin: bool,
}

#[derive(Default)]
struct HtmlReader {
    out: Vec<Block>,
    line: usize,
    run: Run,
    strong: usize,
    link: Option<String>,
    list: Option<Block>,
    list_depth: usize,
    table: Option<Block>,
    in_row: bool,
    wrapper: Option<Block>,
}

impl HtmlReader {
    fn text(&mut self, text: &str, span: &Range<usize>) {
        let one_line = matches!(self.run.role, TextRole::Item | TextRole::Cell);
        for (index, line) in text.split('\n').enumerate() {
            if index > 0 {
                self.line += 1;
                self.run.plain.push(if one_line { ' ' } else { '\n' });
                if !one_line {
                    self.run.lines.push(ListEntry::at(self.line));
                }
            }
            let says = !line.trim().is_empty();
            self.run.said |= says;
            if !self.run.said {
                continue;
            }
            self.run.thin |= self.strong == 0 && says;
            self.run.plain.push_str(line);
            self.markdown(line);
            self.extend(span);
        }
    }

    /// Appends to the Markdown of the current line.
    fn markdown(&mut self, text: &str) {
        if self.run.lines.is_empty() {
            self.run.lines.push(ListEntry::at(self.line));
        }
        if let Some(entry) = self.run.lines.last_mut() {
            if entry.text.is_empty() {
                entry.lines.start = self.line;
            } else if self.line >= entry.lines.end {
                entry.text.push(' ');
            }
            entry.lines.end = self.line + 1;
            entry.text.push_str(text);
        }
    }

    fn extend(&mut self, span: &Range<usize>) {
        let start = self
            .run
            .span
            .as_ref()
            .map_or(span.start, |before| before.start);
        self.run.span = Some(start..span.end);
    }

    fn tag(&mut self, name: &str, closes: bool, inside: &str, span: &Range<usize>) {
        match name {
            "b" | "strong" if closes => self.strong = self.strong.saturating_sub(1),
            "b" | "strong" => self.strong += 1,
            "s" | "del" | "strike" => self.markdown("~~"),
            "a" if closes => {
                if let Some(url) = self.link.take() {
                    self.markdown(&format!("](<{url}>)"));
                }
            }
            "a" => {
                self.link = attribute(inside, "href");
                if self.link.is_some() {
                    self.markdown("[");
                }
            }
            "br" if self.run.role == TextRole::Paragraph => {
                self.run.plain.push('\n');
                self.run.lines.push(ListEntry::at(self.line));
            }
            "br" => {
                self.run.plain.push(' ');
                self.markdown(", ");
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "summary" => {
                if closes {
                    self.extend(span);
                    self.flush();
                } else {
                    self.flush();
                    let level = name.strip_prefix('h').and_then(|level| level.parse().ok());
                    self.run.role = TextRole::Heading(level.unwrap_or(6));
                    self.extend(span);
                }
            }
            "ul" | "ol" | "dl" => self.list_tag(closes),
            "li" | "dt" => {
                self.flush();
                if !closes {
                    self.begin_list();
                    self.run.role = TextRole::Item;
                }
            }
            "dd" => {
                if !closes && self.list.is_some() {
                    self.flush();
                    self.run.role = TextRole::Item;
                    self.markdown("\u{1}");
                } else {
                    self.flush();
                }
            }
            "table" | "thead" | "tbody" | "tr" | "td" | "th" => self.table_tag(name, closes),
            "p" => {
                // A paragraph in an item or a cell belongs to it.
                if matches!(self.run.role, TextRole::Item | TextRole::Cell) {
                    if !closes && self.run.said {
                        self.markdown(", ");
                    }
                } else if closes {
                    self.extend(span);
                    self.flush();
                } else {
                    self.flush();
                    self.extend(span);
                }
            }
            "hr" => {
                self.flush();
                self.wrap(0, 0);
            }
            _ if WRAPPERS.contains(&name) => {
                if matches!(self.run.role, TextRole::Item | TextRole::Cell) {
                    self.markdown(" ");
                } else {
                    self.flush();
                    self.wrap(usize::from(!closes), usize::from(closes));
                }
            }
            // An anchor or an image alone is a line that says nothing.
            _ => {}
        }
    }

    fn list_tag(&mut self, closes: bool) {
        self.flush();
        if closes {
            self.list_depth = self.list_depth.saturating_sub(1);
            if let Some(list) = &mut self.list {
                list.lines.end = self.line + 1;
            }
            if self.list_depth == 0 {
                self.end_list();
            }
        } else {
            self.begin_list();
            self.list_depth += 1;
        }
    }

    fn begin_list(&mut self) {
        self.end_wrapper();
        if self.list.is_none() {
            self.list = Some(Block::new(BlockKind::List, self.line));
        }
    }

    fn end_list(&mut self) {
        if let Some(mut list) = self.list.take() {
            let texts = list.entries.iter().map(|entry| entry.text.as_str());
            list.text = texts.collect::<Vec<_>>().join("\n");
            self.out.push(list);
        }
    }

    fn table_tag(&mut self, name: &str, closes: bool) {
        self.flush();
        if self.table.is_none() && !closes {
            self.end_wrapper();
            self.table = Some(Block::new(BlockKind::Table, self.line));
        }
        let line = self.line;
        let Some(table) = &mut self.table else {
            return;
        };
        table.lines.end = line + 1;
        match (name, closes) {
            ("tr", false) => {
                table.rows.push(TableRow {
                    line,
                    cells: Vec::new(),
                    head: false,
                });
                self.in_row = true;
            }
            ("td" | "th", false) => {
                if let Some(row) = table.rows.last_mut() {
                    row.head = name == "th" && (row.head || row.cells.is_empty());
                    row.cells.push(String::new());
                }
                self.run.role = TextRole::Cell;
            }
            ("table", true) => self.end_table(),
            _ => {}
        }
    }

    fn end_table(&mut self) {
        if let Some(mut table) = self.table.take() {
            let cells = table.rows.iter().flat_map(|row| &row.cells);
            table.text = cells.map(String::as_str).collect::<Vec<_>>().join("\n");
            self.out.push(table);
        }
    }

    fn wrap(&mut self, opens: usize, closes: usize) {
        let line = self.line;
        let wrapper = self
            .wrapper
            .get_or_insert_with(|| Block::new(BlockKind::Html, line));
        wrapper.lines.end = line + 1;
        wrapper.opens += opens;
        wrapper.closes += closes;
    }

    fn end_wrapper(&mut self) {
        if let Some(wrapper) = self.wrapper.take() {
            self.out.push(wrapper);
        }
    }

    /// Ends the current run of text.
    fn flush(&mut self) {
        if let Some(url) = self.link.take() {
            self.markdown(&format!("](<{url}>)"));
        }
        let mut run = std::mem::take(&mut self.run);
        run.lines.retain(|entry| !entry.text.trim().is_empty());
        let text = html_to_text(&run.plain).trim().to_owned();
        match run.role {
            TextRole::Item => self.item(run.lines),
            TextRole::Cell => {
                let row = self.table.as_mut().and_then(|table| table.rows.last_mut());
                if let Some(cell) = row.and_then(|row| row.cells.last_mut()) {
                    *cell = run.lines.into_iter().map(|entry| entry.text).collect();
                }
            }
            TextRole::Paragraph | TextRole::Heading(_) => {
                if text.is_empty() {
                    return;
                }
                self.end_wrapper();
                if self.list_depth == 0 {
                    self.end_list();
                }
                let kind = if run.role == TextRole::Paragraph {
                    BlockKind::Paragraph
                } else {
                    BlockKind::Heading
                };
                let first = run
                    .lines
                    .first()
                    .map_or(self.line, |entry| entry.lines.start);
                let last = run
                    .lines
                    .last()
                    .map_or(self.line + 1, |entry| entry.lines.end);
                self.out.push(Block {
                    lines: first..last.max(first + 1),
                    span: run.span,
                    bold: !run.thin,
                    level: match run.role {
                        TextRole::Heading(level) => level,
                        TextRole::Paragraph | TextRole::Item | TextRole::Cell => 0,
                    },
                    text,
                    entries: run.lines,
                    is_html: true,
                    ..Block::new(kind, first)
                });
            }
        }
    }

    fn item(&mut self, lines: Vec<ListEntry>) {
        let Some(list) = &mut self.list else {
            return;
        };
        for entry in lines {
            list.lines.end = list.lines.end.max(entry.lines.end);
            let text = entry.text.trim();
            if let Some(definition) = text.strip_prefix('\u{1}')
                && let Some(term) = list.entries.last_mut()
            {
                term.text.push_str(", ");
                term.text.push_str(definition);
                term.lines.end = entry.lines.end;
                continue;
            }
            let text = text.trim_start_matches('\u{1}').to_owned();
            list.entries.push(ListEntry {
                text,
                bullet: true,
                ..entry
            });
        }
    }
}

/// The value of an attribute in a start tag.
fn attribute(inside: &str, name: &str) -> Option<String> {
    let lower = inside.to_ascii_lowercase();
    let at = lower.find(&format!("{name}="))? + name.len() + 1;
    let value = inside.get(at..)?;
    let value = match value.chars().next()? {
        quote @ ('"' | '\'') => value.get(1..)?.split(quote).next()?,
        _ => value.split_whitespace().next()?,
    };
    let fits = !value.contains(['<', '>', '\n']);
    fits.then(|| value.trim().to_owned())
}
