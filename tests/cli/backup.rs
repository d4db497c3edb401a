//! `backup create` and `backup restore` as scripts use them.

use std::{collections::BTreeMap, fs, path::Path, process::Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::{folder, json, run, undersigned};

const PARTIAL: &str = ".undersigned-backup.partial";

/// The rows of every table that a restore leaves alone, by their digests.
fn rows(folder: &TempDir) -> BTreeMap<String, Value> {
    let copy = TempDir::new().unwrap();
    let to = format!("sqlite://{}/copy.db", copy.path().display());
    let tables = json(folder, &["db", "copy", "--to", &to, "--json"]);
    let tables = tables.as_array().unwrap().iter();
    let changes = ["setting", "change", "audit", "audit_note"];
    tables
        .map(|table| {
            (
                table["table"].as_str().unwrap().to_owned(),
                table["source"].clone(),
            )
        })
        .filter(|(name, _)| !changes.contains(&name.as_str()))
        .collect()
}

/// A letter with something in its database, and a backup of it.
fn backed_up() -> (TempDir, String) {
    let folder = folder();
    assert_eq!(run(&folder, &["init"]).0, 0);
    assert_eq!(run(&folder, &["letter", "publish"]).0, 0);
    assert_eq!(run(&folder, &["block", "add", "bad.example"]).0, 0);
    let (code, answer, talk) = run(&folder, &["backup", "create", "one.tar.gz"]);
    assert_eq!(code, 0, "{talk}");
    assert!(
        answer.contains("wrote one.tar.gz") && answer.contains("keep it as safe"),
        "{answer}"
    );
    let file = folder.path().join("one.tar.gz");
    (folder, file.display().to_string())
}

#[test]
fn an_empty_folder_becomes_what_was_backed_up() {
    let (before, file) = backed_up();
    let after = TempDir::new().unwrap();
    let restored = json(&after, &["backup", "restore", &file, "--json"]);
    assert_eq!(restored["server_stopped"], true);
    assert_eq!(restored["written"].as_array().unwrap().len(), 2);
    assert_eq!(rows(&before), rows(&after));
    for name in ["config.toml", "letter.md"] {
        let read = |folder: &TempDir| fs::read(folder.path().join(name)).unwrap();
        assert_eq!(read(&before), read(&after), "{name}");
    }
    assert!(!after.path().join(PARTIAL).exists());
    let keys = |folder: &TempDir| json(folder, &["actor", "show", "--json"]);
    assert_eq!(keys(&before), keys(&after));

    // What is there is never written over.
    let (code, answer, talk) = run(&after, &["backup", "restore", &file]);
    assert_eq!((code, answer.as_str()), (4, ""));
    assert!(talk.contains("data/undersigned.db is not empty"), "{talk}");
}

#[test]
fn what_is_there_is_kept_and_said() {
    let (_before, file) = backed_up();
    let other = folder();
    let config = "server.listen = '127.0.0.1:9'\n";
    fs::write(other.path().join("config.toml"), config).unwrap();
    fs::write(other.path().join("letter.md"), "# Another\n\nText.\n").unwrap();
    let restored = json(&other, &["backup", "restore", &file, "--json"]);
    assert_eq!(restored["kept"], serde_json::json!(["./letter.md"]));
    let differs = restored["config_differs"].as_array().unwrap();
    assert!(
        differs.iter().any(|key| key == "server.listen"),
        "{restored}"
    );
    assert_eq!(
        fs::read_to_string(other.path().join("config.toml")).unwrap(),
        config
    );

    // A backup of another letter belongs elsewhere.
    let foreign = folder();
    let config = "server.base_url = 'http://localhost:9'\n";
    fs::write(foreign.path().join("config.toml"), config).unwrap();
    let (code, _, talk) = run(&foreign, &["backup", "restore", &file]);
    assert_eq!(code, 4);
    assert!(
        talk.contains("the configuration is of http://localhost:9"),
        "{talk}"
    );
    assert!(!foreign.path().join("data").exists());
    // What is left of an old database would be taken for a part of the new one.
    let left = folder();
    fs::create_dir(left.path().join("data")).unwrap();
    fs::write(left.path().join("data/undersigned.db-wal"), "x").unwrap();
    let (code, _, talk) = run(&left, &["backup", "restore", &file]);
    assert_eq!(code, 4);
    assert!(talk.contains("undersigned.db-wal is left"), "{talk}");
}

#[test]
fn a_list_of_who_was_taken_off_that_is_not_readable_ends_it_before_anything_is_written() {
    let (_before, file) = backed_up();
    let empty = TempDir::new().unwrap();
    let data = empty.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("undersigned.db.erased"), "x\n").unwrap();
    let (code, _, talk) = run(&empty, &["backup", "restore", &file]);
    assert_eq!(code, 1, "{talk}");
    assert!(talk.contains("line 1 is not readable"), "{talk}");
    for name in ["config.toml", "letter.md", PARTIAL] {
        assert!(!empty.path().join(name).exists(), "{name}");
    }
}

