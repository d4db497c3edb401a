//! Allow lists for HTML. Raw HTML in a letter's Markdown is the author's own, and may contain mistakes.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use ammonia::{Builder, UrlRelative};
use url::Url;

/// The elements that Mastodon keeps, without those that our Markdown never makes.
const FOR_SERVERS: [&str; 17] = [
    "p",
    "br",
    "a",
    "del",
    "s",
    "pre",
    "blockquote",
    "code",
    "b",
    "strong",
    "u",
    "i",
    "em",
    "ul",
    "ol",
    "li",
    "span",
];
/// Further elements of our own page.
const FOR_PEOPLE: [&str; 20] = [
    "h2", "h3", "h4", "h5", "h6", "hr", "img", "table", "thead", "tbody", "tr", "th", "td", "sup",
    "sub", "dl", "dt", "dd", "details", "summary",
];
/// Most passes of cleaning HTML for other servers; two are enough for all but malformed raw HTML.
const MAX_PASSES: usize = 5;
/// Elements after which a line feed has no meaning.
const BLOCKS: [&str; 7] = ["p", "br", "pre", "blockquote", "ul", "ol", "li"];

/// Whether an image is on the origin of our own pages.
pub(super) fn is_own(address: &str, base: &Url) -> bool {
    base.join(address)
        .is_ok_and(|url| url.origin() == base.origin())
}

/// Whether an address is an absolute http(s) URL.
pub(super) fn is_web(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

/// HTML for other servers: only elements and attributes that Mastodon keeps, only absolute http(s) links.
///
/// The HTML without the removed elements may parse differently (an `li` that stood in a table in an `li`). It
/// is cleaned until it no longer changes, so that other servers leave it unchanged.
pub(super) fn for_servers(html: &str, base: &Url) -> String {
    let mut builder = builder(base);
    builder
        .url_schemes(HashSet::from(["http", "https"]))
        .link_rel(Some("nofollow noopener noreferrer"));
    let mut html = html.to_owned();
    for _ in 0..MAX_PASSES {
        let cleaned = builder.clean(&html).to_string();
        let cleaned = without_line_feeds(&without_dead_links(&cleaned));
        if cleaned == html {
            break;
        }
        html = cleaned;
    }
    html
}

/// HTML for our own page: also headings, tables, images of our own origin, and `mailto:` links.
pub(super) fn for_people(html: &str, base: &Url) -> String {
    let mut builder = builder(base);
    builder
        .add_tags(FOR_PEOPLE)
        .add_tag_attributes("img", ["src", "alt"])
        .add_generic_attributes(["lang", "dir"])
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .link_rel(Some("noopener noreferrer"))
        .clean(html)
        .to_string()
}

/// The settings that both have in common.
fn builder(base: &Url) -> Builder<'static> {
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from(FOR_SERVERS))
        .clean_content_tags(HashSet::from(["script", "style", "template", "title"]))
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href"])),
            ("ol", HashSet::from(["start"])),
        ]))
        // By which other software knows hashtags and mentions.
        .allowed_classes(HashMap::from([
            ("a", HashSet::from(["mention", "hashtag", "u-url"])),
            ("span", HashSet::from(["h-card"])),
        ]))
        .url_relative(UrlRelative::RewriteWithBase(base.clone()))
        .attribute_filter({
            let base = base.clone();
            move |element, attribute, value| match (element, attribute) {
                ("img", "src") => is_own(value, &base).then_some(Cow::Borrowed(value)),
                ("ol", "start") => number(value),
                _ => Some(Cow::Borrowed(value)),
            }
        });
    builder
}

/// An attribute's value if it is a number.
fn number(value: &str) -> Option<Cow<'_, str>> {
    value.parse::<u32>().is_ok().then_some(Cow::Borrowed(value))
}

/// Links without an address become plain text, as on Mastodon. Links are never nested in parsed HTML, and the
/// sanitiser writes `<` only in tags.
fn without_dead_links(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut dead = false;
    for_each_piece(html, |tag, text| {
        let is_link = tag == "<a>" || tag.starts_with("<a ");
        if is_link {
            dead = !tag.contains(" href=\"");
        }
        let drop = dead && (is_link || tag == "</a>");
        if !drop {
            out.push_str(tag);
        }
        out.push_str(text);
    });
    out
}

/// Replaces line feeds outside of `pre` by blanks, and drops those next to the tags of a block: other servers
/// show them as line breaks.
fn without_line_feeds(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let (mut in_pre, mut begins_pre) = (false, false);
    for_each_piece(html, |tag, text| {
        let name = tag
            .trim_matches(['<', '>', '/'])
            .split(' ')
            .next()
            .unwrap_or_default();
        let after_block = BLOCKS.contains(&name) || tag.is_empty();
        if name == "pre" {
            in_pre = !tag.starts_with("</");
            begins_pre = in_pre;
        }
        if BLOCKS.contains(&name) && out.ends_with(' ') && !in_pre {
            out.pop();
        }
        out.push_str(tag);
        if in_pre {
            // HTML parsers drop a line feed at the beginning of `pre`.
            let begins = std::mem::take(&mut begins_pre);
            out.push_str(if begins {
                text.trim_start_matches('\n')
            } else {
                text
            });
        } else {
            let text = if after_block {
                text.trim_start_matches('\n')
            } else {
                text
            };
            out.push_str(&text.replace('\n', " "));
        }
    });
    out.trim().to_owned()
}

/// Calls `take` with every tag and the text after it; the first tag is empty.
fn for_each_piece(html: &str, mut take: impl FnMut(&str, &str)) {
    let mut pieces = html.split('<');
    take("", pieces.next().unwrap_or_default());
    for piece in pieces {
        let end = piece.find('>').map_or(piece.len(), |at| at + 1);
        let (inside, text) = piece.split_at(end);
        take(&format!("<{inside}"), text);
    }
}
