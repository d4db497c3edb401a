use std::sync::LazyLock;

use proptest::prelude::*;

use super::{
    Intent::{DoesNot, Signs, Unsure, Withdraws},
    *,
};

static BUILT_IN: LazyLock<Phrases> =
    LazyLock::new(|| Phrases::built_in().for_letter(&["en"], "https://letter.example"));

fn read(text: &str) -> Reading {
    BUILT_IN.read(text.into())
}

#[test]
fn the_page_for_organisers_names_words_of_every_language_that_work() {
    let page = include_str!("../../../docs/SIGNING.md");
    let rows = page.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ");
        let row = (cells.next()?, cells.next()?, cells.next()?);
        (row.0.len() == 2).then_some(row)
    });
    let mut languages = Vec::new();
    for (language, signing, withdrawing) in rows {
        let check = |text: &str, expected| {
            let written = WrittenPost {
                language: Some(language),
                ..WrittenPost::from(text)
            };
            assert_eq!(BUILT_IN.read(written).answer, expected, "{language} {text}");
        };
        for text in signing.split(" · ") {
            check(text, Signs);
        }
        check(withdrawing, Withdraws);
        languages.push(language);
    }
    let mut known: Vec<_> = BUILT_IN.codes().collect();
    known.sort_unstable();
    assert_eq!(languages, known);
}

/// Tables of sentences, in the languages of their names.
const TABLES: &[(&str, &str)] = &[
    ("ar", include_str!("tests/ar.tsv")),
    ("de", include_str!("tests/de.tsv")),
    ("en", include_str!("tests/en.tsv")),
    ("es", include_str!("tests/es.tsv")),
    ("fr", include_str!("tests/fr.tsv")),
    ("hi", include_str!("tests/hi.tsv")),
    ("id", include_str!("tests/id.tsv")),
    ("it", include_str!("tests/it.tsv")),
    ("ja", include_str!("tests/ja.tsv")),
    ("ko", include_str!("tests/ko.tsv")),
    ("nl", include_str!("tests/nl.tsv")),
    ("pl", include_str!("tests/pl.tsv")),
    ("pt", include_str!("tests/pt.tsv")),
    ("ru", include_str!("tests/ru.tsv")),
    ("tr", include_str!("tests/tr.tsv")),
    ("zh", include_str!("tests/zh.tsv")),
];

/// The rows of a table: the words, and what they mean.
fn rows(table: &str) -> impl Iterator<Item = (String, &str)> {
    let lines = table
        .lines()
        .filter(|line| !line.starts_with("# ") && !line.is_empty());
    lines.map(|line| {
        let (text, meaning) = line.split_once('\t').expect("words, a tab, a meaning");
        (text.replace("\\n", "\n"), meaning)
    })
}

