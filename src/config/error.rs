//! Faults of a configuration, with their places.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

/// Why a configuration could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file that was named with `--config` does not exist. A usage error: exit code 2.
    #[error("there is no configuration file {}; `undersigned init` writes one", .0.display())]
    Missing(PathBuf),
    /// The file exists and cannot be read.
    #[error("cannot read the configuration file {}", .file.display())]
    Unreadable {
        /// The file, as it was named.
        file: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The file or the environment holds faults; all of them are here.
    #[error(transparent)]
    Faults(#[from] ConfigProblems),
}

/// All faults of a configuration, one a line: those of the file in the order of its lines, then those of the
/// environment. Never empty.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigProblems(pub(super) Vec<ConfigProblem>);

impl std::error::Error for ConfigProblems {}

impl ConfigProblems {
    /// The faults without their places, for who sees no file yet.
    pub fn messages(&self) -> String {
        let messages = self.0.iter().map(|problem| problem.message.as_str());
        messages.collect::<Vec<_>>().join("\n")
    }
}

impl fmt::Display for ConfigProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, fault) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_str("\n")?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

/// One thing that is wrong: `config.toml:12: server.base_url: "letter" is not an absolute URL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    place: Place,
    message: String,
}

impl ConfigProblem {
    pub(super) const fn new(place: Place, message: String) -> Self {
        Self { place, message }
    }

    /// The sort key: lines of the file, the file as a whole, then variables by name.
    pub(super) fn rank(&self) -> (u8, usize, String) {
        match &self.place {
            Place::Line(_, line) => (0, *line, String::new()),
            Place::File(_) => (1, 0, String::new()),
            Place::Variable(name) => (2, 0, name.clone()),
        }
    }
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// Where a fault is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In a line of the file, counted from 1.
    Line(PathBuf, usize),
    /// Nowhere in the file: something is missing.
    File(PathBuf),
    /// In an environment variable.
    Variable(String),
}

impl Place {
    /// The line of the byte `at` in the text of `file`.
    pub(super) fn at(file: &Path, text: &[u8], at: usize) -> Self {
        let n_ends = text.iter().take(at).filter(|byte| **byte == b'\n').count();
        Self::Line(file.to_path_buf(), n_ends + 1)
    }

    /// `server.base_url: …`, or `…` alone where the place names the key itself.
    pub(super) fn fault(&self, key: &str, message: &str) -> ConfigProblem {
        let message = match self {
            Self::Line(..) | Self::File(_) => format!("{key}: {message}"),
            Self::Variable(_) => message.to_owned(),
        };
        ConfigProblem::new(self.clone(), message)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(file, line) => write!(f, "{}:{line}", file.display()),
            Self::File(file) => write!(f, "{}", file.display()),
            Self::Variable(name) => f.write_str(name),
        }
    }
}

/// What is wrong with the variable that `notify.smtp_url_env` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SmtpUrlError {
    /// It is not set, or empty.
    #[error("names no variable of the environment; write its name, and the URL into it")]
    Unset,
    /// What is in it does not do; the sentence never repeats it.
    #[error("{0}")]
    Wrong(&'static str),
}
