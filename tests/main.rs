//! Integration tests by topic, in one binary: linking is what they cost most before they run.
//!
//! - [`cli`]: commands as scripts use them.
//! - [`delivery`]: everything arrives, whatever is killed.
//! - [`federation`]: our program and fake servers, over HTTP.
//! - [`store`]: the contract of the store.
//!
//! `cargo test --test integration federation::follows` runs one topic. Cases on PostgreSQL end in `postgres` and are
//! skipped without a server; `.ci/postgres cargo test --test integration -- store:: postgres` brings one.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "what is not there fails the case"
)]
#![expect(
    clippy::assigning_clones,
    clippy::similar_names,
    clippy::type_complexity,
    clippy::unnecessary_wraps,
    reason = "cases are functions that a macro makes tests of; they are written to be read, not to be fast"
)]

mod support;

mod both;
mod cli;
mod delivery;
mod federation;
mod store;
