//! `block` as scripts use it: what is refused, what needs a confirmation, what is said.

use super::{folder, json, run};

#[test]
fn what_cannot_be_blocked_is_refused() {
    let folder = folder();
    let check = |arguments: &[&str], code: i32, said: &str| {
        let (found, answer, talk) = run(&folder, arguments);
        assert_eq!(found, code, "{arguments:?}: {answer}{talk}");
        assert!(talk.contains(said), "{arguments:?}: {talk}");
    };
    check(&["block", "list"], 1, "run `undersigned serve`");
    run(&folder, &["init", "--domain", "letter.example.org"]);
    let file = folder.path().join("config.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let contact = text.replace(
        "contact = \"\"",
        "contact = \"Ada <ada@letter.example.org>\"",
    );
    std::fs::write(&file, contact).unwrap();
    run(&folder, &["init"]);
    check(&["block", "add"], 2, "DOMAIN|@USER@HOST");
    check(&["block", "add", "co.uk"], 2, "public suffix");
    check(&["block", "add", "192.0.2.1"], 2, "by name");
    check(&["block", "add", "example.org"], 2, "own host");
    check(&["block", "add", "not a domain"], 2, "no domain");
    check(
        &["block", "add", "bad.example", "--severity", "silence"],
        2,
        "limit",
    );
    check(
        &[
            "block",
            "add",
            "bad.example",
            "--severity",
            "limit",
            "--cut",
        ],
        2,
        "--cut",
    );
    // Nobody known: never a block of nobody.
    check(&["block", "add", "@ada@bad.example"], 3, "nobody is known");
    for address in [
        "https://m.example/users/ada",
        "https://m.example/@ada",
        "https://m.example/@ada/1",
    ] {
        check(&["block", "add", address], 3, "nobody is known");
        check(&["block", "show", address], 3, "nobody is known");
    }
    check(&["block", "show", "bad.example"], 3, "no block");
    check(&["block", "remove", "bad.example"], 3, "no block");
    assert_eq!(
        json(&folder, &["block", "list", "--json"]),
        serde_json::json!([])
    );
}

#[test]
fn a_block_is_added_shown_changed_and_lifted() {
    let folder = folder();
    run(&folder, &["init"]);
    let (code, answer, talk) = run(
        &folder,
        &["block", "add", "Bad.Example", "--public-comment", "Abuse"],
    );
    assert_eq!(
        (code, answer.trim()),
        (
            0,
            "block bad.example: 0 endorsements hidden, 0 followers asleep"
        ),
        "{talk}"
    );
    assert!(
        talk.contains("to undo: undersigned block remove bad.example"),
        "{talk}"
    );
    let (code, answer, _) = run(&folder, &["block", "add", "*.bad.example."]);
    assert_eq!((code, answer.trim()), (0, "unchanged"));
    let list = json(&folder, &["block", "list", "--json"]);
    let members: Vec<&String> = list[0].as_object().unwrap().keys().collect();
    let expected = [
        "target",
        "kind",
        "severity",
        "public_comment",
        "private_comment",
        "at",
    ];
    assert_eq!(members, expected);
    let (code, answer, _) = run(
        &folder,
        &["block", "add", "bad.example", "--severity", "limit"],
    );
    assert_eq!(
        (code, answer.trim()),
        (0, "limit bad.example: 0 endorsements waiting")
    );
    let shown = json(&folder, &["block", "show", "bad.example", "--json"]);
    assert_eq!(
        (&shown["severity"], &shown["public_comment"]),
        (&"limit".into(), &"Abuse".into())
    );
    let (code, _, talk) = run(&folder, &["block", "show", "sub.bad.example"]);
    assert_eq!(code, 3);
    assert!(talk.contains("covered by bad.example"), "{talk}");
    let (code, _, talk) = run(&folder, &["block", "remove", "bad.example"]);
    assert_eq!(code, 0, "{talk}");
    assert_eq!(
        json(&folder, &["block", "list", "--json"]),
        serde_json::json!([])
    );
    let audit = json(&folder, &["audit", "list", "--json"]);
    let actions: Vec<_> = audit
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["action"].clone())
        .collect();
    assert_eq!(actions, ["block.remove", "block.add", "block.add"]);
}
