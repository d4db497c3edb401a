//! Rate limits of incoming requests, in three steps:
//!
//! 1. Before a request is read, it is counted for its network address.
//! 2. Before a key is fetched from its owner, the fetch is counted for the address and for the key's host. It is given
//!    back once the signature is verified, so only useless fetches count. The fetch comes before authentication, so
//!    strangers can cause it.
//! 3. An authentic activity is counted for its actor and its host. It is not counted earlier, because a forged request
//!    must not use up somebody else's limit.
//!
//! A request over a limit gets `Retry-After`, with 429 before the signature is verified and 503 afterwards. Activities
//! that take something back are exempt from step 3
//! ([`takes_back`](crate::register::inbound::takes_back)).
//!
//! All counters are in memory, and lost with a restart.

use std::time::Duration;

use super::client_ip::Caller;
use crate::{
    clock::Millis,
    config,
    rate_limit::{Network, Rate, RateLimits, Remembered},
};

/// The most useless key fetches in a minute, for one address and from one host.
const FETCHES_A_MINUTE: u32 = 10;

/// The most useless key fetches from one host in a day, for all addresses together, so that nobody can make us flood
/// another server.
const FETCHES_A_DAY: u32 = 1000;

/// How long an address is known to send for a host after a verified signature. Its key fetches from that host are not
/// counted, so that forgers cannot use up the limit and keep out a host's new actors.
const PROVEN_FOR: Duration = Duration::from_hours(24);

/// The counters of all limits.
#[derive(Debug)]
pub struct InboxLimits {
    addresses: RateLimits,
    actors: RateLimits,
    hosts: RateLimits,
    fetches_by_address: RateLimits,
    fetches_from_host: RateLimits,
    fetches_from_host_daily: RateLimits,
    proven: Remembered,
}

impl InboxLimits {
    /// Unused limits. When more than 20 concurrent fetches are configured, half of that number may be made in a minute
    /// for strangers.
    pub fn new(limits: &config::LimitsConfig) -> Self {
        let half = u32::try_from(limits.fetches_in_flight.div_euclid(2)).unwrap_or(u32::MAX);
        let fetches = FETCHES_A_MINUTE.max(half);
        Self {
            addresses: RateLimits::new(Rate::per_minute(limits.per_address_per_minute)),
            actors: RateLimits::new(Rate::per_minute(limits.per_actor_per_minute)),
            hosts: RateLimits::new(Rate::per_minute(limits.per_host_per_minute)),
            fetches_by_address: RateLimits::new(Rate::per_minute(fetches)),
            fetches_from_host: RateLimits::new(Rate::per_minute(fetches)),
            fetches_from_host_daily: RateLimits::new(Rate::per_day(FETCHES_A_DAY.max(fetches))),
            proven: Remembered::for_a_while(PROVEN_FOR),
        }
    }

    /// Counts a request, before it is read. A caller without an address is not counted.
    ///
    /// # Errors
    /// Over the limit: how long to wait.
    pub fn request(&self, caller: Caller, now: Millis) -> Result<(), Duration> {
        let Caller(Some(network)) = caller else {
            return Ok(());
        };
        self.addresses.take(network, now, Duration::ZERO).map(drop)
    }

    /// Counts a key that is about to be fetched from `host` for this caller.
    ///
    /// # Errors
    /// Over a limit: how long to wait until no limit is in the way. The key must not be fetched.
    pub fn fetch(&self, caller: Caller, host: &str, now: Millis) -> Result<(), Duration> {
        if self.proven.has((caller.0, host), now) {
            return Ok(());
        }
        let limits = [
            (&self.fetches_from_host, LimitKey::Host(host)),
            (&self.fetches_from_host_daily, LimitKey::Host(host)),
        ];
        let by_address = caller
            .0
            .map(|network| (&self.fetches_by_address, LimitKey::Address(network)));
        take_all(limits.into_iter().chain(by_address), now, Duration::ZERO).map(drop)
    }

    /// Records a verified signature of this caller by a key of `host`. When the key was `fetched` for it, the fetch is
    /// given back.
    pub fn proved(&self, caller: Caller, host: &str, fetched: bool, now: Millis) {
        let counted = fetched && !self.proven.has((caller.0, host), now);
        if counted {
            if let Some(network) = caller.0 {
                let counted = LimitKey::Address(network);
                self.fetches_by_address.give_back(counted, now);
            }
            let counted = LimitKey::Host(host);
            self.fetches_from_host.give_back(counted, now);
            self.fetches_from_host_daily.give_back(counted, now);
        }
        self.proven.note((caller.0, host), now);
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
        let limits = [
            (&self.actors, LimitKey::Actor(actor)),
            (&self.hosts, LimitKey::Host(host)),
        ];
        take_all(limits.into_iter(), now, patience)
    }
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum LimitKey<'a> {
    Address(Network),
    Actor(&'a str),
    Host(&'a str),
}

/// Takes a grant of each limit, or of none. Returns the longest wait.
///
/// # Errors
/// The longest wait of those that are over: after less, another one would still refuse.
fn take_all<'a>(
    limits: impl Iterator<Item = (&'a RateLimits, LimitKey<'a>)>,
    now: Millis,
    patience: Duration,
) -> Result<Duration, Duration> {
    let taken: Vec<_> = limits
        .map(|(limit, counted)| (limit, counted, limit.take(counted, now, patience)))
        .collect();
    let Some(wait) = taken.iter().filter_map(|(.., taken)| taken.err()).max() else {
        let waits = taken.into_iter().filter_map(|(.., taken)| taken.ok());
        return Ok(waits.max().unwrap_or_default());
    };
    for (limit, counted, _) in taken.into_iter().filter(|(.., taken)| taken.is_ok()) {
        limit.give_back(counted, now);
    }
    Err(wait)
}

/// `Retry-After` for a wait: whole seconds, at least one.
pub fn retry_after(wait: Duration) -> String {
    let seconds = wait.as_millis().div_ceil(1000).max(1);
    seconds.to_string()
}

#[cfg(test)]
#[path = "limits_tests.rs"]
mod tests;
