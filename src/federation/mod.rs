//! Inbound federation: the inbox, and what has to be read from other servers for it.
//!
//! - [`inbox`] receives activities, authenticates them ([`keys`], [`key_cache`], [`lookups`]), interprets them
//!   ([`interpret`], `requests`), and hands them to the writer. [`block_policy`] turns away blocked actors.
//! - [`limits`] are the rate limits by address ([`client_ip`]), actor and host; [`disk_space`] watches the free space;
//!   [`inbox_log`] is the log of deliveries.
//! - [`errands`] finds objects that have to be read from their own server; [`look`] reads them, [`moves`] confirms
//!   a `Move`.
//! - [`people`] and [`refresh`] convert remote actors for the register and refresh them, with the library
//!   `activitypub_federation`, which is used nowhere else.
//!
//! **Not here:** rules (`endorsement`), the effects of a change (`register`), sending (`delivery`), pages and
//! documents (`http`).

mod app;
pub mod block_policy;
pub mod client_ip;
pub mod disk_space;
pub mod errands;
pub mod error;
pub mod inbox;
pub mod inbox_log;
pub mod interpret;
pub mod key_cache;
pub mod keys;
pub mod limits;
pub mod look;
pub mod lookups;
pub mod moves;
pub mod people;
pub mod refresh;
mod requests;
pub mod seen;

pub use self::app::App;
