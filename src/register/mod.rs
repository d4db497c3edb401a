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
//! Files in this room name each other by their full path, so that nothing goes around through this one.
//!
//! Not here: HTTP, JSON, signatures (`federation`), rules (`endorsement`), SQL (`store`).

pub mod actor;
pub mod error;
pub mod inbound;
mod indexed_words;
pub mod letter;
pub mod maintenance;
pub mod moderation;
pub mod outgoing;
pub mod pending_deliveries;
pub mod restored;
pub mod rules;
#[cfg(test)]
mod tests;

pub use error::{Error, Result};
pub use inbound::activity::{
    DereferenceTask, InboundAction, InboundActivity, InboundFlag, InboundPost, ReceiveOutcome,
    RequestIdentity, Sender, Undo, UseWish,
};
pub use pending_deliveries::PendingDeliveries;
pub use rules::Rules;
