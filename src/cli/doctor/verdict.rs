//! What a check says.

use serde::Serialize;

use crate::text::single_line;

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum CheckState {
    /// As it should be.
    Ok,
    /// It works, and something should be done about it.
    Warn,
    /// It does not work.
    Fail,
    /// It was not looked at: it does not apply, or something else failed before.
    Skipped,
}

impl CheckState {
    /// The word in the table.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Skipped => "skipped",
        }
    }
}

/// What a check found: how it is, what was seen, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CheckVerdict {
    pub(super) state: CheckState,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl CheckVerdict {
    pub(super) fn ok(message: impl Into<String>) -> Self {
        Self::without_hint(CheckState::Ok, message.into())
    }

    pub(super) fn skipped(message: impl Into<String>) -> Self {
        Self::without_hint(CheckState::Skipped, message.into())
    }

    pub(super) fn warn(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::with_hint(CheckState::Warn, message.into(), hint.into())
    }

    pub(super) fn fail(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::with_hint(CheckState::Fail, message.into(), hint.into())
    }

    /// The verdict on an error of ours, whose sentence says what to do behind a semicolon.
    pub(super) fn of_error(error: &str, hint: &str) -> Self {
        let error = single_line(error);
        match error.split_once("; ") {
            Some((message, hint)) => Self::fail(message, hint),
            None => Self::fail(error, hint),
        }
    }

    const fn without_hint(state: CheckState, message: String) -> Self {
        Self {
            state,
            message,
            hint: None,
        }
    }

    const fn with_hint(state: CheckState, message: String, hint: String) -> Self {
        Self {
            state,
            message,
            hint: Some(hint),
        }
    }

    /// The verdict as that of the check with this name.
    pub(super) fn on(self, check: &'static str) -> DoctorFinding {
        DoctorFinding {
            check,
            state: self.state,
            message: self.message,
            hint: self.hint,
        }
    }
}

/// A check with its verdict: one element of `doctor --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct DoctorFinding {
    /// The name of the check, which never changes.
    pub(super) check: &'static str,
    pub(super) state: CheckState,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

/// Holds a verdict against its state and words in its message and hint.
#[cfg(test)]
#[track_caller]
pub(super) fn says(verdict: &CheckVerdict, state: CheckState, words: &[&str]) {
    let hint = verdict.hint.as_deref().unwrap_or_default();
    let said = format!("{} | {hint}", verdict.message);
    assert_eq!(verdict.state, state, "{said}");
    for word in words {
        assert!(said.contains(word), "{word:?} in {said}");
    }
    let needs_hint = matches!(state, CheckState::Fail | CheckState::Warn);
    assert_eq!(verdict.hint.is_some(), needs_hint, "{said}");
}
