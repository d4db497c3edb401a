//! The HTML for other servers and for our own page.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;

use super::*;
use crate::letter::parse;

fn base() -> Url {
    Url::parse("https://letter.example/").unwrap()
}

fn letter(body: &str) -> Letter {
    parse(format!("---\ntitle: T\n---\n{body}").as_bytes(), None).unwrap()
}

fn check_note(markdown: &str, expected: &str) {
    assert_eq!(
        note_html(&letter(markdown), &base()),
        expected,
        "{markdown}"
    );
}

fn check_page(markdown: &str, expected: &str) {
    let html = page_html(&letter(markdown), &base());
    assert_eq!(html.trim(), expected.trim(), "{markdown}");
}

/// Mastodon's sanitiser for remote HTML (`sanitize_config.rb`), written independently of ours.
fn as_mastodon_keeps(html: &str) -> String {
    let tags = "p br span a del s pre blockquote code b strong u i em ul ol li ruby rt rp";
    let mut builder = ammonia::Builder::empty();
    builder
        .tags(tags.split(' ').collect())
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href", "rel", "class", "translate"])),
            ("ol", HashSet::from(["start", "reversed"])),
            ("li", HashSet::from(["value"])),
        ]))
        .url_schemes(HashSet::from(["http", "https"]))
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(None);
    builder.clean(html).to_string()
}

const REL: &str = r#"rel="nofollow noopener noreferrer""#;

#[test]
fn a_note_is_made_of_what_every_server_keeps() {
    check_note(
        "One\ntwo  \nthree\n\nfour",
        "<p>One two<br>three</p><p>four</p>",
    );
    check_note(
        "Text\n\n## A *b*\n",
        "<p>Text</p><p><strong>A <em>b</em></strong></p>",
    );
    check_note(
        "- a\n- b\n\n3. c\n",
        "<ul><li>a</li><li>b</li></ul><ol start=\"3\"><li>c</li></ol>",
    );
    check_note(
        "> a\n\n~~b~~ `c`",
        "<blockquote><p>a</p></blockquote><p><del>b</del> <code>c</code></p>",
    );
    check_note(
        "```rust\na\n b\n```\n\nc",
        "<pre><code>a\n b\n</code></pre><p>c</p>",
    );
    check_note("a\n\n---\n\nb", "<p>a</p><p>b</p>");
    check_note("| a | b |\n|---|:-:|\n| c | d |\n", "<p>a | b<br>c | d</p>");
    check_note("a[^1] b\n\n[^1]: c\n", "<p>a[1] b</p><p>[1] c</p>");
    check_note("2 < 3 & \"4\"", "<p>2 &lt; 3 &amp; \"4\"</p>");
}

#[test]
fn links_of_a_note_are_absolute_or_plain_text() {
    check_note(
        "[a](https://x.example/y)",
        &format!("<p><a href=\"https://x.example/y\" {REL}>a</a></p>"),
    );
    check_note(
        "[a](/y)",
        &format!("<p><a href=\"https://letter.example/y\" {REL}>a</a></p>"),
    );
    check_note(
        "[a](mailto:x@y.example) [b](javascript:c) <d@e.example>",
        "<p>a b d@e.example</p>",
    );
    check_note(
        "[a](ftp://x.example) [b](https://x.example/y)",
        &format!("<p>a <a href=\"https://x.example/y\" {REL}>b</a></p>"),
    );
    check_note(
        "![alt *x*](https://x.example/i.png)",
        &format!("<p><a href=\"https://x.example/i.png\" {REL}>alt x</a></p>"),
    );
    check_note(
        "![alt](i.png) a ![](https://x.example/i.png)",
        "<p>alt a</p>",
    );
    check_note(
        "[![alt](https://x.example/i.png)](https://y.example/)",
        &format!("<p><a href=\"https://y.example/\" {REL}>alt</a></p>"),
    );
}

#[test]
fn raw_html_cannot_reach_others() {
    check_note("a <script>alert(1)</script> b", "<p>a  b</p>");
    check_note(
        "<p onclick=\"x\" class=\"h-card\" style=\"x\">a</p>",
        "<p>a</p>",
    );
    check_note("<iframe src=\"https://x.example\"></iframe> a", "a");
    check_note("<a href=\"javascript:x\">a</a> b", "<p>a b</p>");
    check_note("<ol start=\"<a\"><li>x</ol>", "<ol><li>x</li></ol>");
    check_page("<script>alert(1)</script>\n\na", "\n<p>a</p>\n");
    check_page("<p style=\"x\" onload=\"y\">a</p>", "<p>a</p>");
    check_page("<form action=\"/sign\">a<input></form>", "a");
}

