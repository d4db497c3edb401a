//! What tests and benchmarks share: one fake Fediverse server, and one world around it.
//!
//! - [`fediverse`]: the fake server. It serves actors, notes, keys and any other answer, takes deliveries and checks
//!   their signatures, and misbehaves on demand.
//! - [`world`]: our program as a child process ([`program`]) on a database of its own ([`database`]), a fake server,
//!   and people with accounts and keys.
//! - [`worker`]: our delivery worker in this process, for tests that need a clock of their own.
//! - [`accounts`] and [`publication`] fill a database past the program; [`sql`] asks it.
//! - [`tls_proxy`]: a reverse proxy in front of the program, and its faults.
//! - [`forge`]: a fake forge with one issue.
//! - [`organisers`]: a webhook and a mail server.
//! - [`terminal`]: a pseudo-terminal for a command.
//! - [`small_disk`] fills up, and [`failing_disk`] fails.
//! - [`random`]: random choices that can be repeated, and variables of the environment.
//!
//! Integration tests have this module in `tests/main.rs`, unit tests in `src/lib.rs`, and each benchmark includes it by
//! path. All of them know the library as `undersigned`.

#![expect(
    dead_code,
    reason = "unit tests, integration tests and benchmarks use a part of it each"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::needless_pass_by_value,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that does not get what it needs has failed; unit tests allow this anyway"
)]

pub(crate) mod accounts;
pub(crate) mod database;
pub(crate) mod failing_disk;
pub(crate) mod fediverse;
pub(crate) mod forge;
pub(crate) mod organisers;
pub(crate) mod program;
pub(crate) mod publication;
pub(crate) mod random;
pub(crate) mod small_disk;
pub(crate) mod sql;
pub(crate) mod terminal;
pub(crate) mod tls_proxy;
pub(crate) mod worker;
pub(crate) mod world;

use undersigned::clock::Millis;

/// The time in tests with a clock of their own: 22 November 2026, noon.
pub(crate) const NOW: Millis = Millis::from_millis(1_795_348_800_000);
