//! Use cases: what happens to the register when an activity arrives, an administrator decides, the letter
//! is published, or time passes.
//!
//! A use case takes a [`Tx`](crate::store::Tx) and writes everything that follows from a change, outgoing activities
//! included, into that one transaction; what has to happen after the commit it returns as a value
//! ([`PendingDeliveries`]). Only the writer task, and the commands through [`Store::write`](crate::store::Store::write),
//! begin and commit.
//!
//! - [`inbound`]: activities from other servers, in batches.
//! - [`moderation`]: decisions of administrators about endorsements, blocks, reports and the delivery queue.
//! - [`letter`]: publication of the text, its signatories, its state, announcements and milestones.
//! - [`actor`]: our own actor: identity, keys, profile, move and retirement.
//! - [`maintenance`]: purges, judging again, quotas, and the consistency check.
//! - [`outgoing`]: how our activities are made and addressed. [`rules`]: the rules in force.
//!
//! Not here: HTTP, JSON, signatures (`federation`), rules (`endorsement`), SQL (`store`).

pub mod outgoing;
pub mod rules;

pub use inbound::activity::{
    InboundAction, InboundActivity, InboundFlag, InboundPost, QuoteWish, ReceiveOutcome, Sender,
    Undo,
};
pub use rules::Rules;

/// What has to happen after the commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PendingDeliveries {
    /// Something was queued: the delivery worker has to be woken.
    pub mail: bool,
}

/// Why a use case failed. Where the user can fix the cause, the message says how.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] crate::store::Error),
    /// There is no letter yet.
    #[error(
        "no letter was published yet; run `undersigned serve` or `undersigned letter publish` once"
    )]
    NoLetter,
    /// The decision does not fit the state.
    #[error(transparent)]
    Conflict(#[from] crate::endorsement::decide::Conflict),
    /// The same decision was taken before.
    #[error("{id} was already decided: {action} by {by} at {at}")]
    AlreadyDecided {
        /// The endorsement.
        id: crate::random::PublicId,
        /// What was done.
        action: String,
        /// Who did it.
        by: String,
        /// When.
        at: crate::clock::Millis,
    },
    /// It is hidden, but not by a moderator.
    #[error(
        "no moderator hid {id}: it is held by {by}, and comes back when that ends (`undersigned block list`)"
    )]
    Held {
        /// The endorsement.
        id: crate::random::PublicId,
        /// What hides it, in words.
        by: String,
    },
    /// The report is resolved already.
    #[error("report {0} is resolved already")]
    AlreadyResolved(i64),
    /// A comment is no endorsement.
    #[error("{0} is a comment, not an endorsement; it is on no public page")]
    Comment(crate::random::PublicId),
    /// A key could not be made or read.
    #[error("cannot use our own key")]
    Key(#[from] crate::signature::KeyError),
    /// The letter cannot move where it should.
    #[error("the letter cannot move: {0}")]
    CannotMove(String),
    /// There are no keys yet.
    #[error("there is no key of the {0} actor yet; run `undersigned serve` once")]
    NoKey(&'static str),
    /// The identity is known outside and may not change.
    #[error(
        "this database belongs to {known}, and others know it by that name; the configuration says {wanted}. \
         Set server.base_url and actor.username back, or use another database"
    )]
    Identity {
        /// The identity in the database.
        known: String,
        /// The identity in the configuration.
        wanted: String,
    },
    /// A changed text needs a kind, because people signed the earlier one.
    #[error(
        "{signed} people signed the published text. Say what changed: `--kind typo` carries their signatures \
         over, `--kind substantive` leaves them on the text that they signed"
    )]
    KindNeeded {
        /// How many signed.
        signed: i64,
    },
    /// A file is no post.
    #[error(transparent)]
    BadPost(#[from] crate::letter::AnnouncementError),
    /// The given string cannot be another name of the actor.
    #[error(
        "`{name}` cannot be another name of this actor: {why}; give the id of an actor, such as https://old.example/actor"
    )]
    BadName {
        /// What was given.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A post does not fit into one Note.
    #[error(
        "the post has {chars} characters of HTML, and other servers are sent at most {most} (note.max_chars); \
         shorten it, or put the long text on a web page and link it"
    )]
    PostTooLong {
        /// How long it is.
        chars: usize,
        /// `note.max_chars`.
        most: usize,
    },
    /// There is no such post.
    #[error("there is no post {0}; `undersigned post list` shows them")]
    NoPost(String),
    /// A post was deleted, and its id is never used again.
    #[error("{path} was deleted at {at}; what is deleted cannot come back, publish a new post")]
    PostGone {
        /// The post's path.
        path: String,
        /// When.
        at: crate::clock::Millis,
    },
    /// A correction that changes more than a typo may.
    #[error(
        "this is more than a typo: it changes {}. Look at what changed; then say `--kind substantive`, or `--yes` if \
         it is a correction all the same",
        .0.reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    )]
    MoreThanTypo(Box<letter::publish::MoreThanTypo>),
    /// The letter's state is the wanted one already, or cannot become it.
    #[error(transparent)]
    NoChange(letter::letter_state::NoChange),
    /// The stored text of the letter cannot be parsed.
    #[error("the letter's own text in the database cannot be read any more")]
    StoredLetter(#[from] crate::letter::ParseError),
}

/// The result of a use case.
pub type Result<T> = std::result::Result<T, Error>;

pub mod actor;
pub mod inbound;
pub mod letter;
pub mod maintenance;
pub mod moderation;
#[cfg(test)]
mod tests;
