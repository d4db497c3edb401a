//! Use cases: what happens to the register when an activity arrives, an administrator decides, the letter
//! is published, or time passes.
//!
//! Use cases take a [`Tx`](crate::store::Tx) and write everything that follows from a change, outgoing
//! mail included, into that one transaction; what has to happen after the commit they return as a value
//! ([`Effects`]). Only the writer task, and the commands through [`Store::write`](crate::store::Store::write),
//! begin and commit.
//!
//! - [`receive`]: a batch of activities, set-based. [`writer`]: the task that makes the batches.
//! - [`situation`]: all that the register knows of one actor, changed in memory and written once.
//! - [`decisions`], [`blocks`], [`reports`]: what administrators do. [`publish`]: the letter and its list of
//!   names; [`note`]: how it is sent. [`opening`]: whether it takes signatures. [`posting`]: what else we say.
//!   [`milestones`]: steps of the goal.
//! - [`identity`], [`profile`], [`presenting`], [`actor`]: who we are, how that is shown and told, and what becomes of
//!   it.
//! - [`looks`]: what has to be read from its own server first. [`moving`]: accounts that moved.
//! - [`housekeeping`]: what becomes due. [`bounds`]: what keeps strangers from filling the register.
//! - [`check`]: whether states, history and counts agree.
//!
//! Not here: HTTP, JSON, signatures (`federation`), rules (`endorsement`), SQL (`store`).

mod acknowledging;
pub mod actor;
pub mod batch;
pub mod blocks;
pub mod bounds;
pub mod check;
pub mod decisions;
mod frozen;
pub mod housekeeping;
pub mod identity;
pub mod incoming;
mod leaving;
pub mod looks;
pub mod milestones;
pub mod moving;
pub mod note;
pub mod opening;
pub mod outgoing;
pub mod posting;
mod posts;
pub mod presenting;
pub mod profile;
pub mod publish;
pub mod queue;
mod quotes;
mod reach;
mod reacting;
pub mod receive;
pub mod reports;
pub mod rules;
mod saving;
mod showing;
pub mod situation;
pub mod stale;
pub mod surge;
pub mod totals;
pub mod writer;

pub use incoming::{Answer, Asked, Deed, Incoming, Post, Reported, Sender, Undone};
pub use rules::Rules;

/// What has to happen after the commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Something was queued: wake the courier.
    pub mail: bool,
}

/// Why a use case could not do what was asked. What a person can mend says how.
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
        id: crate::chance::PublicId,
        /// What was done.
        action: String,
        /// Who did it.
        by: String,
        /// When.
        at: crate::clock::Millis,
    },
    /// It is hidden, and not by a person.
    #[error(
        "no moderator hid {id}: it is held by {by}, and comes back when that ends (`undersigned block list`)"
    )]
    Held {
        /// The endorsement.
        id: crate::chance::PublicId,
        /// The words of those who hold it.
        by: String,
    },
    /// Somebody has dealt with this report.
    #[error("report {0} is resolved already")]
    AlreadyResolved(i64),
    /// A comment is no endorsement.
    #[error("{0} is a comment, not an endorsement; it is on no public page")]
    Comment(crate::chance::PublicId),
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
    BadPost(#[from] crate::letter::PostError),
    /// What was given is no other name of the actor.
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
    MoreThanTypo(Box<publish::MoreThanTypo>),
    /// The letter's state is what somebody wants it to be, or cannot become it.
    #[error(transparent)]
    NoChange(opening::NoChange),
    /// The signatories of a file could not be taken over.
    #[error("the letter's own text in the database cannot be read any more")]
    StoredLetter(#[from] crate::letter::ParseError),
}

/// The result of a use case.
pub type Result<T> = std::result::Result<T, Error>;

#[cfg(test)]
mod tests;
