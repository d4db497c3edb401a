use std::time::Duration;

use super::{language::ALL, words::SigningWords, *};
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
        Some("1,200 signed this text, 24 an earlier one")
    );
    assert_eq!(
        words.organisations(&some).as_deref(),
        Some("Also supported by 1 organisation")
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
        ("fr", "en"),
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
        ] {
            assert_eq!(phrases.command(text), Some(command), "{text}");
            assert!(commands.contains(text), "{commands}");
        }
        assert!(!commands.contains('{'), "{commands}");
    }
}
