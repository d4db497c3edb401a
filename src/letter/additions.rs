//! Names put into the letter's file: as its own lines are written, and in its order.
//!
//! What was written is read again by the parser. Only what it reads as meant is kept, so a file whose form is not understood
//! here is never damaged.

use std::{cmp::Ordering, ops::Range};

use super::{
    LeftOut, Letter, ParseError, Signatory,
    entered::{linked, literal},
    parse,
};
use crate::text::{escape, search_words};

/// Fewest names that show an order.
const MIN_SORTED: usize = 3;

/// A name that is to stand in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewName {
    /// The name, plain text on one line.
    pub name: String,
    /// `@user@host`.
    pub handle: String,
    /// What the name links to: an http or https address.
    pub link: String,
    /// What stands after the name.
    pub affiliation: Option<String>,
}

/// A file with more names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extended {
    /// The file.
    pub text: String,
    /// The names that cannot be written so that the parser reads them as they are.
    pub left_out: Vec<NewName>,
}

/// Why names cannot be put into a file.
#[derive(Debug, thiserror::Error)]
pub enum NotExtended {
    /// It is no letter.
    #[error(transparent)]
    NoLetter(#[from] ParseError),
    /// What stands there is not understood well enough to write more of it.
    #[error("no form was found in which its list can be continued")]
    Form,
}

/// The file with these names in its list. `heading` is `letter.signatories_heading`.
///
/// In a list that is sorted by name, or by the last word of the name, each stands in its place; else they follow the last
/// one, in the order given. A letter without a list gets one at its end.
///
/// # Errors
/// [`NotExtended::Form`] when no form leads to a file that the parser reads as the same text and the same names with at least
/// one of the new ones; [`NotExtended::NoLetter`].
pub fn with_names(
    file: &str,
    heading: Option<&str>,
    names: &[NewName],
) -> Result<Extended, NotExtended> {
    let before = parse(file.as_bytes(), heading)?;
    let plan = AdditionPlan::of(file, &before);
    let mut best: Option<Extended> = None;
    for form in Form::ALL {
        let read = |names: &[&NewName]| {
            let text = plan.written(names, form)?;
            let after = parse(text.as_bytes(), heading).ok()?;
            Some((text, after))
        };
        let all: Vec<&NewName> = names.iter().collect();
        let Some((_, after)) = read(&all) else {
            continue;
        };
        let (kept, left_out): (Vec<&NewName>, Vec<&NewName>) =
            all.into_iter().partition(|name| is_read(&after, name));
        // What was misread may have spoilt the lines around it.
        let Some((text, after)) = read(&kept).filter(|_| !kept.is_empty()) else {
            continue;
        };
        let is_better = best
            .as_ref()
            .is_none_or(|best| left_out.len() < best.left_out.len());
        if is_better && fits(&before, &after, &kept) {
            let is_whole = left_out.is_empty();
            let left_out = left_out.into_iter().cloned().collect();
            best = Some(Extended { text, left_out });
            if is_whole {
                break;
            }
        }
    }
    best.ok_or(NotExtended::Form)
}

/// Whether a letter has a name as it is meant.
fn is_read(letter: &Letter, name: &NewName) -> bool {
    letter.signatories.iter().any(|read| is_meant(read, name))
}

fn is_meant(read: &Signatory, name: &NewName) -> bool {
    read.name == name.name
        && read.url.as_deref() == Some(name.link.as_str())
        && (name.affiliation.is_none() || read.affiliation == name.affiliation)
}

/// Whether a letter is another one with these names, and nothing else.
fn fits(before: &Letter, after: &Letter, names: &[&NewName]) -> bool {
    let parts = |read: &Signatory| {
        (
            read.name.clone(),
            read.handle.clone(),
            read.url.clone(),
            read.affiliation.clone(),
        )
    };
    let texts =
        |lines: &[LeftOut]| -> Vec<String> { lines.iter().map(|line| line.text.clone()).collect() };
    let (added, kept): (Vec<&Signatory>, Vec<&Signatory>) = after
        .signatories
        .iter()
        .partition(|read| names.iter().any(|name| is_meant(read, name)));
    let earlier: Vec<_> = before.signatories.iter().map(parts).collect();
    let kept: Vec<_> = kept.into_iter().map(parts).collect();
    added.len() == names.len()
        && kept == earlier
        && after.digest == before.digest
        && texts(&after.unread) == texts(&before.unread)
        && texts(&after.notes) == texts(&before.notes)
}

/// How a name is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// As the line beside it, with the mark between name and affiliation that the list uses.
    Beside,
    /// As the line beside it, with a comma before the affiliation.
    WithComma,
    /// As an item of a list, whatever stands beside it.
    Item,
}

