//! `undersigned` publishes an open letter as a Fediverse actor. People follow it, boost it, like it and
//! reply to it; a like or a signing reply becomes an endorsement, shown beside the names that signed on
//! GitHub.
//!
//! The program is a house of rooms on floors. A room may use rooms on lower floors only;
//! `tests/tidy.rs` keeps it so.
//!
//! | floor | rooms | |
//! |---|---|---|
//! | 8 | `cli` | wires everything |
//! | 7 | `web` `telemetry` | pages and routes; logs |
//! | 6 | `federation` `delivery` | what comes in, what goes out |
//! | 5 | `register` | use cases |
//! | 4 | `store` | the only room with SQL |
//! | 3 | `config` `net` | settings; the one HTTP client |
//! | 2 | `vocab` | `ActivityStreams` as data |
//! | 1 | `letter` `endorsement` `signature` `allowance` | the rules: pure |
//! | 0 | `chance` `clock` `hash` `text` `word` | |
//!
//! Start reading at [`endorsement::judge`], the heart, and then at [`register`]; the walk of a reply from
//! the inbox to the page is told in `docs/ARCHITECTURE.md`.

pub mod allowance;
pub mod chance;
pub mod cli;
pub mod clock;
pub mod config;
pub mod delivery;
pub mod endorsement;
pub mod federation;
pub mod hash;
pub mod letter;
pub mod net;
pub mod register;
pub mod signature;
pub mod store;
pub mod telemetry;
pub mod text;
pub mod vocab;
pub mod web;
mod word;
