//! How often the box for signing asks other servers.

use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::{
    clock::Millis,
    federation::client_ip::Caller,
    rate_limit::{Rate, RateLimits},
};

/// How many servers are asked at once.
const AT_ONCE: usize = 16;

/// How long a form waits for its turn to ask.
const PATIENCE: Duration = Duration::from_secs(2);

/// When to come again after that.
const LESS_BUSY_AFTER: Duration = Duration::from_secs(10);

/// The limits: nobody is to make us the source of a flood.
#[derive(Debug)]
pub struct SignLimits {
    by_caller: RateLimits,
    by_host: RateLimits,
    asking: Semaphore,
}

impl Default for SignLimits {
    fn default() -> Self {
        Self {
            by_caller: RateLimits::new(Rate::per_minute(20)),
            by_host: RateLimits::new(Rate::per_minute(120)),
            asking: Semaphore::new(AT_ONCE),
        }
    }
}

impl SignLimits {
    /// Waits for a turn to ask a host on behalf of this client.
    ///
    /// # Errors
    /// The client asks too often, the host is asked too often, or too many others are asked: how long to wait.
    pub async fn turn(
        &self,
        caller: Caller,
        host: &str,
        now: Millis,
    ) -> Result<SemaphorePermit<'_>, Duration> {
        if let Caller(Some(network)) = caller {
            self.by_caller.take(network, now, Duration::ZERO)?;
        }
        self.by_host.take(host, now, Duration::ZERO)?;
        let turn = tokio::time::timeout(PATIENCE, self.asking.acquire()).await;
        turn.ok().and_then(Result::ok).ok_or(LESS_BUSY_AFTER)
    }
}
