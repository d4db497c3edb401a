//! The links in HTML of others, in one pass, without a tree (see [`html`](super::html)).

use super::{
    cut,
    entities::decode,
    html::{MAX_HTML, RAW, after, after_declaration, after_raw, html_to_text, tag_end},
};

/// Most links that are read; the rest is left out.
const MAX_LINKS: usize = 1000;

/// Elements with an address and a relation.
const LINKING: [&str; 3] = ["a", "area", "link"];

/// A link in a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HtmlLink {
    /// The address as it stands there, with its entities decoded.
    pub href: String,
    /// Whether it says that it leads to the same person elsewhere: `rel="me"`
    /// (<https://microformats.org/wiki/rel-me>).
    pub is_me: bool,
}

/// The links of remote HTML in their order: `a`, `area` and `link` with an address. What stands in comments, scripts and
/// other elements whose content is no HTML is no link. Reads at most [`MAX_HTML`] bytes and never fails.
pub fn html_links(html: &str) -> Vec<HtmlLink> {
    let places = link_places(html).into_iter();
    places.map(|(link, _)| link).collect()
}

/// Remote HTML in which `mark` stands as text where each link begins that `is_it` says, and nowhere else, so that its text
/// tells where they are ([`html_to_text`]). Reads at most [`MAX_HTML`] bytes and never fails.
pub fn mark_links(html: &str, is_it: impl Fn(&HtmlLink) -> bool, mark: char) -> String {
    let html = cut(html, MAX_HTML).replace(mark, "");
    let mut marked = String::with_capacity(html.len());
    let mut at = 0;
    for (_, place) in link_places(&html).iter().filter(|(link, _)| is_it(link)) {
        marked.push_str(html.get(at..*place).unwrap_or_default());
        marked.push(mark);
        at = *place;
    }
    marked.push_str(html.get(at..).unwrap_or_default());
    marked
}

/// The text of the first element with this name, `title` say, in one line; `None` without one. Reads at most [`MAX_HTML`]
/// bytes and never fails.
pub fn first_text(html: &str, element: &str) -> Option<String> {
    let html = cut(html, MAX_HTML);
    let lower = html.to_ascii_lowercase();
    let (open, close) = (format!("<{element}"), format!("</{element}"));
    let begins = |after: &str| after.starts_with(|c: char| c == '>' || c.is_ascii_whitespace());
    let start = lower.match_indices(&open).find(|(at, found)| {
        let after = lower.get(at.saturating_add(found.len())..);
        after.is_some_and(begins)
    });
    let inside = lower
        .get(start?.0..)?
        .find('>')?
        .saturating_add(start?.0 + 1);
    let length = lower.get(inside..)?.find(&close)?;
    let text = html_to_text(html.get(inside..inside.saturating_add(length))?);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!line.is_empty()).then_some(line)
}

/// The links of HTML, each with where its tag begins.
fn link_places(html: &str) -> Vec<(HtmlLink, usize)> {
    let mut links = Vec::new();
    let html = cut(html, MAX_HTML);
    let mut rest = html;
    while let Some((_, markup)) = rest.split_once('<') {
        rest = match markup.chars().next() {
            Some('!') => after_declaration(markup),
            Some('?' | '/') => after(markup, ">"),
            Some(first) if first.is_ascii_alphabetic() => {
                let Some((tag, rest)) =
                    tag_end(markup).and_then(|end| markup.split_at_checked(end))
                else {
                    break;
                };
                let name_end = tag.find(|c: char| c.is_ascii_whitespace() || c == '/');
                let (name, attributes) = tag
                    .split_at_checked(name_end.unwrap_or(tag.len()))
                    .unwrap_or((tag, ""));
                let name = name.to_ascii_lowercase();
                if LINKING.contains(&name.as_str()) {
                    // One byte before is the sign that the tag begins with.
                    let place = html.len().saturating_sub(markup.len().saturating_add(1));
                    links.extend(link(attributes).map(|link| (link, place)));
                }
                if links.len() >= MAX_LINKS {
                    break;
                }
                if RAW.contains(&name.as_str()) {
                    after_raw(rest, &name)
                } else {
                    rest
                }
            }
            Some(_) | None => markup,
        };
    }
    links
}

/// The link that an element with these attributes is.
fn link(attributes: &str) -> Option<HtmlLink> {
    let (mut href, mut rel) = (None, None);
    let mut rest = attributes;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() {
            break;
        }
        // A sign at the beginning is part of the name (HTML, section 13.2.5.32).
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let ends = |c: char| c.is_ascii_whitespace() || c == '/' || c == '=';
        let end = rest
            .get(first..)
            .and_then(|tail| tail.find(ends))
            .map_or(rest.len(), |end| end + first);
        let (name, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let tail = tail.trim_start_matches(|c: char| c.is_ascii_whitespace());
        let (value, tail) = match tail.strip_prefix('=') {
            Some(tail) => value(tail.trim_start_matches(|c: char| c.is_ascii_whitespace())),
            None => ("", tail),
        };
        // Of two with one name the first one counts, as in a browser.
        if name.eq_ignore_ascii_case("href") {
            href = href.or(Some(value));
        } else if name.eq_ignore_ascii_case("rel") {
            rel = rel.or(Some(value));
        }
        rest = tail;
    }
    let mut address = String::new();
    decode(href?, |character| address.push(character));
    let relations = rel.unwrap_or_default().split_ascii_whitespace();
    let address = address.trim();
    (!address.is_empty()).then(|| HtmlLink {
        href: address.to_owned(),
        is_me: relations
            .into_iter()
            .any(|relation| relation.eq_ignore_ascii_case("me")),
    })
}

