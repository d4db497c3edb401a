//! The house is kept tidy: floors, circles, names, migrations, snapshots, documents, the contract of the store, dependencies.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a folder or file that cannot be read is a failure of its own"
)]

mod circles;
mod language;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Rooms from the ground up, as the table in `src/lib.rs` has them. A room may use rooms on lower floors only.
const FLOORS: &[&[&str]] = &[
    &["clock", "counter", "hash", "random", "string_enum", "text"],
    &["letter", "endorsement", "signature", "rate_limit"],
    &["i18n"],
    &["activitystreams"],
    &["config", "http_client"],
    &["store"],
    &["register"],
    &["federation", "delivery", "backup"],
    &["http", "telemetry"],
    &["server"],
    &["cli"],
];

/// Every file below a folder whose name ends so; none when there is no such folder.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        if !folder.exists() {
            continue;
        }
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            // What npm installs for tests/browser is not ours.
            if path.ends_with("node_modules") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).unwrap()
}

/// `src/store/acts.rs` and `src/store.rs` are both of the room `store`.
fn room(path: &Path) -> String {
    let below = path.strip_prefix("src").unwrap();
    let first = below.components().next().unwrap().as_os_str();
    first.to_string_lossy().trim_end_matches(".rs").to_owned()
}

/// The text without line comments, so that a room named in a sentence is not used.
fn code(text: &str) -> String {
    let lines = text
        .lines()
        .map(|it| it.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// The rooms that a text names after `crate::`, also in groups: `crate::{store, text::{cut, shorten}}`.
fn uses(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for after in text.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            Some(group) => found.extend(group_members(group)),
            None => found.extend(first_name(after)),
        }
    }
    found
}

/// The first name of each member of a group, whose opening brace was taken.
fn group_members(group: &str) -> BTreeSet<String> {
    let mut depth = 0_usize;
    let mut member = String::new();
    let mut found = BTreeSet::new();
    for letter in group.chars() {
        match letter {
            '}' if depth == 0 => break,
            ',' if depth == 0 => found.extend(first_name(&std::mem::take(&mut member))),
            _ => {
                depth += usize::from(letter == '{');
                depth -= usize::from(letter == '}');
                member.push(letter);
            }
        }
    }
    found.extend(first_name(&member));
    found
}

fn first_name(path: &str) -> Option<String> {
    let name: String = path
        .trim_start()
        .chars()
        .take_while(|it| it.is_alphanumeric() || *it == '_')
        .collect();
    (!name.is_empty()).then_some(name)
}

