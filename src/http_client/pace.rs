//! The pace at which a domain is asked in the name of those who proved nothing: a request every [`PACE`], whoever leads us
//! there. Redirects, the second document of a key and the second signature after a 401 are requests like the first.

use std::{sync::Arc, time::Duration};

use url::Url;

use super::FetchFailure;
use crate::{
    activitystreams,
    clock::Clock,
    rate_limit::{Rate, RateLimits},
};

/// The time between two requests to one domain: a little more than half a second, so that no second sees three.
pub const PACE: Duration = Duration::from_millis(520);

/// Longest wait of one request; afterwards the result is [`FetchFailure::Busy`].
const PATIENCE: Duration = Duration::from_secs(2);

/// The registrable domain of a URL, or its origin where there is none. Fetches are counted by it: whoever has a domain
/// has any number of hosts.
pub fn counted_domain(url: &Url) -> String {
    let domain = url.host_str().and_then(activitystreams::domain_of);
    domain.unwrap_or_else(|| url.origin().ascii_serialization())
}

/// [`counted_domain`] of the id of something; `None` when that is no URL.
pub fn counted_domain_of(id: &str) -> Option<String> {
    Url::parse(id).ok().as_ref().map(counted_domain)
}

/// When each domain may be asked again.
pub(super) struct Pace {
    clock: Arc<dyn Clock>,
    by_domain: RateLimits,
}

impl Pace {
    /// Nobody was asked yet.
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            by_domain: RateLimits::new(Rate::one_in(PACE)),
        }
    }

    /// Waits until a request to this URL may be sent.
    ///
    /// # Errors
    /// [`FetchFailure::Busy`] when too many wait already.
    pub(super) async fn keep(&self, url: &Url) -> Result<(), FetchFailure> {
        let wait = self.reserve(url)?;
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        Ok(())
    }

    /// How long the next request to this URL has to wait.
    pub(super) fn reserve(&self, url: &Url) -> Result<Duration, FetchFailure> {
        let now = self.clock.now();
        let taken = self.by_domain.take(counted_domain(url), now, PATIENCE);
        taken.map_err(|_too_long| FetchFailure::Busy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{FixedClock, Millis};

    #[test]
    fn a_domain_is_asked_twice_a_second_however_many_hosts_it_has() {
        let clock = Arc::new(FixedClock::at(Millis::from_millis(1_795_348_800_000)));
        let pace = Pace::new(Arc::<FixedClock>::clone(&clock));
        let wait = |url: &str| {
            let wait = pace.reserve(&Url::parse(url).unwrap());
            wait.ok().map(|wait| wait.as_millis())
        };
        for (url, expected) in [
            ("https://m.example/1", Some(0)),
            ("https://a.m.example/2", Some(520)),
            ("https://b.m.example/1", Some(1040)),
            ("https://n.example/", Some(0)),
            ("https://c.m.example/1", Some(1560)),
            ("https://m.example/1", None),
            ("http://127.0.0.1:1/", Some(0)),
            ("http://127.0.0.1:2/", Some(0)),
        ] {
            assert_eq!(wait(url), expected, "{url}");
        }
        for (millis, expected) in [(79, None), (1, Some(2000)), (0, None), (60_000, Some(0))] {
            clock.advance(Duration::from_millis(millis));
            assert_eq!(wait("https://m.example/1"), expected, "{millis}");
        }
    }
}
