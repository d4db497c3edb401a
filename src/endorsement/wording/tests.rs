mod sentences;

use std::sync::LazyLock;

use proptest::prelude::*;

use super::{
    Intent::{DoesNot, Signs, Unsure, Withdraws},
    *,
};

static BUILT_IN: LazyLock<Phrases> = LazyLock::new(Phrases::built_in);

fn built_in() -> &'static Phrases {
    &BUILT_IN
}

#[test]
fn the_table_of_sentences_is_read_as_people_mean_it() {
    let phrases = built_in();
    let rows = sentences::SENTENCES
        .iter()
        .flat_map(|(answer, row)| row.split(" | ").map(move |text| (*answer, text)));
    let wrong: Vec<_> = rows
        .clone()
        .filter_map(|(expected, text)| {
            let answer = phrases.read(text).answer;
            (answer != expected).then(|| format!("{text:?} is {answer:?}, not {expected:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(rows.count() > 250);
}

fn check_rest(text: &str, answer: Intent, rest: &str) {
    let reading = built_in().read(text);
    assert_eq!(
        (reading.answer, reading.rest.as_str()),
        (answer, rest),
        "{text}"
    );
}

#[test]
fn the_words_left_are_the_statement() {
    check_rest("@letter@l.example I sign! ✊", Signs, "");
    check_rest("Yes, I hereby sign this open letter.", Signs, "");
    check_rest("Yes! I sign! Gladly.", Signs, "");
    check_rest(
        "Yes, I sign. Gladly, because it matters.",
        Signs,
        "Gladly, because it matters.",
    );
    check_rest("I sign @letter @ada@m.example", Signs, "");
    check_rest(
        "@letter I sign because it matters.",
        Signs,
        "because it matters.",
    );
    check_rest("Great letter, I sign", Signs, "Great letter");
    check_rest(
        "Great letter! I sign. It matters.",
        Signs,
        "Great letter! It matters.",
    );
    check_rest(
        "Great letter.\n\nI sign.\n\nIt  matters. ✊",
        Signs,
        "Great letter.\n\nIt  matters. ✊",
    );
    check_rest(
        "I sign\n\n\n\nIt matters.\n- a\n- b",
        Signs,
        "It matters.\n- a\n- b",
    );
    check_rest("Signed, Ada (she/her)", Signs, "Ada (she/her)");
    check_rest(
        "I sign: \"progress\" is not enough.",
        Signs,
        "\"progress\" is not enough.",
    );
    check_rest("I sign. Really. I sign!", Signs, "Really.");
    check_rest("As a teacher I sign this letter!", Signs, "As a teacher");
    check_rest("I sign #OpenLetter", Signs, "#OpenLetter");
}

#[test]
fn what_does_not_sign_is_kept_whole() {
    check_rest("@letter: This is wrong.", DoesNot, "This is wrong.");
    check_rest("@letter Maybe I sign?", Unsure, "Maybe I sign?");
    check_rest("> a\n> b\n\nI sign", Unsure, "> a\n> b\n\nI sign");
    check_rest("“I sign”", Unsure, "“I sign”");
    check_rest("@letter ✊!", DoesNot, "");
    check_rest("Please withdraw, it was a mistake", Withdraws, "");
}

fn check_declared(text: &str, name: Option<&str>, affiliation: Option<&str>, rest: &str) {
    let reading = built_in().read(text);
    let declared = reading.declared.clone().unwrap_or_default();
    assert_eq!(reading.answer, Signs, "{text}");
    assert_eq!(
        (declared.name.as_deref(), declared.affiliation.as_deref()),
        (name, affiliation),
        "{text}"
    );
    assert_eq!(reading.rest, rest, "{text}");
    assert_eq!(
        reading.declared.is_some(),
        name.is_some() || affiliation.is_some(),
        "{text}"
    );
}

#[test]
fn people_say_who_they_are() {
    let jane = Some("Jane Doe");
    check_declared("I sign as Jane Doe, ACME", jane, Some("ACME"), "");
    check_declared(
        "@letter I sign this as Jane Doe, ACME Inc. It matters.",
        jane,
        Some("ACME Inc"),
        "It matters.",
    );
    check_declared("I sign as Dr. Jane Doe", Some("Dr. Jane Doe"), None, "");
    check_declared(
        "I sign as Jane Doe because it matters",
        jane,
        None,
        "because it matters",
    );
    check_declared("I sign, as Jane Doe (ACME).", jane, Some("ACME"), "");
    check_declared(
        "I sign as Jane Doe, because it matters",
        jane,
        None,
        "because it matters",
    );
    check_declared(
        "Ich unterschreibe als Jane van der Doe, Universität Ulm",
        Some("Jane van der Doe"),
        Some("Universität Ulm"),
        "",
    );
    check_declared("I sign (Debian)", None, Some("Debian"), "");
    check_declared(
        "I sign (Debian), because it matters",
        None,
        Some("Debian"),
        "because it matters",
    );
    check_declared(
        "I sign this letter (Jane Doe, ACME)",
        jane,
        Some("ACME"),
        "",
    );
    check_declared("Ich unterzeichne als Lehrerin", None, Some("Lehrerin"), "");
    check_declared(
        "I sign on behalf of ACME. It matters.",
        None,
        Some("ACME"),
        "It matters.",
    );
    check_declared("On behalf of ACME, I sign.", None, Some("ACME"), "");
    check_declared(
        "Im Namen von ACME unterschreibe ich",
        None,
        Some("ACME"),
        "",
    );
}

#[test]
fn other_words_are_not_taken_for_names() {
    check_declared("I sign (at last)", None, None, "(at last)");
    check_declared("I sign as a teacher", None, None, "as a teacher");
    check_declared(
        "I sign as I believe in it",
        None,
        None,
        "as I believe in it",
    );
    check_declared("I sign. (Jane Doe)", None, None, "(Jane Doe)");
    let long = "Very ".repeat(30);
    check_declared(
        &format!("I sign ({long}Long)"),
        None,
        None,
        &format!("({long}Long)"),
    );
}

#[test]
fn a_post_without_words_says_so() {
    let has_words = |text: &str| built_in().read(text).has_words;
    for text in [
        "",
        " ",
        "@letter",
        "@letter@l.example ✊ :blob: !?",
        ":) <3",
    ] {
        assert!(!has_words(text), "{text}");
    }
    for text in ["no", "@letter #no", "https://a.example", "> quoted"] {
        assert!(has_words(text), "{text}");
    }
}

#[test]
fn quotations_in_html_do_not_sign() {
    let phrases = built_in();
    let check =
        |html: &str, answer| assert_eq!(phrases.read(&text_of(html)).answer, answer, "{html}");
    check("<p><span>@<span>letter</span></span> I sign</p>", Signs);
    check(
        "<blockquote><p>I sign</p></blockquote><p>Ridiculous.</p>",
        DoesNot,
    );
    check(
        "<blockquote>Rights matter.</blockquote><p>I sign</p>",
        Unsure,
    );
    check("<p>He: <q>I sign</q></p>", Unsure);
    check("<p><del>I sign</del></p>", Unsure);
    check("<p>Nice.</p><p>I sign</p><p>Why?</p>", Signs);
    check(
        "<p class=\"quote-inline\">RE: https://a.example/1</p><p>I sign</p>",
        Signs,
    );
}

#[test]
fn the_organisers_own_phrases_are_added() {
    let phrases =
        Phrases::with_extra("[signs]\nje signe # Français\n[negations]\nne\npas").unwrap();
    assert_eq!(phrases.read("Je signe !").answer, Signs);
    assert_eq!(phrases.read("Je signe pas").answer, DoesNot);
    assert_eq!(phrases.read("I sign").answer, Signs);
    assert_eq!(built_in().read("Je signe !").answer, DoesNot);
}

#[test]
fn long_texts_are_cut_and_read_in_linear_time() {
    let phrases = built_in();
    let late = format!("{}. I sign", "word ".repeat(MAX_TEXT / 5));
    assert_eq!(phrases.read(&late).answer, DoesNot);
    for unit in [
        "I sign, ",
        "I sign (",
        "i ",
        "„",
        "gladly ",
        "> I sign\n",
        "@",
        ":a",
        "if I sign ",
        "\"",
        "I sign as Jane Doe, ",
    ] {
        let reading = phrases.read(&unit.repeat(1024 * 1024 / unit.len()));
        assert!(reading.rest.len() <= MAX_TEXT, "{unit}");
    }
}

proptest! {
    #[test]
    fn anything_can_be_read(text in "(\\PC|I sign|if|not|[ ,.?!\"„“>@#:()\\n'~-]){0,60}") {
        let reading = built_in().read(&text);
        prop_assert!(reading.rest.len() <= text.len() + 1);
        prop_assert!(reading.answer == Signs || reading.declared.is_none());
    }

    #[test]
    fn a_negation_or_a_question_never_signs(after in "[a-z ]{0,20}") {
        let phrases = built_in();
        for text in [format!("I don't sign {after}"), format!("I sign {after}?")] {
            prop_assert_ne!(phrases.read(&text).answer, Signs, "{}", text);
        }
    }
}
