//! Words that would break something: no handler panics, no query fails, no page or terminal obeys.

use serde_json::{Value, json};

use crate::scene::{Audience, Person, Scene};

on_both_databases!(
    no_words_break_a_page_a_query_or_a_terminal,
    every_member_of_an_activity_may_be_hostile,
);

/// What would be obeyed, broken by, or refused, somewhere.
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
async fn sign_with(scene: &Scene, number: usize, words: &str) -> Person {
    let ada = scene.person_who(&format!("Ada{number} Lovelace"), |it| {
        it["name"] = format!("Ada{number} {words}").into();
        it["summary"] = format!("<p>{words}</p>").into();
        it["preferredUsername"] = format!("ada{number}").into();
    });
    let mut note = ada.reply(&format!("I sign. {words}"), Audience::Public);
    note["summary"] = words.into();
    ada.does(&ada.create(&note)).await;
    ada
}

/// What no page and no terminal may ever get.
fn assert_is_harmless(text: &str, name: &str) {
    for (number, line) in text.lines().enumerate() {
        let obeyed = |it: char| {
            (it.is_control() && it != '\t')
                || matches!(it, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
                || matches!(it, '\u{2028}' | '\u{2029}')
        };
        assert!(!line.contains(obeyed), "{name}, line {number}: {line:?}");
        let marks = line
            .split(|it| it != '\u{301}')
            .map(|it| it.chars().count());
        assert!(marks.max() <= Some(16), "{name}, line {number}");
    }
}

async fn no_words_break_a_page_a_query_or_a_terminal(database: &str) {
    let show_all = "moderation.statements = 'auto'\nmoderation.names = 'auto'";
    let scene = Scene::with(database, show_all).await;
    for (number, (name, words)) in hostile_words().iter().enumerate() {
        let ada = sign_with(&scene, number, words).await;
        let signed = i64::try_from(number + 1).unwrap();
        assert_eq!(scene.endorsers().await, signed, "{name}");
        for path in ["/", "/supporters", "/supporters?q=%00%1B%25%5F%27"] {
            let page = scene.letter.page(path).await;
            assert_is_harmless(&page, &format!("{path} after {name}"));
            assert!(
                !page.contains("<script") && !page.contains("<img src=x"),
                "{path} after {name}"
            );
            assert!(!page.contains("onmouseover=\"alert"), "{path} after {name}");
        }
        for form in [
            &["endorsement", "list"][..],
            &["endorsement", "show", &ada.id],
        ] {
            let printed = scene.letter.command(form);
            assert_eq!(printed.code, 0, "{name}: {}", printed.stderr);
            assert_is_harmless(&printed.stdout, &format!("{form:?} after {name}"));
            let printed = scene.letter.command(&[form, &["--json"]].concat());
            serde_json::from_str::<Value>(&printed.stdout).unwrap();
            assert_is_harmless(&printed.stdout, &format!("{form:?} --json after {name}"));
        }
    }
    scene.assert_is_sound();
    let log = scene.letter.log();
    assert!(!log.contains("ERROR") && !log.contains("panic"), "{log}");
}

/// Puts hostile values at every place of an activity, one at a time: each is taken or refused, and the server
/// serves on.
async fn every_member_of_an_activity_may_be_hostile(database: &str) {
    let much = "limits.per_address_per_minute = 100000\nlimits.per_actor_per_minute = 100000\n\
                limits.per_host_per_minute = 100000";
    let scene = Scene::with(database, much).await;
    let ada = scene.person("Ada Lovelace");
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
    scene.assert_is_sound();
    let log = scene.letter.log();
    assert!(!log.contains("ERROR") && !log.contains("panic"), "{log}");
    // The twin: she still leaves.
    ada.says("withdraw", Audience::Public).await;
    assert_eq!(scene.endorsers().await, 0);
}
