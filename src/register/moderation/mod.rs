//! What administrators decide: endorsements, names, blocks, reports, the delivery queue.

pub mod blocks;
pub mod decisions;
pub mod flags;
pub mod queue;
pub mod signatories;
