//! Hashtags, mentions and addresses in the text of a post. Markdown knows none of them.
//!
//! Code, quotations, links and what stands behind a backslash (`\#`, `\@`) have none.

use std::{collections::VecDeque, ops::Range};

use pulldown_cmark::{CowStr, Event, LinkType, OffsetIter, Parser, Tag, TagEnd};
use unicode_normalization::char::is_combining_mark;
use url::Url;

use super::markdown::OPTIONS;

/// Longest hashtag, in characters.
const MAX_TAG: usize = 100;

/// Longest handle, in bytes: user name and host have at most 256 each.
const MAX_HANDLE: usize = 520;

/// Longest address, in characters.
const MAX_ADDRESS: usize = 2048;

/// What the marks of a post link to.
#[derive(Clone, Copy)]
pub struct MarkLinks<'a> {
    /// The page of a hashtag, which is given without its `#`.
    pub tag: &'a dyn Fn(&str) -> String,
    /// The profile of an account, by its handle in small letters; `None` leaves the handle plain text.
    pub profile: &'a dyn Fn(&str) -> Option<String>,
}

/// The hashtags and mentions of a text, each once, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// Hashtags as they are written, without `#`; one that differs from an earlier one by capitals alone is left out.
    pub(super) hashtags: Vec<String>,
    /// Handles in small letters: `@me@my.server`.
    pub(super) mentions: Vec<String>,
}

impl Marks {
    /// Finds them in Markdown.
    pub(super) fn of(text: &str) -> Self {
        let mut marks = Self::default();
        for run in MarkedRuns::new(text) {
            let MarkedRun::Words(words) = run else {
                continue;
            };
            for piece in words.pieces() {
                match piece {
                    MarkedPiece::Hashtag(tag) => {
                        let known = |known: &String| known.to_lowercase() == tag.to_lowercase();
                        if !marks.hashtags.iter().any(known) {
                            marks.hashtags.push(tag.to_owned());
                        }
                    }
                    MarkedPiece::Mention(handle) => {
                        let handle = handle.to_lowercase();
                        if !marks.mentions.contains(&handle) {
                            marks.mentions.push(handle);
                        }
                    }
                    MarkedPiece::Words(_) | MarkedPiece::Address(_) => (),
                }
            }
        }
        marks
    }
}

/// The events of a text, in which hashtags, mentions and addresses are links.
pub(super) fn linked<'a>(
    text: &'a str,
    links: &'a MarkLinks<'a>,
) -> impl Iterator<Item = Event<'a>> {
    MarkedRuns::new(text).flat_map(|run| match run {
        MarkedRun::Other(event) => vec![event],
        MarkedRun::Words(words) => {
            let mut events = Vec::new();
            for piece in words.pieces() {
                piece.write(links, &mut events);
            }
            events
        }
    })
}

/// A part of a text.
enum MarkedRun<'a> {
    /// An event in which nothing is marked.
    Other(Event<'a>),
    /// Words in which marks may stand.
    Words(Words),
}

/// Text that the Markdown parser may have cut into several pieces.
#[derive(Default)]
struct Words {
    text: String,
    /// Where characters stand that a backslash made literal, in ascending order.
    literal: Vec<usize>,
}

/// Iterates over the parts of a text.
struct MarkedRuns<'a> {
    source: &'a str,
    events: OffsetIter<'a>,
    ready: VecDeque<MarkedRun<'a>>,
    /// The number of open elements of Markdown in which nothing is marked.
    plain: usize,
    /// The same of inline HTML, in this block, and of blocks of HTML.
    plain_html: [i32; 2],
}

impl<'a> MarkedRuns<'a> {
    fn new(source: &'a str) -> Self {
        Self {
            source,
            events: Parser::new_ext(source, OPTIONS).into_offset_iter(),
            ready: VecDeque::new(),
            plain: 0,
            plain_html: [0; 2],
        }
    }

    fn is_plain(&self) -> bool {
        self.plain > 0 || self.plain_html.iter().any(|open| *open > 0)
    }

    /// Whether a backslash stands before this place.
    fn is_literal(&self, at: &Range<usize>) -> bool {
        let before = at.start.checked_sub(1);
        before.and_then(|before| self.source.as_bytes().get(before)) == Some(&b'\\')
    }