/// Macros that are exported stand at the root of the crate without being a room.
fn is_room(name: &str) -> bool {
    Path::new("src").join(name).exists() || Path::new("src").join(format!("{name}.rs")).exists()
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

#[test]
fn names_are_found_in_paths_and_groups() {
    let check = |text, expected: &[&str]| {
        let found: Vec<_> = uses(text).into_iter().collect();
        assert_eq!(found, expected, "{text}");
    };
    check("use crate::store;", &["store"]);
    check("let it = crate::text::cut(&x, 5);", &["text"]);
    check("pub(in crate::store) fn x()", &["store"]);
    check("pub(crate) fn x() { y::z }", &[]);
    check(
        "use crate::{\n    random::PublicId,\n    text::{cut, html::{a, b}},\n    store,\n};\nuse http::{x};",
        &["random", "store", "text"],
    );
    check("use crate::{a}; use $crate::b::c;", &["a", "b"]);
}

#[test]
fn rooms_use_lower_floors_only() {
    let mut wrong = Vec::new();
    let mut checked = 0;
    for path in files("src", ".rs") {
        let room = room(&path);
        if room == "main" || room == "lib" {
            continue;
        }
        let Some(height) = floor(&room) else {
            wrong.push(format!("{}: {room} has no floor", path.display()));
            continue;
        };
        for used in uses(&code(&read(&path))) {
            if used == room || !is_room(&used) {
                continue;
            }
            checked += 1;
            if floor(&used).is_none_or(|it| it >= height) {
                wrong.push(format!("{}: {room} must not use {used}", path.display()));
            }
        }
    }
    assert!(checked > 100, "only {checked} uses were found");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_table_in_the_crate_shows_these_floors() {
    let text = read("src/lib.rs");
    for (height, rooms) in FLOORS.iter().enumerate() {
        let beginning = format!("//! | {height} | ");
        let row = text.lines().find(|it| it.starts_with(&beginning)).unwrap();
        let cells: Vec<_> = row.split('|').collect();
        let shown: BTreeSet<_> = cells[2]
            .split_whitespace()
            .map(|it| it.trim_matches('`'))
            .collect();
        assert_eq!(shown, rooms.iter().copied().collect(), "floor {height}");
    }
}

#[test]
fn every_migration_is_there_for_both_databases() {
    let names = |folder| -> Vec<String> {
        let names = files(folder, ".sql").into_iter();
        names
            .map(|it| it.file_name().unwrap().to_string_lossy().into_owned())
            .collect()
    };
    let sqlite = names("migrations/sqlite");
    assert!(!sqlite.is_empty());
    assert_eq!(sqlite, names("migrations/postgres"));
}

/// A snapshot `tests__a_page.snap` or `a_page.snap` belongs to a test or an assertion named `a_page`.
#[test]
fn every_snapshot_is_used() {
    let sources: Vec<_> = ["src", "tests"]
        .into_iter()
        .flat_map(|it| files(it, ".rs"))
        .collect();
    let sources: Vec<_> = sources.iter().map(|it| (it, read(it))).collect();
    let mut unused = Vec::new();
    for folder in ["src", "tests"] {
        for path in files(folder, ".snap") {
            let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
            let name = stem.rsplit("__").next().unwrap();
            let home = path.parent().unwrap().parent().unwrap();
            let named = [format!("\"{name}\""), format!("fn {name}(")];
            let used = sources.iter().any(|(source, text)| {
                source.starts_with(home) && named.iter().any(|it| text.contains(it))
            });
            if !used {
                unused.push(path);
            }
        }
        let pending = [".snap.new", ".pending-snap"]
            .map(|it| files(folder, it))
            .concat();
        assert!(pending.is_empty(), "not yet looked at: {pending:#?}");
    }
    assert!(unused.is_empty(), "{unused:#?}");
}

/// The compiler does not check our SQL: a test on both databases does.
#[test]
fn every_question_to_the_store_is_in_its_contract() {
    let contract: String = files("tests/store", ".rs")
        .iter()
        .map(|it| code(&read(it)))
        .collect();
    let mut methods = BTreeMap::new();
    for path in files("src/store", ".rs") {
        let text = code(&read(&path));
        for after in text.split("pub async fn ").skip(1) {
            methods.extend(first_name(after).map(|it| (it, path.clone())));
        }
    }
    assert!(
        methods.len() > 80,
        "only {} methods were found",
        methods.len()
    );
    methods.retain(|name, _| {
        let calls = [format!(".{name}("), format!("Store::{name}(")];
        !calls.iter().any(|it| contract.contains(it))
    });
    assert!(
        methods.is_empty(),
        "never called in tests/store: {methods:#?}"
    );
}

#[test]
fn every_dependency_says_why() {
    let manifest = read("Cargo.toml");
    let mut section = "";
    let mut silent = Vec::new();
    let mut found = 0;
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        } else if section.ends_with("dependencies]") && line.contains('=') {
            found += 1;
            let reason = line.rsplit_once(" # ").map_or("", |it| it.1);
            if reason.trim().is_empty() {
                silent.push(line);
            }
        }
    }
    assert!(found > 30, "only {found} dependencies were found");
    assert!(silent.is_empty(), "{silent:#?}");
}
