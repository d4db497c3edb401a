//! `host`, `rule` and `init --addressee` as scripts use them: what is refused, what is said.

use super::{folder, json, run};

#[test]
fn rules_and_trusted_domains_are_named_and_refused() {
    let folder = folder();
    run(&folder, &["init"]);
    let check = |arguments: &[&str], code: i32, said: &str| {
        let (found, answer, talk) = run(&folder, arguments);
        assert_eq!(found, code, "{arguments:?}: {answer}{talk}");
        let all = answer + &talk;
        assert!(all.contains(said), "{arguments:?}: {all}");
    };
    check(&["rule", "add", "* !"], 2, "no word in it");
    check(&["rule", "add", &"a".repeat(201)], 2, "200 characters");
    check(&["rule", "add", "spam", "--in", "bio"], 2, "text, name");
    check(&["rule", "add", "buy *coin*"], 0, "rule 1");
    check(&["rule", "add", "king", "--in", "name"], 0, "rule 2");
    check(&["rule", "list"], 0, "buy *coin*");
    check(&["rule", "test", "The King"], 0, "king");
    check(&["rule", "remove", "7"], 3, "no rule 7");
    check(&["rule", "remove", "1"], 0, "removed: rule 1");
    check(&["rule", "add", "coins"], 0, "rule 3");
    let rules = json(&folder, &["rule", "list", "--json"]);
    let member = |name: &str| -> Vec<_> {
        rules
            .as_array()
            .unwrap()
            .iter()
            .map(|rule| rule[name].clone())
            .collect()
    };
    assert_eq!(member("id"), [serde_json::json!(2), serde_json::json!(3)]);
    assert_eq!(
        member("in"),
        [serde_json::json!("name"), serde_json::json!("both")]
    );
    assert_eq!(
        member("by"),
        [
            serde_json::json!("moderator"),
            serde_json::json!("moderator")
        ]
    );

    check(&["host", "trust"], 2, "DOMAIN");
    check(&["host", "trust", "co.uk"], 2, "public suffix");
    check(&["host", "trust", "@ada@m.example"], 2, "no domain such as");
    check(&["host", "trust", "192.0.2.1"], 2, "no domain such as");
    check(
        &["host", "trust", "M.example", "n.example", "m.example"],
        0,
        "trusted: m.example, n.example",
    );
    check(&["host", "trust", "m.example"], 0, "unchanged");
    check(
        &["host", "untrust", "n.example", "o.example"],
        3,
        "`o.example` is not trusted",
    );
    check(
        &["host", "untrust", "n.example"],
        0,
        "trusted no longer: n.example",
    );
    let trusted = json(&folder, &["host", "list", "--json"]);
    assert_eq!(trusted[0]["domain"], "m.example");
    assert_eq!(trusted.as_array().unwrap().len(), 1);
    check(&["audit", "list"], 0, "host.untrust");
}

#[test]
fn addressees_of_the_letter_do_not_sign_unseen() {
    let folder = folder();
    let names = ["--addressee", "ACME", "--addressee", "Dr. \"No\" O'Neil"];
    let (code, _, talk) = run(&folder, &[&["init"][..], &names].concat());
    assert_eq!(code, 0, "{talk}");
    let config = json(&folder, &["config", "show", "--json"]);
    let watched = &config["moderation"]["watch_names"];
    assert_eq!(*watched, serde_json::json!(["ACME", "Dr. \"No\" O'Neil"]));
    let (code, _, talk) = run(&folder, &["init", "--addressee", "BigCorp"]);
    assert_eq!(code, 4, "a configuration is never written over");
    assert!(talk.contains("moderation.watch_names"), "{talk}");
    let (code, _, _) = run(&folder, &["init", "--addressee", ""]);
    assert_eq!(code, 2);
}