#[test]
fn what_is_no_backup_or_a_damaged_one_writes_nothing() {
    let (_before, file) = backed_up();
    let whole = fs::read(&file).unwrap();
    let mut flipped = whole.clone();
    let middle = whole.len() / 2;
    flipped[middle] ^= 1;
    for (name, bytes, expected) in [
        ("text", b"no backup at all".to_vec(), 2),
        ("nothing", Vec::new(), 2),
        ("half", whole[..middle].to_vec(), 5),
        ("flipped", flipped, 5),
    ] {
        let empty = TempDir::new().unwrap();
        let archive = TempDir::new().unwrap();
        let path = archive.path().join(name);
        fs::write(&path, bytes).unwrap();
        let path = path.display().to_string();
        let (code, answer, talk) = run(&empty, &["backup", "restore", &path]);
        assert_eq!((code, answer.as_str()), (expected, ""), "{name}: {talk}");
        assert!(talk.contains(&path), "{talk}");
        assert_eq!(fs::read_dir(empty.path()).unwrap().count(), 0, "{name}");
    }
}

#[test]
fn a_backup_is_written_whole_or_not_at_all() {
    let (folder, _) = backed_up();
    let list = |folder: &TempDir| -> Vec<String> {
        let entries = fs::read_dir(folder.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names
            .filter(|name| name.contains("backup") || name.ends_with("gz"))
            .collect();
        names.sort();
        names
    };
    // Nothing is written over.
    let (code, _, talk) = run(&folder, &["backup", "create", "one.tar.gz"]);
    assert_eq!(code, 4);
    assert!(talk.contains("one.tar.gz is there already"), "{talk}");
    // One that was killed at any time leaves at most one folder, which goes with the next one.
    for wait in [0, 20, 60] {
        let program = undersigned(&folder, &["backup", "create", "two.tar.gz"]);
        let mut killed = std::process::Command::new(program.get_program())
            .args(program.get_args())
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(wait));
        killed.kill().unwrap();
        killed.wait().unwrap();
        if folder.path().join("two.tar.gz").exists() {
            let empty = TempDir::new().unwrap();
            let two = folder.path().join("two.tar.gz").display().to_string();
            assert_eq!(run(&empty, &["backup", "restore", &two]).0, 0);
            fs::remove_file(two).unwrap();
        }
        assert!(list(&folder).len() <= 2, "{:?}", list(&folder));
    }
    fs::create_dir_all(folder.path().join(PARTIAL)).unwrap();
    fs::write(folder.path().join(PARTIAL).join("archive"), "half").unwrap();
    assert_eq!(run(&folder, &["backup", "create", "three.tar.gz"]).0, 0);
    assert_eq!(list(&folder), ["one.tar.gz", "three.tar.gz"]);
    // Nor does one that fails.
    let (code, _, talk) = run(&folder, &["backup", "create", "nowhere/four.tar.gz"]);
    assert_eq!(code, 1);
    assert!(talk.contains("nowhere"), "{talk}");
    assert!(!Path::new("nowhere").exists());
}
