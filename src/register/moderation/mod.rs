//! What administrators decide: endorsements, names, people, blocks, quotes, reports, the delivery queue.

mod action;
mod apply_change;
mod audit_target;
mod block_change;
pub mod block_import;
pub mod blocks;
pub mod change_record;
mod decision_reason;
pub mod decisions;
mod find;
pub mod flags;
pub mod followers;
pub mod linked_name;
pub mod links;
pub(in crate::register) mod name_change;
pub mod names_off;
pub mod people;
mod planned_change;
pub mod queue;
pub mod quotes;
pub mod review_queue;
pub mod signatories;
pub mod told;
pub mod trust;
pub mod undo;
pub mod waiting;
pub mod word_rules;
