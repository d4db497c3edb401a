//! What administrators decide: endorsements, people, blocks, reports, the delivery queue.

pub mod blocks;
pub mod decisions;
pub mod flags;
pub mod people;
pub mod queue;
