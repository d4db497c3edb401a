use std::{collections::HashMap, time::Duration};

use super::{
    language::ALL,
    words::{Count, SigningWords},
    *,
};
use crate::{
    clock::Millis,
    endorsement::wording::{DirectCommand, Intent, Phrases},
};

fn counts([github, letter]: [u64; 2], replies: u64, manual: u64, liked: u64) -> SupportCounts {
    let signed = github + letter + replies + manual;
    SupportCounts {
        signed,
        liked,
        github,
        letter,
        manual,
        current: signed + liked,
        ..SupportCounts::default()
    }
}

#[test]
fn the_headline_is_right_for_none_one_and_many() {
    let check = |counts: &SupportCounts, english: &str, german: &str| {
        assert_eq!(Language::of("en").headline(counts).to_string(), english);
        assert_eq!(Language::of("de").headline(counts).to_string(), german);
    };
    check(
        &counts([20, 1], 1203, 0, 8800),
        "1,224 signatures (20 on GitHub, 1 in the letter, 1,203 in the Fediverse) · 8,800 more accounts like the letter",
        "1.224 Unterschriften (20 auf GitHub, 1 im Brief, 1.203 im Fediverse) · 8.800 weiteren Konten gefällt der Brief",
    );
    let on_forges = SupportCounts {
        signed: 1224,
        github: 21,
        forges: vec![
            ("codeberg.org".to_owned(), 12),
            ("git.example".to_owned(), 1),
        ],
        ..SupportCounts::default()
    };
    check(
        &on_forges,
        "1,224 signatures (21 on GitHub, 12 on Codeberg, 1 on git.example, 1,190 in the Fediverse)",
        "1.224 Unterschriften (21 auf GitHub, 12 auf Codeberg, 1 auf git.example, 1.190 im Fediverse)",
    );
    check(
        &counts([0, 0], 0, 0, 0),
        "No signatures yet",
        "Noch keine Unterschriften",
    );
    check(&counts([1, 0], 0, 0, 0), "1 signature", "1 Unterschrift");
    check(
        &counts([21, 0], 1, 2, 1),
        "24 signatures (21 on GitHub, 1 in the Fediverse, 2 entered by hand) · 1 more account likes the letter",
        "24 Unterschriften (21 auf GitHub, 1 im Fediverse, 2 von Hand eingetragen) · 1 weiterem Konto gefällt der Brief",
    );
    check(
        &counts([0, 0], 0, 0, 1),
        "No signatures yet · 1 account likes the letter",
        "Noch keine Unterschriften · 1 Konto gefällt der Brief",
    );
    check(
        &counts([0, 0], 0, 0, 1000),
        "No signatures yet · 1,000 accounts like the letter",
        "Noch keine Unterschriften · 1.000 Konten gefällt der Brief",
    );
}

#[test]
fn the_parts_of_the_headline_add_up_when_a_linked_supporter_counts_once() {
    let linked = SupportCounts {
        signed: 23,
        github: 21,
        ..SupportCounts::default()
    };
    let headline = Language::of("en").headline(&linked).to_string();
    assert_eq!(headline, "23 signatures (21 on GitHub, 2 in the Fediverse)");
}

#[test]
fn earlier_signatures_organisations_and_reach_are_named_only_when_there_are_some() {
    let words = Language::of("en");
    let none = SupportCounts::default();
    assert_eq!(words.earlier(&none), None);
    assert_eq!(words.organisations(&none), None);
    assert_eq!(words.reach(&none), None);
    let some = SupportCounts {
        current: 1200,
        earlier: 24,
        organisations: 1,
        reach: 2,
        ..SupportCounts::default()
    };
    assert_eq!(
        words.earlier(&some).as_deref(),
        Some("For this text: 1,200, for an earlier one: 24")
    );
    assert_eq!(
        words.organisations(&some).as_deref(),
        Some("Projects, servers and organisations: 1")
    );
    assert_eq!(words.reach(&some).as_deref(), Some("Passed on 2 times"));
}

#[test]
fn numbers_are_grouped_by_threes() {
    for (number, english, german) in [
        (0, "0", "0"),
        (999, "999", "999"),
        (1000, "1,000", "1.000"),
        (12_345, "12,345", "12.345"),
        (123_456, "123,456", "123.456"),
        (
            u64::MAX,
            "18,446,744,073,709,551,615",
            "18.446.744.073.709.551.615",
        ),
    ] {
        assert_eq!(Language::of("en").number(number), english);
        assert_eq!(Language::of("de").number(number), german);
    }
}