    fn notice(&mut self, event: &Event<'a>) {
        if let Event::Start(tag) = event {
            self.plain += usize::from(is_unmarked(tag));
        } else if let Event::End(end) = event {
            let closes = matches!(
                end,
                TagEnd::Link | TagEnd::Image | TagEnd::CodeBlock | TagEnd::BlockQuote(_)
            );
            self.plain = self.plain.saturating_sub(usize::from(closes));
            let ends_block = matches!(
                end,
                TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::TableCell
            );
            if ends_block {
                self.plain_html[0] = 0;
            }
        } else if let Event::InlineHtml(html) = event {
            self.plain_html[0] = self.plain_html[0].saturating_add(opened(html)).max(0);
        } else if let Event::Html(html) = event {
            self.plain_html[1] = self.plain_html[1].saturating_add(opened(html)).max(0);
        }
    }
}

impl<'a> Iterator for MarkedRuns<'a> {
    type Item = MarkedRun<'a>;

    fn next(&mut self) -> Option<MarkedRun<'a>> {
        if let Some(run) = self.ready.pop_front() {
            return Some(run);
        }
        let mut words = Words::default();
        while let Some((event, at)) = self.events.next() {
            if let Event::Text(text) = &event
                && !self.is_plain()
            {
                if self.is_literal(&at) {
                    words.literal.push(words.text.len());
                }
                words.text.push_str(text);
                continue;
            }
            self.notice(&event);
            self.ready.push_back(MarkedRun::Other(event));
            break;
        }
        if words.text.is_empty() {
            return self.ready.pop_front();
        }
        Some(MarkedRun::Words(words))
    }
}

/// Whether nothing is marked inside an element.
fn is_unmarked(tag: &Tag<'_>) -> bool {
    matches!(
        tag,
        Tag::Link { .. } | Tag::Image { .. } | Tag::CodeBlock(_) | Tag::BlockQuote(_)
    )
}

/// How many more elements without marks begin than end in a piece of HTML.
fn opened(html: &str) -> i32 {
    let names = ["a", "blockquote", "code", "pre", "q"];
    let html = html.to_ascii_lowercase();
    html.split('<').skip(1).fold(0, |open, tag| {
        let (tag, step) = tag.strip_prefix('/').map_or((tag, 1), |tag| (tag, -1));
        let ends = |c: char| !c.is_ascii_alphanumeric();
        let name = tag.split(ends).next().unwrap_or_default();
        if names.contains(&name) {
            open + step
        } else {
            open
        }
    })
}

