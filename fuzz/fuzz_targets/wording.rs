//! The words of a reply, and display names.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use undersigned::{
    endorsement::{
        names::{NameCheck, WatchList, check, clean, opts_out, skeleton},
        wording::{Intent, Phrases, WrittenPost, text_of},
    },
    text::is_bidi_control,
};

static PHRASES: LazyLock<Phrases> = LazyLock::new(Phrases::built_in);
static WATCH: LazyLock<WatchList> = LazyLock::new(|| WatchList::new(&["Ada Lovelace".to_owned()]));

fuzz_target!(|words: &str| {
    let text = text_of(words);
    let reading = PHRASES.read(WrittenPost {
        warning: Some(words),
        ..WrittenPost::from(text.as_str())
    });
    assert!(reading.declared.is_none() || reading.answer == Intent::Signs);
    assert!(reading.answer != Intent::Withdraws || reading.rest.is_empty());
    assert!(
        !reading
            .rest
            .contains(|it: char| it.is_control() && it != '\n')
    );

    let name = clean(words, "user");
    assert_eq!(clean(&name, "user"), name);
    assert!(!name.contains(|it: char| is_bidi_control(it) || it.is_control() && it != '\n'));
    assert!(!skeleton(&name).contains(char::is_whitespace));
    if check(&name, &WATCH, false) == NameCheck::Passes {
        assert!(!name.contains('\n'));
        assert_ne!(check(&name, &WATCH, true), NameCheck::Passes);
    }
    opts_out(&name, &text);
});
