//! Output of commands: answers, messages, errors and exit codes.

use std::{
    io::{ErrorKind, IsTerminal as _, Write as _},
    process::ExitCode,
};

use rustix::termios::tcgetwinsize;
use serde::Serialize;

use super::{
    args::{Color, Global, Limit},
    table::Layout,
};
use crate::{
    config::ConfigError,
    register::{self, error::NoChange},
    store,
    text::visible,
};

/// How a command ended: the exit codes that scripts rely on. Their numbers never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// Done.
    Done,
    /// Failed.
    Failed,
    /// Wrong use, or a confirmation is missing.
    Usage,
    /// Not found.
    NotFound,
    /// The state does not allow it, or somebody else was first.
    Conflict,
    /// States, history or counts disagree.
    Integrity,
    /// Another server does not answer, or not with what was asked for.
    Unreachable,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

impl Exit {
    /// The number of the exit code.
    const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Conflict => 4,
            Self::Integrity => 5,
            Self::Unreachable => 6,
        }
    }
}

/// Prints clap's own answer: help on stdout with 0, wrong use on stderr with 2, as JSON when that was asked for.
pub(super) fn usage(error: &clap::Error, json: bool) -> ExitCode {
    if json && error.use_stderr() {
        // The first paragraph says what is wrong; below it stand tips, the usage and where to find help.
        let text = error.render().to_string();
        let text = text.strip_prefix("error: ").unwrap_or(&text);
        let (message, rest) = text.split_once("\n\n").unwrap_or((text, ""));
        let tip = rest
            .lines()
            .find_map(|line| line.trim().strip_prefix("tip: "));
        let hint = tip.unwrap_or("for more information, try `--help`");
        write_error(Exit::Usage, message.trim(), Some(hint));
    } else if let Err(broken) = error.print()
        // Whoever reads `--help | head` has read enough.
        && broken.kind() != ErrorKind::BrokenPipe
    {
        write_stderr(format_args!("cannot print: {broken}\n"));
    }
    if error.use_stderr() {
        Exit::Usage.into()
    } else {
        Exit::Done.into()
    }
}

/// Prints answers to stdout and messages to stderr, as the options say.
#[derive(Debug)]
pub(super) struct Output {
    format: OutputFormat,
    quiet: bool,
    color: Color,
    /// The columns of the terminal that a table has to fit; `None` for as many as it likes.
    width: Option<usize>,
    /// Whether stderr is a terminal.
    terminal: bool,
}

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OutputFormat {
    /// One JSON object or array.
    Json,
    /// A table, for a person at a terminal.
    Table,
    /// Columns with tabs between them, for scripts.
    Tabs,
}

/// Whether a stream takes colour: as `--color` says, else on a terminal unless `NO_COLOR` is set.
fn takes_colour(choice: Color, terminal: bool) -> bool {
    match choice {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        }
    }
}

/// The columns of the terminal; 80 for one that does not say.
fn terminal_width() -> usize {
    let size = tcgetwinsize(std::io::stdout());
    let columns = size.map_or(0, |size| usize::from(size.ws_col));
    if columns == 0 { 80 } else { columns }
}

/// A state in its colour: green is shown, yellow waits, red is refused, dim is out of sight.
fn painted(word: &str) -> Option<String> {
    let colour = match word {
        "listed" | "counted" | "shown" | "open" | "published" | "taken" | "ok" => "32",
        "pending" | "paused" | "queued" | "limit" | "later" | "unverified" | "warn" => "33",
        "rejected" | "withdrawn" | "invalid" | "refused" | "abandoned" | "block" | "fail" => "31",
        "comment" | "hidden" | "late" | "resolved" | "closed" | "deleted" | "nothing"
        | "skipped" => "2",
        _ => return None,
    };
    Some(format!("\u{1b}[{colour}m{word}\u{1b}[0m"))
}

/// The columns and parts that hold such a word.
const STATES: &[&str] = &["state", "severity", "outcome"];

impl Output {
    /// The output that the options ask for.
    pub(super) fn new(global: &Global) -> Self {
        let format = match (global.json, std::io::stdout().is_terminal()) {
            (true, _) => OutputFormat::Json,
            (false, true) => OutputFormat::Table,
            (false, false) => OutputFormat::Tabs,
        };
        Self {
            format,
            color: global.color,
            width: (!global.wide).then(terminal_width),
            quiet: global.quiet,
            terminal: std::io::stderr().is_terminal(),
        }
    }

