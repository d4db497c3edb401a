//! The words of a comment on a forge that are its author's own, from its Markdown.
//!
//! Forges show comments as Markdown, and people answer their notifications by e-mail. So a comment holds quotations, code,
//! remarks that nobody sees, and the trail of the mails before it. What is left is HTML as a server of the Fediverse would
//! send it: quotations, code and unticked boxes are gone.
//!
//! Not here: what the words say (`endorsement::wording`).

use std::ops::Range;

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

use super::markdown::OPTIONS;
use crate::text::cut;

/// Most bytes of a comment that are read: GitHub takes 65,536 characters.
const MAX_COMMENT: usize = 256 * 1024;

/// What stands in the place of code in a sentence. It is a word, so that "I do `not` sign" does not sign.
const CODE: &str = "[code]";

/// How the first line of an introduction of a quoted mail begins, in small letters.
const INTRODUCES: [&str; 9] = [
    "on ",
    "am ",
    "le ",
    "el ",
    "il ",
    "em ",
    "op ",
    "dnia ",
    "il giorno ",
];

/// What stands alone above a mail that is appended, in small letters and without dashes.
const APPENDED: [&str; 5] = [
    "original message",
    "forwarded message",
    "ursprüngliche nachricht",
    "originalnachricht",
    "message d'origine",
];

/// How the lines of the header of an appended mail begin, in small letters.
const HEADER: [&str; 6] = ["sent:", "date:", "to:", "subject:", "gesendet:", "datum:"];

/// How the foot of a notification begins that a forge sends, in small letters.
const FOOT: [&str; 3] = [
    "reply to this email directly",
    "you are receiving this because",
    "you received this message because",
];

/// The HTML of a comment's own words.
pub fn comment_html(markdown: &str) -> String {
    let text = cut(markdown, MAX_COMMENT).replace("\r\n", "\n");
    let text = without_trail(&text);
    let parser = Parser::new_ext(&text, OPTIONS.union(Options::ENABLE_TASKLISTS));
    let mut page = String::with_capacity(text.len());
    html::push_html(&mut page, OwnWords::of(parser));
    without_raw_code(&page)
}

/// The events of what the author says.
struct OwnWords<I> {
    events: I,
    /// Inside how many quotations and blocks of code.
    others: usize,
    /// How many open items of lists, and the one that is not ticked.
    items: usize,
    unticked: Option<usize>,
}

impl<I> OwnWords<I> {
    const fn of(events: I) -> Self {
        Self {
            events,
            others: 0,
            items: 0,
            unticked: None,
        }
    }

    /// Whether the words of this event are said; notes where code and items begin and end.
    fn is_said(&mut self, event: &Event<'_>) -> bool {
        if let Event::Start(Tag::CodeBlock(_) | Tag::BlockQuote(_)) = event {
            self.others += 1;
            return false;
        }
        if let Event::End(TagEnd::CodeBlock | TagEnd::BlockQuote(_)) = event {
            self.others = self.others.saturating_sub(1);
            return false;
        }
        if let Event::Start(Tag::Item) = event {
            self.items += 1;
        } else if let Event::End(TagEnd::Item) = event {
            if self.unticked == Some(self.items) {
                self.unticked = None;
            }
            self.items = self.items.saturating_sub(1);
        } else if let Event::TaskListMarker(ticked) = event {
            if !ticked && self.unticked.is_none() {
                self.unticked = Some(self.items);
            }
            return false;
        }
        let is_text = matches!(
            event,
            Event::Text(_) | Event::Code(_) | Event::Html(_) | Event::InlineHtml(_)
        );
        self.others == 0 && (self.unticked.is_none() || !is_text)
    }
}

impl<'a, I: Iterator<Item = Event<'a>>> Iterator for OwnWords<I> {
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        loop {
            let event = self.events.next()?;
            if !self.is_said(&event) {
                continue;
            }
            // A forge shows a comment's line ends as such.
            return Some(if matches!(event, Event::SoftBreak) {
                Event::HardBreak
            } else if matches!(event, Event::Code(_)) {
                Event::Text(CowStr::Borrowed(CODE))
            } else {
                event
            });
        }
    }
}

