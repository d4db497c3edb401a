//! What the delivery worker reads and writes.

use sqlx::FromRow;

use crate::{clock::Millis, string_enum::words};

words! {
    /// The result of a delivery.
    pub enum DeliveryOutcome {
        /// The host accepted it.
        Delivered = "delivered",
        /// The host refused it for good.
        Refused = "refused",
        /// It expired: it was retried for as long as the configuration allows.
        Abandoned = "abandoned",
        /// It has to be tried again, not before [`Settled::due_at`].
        TryAgain = "queued",
    }
}

words! {
    /// How long a host lets a request wait.
    pub enum HostPace {
        /// It answers in time.
        Quick = "quick",
        /// Nothing is known: no request to it was answered or timed out.
        Unknown = "unknown",
        /// A request to it lately took long, or was not answered in time.
        Slow = "slow",
    }
}

impl TryFrom<String> for HostPace {
    type Error = crate::string_enum::UnknownWord;

    fn try_from(word: String) -> Result<Self, Self::Error> {
        word.parse()
    }
}

/// A host that this worker may send to until its lease expires.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct LeasedHost {
    /// The row id.
    pub id: i64,
    /// Lower-case ASCII name, with a port that is not the default one.
    pub authority: String,
    /// The registrable domain of its name.
    pub domain: String,
    /// The number of consecutive failures.
    pub failures: i64,
    /// How many times in a row it answered with `Retry-After`.
    pub asked_to_wait: i64,
    /// Since when it counts as dead.
    pub unavailable_since: Option<Millis>,
    /// When it last accepted something; `None` before first contact, when a 401 is retried soon.
    pub last_success_at: Option<Millis>,
    /// When the first of its consecutive failures happened; `None` without any.
    pub failing_since: Option<Millis>,
    /// When it turned out to accept only RFC 9421 signatures; `None`: the usual ones, as far as is known.
    pub rfc9421_at: Option<Millis>,
    /// How long it lets a request wait.
    #[sqlx(try_from = "String")]
    pub pace: HostPace,
}

/// A delivery to be sent now.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct DueDelivery {
    /// The row id.
    pub id: i64,
    /// The host, which the caller has leased.
    pub host_id: i64,
    /// The activity.
    pub activity_id: i64,
    /// The activity's id as a path.
    pub activity_path: String,
    /// The activity's type.
    pub kind: String,
    /// What the activity is about: an id, ours as a path.
    pub subject: String,
    /// The inbox.
    pub inbox_id: i64,
    /// The inbox's URL.
    pub inbox: String,
    /// How often in a row the inbox answered 404.
    pub missing: i64,
    /// The number of earlier attempts.
    pub attempts: i64,
    /// When it was queued.
    pub queued_at: Millis,
}

/// The result of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The inbox that was tried: what was moved to another one meanwhile is not settled.
    pub inbox_id: i64,
    /// The delivery.
    pub delivery_id: i64,
    /// The result.
    pub outcome: DeliveryOutcome,
    /// The earliest time of the next attempt, if there is one.
    pub due_at: Millis,
    /// The HTTP status; `None` without an answer.
    pub status: Option<i64>,
    /// The beginning of the response, or the reason why there is none, up to 500 bytes.
    pub body: String,
}

/// The new state of a host, written when its lease is released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostState {
    /// The host.
    pub id: i64,
    /// [`LeasedHost::failures`] as it was leased: shows whether the host sent us something meanwhile.
    pub failures_before: i64,
    /// The number of consecutive failures now.
    pub failures: i64,
    /// Nothing is sent to it before this.
    pub due_at: Millis,
    /// How many times in a row it answered with `Retry-After`; then [`Tx::host_spoke_to_us`](crate::store::Tx) does not
    /// shorten the pause.
    pub asked_to_wait: i64,
    /// Since when it counts as dead.
    pub unavailable_since: Option<Millis>,
    /// When it last accepted something.
    pub last_success_at: Option<Millis>,
    /// When the first of its consecutive failures happened.
    pub failing_since: Option<Millis>,
    /// When it turned out to accept only RFC 9421 signatures.
    pub rfc9421_at: Option<Millis>,
    /// How long it lets a request wait.
    pub pace: HostPace,
    /// When something was sent; `None` when nothing was, and the stored value stays.
    pub tried_at: Option<Millis>,
    /// The status of its response; `None` without one.
    pub status: Option<i64>,
}
