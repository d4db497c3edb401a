//! The command line before a person: tables in a pseudo-terminal, colour, and times in the system's zone.

use tempfile::TempDir;
use undersigned::store::{Access, Store};

use super::{BINARY, folder, json, run};
use crate::support::{
    accounts::{account, save_followers},
    terminal::Terminal,
};

/// The lines of a command in a terminal with so many columns.
fn screen(folder: &TempDir, columns: u16, arguments: &[&str]) -> Vec<String> {
    let mut command = std::process::Command::new(BINARY);
    command
        .env_clear()
        .env("USER", "moderator")
        .current_dir(folder.path())
        .args(arguments);
    let (code, lines) = Terminal::start(command, columns).finish();
    assert_eq!(code, 0, "{arguments:?}: {lines:#?}");
    lines
}

/// The columns that a line takes; the characters of these tests take one each.
fn width(line: &str) -> usize {
    line.chars().count()
}

async fn store(folder: &TempDir) -> Store {
    let file = folder.path().join("data/undersigned.db");
    let url = format!("sqlite://{}", file.display());
    Store::open(&url, 1, Access::Existing).await.unwrap()
}

#[test]
fn a_table_fits_the_terminal() {
    let folder = folder();
    run(&folder, &["init"]);
    run(&folder, &["letter", "publish"]);
    let list = ["signatory", "list"];
    let (_, tabs, _) = run(&folder, &list);
    assert_eq!(tabs.lines().count(), 21, "no header for scripts");
    for (columns, header) in [
        (
            120,
            &[
                "id",
                "name",
                "account",
                "affiliation",
                "state",
                "source",
                "line",
            ][..],
        ),
        (
            80,
            &["id", "name", "account", "affiliation", "state", "line"],
        ),
        (60, &["id", "name", "account", "state"]),
    ] {
        let lines = screen(
            &folder,
            columns,
            &[&list[..], &["--color", "never"]].concat(),
        );
        assert_eq!(lines.len(), 22, "{lines:#?}");
        let found: Vec<_> = lines[0].split_whitespace().collect();
        assert_eq!(found, header, "{columns}");
        for line in &lines {
            assert!(width(line) <= usize::from(columns), "{columns}: {line}");
        }
    }
    // What does not fit is shortened, unless all of it was asked for.
    let versions = ["letter", "versions", "--color", "never"];
    let narrow = screen(&folder, 80, &versions);
    assert!(narrow[1].contains('…'), "{narrow:#?}");
    let wide = screen(&folder, 80, &[&versions[..], &["--wide"]].concat());
    assert!(width(&wide[1]) > 80 && !wide[1].contains('…'), "{wide:#?}");
    for (columns, name) in [(80, "table-80"), (120, "table-120")] {
        let lines = screen(&folder, columns, &versions).join("\n");
        let published = json(&folder, &["letter", "show", "--json"])["published"].clone();
        let lines = lines.replace(published.as_str().unwrap(), "2026-11-22T12:00:00Z");
        insta::assert_snapshot!(name, lines);
    }
}

#[test]
fn states_are_coloured_for_people_alone() {
    let folder = folder();
    run(&folder, &["init"]);
    run(&folder, &["letter", "publish"]);
    let green = "\u{1b}[32mlisted\u{1b}[0m";
    let list = ["signatory", "list"];
    assert!(screen(&folder, 80, &list)[1].contains(green));
    for arguments in [
        &["signatory", "list", "--color", "never"][..],
        &["signatory", "list", "--json"],
    ] {
        let lines = screen(&folder, 80, arguments);
        assert!(!lines.join("\n").contains('\u{1b}'), "{arguments:?}");
    }
    let mut command = std::process::Command::new(BINARY);
    command
        .env_clear()
        .env("NO_COLOR", "1")
        .current_dir(folder.path())
        .args(list);
    let (_, lines) = Terminal::start(command, 80).finish();
    assert!(!lines.join("\n").contains('\u{1b}'), "{lines:#?}");
    // Columns with tabs between them are for scripts.
    let (_, tabs, _) = run(&folder, &["signatory", "list", "--color", "always"]);
    assert!(!tabs.contains('\u{1b}'), "{tabs}");
}

#[tokio::test]
async fn no_list_ends_silently_before_its_end() {
    let folder = folder();
    run(&folder, &["init"]);
    let store = store(&folder).await;
    let now = undersigned::clock::Millis::from_millis(1_700_000_000_000);
    let accounts: Vec<_> = (0..1234)
        .map(|n| account("https://m.example", &format!("ada{n}"), now))
        .collect();
    save_followers(&store, &accounts, now).await;
    store.close().await;
    let list = ["follower", "list"];
    let lines = screen(&folder, 80, &list);
    assert_eq!(lines.len(), 1002);
    assert_eq!(lines[1001], "1,000 of 1,234; --limit 0 shows all");
    for (limit, shown, note) in [
        ("0", 1234, ""),
        ("1234", 1234, ""),
        ("2000", 1234, ""),
        ("1", 1, "1 of 1,234; --limit 0 shows all\n"),
    ] {
        let arguments = ["follower", "list", "--limit", limit];
        let (_, tabs, talk) = run(&folder, &arguments);
        let talk = talk.replace("there is no config.toml here; the defaults hold\n", "");
        assert_eq!(
            (tabs.lines().count(), talk.as_str()),
            (shown, note),
            "{limit}"
        );
        let listed = json(&folder, &[&arguments[..], &["--json"]].concat());
        assert_eq!(listed.as_array().unwrap().len(), shown, "{limit}");
    }
    let all = screen(&folder, 80, &["follower", "list", "--limit", "0"]);
    assert_eq!(all.len(), 1235);
}

