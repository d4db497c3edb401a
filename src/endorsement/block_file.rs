//! Lists of blocked domains as servers exchange them: Mastodon's CSV and JSON, GoToSocial's JSON, and bare lists with a
//! domain on each line. Mastodon's CSV is also written.
//!
//! Columns: <https://docs.joinmastodon.org/admin/moderation/#export>. Not here: what an import does (`register`).

use std::collections::HashMap;

use serde_json::Value;

use super::blocks::{BadTarget, Severity, domain};
use crate::{
    string_enum::words,
    text::csv::{Record, push_record, records},
};

/// The header that is written.
const HEADER: &str = "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n";

words! {
    /// The severity in Mastodon's words.
    pub enum FileSeverity {
        /// A block.
        Suspend = "suspend",
        /// A limit.
        Silence = "silence",
        /// Only noted.
        Noop = "noop",
    }
}

/// What Mastodon notes with a domain and we only keep, so that a list that is exported again is the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `reject_media`.
    pub reject_media: bool,
    /// `reject_reports`.
    pub reject_reports: bool,
    /// `obfuscate`: whether a public list would hide a part of the name.
    pub obfuscate: bool,
}

/// One entry of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedDomain {
    /// The domain in ASCII form.
    pub domain: String,
    /// What it means here.
    pub severity: Severity,
    /// What is only kept.
    pub flags: Flags,
    /// The public comment, unless it is empty.
    pub public_comment: Option<String>,
    /// The comment for administrators, if the list has such a column and it is not empty.
    pub private_comment: Option<String>,
}

/// An entry that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Where: the line, or in JSON the number of the entry, from 1.
    pub at: u32,
    /// Why, with what was found.
    pub why: String,
}

/// A list that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockFile {
    /// The entries, each domain once, in their order.
    pub entries: Vec<ListedDomain>,
    /// Entries that nothing can be done with: names with an asterisk in place of letters, and repetitions.
    pub skipped: Vec<Remark>,
    /// Entries that are wrong.
    pub refused: Vec<Remark>,
}

/// A text that is no list at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no list of domains: {0}")]
pub struct NoList(String);

/// An entry as it stands in a file; what is missing has its default.
#[derive(Clone, Debug, Default)]
struct Raw {
    domain: String,
    severity: String,
    reject_media: String,
    reject_reports: String,
    obfuscate: String,
    public_comment: String,
    private_comment: String,
}

/// Reads a list; `own` are the host names of this letter, which no entry may cover.
///
/// # Errors
/// JSON that is no array of objects. Everything else is refused entry by entry.
pub fn read(text: &str, own: &[&str]) -> Result<BlockFile, NoList> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let raw = if text.trim_start().starts_with(['[', '{']) {
        from_json(text)?
    } else {
        from_lines(&records(text))
    };
    let mut file = BlockFile::default();
    let mut seen: HashMap<String, u32> = HashMap::new();
    for (at, raw) in raw {
        let entry = match raw.and_then(|raw| raw.entry(own)) {
            Ok(entry) => entry,
            Err(RowFault::Skip(why)) => {
                file.skipped.push(Remark { at, why });
                continue;
            }
            Err(RowFault::Refuse(why)) => {
                file.refused.push(Remark { at, why });
                continue;
            }
        };
        if let Some(first) = seen.get(&entry.domain) {
            let why = format!("`{}` was named before, at {first}", entry.domain);
            file.skipped.push(Remark { at, why });
            continue;
        }
        seen.insert(entry.domain.clone(), at);
        file.entries.push(entry);
    }
    Ok(file)
}

/// Writes a list in Mastodon's form: with LF as line end, in the order given.
pub fn write<'a>(entries: impl IntoIterator<Item = &'a ListedDomain>) -> String {
    let mut text = HEADER.to_owned();
    let flag = |flag: bool| if flag { "true" } else { "false" };
    for entry in entries {
        push_record(
            &mut text,
            [
                entry.domain.as_str(),
                file_severity(entry.severity),
                flag(entry.flags.reject_media),
                flag(entry.flags.reject_reports),
                entry.public_comment.as_deref().unwrap_or_default(),
                flag(entry.flags.obfuscate),
            ],
        );
    }
    text
}

/// The severity in Mastodon's word.
pub const fn file_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Block => FileSeverity::Suspend.as_str(),
        Severity::Limit => FileSeverity::Silence.as_str(),
        Severity::Noop => FileSeverity::Noop.as_str(),
    }
}

/// Why an entry is not taken.
#[derive(Debug)]
enum RowFault {
    Skip(String),
    Refuse(String),
}

impl Raw {
    fn entry(self, own: &[&str]) -> Result<ListedDomain, RowFault> {
        let severity = match self.severity.trim().to_ascii_lowercase().as_str() {
            "" => FileSeverity::Suspend,
            word => word.parse().map_err(|error| {
                RowFault::Refuse(format!("`{}`: severity {error}", self.domain.trim()))
            })?,
        };
        let flag = |name: &str, text: &str| match text.trim().to_ascii_lowercase().as_str() {
            "true" | "t" | "1" => Ok(true),
            "" | "false" | "f" | "0" => Ok(false),
            other => Err(RowFault::Refuse(format!(
                "`{}`: {name} `{other}` is neither true nor false",
                self.domain.trim()
            ))),
        };
        let flags = Flags {
            reject_media: flag("reject_media", &self.reject_media)?,
            reject_reports: flag("reject_reports", &self.reject_reports)?,
            obfuscate: flag("obfuscate", &self.obfuscate)?,
        };
        let domain = named(&self.domain, own)?;
        let comment = |text: String| Some(text).filter(|text| !text.is_empty());
        let (public_comment, private_comment) =
            (comment(self.public_comment), comment(self.private_comment));
        let comments = [&public_comment, &private_comment];
        if comments
            .into_iter()
            .flatten()
            .any(|text| text.contains('\0'))
        {
            return Err(RowFault::Refuse(format!(
                "`{domain}`: a comment has a null character"
            )));
        }
        Ok(ListedDomain {
            domain,
            severity: match severity {
                FileSeverity::Suspend => Severity::Block,
                FileSeverity::Silence => Severity::Limit,
                FileSeverity::Noop => Severity::Noop,
            },
            flags,
            public_comment,
            private_comment,
        })
    }
}

