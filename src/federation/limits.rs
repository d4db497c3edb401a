//! Rate limits of incoming requests, in two steps:
//!
//! 1. Before a request is read, it is counted for its network address. A delivery that turns out to be authentic is taken
//!    off again, because a large server has few addresses for all of its people; the delivery of an address that has proved
//!    to speak for the host of its key is counted only if it is not authentic.
//! 2. An authentic activity is counted for its actor and its host. It is not counted earlier, because a forged request
//!    must not use up somebody else's limit.
//!
//! A request over a limit gets `Retry-After`, with 429 before the signature is verified and 503 afterwards. Activities
//! that take something back are exempt from step 2
//! ([`takes_back`](crate::register::inbound::takes_back)). What is fetched for unknown senders has bounds of its own
//! ([`key_turns`](super::key_turns)).
//!
//! All counters are in memory, and lost with a restart.

use std::time::Duration;

use super::client_ip::Caller;
use crate::{
    clock::Millis,
    config,
    rate_limit::{Allowance, Rate, RateLimits},
};

/// The counters of all limits.
#[derive(Debug)]
pub struct InboxLimits {
    addresses: RateLimits,
    actors: RateLimits,
    hosts: RateLimits,
}

impl InboxLimits {
    /// Unused limits.
    pub fn new(limits: &config::LimitsConfig) -> Self {
        Self {
            addresses: RateLimits::new(Rate::per_minute(limits.per_address_per_minute)),
            actors: RateLimits::new(Rate::per_minute(limits.per_actor_per_minute)),
            hosts: RateLimits::new(Rate::per_minute(limits.per_host_per_minute)),
        }
    }

    /// Counts a request for its network address. A caller without an address is not counted.
    ///
    /// # Errors
    /// Over the limit: how long to wait.
    pub fn request(&self, caller: Caller, now: Millis) -> Result<(), Duration> {
        let Caller(Some(network)) = caller else {
            return Ok(());
        };
        self.addresses.take(network, now, Duration::ZERO).map(drop)
    }

    /// What is left for the network address of a caller; `None` for one without an address.
    pub fn allowance(&self, caller: Caller, now: Millis) -> Option<Allowance> {
        let Caller(network) = caller;
        network.map(|network| self.addresses.allowance(network, now))
    }

    /// Takes off a request that was counted, because it is an authentic delivery.
    pub fn excuse(&self, caller: Caller, now: Millis) {
        if let Caller(Some(network)) = caller {
            self.addresses.give_back(network, now);
        }
    }

    /// Counts an authentic activity for its actor and its host. Returns how long it has to wait for its place, at most
    /// `patience`.
    ///
    /// # Errors
    /// Over the limit: how long to wait before the next try.
    pub fn activity(
        &self,
        actor: &str,
        host: &str,
        now: Millis,
        patience: Duration,
    ) -> Result<Duration, Duration> {
        let limits = [(&self.actors, actor), (&self.hosts, host)];
        let taken = limits.map(|(limit, key)| (limit, key, limit.take(key, now, patience)));
        let over = taken.iter().filter_map(|(.., taken)| taken.err()).max();
        let Some(wait) = over else {
            let waits = taken.into_iter().filter_map(|(.., taken)| taken.ok());
            return Ok(waits.max().unwrap_or_default());
        };
        // After less than the longest wait another limit would still refuse.
        for (limit, key, _) in taken.into_iter().filter(|(.., taken)| taken.is_ok()) {
            limit.give_back(key, now);
        }
        Err(wait)
    }
}

/// `Retry-After` for a wait: whole seconds, at least one.
pub fn retry_after(wait: Duration) -> String {
    let seconds = wait.as_millis().div_ceil(1000).max(1);
    seconds.to_string()
}

#[cfg(test)]
#[path = "limits_tests.rs"]
mod tests;