#[test]
fn an_error_is_json_where_that_was_asked_for() {
    let folder = folder();
    for (arguments, code, message, hint) in [
        (
            &["status"][..],
            1,
            "there is no database with a letter at",
            Some(
                "run `undersigned init` to make one, or `undersigned backup restore FILE` to bring one back",
            ),
        ),
        (&["letter", "check", "nothing.md"], 1, "nothing.md", None),
        (&["report", "resolve"], 2, "say which reports", None),
        (
            &["endorsement", "list", "--state", "happy"],
            2,
            "invalid value 'happy' for '--state <STATE>'",
            Some("for more information, try `--help`"),
        ),
        (
            &["sttaus"],
            2,
            "unrecognized subcommand 'sttaus'",
            Some("a similar subcommand exists: 'status'"),
        ),
        (
            &["--config", "other.toml", "status"],
            2,
            "other.toml",
            Some("`undersigned init` writes one"),
        ),
    ] {
        let all = [arguments, &["--json", "--quiet"]].concat();
        let (found, answer, talk) = run(&folder, &all);
        assert_eq!(
            (found, answer.as_str()),
            (code, ""),
            "{arguments:?}: {talk}"
        );
        let error: serde_json::Value = serde_json::from_str(&talk).unwrap();
        assert_eq!(talk.lines().count(), 1, "{talk}");
        let error = &error["error"];
        assert_eq!(error["code"], code, "{arguments:?}");
        let said = error["message"].as_str().unwrap();
        assert!(said.contains(message), "{arguments:?}: {said}");
        assert_eq!(error["hint"].as_str(), hint, "{arguments:?}");
    }
    // Help is no error.
    let (code, help, talk) = run(&folder, &["--json", "--help"]);
    assert_eq!((code, talk.as_str()), (0, ""));
    assert!(help.contains("Usage:"), "{help}");
}

#[test]
fn a_time_is_in_the_zone_of_the_system_and_its_instant_is_said() {
    let folder = folder();
    run(&folder, &["init"]);
    run(&folder, &["letter", "publish"]);
    let in_zone = |zone: &str, at: &str| {
        let mut command = super::undersigned(&folder, &["letter", "close", "--at", at]);
        let output = command.env("TZ", zone).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (
            output.status.code().unwrap(),
            text(output.stdout),
            text(output.stderr),
        )
    };
    for (zone, at, instant) in [
        ("Europe/Berlin", "2100-01-01", "2100-01-01T23:00:00Z"),
        ("America/New_York", "2100-01-01", "2100-01-02T05:00:00Z"),
        (
            "Europe/Berlin",
            "2100-01-01 12:00 America/New_York",
            "2100-01-01T17:00:00Z",
        ),
        (
            "Nowhere/Atlantis",
            "2100-01-01 12:00",
            "2100-01-01T12:00:00Z",
        ),
    ] {
        let (code, answer, talk) = in_zone(zone, at);
        assert_eq!(code, 0, "{zone} {at}: {talk}");
        assert!(
            answer.contains(&format!("closes at {instant}")),
            "{zone} {at}: {answer}"
        );
        assert!(
            talk.contains(&format!("--at is {instant}")),
            "{zone} {at}: {talk}"
        );
        let unknown = talk.contains("time zone of this system is not known");
        assert_eq!(unknown, zone.contains("Atlantis"), "{talk}");
    }
    let (code, _, talk) = in_zone("UTC", "3 days ago");
    assert_eq!(code, 2, "{talk}");
    assert!(talk.contains("in the past"), "{talk}");
    let (code, answer, talk) = in_zone("UTC", "2 days");
    assert_eq!(code, 0, "{talk}");
    assert!(answer.contains("closes at"), "{answer}");
    for option in [
        &["endorsement", "list", "--after", "2h"][..],
        &["audit", "list", "--since", "2026-11-22"],
    ] {
        let (code, _, talk) = run(&folder, option);
        assert_eq!(code, 0, "{talk}");
        assert!(talk.contains(" is 20"), "{option:?}: {talk}");
    }
}

#[test]
fn the_operator_is_never_unknown() {
    let folder = folder();
    run(&folder, &["init"]);
    let by = |name: &str, value: &str, option: &[&str]| {
        let mut command = super::undersigned(&folder, &[&["letter", "publish"], option].concat());
        command.env_remove("USER").env(name, value);
        assert!(command.output().unwrap().status.success());
        let pause = |verb: &str| {
            let mut command = super::undersigned(&folder, &[&["letter", verb], option].concat());
            command.env_remove("USER").env(name, value);
            command.output().unwrap();
        };
        pause("pause");
        pause("open");
        let audit = json(&folder, &["audit", "list", "--limit", "1", "--json"]);
        audit[0]["by"].as_str().unwrap().to_owned()
    };
    assert_eq!(by("USER", "mona", &[]), "mona");
    assert_eq!(by("LOGNAME", "otto", &[]), "otto");
    assert_eq!(by("UNDERSIGNED_OPERATOR", "ines", &[]), "ines");
    assert_eq!(
        by("UNDERSIGNED_OPERATOR", "ines", &["--as", "olga"]),
        "olga"
    );
    // Without a name in the environment, the system knows one, or a number.
    let system = by("USER", "", &[]);
    assert!(!system.is_empty() && system != "unknown", "{system}");
    let mine = json(
        &folder,
        &[
            "audit", "list", "--by", "olga", "--action", "letter.*", "--json",
        ],
    );
    assert_eq!(mine.as_array().unwrap().len(), 2, "{mine}");
}
