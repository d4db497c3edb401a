//! What administrators decide: endorsements, blocks, reports, quotes, the delivery queue.

mod audit_target;
pub mod block_import;
pub mod blocks;
pub mod decisions;
pub mod flags;
pub mod followers;
pub mod queue;
pub mod quotes;
