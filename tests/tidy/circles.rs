//! No two files import each other in a circle, inside a room either.
//!
//! An import is a path that leads to an item of another file, in a `use` or in the code. `mod` and `pub use` are
//! none: they declare a place and a name. A re-exported item counts for the file that defines it, so a parent that
//! only declares and re-exports is in no circle with its children, and one that calls a child whose code uses the
//! parent's own items is. Calls of methods are not seen.

use std::collections::{BTreeMap, BTreeSet};

use crate::{code, files, read};

/// One source file.
#[derive(Debug, Default)]
struct Source {
    /// The names that it defines.
    items: BTreeSet<String>,
    /// The names that a `use` of it brings in, with what they stand for.
    names: BTreeMap<String, Path>,
    /// Modules whose names it brings in as a whole (`use a::*`).
    globs: Vec<Path>,
    /// What it imports, as it is written.
    imports: Vec<Path>,
}

/// A path from the root of the crate.
type Path = Vec<String>;

/// All files by the path of their module.
#[derive(Debug, Default)]
struct Tree(BTreeMap<Path, Source>);

impl Tree {
    /// Reads files, given as module path (`a::b`) and text.
    fn new<'a>(sources: impl IntoIterator<Item = (&'a str, String)>) -> Self {
        let texts: BTreeMap<Path, String> = sources
            .into_iter()
            .map(|(module, text)| (split(module), without_tests(&code(&text))))
            .collect();
        let modules: BTreeSet<Path> = texts.keys().cloned().collect();
        let tree = texts
            .iter()
            .map(|(module, text)| (module.clone(), Source::new(module, text, &modules)))
            .collect();
        Self(tree)
    }

    /// The module whose file defines what a path leads to.
    fn home(&self, path: &[String]) -> Option<&Path> {
        self.resolve(path, &mut BTreeSet::new())
    }

    fn resolve(&self, path: &[String], asked: &mut BTreeSet<Path>) -> Option<&Path> {
        if !asked.insert(path.to_vec()) {
            return None;
        }
        let depth = (0..=path.len())
            .rev()
            .find(|depth| self.0.contains_key(&path[..*depth]))?;
        let (module, source) = self.0.get_key_value(&path[..depth])?;
        let Some(name) = path.get(depth) else {
            return Some(module);
        };
        if source.items.contains(name) {
            return Some(module);
        }
        if let Some(meant) = source.names.get(name) {
            let meant = [meant.as_slice(), &path[depth + 1..]].concat();
            return self.resolve(&meant, asked);
        }
        let mut globs = source.globs.iter();
        globs.find_map(|glob| self.resolve(&[glob.as_slice(), &path[depth..]].concat(), asked))
    }

    /// Each file with the files whose items it uses.
    fn arrows(&self) -> BTreeMap<&Path, BTreeSet<&Path>> {
        let arrows = self.0.iter().map(|(module, source)| {
            // A module that is only named is no item: what is used of it stands in the code.
            let items = source
                .imports
                .iter()
                .filter(|path| !self.0.contains_key(*path));
            let homes = items.filter_map(|path| self.home(path));
            (module, homes.filter(|home| *home != module).collect())
        });
        arrows.collect()
    }

    /// The groups of files that lead back to themselves.
    fn circles(&self) -> Vec<BTreeSet<String>> {
        let arrows = self.arrows();
        let reach: BTreeMap<_, _> = arrows
            .keys()
            .map(|start| (*start, reachable(&arrows, start)))
            .collect();
        let mut circles = BTreeSet::new();
        for (start, reached) in &reach {
            let circle: BTreeSet<String> = reached
                .iter()
                .filter(|end| reach[*end].contains(start))
                .map(|module| module.join("::"))
                .collect();
            if circle.len() > 1 {
                circles.insert(circle);
            }
        }
        circles.into_iter().collect()
    }
}

/// All that can be reached from a file in one step or more.
fn reachable<'a>(
    arrows: &BTreeMap<&'a Path, BTreeSet<&'a Path>>,
    start: &Path,
) -> BTreeSet<&'a Path> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<_> = arrows[start].iter().copied().collect();
    while let Some(module) = next.pop() {
        if reached.insert(module) {
            next.extend(&arrows[module]);
        }
    }
    reached
}

impl Source {
    fn new(module: &Path, text: &str, modules: &BTreeSet<Path>) -> Self {
        let mut source = Self {
            items: items(text),
            ..Self::default()
        };
        let mut rest = String::new();
        for statement in statements(text) {
            let Some((is_public, tree)) = use_tree(&statement) else {
                rest.push_str(&statement);
                rest.push(';');
                continue;
            };
            for (path, name) in leaves(&tree) {
                let Some(path) = absolute(module, &path, modules) else {
                    continue;
                };
                if name == "*" {
                    source.globs.push(path);
                    continue;
                }
                source.names.insert(name, path.clone());
                if !is_public {
                    source.imports.push(path);
                }
            }
        }
        let paths = inline_paths(&rest);
        let paths = paths.iter().filter_map(|path| {
            match source.names.get(path.first()?) {
                // `store::Error`, where `use crate::store` stands above.
                Some(meant) => Some([meant.as_slice(), &path[1..]].concat()),
                None => absolute(module, path, modules),
            }
        });
        let paths: Vec<_> = paths.collect();
        source.imports.extend(paths);
        source
    }
}

