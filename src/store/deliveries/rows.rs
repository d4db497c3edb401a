//! What the courier reads and writes.

use sqlx::FromRow;

use crate::{clock::Millis, string_enum::words};

words! {
    /// What became of a delivery.
    pub enum DeliveryOutcome {
        /// The host took it.
        Delivered = "delivered",
        /// The host refused it for good.
        Refused = "refused",
        /// It was tried for as long as we try.
        Abandoned = "abandoned",
        /// It has to be tried again, not before [`Settled::due_at`].
        TryAgain = "queued",
    }
}

/// A host that this worker may send to until its lease runs out.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct LeasedHost {
    /// Our number of it.
    pub id: i64,
    /// Lower-case ASCII name, with a port that is not the default one.
    pub authority: String,
    /// How many steps in a row failed.
    pub failures: i64,
    /// Since when it counts as gone (F-168).
    pub unavailable_since: Option<Millis>,
    /// When it last took something; `None` before first contact (F-347).
    pub last_success_at: Option<Millis>,
    /// When the first of its failures in a row was; `None` when it is well.
    pub failing_since: Option<Millis>,
    /// When it turned out to take RFC 9421 only; `None`: it takes the usual signature, for all we know (F-160).
    pub rfc9421_at: Option<Millis>,
}

/// A delivery that is to be sent now.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct DueDelivery {
    /// Our number of it.
    pub id: i64,
    /// The host, which the caller leased.
    pub host_id: i64,
    /// The activity.
    pub activity_id: i64,
    /// The activity's id as a path.
    pub activity_path: String,
    /// The activity's type.
    pub kind: String,
    /// What the activity is about (F-169).
    pub subject: String,
    /// The activity, byte for byte as it is to be signed.
    pub body: String,
    /// The key that signs it, by our number, where that is not the newest one (F-44).
    pub signed_by: Option<i64>,
    /// The inbox.
    pub inbox_id: i64,
    /// The inbox's URL.
    pub inbox: String,
    /// How often in a row the inbox was not found.
    pub missing: i64,
    /// How often it was tried before.
    pub attempts: i64,
    /// When it was queued.
    pub queued_at: Millis,
}

/// What became of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The delivery.
    pub delivery_id: i64,
    /// What became of it.
    pub outcome: DeliveryOutcome,
    /// Not tried again before this, if it is tried again.
    pub due_at: Millis,
    /// The HTTP status; `None` without an answer.
    pub status: Option<i64>,
    /// The beginning of the answer or the reason for there being none, up to 500 bytes.
    pub body: String,
}

/// How a host fared, written when its lease is given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostState {
    /// The host.
    pub id: i64,
    /// [`LeasedHost::failures`] as it was leased: tells whether the host spoke to us meanwhile.
    pub failures_before: i64,
    /// How many steps in a row have failed now.
    pub failures: i64,
    /// Left alone until then.
    pub due_at: Millis,
    /// Since when it counts as gone.
    pub unavailable_since: Option<Millis>,
    /// When it last took something.
    pub last_success_at: Option<Millis>,
    /// When the first of its failures in a row was.
    pub failing_since: Option<Millis>,
    /// When it turned out to take RFC 9421 only.
    pub rfc9421_at: Option<Millis>,
    /// When something was sent; `None` when nothing was, and what is known stays.
    pub tried_at: Option<Millis>,
    /// What it answered; `None` when it did not.
    pub status: Option<i64>,
}
