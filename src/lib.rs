//! `undersigned` publishes an open letter as a Fediverse actor. People follow it, boost it, like it and
//! reply to it; a like or a signing reply becomes an endorsement, shown beside the names that signed on
//! GitHub.
//!
//! Modules at the top of the tree are rooms, and rooms stand on floors: a room uses rooms on lower floors only.
//! `tests/tidy` checks it.
//!
//! | floor | rooms | |
//! |---|---|---|
//! | 10 | `cli` | commands, answers, exit codes |
//! | 9 | `server` | what `serve` runs; wires everything |
//! | 8 | `http` `telemetry` | pages and routes; logs |
//! | 7 | `federation` `delivery` `backup` | inbound and outbound; backups as files |
//! | 6 | `register` | use cases |
//! | 5 | `store` | the only room with SQL |
//! | 4 | `config` `http_client` | settings; the one HTTP client |
//! | 3 | `activitystreams` | `ActivityStreams` as data |
//! | 2 | `i18n` | the words that people read |
//! | 1 | `letter` `endorsement` `signature` `rate_limit` | the rules: pure |
//! | 0 | `clock` `counter` `hash` `random` `string_enum` `text` | |
//!
//! Start reading at [`endorsement::judge`], which decides what an act means, and then at [`register`].
//! `docs/ARCHITECTURE.md` follows a reply from the inbox to the page.

pub mod activitystreams;
pub mod backup;
pub mod cli;
pub mod clock;
pub mod config;
pub mod counter;
pub mod delivery;
pub mod endorsement;
pub mod federation;
pub mod hash;
pub mod http;
pub mod http_client;
pub mod i18n;
pub mod letter;
pub mod random;
pub mod rate_limit;
pub mod register;
mod server;
pub mod signature;
pub mod store;
mod string_enum;
pub mod telemetry;
pub mod text;

// What unit tests share with integration tests and benchmarks, which know this library by its name.
#[cfg(test)]
extern crate self as undersigned;
#[cfg(test)]
#[path = "../tests/support/mod.rs"]
mod support;
