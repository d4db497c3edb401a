//! HTML to plain text in one pass, without a tree.
//!
//! A tree would be as deep as the sender likes, and an HTML5 parser reopens formatting elements after each
//! paragraph, so that a small document can grow quadratically. Plain text needs neither: this scanner reads
//! every byte a constant number of times and counts depths.

use super::{cut, entities::decode};

/// Most bytes of HTML that are read; the rest is dropped. As large as the largest activity.
pub const MAX_HTML: usize = 1024 * 1024;

/// Elements with an empty line around them.
const PARAGRAPHS: [&str; 12] = [
    "p",
    "blockquote",
    "pre",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "table",
    "figure",
];

/// Elements that begin and end a line.
const LINES: [&str; 22] = [
    "div",
    "li",
    "ul",
    "ol",
    "dl",
    "dt",
    "dd",
    "tr",
    "section",
    "article",
    "header",
    "footer",
    "main",
    "aside",
    "nav",
    "address",
    "details",
    "summary",
    "figcaption",
    "form",
    "center",
    "caption",
];

/// Elements whose content is not text, or not HTML: skipped up to their end tag.
pub(super) const RAW: [&str; 9] = [
    "script", "style", "title", "textarea", "iframe", "noembed", "noframes", "noscript", "template",
];

/// Remote HTML as plain text.
///
/// Paragraphs are separated by an empty line, `br` and other blocks by a line end; links keep their text;
/// entities are decoded. To keep quoted and struck text apart from the author's own words, the lines of a
/// `blockquote` begin with `> `, a `q` stands in quotation marks and struck text between `~~`. Scripts,
/// comments and the "RE: link" that servers add to quotes (class `quote-inline`) are left out. The only
/// control character in the result is the line end. Of the bidirectional controls only the marks stay, which
/// a right-to-left sentence may need.
///
/// Reads at most [`MAX_HTML`] bytes; the result is at most twice as long. Never fails: input that is not HTML
/// is read as text.
pub fn html_to_text(html: &str) -> String {
    let mut page = TextWriter::default();
    let mut rest = cut(html, MAX_HTML);
    while let Some((text, markup)) = rest.split_once('<') {
        page.text(text);
        rest = match markup.chars().next() {
            Some('!') => after_declaration(markup),
            Some('?') => after(markup, ">"),
            Some('/') => page.tag(markup),
            Some(first) if first.is_ascii_alphabetic() => page.tag(markup),
            Some(_) | None => {
                page.text("<");
                markup
            }
        };
    }
    page.text(rest);
    page.out
}

/// What follows the first `end` in `text`; nothing when it never comes, as in a browser.
pub(super) fn after<'html>(text: &'html str, end: &str) -> &'html str {
    text.split_once(end).map_or("", |(_, rest)| rest)
}

/// `text` begins with the `!` of a comment or a doctype.
pub(super) fn after_declaration(text: &str) -> &str {
    match text.strip_prefix('!') {
        Some(comment) if comment.starts_with("--") => after(comment, "-->"),
        Some(_) | None => after(text, ">"),
    }
}

/// What must be written before the next visible character. Ordered: the larger one wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    Blank,
    Line,
    Paragraph,
}

/// The text written so far, and the elements that are open.
#[derive(Debug, Default)]
struct TextWriter {
    out: String,
    gap: Gap,
    /// Open `blockquote`s.
    quotes: usize,
    /// Open `pre`s.
    preformatted: usize,
    /// The element that is being skipped, and how many of its name are open.
    hidden: Option<(String, usize)>,
}

impl TextWriter {
    fn text(&mut self, text: &str) {
        if self.hidden.is_none() {
            decode(text, |character| self.character(character));
        }
    }

    fn character(&mut self, character: char) {
        match character {
            '\n' if self.preformatted > 0 => self.line_end(),
            '\u{2028}' | '\u{2029}' => self.line_end(),
            ' ' | '\t' if self.preformatted > 0 => self.push(' '),
            ' ' | '\t' | '\n' | '\r' | '\u{c}' => self.gap = self.gap.max(Gap::Blank),
            // An isolate that is not closed here would close the one of the page around it.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            _ if character.is_control() => {}
            _ => self.push(character),
        }
    }

