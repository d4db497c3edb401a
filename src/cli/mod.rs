//! The command line: a file for each noun, with its arguments, its handlers and its JSON.
//!
//! Commands and the running server communicate only through the database. Answers go to stdout, messages to stderr;
//! [`output`] prints both. Only this module prints and ends the program.

mod actor;
mod args;
mod audit;
mod block;
mod check;
mod config;
mod confirm;
mod context;
mod db;
mod endorsement;
mod fetch;
mod follower;
mod inbox;
mod init;
mod letter;
mod local_runner;
mod output;
mod post;
mod queue;
mod report;
mod run;
mod serve;
mod signatory;
mod status;
mod verify;

pub use self::run::run;
