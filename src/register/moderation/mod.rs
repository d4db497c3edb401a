//! What administrators decide: endorsements, blocks, reports, the delivery queue.

pub mod blocks;
pub mod change_record;
pub mod decisions;
pub mod flags;
pub mod queue;
pub mod told;
pub mod undo;
