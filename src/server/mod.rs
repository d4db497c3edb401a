//! What `serve` runs, and what commands share with it: configuration and database as an [`Site`], the parts of the
//! server, its tasks, and an orderly shutdown.
//!
//! Not here: arguments, answers and exit codes (`cli`).

mod change_watcher;
pub(crate) mod environment;
mod job_handlers;
pub(crate) mod keys;
mod lifecycle;
mod periodic;
mod pg_listener;
mod run;
pub(crate) mod setup;

pub(crate) use self::{environment::Site, run::run};