/// A piece of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MarkedPiece<'t> {
    Words(&'t str),
    /// Without its `#`.
    Hashtag(&'t str),
    /// `@user@host`.
    Mention(&'t str),
    Address(&'t str),
}

impl MarkedPiece<'_> {
    fn write(self, links: &MarkLinks<'_>, events: &mut Vec<Event<'_>>) {
        match self {
            Self::Words(words) => events.push(text(words)),
            Self::Address(address) => {
                let link = Tag::Link {
                    link_type: LinkType::Inline,
                    dest_url: CowStr::from(address.to_owned()),
                    title: CowStr::from(""),
                    id: CowStr::from(""),
                };
                events.extend([Event::Start(link), text(address), Event::End(TagEnd::Link)]);
            }
            Self::Hashtag(tag) => {
                let href = ammonia::clean_text(&(links.tag)(tag));
                let tag = ammonia::clean_text(tag);
                let html =
                    format!("<a href=\"{href}\" class=\"mention hashtag\">#<span>{tag}</span></a>");
                events.push(Event::InlineHtml(html.into()));
            }
            Self::Mention(handle) => {
                let Some(profile) = (links.profile)(&handle.to_lowercase()) else {
                    events.push(text(handle));
                    return;
                };
                let (href, handle) = (ammonia::clean_text(&profile), ammonia::clean_text(handle));
                let html = format!(
                    "<span class=\"h-card\"><a href=\"{href}\" class=\"u-url mention\">{handle}</a></span>"
                );
                events.push(Event::InlineHtml(html.into()));
            }
        }
    }
}

fn text<'a>(words: &str) -> Event<'a> {
    Event::Text(words.to_owned().into())
}

impl Words {
    /// The pieces, which are all of the text.
    fn pieces(&self) -> Vec<MarkedPiece<'_>> {
        let mut pieces = Vec::new();
        let (mut from, mut at) = (0, 0);
        let mut before = None;
        while let Some(rest) = self.text.get(at..).filter(|rest| !rest.is_empty()) {
            let found = (self.literal.binary_search(&at).is_err() && may_begin_after(before))
                .then(|| mark(rest))
                .flatten();
            let Some((piece, length)) = found else {
                let first = rest.chars().next();
                before = first;
                at += first.map_or(1, char::len_utf8);
                continue;
            };
            pieces.extend(
                self.text
                    .get(from..at)
                    .filter(|words| !words.is_empty())
                    .map(MarkedPiece::Words),
            );
            pieces.push(piece);
            before = rest.get(..length).and_then(|mark| mark.chars().next_back());
            at += length;
            from = at;
        }
        pieces.extend(
            self.text
                .get(from..)
                .filter(|words| !words.is_empty())
                .map(MarkedPiece::Words),
        );
        pieces
    }
}

/// Whether a mark may follow a character: not inside a word, an address or an entity.
fn may_begin_after(before: Option<char>) -> bool {
    before.is_none_or(|c| !c.is_alphanumeric() && !is_combining_mark(c) && !"_/@#&=.-".contains(c))
}

/// The mark that a text begins with, and its length in bytes.
fn mark(text: &str) -> Option<(MarkedPiece<'_>, usize)> {
    if let Some(rest) = text.strip_prefix('#') {
        let tag = rest.get(..hashtag(rest)?)?;
        return Some((MarkedPiece::Hashtag(tag), tag.len() + 1));
    }
    if text.starts_with('@') {
        let handle = text.get(..mention(text)?)?;
        return Some((MarkedPiece::Mention(handle), handle.len()));
    }
    let address = text.get(..address(text)?)?;
    Some((MarkedPiece::Address(address), address.len()))
}

/// The length of the word at the beginning, if it is a hashtag: letters, digits and `_`, of which one is a letter.
fn hashtag(text: &str) -> Option<usize> {
    let fits = |c: char| c.is_alphanumeric() || is_combining_mark(c) || c == '_';
    let word = text.get(..prefix(text, fits))?;
    let is_tag = word.chars().any(char::is_alphabetic) && word.chars().count() <= MAX_TAG;
    is_tag.then_some(word.len())
}

/// The length of the handle at the beginning: `@user@host`.
fn mention(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('@')?;
    let user = rest.get(..prefix(rest, |c| c.is_ascii_alphanumeric() || "_.-".contains(c)))?;
    let ends_well = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !user.starts_with(ends_well) || !user.ends_with(ends_well) {
        return None;
    }
    let rest = rest.get(user.len()..)?.strip_prefix('@')?;
    let host = rest.get(..prefix(rest, |c| c.is_alphanumeric() || ".-".contains(c)))?;
    let host = host.trim_end_matches(['.', '-']);
    let port = rest.get(host.len()..)?;
    let port = port
        .strip_prefix(':')
        .map(|digits| prefix(digits, |c| c.is_ascii_digit()));
    let port = port
        .filter(|digits| *digits > 0)
        .map_or(0, |digits| digits + 1);
    let is_host = host.starts_with(char::is_alphanumeric)
        && (host.contains('.') || host == "localhost")
        && !rest.get(host.len() + port..)?.starts_with('@');
    let length = user.len() + host.len() + port + 2;
    (is_host && length <= MAX_HANDLE).then_some(length)
}

/// The length of the web address at the beginning, without what ends its sentence.
fn address(text: &str) -> Option<usize> {
    if !text.starts_with("https://") && !text.starts_with("http://") {
        return None;
    }
    let ends = |c: char| c.is_whitespace() || c.is_control() || "<>\"`“”„«»|".contains(c);
    let longest: usize = text.chars().take(MAX_ADDRESS).map(char::len_utf8).sum();
    let whole = text.get(..longest)?;
    let mut address = whole.get(..prefix(whole, |c| !ends(c)))?;
    if address.len() == longest && longest < text.len() {
        return None;
    }
    while let Some(last) = address.chars().next_back() {
        let closes = |open: char| address.matches(last).count() > address.matches(open).count();
        let is_over = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '…' | '\'' | '’' | '*' | '_' | '~' => true,
            ')' => closes('('),
            ']' => closes('['),
            '}' => closes('{'),
            _ => false,
        };
        if !is_over {
            break;
        }
        address = address.get(..address.len() - last.len_utf8())?;
    }
    let url = Url::parse(address).ok()?;
    url.has_host().then_some(address.len())
}

