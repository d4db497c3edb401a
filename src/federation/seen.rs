//! What comes of reading something on its own server, and why nothing does.

use http::StatusCode;

use crate::{
    activitystreams::{BadActivity, BadDocument},
    http_client::FetchFailure,
    register::{
        self,
        inbound::{account_move::Moved, writer::NotTaken},
    },
    store,
};

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// It went the way of what is delivered, as the word of this actor.
    Taken {
        /// The actor's id.
        by: String,
    },
    /// It is there and does not concern the letter.
    Unconcerned,
    /// It is there: nothing ends.
    Kept,
    /// It was never there (404), or is no more (410, Tombstone).
    Gone,
    /// Its actor or host is blocked.
    Blocked,
    /// Both accounts were asked about a Move.
    Moved(Moved),
}

/// Why nothing came of it. Names hosts, no actor and no text: it is stored beside the job and logged.
#[derive(Debug, thiserror::Error)]
pub enum NotSeen {
    /// Not a URL that can be read.
    #[error("it has no URL with a host")]
    NoUrl,
    /// Nothing of ours is read from outside (F-239).
    #[error("it is on our own host")]
    Ours,
    /// What may be read of the host today is used up.
    #[error("as much was read from its host today as strangers may order")]
    Spent,
    /// The host answered, but not with the thing.
    #[error("its host does not show it: {0}")]
    Refused(StatusCode),
    /// The host gave no usable answer.
    #[error("its host gave no answer that can be used")]
    Unreachable(#[source] FetchFailure),
    /// What was read is not what was looked for.
    #[error("what stands there cannot be used")]
    Document(#[from] BadDocument),
    /// What was read is no activity either.
    #[error("what stands there is neither a post nor an actor nor an activity")]
    Activity(#[from] BadActivity),
    /// A post that is not its author's: another server, or no author at all (F-233).
    #[error("the post names no author on its own server")]
    NotTheirs,
    /// An actor's document that is another actor's.
    #[error("the document is another actor's")]
    NotTheActor,
    /// A Move that one of the two accounts does not confirm.
    #[error("the Move is not confirmed: {0}")]
    Unconfirmed(&'static str),
    /// The job's payload cannot be read or written.
    #[error("the job cannot be read")]
    Payload(#[from] serde_json::Error),
    /// The second look came before its time.
    #[error("the second look is not due yet")]
    TooSoon,
    /// The register did not take it.
    #[error(transparent)]
    NotTaken(#[from] NotTaken),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A change failed.
    #[error(transparent)]
    Register(#[from] register::Error),
    /// The server only reads.
    #[error("the server is read-only")]
    ReadOnly,
}

impl NotSeen {
    /// Whether another try may succeed. Nothing else is tried again (F-333).
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Refused(status) => status.is_server_error() || status.as_u16() == 429,
            Self::Unreachable(reason) => matches!(
                reason,
                FetchFailure::Network(_)
                    | FetchFailure::TimedOut
                    | FetchFailure::Resting
                    | FetchFailure::Busy
            ),
            Self::Spent
            | Self::TooSoon
            | Self::NotTaken(_)
            | Self::Store(_)
            | Self::Register(register::Error::Store(_)) => true,
            Self::NoUrl
            | Self::Ours
            | Self::Document(_)
            | Self::Activity(_)
            | Self::NotTheirs
            | Self::NotTheActor
            | Self::Unconfirmed(_)
            | Self::Payload(_)
            | Self::Register(_)
            | Self::ReadOnly => false,
        }
    }
}
