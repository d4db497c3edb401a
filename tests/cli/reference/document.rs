//! `docs/CLI.md` as data, and JSON held against it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// A row of a table of members: its path, such as `hosts[].name`, and its type.
#[derive(Debug)]
struct Member {
    path: String,
    kind: String,
}

/// What stands below one heading.
#[derive(Debug, Default)]
pub(super) struct Section {
    /// The arguments and options, as `--help` writes them.
    pub(super) options: BTreeSet<String>,
    /// The line that begins with `JSON:`; `None` without one.
    json: Option<String>,
    members: Vec<Member>,
    /// The exit codes that are named.
    exits: BTreeSet<i32>,
}

/// The document, and what of it was seen in printed JSON.
#[derive(Debug)]
pub(super) struct Document {
    /// By heading: a command without its backticks, or the anchor of anything else.
    sections: BTreeMap<String, Section>,
    /// The commands among the headings.
    pub(super) commands: BTreeSet<String>,
    /// The heading and the path of members, and of forms (`form …`) of an answer.
    seen: BTreeSet<(String, String)>,
}

impl Document {
    pub(super) fn read() -> Self {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/CLI.md");
        let text = std::fs::read_to_string(file).unwrap();
        let mut document = Self {
            sections: BTreeMap::new(),
            commands: BTreeSet::new(),
            seen: BTreeSet::new(),
        };
        let (mut heading, mut paragraph, mut table) = (String::new(), String::new(), "");
        for line in text.lines() {
            if let Some(title) = line.strip_prefix("##") {
                let title = title.trim_start_matches('#').trim();
                heading = match title.strip_prefix('`') {
                    Some(command) => command.trim_end_matches('`').to_owned(),
                    None => title.to_lowercase().replace(' ', "-"),
                };
                if title.starts_with('`') {
                    document.commands.insert(heading.clone());
                }
            }
            let section = document.sections.entry(heading.clone()).or_default();
            if line.is_empty() {
                (paragraph, table) = (String::new(), "");
            }
            paragraph.push_str(line);
            if let Some(json) = paragraph.strip_prefix("JSON: ") {
                section.json = Some(json.to_owned());
            }
            if paragraph.starts_with("Exit codes:") {
                let codes = line.split('`').filter_map(|part| part.parse::<i32>().ok());
                section.exits.extend(codes);
            }
            let escaped = line.replace("\\|", "\u{0}");
            let Some(row) = escaped.strip_prefix("| ") else {
                continue;
            };
            let cells: Vec<_> = row.split(" |").map(str::trim).collect();
            match (table, cells[0]) {
                (_, "argument or option") => table = "options",
                (_, "member") => table = "members",
                ("options", "[conditions](#conditions)") => {
                    section.options.insert("conditions".to_owned());
                }
                ("options", option) => {
                    let option = option.trim_matches('`').replace('\u{0}', "|");
                    section.options.insert(option);
                }
                ("members", path) => section.members.push(Member {
                    path: path.trim_matches('`').to_owned(),
                    kind: cells[1].to_owned(),
                }),
                _ => {}
            }
        }
        let conditions = document.sections["conditions"].options.clone();
        for section in document.sections.values_mut() {
            if section.options.remove("conditions") {
                section.options.extend(conditions.iter().cloned());
            }
        }
        document
    }

    /// What stands below a heading; nothing if there is no such heading.
    pub(super) fn section(&self, heading: &str) -> Option<&Section> {
        self.sections.get(heading)
    }

    /// Whether a command may end with this code.
    pub(super) fn may_end_with(&self, command: &str, code: i32) -> bool {
        matches!(code, 0..=2) || self.sections[command].exits.contains(&code)
    }

    /// Whether a command has JSON to print.
    pub(super) fn has_json(&self, command: &str) -> bool {
        let json = self.sections[command].json.as_deref();
        !json
            .unwrap_or_else(|| panic!("`{command}` has no line `JSON: `"))
            .starts_with("none")
    }

    /// Holds an answer against the section of its command.
    pub(super) fn check(&mut self, command: &str, answer: &Value) {
        let json = self.sections[command].json.clone().unwrap_or_default();
        if json.starts_with("the configuration") {
            assert!(answer.is_object(), "{command}");
            return;
        }
        let values = if json.starts_with("an array of ") {
            let Value::Array(values) = answer else {
                panic!("{command}: no array: {answer}");
            };
            values.iter().collect()
        } else {
            vec![answer]
        };
        for value in values {
            let attempts: Vec<_> = self
                .forms(command)
                .iter()
                .map(|form| (form.clone(), self.fits(form, "", value)))
                .collect();
            let fitting = attempts.iter().find_map(|(form, found)| {
                let seen = found.as_ref().ok()?;
                Some((form, seen))
            });
            let Some((form, seen)) = fitting else {
                panic!(
                    "`{command}` prints what docs/CLI.md does not say: {attempts:#?}\n{value:#}"
                );
            };
            self.seen.extend(seen.iter().cloned());
            self.seen
                .insert((command.to_owned(), format!("form {form}")));
        }
    }