/// The path from the root; `None` for a path into another crate.
fn absolute(module: &Path, path: &[String], modules: &BTreeSet<Path>) -> Option<Path> {
    let first = path.first()?;
    if matches!(first.as_str(), "crate" | "undersigned") {
        return Some(path[1..].to_vec());
    }
    let ups = path.iter().take_while(|name| *name == "super").count();
    if ups > 0 {
        let base = module.get(..module.len().checked_sub(ups)?)?;
        return Some([base, &path[ups..]].concat());
    }
    let inside = [module.as_slice(), &path[usize::from(first == "self")..]].concat();
    let is_child = modules.contains(&inside[..=module.len().min(inside.len() - 1)]);
    (first == "self" || is_child).then_some(inside)
}

/// The statements of a text, cut at semicolons and at the ends of blocks.
fn statements(text: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut in_use = false;
    for line in text.split_inclusive('\n') {
        let begins = line.trim_start();
        if begins.starts_with("use ") || (begins.starts_with("pub") && begins.contains("use ")) {
            found.push(String::new());
            in_use = true;
        }
        found.last_mut().unwrap().push_str(line);
        if in_use && line.trim_end().ends_with(';') {
            found.push(String::new());
            in_use = false;
        }
    }
    found
}

/// Whether a `use` is public, and its tree; `None` when the statement is something else.
fn use_tree(statement: &str) -> Option<(bool, String)> {
    let statement = statement.trim().trim_end_matches(';');
    let (before, tree) = statement.split_once("use ")?;
    let before = before.trim();
    let is_visibility = before.is_empty() || (before.starts_with("pub") && !before.contains(' '));
    let is_visibility = is_visibility || before.starts_with("pub(in ");
    is_visibility.then(|| (!before.is_empty(), tree.to_owned()))
}

/// The paths of a tree with the names that they get: `a::{b, c as d}` gives `a::b` as `b` and `a::c` as `d`.
fn leaves(tree: &str) -> Vec<(Path, String)> {
    let tree = tree.trim();
    if let Some(open) = tree.find('{') {
        let inner = tree[open + 1..].trim_end().trim_end_matches('}');
        let inner = &tree[open + 1..open + 1 + inner.len()];
        let before = split(&tree[..open]);
        let inner = members(inner);
        return inner
            .iter()
            .flat_map(|member| leaves(member))
            .map(|(path, name)| {
                let mut path = [before.as_slice(), &path].concat();
                let mut name = name;
                if path.last().is_some_and(|last| last == "self") {
                    path.pop();
                    name = path.last().cloned().unwrap_or_default();
                }
                (path, name)
            })
            .collect();
    }
    let (path, alias) = match tree.split_once(" as ") {
        Some((path, alias)) => (path, Some(alias.trim().to_owned())),
        None => (tree, None),
    };
    let mut path = split(path);
    let name = alias.or_else(|| path.last().cloned()).unwrap_or_default();
    if name == "*" {
        path.pop();
    }
    if path.is_empty() && name != "*" {
        return Vec::new();
    }
    vec![(path, name)]
}

/// The members of a group, cut at the commas that stand in no inner group.
fn members(group: &str) -> Vec<String> {
    let mut depth = 0_usize;
    let mut found = vec![String::new()];
    for letter in group.chars() {
        match letter {
            ',' if depth == 0 => found.push(String::new()),
            _ => {
                depth += usize::from(letter == '{');
                depth = depth.saturating_sub(usize::from(letter == '}'));
                found.last_mut().unwrap().push(letter);
            }
        }
    }
    found.retain(|member| !member.trim().is_empty());
    found
}

/// Every path with two segments or more.
fn inline_paths(text: &str) -> Vec<Path> {
    let is_path = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
    let words = text.split(|letter| !is_path(letter));
    let paths = words.filter(|word| word.contains("::") && !word.starts_with(':'));
    paths.map(split).collect()
}

/// The names that a text defines, those inside macros such as `words!` among them.
fn items(text: &str) -> BTreeSet<String> {
    const KINDS: [&str; 8] = [
        "fn",
        "struct",
        "enum",
        "trait",
        "type",
        "const",
        "static",
        "macro_rules!",
    ];
    let mut found = BTreeSet::new();
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        if KINDS.contains(&word)
            && let Some(name) = words.peek()
        {
            let name = name.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
            found.extend(name.map(str::to_owned).next());
        }
    }
    found
}