    /// Whether the answer takes colour: a table, or a thing in lines, for a person.
    fn paints(&self) -> bool {
        self.format == OutputFormat::Table && takes_colour(self.color, true)
    }

    /// Whether `--json` was given.
    pub(super) fn is_json(&self) -> bool {
        self.format == OutputFormat::Json
    }

    /// Prints a message on stderr, unless `--quiet` was given.
    pub(super) fn say(&self, text: &str) {
        if !self.quiet {
            write_stderr(format_args!("{text}\n"));
        }
    }

    /// Says how a decision is taken back, by the number of its audit entry.
    pub(super) fn say_undo(&self, audit: i64) {
        self.say(&format!("`undersigned audit undo {audit}` takes it back"));
    }

    /// Prints a warning about a line of the file that was given, or of another one.
    pub(super) fn warn(&self, other: Option<&str>, line: u32, text: &str) {
        let other = other.map(|file| format!("{}: ", visible(file)));
        let (other, text) = (other.unwrap_or_default(), visible(text));
        self.say(&format!("{other}warning: line {line}: {text}"));
    }

    /// Shows progress on stderr, in place of the previous progress; only on a terminal. An empty text clears the line.
    pub(super) fn progress(&self, text: &str) {
        if self.terminal && !self.quiet {
            write_stderr(format_args!("\r\u{1b}[K{text}"));
        }
    }

