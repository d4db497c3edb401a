//! Errors of the inbox, and their HTTP responses.

use std::time::Duration;

use axum::{
    http::{StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};

use super::{held_bodies::NotRead, known_key::NoKey, limits::retry_after};
use crate::{
    activitystreams::BadActivity, register::inbound::writer::NotTaken, signature::Refusal,
};

/// The `Retry-After` where nothing is known of how long it will take.
pub(super) const COME_AGAIN: Duration = Duration::from_secs(30);

/// Why an activity was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum NotAccepted {
    /// The body is larger than `server.max_body`: 413. It came too slowly: 408. The connection failed: 400. Too much is
    /// held: 503.
    #[error(transparent)]
    Body(#[from] NotRead),
    /// The body is compressed, which no server does and which would be no activity: 415.
    #[error("the body is compressed; send it without Content-Encoding")]
    Compressed,
    /// No activity: 400.
    #[error(transparent)]
    Unreadable(#[from] BadActivity),
    /// Not authentic: 401.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no such key, or it did not make the signature: 401. It cannot be fetched now: 503. Too many fetches:
    /// 429.
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
            Self::Body(NotRead::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Body(NotRead::TooSlow) => StatusCode::REQUEST_TIMEOUT,
            Self::Compressed => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Unreadable(BadActivity::Collection) => StatusCode::ACCEPTED,
            Self::Body(NotRead::Broken(_)) | Self::Unreadable(_) => StatusCode::BAD_REQUEST,
            Self::Refused(_)
            | Self::Key(NoKey::None { .. } | NoKey::NotSigned)
            | Self::NotTheActor
            | Self::ForeignId => StatusCode::UNAUTHORIZED,
            Self::Blocked => StatusCode::FORBIDDEN,
            Self::Key(NoKey::TooOften { .. }) => StatusCode::TOO_MANY_REQUESTS,
            Self::Key(NoKey::Later { .. } | NoKey::Register)
            | Self::Body(NotRead::NoRoom)
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

    /// Whether the request itself is at fault: neither we, nor the key's host, nor a connection that failed.
    pub fn is_blamed(&self) -> bool {
        !self.may_come_again() && !matches!(self, Self::Body(NotRead::Broken(_)))
    }

    fn wait(&self) -> Duration {
        if let Self::Key(NoKey::TooOften { wait } | NoKey::Later { wait })
        | Self::TooMany { wait } = self
        {
            *wait
        } else {
            COME_AGAIN
        }
    }
}

impl NotAccepted {
    /// One sentence for the other server's administrator, where the mistake is on that side. It says what was wrong
    /// with the request, never what happened when we asked other servers: that would tell strangers what we can reach.
    fn explanation(&self) -> Option<String> {
        let said = match self {
            // Which of both it was would tell whom we block: from those nothing is read.
            Self::Key(NoKey::None { .. } | NoKey::NotSigned) => {
                "no key that was found under the keyId made this signature".to_owned()
            }
            Self::Unreadable(BadActivity::Collection)
            | Self::Key(NoKey::TooOften { .. } | NoKey::Later { .. } | NoKey::Register)
            | Self::Body(NotRead::NoRoom)
            | Self::Blocked
            | Self::TooMany { .. }
            | Self::NoRoom
            | Self::Later(_)
            | Self::ReadOnly => return None,
            Self::Body(NotRead::TooLarge | NotRead::TooSlow | NotRead::Broken(_))
            | Self::Compressed
            | Self::Unreadable(_)
            | Self::Refused(_)
            | Self::NotTheActor
            | Self::ForeignId => self.to_string(),
        };
        Some(format!("{said}\n"))
    }
}

impl IntoResponse for NotAccepted {
    /// A status; with one sentence if the request itself is wrong.
    fn into_response(self) -> Response {
        let status = self.status();
        if self.may_come_again() {
            return (status, [(RETRY_AFTER, retry_after(self.wait()))]).into_response();
        }
        match self.explanation() {
            Some(sentence) => (status, sentence).into_response(),
            None => status.into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;
    use crate::{activitystreams::Activity, federation::known_key::NoKey};

    #[tokio::test]
    async fn a_sender_at_fault_is_told_why_and_nobody_else_anything() {
        let unreadable = Activity::parse(b"{}").unwrap_err();
        let secret = || NoKey::None {
            what: "its host has the address 10.0.0.1",
            cause: None,
        };
        let wait = Duration::from_secs(1);
        for (reason, status, said) in [
            (
                NotAccepted::Unreadable(unreadable),
                400,
                "the activity has no type\n",
            ),
            (
                NotAccepted::Refused(Refusal::Missing),
                401,
                "the request is not signed\n",
            ),
            (
                NotAccepted::Key(secret()),
                401,
                "no key that was found under the keyId made this signature\n",
            ),
            (
                NotAccepted::Key(NoKey::NotSigned),
                401,
                "no key that was found under the keyId made this signature\n",
            ),
            (
                NotAccepted::NotTheActor,
                401,
                "the signer is not the activity's actor\n",
            ),
            (
                NotAccepted::Compressed,
                415,
                "the body is compressed; send it without Content-Encoding\n",
            ),
            (NotAccepted::Blocked, 403, ""),
            (NotAccepted::Key(NoKey::Later { wait }), 503, ""),
            (NotAccepted::TooMany { wait }, 503, ""),
        ] {
            assert_eq!(reason.is_blamed(), status != 503);
            let response = reason.into_response();
            assert_eq!(response.status(), status);
            let told = response.headers().get(RETRY_AFTER);
            assert_eq!(told.is_some_and(|it| it == "1"), status == 503);
            let body = to_bytes(response.into_body(), 1000).await.unwrap();
            assert_eq!(body, said.as_bytes());
        }
    }
}
