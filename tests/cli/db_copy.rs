//! `db migrate` and `db copy` as scripts use them.

use serde_json::Value;

use super::{folder, json, run, undersigned};

#[test]
fn migrate_makes_no_database() {
    let folder = folder();
    for command in [&["db", "migrate"][..], &["db", "migrate", "--dry-run"]] {
        let (code, answer, talk) = run(&folder, command);
        assert_eq!((code, answer.as_str()), (1, ""));
        assert!(talk.contains("run `undersigned init`"), "{talk}");
    }
    assert!(!folder.path().join("data").exists());
    run(&folder, &["init"]);
    for command in [&["db", "migrate"][..], &["db", "migrate", "--dry-run"]] {
        let (code, answer, talk) = run(&folder, command);
        assert_eq!((code, answer.as_str()), (0, ""));
        assert!(talk.contains("up to date"), "{talk}");
    }
    assert_eq!(
        json(&folder, &["db", "migrate", "--json"]),
        serde_json::json!([])
    );
}

#[test]
fn everything_is_copied_once_and_agrees() {
    let folder = folder();
    let copy = ["db", "copy", "--to", "sqlite://copy/other.db", "--json"];
    assert_eq!(run(&folder, &copy).0, 1, "there is nothing yet");
    run(&folder, &["init"]);
    run(&folder, &["block", "add", "bad.example"]);
    let (code, answer, talk) = run(&folder, &copy);
    assert_eq!(code, 0, "{talk}");
    assert!(
        talk.contains("is not copied") && talk.contains("database.url"),
        "{talk}"
    );
    assert!(
        !talk.contains("rows\r") && !talk.contains('\u{1b}'),
        "{talk:?}"
    );
    let tables: Value = serde_json::from_str(&answer).unwrap();
    let policy = |it: &&Value| it["table"] == "policy";
    let policy = tables.as_array().unwrap().iter().find(policy).unwrap();
    assert_eq!(policy["source"]["rows"], 1);
    assert_eq!(policy["source"], policy["target"]);
    assert_eq!(policy["source"]["digest"].as_str().unwrap().len(), 64);

    let (code, answer, talk) = run(&folder, &copy);
    assert_eq!((code, answer.as_str()), (4, ""));
    assert!(talk.contains("copy/other.db is not empty"), "{talk}");
    let itself = ["db", "copy", "--to", "sqlite://data/undersigned.db"];
    assert_eq!(run(&folder, &itself).0, 4);

    let other = ["--config", "other.toml", "block", "list", "--json"];
    let config = "database.url = 'sqlite://copy/other.db'\n";
    std::fs::write(folder.path().join("other.toml"), config).unwrap();
    assert_eq!(json(&folder, &other)[0]["target"], "bad.example");
}

#[test]
fn a_password_is_never_repeated() {
    let folder = folder();
    run(&folder, &["init"]);
    for url in [
        "postgres://ada:s3cret@127.0.0.1:1/letter",
        "postgres://ada:s3cret@",
        "mysql://ada:s3cret@127.0.0.1/letter",
    ] {
        let (code, answer, talk) = run(&folder, &["db", "copy", "--to", url]);
        assert_ne!(code, 0, "{url}");
        assert!(!(answer + &talk).contains("s3cret"), "{url}: {talk}");
        let mut hidden = undersigned(&folder, &["db", "copy"]);
        let output = hidden.env("UNDERSIGNED_COPY_TO", url).output().unwrap();
        let talk = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{url}: {talk}");
        assert!(!talk.contains("s3cret"), "{url}: {talk}");
    }
    let (_, help, _) = run(&folder, &["db", "copy", "--help"]);
    assert!(help.contains("UNDERSIGNED_COPY_TO"), "{help}");
}
