//! The letter's own actor: identity, keys, profile, move and retirement.

pub mod command;
pub mod following;
pub mod identity;
pub mod lifecycle;
pub mod profile;
pub mod profile_update;