impl Form {
    const ALL: [Self; 3] = [Self::Beside, Self::WithComma, Self::Item];
}

/// Where the names go, and what stands there.
struct AdditionPlan<'a> {
    /// The lines with their ends.
    lines: Vec<&'a str>,
    end: &'static str,
    letter: &'a Letter,
    order: Option<NameOrder>,
}

/// By what a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NameOrder {
    Name,
    LastWord,
}

impl NameOrder {
    fn key(self, name: &str) -> Vec<String> {
        let mut words = search_words(name);
        if self == Self::LastWord {
            let last = usize::from(words.len() > 1);
            words.rotate_right(last);
        }
        words
    }

    fn compare(self, one: &str, other: &str) -> Ordering {
        self.key(one).cmp(&self.key(other))
    }

    /// The order of a list, if it has one.
    fn of(letter: &Letter) -> Option<Self> {
        let names: Vec<&str> = letter
            .signatories
            .iter()
            .map(|read| read.name.as_str())
            .collect();
        if names.len() < MIN_SORTED {
            return None;
        }
        [Self::Name, Self::LastWord]
            .into_iter()
            .find(|order| names.is_sorted_by(|one, other| order.compare(one, other).is_le()))
    }
}

impl<'a> AdditionPlan<'a> {
    fn of(file: &'a str, letter: &'a Letter) -> Self {
        Self {
            lines: file.split_inclusive('\n').collect(),
            end: if file.contains("\r\n") { "\r\n" } else { "\n" },
            letter,
            order: NameOrder::of(letter),
        }
    }

    /// The file with these names; `None` when this form does not go here.
    fn written(&self, names: &[&NewName], form: Form) -> Option<String> {
        let mut names: Vec<&NewName> = names.to_vec();
        if let Some(order) = self.order {
            names.sort_by(|one, other| order.compare(&one.name, &other.name));
        }
        let Some(last) = self.letter.signatories.last() else {
            return Some(self.with_list(&names));
        };
        // The lines that come before the line with this index.
        let mut inserted: Vec<(usize, String)> = Vec::new();
        for (added, name) in names.into_iter().enumerate() {
            let follower = self.order.and_then(|order| {
                let mut all = self.letter.signatories.iter();
                all.find(|read| order.compare(&read.name, &name.name).is_gt())
            });
            let (at, beside) = match follower {
                Some(follower) => (index_of(follower)?, follower),
                None => (self.end_of(last)?, last),
            };
            let step = follower.is_none().then_some(added + 1);
            let line = self.line(name, beside, form, step)?;
            inserted.push((at, line));
        }
        let mut text = String::new();
        for (index, line) in self.lines.iter().enumerate() {
            for (_, new) in inserted.iter().filter(|(at, _)| *at == index) {
                text.push_str(new);
                text.push_str(self.end);
            }
            text.push_str(line);
        }
        let at_end = inserted.iter().filter(|(at, _)| *at >= self.lines.len());
        for (_, new) in at_end {
            if !text.ends_with('\n') {
                text.push_str(self.end);
            }
            text.push_str(new);
            text.push_str(self.end);
        }
        let ended = self.lines.last().is_none_or(|line| line.ends_with('\n'));
        if !ended && inserted.iter().any(|(at, _)| *at >= self.lines.len()) {
            text.truncate(text.trim_end_matches(['\r', '\n']).len());
        }
        Some(text)
    }

    /// The letter with a list at its end.
    fn with_list(&self, names: &[&NewName]) -> String {
        let mut text = self.lines.concat();
        if !text.ends_with('\n') {
            text.push_str(self.end);
        }
        text.extend([self.end, "## Signatories", self.end, self.end]);
        for name in names {
            text.push_str("- ");
            text.push_str(&content(name, false, ", ", ""));
            text.push_str(self.end);
        }
        text
    }