    /// Prints a question on stderr, also with `--quiet`, because an answer is needed.
    #[expect(
        clippy::unused_self,
        reason = "every question goes through the one output"
    )]
    pub(super) fn ask(&self, question: &str) {
        write_stderr(format_args!("{question}"));
    }

    /// Prints an error on stderr with all its causes, and returns the exit code that fits it.
    pub(super) fn fail(&self, error: &anyhow::Error) -> ExitCode {
        if self.is_json() {
            let text = format!("{error:#}");
            let (message, hint) = with_hint(&text);
            write_error(exit_of(error), message, hint);
            return exit_of(error).into();
        }
        let label = if takes_colour(self.color, self.terminal) {
            "\u{1b}[1;31merror:\u{1b}[0m"
        } else {
            "error:"
        };
        write_stderr(format_args!("{label} {error:#}\n"));
        exit_of(error).into()
    }

    /// Prints the answer as text.
    #[expect(
        clippy::unused_self,
        reason = "every answer goes through the one output"
    )]
    pub(super) fn text(&self, text: &str) -> anyhow::Result<Exit> {
        write_stdout(text)
    }

    /// Prints a part of a document as it is, for files and other programs. Returns whether anybody reads it.
    #[expect(
        clippy::unused_self,
        reason = "every answer goes through the one output"
    )]
    pub(super) fn part(&self, text: &str) -> anyhow::Result<bool> {
        print(text)
    }

    /// Prints the answer as one JSON object or array. Control characters and bidirectional marks of remote text
    /// stay escaped, so that they cannot act on the reader's terminal.
    #[expect(
        clippy::unused_self,
        reason = "every answer goes through the one output"
    )]
    pub(super) fn json(&self, value: &impl Serialize) -> anyhow::Result<Exit> {
        write_stdout(&safe_json(value)?)
    }

    /// Prints the answer: as JSON, or as a sentence.
    pub(super) fn answer(&self, value: &impl Serialize, sentence: &str) -> anyhow::Result<Exit> {
        if self.is_json() {
            return self.json(value);
        }
        self.text(sentence)
    }

    /// Prints that nothing was changed, because all was so already.
    pub(super) fn unchanged(&self) -> anyhow::Result<Exit> {
        self.answer(&serde_json::json!({"unchanged": true}), "unchanged")
    }

    /// Prints a list: a JSON array of `items`, or a row for each of them, as a table on a terminal, otherwise
    /// separated by tabs. Remote text is escaped.
    pub(super) fn list<T: Serialize>(
        &self,
        items: &[T],
        columns: &[&'static str],
        row: impl Fn(&T) -> Vec<String>,
    ) -> anyhow::Result<Exit> {
        let mut list = self.begin_list(columns);
        list.add(items, row)?;
        list.end()
    }

    /// Prints the first items of a list that is there as a whole, as many as are asked for.
    pub(super) fn list_up_to<T: Serialize>(
        &self,
        limit: Limit,
        items: &[T],
        columns: &[&'static str],
        row: impl Fn(&T) -> Vec<String>,
    ) -> anyhow::Result<Exit> {
        let most = usize::try_from(limit.most()).unwrap_or(usize::MAX);
        let mut list = self.begin_list(columns);
        list.add(items.get(..most).unwrap_or(items), row)?;
        list.end_of(i64::try_from(items.len())?)
    }

    /// Prints a list of which every item is read whole: rows of name, state, message and hint. On a terminal nothing of them
    /// is shortened, and the hint stands on a line of its own; otherwise as [`Output::list`] does.
    pub(super) fn report<T: Serialize>(
        &self,
        items: &[T],
        columns: [&'static str; 4],
        row: impl Fn(&T) -> [String; 4],
    ) -> anyhow::Result<Exit> {
        if self.format != OutputFormat::Table {
            return self.list(items, &columns, |item| row(item).to_vec());
        }
        let rows: Vec<_> = items
            .iter()
            .map(|item| row(item).map(|cell| visible(&cell).into_owned()))
            .collect();
        let width = |of: fn(&[String; 4]) -> &String| {
            let widths = rows.iter().map(|row| of(row).len());
            widths.max().unwrap_or_default()
        };
        let (names, states) = (width(|[name, ..]| name), width(|[_, state, ..]| state));
        let lines = rows.iter().map(|[name, state, message, hint]| {
            let gap = states - state.len();
            let painted = self.paints().then(|| painted(state)).flatten();
            let state = painted.unwrap_or_else(|| state.clone());
            let line = format!("{name:names$}  {state}{:gap$}  {message}", "");
            if hint.is_empty() {
                return line;
            }
            format!("{line}\n{:indent$}{hint}", "", indent = names + states + 4)
        });
        write_stdout(&lines.collect::<Vec<_>>().join("\n"))
    }

    /// Begins such a list, to which items are added as they are read.
    pub(super) fn begin_list(&self, columns: &[&'static str]) -> ListPrinter<'_> {
        ListPrinter {
            output: self,
            header: columns.to_vec(),
            waiting: Vec::new(),
            layout: None,
            listed: 0,
        }
    }

    /// Prints one object: as JSON, or a line for each of its parts. Further lines of a part are indented, so that
    /// remote text cannot imitate a part.
    pub(super) fn object(
        &self,
        value: &impl Serialize,
        parts: &[(&str, String)],
    ) -> anyhow::Result<Exit> {
        if self.is_json() {
            return self.json(value);
        }
        let width = parts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        let indent = " ".repeat(width + 2);
        let lines = parts.iter().map(|(name, value)| {
            let value: Vec<_> = value.lines().map(visible).collect();
            let value = value.join(&format!("\n{indent}"));
            let is_painted = self.paints() && STATES.contains(name);
            let painted = is_painted.then(|| painted(&value)).flatten();
            format!("{name:width$}  {}", painted.unwrap_or(value))
        });
        write_stdout(&lines.collect::<Vec<_>>().join("\n"))
    }
}

/// Rows of a table that are laid out together. Whatever follows is shortened to the same columns, so that no list is
/// held as a whole.
const LAID_OUT: usize = 1000;

/// Prints a list piece by piece, so that none is held as a whole.
#[derive(Debug)]
#[must_use = "the end of a list has to be printed"]
pub(super) struct ListPrinter<'a> {
    output: &'a Output,
    header: Vec<&'static str>,
    /// The first rows of a table, until there are enough to lay it out.
    waiting: Vec<Vec<String>>,
    layout: Option<Layout>,
    listed: i64,
}

impl ListPrinter<'_> {
    /// Adds items. Returns whether anybody still reads them.
    pub(super) fn add<T: Serialize>(
        &mut self,
        items: &[T],
        row: impl Fn(&T) -> Vec<String>,
    ) -> anyhow::Result<bool> {
        let mut text = String::new();
        for item in items {
            match self.output.format {
                OutputFormat::Json => {
                    text.push_str(if self.listed == 0 { "[" } else { "," });
                    for line in safe_json(item)?.lines() {
                        text.push_str("\n  ");
                        text.push_str(line);
                    }
                }
                OutputFormat::Tabs => {
                    text.push_str(&cells(row(item)).join("\t"));
                    text.push('\n');
                }
                OutputFormat::Table => {
                    self.waiting.push(cells(row(item)));
                    if self.waiting.len() >= LAID_OUT {
                        text.push_str(&self.table());
                    }
                }
            }
            self.listed += 1;
        }
        print(&text)
    }

    /// How many items were added.
    pub(super) const fn listed(&self) -> i64 {
        self.listed
    }

    /// The rows that wait, as lines of the table; with its header where they are the first.
    fn table(&mut self) -> String {
        let rows = std::mem::take(&mut self.waiting);
        let is_first = self.layout.is_none();
        let layout = self
            .layout
            .get_or_insert_with(|| Layout::new(&self.header, &rows, self.output.width));
        let mut text = String::new();
        if is_first {
            text.push_str(&layout.line(&self.header, |_, _| None));
            text.push('\n');
        }
        let paints = self.output.paints();
        for row in &rows {
            let line = layout.line(row, |column, cell| {
                let is_state = self
                    .header
                    .get(column)
                    .is_some_and(|name| STATES.contains(name));
                (paints && is_state).then(|| painted(cell)).flatten()
            });
            text.push_str(&line);
            text.push('\n');
        }
        text
    }

    /// Ends a list with all that there is.
    pub(super) fn end(self) -> anyhow::Result<Exit> {
        let listed = self.listed;
        self.end_of(listed)
    }

    /// Ends a list of which there are so many; says so when some were not listed, because no list ends silently before
    /// its end.
    pub(super) fn end_of(mut self, total: i64) -> anyhow::Result<Exit> {
        match self.output.format {
            OutputFormat::Json if self.listed == 0 => {
                write_stdout("[]")?;
            }
            OutputFormat::Json => {
                print("\n]\n")?;
            }
            OutputFormat::Tabs => (),
            OutputFormat::Table if self.listed == 0 => self.output.say("nothing found"),
            OutputFormat::Table => {
                let rest = if self.waiting.is_empty() {
                    String::new()
                } else {
                    self.table()
                };
                print(&rest)?;
            }
        }
        if total > self.listed {
            let (listed, total) = (grouped(self.listed), grouped(total));
            let note = format!("{listed} of {total}; --limit 0 shows all");
            match self.output.format {
                OutputFormat::Table => return write_stdout(&note),
                OutputFormat::Json | OutputFormat::Tabs => self.output.say(&note),
            }
        }
        Ok(Exit::Done)
    }
}

/// A number with commas between thousands.
fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Remote text as it may be shown.
fn cells(row: Vec<String>) -> Vec<String> {
    let visible = |cell: String| visible(&cell).into_owned();
    row.into_iter().map(visible).collect()
}

/// JSON in which control characters and bidirectional marks are escaped.
fn safe_json(value: &impl Serialize) -> anyhow::Result<String> {
    Ok(escaped(&serde_json::to_string_pretty(value)?))
}

/// The same of JSON that is a text already.
fn escaped(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for character in json.chars() {
        // A line break can only stand between values: within a string, JSON escapes it.
        if character == '\n'
            || visible(character.encode_utf8(&mut [0; 4])).len() == character.len_utf8()
        {
            safe.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                safe.extend(format!("\\u{unit:04x}").chars());
            }
        }
    }
    safe
}

/// An error as JSON.
#[derive(Serialize)]
struct ErrorJson<'a> {
    error: ErrorParts<'a>,
}