/// The value at the beginning of `text`, and what follows it.
fn value(text: &str) -> (&str, &str) {
    let quoted = ['"', '\''].iter().find_map(|quote| {
        let inside = text.strip_prefix(*quote)?;
        Some(inside.split_once(*quote).unwrap_or((inside, "")))
    });
    quoted.unwrap_or_else(|| {
        let end = text.find(|c: char| c.is_ascii_whitespace());
        text.split_at_checked(end.unwrap_or(text.len()))
            .unwrap_or((text, ""))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_read_as_a_browser_reads_them() {
        for (html, expected) in [
            (
                r#"<a href="https://m.example/@ada" rel="me">x</a>"#,
                "me https://m.example/@ada",
            ),
            (
                "<A HREF='https://m.example/?a=1&amp;b=2' REL='nofollow ME'>",
                "me https://m.example/?a=1&b=2",
            ),
            (
                "<a rel=me href=https://m.example/@ada>",
                "me https://m.example/@ada",
            ),
            (
                r#"<link rel = "me" href = "https://m.example/@ada"/>"#,
                "me https://m.example/@ada",
            ),
            (
                r#"<a rel="nofollow me noopener" class="x>y" href="u">"#,
                "me u",
            ),
            (r#"<a rel="meme" href="u">"#, "u"),
            (r#"<a data-rel="me" href="u">"#, "u"),
            (r#"<a rel="nofollow" rel="me" href="u" href="v">"#, "u"),
            (r#"<a title='rel="me"' href="u">"#, "u"),
            (r#"<a title="<a rel=me href=v>" href="u">"#, "u"),
            (r#"<p rel="me" href="u">"#, ""),
            (r#"<a rel="me">"#, ""),
            (r#"<!-- <a rel="me" href="u"> -->"#, ""),
            (
                r#"<script>"<a rel='me' href='u'>"</script><a href="v">"#,
                "v",
            ),
            (r#"<template><a rel="me" href="u"></template>"#, ""),
            (r#"<textarea><a rel="me" href="u"></textarea>"#, ""),
            (r#"<noscript><a rel="me" href="u"></noscript>"#, ""),
            (r#"&lt;a rel="me" href="u"&gt;"#, ""),
            (r#"<a rel="me" href="u"#, ""),
            (r#"</a rel="me" href="u"><b><"#, ""),
        ] {
            let found: Vec<_> = html_links(html)
                .into_iter()
                .map(|link| format!("{}{}", if link.is_me { "me " } else { "" }, link.href))
                .collect();
            assert_eq!(found.join(" "), expected, "{html}");
        }
    }

    #[test]
    fn a_link_is_marked_where_it_begins() {
        for (html, expected) in [
            (
                r#"<p>We signed <a href="u">the letter</a>.</p><p>x</p>"#,
                "We signed *the letter.\n\nx",
            ),
            (r#"<p>No* <a href="v">link</a>"#, "No link"),
            (
                r#"<!-- <a href="u"> --><script><a href="u"></script>y"#,
                "y",
            ),
            (r#"<blockquote>a <a href="u">b</a></blockquote>"#, "> a *b"),
        ] {
            let marked = mark_links(html, |link| link.href == "u", '*');
            assert_eq!(html_to_text(&marked), expected, "{html}");
        }
    }

    #[test]
    fn the_title_is_one_line() {
        for (html, expected) in [
            (
                "<TITLE>\n Acme &amp; Sons </TITLE><h1>x</h1>",
                Some("Acme & Sons"),
            ),
            ("<titles>x</titles><title lang=\"en\">y</title>", Some("y")),
            ("<title></title>", None),
            ("<title>x", None),
            ("<p>x", None),
        ] {
            assert_eq!(first_text(html, "title").as_deref(), expected, "{html}");
        }
        assert_eq!(
            first_text("<h1>A <b>b</b></h1>", "h1").as_deref(),
            Some("A b")
        );
    }

    #[test]
    fn a_huge_page_is_read_up_to_a_bound() {
        let many = r#"<a rel="me" href="u">"#.repeat(MAX_LINKS + 5);
        assert_eq!(html_links(&many).len(), MAX_LINKS);
        let late = format!("{}<a rel=me href=u>", " ".repeat(MAX_HTML));
        assert_eq!(html_links(&late), []);
        // Quotes that nobody closes cost one pass each, not one for each byte that follows.
        assert_eq!(html_links(&"<a b=\"".repeat(1000)), []);
    }
}
