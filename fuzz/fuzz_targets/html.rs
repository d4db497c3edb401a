//! Remote HTML converted to plain text, and raw HTML in a letter sanitised.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use undersigned::{
    letter,
    text::{MAX_HTML, html_to_text, visible},
};
use url::Url;

static BASE: LazyLock<Url> = LazyLock::new(|| "https://letter.example/".parse().unwrap());

/// The elements allowed in a Note: those that Mastodon keeps.
const ELEMENTS: [&str; 17] = [
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

fuzz_target!(|html: &str| {
    let text = html_to_text(html);
    assert!(!text.contains(|it: char| it.is_control() && it != '\n'));
    assert!(text.len() <= 2 * MAX_HTML);
    let shown = visible(&text);
    assert!(!shown.contains(char::is_control));
    assert_eq!(visible(&shown), shown);

    if let Ok(letter) = letter::parse(format!("# Title\n\n{html}\n").as_bytes(), None) {
        let note = letter::note_html(&letter, &BASE);
        // Every `<` of the text is escaped, so the others begin tags.
        for tag in note.split('<').skip(1) {
            let tag = tag.split('>').next().unwrap();
            let name = tag.trim_start_matches('/').split(' ').next().unwrap();
            assert!(ELEMENTS.contains(&name), "{note}");
            if let Some((_, link)) = tag.split_once(" href=\"") {
                let address = link.split('"').next().and_then(|it| Url::parse(it).ok());
                assert!(
                    address.is_some_and(|it| it.scheme().starts_with("http")),
                    "{note}"
                );
            }
        }
    }
});