#[derive(Serialize)]
struct ErrorParts<'a> {
    code: u8,
    message: &'a str,
    hint: Option<&'a str>,
}

/// Writes an error as JSON to stderr, in one line.
fn write_error(exit: Exit, message: &str, hint: Option<&str>) {
    let code = exit.code();
    let error = ErrorParts {
        code,
        message,
        hint,
    };
    match serde_json::to_string(&ErrorJson { error }) {
        Ok(json) => write_stderr(format_args!("{}\n", escaped(&json))),
        Err(error) => write_stderr(format_args!("error: {message} ({error})\n")),
    }
}

/// An error's sentence without what can be done about it, and that. Our errors say what is wrong, and behind the last
/// semicolon what to do; a text of several lines has no hint of its own.
fn with_hint(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once("; ") {
        Some((message, hint)) if !text.contains('\n') => (message, Some(hint)),
        Some(_) | None => (text, None),
    }
}

/// Writes to stderr. A failure is ignored, because there is nowhere to report it.
fn write_stderr(text: std::fmt::Arguments<'_>) {
    std::io::stderr().write_fmt(text).ok();
}

/// Prints lines to stdout. A closed pipe is no error.
fn write_stdout(text: &str) -> anyhow::Result<Exit> {
    if !text.is_empty() {
        print(&format!("{}\n", text.trim_end_matches('\n')))?;
    }
    Ok(Exit::Done)
}