/// The page without code that was written as HTML: what the Markdown marks as code is gone already.
fn without_raw_code(page: &str) -> String {
    // It keeps the places of all characters.
    let small = page.to_ascii_lowercase();
    let mut kept = String::with_capacity(page.len());
    let mut at = 0;
    for code in raw_code(&small) {
        kept.push_str(page.get(at..code.start).unwrap_or_default());
        kept.push_str(CODE);
        at = code.end;
    }
    kept.push_str(page.get(at..).unwrap_or_default());
    kept
}

/// Where elements with code stand in HTML of small letters, one after another. One that never ends reaches to the end. Each
/// place is looked at once, however many there are.
fn raw_code(small: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0_usize;
    std::iter::from_fn(move || {
        loop {
            let start = at.saturating_add(small.get(at..)?.find('<')?);
            let element = small.get(start..)?;
            let Some(name) = code_begun_by(element) else {
                at = start.saturating_add(1);
                continue;
            };
            let end = format!("</{name}>");
            let length = element.find(&end);
            let length = length.map_or(element.len(), |length| length.saturating_add(end.len()));
            at = start.saturating_add(length);
            return Some(start..at);
        }
    })
}

/// The name of the element with code that begins here, in HTML of small letters.
fn code_begun_by(html: &str) -> Option<&'static str> {
    ["code", "pre"].into_iter().find(|name| {
        let after = html.strip_prefix('<').and_then(|it| it.strip_prefix(name));
        after.is_some_and(|after| after.starts_with(['>', ' ', '\n', '/', '\t']))
    })
}

/// The text without the mails that it answers: what introduces a quotation, and everything below the header of an appended
/// mail.
fn without_trail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut kept: Vec<&str> = Vec::new();
    let mut at = 0_usize;
    while let Some(line) = lines.get(at) {
        let rest = lines.get(at.saturating_add(1)..).unwrap_or_default();
        if begins_mail(line, rest) {
            break;
        }
        match introduction(line, rest) {
            None => {
                kept.push(line);
                at = at.saturating_add(1);
            }
            Some(length) => {
                let after = rest.get(length..).unwrap_or_default();
                if !is_quoted_next(after) {
                    break;
                }
                at = at.saturating_add(length).saturating_add(1);
            }
        }
    }
    while kept.last().is_some_and(|line| {
        matches!(
            line.trim(),
            "" | "—" | "--" | "________________________________"
        )
    }) {
        kept.pop();
    }
    kept.join("\n")
}

/// Whether a mail is appended from this line on.
fn begins_mail(line: &str, rest: &[&str]) -> bool {
    let small = plain(line);
    let bare = small.trim_matches(|c: char| matches!(c, '-' | '_' | ' '));
    if APPENDED.contains(&bare) || FOOT.iter().any(|foot| small.starts_with(foot)) {
        return true;
    }
    let is_sender = small.starts_with("from:") || small.starts_with("von:");
    let header = rest.iter().take(5).map(|line| plain(line));
    let of_header = |line: &String| HEADER.iter().any(|word| line.starts_with(word));
    is_sender && header.filter(of_header).count() >= 2
}

/// How many lines after this one belong to the introduction of a quoted mail that begins with it: "On … wrote:", which mail
/// programs break into two or three lines. `None` when none begins here.
fn introduction(line: &str, rest: &[&str]) -> Option<usize> {
    let small = plain(line);
    let begins = INTRODUCES.iter().any(|word| small.starts_with(word));
    if !begins || !small.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let lines = std::iter::once(line).chain(rest.iter().copied()).take(3);
    for (length, line) in lines.enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('>') {
            return None;
        }
        if line.ends_with(':') {
            let after = rest.get(length..).unwrap_or_default();
            return (is_quoted_next(after) || line.ends_with("wrote:")).then_some(length);
        }
    }
    None
}

/// Whether a quotation follows.
fn is_quoted_next(lines: &[&str]) -> bool {
    let next = lines.iter().find(|line| !line.trim().is_empty());
    next.is_some_and(|line| line.trim_start().starts_with('>'))
}

