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
    check(&["block", "list"], 1, "run `undersigned init`");
    let config =
        "server.base_url = 'https://letter.example.org'\nactor.contact = 'ada@example.org'\n";
    std::fs::write(folder.path().join("config.toml"), config).unwrap();
    // An answer of that address is not waited for.
    run(&folder, &["init", "--replace"]);
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
        talk.contains("`undersigned audit undo 1` takes it back"),
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
    // Each is taken back, the last one first, and the limit is what it was.
    let undone = json(&folder, &["audit", "undo", "3", "--json"]);
    assert_eq!(
        (&undone["count"], &undone["sample"][0]),
        (&1.into(), &"bad.example".into())
    );
    let list = json(&folder, &["block", "list", "--json"]);
    assert_eq!(
        (&list[0]["severity"], &list[0]["public_comment"]),
        (&"limit".into(), &"Abuse".into())
    );
    let (code, _, talk) = run(&folder, &["audit", "undo", "1"]);
    assert_eq!(code, 4);
    assert!(talk.contains("changed since"), "{talk}");
    assert_eq!(run(&folder, &["audit", "undo", "2"]).0, 0);
    assert_eq!(
        json(&folder, &["block", "list", "--json"])[0]["severity"],
        "block"
    );
    assert_eq!(run(&folder, &["audit", "undo", "1"]).0, 0);
    assert_eq!(
        json(&folder, &["block", "list", "--json"]),
        serde_json::json!([])
    );
}

/// A list with everything that is kept: flags, what is only noted, a comment of two lines.
const LIST: &str = "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n\
                    a.example,noop,true,false,,false\n\
                    b.example,silence,false,true,\"One, \"\"two\"\"\r\nthree\",true\n\
                    c.example,suspend,false,false,Abuse,false\n";

#[test]
fn a_list_comes_out_as_it_went_in() {
    let (folder, other) = (folder(), folder());
    let file = folder.path().join("list.csv");
    let list = file.to_str().unwrap();
    std::fs::write(&file, LIST).unwrap();
    for folder in [&folder, &other] {
        run(folder, &["init"]);
    }
    assert_eq!(run(&folder, &["block", "import", "nothing.csv"]).0, 1);
    let plan = json(&folder, &["block", "import", list, "--json"]);
    assert_eq!(
        (&plan["applied"], &plan["new"], &plan["same"]),
        (&false.into(), &3.into(), &0.into())
    );
    assert_eq!(
        json(&folder, &["block", "list", "--json"]),
        serde_json::json!([])
    );
    let (code, answer, talk) = run(&folder, &["block", "import", list, "--apply"]);
    assert_eq!(code, 0, "{talk}");
    assert!(
        answer.starts_with("imported: 3 new, 0 changed (a.example b.example c.example), 0 same"),
        "{answer}"
    );
    assert!(talk.contains("`undersigned audit undo 1`"), "{talk}");
    let undone = json(&folder, &["audit", "undo", "1", "--json"]);
    assert_eq!(undone["count"], 3);
    assert_eq!(
        json(&folder, &["block", "list", "--json"]),
        serde_json::json!([])
    );
    assert_eq!(run(&folder, &["block", "import", list, "--apply"]).0, 0);
    let (code, exported, _) = run(&folder, &["block", "export"]);
    assert_eq!((code, exported.as_str()), (0, LIST));
    // Into an empty database, and out again.
    std::fs::write(&file, &exported).unwrap();
    assert_eq!(run(&other, &["block", "import", list, "--apply"]).0, 0);
    assert_eq!(run(&other, &["block", "export"]).1, LIST);
    let again = json(&other, &["block", "import", list, "--apply", "--json"]);
    assert_eq!((&again["new"], &again["same"]), (&0.into(), &3.into()));
    // What is only noted refuses nothing, and a command keeps what lists know.
    assert_eq!(
        run(&other, &["block", "add", "a.example", "--severity", "noop"]).0,
        2
    );
    assert_eq!(run(&other, &["block", "add", "a.example"]).0, 0);
    assert_eq!(
        run(&other, &["block", "export"]).1,
        LIST.replace("a.example,noop", "a.example,suspend")
    );
    let (code, _, talk) = run(&other, &["block", "import", list, "--apply"]);
    assert_eq!(code, 0);
    assert!(
        talk.contains("changed: a.example: block becomes noop"),
        "{talk}"
    );
    let audit = json(&other, &["audit", "list", "--json"]);
    assert_eq!(audit[0]["action"], "block.import");
}

#[test]
fn what_a_list_cannot_say_is_named_and_the_rest_is_taken() {
    let folder = folder();
    run(&folder, &["init"]);
    let file = folder.path().join("list.csv");
    let list = file.to_str().unwrap();
    std::fs::write(
        &file,
        "domain,severity\nbad.example,suspend\nco.uk,suspend\nx*.example,suspend\ny.example,mute\n",
    )
    .unwrap();
    let done = json(&folder, &["block", "import", list, "--apply", "--json"]);
    assert_eq!(done["new"], 1);
    assert_eq!(done["skipped"][0]["at"], 4);
    let refused: Vec<_> = done["refused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["at"])
        .collect();
    assert_eq!(refused, [3, 5]);
    std::fs::write(&file, "{}").unwrap();
    let (code, _, talk) = run(&folder, &["block", "import", list]);
    assert_eq!(code, 1);
    assert!(talk.contains("no list of domains"), "{talk}");
    std::fs::write(&file, b"\xff\xfe").unwrap();
    let (code, _, talk) = run(&folder, &["block", "import", list]);
    assert_eq!(code, 1);
    assert!(talk.contains("not UTF-8"), "{talk}");
}