    /// The index after the last line of an entry: lines that are indented deeper and have no mark of their own go with it.
    fn end_of(&self, entry: &Signatory) -> Option<usize> {
        let first = index_of(entry)?;
        let indent = indent_of(self.lines.get(first)?);
        let mut at = first + 1;
        while let Some(line) = self.lines.get(at) {
            let is_continued = !line.trim().is_empty()
                && indent_of(line) > indent
                && LineShape::of(line, None).mark.is_empty();
            if !is_continued {
                break;
            }
            at += 1;
        }
        Some(at)
    }

    /// A name as the line of another one is written. `step`: which of the lines after the last one it is.
    fn line(
        &self,
        name: &NewName,
        beside: &Signatory,
        form: Form,
        step: Option<usize>,
    ) -> Option<String> {
        let raw = self.lines.get(index_of(beside)?)?;
        let raw = raw.trim_end_matches(['\r', '\n']);
        if form == Form::Item {
            return Some(format!("- {}", content(name, false, ", ", "")));
        }
        let (between, after) = match form {
            Form::Beside => self.separator(),
            Form::WithComma | Form::Item => (", ", ""),
        };
        let shape = LineShape::of(raw, Some(beside));
        let shows_handle = raw.contains("[@") || raw.contains(">@");
        let mark = match step {
            Some(step) => with_next_number(&shape.mark, step),
            None => shape.mark.clone(),
        };
        if let Some(cells) = &shape.cells {
            return row(name, beside, cells, shows_handle).map(|row| format!("{mark}{row}"));
        }
        let words = if shape.is_html {
            html_content(name, shows_handle, between, after)
        } else {
            content(name, shows_handle, between, after)
        };
        Some(format!("{mark}{words}{}", shape.tail))
    }

    /// What the list has between name and affiliation, and after it.
    fn separator(&self) -> (&'static str, &'static str) {
        const FORMS: [(&str, &str); 5] = [
            (" (", ")"),
            (" – ", ""),
            (" — ", ""),
            (" - ", ""),
            (", ", ""),
        ];
        let with = |read: &&Signatory| read.affiliation.is_some();
        let found = self
            .letter
            .signatories
            .iter()
            .filter(with)
            .find_map(|read| {
                let raw = self.lines.get(index_of(read)?)?;
                let affiliation = read.affiliation.as_deref()?;
                let fits = |(before, after): &&(&str, &str)| {
                    raw.contains(&format!("{before}{affiliation}{after}"))
                };
                FORMS.iter().find(fits).copied()
            });
        found.unwrap_or((", ", ""))
    }
}