/// A line in small letters, without the marks of bold text.
fn plain(line: &str) -> String {
    line.trim().replace('*', "").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::html_to_text;

    #[test]
    fn the_words_of_a_comment_are_its_authors() {
        for (markdown, expected) in [
            ("I sign", "I sign"),
            ("**I sign** _this_", "I sign this"),
            ("I sign\nbecause it matters", "I sign\nbecause it matters"),
            ("I sign\r\n\r\nThanks", "I sign\n\nThanks"),
            ("> I sign\n\nMe not", "Me not"),
            ("> I sign\nlazily", ""),
            ("> > I sign\n\nNo\n> `x`", "No"),
            ("<blockquote>I sign</blockquote>", "> I sign"),
            ("```\nI sign\n```", ""),
            ("~~~md\nI sign\n~~~\nHello", "Hello"),
            ("    I sign\n\nHello", "Hello"),
            ("I do `not` sign", "I do [code] sign"),
            ("`I sign`", "[code]"),
            ("<code>I sign</code>", "[code]"),
            ("<pre>\nI sign\n</pre>", "[code]"),
            (
                "<PRE>I sign</Pre> ÄÖ <Code >x</CODE> no",
                "[code] ÄÖ [code] no",
            ),
            ("<b>I</b> <precise> <code>I sign", "I [code]"),
            ("Hello <!-- I sign --> you", "Hello you"),
            ("<!-- I sign -->\n\nHello", "Hello"),
            ("<!-- I sign", ""),
            ("~~I sign~~ no", "~~I sign~~ no"),
            ("- [ ] I sign\n- [x] I agree", "I agree"),
            ("![I sign](https://x.example/a.png) Hello", "Hello"),
            ("@organisers I sign", "@organisers I sign"),
            ("I <3 it", "I <3 it"),
        ] {
            assert_eq!(
                html_to_text(&comment_html(markdown)),
                expected,
                "{markdown}"
            );
        }
    }

    /// Each search begins where the last one ended, so that the time grows with the length alone.
    #[test]
    fn code_is_looked_for_once_however_much_there_is() {
        for element in ["<pre></pre>", "<code></code>"] {
            let page = element.repeat(64 * 1024 / element.len());
            let mut last = 0;
            let mut found = 0;
            for code in raw_code(&page) {
                assert_eq!(code, last..last + element.len());
                (last, found) = (code.end, found + 1);
            }
            assert_eq!((last, found), (page.len(), page.len() / element.len()));
            assert_eq!(without_raw_code(&page), CODE.repeat(found));
        }
        // What never ends is searched once.
        assert_eq!(raw_code(&"<pre>".repeat(9)).count(), 1);
    }

    #[test]
    fn a_mail_brings_its_own_words_alone() {
        for (markdown, expected) in [
            (
                "Great letter.\n\nOn Tue, Mar 3, 2026 at 10:11 AM Jane ***@***.***>\nwrote:\n\n> I sign\n> —\n> Reply to this email directly",
                "Great letter.",
            ),
            (
                "Hello\n\nOn 3 Mar 2026, at 10:11, Jane ***@***.***> wrote:\n\nI sign",
                "Hello",
            ),
            (
                "Hallo\n\nAm 3. März 2026 schrieb Jana:\n> Ich unterschreibe",
                "Hallo",
            ),
            (
                "Hello\n________________________________\nFrom: Jane\nSent: Tuesday\nTo: acme/letter\nSubject: Re: Letter\n\nI sign",
                "Hello",
            ),
            ("Hello\n\n-----Original Message-----\nI sign", "Hello"),
            (
                "Hello\n\n—\nReply to this email directly or view it on GitHub.\nI sign",
                "Hello",
            ),
            // What only looks like it stays.
            ("On 3 points I agree: I sign", "On 3 points I agree: I sign"),
            (
                "On behalf of 3 people:\n\nI sign",
                "On behalf of 3 people:\n\nI sign",
            ),
            ("From: me\n\nI sign", "From: me\n\nI sign"),
        ] {
            assert_eq!(
                html_to_text(&comment_html(markdown)),
                expected,
                "{markdown}"
            );
        }
    }
}