#[test]
fn digits_are_grouped_as_the_language_does() {
    for (language, four, seven) in [
        ("en", "1,234", "1,234,567"),
        ("es", "1234", "1.234.567"),
        ("fr", "1\u{202f}234", "1\u{202f}234\u{202f}567"),
        ("hi", "1,234", "12,34,567"),
        ("pl", "1234", "1\u{a0}234\u{a0}567"),
        ("ru", "1\u{a0}234", "1\u{a0}234\u{a0}567"),
        ("ar", "1,234", "1,234,567"),
        ("zh", "1,234", "1,234,567"),
    ] {
        let words = Language::of(language);
        assert_eq!(words.number(1234), four, "{language}");
        assert_eq!(words.number(1_234_567), seven, "{language}");
    }
    assert_eq!(Language::of("hi").number(123), "123");
    assert_eq!(Language::of("hi").number(123_456), "1,23,456");
}

#[test]
fn a_number_takes_the_form_of_its_language() {
    const TWO: Count = Count {
        one: "one",
        many: "other",
    };
    const SLAVIC: Count = Count {
        one: "one",
        many: "few|many",
    };
    const ARABIC: Count = Count {
        one: "one",
        many: "zero|two|few|many|other",
    };
    let numbers = [
        0, 1, 2, 5, 11, 12, 21, 22, 25, 100, 101, 102, 103, 111, 1_000_000,
    ];
    for (language, phrase, forms) in [
        (
            "en",
            TWO,
            "other one other other other other other other other other other other other other other",
        ),
        (
            "fr",
            TWO,
            "one one other other other other other other other other other other other other other",
        ),
        (
            "hi",
            TWO,
            "one one other other other other other other other other other other other other other",
        ),
        (
            "pl",
            SLAVIC,
            "many one few many many many many few many many many few few many many",
        ),
        (
            "ru",
            SLAVIC,
            "many one few many many many one few many many one few few many many",
        ),
        (
            "ar",
            ARABIC,
            "zero one two few many many many many many other other other few many other",
        ),
    ] {
        let words = Language::of(language);
        let found = numbers.map(|n| words.form(n, &phrase));
        assert_eq!(found.join(" "), forms, "{language}");
    }
    let signed = |language: &str, n| {
        let words = Language::of(language);
        words.count(n, &words.sent.so_many_signed)
    };
    assert_eq!(signed("ru", 21), "Это письмо подписал 21 человек. Спасибо!");
    assert_eq!(
        signed("ru", 22),
        "Это письмо подписали 22 человека. Спасибо!"
    );
    assert_eq!(signed("pl", 22), "22 osoby podpisały ten list. Dziękujemy!");
    assert_eq!(signed("pl", 25), "25 osób podpisało ten list. Dziękujemy!");
    assert_eq!(signed("ar", 2), "شخصان وقّعا هذه الرسالة. شكرًا!");
    assert_eq!(signed("ar", 5), "5 أشخاص وقّعوا هذه الرسالة. شكرًا!");
}

/// Every text of a language with the name of its field, in the order of the fields, without the names of months.
fn texts(language: &Language) -> Vec<(String, String)> {
    let printed = format!("{language:#?}");
    let mut fields = printed.lines().filter_map(|line| {
        let (field, value) = line.trim().split_once(": ")?;
        let value = value
            .strip_suffix(',')?
            .strip_prefix('"')?
            .strip_suffix('"')?;
        // Escapes are no places to fill in.
        Some((field.to_owned(), value.replace("\\u{", "\\u(")))
    });
    fields.by_ref().skip(3).collect()
}

/// The places in a text that are filled in.
fn places(text: &str) -> Vec<&str> {
    let rest = text.split('{').skip(1);
    let mut places: Vec<_> = rest
        .filter_map(|rest| Some(rest.split_once('}')?.0))
        .collect();
    places.sort_unstable();
    places.dedup();
    places
}

