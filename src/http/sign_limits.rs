//! How often the box for signing asks other servers.

use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::{
    clock::Millis,
    federation::client_ip::Caller,
    rate_limit::{Network, Rate, RateLimits, Share, Shares},
};

/// How many servers are asked at once.
const AT_ONCE: usize = 16;

/// How many of them by one client: a server that lets us wait is not to hold all places.
const OF_ONE: usize = 2;

/// The limits: nobody is to make us the source of a flood, or to keep the others out.
#[derive(Debug)]
pub struct SignLimits {
    by_caller: RateLimits,
    shares: Shares<Option<Network>>,
    asking: Semaphore,
}

/// A place among those who ask.
#[derive(Debug)]
pub struct AskingTurn<'a> {
    _share: Share<Option<Network>>,
    _place: SemaphorePermit<'a>,
}

impl Default for SignLimits {
    fn default() -> Self {
        Self {
            by_caller: RateLimits::new(Rate::per_minute(20)),
            shares: Shares::of(OF_ONE),
            asking: Semaphore::new(AT_ONCE),
        }
    }
}

impl SignLimits {
    /// A turn to ask a server for this client; `None` when too many are asked already.
    ///
    /// # Errors
    /// The client asks too often: how long to wait.
    pub fn turn(&self, caller: Caller, now: Millis) -> Result<Option<AskingTurn<'_>>, Duration> {
        let Caller(network) = caller;
        let share = if network.is_some() {
            self.by_caller.take(network, now, Duration::ZERO)?;
            self.shares.take(&network, 1)
        } else {
            // A proxy that names nobody: its clients share the places of all.
            Some(Shares::uncounted(network, 1))
        };
        let place = self.asking.try_acquire().ok();
        Ok(share.zip(place).map(|(share, place)| AskingTurn {
            _share: share,
            _place: place,
        }))
    }
}
