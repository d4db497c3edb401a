use proptest::prelude::*;

use super::*;

fn check(html: &str, text: &str) {
    assert_eq!(html_to_text(html), text, "{html}");
}

#[test]
fn what_steers_the_direction_of_text_stays_out_but_for_marks() {
    let html = "a\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}b\u{200f}&#x202e;c";
    assert_eq!(html_to_text(html), "ab\u{200f}c");
}

#[test]
fn paragraphs_and_breaks_become_line_ends() {
    check(
        "<p>I sign.</p><p>Because<br>it <b>matters</b>.</p>",
        "I sign.\n\nBecause\nit matters.",
    );
    check("one<br/><br><br>two", "one\n\ntwo");
    check("<ul><li>one</li><li>two</li></ul>", "one\ntwo");
    check("  <p> a\n  b\t</p>\r\n", "a b");
    check("<pre>a\n  b</pre>", "a\n  b");
    check(
        "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
        "a b\nc",
    );
    check("a\u{2028}b", "a\nb");
}

#[test]
fn links_and_mentions_keep_their_text() {
    check(
        r#"<p><span class="h-card"><a href="https://l.example/@letter" class="u-url mention">@<span>letter</span></a></span> I sign</p>"#,
        "@letter I sign",
    );
    check(
        r#"<a href="https://a.example/b"><span class="invisible">https://</span><span>a.example/b</span></a>"#,
        "https://a.example/b",
    );
}

#[test]
fn entities_are_decoded_once() {
    check(
        "&lt;b&gt; &amp;amp; &quot;&#39;&apos;&#x41;&eacute;&hellip;",
        "<b> &amp; \"''Aé…",
    );
    check(
        "&unknown; &amp &; &#; &#x; &#xzz; AT&T",
        "&unknown; &amp &; &#; &#x; &#xzz; AT&T",
    );
    check(
        "&#0;&#xd800;&#x110000;&#9999999;",
        "\u{fffd}\u{fffd}\u{fffd}\u{fffd}",
    );
}

#[test]
fn what_is_not_the_authors_own_word_stays_marked() {
    check(
        "<blockquote><p>I sign</p><p>really</p></blockquote><p>No.</p>",
        "> I sign\n\n> really\n\nNo.",
    );
    check(
        "<blockquote><blockquote>a<br>b</blockquote></blockquote>c",
        "> a\n> b\n\nc",
    );
    check(
        "<blockquote>never closed<p>I sign",
        "> never closed\n\n> I sign",
    );
    check("He said <q>I sign</q>.", "He said “I sign”.");
    check("<del>I sign</del> <s>I do</s>", "~~I sign~~ ~~I do~~");
}

#[test]
fn scripts_comments_and_quote_fallbacks_are_left_out() {
    check("a<script>if (1 < 2) { '</b>' }</SCRIPT>b", "ab");
    check(
        "a<style>p{}</style><!-- <p>x</p> -->b<!-->c<!doctype html><?php x ?>d",
        "abcd",
    );
    check(
        r#"<p class="quote-inline">RE: <a href="x">x</a></p><p>Yes</p>"#,
        "Yes",
    );
    check(
        r#"Yes<span class="quote-inline"><br><span>RE:</span> x</span>!"#,
        "Yes!",
    );
    check("a<script>never closed I sign", "a");
    check("a<!-- never closed I sign", "a");
    check(r#"a<b title="never closed>I sign"#, "a");
}

#[test]
fn what_is_no_tag_is_text() {
    check("1 < 2 <3 <", "1 < 2 <3 <");
    check(r#"<a title="a > b" href='>'>x</a>"#, "x");
    check("<P>A</P ><BR/>B</unknown></blockquote></pre>", "A\n\nB");
}

#[test]
fn control_characters_do_not_survive() {
    check("a\0\u{1b}[31m&#27;&#7;\u{9b}b", "a[31mb");
}

#[test]
fn deep_nesting_and_a_million_bytes_end_well() {
    let deep = "<blockquote><b a=1>".repeat(MAX_HTML / 8) + "x";
    assert_eq!(html_to_text(&deep), "");
    let deep = "<div>".repeat(100_000) + "x";
    assert_eq!(html_to_text(&deep), "x");
    for unit in [
        "<", "&", "<!--", "</script", "<script>", "<p>é", "&#1", "<br>", "<q>", "<a b='",
    ] {
        let text = html_to_text(&unit.repeat(MAX_HTML / unit.len() + 1));
        assert!(text.len() <= 2 * MAX_HTML, "{unit}");
    }
}

#[test]
fn a_text_is_shortened_where_people_would_cut() {
    assert_eq!(shorten("Grace", 5), "Grace");
    assert_eq!(shorten("Grace Hopper", 5), "Grac…");
    assert_eq!(shorten("Ada Lovelace", 5), "Ada…");
    assert_eq!(shorten("👩🏽‍🚀👩🏽‍🚀👩🏽‍🚀", 2), "👩🏽‍🚀…");
    assert_eq!(shorten("abc", 1), "…");
    assert_eq!(shorten("abc", 0), "");
    assert_eq!(shorten("", 3), "");
}

#[test]
fn ten_thousand_accents_on_one_letter_are_bounded() {
    let tall = format!("a{}b", "\u{301}".repeat(10_000));
    assert_eq!(
        shorten(&tall, 5).chars().count(),
        MAX_CHARS_PER_GRAPHEME + 1
    );
}

#[test]
fn what_misleads_is_written_out() {
    assert_eq!(visible("\u{1b}[2J\u{9b}"), "\\u{1b}[2J\\u{9b}");
    assert_eq!(
        visible("a\tb\nc\rd\0\u{7f}"),
        "a\\u{9}b\\u{a}c\\u{d}d\\u{0}\\u{7f}"
    );
    assert_eq!(visible("x\u{2028}\u{2029}"), "x\\u{2028}\\u{2029}");
    for control in "\u{61c}\u{200e}\u{200f}\u{202a}\u{202e}\u{2066}\u{2069}".chars() {
        assert_eq!(
            visible(&control.to_string()),
            format!("\\u{{{:x}}}", u32::from(control))
        );
    }
    assert!(matches!(visible("Zoë 👩🏽‍🚀 שלום"), Cow::Borrowed(_)));
}

#[test]
fn a_single_line_has_no_line_ends() {
    assert_eq!(single_line(" a\r\n b\u{2028}c\u{85}\td "), "a b c d");
}

proptest! {
    #[test]
    fn plain_text_has_no_control_but_the_line_end(html in "(\\PC|[<>&;/\"'=\\n\\x00-\\x1f]|<p>|<q>|&#[0-9]{1,4};){0,80}") {
        let text = html_to_text(&html);
        prop_assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
        prop_assert!(text.len() <= 2 * html.len() + 8);
    }

    #[test]
    fn what_is_visible_misleads_nobody_and_stays_so(text in any::<String>()) {
        let shown = visible(&text).into_owned();
        prop_assert!(!shown.contains(misleads));
        prop_assert_eq!(visible(&shown), &*shown);
    }

    #[test]
    fn a_shortened_text_is_short(text in any::<String>(), max in 0_usize..20) {
        prop_assert!(shorten(&text, max).graphemes(true).count() <= max);
    }
}
