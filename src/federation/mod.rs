//! Inbound federation: the inbox, and what has to be read from other servers for it.
//!
//! - [`inbox`] receives activities ([`held_bodies`]), authenticates them ([`key_resolver`], [`key_cache`],
//!   [`key_loader`], [`fetched_keys`], [`key_turns`]), interprets them ([`interpret`]), and hands them to the writer. [`block_policy`]
//!   turns away blocked actors, [`doubts`] looks after what could not be verified.
//! - [`limits`] are the rate limits by address ([`client_ip`]), actor and host; [`disk_space`] watches the free space;
//!   [`inbox_log`] is the log of deliveries.
//! - [`dereference`] is the one way to read ActivityPub documents of other servers, by the library `activitypub_federation`;
//!   [`dereference_jobs`] applies what was read.
//! - [`remote_actor`] converts remote actors for the register.
//! - [`forge`] reads the issues whose comments sign, and [`github`] accounts; both keep to how long a service wants to
//!   be left alone ([`rest`]).
//! - [`remote_interaction`] finds the way from our page to somebody's own server.
//!
//! **Not here:** rules (`endorsement`), the effects of a change (`register`), sending (`delivery`), pages and
//! documents (`http`).

mod app;
pub mod block_policy;
pub mod client_ip;
pub mod dereference;
pub mod dereference_jobs;
pub mod disk_space;
pub mod doubts;
pub mod error;
pub mod fetched_keys;
pub mod forge;
mod forge_readme;
pub mod github;
pub mod held_bodies;
pub mod inbox;
pub mod inbox_log;
pub mod interpret;
pub mod key_cache;
pub mod key_loader;
mod key_queue;
pub mod key_resolver;
pub mod key_turns;
pub mod known_key;
pub mod limits;
pub mod link_look;
pub mod look;
pub mod moving;
pub mod project_look;
pub mod remote_actor;
pub mod remote_interaction;
mod rest;
pub mod verification;

pub use self::app::App;
