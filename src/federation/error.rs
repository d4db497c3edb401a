//! Errors of the inbox, and their HTTP responses.

use std::time::Duration;

use axum::{
    http::{StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};

use super::{known_key::NoKey, limits::retry_after};
use crate::{
    activitystreams::BadActivity, register::inbound::writer::NotTaken, signature::Refusal,
};

/// The default `Retry-After`.
const COME_AGAIN: Duration = Duration::from_secs(30);

/// Why an activity was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum NotAccepted {
    /// Larger than `server.max_body`: 413.
    #[error("the body cannot be read whole")]
    TooLarge(#[source] axum::Error),
    /// No activity: 400.
    #[error(transparent)]
    Unreadable(#[from] BadActivity),
    /// Not authentic: 401.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no such key: 401. It cannot be fetched now: 503. Too many fetches: 429.
    #[error(transparent)]
    Key(#[from] NoKey),
    /// Authentic, but signed by another actor: 401.
    #[error("the signer is not the activity's actor")]
    NotTheActor,
    /// An id that is not on the actor's server, or is on ours: 401.
    #[error("the activity's id is not on its actor's host")]
    ForeignId,
    /// Blocked: 403.
    #[error("blocked")]
    Blocked,
    /// Authentic, but over the limit of its actor or its host: 503.
    #[error("too many activities of one actor or one host")]
    TooMany {
        /// How long to wait.
        wait: Duration,
    },
    /// The disk is full: 503.
    #[error("the disk is full")]
    NoRoom,
    /// The register cannot apply it now: 503.
    #[error(transparent)]
    Later(#[from] NotTaken),
    /// `serve --read-only`: 503.
    #[error("the server is read-only")]
    ReadOnly,
}

impl NotAccepted {
    /// The status of the response.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unreadable(BadActivity::Collection) => StatusCode::ACCEPTED,
            Self::Unreadable(_) => StatusCode::BAD_REQUEST,
            Self::Refused(_)
            | Self::Key(NoKey::None { .. })
            | Self::NotTheActor
            | Self::ForeignId => StatusCode::UNAUTHORIZED,
            Self::Blocked => StatusCode::FORBIDDEN,
            Self::Key(NoKey::TooOften { .. }) => StatusCode::TOO_MANY_REQUESTS,
            Self::Key(NoKey::Later | NoKey::Register)
            | Self::Later(_)
            | Self::TooMany { .. }
            | Self::NoRoom
            | Self::ReadOnly => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Whether the sender should try again later.
    pub fn may_come_again(&self) -> bool {
        let later = [
            StatusCode::TOO_MANY_REQUESTS,
            StatusCode::SERVICE_UNAVAILABLE,
        ];
        later.contains(&self.status())
    }

    fn wait(&self) -> Duration {
        if let Self::Key(NoKey::TooOften { wait }) | Self::TooMany { wait } = self {
            *wait
        } else {
            COME_AGAIN
        }
    }
}

impl IntoResponse for NotAccepted {
    /// A status without a body: the reason is logged, and not told to strangers.
    fn into_response(self) -> Response {
        let status = self.status();
        if self.may_come_again() {
            return (status, [(RETRY_AFTER, retry_after(self.wait()))]).into_response();
        }
        status.into_response()
    }
}