    fn push(&mut self, character: char) {
        let new_line = self.gap >= Gap::Line || self.out.is_empty();
        if !self.out.is_empty() {
            self.out.push_str(match self.gap {
                Gap::None => "",
                Gap::Blank => " ",
                Gap::Line => "\n",
                Gap::Paragraph => "\n\n",
            });
        }
        if new_line && self.quotes > 0 {
            self.out.push_str("> ");
        }
        self.gap = Gap::None;
        self.out.push(character);
    }

    fn line_end(&mut self) {
        self.gap = if self.gap >= Gap::Line {
            Gap::Paragraph
        } else {
            Gap::Line
        };
    }

    /// Reads the tag at the beginning of `markup` (after its `<`) and gives what follows it.
    fn tag<'html>(&mut self, markup: &'html str) -> &'html str {
        let Some((tag, rest)) = tag_end(markup).and_then(|end| markup.split_at_checked(end)) else {
            return "";
        };
        let rest = rest.strip_prefix('>').unwrap_or(rest);
        let (closing, tag) = tag
            .strip_prefix('/')
            .map_or((false, tag), |tag| (true, tag));
        let name_end = tag.find(|c: char| c.is_ascii_whitespace() || c == '/');
        let (name, attributes) = tag
            .split_at_checked(name_end.unwrap_or(tag.len()))
            .unwrap_or((tag, ""));
        let name = name.to_ascii_lowercase();
        if let Some((hidden, depth)) = &mut self.hidden {
            if *hidden == name {
                *depth = if closing {
                    depth.saturating_sub(1)
                } else {
                    depth.saturating_add(1)
                };
            }
            if *depth == 0 {
                self.hidden = None;
            }
        } else if closing {
            self.close(&name);
        } else if RAW.contains(&name.as_str()) {
            return after_raw(rest, &name);
        } else if attributes.contains("quote-inline")
            && matches!(name.as_str(), "p" | "span" | "div")
        {
            self.hidden = Some((name, 1));
        } else {
            self.open(&name);
        }
        rest
    }

    fn open(&mut self, name: &str) {
        self.border(name);
        match name {
            "br" => self.line_end(),
            "blockquote" => self.quotes = self.quotes.saturating_add(1),
            "pre" => self.preformatted = self.preformatted.saturating_add(1),
            "q" => self.push('“'),
            "s" | "del" | "strike" => self.strike(),
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        self.border(name);
        match name {
            "blockquote" => self.quotes = self.quotes.saturating_sub(1),
            "pre" => self.preformatted = self.preformatted.saturating_sub(1),
            "q" => self.push('”'),
            "s" | "del" | "strike" => self.strike(),
            _ => {}
        }
    }

    fn border(&mut self, name: &str) {
        let gap = match name {
            _ if PARAGRAPHS.contains(&name) => Gap::Paragraph,
            _ if LINES.contains(&name) => Gap::Line,
            "td" | "th" => Gap::Blank,
            _ => Gap::None,
        };
        self.gap = self.gap.max(gap);
    }

    fn strike(&mut self) {
        self.push('~');
        self.push('~');
    }
}

/// Where the tag ends, at its `>`; one inside a quoted attribute value does not count.
pub(super) fn tag_end(markup: &str) -> Option<usize> {
    let mut quote = None;
    let mut value_may_begin = false;
    for (at, character) in markup.char_indices() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (None, '>') => return Some(at),
            (None, '"' | '\'') if value_may_begin => quote = Some(character),
            (Some(_) | None, _) => {}
        }
        value_may_begin = character == '=' || (value_may_begin && character.is_ascii_whitespace());
    }
    None
}

/// What stands at the end tag of the raw element `name`; nothing when there is none.
pub(super) fn after_raw<'html>(content: &'html str, name: &str) -> &'html str {
    let mut rest = content;
    while let Some(at) = rest.find("</") {
        let from_tag = rest.get(at..).unwrap_or_default();
        let behind = rest.get(at.saturating_add(2)..).unwrap_or_default();
        if behind
            .get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name))
        {
            return from_tag;
        }
        rest = behind;
    }
    ""
}
