//! Why a step of the worker failed, and how errors are stored and logged.

use crate::{
    register, store,
    text::{cut, with_causes},
};

/// The most bytes of an error that are stored; `http_client` keeps as much of an answer.
const KEPT_TEXT: usize = 500;

/// Why a step failed. An inbox that does not answer is no error.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The queue cannot be read or written.
    #[error("cannot use the queue")]
    Store(#[from] store::Error),
    /// The job that reads an actor again cannot be stored.
    #[error("cannot order a look at an actor")]
    Register(#[from] register::Error),
}

/// An error with its causes in one line without control characters, at most [`KEPT_TEXT`] bytes.
pub(super) fn explain(error: &dyn std::error::Error) -> String {
    let text = with_causes(error);
    let plain = text
        .chars()
        .map(|sign| if sign.is_control() { ' ' } else { sign });
    cut(&plain.collect::<String>(), KEPT_TEXT).to_owned()
}