#[test]
fn every_language_fills_in_the_same_places() {
    let english = texts(Language::of("en"));
    assert!(english.len() > 300, "{}", english.len());
    for language in ALL {
        let code = language.code;
        let forms = match code {
            "ar" => 5,
            "pl" | "ru" => 2,
            _ => 1,
        };
        let own = texts(language);
        assert_eq!(own.len(), english.len(), "{code}");
        for ((field, text), (same, pattern)) in own.iter().zip(&english) {
            assert_eq!(field, same, "{code}");
            let is_blank = text.trim().is_empty();
            // German and Turkish say it before the word.
            let may_be_blank = field.starts_with("report_");
            assert!(!is_blank || may_be_blank, "{code} {field}");
            let expected = places(pattern);
            if field == "many" {
                let all: Vec<_> = text.split('|').collect();
                assert_eq!(all.len(), forms, "{code}: {text}");
                // A form for one number alone need not name it.
                let free = code == "ar" && !expected.is_empty();
                for (place, form) in all.iter().enumerate() {
                    let named = places(form) == expected;
                    assert!(named || free && place == 1, "{code}: {form}");
                }
            } else if field == "one" {
                // "One" is 21 and 31 as well in Russian.
                let named = places(text);
                assert!(
                    code != "ru" || named.contains(&"n") || text == "подпись",
                    "{text}"
                );
            } else {
                assert_eq!(places(text), expected, "{code} {field}: {text}");
            }
        }
    }
}

#[test]
fn no_language_has_a_sentence_of_another() {
    const LONG: usize = 20;
    let mut seen = HashMap::new();
    for language in ALL {
        for (field, text) in texts(language) {
            if text.chars().filter(|c| c.is_alphabetic()).count() > LONG {
                let before = seen.insert(text, language.code);
                assert!(
                    before.is_none_or(|other| other == language.code),
                    "{field} of {} is that of {before:?}",
                    language.code
                );
            }
        }
    }
}

#[test]
fn what_a_page_says_of_signing_and_leaving_has_the_phrases_of_its_language() {
    let phrases = Phrases::built_in();
    for code in phrases.codes() {
        assert_eq!(Language::of(code).code, code, "no words");
    }
    for language in ALL {
        let words = [
            language.signing.phrase,
            language.notice.phrase,
            language.sent.sign_again,
            language.answers.unsure,
        ];
        assert!(phrases.speaks(language.code), "{}", language.code);
        let [phrase, others @ ..] = words;
        for text in others {
            assert!(text.contains(phrase), "{}: {text}", language.code);
        }
        let left = language.sent.thank_you;
        assert!(left.contains(language.signing.withdraw), "{left}");
    }
}

#[test]
fn durations_take_the_largest_unit_that_divides_them() {
    for (seconds, english, german) in [
        (0, "0 seconds", "0 Sekunden"),
        (1, "1 second", "1 Sekunde"),
        (90, "90 seconds", "90 Sekunden"),
        (120, "2 minutes", "2 Minuten"),
        (60 * 60, "1 hour", "1 Stunde"),
        (36 * 60 * 60, "36 hours", "36 Stunden"),
        (24 * 60 * 60, "1 day", "1 Tag"),
        (30 * 24 * 60 * 60, "30 days", "30 Tage"),
    ] {
        assert_eq!(
            Language::of("en").duration(Duration::from_secs(seconds)),
            english
        );
        assert_eq!(
            Language::of("de").duration(Duration::from_secs(seconds)),
            german
        );
    }
}

#[test]
fn dates_are_written_out_and_strange_ones_stay_readable() {
    let date = Millis::parse_rfc3339("2026-03-02T23:59:59Z").unwrap();
    assert_eq!(Language::of("en").date(date), "2 March 2026");
    assert_eq!(Language::of("de").date(date), "2. März 2026");
    for (language, written) in [
        ("ar", "1 ديسمبر 2026"),
        ("es", "1 de diciembre de 2026"),
        ("fr", "1er décembre 2026"),
        ("hi", "1 दिसंबर 2026"),
        ("id", "1 Desember 2026"),
        ("it", "1º dicembre 2026"),
        ("ja", "2026年12月1日"),
        ("ko", "2026년 12월 1일"),
        ("nl", "1 december 2026"),
        ("pl", "1 grudnia 2026"),
        ("pt", "1º de dezembro de 2026"),
        ("ru", "1 декабря 2026 г."),
        ("tr", "1 Aralık 2026"),
        ("zh", "2026年12月1日"),
    ] {
        let first = Millis::parse_rfc3339("2026-12-01T00:00:00Z").unwrap();
        assert_eq!(Language::of(language).date(first), written);
    }
    for (language, written) in [
        ("en", "March 2026"),
        ("es", "marzo de 2026"),
        ("ja", "2026年3月"),
        ("pl", "marzec 2026"),
        ("ru", "март 2026 г."),
    ] {
        assert_eq!(Language::of(language).month(date), written);
    }
    let long_ago = Millis::from_millis(-70_000_000_000_000);
    assert_eq!(Language::of("en").date(long_ago), long_ago.to_date());
}

