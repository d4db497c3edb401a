//! Forges: issues whose comments sign the letter, on GitHub, Forgejo and Gitea.
//!
//! - [`documents`]: what their APIs say, and what we make of it; [`known`]: what was read of the authors before.
//! - [`reader`]: reads the APIs, politely.
//! - [`poller`]: reads a thread and hands its comments to the register, page by page.
//! - [`webhook`]: what a signed webhook says; [`wakes`]: what is looked at soon because of one.
//!
//! Nothing is ever written to a forge. Not here: whether a webhook is authentic (`http::forge_hook`), when a thread is read
//! (`server::forge`), and what a comment means (`register::inbound`).

pub mod documents;
pub mod known;
pub mod poller;
pub mod reader;
pub mod wakes;
pub mod webhook;
