//! How a server takes what is delivered to it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Reply;

/// How long an overloaded server wants to be left alone.
pub(crate) const REST: Duration = Duration::from_mins(10);

/// How a server takes what comes. Trouble that passes comes again with each activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Temper {
    /// Takes everything at once.
    Fast,
    /// Takes everything after a while.
    Slow(Duration),
    /// Does not answer the first time that it gets an activity.
    Hangs,
    /// 500 twice, then 202.
    Fails,
    /// 503 to every other request, whatever it is.
    Moody,
    /// 429 with `Retry-After`, then 202.
    Overloaded,
    /// 401, then 202.
    Suspicious,
    /// Resets the connection, then 202.
    Resets,
    /// 410, always.
    Gone,
    /// 401, always.
    Deaf,
    /// 500, always.
    Sick,
    /// Never answers.
    Silent,
    /// Nothing listens there.
    Dead,
}

impl Temper {
    /// Whether it takes everything in the end.
    pub(crate) const fn is_living(self) -> bool {
        match self {
            Self::Fast
            | Self::Slow(_)
            | Self::Hangs
            | Self::Fails
            | Self::Moody
            | Self::Overloaded
            | Self::Suspicious
            | Self::Resets => true,
            Self::Gone | Self::Deaf | Self::Sick | Self::Silent | Self::Dead => false,
        }
    }

    /// Whether it has to be given up in the end.
    pub(crate) const fn is_lost(self) -> bool {
        matches!(self, Self::Deaf | Self::Sick | Self::Silent | Self::Dead)
    }

    /// What it does with an activity that came so often before, after so many other requests.
    pub(crate) const fn reply(self, before: usize, others: usize) -> Reply {
        match (self, before) {
            (Self::Moody, _) if others.is_multiple_of(2) => Reply::Status(503),
            (Self::Hangs, 0) | (Self::Silent, _) => Reply::Hang,
            (Self::Fails, 0 | 1) | (Self::Sick, _) => Reply::Status(500),
            (Self::Overloaded, 0) => Reply::RetryAfter(429, REST.as_secs()),
            (Self::Suspicious, 0) | (Self::Deaf, _) => Reply::Status(401),
            (Self::Resets, 0) => Reply::Reset,
            (Self::Gone, _) => Reply::Status(410),
            (Self::Slow(wait), _) => Reply::Slowly(202, wait),
            (
                Self::Fast
                | Self::Hangs
                | Self::Fails
                | Self::Moody
                | Self::Overloaded
                | Self::Suspicious
                | Self::Resets
                | Self::Dead,
                _,
            ) => Reply::Status(202),
        }
    }
}
