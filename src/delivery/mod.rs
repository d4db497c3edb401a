//! Outbound delivery: the worker that sends queued activities to their inboxes, host by host.
//!
//! - [`DeliveryWorker::step`] leases hosts, sends, and settles. [`run()`] repeats it for as long as the server runs.
//! - `backoff` computes when to try again, `outcome` what the answers of a host lead to, and [`alarm`] whether nobody
//!   can verify our signatures: all pure.
//! - `send` makes one attempt, and `signing_pool` signs it on threads of its own; [`jobs`] runs everything else that needs the
//!   network in the same way.
//!
//! - [`notices`] tells the organisers what waits, by webhook and by mail.
//! - `pace` bounds what slow hosts hold, `lanes` the connections to one host; `bodies` shares what many requests carry.
//! - `holder` keeps leases for as long as this process lives, and no domain and no network address gets more
//!   than its share of the requests at once.
//!
//! A delivery is stored in the transaction that causes it, so none gets lost (the outbox pattern). The leases of a
//! crashed worker end, so an activity may be sent twice; receivers recognise it by its id.
//!
//! **Not here:** which activity goes to whom (`register`), the statements (`store`), where we may send
//! to (`http_client::guard`), and what happens when an account is gone (`federation`).

pub mod alarm;
mod backoff;
mod bodies;
mod error;
mod holder;
pub mod jobs;
mod lanes;
pub mod notices;
mod outcome;
mod pace;
mod run;
mod send;
mod signing_pool;
mod worker;

pub use self::{
    error::Error,
    run::run,
    send::Signers,
    worker::{DeliverySettings, DeliveryWorker, WorkerStep},
};

#[cfg(test)]
mod inbox_tests;
#[cfg(test)]
mod job_tests;
#[cfg(test)]
mod knock_tests;
#[cfg(test)]
mod outcome_tests;
#[cfg(test)]
mod pace_tests;
#[cfg(test)]
mod run_tests;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod trouble_tests;
