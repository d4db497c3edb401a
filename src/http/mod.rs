//! HTTP: the routes, the pages for people, and documents for servers and other programs.
//!
//! - `routes` is the one list of everything that answers over HTTP, the inboxes of `federation` included; `middleware`
//!   holds the rate limit by address and the answers of a retired actor.
//! - [`pages`]: each page has its route, its data and its view in one file, beside its template in `templates/`.
//! - [`documents`] (ActivityPub), [`discovery`] (WebFinger, NodeInfo), [`api`] (JSON, health checks), [`assets`],
//!   `pictures`, [`feeds`] (Atom), [`badge`], [`share_image`] with
//!   [`drawing`].
//! - [`arrival`] tells `doctor` how its request arrived.
//! - `webhook`: signed bodies; [`hooks`]: pushes to the letter's file, with [`github_push`]; [`forge_hook`]: comments on
//!   issues, for [`forge_hooks`]. [`sign_limits`] of the box for signing.
//! - [`error`] turns failures into pages or `application/problem+json`, and [`turned_away`] tells the log of those that
//!   had to wait too long; [`response_cache`] makes a response once for
//!   all who ask, and keeps it; `content_coding` is its gzip.
//!
//! **Not here:** rules, SQL, what happens to an incoming activity (`federation`), words (`i18n`).

pub mod api;
pub mod arrival;
pub mod assets;
pub mod badge;
mod content_coding;
pub mod counts;
pub mod current;
pub mod discovery;
pub mod documents;
pub mod drawing;
pub mod error;
pub mod feeds;
pub mod forge_hook;
pub mod forge_hooks;
pub mod github_push;
pub mod happenings;
pub mod headers;
pub mod hooks;
pub mod letter_data;
pub mod list_data;
pub mod metrics;
mod middleware;
pub mod pages;
mod pictures;
pub mod response_cache;
mod routes;
pub mod share_image;
pub mod sign_limits;
pub mod state;
pub mod supporter_data;
pub mod turned_away;
mod webhook;
pub mod whole_list;

pub use self::routes::routes;