#[test]
fn what_people_write_under_open_letters_is_read_right() {
    let mut wrong = Vec::new();
    let mut count = 0;
    let tables = [
        include_str!("tests/words.tsv"),
        include_str!("tests/kinds.tsv"),
    ];
    for (text, meaning) in tables.into_iter().flat_map(rows) {
        let answer = read(&text).answer;
        let right = match meaning {
            "sign" => matches!(answer, Signs | Unsure),
            "agree" | "not" => matches!(answer, DoesNot | Unsure),
            exactly => format!("{answer:?}") == exactly,
        };
        if !right {
            wrong.push(format!("{text:?} is {answer:?}: {meaning}"));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 220);
}

#[test]
fn the_tables_of_sentences_are_read_as_people_mean_them() {
    let mut wrong = Vec::new();
    for (language, table) in TABLES {
        let mut kinds = [0, 0];
        for (text, meaning) in rows(table) {
            let tagged = WrittenPost {
                language: Some(language),
                ..WrittenPost::from(text.as_str())
            };
            let signs = meaning == "Signs";
            kinds[usize::from(signs)] += 1;
            for written in [tagged, text.as_str().into()] {
                let answer = BUILT_IN.read(written).answer;
                if format!("{answer:?}") != meaning {
                    let tag = written.language;
                    wrong.push(format!("{tag:?} {text:?} is {answer:?}, not {meaning}"));
                }
            }
        }
        assert!(
            kinds.iter().all(|count| *count >= 20),
            "{language} {kinds:?}"
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn words_of_signing_count_in_the_own_language_the_letters_and_english() {
    let check = |text: &str, tag: Option<&str>, letter: &str, expected| {
        let phrases = BUILT_IN.clone().for_letter(&[letter], "");
        let written = WrittenPost {
            language: tag,
            ..WrittenPost::from(text)
        };
        assert_eq!(
            phrases.read(written).answer,
            expected,
            "{text} {tag:?} {letter}"
        );
    };
    // English always works, whatever the letter's language is.
    for letter in ["en", "de", "fr", "sv", ""] {
        for tag in [None, Some("fr"), Some("sv"), Some("zh-TW"), Some("und")] {
            check("I sign", tag, letter, Signs);
            check("withdraw", tag, letter, Withdraws);
            check("zurückziehen", tag, letter, Withdraws);
        }
    }
    check("Je signe", Some("fr-CA"), "en", Signs);
    check("Je signe", Some("de"), "fr", Signs);
    check("Je signe", None, "en", Signs);
    // A wrong tag loses nobody: a whole signing sentence waits.
    check("Je signe", Some("de"), "en", Unsure);
    check("Une signature de plus", Some("fr"), "en", Unsure);
    check("Une signature de plus", None, "en", Unsure);
    check("Das ist die Unterschrift", Some("fr"), "en", DoesNot);
    // So do the words of its translations.
    let phrases = BUILT_IN.clone().for_letter(&["en", "fr"], "");
    let written = WrittenPost {
        language: Some("de"),
        ..WrittenPost::from("Je signe")
    };
    assert_eq!(phrases.read(written).answer, Signs);
    // Ordinary words of another language are none.
    check("Eine Firma", Some("de"), "en", DoesNot);
    check("Eine Firma", Some("de"), "es", DoesNot);
    check("Eine Firma", None, "en", DoesNot);
    check("Firma", Some("es"), "en", Unsure);
    check("Firma", Some("es"), "de", Unsure);
}

#[test]
fn a_warning_above_and_the_question_of_a_poll_never_sign() {
    let check = |text: &str, warning: Option<&str>, poll, expected| {
        let written = WrittenPost {
            text,
            warning,
            language: None,
            poll,
        };
        let reading = BUILT_IN.read(written);
        assert_eq!(reading.answer, expected, "{text:?} {warning:?} {poll}");
    };
    check("", Some("I sign"), false, Unsure);
    check("✊", Some("I sign this letter"), false, Unsure);
    check("A good letter", Some("I sign"), false, Unsure);
    check("I don't sign this", Some("I sign"), false, DoesNot);
    check("A good letter", Some("politics"), false, DoesNot);
    check("I sign", Some("politics"), false, Signs);
    check("I sign", Some("sarcasm"), false, Unsure);
    check("I sign", Some("not serious"), false, Unsure);
    check("I sign", None, true, Unsure);
    check("What do you think", None, true, DoesNot);
    check("I withdraw", None, true, Withdraws);
}

fn check_rest(text: &str, answer: Intent, rest: &str) {
    let reading = read(text);
    assert_eq!(
        (reading.answer, reading.rest.as_str()),
        (answer, rest),
        "{text}"
    );
}

#[test]
fn the_other_sentences_are_the_statement() {
    for text in [
        "@letter@l.example I sign! ✊",
        "Yes, I hereby sign this open letter.",
        "Yes! I sign! Gladly.",
        "I sign @letter @ada@m.example",
        "I sign #OpenLetter",
        "I sign.\n\n#OpenLetter #Rights",
        "I sign :blobcat:",
        "I sign\n\n:blobcat: https://letter.example/letter",
        "I sign with all my heart!",
        "賛同します。はい！",
        "Bitte. Ich unterschreibe.",
    ] {
        check_rest(text, Signs, "");
    }
    check_rest(
        "Great letter! I sign. It matters.",
        Signs,
        "Great letter! It matters.",
    );
    check_rest(
        "It is time.\n\nI sign.\n\nIt  matters. ✊",
        Signs,
        "It is time.\n\nIt  matters. ✊",
    );
    check_rest(
        "I sign\n\n\n\nIt matters.\n- a\n- b",
        Signs,
        "It matters.\n- a\n- b",
    );
    check_rest("I sign. Really good. I sign!", Signs, "Really good.");
    // A sentence that says more stays whole.
    check_rest(
        "@letter I sign because it matters.",
        Signs,
        "I sign because it matters.",
    );
    check_rest(
        "As a teacher I sign this letter!",
        Signs,
        "As a teacher I sign this letter!",
    );
    check_rest("Yes! I sign from Leeds.", Signs, "Yes! I sign from Leeds.");
    check_rest(
        "I thought about it for a while and I sign",
        Unsure,
        "I thought about it for a while and I sign",
    );
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
    let reading = read(text);
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
    check_declared("I, Jane Doe, sign this letter", jane, None, "");
    check_declared("Add my name: Jane Doe", jane, None, "");
    check_declared("Signed, Jane Doe (ACME).", jane, Some("ACME"), "");
    check_declared(
        "I sign as Jane Doe because it matters",
        jane,
        None,
        "I sign as Jane Doe because it matters",
    );
    check_declared(
        "Ich unterschreibe als Jane van der Doe, Universität Ulm",
        Some("Jane van der Doe"),
        Some("Universität Ulm"),
        "",
    );
    check_declared("gez. Jane Doe", jane, None, "");
    check_declared("I sign (Debian)", None, Some("Debian"), "");
    check_declared("I sign (Jane Doe, ACME)", jane, Some("ACME"), "");
    check_declared(
        "I sign on behalf of ACME. It matters.",
        None,
        Some("ACME"),
        "It matters.",
    );
    check_declared(
        "Im Namen von ACME unterschreibe ich",
        None,
        Some("ACME"),
        "",
    );
    check_declared("I sign. (Jane Doe)", None, None, "(Jane Doe)");
}

#[test]
fn a_post_without_words_says_so() {
    for text in [
        "",
        " ",
        "@letter",
        "@letter@l.example ✊ :blob: !?",
        ":) <3",
    ] {
        assert!(!read(text).has_words, "{text}");
    }
    for text in ["no", "@letter #no", "https://a.example", "> quoted"] {
        assert!(read(text).has_words, "{text}");
    }
}

#[test]
fn quotations_in_html_do_not_sign() {
    let check = |html: &str, answer| assert_eq!(read(&text_of(html)).answer, answer, "{html}");
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
    check("<p>I sign<br>the counter letter</p>", Unsure);
}

#[test]
fn the_organisers_own_phrases_are_added() {
    let extra = "[language sv]\n[sign]\njag skriver/signerar under? # Svenska\n[warning]\ninte";
    let phrases = Phrases::with_extra(extra).unwrap().for_letter(&["sv"], "");
    let answer = |text: &str| phrases.read(text.into()).answer;
    assert_eq!(answer("Jag skriver under!"), Signs);
    assert_eq!(answer("Jag skriver inte under"), Unsure);
    assert_eq!(answer("I sign"), Signs);
    assert!(phrases.speaks("sv-SE"));
    assert!(!BUILT_IN.speaks("sv"));
    assert_eq!(read("Jag skriver under").answer, DoesNot);
    // Without a language they belong to every one.
    let phrases = Phrases::with_extra("[sign]\nyarr").unwrap();
    assert_eq!(phrases.read("Yarr, please!".into()).answer, Signs);
    assert_eq!(phrases.read("Yarr, bitte!".into()).answer, Signs);
    assert_eq!(phrases.read("Yarr, nonsense!".into()).answer, Unsure);
}

#[test]
fn a_bad_line_of_phrases_is_named() {
    let check = |text: &str, expected: &str| {
        let error = Phrases::with_extra(text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    };
    check(
        "# mine\n\nje signe",
        "cannot read the phrases at line 3: a phrase stands before the first section, such as [sign]",
    );
    check(
        "[sign]\n…",
        "cannot read the phrases at line 2: \"…\" has no word in it",
    );
    check(
        "[sign]\n<name>",
        "cannot read the phrases at line 2: \"<name>\" has no word in it",
    );
    check(
        "[sign]\nI sign <lettre>",
        "cannot read the phrases at line 2: there is no place \"<lettre>\"; the places are <letter>, ",
    );
    check(
        &format!("[sign]\n{}", "a ".repeat(17)),
        "cannot read the phrases at line 2: the phrase has 17 words, more than 16",
    );
    check(
        &format!("[sign]\n{}", "a/b ".repeat(13)),
        "cannot read the phrases at line 2: the line stands for more than 4096 phrases",
    );
    check(
        "[language sv]\n[signs]\njag",
        "cannot read the phrases at line 2: there is no section \"signs\"; the sections are sign, opening, ",
    );
}

#[test]
fn long_texts_are_cut_and_read_in_linear_time() {
    let late = format!("{}. I sign", "word ".repeat(MAX_TEXT / 5));
    assert_eq!(read(&late).answer, DoesNot);
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
        "Jane Doe ",
        "because ",
        "yes, ",
        "✊ ",
        "#a ",
        "\n",
        "署",
        "I sign. ",
        "A, ",
        "withdraw, ",
        "I, ",
        "(A",
    ] {
        let reading = read(&unit.repeat(1024 * 1024 / unit.len()));
        assert!(reading.rest.len() <= MAX_TEXT, "{unit}");
    }
}

/// What may stand around a sentence without changing what it says.
const AROUND: &str =
    "(@letter@letter\\.example |@ada |✊ |❤️ |🎉 |#OpenLetter |:blobcat: |<3 ){0,3}";

proptest! {
    #[test]
    fn anything_can_be_read(text in "(\\PC|I sign|if|not|Jane Doe|署名|[ ,.?!\"„“>@#:()\\n'~-]){0,60}") {
        let reading = read(&text);
        prop_assert!(reading.rest.len() <= text.len() + 1);
        prop_assert!(reading.answer == Signs || reading.declared.is_none());
    }

    #[test]
    fn a_negation_or_a_question_never_signs(after in "[a-z ]{0,20}") {
        for text in [format!("I don't sign {after}"), format!("I sign {after}?")] {
            prop_assert_ne!(read(&text).answer, Signs, "{}", text);
        }
    }

    #[test]
    fn unknown_words_never_sign(word in "[a-z]{3,12}", place in 0_usize..2) {
        prop_assume!(!BUILT_IN.languages.iter().any(|language| language.knows(&word)));
        let text = [format!("{word} I sign"), format!("I sign {word}")][place].clone();
        prop_assert_eq!(read(&text).answer, Unsure, "{}", text);
    }

    #[test]
    fn what_stands_around_a_sentence_changes_nothing(
        before in AROUND, after in AROUND, mark in "[.!]{0,2}", row in any::<prop::sample::Index>(),
    ) {
        let all: Vec<_> = TABLES.iter().flat_map(|(_, table)| rows(table)).collect();
        let (text, _) = row.get(&all);
        // A mark after a quotation or a question makes it another sentence.
        let bare = text.trim_end_matches(['.', '!', '。', '！']);
        prop_assume!(!text.contains(['?', '？', '؟', '>']) && text.chars().any(char::is_alphabetic));
        let around = format!("{before}{bare}{mark} {after}");
        // A name alone is an entry of a list of names; an exclamation is none.
        prop_assume!(!(mark.contains('!') && names_only(bare)));
        prop_assert_eq!(read(&around).answer, read(bare).answer, "{:?}", around);
    }
}

/// Whether a row is a list entry.
fn names_only(text: &str) -> bool {
    text.contains("Jana Novak") && !text.to_lowercase().contains("sign")
}

#[test]
fn whoever_signs_may_ask_to_hear_what_is_new() {
    for (text, rest, asks) in [
        ("I sign. Keep me posted!", "", true),
        ("I sign, keep me posted", "", true),
        ("I sign and please keep me updated.", "", true),
        ("Keep me posted. I sign.", "", true),
        (
            "I sign. Keep me posted. Because it matters.",
            "Because it matters.",
            true,
        ),
        ("Ich unterzeichne. Haltet mich auf dem Laufenden!", "", true),
        ("Je signe. Tenez-moi au courant.", "", true),
        ("I sign.", "", false),
        // Only alone in a direct message.
        ("I sign. Updates", "Updates", false),
        ("I sign. Keep me posted?", "", false),
        (
            "I sign. Don't keep me posted.",
            "I sign. Don't keep me posted.",
            false,
        ),
    ] {
        let reading = read(text);
        let found = (reading.rest.as_str(), reading.asks_for_news);
        assert_eq!(found, (rest, asks), "{text}: {:?}", reading.answer);
    }
    for text in [
        "Keep me posted.",
        "I don't sign. Keep me posted.",
        "“I sign. Keep me posted.”",
    ] {
        assert!(!read(text).asks_for_news, "{text}");
    }
}
fn pledge_of(words: &[&str]) -> Result<Phrases, BadPledge> {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    BUILT_IN.of_pledge(&words)
}

#[test]
fn pledges_are_read_by_the_grammar_of_signing() {
    let pledge =
        pledge_of(&["I left", "I/we have? moved", "ich bin gegangen", "我离开了"]).unwrap();
    let mut wrong = Vec::new();
    for (text, meaning) in rows(include_str!("tests/pledges.tsv")) {
        for language in [None, Some("en"), Some("de")] {
            let written = WrittenPost {
                language,
                ..WrittenPost::from(text.as_str())
            };
            let answer = pledge.read(written).answer;
            if format!("{answer:?}") != meaning {
                wrong.push(format!(
                    "{language:?} {text:?} is {answer:?}, not {meaning}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pledges_have_warnings_and_polls_as_signatures_have() {
    let pledge = pledge_of(&["I left"]).unwrap();
    let check = |written: WrittenPost<'_>, expected| {
        assert_eq!(pledge.read(written).answer, expected, "{written:?}");
    };
    let written = WrittenPost::from("I left");
    let warning = Some("sarcasm");
    check(WrittenPost { warning, ..written }, Unsure);
    check(
        WrittenPost {
            poll: true,
            ..written
        },
        Unsure,
    );
    let said_above = WrittenPost {
        warning: Some("I left"),
        ..WrittenPost::from("finally")
    };
    check(said_above, Unsure);
}

#[test]
fn no_pledge_is_read_without_words() {
    let pledge = pledge_of(&[]).unwrap();
    for text in ["I left", "I sign", "withdraw"] {
        assert_eq!(pledge.read(text.into()).answer, DoesNot, "{text}");
    }
}

#[test]
fn words_that_cannot_be_a_pledge_are_refused() {
    let long = "left ".repeat(50);
    let many = "a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t ".repeat(4);
    for (words, expected) in [
        ("go", PledgeFault::TooShort),
        ("", PledgeFault::TooShort),
        ("I left #github", PledgeFault::Sign),
        ("@letter I left", PledgeFault::Sign),
        ("I sign", PledgeFault::Signs),
        ("I/we sign", PledgeFault::Signs),
        ("withdraw", PledgeFault::Withdraws),
        (long.as_str(), PledgeFault::TooLong),
        (many.as_str(), PledgeFault::Phrase(PhraseFault::TooMany)),
    ] {
        let fault = pledge_of(&[words]).map(|_| ()).unwrap_err().fault;
        assert_eq!(fault, expected, "{words}");
    }
    let many = vec!["I left"; 51];
    let fault = pledge_of(&many).map(|_| ()).unwrap_err().fault;
    assert_eq!(fault, PledgeFault::TooMany);
    pledge_of(&["ayrıldım", "我走了", "I/we have? moved to <place>"]).unwrap();
}
