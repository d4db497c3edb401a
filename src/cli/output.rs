//! Output of commands: answers, messages, errors and exit codes.

use std::{
    fmt::Write as _,
    io::{IsTerminal as _, Write as _},
    process::ExitCode,
};

use comfy_table::{Table, presets};
use serde::Serialize;

use super::args::{Color, Global};
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
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::NotFound => 3,
            Exit::Conflict => 4,
            Exit::Integrity => 5,
            Exit::Unreachable => 6,
        })
    }
}

/// Prints clap's own answer: help on stdout with 0, wrong use on stderr with 2.
pub(super) fn usage(error: &clap::Error) -> ExitCode {
    if let Err(broken) = error.print() {
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
    /// Whether stderr takes colour.
    colour: bool,
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
            quiet: global.quiet,
            colour: takes_colour(global.color, std::io::stderr().is_terminal()),
            terminal: std::io::stderr().is_terminal(),
        }
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

    /// Prints a warning about a line of a file.
    pub(super) fn warn(&self, line: u32, text: &str) {
        self.say(&format!("warning: line {line}: {}", visible(text)));
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
        let label = if self.colour {
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
        columns: &[&str],
        row: impl Fn(&T) -> Vec<String>,
    ) -> anyhow::Result<Exit> {
        let mut list = self.begin_list(columns);
        list.add(items, row)?;
        list.end()
    }

    /// Begins such a list, to which items are added as they are read.
    pub(super) fn begin_list(&self, columns: &[&str]) -> ListPrinter<'_> {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_header(columns.to_vec());
        ListPrinter {
            output: self,
            table,
            is_empty: true,
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
            format!("{name:width$}  {}", value.join(&format!("\n{indent}")))
        });
        write_stdout(&lines.collect::<Vec<_>>().join("\n"))
    }
}

/// Prints a list piece by piece, so that none is held as a whole: but a table, whose columns are as wide as their widest
/// cells.
#[derive(Debug)]
#[must_use = "the end of a list has to be printed"]
pub(super) struct ListPrinter<'a> {
    output: &'a Output,
    table: Table,
    is_empty: bool,
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
                    text.push_str(if self.is_empty { "[" } else { "," });
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
                    self.table.add_row(cells(row(item)));
                }
            }
            self.is_empty = false;
        }
        print(&text)
    }

    /// Ends the list.
    pub(super) fn end(self) -> anyhow::Result<Exit> {
        match self.output.format {
            OutputFormat::Json if self.is_empty => write_stdout("[]"),
            OutputFormat::Json => print("\n]\n").map(|_| Exit::Done),
            OutputFormat::Tabs => Ok(Exit::Done),
            OutputFormat::Table if self.is_empty => {
                self.output.say("nothing found");
                Ok(Exit::Done)
            }
            OutputFormat::Table => write_stdout(&self.table.to_string()),
        }
    }
}

/// Remote text as it may be shown.
fn cells(row: Vec<String>) -> Vec<String> {
    let visible = |cell: String| visible(&cell).into_owned();
    row.into_iter().map(visible).collect()
}

/// JSON in which control characters and bidirectional marks are escaped.
fn safe_json(value: &impl Serialize) -> anyhow::Result<String> {
    let text = serde_json::to_string_pretty(value)?;
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        // A line break can only stand between values: within a string, JSON escapes it.
        if character == '\n'
            || visible(character.encode_utf8(&mut [0; 4])).len() == character.len_utf8()
        {
            safe.push(character);
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                write!(safe, "\\u{unit:04x}")?;
            }
        }
    }
    Ok(safe)
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
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
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
            | register::Error::AlreadyDecided { .. }
            | register::Error::Held { .. }
            | register::Error::AlreadyResolved(_)
            | register::Error::Comment(_)
            | register::Error::CannotMove(_)
            | register::Error::TooManyRules(_)
            | register::Error::PostGone { .. }
            | register::Error::Store(store::Error::Retired(_)),
        ) => Exit::Conflict,
        Some(register::Error::NoPost(_)) => Exit::NotFound,
        Some(register::Error::NoChange(why)) => match why {
            NoChange::Past(_) => Exit::Usage,
            NoChange::Already(_)
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
            | register::Error::BadName { .. },
        ) => Exit::Usage,
        Some(_) | None => match error.downcast_ref::<store::Error>() {
            Some(store::Error::Inconsistent { .. }) => Exit::Integrity,
            Some(store::Error::Retired(_)) => Exit::Conflict,
            Some(_) | None => Exit::Failed,
        },
    }
}

/// An error that knows its exit code.
#[derive(Debug, thiserror::Error)]
#[error("{1}")]
pub(super) struct CommandError(Exit, String);

/// Returns an error that ends the program with this exit code and sentence.
pub(super) fn end<T>(exit: Exit, sentence: impl Into<String>) -> anyhow::Result<T> {
    Err(CommandError(exit, sentence.into()).into())
}
