//! Renders the letter's text as HTML for other servers and for our own page, and as plain text.
//!
//! Mastodon keeps few elements of remote HTML, so the HTML for other servers uses only those; our page shows
//! the full Markdown. Neither contains the title, which the caller puts first, and neither loads anything
//! from a third party.

use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd, html};
use unicode_segmentation::UnicodeSegmentation as _;
use url::Url;

use super::{
    Letter, TitleSource,
    block::{Block, BlockKind},
    events::{Flow, RenderTarget},
    markdown::{self, OPTIONS},
    marks::{self, MarkLinks},
    one_line,
    pictures::with_served,
    sanitise, title,
};
use crate::text::{html_to_text, shorten};

/// Longest description in previews, in graphemes.
const MAX_DESCRIPTION: usize = 300;

/// The text for the Note, without its title, made only of elements that Mastodon keeps.
///
/// Headings become bold paragraphs, images their descriptions, table rows lines. Links are absolute against
/// `base`; those without an http(s) address become plain text. The only line breaks are `br` and those inside
/// `pre`, because other servers show line feeds literally.
pub fn note_html(letter: &Letter, base: &Url) -> String {
    for_servers(&text_without_title(letter), base)
}

/// A text for other servers, by the rules of [`note_html`].
pub(super) fn for_servers(text: &str, base: &Url) -> String {
    let text = with_served(text, base);
    html_for_servers(Parser::new_ext(&text, OPTIONS), base)
}

/// The text of a post for other servers, by the rules of [`note_html`], with its marks as links.
pub(super) fn post_for_servers(text: &str, base: &Url, links: &MarkLinks<'_>) -> String {
    let text = with_served(text, base);
    html_for_servers(marks::linked(&text, links), base)
}

fn html_for_servers<'a>(events: impl Iterator<Item = Event<'a>>, base: &'a Url) -> String {
    let mut rows = Rows::default();
    let events =
        Flow::new(events, RenderTarget::Servers, base).flat_map(|event| plainer(event, &mut rows));
    sanitise::for_servers(&to_html(events), base)
}

/// The text for our own page, without its title. Headings begin at `h2`, because the title is the page's
/// `h1`. Images are shown only from `base`'s own origin, else their descriptions.
pub fn page_html(letter: &Letter, base: &Url) -> String {
    for_people(&text_without_title(letter), base)
}

/// A text for our own page, by the rules of [`page_html`].
fn for_people(text: &str, base: &Url) -> String {
    let text = with_served(text, base);
    html_for_people(&text, Parser::new_ext(&text, OPTIONS), base)
}

/// The text of a post for our own page, by the rules of [`page_html`], with its marks as links.
pub(super) fn post_for_people(text: &str, base: &Url, links: &MarkLinks<'_>) -> String {
    let text = with_served(text, base);
    html_for_people(&text, marks::linked(&text, links), base)
}

/// Renders the events of a text.
fn html_for_people<'a>(
    text: &str,
    events: impl Iterator<Item = Event<'a>>,
    base: &'a Url,
) -> String {
    let has_h1 = Parser::new_ext(text, OPTIONS).any(|event| {
        matches!(
            event,
            Event::Start(Tag::Heading {
                level: HeadingLevel::H1,
                ..
            })
        )
    });
    let flow = Flow::new(events, RenderTarget::People, base);
    let html = if has_h1 {
        to_html(flow.map(with_lower_heading))
    } else {
        to_html(flow)
    };
    sanitise::for_people(&html, base)
}

/// The most graphemes of a paragraph that may be a salutation.
const SALUTATION: usize = 80;

/// Whether a paragraph says nothing yet: it is short, and ends like "Dear Madam or Sir," rather than like a sentence.
fn is_salutation(text: &str) -> bool {
    let ends_a_sentence = |last: char| ".?…。？।؟".contains(last);
    let quoted = |character: char| "\"'”’»)".contains(character);
    let text = text.trim_end_matches(quoted);
    !text.ends_with(ends_a_sentence) && text.graphemes(true).nth(SALUTATION).is_none()
}

/// The first paragraph after the title that says something, plain text on one line; empty if there is none.
pub fn first_paragraph(letter: &Letter) -> String {
    let text = &letter.body;
    let blocks = markdown::outline(text).blocks;
    let blocks: Vec<&Block> = blocks.iter().collect();
    let title = title_block(letter, &blocks).map(|title| title.lines.end);
    let is_paragraph = |block: &&&Block| {
        block.kind == BlockKind::Paragraph
            && !block.text.is_empty()
            && title.is_none_or(|end| block.lines.start >= end)
    };
    // Mottoes and lists of links stand between a title and its text.
    let says = |block: &&&Block| !block.bold && (block.own_words > 0 || block.is_html);
    let mut paragraphs = blocks.iter().filter(is_paragraph).filter(says);
    let first = paragraphs
        .clone()
        .find(|block| !is_salutation(&one_line(&block.text)));
    let first = first.or_else(|| paragraphs.next());
    let first = first.or_else(|| blocks.iter().find(is_paragraph));
    first.map(|block| one_line(&block.text)).unwrap_or_default()
}

