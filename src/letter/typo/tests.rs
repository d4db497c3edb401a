//! Changes, and the reasons why they are more than a typo.

use super::*;
use crate::letter::parse;

fn letter(text: &str) -> Letter {
    let file = format!("# A title\n\n{text}\n\nSigned,\n\n- Ada Lovelace\n- Rosa Meister\n");
    parse(file.as_bytes(), None).unwrap()
}

/// The reasons why the change from one text to the other is more than a typo.
fn why(language: &str, before: &str, after: &str) -> Vec<String> {
    let base = Url::parse("https://letter.example/").unwrap();
    let found = beyond(&letter(before), &letter(after), language, &base);
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn a_correction_is_a_typo() {
    let table = [
        ("en", "We ask teh state to act.", "We ask the state to act."),
        ("en", "One two tree.", "One, two tree!"),
        (
            "en",
            "We definately want it, recieve it and beleive it.",
            "We definitely want it, receive it and believe it.",
        ),
        ("en", "the state acts.", "The state acts."),
        ("en", "We live in berlin.", "We live in Berlin."),
        ("en", "I think.\n\nThe end.", "I think.\nThe end."),
        ("en", "We *ask* the state.", "We **ask** the state."),
        ("en", "So I ask. we hope.", "So i ask. We hope."),
        ("de", "Das Gesezt gilt.", "Das Gesetz gilt."),
        (
            "de",
            "Wir bitten um Verständniss.",
            "Wir bitten um Verständnis.",
        ),
        ("de", "Wir biten das Land.", "Wir bitten das Land."),
    ];
    for (language, before, after) in table {
        assert_eq!(why(language, before, after), [""; 0], "{before} → {after}");
    }
}

#[test]
fn a_number_a_name_a_link_or_a_negation_is_more_than_a_typo() {
    let table = [
        (
            "en",
            "By 2030 we act.",
            "By 2035 we act.",
            "the number “2030”",
        ),
        (
            "en",
            "It costs 5 euros.",
            "It costs 5,000 euros.",
            "the number “5,000”",
        ),
        ("en", "It fell by 5%.", "It fell by 5‰.", "the number “‰”"),
        (
            "en",
            "We ask for two years.",
            "We ask for ten years.",
            "the number “ten”",
        ),
        (
            "en",
            "We ask the city of Leeds.",
            "We ask the city of Hull.",
            "the name “Hull”",
        ),
        (
            "en",
            "We ask Dr. Jones.",
            "We ask Dr. James.",
            "the name “James”",
        ),
        (
            "en",
            "Leeds acts. So acts Leeds.",
            "Hull acts. So acts Leeds.",
            "the name “Leeds”",
        ),
        ("en", "Ada lives.", "Eva lives.", "the name “Ada”"),
        ("en", "We ask the EU.", "We ask the UN.", "the name “EU”"),
        ("en", "They told US.", "They told us.", "the name “US”"),
        (
            "en",
            "See [this](https://a.example/).",
            "See [this](https://b.example/).",
            "the link “https://b.example/”",
        ),
        (
            "en",
            "See [this](/a).",
            "See [this](/b).",
            "the link “https://letter.example/b”",
        ),
        (
            "en",
            "Ask a@b.example now.",
            "Ask c@b.example now.",
            "the link “c@b.example”",
        ),
        (
            "en",
            "We do agree.",
            "We do not agree.",
            "the negation “not”",
        ),
        (
            "en",
            "We can wait.",
            "We can’t wait.",
            "the negation “can’t”",
        ),
        (
            "en",
            "It is legal.",
            "It is illegal.",
            "the negation “illegal”",
        ),
    ];
    for (language, before, after, expected) in table {
        told(language, before, after, expected);
    }
}

#[test]
fn every_language_has_its_own_words() {
    let table = [
        (
            "de",
            "Wir stimmen zu.",
            "Wir stimmen nicht zu.",
            "the negation “nicht”",
        ),
        (
            "de",
            "Es ist ein Recht.",
            "Es ist kein Recht.",
            "the negation “kein”",
        ),
        (
            "de",
            "Er ist zufrieden.",
            "Er ist unzufrieden.",
            "the negation “unzufrieden”",
        ),
        (
            "de",
            "Wir fragen den Iran.",
            "Wir fragen den Irak.",
            "the name “Irak”",
        ),
        (
            "de",
            "Hier spricht Rosa Meister.",
            "Hier spricht Rosa Meisner.",
            "the name “Meister”",
        ),
        (
            "fr",
            "Es ist gut.",
            "Es ist nicht gut.",
            "the negation “nicht”",
        ),
    ];
    for (language, before, after, expected) in table {
        told(language, before, after, expected);
    }
}

/// Checks that this is one of the reasons.
fn told(language: &str, before: &str, after: &str, expected: &str) {
    let found = why(language, before, after);
    assert!(
        found.iter().any(|reason| reason == expected),
        "{before} → {after}: {found:?}"
    );
}

#[test]
fn more_than_three_words_are_more_than_a_typo() {
    let expected = ["4 words (a typo is at most 3)"];
    assert_eq!(
        why("en", "we ask for it.", "they beg about that."),
        expected
    );
    assert_eq!(why("en", "we ask for it.", "they beg about it."), [""; 0]);
    assert_eq!(why("en", "we ask.", "we ask and beg and cry."), expected);
}

#[test]
fn nobody_hides_a_paragraph_as_a_correction() {
    let text = "we ask for a good deal.\n\nand we mean all of it too.";
    for hidden in [
        "we ask for a good deal.\n\n<!--\nand we mean all of it too.\n-->",
        "we ask for a good deal.\n\n~~and we mean all of it too.~~",
    ] {
        let found = why("en", text, hidden);
        assert!(
            found.iter().any(|reason| reason.contains("words")),
            "{hidden}: {found:?}"
        );
    }
}

#[test]
fn many_signs_are_more_than_a_typo_and_are_not_compared_one_by_one() {
    let signs = "= % + ".repeat(100_000);
    let found = why("en", "we ask for it.", &format!("we ask for it. {signs}"));
    assert_eq!(found, ["300000 words (a typo is at most 3)"]);
    // In many places, too.
    let lines = |sign: &str| format!("we ask {sign} for it.\n\n").repeat(1_000);
    assert_eq!(
        why("en", &lines("="), &lines("%")),
        ["the number “%”", "the number “=”"]
    );
}
