//! The command line as scripts use it: the real binary in a scratch folder, its answers, its exit codes.

mod backup;
mod blocks;
mod check;
mod db_copy;
mod decisions;
mod doctor;
mod forge;
mod identity;
mod lists;
mod organisation;
mod reference;
mod site;
mod terminal;
mod waiting;

use std::path::Path;

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;
use undersigned::store::{Access, Store};

/// The program, for what starts it itself.
const BINARY: &str = env!("CARGO_BIN_EXE_undersigned");

/// A folder with the real letter in it, and nothing else.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    let letter = Path::new(env!("CARGO_MANIFEST_DIR")).join("letter.md");
    std::fs::copy(letter, folder.path().join("letter.md")).unwrap();
    folder
}

/// The program in this folder, without anything of the surrounding environment.
fn undersigned(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("undersigned").unwrap();
    command
        .env_clear()
        .env("USER", "moderator")
        .current_dir(folder.path())
        .args(arguments);
    command
}

/// Exit code, stdout and stderr.
fn run(folder: &TempDir, arguments: &[&str]) -> (i32, String, String) {
    let output = undersigned(folder, arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

fn json(folder: &TempDir, arguments: &[&str]) -> Value {
    let (code, answer, talk) = run(folder, arguments);
    assert_eq!(code, 0, "{arguments:?}: {talk}");
    serde_json::from_str(&answer).unwrap()
}

#[test]
fn help_names_every_command() {
    let folder = folder();
    for (name, arguments) in [
        ("help", &["--help"][..]),
        ("help-letter", &["letter", "--help"]),
        ("help-letter-publish", &["letter", "publish", "--help"]),
        ("help-endorsement", &["endorsement", "--help"]),
        ("help-endorsement-list", &["endorsement", "list", "--help"]),
        (
            "help-endorsement-reject",
            &["endorsement", "reject", "--help"],
        ),
        ("help-block-add", &["block", "add", "--help"]),
        ("help-report-resolve", &["report", "resolve", "--help"]),
        ("help-person-erase", &["person", "erase", "--help"]),
        ("help-actor-update", &["actor", "update", "--help"]),
        ("help-post", &["post", "--help"]),
        ("help-post-delete", &["post", "delete", "--help"]),
        ("help-actor", &["actor", "--help"]),
        ("help-actor-move", &["actor", "move", "--help"]),
        ("help-actor-rotate-key", &["actor", "rotate-key", "--help"]),
        ("help-actor-retire", &["actor", "retire", "--help"]),
        ("help-serve", &["serve", "--help"]),
        ("help-db-copy", &["db", "copy", "--help"]),
        ("help-init", &["init", "--help"]),
        ("help-host-trust", &["host", "trust", "--help"]),
        ("help-rule-add", &["rule", "add", "--help"]),
    ] {
        let (code, help, _) = run(&folder, arguments);
        assert_eq!(code, 0, "{arguments:?}");
        insta::assert_snapshot!(name, help);
    }
}

#[test]
fn the_real_letter_has_21_signatories_and_its_digest() {
    let folder = folder();
    let check = json(&folder, &["letter", "check", "letter.md", "--json"]);
    assert_eq!(
        check["digest"],
        "1873b6529350737e517c3498e53ca8e9d1e3c50f7998831821799e258a69bbb5"
    );
    assert_eq!(check["signatories"].as_array().unwrap().len(), 21);
    assert_eq!(check["unread"], Value::Array(Vec::new()));
    assert_eq!(check["warnings"], Value::Array(Vec::new()));
    assert!(
        !folder.path().join("data").exists(),
        "checking a file makes no database"
    );
}

#[test]
fn a_letter_in_a_language_without_signing_words_is_warned_of() {
    let folder = folder();
    let file = folder.path().join("brev.md");
    std::fs::write(&file, "---\nlang: sv\n---\n# Brev\n\nText\n").unwrap();
    let check = json(&folder, &["letter", "check", "brev.md", "--json"]);
    let warning = check["warnings"][0].as_str().unwrap();
    assert!(warning.contains("(sv)"), "{warning}");
}

#[test]
fn what_is_no_letter_is_said_with_its_line() {
    let folder = folder();
    for (name, bytes, said) in [
        ("open.md", &b"---\ntitle: x\n\nText\n"[..], "line 1"),
        ("latin.md", b"# Title\n\ncaf\xe9\n", "line 3"),
        ("empty.md", b"", "no text"),
    ] {
        std::fs::write(folder.path().join(name), bytes).unwrap();
        let (code, answer, talk) = run(&folder, &["letter", "check", name]);
        assert_eq!((code, answer.as_str()), (1, ""), "{name}");
        assert!(talk.contains(name) && talk.contains(said), "{name}: {talk}");
    }
}

#[test]
fn exit_codes_tell_usage_failure_and_not_found() {
    let folder = folder();
    let check = |arguments: &[&str], code: i32, said: &str| {
        let (found, answer, talk) = run(&folder, arguments);
        assert_eq!(found, code, "{arguments:?}: {answer}{talk}");
        assert!(talk.contains(said), "{arguments:?}: {talk}");
    };
    check(&["dance"], 2, "unrecognized subcommand");
    check(&["--config", "other.toml", "status"], 2, "other.toml");
    check(&["status"], 1, "run `undersigned init`");
    check(&["endorsement", "reject", "abcd"], 2, "--reason");
    check(&["endorsement", "approve"], 2, "say which");
    check(&["report", "show", "letter"], 2, "invalid value");
    check(&["report", "resolve"], 2, "--host");
    check(&["report", "list"], 1, "run `undersigned init`");
    check(&["endorsement", "list", "--state", "happy"], 2, "listed");
    check(
        &["endorsement", "list", "--after", "yesterday"],
        2,
        "2026-11-22T12:00:00Z",
    );
    std::fs::write(
        folder.path().join("config.toml"),
        "[server]\nbase_ur = 'x'\n",
    )
    .unwrap();
    check(&["config", "check"], 1, "server.base_url");
}

#[test]
fn init_makes_a_letter_that_other_commands_show() {
    let folder = folder();
    let (code, answer, talk) = run(&folder, &["init"]);
    assert_eq!(code, 0, "{talk}");
    assert!(
        answer.contains("@letter@localhost:8080 is ready"),
        "{answer}"
    );
    let (code, answer, _) = run(&folder, &["init"]);
    assert_eq!(code, 0);
    assert!(answer.contains("is there already"), "{answer}");
    let status = json(&folder, &["status", "--json"]);
    assert_eq!(status["letter"]["state"], "draft");
    let (code, answer, talk) = run(&folder, &["letter", "publish"]);
    assert_eq!((code, answer.trim()), (0, "published revision 1"), "{talk}");
    let (code, answer, _) = run(&folder, &["letter", "publish"]);
    assert_eq!((code, answer.trim()), (0, "unchanged"));
    let signatories = json(&folder, &["signatory", "list", "--json"]);
    let signatories = signatories.as_array().unwrap();
    assert_eq!(signatories.len(), 21);
    assert_eq!(signatories[13]["name"], "Thijs van der Vossen");
    assert_eq!(signatories[13]["handle"], "Fingertips");
    assert_eq!(signatories[13]["state"], "listed");
    assert_eq!(
        json(&folder, &["endorsement", "list", "--json"]),
        Value::Array(Vec::new())
    );
    assert_eq!(
        json(&folder, &["follower", "list", "--json"]),
        Value::Array(Vec::new())
    );
    assert_eq!(json(&folder, &["queue", "stats", "--json"])["queued"], 0);
    assert_eq!(
        json(&folder, &["check", "--json"])["findings"],
        Value::Array(Vec::new())
    );
    let audit = json(&folder, &["audit", "list", "--json"]);
    assert_eq!(
        (&audit[0]["action"], &audit[0]["by"]),
        (&"letter.publish".into(), &"moderator".into())
    );
    let (code, _, talk) = run(&folder, &["endorsement", "show", "zzzz"]);
    assert_eq!(code, 3, "{talk}");
}

#[test]
fn a_changed_text_needs_a_kind_once_anybody_signed() {
    let folder = folder();
    run(&folder, &["init"]);
    run(&folder, &["letter", "publish"]);
    let file = folder.path().join("letter.md");
    let text = std::fs::read_to_string(&file)
        .unwrap()
        .replacen("relationship", "relatonship", 1);
    std::fs::write(&file, text).unwrap();
    assert_eq!(
        json(&folder, &["status", "--json"])["letter"]["file_differs"],
        true
    );
    let (code, _, talk) = run(&folder, &["letter", "publish"]);
    assert_eq!(code, 2);
    assert!(talk.contains("--kind typo"), "{talk}");
    let kind = [
        "letter",
        "publish",
        "--kind",
        "typo",
        "--note",
        "a missing letter",
    ];
    let (code, answer, talk) = run(&folder, &kind);
    assert_eq!((code, answer.trim()), (0, "published revision 2"), "{talk}");
    let versions = json(&folder, &["letter", "versions", "--json"]);
    assert_eq!(versions[1]["kind"], "typo");
    assert_eq!(versions[1]["note"], "a missing letter");
    assert_eq!(
        json(&folder, &["status", "--json"])["counts"]["current"],
        21
    );
}

#[tokio::test]
async fn a_wrong_clock_that_the_server_found_is_on_the_screen() {
    let folder = folder();
    run(&folder, &["init"]);
    let file = folder.path().join("data/undersigned.db");
    let url = format!("sqlite://{}", file.display());
    let store = Store::open(&url, 1, Access::Existing).await.unwrap();
    for (found, shown, line) in [
        (None, json!(null), None),
        (
            Some("90 1795348800000"),
            json!({"seconds": 90, "at": "2026-11-22T12:00:00Z"}),
            Some("90 s fast at 2026-11-22T12:00:00Z"),
        ),
        (
            Some("-61 1795348800000"),
            json!({"seconds": -61, "at": "2026-11-22T12:00:00Z"}),
            Some("61 s slow"),
        ),
        // It is right again.
        (Some(""), json!(null), None),
    ] {
        if let Some(found) = found {
            let mut tx = store.write().await.unwrap();
            tx.set_setting("clock_fault", found).await.unwrap();
            tx.commit().await.unwrap();
        }
        assert_eq!(json(&folder, &["status", "--json"])["clock"], shown);
        let (_, screen, _) = run(&folder, &["status"]);
        match line {
            Some(line) => assert!(screen.contains(line), "{screen}"),
            None => assert!(!screen.contains("clock"), "{screen}"),
        }
    }
    store.close().await;
}

#[test]
fn passwords_are_shown_nowhere() {
    let folder = folder();
    let url = "postgres://letter:hunter2@127.0.0.1:1/letter";
    for arguments in [
        &["config", "show"][..],
        &["status"],
        &["config", "show", "--json"],
    ] {
        let mut command = undersigned(&folder, arguments);
        let output = command
            .env("UNDERSIGNED__DATABASE__URL", url)
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8(text).unwrap();
        assert!(!text.contains("hunter2"), "{arguments:?}: {text}");
        assert!(text.contains("127.0.0.1"), "{arguments:?}: {text}");
    }
}

#[test]
fn init_writes_a_configuration_for_a_domain() {
    let folder = folder();
    let contact = ["--contact", "Ada \"A\" Lovelace <ada@letter.invalid>"];
    let domain = ["init", "--domain", "letter.invalid", "--username", "brief"];
    let (code, answer, talk) = run(&folder, &[&domain[..], &contact].concat());
    assert_eq!(code, 0, "{talk}");
    assert!(
        answer.contains("@brief@letter.invalid is ready"),
        "{answer}"
    );
    assert!(talk.contains("no letter answers at"), "{talk}");
    let config = json(&folder, &["config", "show", "--json"]);
    assert_eq!(config["server"]["base_url"], "https://letter.invalid");
    assert_eq!(config["actor"]["contact"], contact[1]);
    let (code, answer, talk) = run(&folder, &["init"]);
    assert_eq!(code, 0, "{talk}");
    assert!(
        answer.contains("@brief@letter.invalid is there already"),
        "{answer}"
    );
    let (code, _, talk) = run(&folder, &["init", "--domain", "other.example"]);
    assert_eq!(code, 4, "{talk}");
}

#[test]
fn talk_that_nobody_can_hear_changes_no_exit_code() {
    let folder = folder();
    let full = std::fs::File::options().write(true).open("/dev/full");
    let Ok(full) = full else { return };
    let program = undersigned(&folder, &[]).get_program().to_owned();
    let ended = std::process::Command::new(program)
        .current_dir(folder.path())
        .args(["letter", "check", "nothing.md"])
        .stderr(full)
        .status()
        .unwrap();
    assert_eq!(ended.code(), Some(1));
}
