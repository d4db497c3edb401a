//! What `serve` runs, and what commands share with it.
//!
//! - [`environment`] is a configuration with its database; [`setup`] makes the parts of the server from it.
//! - [`page_store`] is the database as pages read it.
//! - [`letter_file`] reads the letter's file with the pictures beside it, [`draft`] what comes out with it, [`letter_source`] what is at `letter.source_url`;
//!   [`letter_sync`] takes over its names.
//! - [`run`](fn@run) starts the tasks and stops them in order ([`lifecycle`]); [`listener`] takes the connections,
//!   and [`lingering_close`] ends them.
//! - [`service_manager`] is told that the server is ready, and lives.
//! - [`backup`] makes backups, by a command or by the clock, and [`restore`] restores them.
//! - [`change_watcher`] applies what commands and other servers changed, and [`pg_listener`] tells it when to look;
//!   [`keys`] passes on new keys. [`periodic`] has the tasks that run by the clock, [`database_watch`] those that watch
//!   the database and its disk, [`forge`] reads issues whose comments sign, [`job_handlers`] the jobs, [`notices`] what the organisers are told.
//!
//! **Not here:** arguments, answers and exit codes (`cli`), routes (`http`).

pub(crate) mod backup;
mod change_watcher;
pub(crate) mod clock_alarm;
pub(crate) mod database_watch;
pub(crate) mod draft;
pub(crate) mod environment;
mod forge;
mod job_handlers;
pub(crate) mod keys;
pub(crate) mod letter_file;
pub(crate) mod letter_source;
pub(crate) mod letter_sync;
mod lifecycle;
mod lingering_close;
mod listener;
pub(crate) mod notices;
pub(crate) mod page_store;
mod periodic;
mod pg_listener;
pub(crate) mod restore;
mod run;
pub(crate) mod service_manager;
pub(crate) mod setup;

pub(crate) use self::{environment::Environment, run::run};
