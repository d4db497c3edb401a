//! Pages for people. A page has its route, its data and its view in one file; its template stands in `templates/`.
//!
//! The pages contain no script, no inline style, and nothing from another server: a remote picture would give the
//! addresses of our readers to third parties. They therefore work under the strict Content Security Policy of `routes`.
//! Remote text is escaped by the templates.

pub mod about;
pub mod api;
mod draft;
pub mod embed;
pub mod entry;
pub mod error;
pub mod frame;
pub mod history;
pub mod letter;
pub mod post;
pub mod preview;
pub mod privacy;
pub mod revision;
mod sharing;
pub mod sign;
pub mod signing;
pub mod static_site;
pub mod statistics;
pub mod supporter;
pub mod supporters;
pub mod tag;
pub mod timeline;

#[cfg(test)]
mod tests;