/// The index of the line on which an entry begins.
fn index_of(entry: &Signatory) -> Option<usize> {
    usize::try_from(entry.line).ok()?.checked_sub(1)
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

/// A line of the list, taken apart.
#[derive(Debug)]
struct LineShape {
    /// Indentation and bullet, number or tag, with the blanks after it.
    mark: String,
    /// What breaks the line at its end, or closes the tag.
    tail: &'static str,
    is_html: bool,
    /// Of a row of a table.
    cells: Option<Vec<String>>,
}

impl LineShape {
    fn of(line: &str, entry: Option<&Signatory>) -> Self {
        const TAILS: [&str; 7] = ["</li>", "</p>", "<br>", "<br/>", "<br />", "\\", "  "];
        let line = line.trim_end_matches(['\r', '\n']);
        let words = line.trim_start_matches([' ', '\t']);
        let mut end = indent_of(line);
        if let (Some(inner), Some(_)) = (words.strip_prefix('|'), entry) {
            let inner = inner.trim_end();
            let inner = inner.strip_suffix('|').unwrap_or(inner);
            let cells = inner.split('|').map(|cell| cell.trim().to_owned());
            return Self {
                mark: line.get(..end).unwrap_or_default().to_owned(),
                tail: "",
                is_html: false,
                cells: Some(cells.collect()),
            };
        }
        let tail = TAILS.into_iter().find(|tail| line.ends_with(tail));
        let is_html = words.starts_with("<li") || words.starts_with("<p");
        end += if is_html {
            words.find('>').map_or(0, |at| at + 1)
        } else {
            mark_length(words)
        };
        Self {
            mark: line.get(..end).unwrap_or_default().to_owned(),
            tail: tail.unwrap_or_default(),
            is_html,
            cells: None,
        }
    }
}

/// The length of the bullet or number that a line begins with, of a box to tick behind it, and of the blanks after them.
fn mark_length(words: &str) -> usize {
    let digits = words.len() - words.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let rest = words.get(digits..).unwrap_or_default();
    let Some(mark) = rest.chars().next() else {
        return 0;
    };
    let is_mark = if digits > 0 {
        matches!(mark, '.' | ')')
    } else {
        "-*+•–—▪◦‣·✍".contains(mark)
    };
    let after = rest.get(mark.len_utf8()..).unwrap_or_default();
    if !is_mark || !after.starts_with([' ', '\t']) {
        return 0;
    }
    let mut words = after.trim_start_matches([' ', '\t']);
    for tick in ["[ ]", "[x]", "[X]"] {
        if let Some(after) = words.strip_prefix(tick) {
            words = after.trim_start_matches([' ', '\t']);
        }
    }
    digits + mark.len_utf8() + (after.len() - words.len())
}

/// A mark with a number so many higher.
fn with_next_number(mark: &str, step: usize) -> String {
    let Some(digits) = digits_in(mark) else {
        return mark.to_owned();
    };
    let number = mark
        .get(digits.clone())
        .and_then(|digits| digits.parse().ok());
    match number {
        // A list of ones is numbered by whoever shows it.
        Some(1) | None => mark.to_owned(),
        Some(number) => {
            let next: usize = step.saturating_add(number);
            let (before, after) = (mark.get(..digits.start), mark.get(digits.end..));
            format!(
                "{}{next}{}",
                before.unwrap_or_default(),
                after.unwrap_or_default()
            )
        }
    }
}

fn digits_in(mark: &str) -> Option<Range<usize>> {
    let start = mark.find(|c: char| c.is_ascii_digit())?;
    let rest = mark.get(start..)?;
    let length = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    Some(start..start + length)
}

/// A name in Markdown.
fn content(name: &NewName, shows_handle: bool, between: &str, after: &str) -> String {
    let mut words = if shows_handle {
        format!(
            "{} {}",
            literal(&name.name),
            linked(&name.handle, &name.link)
        )
    } else {
        linked(&literal(&name.name), &name.link)
    };
    if let Some(affiliation) = &name.affiliation {
        words.extend([between, &literal(affiliation), after]);
    }
    words
}

/// A name in HTML.
fn html_content(name: &NewName, shows_handle: bool, between: &str, after: &str) -> String {
    let link = |words: &str| format!("<a href=\"{}\">{}</a>", escape(&name.link), escape(words));
    let mut words = if shows_handle {
        format!("{} {}", escape(&name.name), link(&name.handle))
    } else {
        link(&name.name)
    };
    if let Some(affiliation) = &name.affiliation {
        words.extend([between, &escape(affiliation), after]);
    }
    words
}

/// A name as a row of a table.
fn row(name: &NewName, beside: &Signatory, cells: &[String], shows_handle: bool) -> Option<String> {
    let place = |words: &str| cells.iter().position(|cell| cell.contains(words));
    let named = place(&beside.name)?;
    let in_cell = |text: &str| text.replace('|', "\\|");
    let handle = place("[@").filter(|at| shows_handle && *at != named);
    let affiliation = beside.affiliation.as_deref().and_then(place);
    let affiliation = affiliation.filter(|at| *at != named && Some(*at) != handle);
    let row = cells.iter().enumerate().map(|(at, _)| {
        if at == named && handle.is_none() {
            content(
                &NewName {
                    affiliation: None,
                    ..name.clone()
                },
                false,
                "",
                "",
            )
        } else if at == named {
            literal(&name.name)
        } else if Some(at) == handle {
            linked(&name.handle, &name.link)
        } else if Some(at) == affiliation {
            name.affiliation.as_deref().map(literal).unwrap_or_default()
        } else {
            String::new()
        }
    });
    let cells: Vec<String> = row.map(|cell| in_cell(&cell)).collect();
    Some(format!("| {} |", cells.join(" | ")))
}

#[cfg(test)]
mod tests;
