//! The command line: a file for each noun, with its arguments, its handlers and its JSON.
//!
//! Commands and the running server communicate only through the database. Answers go to stdout, messages to stderr;
//! [`output`] prints both. Only this module prints and ends the program.

mod actor;
mod actor_named;
mod args;
mod audit;
mod backup;
mod block;
mod block_list;
mod bundle;
mod check;
mod completion;
mod config;
mod confirm;
mod context;
mod db;
mod decide;
mod deliver;
mod doctor;
mod endorsement;
mod evidence;
mod export;
mod fetch;
mod files;
mod follower;
mod host;
mod inbox;
mod init;
mod letter;
mod link;
mod local_runner;
mod name;
mod names;
mod output;
mod person;
mod post;
mod queue;
mod quote;
mod report;
mod review;
mod rule;
mod run;
mod serve;
mod signatory;
mod site;
mod statement;
mod status;
mod sudo;
mod table;
mod times;
mod verify;

pub use self::run::run;