#[test]
fn a_language_that_we_do_not_speak_gets_english() {
    for (tag, code) in [
        ("de", "de"),
        ("de-AT", "de"),
        ("DE_de", "de"),
        ("de_CH", "de"),
        ("en", "en"),
        ("den", "en"),
        ("sv", "en"),
        ("", "en"),
    ] {
        assert_eq!(Language::of(tag).code, code, "{tag}");
    }
}

#[test]
fn the_phrases_that_the_pages_show_are_recognised() {
    let phrases = Phrases::built_in();
    for language in ALL {
        let SigningWords {
            phrase, withdraw, ..
        } = language.signing;
        assert_eq!(
            phrases.read(phrase.into()).answer,
            Intent::Signs,
            "{phrase}"
        );
        let answer = phrases.read(withdraw.into()).answer;
        assert_eq!(answer, Intent::Withdraws, "{withdraw}");
    }
}

#[test]
fn the_commands_that_the_answers_name_are_recognised() {
    let phrases = Phrases::built_in();
    for language in ALL {
        let words = &language.answers;
        let commands = language.commands();
        for (text, command) in [
            (words.hide, DirectCommand::Hide),
            (words.show, DirectCommand::Show),
            (words.status, DirectCommand::Status),
            (words.help, DirectCommand::Help),
            (words.updates, DirectCommand::Updates),
            (words.stop, DirectCommand::Stop),
        ] {
            assert_eq!(phrases.command(text), Some(command), "{text}");
            assert!(commands.contains(text), "{commands}");
        }
        assert!(!commands.contains('{'), "{commands}");
    }
}

#[test]
fn the_words_that_sign_without_a_name_are_recognised_in_each_language() {
    for language in ALL {
        let words = &language.nameless;
        let phrases = Phrases::built_in().for_letter(&[language.code], "https://letter.example");
        for text in [
            words.phrase.to_owned(),
            format!("@letter@letter.example {}", words.phrase),
            format!("{}{}", words.phrase, language.notice.stop),
        ] {
            let signs = phrases.signs_without_name(text.as_str().into());
            assert!(signs, "{}: {text}", language.code);
        }
        let named = language.signing.phrase;
        assert!(!phrases.signs_without_name(named.into()), "{named}");
        // In public it signs nothing, and a person reads it.
        assert_ne!(phrases.read(words.phrase.into()).answer, Intent::Signs);
        assert!(words.including.contains("{n}"), "{}", words.including);
        let taken = language.with_commands(words.taken);
        let (offer, phrase) = (language.nameless_offer(), language.signing.phrase);
        let both = language.both_ways(false);
        assert!(offer.contains(words.phrase) && both.contains(words.phrase));
        assert!(both.contains(phrase), "{both}");
        assert!(taken.contains(language.signing.withdraw), "{taken}");
        for text in [taken, offer, both, language.both_ways(true)] {
            assert!(!text.contains('{'), "{text}");
        }
    }
}

#[test]
fn the_headline_says_how_many_signed_without_a_name() {
    let counts = SupportCounts {
        nameless: 1041,
        ..counts([20, 1], 1203, 0, 0)
    };
    for (language, expected) in [
        (
            "en",
            "1,224 signatures, including 1,041 without a name (20 on GitHub, 1 in the letter, 1,203 in the Fediverse)",
        ),
        (
            "de",
            "1.224 Unterschriften, davon 1.041 ohne Namen (20 auf GitHub, 1 im Brief, 1.203 im Fediverse)",
        ),
    ] {
        let headline = Language::of(language).headline(&counts).to_string();
        assert_eq!(headline, expected);
    }
}