/// The whole text as other servers show it: plain text with the title first.
pub fn plain_text(letter: &Letter, base: &Url) -> String {
    let text = html_to_text(&note_html(letter, base));
    format!("{}\n\n{}", letter.title, text.trim())
        .trim_end()
        .to_owned()
}

/// The notes among the names, for our own page; empty if there are none.
pub fn notes_html(notes: &str, base: &Url) -> String {
    for_people(notes, base)
}

/// The letter's text, shortened to 300 graphemes of plain text, for previews of its page.
pub fn description(letter: &Letter) -> String {
    let paragraph = first_paragraph(letter);
    let text = if paragraph.is_empty() {
        &letter.title
    } else {
        &paragraph
    };
    shorten(text, MAX_DESCRIPTION)
}

/// The block of the body that says the title.
fn title_block<'a>(letter: &Letter, blocks: &[&'a Block]) -> Option<&'a Block> {
    match letter.title_source {
        TitleSource::Heading | TitleSource::Bold => title::find(blocks).map(|found| found.block),
        // Many files repeat the front matter's title above the text.
        TitleSource::FrontMatter => {
            let mut said = blocks.iter().filter(|block| !block.text.is_empty());
            said.next().copied().filter(|block| {
                (block.kind == BlockKind::Heading || block.bold)
                    && one_line(&block.text) == letter.title
            })
        }
    }
}

/// The body with empty lines in place of its title.
pub(super) fn text_without_title(letter: &Letter) -> String {
    let blocks = markdown::outline(&letter.body).blocks;
    let Some(title) = title_block(letter, &blocks.iter().collect::<Vec<_>>()) else {
        return letter.body.clone();
    };
    if let Some((before, after)) = title
        .span
        .as_ref()
        .and_then(|span| Some((letter.body.get(..span.start)?, letter.body.get(span.end..)?)))
    {
        // An element that nobody shows keeps the lines around it HTML.
        return format!("{before}<div></div>{after}");
    }
    let lines = letter.body.lines().enumerate();
    let rest = lines.map(|(at, line)| if title.lines.contains(&at) { "" } else { line });
    rest.collect::<Vec<_>>().join("\n")
}

fn to_html<'a>(events: impl Iterator<Item = Event<'a>>) -> String {
    let mut out = String::new();
    html::push_html(&mut out, events);
    out
}

/// Whether the next cell of a table, or row, is the first one.
#[derive(Default)]
struct Rows {
    later_row: bool,
    later_cell: bool,
}

/// Replaces elements that Mastodon drops: a heading becomes a bold paragraph, a table one paragraph with a
/// line for each row, a rule nothing.
fn plainer<'a>(event: Event<'a>, rows: &mut Rows) -> Vec<Event<'a>> {
    match event {
        Event::Start(Tag::Heading { .. }) => {
            vec![Event::Start(Tag::Paragraph), Event::Start(Tag::Strong)]
        }
        Event::End(TagEnd::Heading(_)) => {
            vec![Event::End(TagEnd::Strong), Event::End(TagEnd::Paragraph)]
        }
        Event::Start(Tag::Table(_)) => {
            *rows = Rows::default();
            vec![Event::Start(Tag::Paragraph)]
        }
        Event::End(TagEnd::Table) => vec![Event::End(TagEnd::Paragraph)],
        Event::Start(Tag::TableHead | Tag::TableRow) => {
            rows.later_cell = false;
            let later = std::mem::replace(&mut rows.later_row, true);
            if later {
                vec![Event::HardBreak]
            } else {
                Vec::new()
            }
        }
        Event::Start(Tag::TableCell) => {
            let later = std::mem::replace(&mut rows.later_cell, true);
            if later {
                vec![Event::Text(" | ".into())]
            } else {
                Vec::new()
            }
        }
        Event::End(TagEnd::TableHead | TagEnd::TableRow | TagEnd::TableCell) | Event::Rule => {
            Vec::new()
        }
        Event::SoftBreak => vec![Event::Text(" ".into())],
        Event::Start(_)
        | Event::End(_)
        | Event::Text(_)
        | Event::Code(_)
        | Event::InlineMath(_)
        | Event::DisplayMath(_)
        | Event::Html(_)
        | Event::InlineHtml(_)
        | Event::FootnoteReference(_)
        | Event::HardBreak
        | Event::TaskListMarker(_) => vec![event],
    }
}

/// The heading one level lower; the sixth is the last.
fn lower(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H2,
        HeadingLevel::H2 => HeadingLevel::H3,
        HeadingLevel::H3 => HeadingLevel::H4,
        HeadingLevel::H4 => HeadingLevel::H5,
        HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}

/// Lowers headings and leaves everything else.
fn with_lower_heading(event: Event<'_>) -> Event<'_> {
    if let Event::Start(Tag::Heading {
        level,
        id,
        classes,
        attrs,
    }) = event
    {
        Event::Start(Tag::Heading {
            level: lower(level),
            id,
            classes,
            attrs,
        })
    } else if let Event::End(TagEnd::Heading(level)) = event {
        Event::End(TagEnd::Heading(lower(level)))
    } else {
        event
    }
}

#[cfg(test)]
mod tests;