/// Prints a text as it is to stdout. Returns whether anybody reads it: a closed pipe is no error.
fn print(text: &str) -> anyhow::Result<bool> {
    let mut stdout = std::io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The exit code that belongs to an error.
fn exit_of(error: &anyhow::Error) -> Exit {
    if let Some(CommandError(exit, _)) = error.downcast_ref() {
        return *exit;
    }
    if let Some(error) = error.downcast_ref::<ConfigError>() {
        return match error {
            ConfigError::Missing(_) => Exit::Usage,
            ConfigError::Unreadable { .. } | ConfigError::Faults(_) => Exit::Failed,
        };
    }
    match error.downcast_ref::<register::Error>() {
        Some(
            register::Error::Conflict(_)
            | register::Error::NamesUnchanged(_)
            | register::Error::AlreadyDecided { .. }
            | register::Error::Held { .. }
            | register::Error::AlreadyResolved(_)
            | register::Error::Comment(_)
            | register::Error::NotPossible { .. }
            | register::Error::EndedByAuthor(_)
            | register::Error::CannotUndo(_)
            | register::Error::CannotMove(_)
            | register::Error::CannotAnswer(_)
            | register::Error::CannotBoost(_)
            | register::Error::TooSoon(_)
            | register::Error::CannotFollow(_)
            | register::Error::TooManyRules(_)
            | register::Error::PostGone { .. }
            | register::Error::Signatory { .. }
            | register::Error::OrganisationListed(_)
            | register::Error::OrganisationRemoved(_)
            | register::Error::Store(store::Error::Retired(_)),
        ) => Exit::Conflict,
        Some(
            register::Error::NoPost(_)
            | register::Error::NoBoost(_)
            | register::Error::NotFollowed(_)
            | register::Error::NoAudit(_),
        ) => Exit::NotFound,
        Some(register::Error::NoChange(why)) => match why {
            NoChange::Past(_) | NoChange::LaunchPast(_) => Exit::Usage,
            NoChange::Already(_)
            | NoChange::Draft
            | NoChange::Out
            | NoChange::ClosesThen(_)
            | NoChange::Closed
            | NoChange::Configured(_)
            | NoChange::ConfiguredBefore(_) => Exit::Conflict,
        },
        Some(
            register::Error::KindNeeded { .. }
            | register::Error::MoreThanTypo(_)
            | register::Error::NothingToTell
            | register::Error::Pattern(_)
            | register::Error::BadEntry { .. }
            | register::Error::BadEdit(_)
            | register::Error::SyncRefused(_),
        ) => Exit::Usage,
        Some(_) | None => match error.downcast_ref::<store::Error>() {
            Some(store::Error::Inconsistent { .. }) => Exit::Integrity,
            Some(store::Error::Retired(_)) => Exit::Conflict,
            Some(_) | None => Exit::Failed,
        },
    }
}

/// An error that knows its exit code. What can be done about it stands behind the last semicolon of its sentence.
#[derive(Debug, thiserror::Error)]
#[error("{1}")]
pub(super) struct CommandError(Exit, String);

/// A number with its noun.
pub(super) fn counted(n: impl TryInto<i64>, one: &str, many: &str) -> String {
    let n = n.try_into().unwrap_or(i64::MAX);
    format!("{n} {}", if n == 1 { one } else { many })
}

/// Returns an error that ends the program with this exit code and sentence.
pub(super) fn end<T>(exit: Exit, sentence: impl Into<String>) -> anyhow::Result<T> {
    Err(CommandError(exit, sentence.into()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_do_stands_behind_the_last_semicolon() {
        for (text, message, hint) in [
            ("there is no `abcd`", "there is no `abcd`", None),
            (
                "`abcd` fits several; type more of it",
                "`abcd` fits several",
                Some("type more of it"),
            ),
            (
                "`a; b` fits several; type more of it",
                "`a; b` fits several",
                Some("type more of it"),
            ),
            ("1: a; do it\n2: b; do it", "1: a; do it\n2: b; do it", None),
        ] {
            assert_eq!(with_hint(text), (message, hint), "{text}");
        }
    }

    #[test]
    fn thousands_are_set_apart() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }
}
