//! What administrators decide: endorsements, blocks, reports, the delivery queue.

pub mod blocks;
pub mod decisions;
pub mod flags;
pub mod queue;
pub mod trust;
pub mod waiting;
pub mod word_rules;
