//! What everybody reads: one meaning for a name, and no reference that only we can look up.

use std::{collections::BTreeMap, path::PathBuf};

use crate::{code, files, read};

/// Names that stand for one thing in each room, as in the standard library.
const IN_EACH_ROOM: [&str; 2] = ["Error", "Result"];

/// The types that a text defines. An associated type belongs to its trait, which names it.
fn types(text: &str) -> Vec<String> {
    const KINDS: [&str; 4] = ["struct", "enum", "trait", "union"];
    let mut found = Vec::new();
    for line in text.lines() {
        let mut words = line.split_whitespace().peekable();
        while words
            .next_if(|word| word.starts_with("pub") || word.ends_with(')'))
            .is_some()
        {}
        let is_type = words.next().is_some_and(|word| {
            KINDS.contains(&word) || (word == "type" && !line.starts_with(' '))
        });
        let name = words.next().filter(|_| is_type).unwrap_or_default();
        let name: String = name
            .chars()
            .take_while(|letter| letter.is_alphanumeric())
            .collect();
        if name.starts_with(char::is_uppercase) {
            found.push(name);
        }
    }
    found
}

#[test]
fn a_type_name_stands_once() {
    assert_eq!(
        types(
            "pub(super) struct Ab<T>(T);\n    pub enum Cd {\n    type Item = u8;\ntype Ef = u8;\nstructure"
        ),
        ["Ab", "Cd", "Ef"]
    );
    let mut homes: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for path in files("src", ".rs") {
        let is_test = path.to_string_lossy().contains("test");
        if is_test {
            continue;
        }
        for name in types(&code(&read(&path))) {
            homes.entry(name).or_default().push(path.clone());
        }
    }
    assert!(homes.len() > 400, "only {} types were found", homes.len());
    homes.retain(|name, homes| homes.len() > 1 && !IN_EACH_ROOM.contains(&name.as_str()));
    assert!(homes.is_empty(), "{homes:#?}");
}

/// Whether a text cites a rule by a number of a document that is not in this repository, such as `F-12` or `(2.4)`.
fn cites_a_number(line: &str) -> bool {
    let after = |mark: &str| {
        line.split(mark)
            .skip(1)
            .map(str::as_bytes)
            .collect::<Vec<_>>()
    };
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let federation = line.match_indices("F-").any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(char::is_alphanumeric) && is_digit(line.as_bytes().get(at + 2))
    });
    // A number in a call, such as `max(0.001)`, is none.
    let section = after(" (").into_iter().any(|rest| {
        let number = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let rest = &rest[number..];
        let below = rest
            .iter()
            .skip(1)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        number == 1 && below > 0 && rest[0] == b'.' && rest.get(1 + below) == Some(&b')')
    });
    let documents = ["product.md", "features.md", "architecture.md", "house.md"];
    federation || section || documents.iter().any(|name| line.contains(name))
}

#[test]
fn no_private_number_is_cited() {
    for line in [
        "as F-12 says",
        "as said (2.4)",
        "see `product.md` 2.4",
        "(F-9, FEP-044f)",
    ] {
        assert!(cites_a_number(line), "{line}");
    }
    for line in [
        "UTF-8",
        "FEP-044f",
        "RFC 9421 (2.10.3)",
        "f(2.5, x)",
        "PDF-1",
        "1.0 (12.1)",
    ] {
        assert!(!cites_a_number(line), "{line}");
    }
    let mut found = Vec::new();
    let mut read_files = 0;
    let mut paths = vec![PathBuf::from("README.md"), PathBuf::from("FEDERATION.md")];
    for folder in [
        "src",
        "tests",
        "benches",
        "fuzz/fuzz_targets",
        "migrations",
        "docs",
    ] {
        for ending in [".rs", ".sql", ".md", ".txt"] {
            paths.extend(files(folder, ending));
        }
    }
    for path in paths {
        // The examples above.
        if path.ends_with("tests/tidy/language.rs") {
            continue;
        }
        read_files += 1;
        let text = read(&path);
        let lines = text
            .lines()
            .enumerate()
            .filter(|(_, line)| cites_a_number(line));
        found.extend(lines.map(|(at, line)| format!("{}:{}: {line}", path.display(), at + 1)));
    }
    assert!(read_files > 300, "only {read_files} files were read");
    assert!(found.is_empty(), "{found:#?}");
}

/// A document names files by their path from the root, such as `src/store/mod.rs`.
#[test]
fn a_file_that_a_document_names_is_there() {
    let mut missing = Vec::new();
    let mut named = 0;
    let mut documents = files("docs", ".md");
    documents.extend(["README.md", "CONTRIBUTING.md", "FEDERATION.md"].map(PathBuf::from));
    for document in documents {
        let text = read(&document);
        for name in text.split('`').skip(1).step_by(2) {
            let path = name.split("::").next().unwrap_or_default();
            let is_ours = [
                "src/",
                "tests/",
                "benches/",
                "fuzz/",
                "migrations/",
                "templates/",
            ]
            .iter()
            .any(|folder| path.starts_with(folder));
            let is_pattern = path.contains(['*', '{', '<', ' ', '…']);
            // A file that the reader is about to make.
            let is_example = ["TOPIC", "NOUN", "example", "sv.rs", "sv.txt"]
                .iter()
                .any(|name| path.contains(name));
            if !is_ours || is_pattern || is_example {
                continue;
            }
            named += 1;
            if !PathBuf::from(path).exists() {
                missing.push(format!("{}: {path}", document.display()));
            }
        }
    }
    assert!(named > 50, "only {named} names were found");
    assert!(missing.is_empty(), "{missing:#?}");
}

/// SECURITY.md names the test of a promise as `file::function`; `…` is the file before, and a letter a folder.
#[test]
fn every_promise_has_its_test() {
    let text = read("docs/SECURITY.md");
    let mut file = String::new();
    let (mut named, mut missing) = (0, Vec::new());
    for name in text.split('`').skip(1).step_by(2) {
        let Some((place, function)) = name.rsplit_once("::") else {
            continue;
        };
        let is_source = |place: &str| {
            PathBuf::from(place)
                .extension()
                .is_some_and(|ending| ending == "rs")
        };
        let is_name = |text: &str| {
            text.chars()
                .all(|letter| letter.is_alphanumeric() || letter == '_')
        };
        if place == "file" || !is_name(function) || !(place == "…" || is_source(place)) {
            continue;
        }
        if place != "…" {
            file = match place.split_once('/') {
                Some(("F", below)) => format!("tests/federation/{below}"),
                Some(("A", below)) => format!("tests/federation/attacks/{below}"),
                Some(("R", below)) => format!("src/register/tests/{below}"),
                _ => place.to_owned(),
            };
        }
        named += 1;
        let there = PathBuf::from(&file).exists() && read(&file).contains(function);
        if !there {
            missing.push(format!("{file}::{function}"));
        }
    }
    assert!(named > 50, "only {named} tests were found");
    assert!(missing.is_empty(), "{missing:#?}");
}
