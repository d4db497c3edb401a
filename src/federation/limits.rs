//! How much is taken from whom (F-236, F-262), in three steps:
//!
//! 1. Before anything of a request is read, it is counted for the network address that it comes from.
//! 2. Before a key is fetched from its owner, that is counted for the address and for the key's host, and
//!    given back once the signature proves to be right: only what leads nowhere uses these allowances up.
//! 3. Once it is authentic, it is counted for its actor and its host. Not before: what is only claimed would
//!    let anybody use up somebody else's allowance.
//!
//! Who is over a limit hears when to come again: 429 before the signature is checked, 503 afterwards. Leaving
//! is never over the limits of step 3 ([`leaves`]).
//!
//! All of it is in memory and forgotten with a restart.

use std::time::Duration;

use super::client_ip::{Caller, Network};
use crate::{
    activitystreams::{Activity, ActivityKind, Embedded},
    clock::Millis,
    config,
    endorsement::wording::{Intent, Phrases, text_of},
    rate_limit::{Rate, RateLimits, Remembered},
};

/// Key fetches that lead nowhere, in a minute, of one address and from one host (F-236).
const FETCHES_A_MINUTE: u32 = 10;

/// The same from one host in a day, whoever orders them (F-245): so that we are no use for flooding others.
const FETCHES_A_DAY: u32 = 1000;

/// How long an address that proved to speak for a host is known to do so. Its fetches from that host are not
/// counted, so that others cannot keep out the new people of a host by forging their signatures.
const PROVEN_FOR: Duration = Duration::from_hours(24);

/// The allowances of everybody who calls.
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
    /// Everybody has the whole allowance. Who allows more than 20 fetches at once allows strangers more of
    /// them in a minute, too: half as many.
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

    /// Counts a request, before anything of it is read. Who has no address is our own proxy or this machine.
    ///
    /// # Errors
    /// Too many: how long to wait.
    pub fn request(&self, caller: Caller, now: Millis) -> Result<(), Duration> {
        let Caller(Some(network)) = caller else {
            return Ok(());
        };
        self.addresses.take(network, now, Duration::ZERO).map(drop)
    }

    /// Counts a key that is about to be fetched from `host` because this caller names it (F-236).
    ///
    /// # Errors
    /// Too many that led nowhere: how long to wait. Nothing may be fetched.
    pub fn fetch(&self, caller: Caller, host: &str, now: Millis) -> Result<(), Duration> {
        if self.proven.has((caller.0, host), now) {
            return Ok(());
        }
        let by_address = |network: Network| {
            let taken = self.fetches_by_address.take(network, now, Duration::ZERO);
            taken.map(drop)
        };
        caller.0.map_or(Ok(()), by_address)?;
        let from_host = self.fetches_from_host.take(host, now, Duration::ZERO);
        let taken = from_host.and_then(|_| {
            let daily = self.fetches_from_host_daily.take(host, now, Duration::ZERO);
            daily.inspect_err(|_| self.fetches_from_host.give_back(host, now))
        });
        taken.map(drop).inspect_err(|_| {
            if let Some(network) = caller.0 {
                self.fetches_by_address.give_back(network, now);
            }
        })
    }

    /// This caller's signature by a key of `host` proved to be right; `fetched` when the key was fetched for
    /// it, which then costs nothing.
    pub fn proved(&self, caller: Caller, host: &str, fetched: bool, now: Millis) {
        let counted = fetched && !self.proven.has((caller.0, host), now);
        if counted {
            if let Some(network) = caller.0 {
                self.fetches_by_address.give_back(network, now);
            }
            self.fetches_from_host.give_back(host, now);
            self.fetches_from_host_daily.give_back(host, now);
        }
        self.proven.note((caller.0, host), now);
    }

    /// Counts an authentic activity for its actor and its host. The answer is how long it waits for its
    /// place, at most `patience`.
    ///
    /// # Errors
    /// Too many: how long to wait before coming again.
    pub fn activity(
        &self,
        actor: &str,
        host: &str,
        now: Millis,
        patience: Duration,
    ) -> Result<Duration, Duration> {
        let first = self.actors.take(actor, now, patience)?;
        let second = self.hosts.take(host, now, patience);
        let second = second.inspect_err(|_| self.actors.give_back(actor, now))?;
        Ok(first.max(second))
    }
}

/// Whether an activity takes something back: such a one is not refused for being one too many, because leaving
/// always works (`product.md` 2.3). An edit whose words do not sign takes its signature back.
pub fn leaves(activity: &Activity, phrases: &Phrases) -> bool {
    let words = |embedded: &Embedded| match embedded {
        Embedded::Note(note) => {
            let html = note.content.as_deref().unwrap_or_default();
            Some(phrases.read(&text_of(html)).answer)
        }
        Embedded::Id(_) | Embedded::Vote | Embedded::Actor(_) | Embedded::Other { .. } => None,
    };
    match &activity.kind {
        ActivityKind::Undo { .. }
        | ActivityKind::Delete { .. }
        | ActivityKind::Block { .. }
        | ActivityKind::Dislike { .. } => true,
        ActivityKind::Create { object } => words(object) == Some(Intent::Withdraws),
        ActivityKind::Update { object } => {
            matches!(words(object), Some(Intent::Withdraws | Intent::DoesNot))
        }
        ActivityKind::Follow { .. }
        | ActivityKind::Like { .. }
        | ActivityKind::React { .. }
        | ActivityKind::Announce { .. }
        | ActivityKind::Move { .. }
        | ActivityKind::Flag { .. }
        | ActivityKind::QuoteRequest { .. }
        | ActivityKind::Other(_) => false,
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
