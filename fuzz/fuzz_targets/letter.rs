//! The Markdown file of a letter: parsed, and rendered for pages and for other servers.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use undersigned::{letter, text::html_to_text};
use url::Url;

static BASE: LazyLock<Url> = LazyLock::new(|| "https://letter.example/".parse().unwrap());

fuzz_target!(|file: &[u8]| {
    let Ok(letter) = letter::parse(file, None) else {
        return;
    };
    assert!(!letter.title.is_empty() && !letter.title.contains('\n'));
    assert!(letter.body.ends_with('\n') && !letter.body.contains('\r'));
    for (signatory, position) in letter.signatories.iter().zip(1..) {
        assert_eq!(signatory.position, position);
        assert!(!signatory.name.is_empty() && !signatory.name.contains('@'));
        assert!(
            signatory
                .url
                .as_ref()
                .is_none_or(|it| it.starts_with("http"))
        );
    }
    // CRLF line ends give the same letter.
    if !file.contains(&b'\r') {
        let text = std::str::from_utf8(file).unwrap().replace('\n', "\r\n");
        assert_eq!(letter::parse(text.as_bytes(), None).unwrap(), letter);
    }
    for html in [
        letter::note_html(&letter, &BASE),
        letter::page_html(&letter, &BASE),
    ] {
        assert!(!html.contains("<script") && !html.contains("<style"));
        let is_wrong = |it: char| it.is_control() && it != '\n';
        assert!(!html_to_text(&html).contains(is_wrong));
    }
    for line in [
        letter::description(&letter),
        letter::first_paragraph(&letter),
    ] {
        assert!(!line.contains('\n'));
    }
});