/// The length of the beginning of a text whose characters all fit.
fn prefix(text: &str, fits: impl Fn(char) -> bool) -> usize {
    text.find(|c| !fits(c)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_in_words_alone() {
        let long = format!("#{}", "a".repeat(MAX_TAG + 1));
        for (text, hashtags, mentions) in [
            (
                "#Fedi and #fedi, #Brief_2026.",
                vec!["Fedi", "Brief_2026"],
                vec![],
            ),
            (
                "#größe #日本語 #हिन्दी #2026 #_",
                vec!["größe", "日本語", "हिन्दी"],
                vec![],
            ),
            (
                "(#one) „#two“ *#three* **x**#four",
                vec!["one", "two", "three", "four"],
                vec![],
            ),
            ("a#b a&#b /#c ##d x.#e", vec![], vec![]),
            (r"\#no \\#yes", vec!["yes"], vec![]),
            (long.as_str(), vec![], vec![]),
            ("`#code`", vec![], vec![]),
            ("    #code\n", vec![], vec![]),
            ("```\n#code @me@my.server\n```", vec![], vec![]),
            ("> #quoted\n> > @me@my.server", vec![], vec![]),
            (
                "<blockquote>\n\n#quoted\n\n</blockquote>\n\n#said",
                vec!["said"],
                vec![],
            ),
            ("<a href=\"/x\">#linked</a> #said", vec!["said"], vec![]),
            (
                "[#linked](https://x.example) ![#shown](a.png)",
                vec![],
                vec![],
            ),
            (
                "https://x.example/a#b https://x.example/@me@my.server",
                vec![],
                vec![],
            ),
            (
                "- #item\n\n| #cell |\n|---|\n",
                vec!["item", "cell"],
                vec![],
            ),
            (
                "Hello @Me@My.Server, @a.b-c_d@x.example: @me@my.server!",
                vec![],
                vec!["@me@my.server", "@a.b-c_d@x.example"],
            ),
            (
                "@me@localhost:3000. @ü@x.example",
                vec![],
                vec!["@me@localhost:3000"],
            ),
            ("@me@bücher.example.", vec![], vec!["@me@bücher.example"]),
            (
                "@me mail me@my.server @me@my @me@@x.y @.a@x.y @a@x.y@z",
                vec![],
                vec![],
            ),
            (r"\@me@my.server", vec![], vec![]),
            (
                "a_b @snake_case_name@my.server",
                vec![],
                vec!["@snake_case_name@my.server"],
            ),
        ] {
            let marks = Marks::of(text);
            assert_eq!(marks.hashtags, hashtags, "{text}");
            assert_eq!(marks.mentions, mentions, "{text}");
        }
    }

    #[test]
    fn an_address_ends_before_what_ends_its_sentence() {
        for (text, expected) in [
            ("https://x.example/a.", "https://x.example/a"),
            ("https://x.example/a_(b)).", "https://x.example/a_(b)"),
            ("https://x.example/?q=1,2…", "https://x.example/?q=1,2"),
            ("http://x.example”", "http://x.example"),
            ("https://x.example/<b>", "https://x.example/"),
        ] {
            let found = address(text).and_then(|length| text.get(..length));
            assert_eq!(found, Some(expected), "{text}");
        }
        let long = format!("https://x.example/{}", "a".repeat(MAX_ADDRESS));
        for text in [
            "https://",
            "http:// x",
            "ftp://x.example",
            "https:/x.example",
            &long,
        ] {
            assert_eq!(address(text), None, "{text}");
        }
    }
}