#[test]
fn the_title_is_left_out() {
    let note = |text: &str| note_html(&parse(text.as_bytes(), None).unwrap(), &base());
    assert_eq!(note("# T\ntext"), "<p>text</p>");
    assert_eq!(note("T\n===\n\ntext"), "<p>text</p>");
    assert_eq!(note("one\n# T\ntwo"), "<p>one</p><p>two</p>");
    assert_eq!(note("**T**\n\ntext"), "<p>text</p>");
    assert_eq!(note("---\ntitle: T\n---\n# T\n\ntext"), "<p>text</p>");
    assert_eq!(
        note("---\ntitle: T\n---\n# U\n\ntext"),
        "<p><strong>U</strong></p><p>text</p>"
    );
}

#[test]
fn headings_of_the_page_begin_below_its_title() {
    check_page("# A\n\n###### B\n", "<h2>A</h2>\n<h6>B</h6>\n");
    check_page("## A\n\n### B\n", "<h2>A</h2>\n<h3>B</h3>\n");
}

#[test]
fn the_page_loads_nothing_from_others() {
    let rel = r#"rel="noopener noreferrer""#;
    check_page(
        "![a](/i.png)",
        "<p><img src=\"https://letter.example/i.png\" alt=\"a\"></p>\n",
    );
    check_page(
        "![a](https://x.example/i.png)",
        &format!("<p><a href=\"https://x.example/i.png\" {rel}>a</a></p>\n"),
    );
    check_page(
        "<img src=\"https://x.example/i.png\" alt=\"a\" srcset=\"https://x.example/j\">b",
        "<p><img alt=\"a\">b</p>",
    );
    check_page("<img src=\"//x.example/i.png\">b", "<p><img>b</p>");
    check_page(
        "![a](data:image/png;base64,AAAA)",
        &format!("<p>{}</p>\n", "a"),
    );
    check_page(
        "<video src=\"https://x.example\"></video><link href=\"https://x.example\">a",
        "<p>a</p>",
    );
}

#[test]
fn the_page_keeps_tables_and_addresses() {
    check_page(
        "| a |\n|:-:|\n| b |\n",
        "<table><thead><tr><th>a</th></tr></thead><tbody>\n<tr><td>b</td></tr>\n</tbody></table>\n",
    );
    check_page(
        "<a@b.example>",
        "<p><a href=\"mailto:a@b.example\" rel=\"noopener noreferrer\">a@b.example</a></p>\n",
    );
}

#[test]
fn a_description_is_the_beginning_of_the_first_paragraph() {
    let text = letter("## Heading\n\n- list\n\nOne *two*\n[three](x)\n\nfour");
    assert_eq!(first_paragraph(&text), "One two three");
    assert_eq!(description(&text), "One two three");
    for salutation in [
        "Dear Mayor,",
        "Dear members of the board:",
        "Sehr geehrte Damen und Herren!",
        "尊敬的市长先生：",
    ] {
        let text = letter(&format!(
            "{salutation}\n\nWe object. So do others.\n\nMore."
        ));
        assert_eq!(
            description(&text),
            "We object. So do others.",
            "{salutation}"
        );
    }
    assert_eq!(description(&letter("“Why now?”\n\nBecause.")), "“Why now?”");
    assert_eq!(first_paragraph(&letter("- list")), "");
    assert_eq!(description(&letter("- list")), "T");
    let long = description(&letter(&"wörter ".repeat(100)));
    assert!(long.ends_with('…'), "{long}");
    assert!(long.chars().count() <= 300, "{long}");
}

#[test]
fn the_real_letter_as_a_note() {
    let bytes = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/letter.md"));
    let real = parse(bytes, None).unwrap();
    let html = note_html(&real, &base());
    assert!(
        html.starts_with(
            "<p>Earlier this year Microsoft <a href=\"https://blogs.msdn.microsoft.com/"
        )
    );
    assert!(!html.contains("Signed") && !html.contains('\n'));
    assert_eq!(as_mastodon_keeps(&html), html);
    assert!(
        page_html(&real, &base())
            .contains("<em>accelerate facial recognition and identification</em>")
    );
    assert!(description(&real).starts_with("Earlier this year Microsoft proudly announced that"));
}

proptest! {
    #[test]
    fn a_note_stays_as_it_is_when_others_clean_it(
        parts in prop::collection::vec(prop::sample::select(vec![
            "# h\n", "\n", "\n\n", "- a", "  - b", "1. c", "| a | b |\n|---|---|\n| c | d |\n", "> q", "```\nx\n```\n",
            "![i](https://x.example/i)", "[l](/r)", "[m](mailto:a@b.example)", "<a href='x:y'>", "</a>", "<b>", "<p>",
            "<table><tr><td>", "<li>", "</ul>", "<img src=x alt='<a>'>", "<svg><a>", "<math><mi>", "<!--", "-->", "<pre>\n",
            "text & < \" text", "**b** *i* ~~s~~", "[^1]", "\n[^1]: foot\n", "<h2>h</h2>", "\u{a0}", "<ol start='<'>",
        ]), 0..20)
    ) {
        let html = note_html(&letter(&format!("x\n\n{}", parts.concat())), &base());
        prop_assert_eq!(as_mastodon_keeps(&html), html.clone());
        prop_assert!(!html.contains("<a rel"));
    }
}
