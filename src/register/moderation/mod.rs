//! What administrators decide: endorsements, names, people, blocks, quotes, reports, the delivery queue.

mod audit_target;
pub mod block_import;
pub mod blocks;
pub mod change_record;
pub mod decisions;
pub mod flags;
pub mod followers;
pub mod links;
pub mod people;
pub mod queue;
pub mod quotes;
pub mod review_queue;
pub mod signatories;
pub mod told;
pub mod trust;
pub mod undo;
pub mod waiting;
pub mod word_rules;