    /// Holds an error against its section.
    pub(super) fn check_error(&mut self, error: &Value) {
        match self.fits("an-error", "", error) {
            Ok(seen) => self.seen.extend(seen),
            Err(why) => panic!("an error that docs/CLI.md does not say: {why}"),
        }
    }

    /// The headings with the members that an answer may have: the command's own, or those that it links.
    fn forms(&self, command: &str) -> Vec<String> {
        let section = &self.sections[command];
        let own = (!section.members.is_empty()).then(|| command.to_owned());
        let json = section.json.as_deref().unwrap_or_default();
        own.into_iter().chain(links(json)).collect()
    }

    /// Everything that the document lists and no answer had.
    pub(super) fn unseen(&self) -> Vec<String> {
        let members = self.sections.iter().flat_map(|(heading, section)| {
            let paths = section.members.iter().map(|member| member.path.clone());
            paths.map(|path| (heading.clone(), path))
        });
        let forms = self.commands.iter().flat_map(|command| {
            let forms = self.forms(command).into_iter();
            forms.map(|form| (command.clone(), format!("form {form}")))
        });
        members
            .chain(forms)
            .filter(|wanted| !self.seen.contains(wanted))
            .map(|(heading, path)| format!("{heading}: {path}"))
            .collect()
    }

    /// The members that were seen with a value; or what does not fit.
    fn fits(
        &self,
        heading: &str,
        prefix: &str,
        value: &Value,
    ) -> Result<Vec<(String, String)>, String> {
        let Value::Object(object) = value else {
            return Err(format!("no object: {value}"));
        };
        let section = self
            .section(heading)
            .ok_or_else(|| format!("no section {heading}"))?;
        let children: BTreeMap<&str, &Member> = section
            .members
            .iter()
            .filter_map(|member| {
                let name = member.path.strip_prefix(prefix)?;
                (!name.contains('.')).then_some((name, member))
            })
            .collect();
        unlisted(object, &children)?;
        let mut seen = Vec::new();
        for (name, member) in children {
            let at = |why: String| format!("{heading}: {}: {why}", member.path);
            let (may_be_absent, kind) = match member.kind.strip_prefix("absent, or ") {
                Some(kind) => (true, kind),
                None => (false, member.kind.as_str()),
            };
            let Some(value) = object.get(name) else {
                if may_be_absent {
                    continue;
                }
                return Err(at("absent".to_owned()));
            };
            let (may_be_null, kind) = match kind.strip_suffix(" or null") {
                Some(kind) => (true, kind),
                None => (kind == "null", kind),
            };
            if value.is_null() && may_be_null {
                if kind == "null" {
                    seen.push((heading.to_owned(), member.path.clone()));
                }
                continue;
            }
            seen.extend(
                self.of_kind(heading, &member.path, kind, value)
                    .map_err(at)?,
            );
            seen.push((heading.to_owned(), member.path.clone()));
        }
        Ok(seen)
    }

    /// Holds the value of a member against its type.
    fn of_kind(
        &self,
        heading: &str,
        path: &str,
        kind: &str,
        value: &Value,
    ) -> Result<Vec<(String, String)>, String> {
        let wrong = || Err(format!("no {kind}: {value}"));
        let plain = match kind {
            "text" => value.is_string(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            "document" => value.is_object(),
            "time" => value.as_str().is_some_and(is_time),
            "object" => return self.fits(heading, &format!("{path}."), value),
            _ => match (kind.strip_prefix("array of "), links(kind).pop()) {
                (Some(each), link) => {
                    let Value::Array(values) = value else {
                        return wrong();
                    };
                    let mut seen = Vec::new();
                    for value in values {
                        seen.extend(match &link {
                            Some(link) => self.fits(link, "", value)?,
                            None if each == "objects" => {
                                self.fits(heading, &format!("{path}[]."), value)?
                            }
                            None => self.of_kind(heading, path, each, value)?,
                        });
                    }
                    return Ok(seen);
                }
                (None, Some(link)) => return self.fits(&link, "", value),
                (None, None) => false,
            },
        };
        if plain { Ok(Vec::new()) } else { wrong() }
    }
}

/// An error for the first member that no row lists.
fn unlisted(object: &Map<String, Value>, children: &BTreeMap<&str, &Member>) -> Result<(), String> {
    let stray = object
        .keys()
        .find(|name| !children.contains_key(name.as_str()));
    stray.map_or(Ok(()), |name| Err(format!("`{name}` is not listed")))
}

/// The anchors of the links in a text.
fn links(text: &str) -> Vec<String> {
    let ends = text.split("](#").skip(1);
    ends.filter_map(|end| Some(end.split_once(')')?.0.to_owned()))
        .collect()
}

/// Whether a text looks like 2026-11-22T12:00:00Z, with or without milliseconds.
fn is_time(text: &str) -> bool {
    let shape: String = text
        .chars()
        .map(|character| {
            if character.is_ascii_digit() {
                '0'
            } else {
                character
            }
        })
        .collect();
    matches!(
        shape.as_str(),
        "0000-00-00T00:00:00Z" | "0000-00-00T00:00:00.000Z"
    )
}