/// The domain of an entry, however it is written.
fn named(text: &str, own: &[&str]) -> Result<String, RowFault> {
    let mut name = text.trim();
    for scheme in ["https://", "http://"] {
        let is_there = name
            .get(..scheme.len())
            .is_some_and(|beginning| beginning.eq_ignore_ascii_case(scheme));
        if is_there {
            name = name.get(scheme.len()..).unwrap_or_default();
        }
    }
    let name = name.trim_start_matches('@').trim_end_matches('/');
    let bare = name.strip_prefix("*.").unwrap_or(name);
    if bare.contains('*') {
        return Err(RowFault::Skip(format!(
            "`{name}` is obfuscated, and no name can be compared with it"
        )));
    }
    domain(name, own).map_err(|bad| {
        RowFault::Refuse(match bad {
            BadTarget::Unreadable(_) | BadTarget::Server(_) => format!("`{name}` is no domain"),
            BadTarget::Address(_) => format!("`{name}` is an address, not a name"),
            BadTarget::PublicSuffix(name) => {
                format!("`{name}` is a public suffix: unrelated servers live below it")
            }
            BadTarget::Ourselves(name) => format!("`{name}` covers this letter's own host"),
        })
    })
}

type Numbered = (u32, Result<Raw, RowFault>);

/// The column of a header's cell.
fn column(cell: &str) -> String {
    cell.trim()
        .trim_start_matches('#')
        .trim()
        .to_ascii_lowercase()
}

/// Reads CSV with a header, or a bare list.
fn from_lines(records: &[Record]) -> Vec<Numbered> {
    let header = records
        .first()
        .map(|first| {
            first
                .fields
                .iter()
                .map(|cell| column(cell))
                .collect::<Vec<_>>()
        })
        .filter(|header| header.iter().any(|cell| cell == "domain"));
    let Some(header) = header else {
        return records.iter().filter_map(bare).collect();
    };
    let rows = records.iter().skip(1);
    rows.map(|record| (record.line, Ok(by_header(&header, record))))
        .collect()
}

fn by_header(header: &[String], record: &Record) -> Raw {
    let mut raw = Raw::default();
    for (name, cell) in header.iter().zip(&record.fields) {
        if let Some(field) = raw.field(name) {
            field.clone_from(cell);
        }
    }
    raw
}

impl Raw {
    fn field(&mut self, name: &str) -> Option<&mut String> {
        match name {
            "domain" => Some(&mut self.domain),
            "severity" => Some(&mut self.severity),
            "reject_media" => Some(&mut self.reject_media),
            "reject_reports" => Some(&mut self.reject_reports),
            "obfuscate" => Some(&mut self.obfuscate),
            "public_comment" | "comment" => Some(&mut self.public_comment),
            "private_comment" => Some(&mut self.private_comment),
            _ => None,
        }
    }
}

/// One line of a bare list; none when it is a remark.
fn bare(record: &Record) -> Option<Numbered> {
    let domain = record.fields.first()?.trim();
    if domain.is_empty() && record.fields.len() == 1 || domain.starts_with('#') {
        return None;
    }
    let raw = if record.fields.len() > 1 {
        Err(RowFault::Refuse(format!(
            "`{domain}` has more beside it, and no header says what that is"
        )))
    } else {
        Ok(Raw {
            domain: domain.to_owned(),
            ..Raw::default()
        })
    };
    Some((record.line, raw))
}

/// Reads Mastodon's or GoToSocial's JSON.
fn from_json(text: &str) -> Result<Vec<Numbered>, NoList> {
    let entries: Vec<Value> = serde_json::from_str(text)
        .map_err(|error| NoList(format!("an array of objects is wanted; {error}")))?;
    let numbers = 1..;
    Ok(numbers
        .zip(entries)
        .map(|(at, entry)| (at, from_object(&entry)))
        .collect())
}

fn from_object(entry: &Value) -> Result<Raw, RowFault> {
    let Some(entry) = entry.as_object() else {
        return Err(RowFault::Refuse("it is no object".to_owned()));
    };
    let mut raw = Raw::default();
    // GoToSocial has written both; the longer name is the newer one.
    let mut members: Vec<_> = entry.iter().collect();
    members.sort_by_key(|(name, _)| name.len());
    for (name, value) in members {
        let Some(field) = raw.field(name) else {
            continue;
        };
        match value {
            Value::Null => (),
            Value::String(text) if text.is_empty() => (),
            Value::String(text) => field.clone_from(text),
            Value::Bool(flag) => *field = flag.to_string(),
            Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                return Err(RowFault::Refuse(format!("`{name}` is no text and no flag")));
            }
        }
    }
    Ok(raw)
}

#[cfg(test)]
mod tests;
