//! HTTP: the routes, the pages for people, and JSON for programs that are no Fediverse servers.
//!
//! [`routes`] is the one list of everything that answers over HTTP, the doors of `federation` included.
//! [`door`] and [`ended`] are middleware: rate limits by address, and answers of a retired actor. [`page_data`] and [`mod@history`] read what the pages show, [`pages`] renders it, [`api`] is JSON, [`error`] turns failures
//! into pages or `application/problem+json`.
//!
//! **Not here:** rules, SQL, the ActivityPub documents (`federation`).

pub mod api;
pub mod discovery;
pub mod documents;
mod ended;
pub mod error;
pub mod history;
mod middleware;
pub mod page_data;
pub mod pages;
pub mod response_cache;
mod routes;
pub mod views;

pub use self::routes::{NO_INDEX, routes};
