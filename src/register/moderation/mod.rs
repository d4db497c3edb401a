//! What administrators decide: endorsements, names, people, blocks, reports, the delivery queue.

pub mod blocks;
pub mod change_record;
pub mod decisions;
pub mod flags;
pub mod people;
pub mod queue;
pub mod signatories;
pub mod told;
pub mod undo;
