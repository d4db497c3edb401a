//! Hostile text: no handler panics, no query fails, no page or terminal obeys it.

use serde_json::{Value, json};

use crate::{
    both::on_both_databases,
    support::world::{Audience, Person, World},
};

on_both_databases!(
    no_words_break_a_page_a_query_or_a_terminal,
    every_member_of_an_activity_may_be_hostile,
);

/// Text that some program would obey, break or refuse.
fn hostile_words() -> Vec<(&'static str, String)> {
    let texts = [
        ("NUL", "a\0b"),
        ("an escape sequence", "\u{1b}[2J\u{1b}]0;owned\u{7}"),
        ("C1 controls", "\u{9b}31m\u{85}\u{90}"),
        (
            "bidirectional controls",
            "\u{202e}evil\u{2066}\u{2069}\u{200f}",
        ),
        ("line separators", "a\u{2028}b\u{2029}c\r\nd"),
        (
            "markup",
            "<script>alert(1)</script><img src=x onerror=alert(1)>",
        ),
        ("a template", "{{ config }} {% raw %} %s %n ${7*7}"),
        ("SQL", "'); DROP TABLE endorsement; --"),
        ("noncharacters", "\u{fffe}\u{ffff}\u{10ffff}\u{feff}"),
        (
            "a quote that closes an attribute",
            "\" onmouseover=\"alert(1)",
        ),
    ];
    let mut words: Vec<_> = texts.map(|(name, text)| (name, text.to_owned())).into();
    words.push((
        "ten thousand accents",
        format!("e{}", "\u{301}".repeat(10_000)),
    ));
    words.push(("a long word", "x".repeat(100_000)));
    words.push(("joined emoji", "👩\u{200d}".repeat(2_000)));
    words
}

/// Signs with these words in the name, the biography, the text and the content warning.
async fn sign_with(world: &World, number: usize, words: &str) -> Person {
    let ada = world.person_who(&format!("Ada{number} Lovelace"), |actor| {
        actor["name"] = format!("Ada{number} {words}").into();
        actor["summary"] = format!("<p>{words}</p>").into();
        actor["preferredUsername"] = format!("ada{number}").into();
    });
    let mut note = ada.reply(&format!("I sign. {words}"), Audience::Public);
    note["summary"] = words.into();
    ada.does(&ada.create(&note)).await;
    ada
}

/// Asserts that a page or a terminal can show this text.
fn assert_is_harmless(text: &str, name: &str) {
    for (number, line) in text.lines().enumerate() {
        let obeyed = |it: char| {
            (it.is_control() && it != '\t')
                || matches!(it, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
                || matches!(it, '\u{2028}' | '\u{2029}')
        };
        assert!(!line.contains(obeyed), "{name}, line {number}: {line:?}");
        let marks = line
            .split(|letter| letter != '\u{301}')
            .map(|run| run.chars().count());
        assert!(marks.max() <= Some(16), "{name}, line {number}");
    }
}

async fn no_words_break_a_page_a_query_or_a_terminal(database: &str) {
    let show_all = "moderation.statements = 'auto'\nmoderation.names = 'auto'";
    let world = World::with(database, show_all).await;
    for (number, (name, words)) in hostile_words().iter().enumerate() {
        let ada = sign_with(&world, number, words).await;
        let signed = i64::try_from(number + 1).unwrap();
        assert_eq!(world.endorsers().await, signed, "{name}");
        for path in ["/", "/supporters", "/supporters?q=%00%1B%25%5F%27"] {
            let page = world.letter.page(path).await;
            assert_is_harmless(&page, &format!("{path} after {name}"));
            assert!(
                !page.contains("<script>") && !page.contains("<img src=x"),
                "{path} after {name}"
            );
            assert!(!page.contains("onmouseover=\"alert"), "{path} after {name}");
        }
        for form in [
            &["endorsement", "list"][..],
            &["endorsement", "show", &ada.id],
        ] {
            let printed = world.letter.command(form);
            assert_eq!(printed.code, 0, "{name}: {}", printed.stderr);
            assert_is_harmless(&printed.stdout, &format!("{form:?} after {name}"));
            let printed = world.letter.command(&[form, &["--json"]].concat());
            serde_json::from_str::<Value>(&printed.stdout).unwrap();
            assert_is_harmless(&printed.stdout, &format!("{form:?} --json after {name}"));
        }
    }
    world.assert_is_sound();
    let log = world.letter.log();
    assert!(!log.contains("ERROR") && !log.contains("panic"), "{log}");
}

/// Puts hostile values at every place of an activity, one at a time: each is accepted or refused, and the server
/// goes on.
async fn every_member_of_an_activity_may_be_hostile(database: &str) {
    let much = "limits.per_address_per_minute = 100000\nlimits.per_actor_per_minute = 100000\n\
                limits.per_host_per_minute = 100000";
    let world = World::with(database, much).await;
    let ada = world.person("Ada Lovelace");
    let values = [
        json!(null),
        json!(-1e300),
        json!(true),
        json!([]),
        json!({}),
        json!([[[["x"]]]]),
        json!("\u{0}\u{1b}[31m\u{202e}"),
        json!("https://[::1"),
        json!("javascript:alert(1)"),
        json!("x".repeat(5_000)),
        json!([null, 1, {"id": ["https://m.example/1"]}]),
    ];
    let members = [
        "id",
        "type",
        "object",
        "to",
        "cc",
        "tag",
        "published",
        "updated",
        "inReplyTo",
        "attributedTo",
        "content",
        "contentMap",
        "summary",
        "url",
        "quote",
        "attachment",
        "@context",
        "instrument",
        "target",
    ];
    for member in members {
        for value in &values {
            let mut note = ada.reply("I sign", Audience::Public);
            note[member] = value.clone();
            for mut activity in [ada.create(&note), ada.edit(&note, |_| ()), ada.like()] {
                if activity["type"] == "Like" {
                    activity[member] = value.clone();
                }
                let status = ada.sends("/inbox", &activity).await.unwrap().as_u16();
                assert!(
                    [202, 400, 401].contains(&status),
                    "{member} {value}: {status}"
                );
            }
        }
    }
    world.assert_is_sound();
    let log = world.letter.log();
    assert!(!log.contains("ERROR") && !log.contains("panic"), "{log}");
    // The twin: her withdrawal still works.
    ada.says("withdraw", Audience::Public).await;
    assert_eq!(world.endorsers().await, 0);
}
