//! The store's contract: every question and every change, on both databases.
//!
//! `TEST_POSTGRES_URL` names the PostgreSQL server; `tests/tidy.rs` keeps every method of `Tx` in here.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a case that does not get what it needs has failed"
)]
#![expect(
    clippy::assigning_clones,
    clippy::similar_names,
    clippy::type_complexity,
    clippy::unnecessary_wraps,
    reason = "cases are written to be read, not to be fast"
)]

#[path = "../support/database.rs"]
mod database;

mod contract_actors;
mod contract_acts;
mod contract_audience;
mod contract_bounds;
mod contract_changes;
mod contract_copying;
mod contract_counts;
mod contract_deliveries;
mod contract_desk;
mod contract_endorsements;
mod contract_farewell;
mod contract_inboxes;
mod contract_jobs;
mod contract_journal;
mod contract_keys;
mod contract_letter;
mod contract_lists;
mod contract_long_ids;
mod contract_milestones;
mod contract_moves;
mod contract_orders;
mod contract_outgoing;
mod contract_own_keys;
mod contract_own_posts;
mod contract_policies;
mod contract_public_lists;
mod contract_purge;
mod contract_reach;
mod contract_replacing;
mod contract_reports;
mod contract_seen;
mod fixtures;
mod full;
mod locking;
mod opening;
mod raw;
mod reading_only;
mod schema;
mod transactions;
