//! What arrives from other servers: one batch is loaded, judged, changed in memory and written.

pub mod account_move;
pub(in crate::register) mod acknowledgement;
pub mod activity;
pub mod actor_state;
pub mod batch;
pub(in crate::register) mod boost_state;
pub(in crate::register) mod boosts;
pub(in crate::register) mod deletions;
pub mod dereference_jobs;
pub mod documents;
pub(in crate::register) mod flags;
pub(in crate::register) mod follows;
pub(in crate::register) mod judging;
pub(in crate::register) mod key_change;
pub(in crate::register) mod likes;
pub(in crate::register) mod quote_state;
pub(in crate::register) mod quotes;
pub mod receive;
pub mod refresh_jobs;
pub(in crate::register) mod repetition;
pub(in crate::register) mod replies;
pub(in crate::register) mod saving;
pub(in crate::register) mod showing;
pub mod surge_limit;
pub mod takes_back;
pub(in crate::register) mod undo;
pub mod writer;