/// The text without the modules that only tests have.
fn without_tests(text: &str) -> String {
    let mut parts = text.split("#[cfg(test)]");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.push_str(&part[end_of_item(part)..]);
    }
    kept
}

/// Where the item ends that a text begins with: at a semicolon, or with its block.
fn end_of_item(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth <= 1 => return at + 1,
            '}' => depth -= 1,
            ';' if depth == 0 => return at + 1,
            _ => (),
        }
    }
    text.len()
}

fn split(path: &str) -> Path {
    let names = path.split("::").map(str::trim);
    names
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// `src/a/mod.rs` and `src/a.rs` are the module `a`; `None` for what only tests have.
fn module(path: &std::path::Path) -> Option<String> {
    let below = path.strip_prefix("src").unwrap().with_extension("");
    let mut names: Vec<_> = below
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    let is_test = |name: &String| name == "tests" || name == "testing" || name.ends_with("_tests");
    if names.iter().any(is_test) || names == ["main"] {
        return None;
    }
    if names
        .last()
        .is_some_and(|name| name == "mod" || name == "lib")
    {
        names.pop();
    }
    Some(names.join("::"))
}

fn circles(sources: &[(&str, &str)]) -> Vec<Vec<String>> {
    let sources = sources
        .iter()
        .map(|(module, text)| (*module, (*text).to_owned()));
    let circles = Tree::new(sources).circles().into_iter();
    circles.map(|circle| circle.into_iter().collect()).collect()
}

#[test]
fn a_circle_is_found() {
    let check = |sources: &[(&str, &str)], expected: &[&str]| {
        let found = circles(sources);
        let expected: Vec<Vec<&str>> = if expected.is_empty() {
            Vec::new()
        } else {
            vec![expected.to_vec()]
        };
        assert_eq!(found, expected, "{sources:#?}");
    };
    // Two files name each other: in a `use`, in the code, by a group.
    check(
        &[
            ("a", "use super::b::B;\npub struct A;"),
            ("b", "pub struct B;\nfn f() { crate::a::A; }"),
            ("", "mod a;\nmod b;"),
        ],
        &["a", "b"],
    );
    check(
        &[
            ("r::a", "use crate::r::{b::{self, B}, c};\npub struct A;"),
            ("r::b", "use super::a::A;\npub struct B;"),
            ("r::c", ""),
        ],
        &["r::a", "r::b"],
    );
    // A parent that calls its child, which uses the parent's item.
    check(
        &[
            ("r", "mod a;\nuse a::f;\npub struct R;"),
            ("r::a", "use super::R;\npub fn f(_: R) {}"),
        ],
        &["r", "r::a"],
    );
    check(
        &[
            ("r", "mod a;\npub struct R;\nfn g() { a::f(R) }"),
            ("r::a", "use super::*;\npub fn f(_: super::R) {}"),
        ],
        &["r", "r::a"],
    );
    // A module that is imported as a whole.
    check(
        &[
            ("a", "use crate::b;\npub fn f() { b::g() }"),
            ("b", "use crate::a;\npub fn g() { a::f() }"),
        ],
        &["a", "b"],
    );
    // A re-exported item counts for its own file.
    check(
        &[
            ("r", "mod a;\nmod b;\npub use a::A;"),
            ("r::a", "use super::b::B;\npub struct A;"),
            ("r::b", "use crate::r::A;\npub struct B;"),
        ],
        &["r::a", "r::b"],
    );
}

#[test]
fn what_only_declares_or_tests_is_in_no_circle() {
    let none = |sources: &[(&str, &str)]| {
        assert_eq!(circles(sources), Vec::<Vec<String>>::new(), "{sources:#?}");
    };
    none(&[
        ("r", "mod a;\nmod b;\npub use self::{a::A, b::B};"),
        ("r::a", "use super::B;\npub struct A;"),
        ("r::b", "pub struct B;"),
    ]);
    none(&[
        (
            "a",
            "pub struct A;\n#[cfg(test)]\nmod tests {\n use crate::b::B;\n}",
        ),
        ("b", "use crate::a::A; // crate::b\npub struct B;"),
    ]);
    none(&[
        ("a", "use std::fmt;\npub struct A;"),
        ("b", "use crate::a::A;\nfn f() { fmt::x(); }"),
    ]);
}

#[test]
fn no_file_is_in_a_circle() {
    let paths = files("src", ".rs");
    let modules = paths
        .iter()
        .filter_map(|path| Some((module(path)?, read(path))));
    let modules: Vec<_> = modules.collect();
    let tree = Tree::new(
        modules
            .iter()
            .map(|(module, text)| (module.as_str(), text.clone())),
    );
    let arrows: usize = tree.arrows().values().map(BTreeSet::len).sum();
    assert!(arrows > 500, "only {arrows} imports were found");
    let circles = tree.circles();
    assert!(
        circles.is_empty(),
        "{} circles: {circles:#?}",
        circles.len()
    );
}
