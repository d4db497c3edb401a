//! Fetches that strangers order: they happen before anybody is known, so they are capped (F-236).
//!
//! - One fetch for each URL at a time; who asks meanwhile gets the same answer.
//! - At most [`FetchLimits::in_flight`] at a time, and [`FetchLimits::per_domain`] to one domain, which is asked
//!   [`FetchLimits::per_domain_a_minute`] times a minute (F-252).
//! - What failed is left alone: a missing document for an hour, everything else for five minutes,
//!   and a host that cannot be reached, or asks to be left alone, for five minutes altogether.
//!
//! Not here: limits on who may order a fetch (`federation`), and keeping what was found (`store`).

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use http::StatusCode;
use tokio::sync::{OnceCell, OwnedSemaphorePermit, Semaphore};
use url::Url;

use super::{Client, FetchFailure, Fetched};
use crate::{
    activitystreams,
    clock::{Clock, Millis},
    rate_limit::{Rate, RateLimits},
};

/// How long a document that is missing or gone is not asked for again (F-236).
const MISSING_RESTS: Duration = Duration::from_hours(1);
/// How long a failed host, or a failed document, is not asked again (F-236).
const FAILURE_RESTS: Duration = Duration::from_mins(5);
/// Failures that are remembered. At 2,048 bytes of URL each this is at most 8 MiB.
const MAX_REMEMBERED: usize = 4096;

/// How much may be fetched for strangers.
#[derive(Clone, Copy, Debug)]
pub struct FetchLimits {
    /// Fetches at a time: `limits.fetches_in_flight`.
    pub in_flight: usize,
    /// Fetches at a time from the hosts of one domain, lest a slow one take all places (F-252).
    pub per_domain: usize,
    /// Fetches in a minute from the hosts of one domain (F-252).
    pub per_domain_a_minute: u32,
    /// Longest wait for a place; afterwards the answer is [`FetchFailure::Busy`].
    pub patience: Duration,
}

impl FetchLimits {
    /// The given number of fetches at a time, and two seconds of patience. To one domain go a tenth of them,
    /// and three in a minute for each; at least 2 and 60, which is also what the default of 20 makes.
    pub fn of(in_flight: usize) -> Self {
        let a_minute = u32::try_from(in_flight.saturating_mul(3)).unwrap_or(u32::MAX);
        Self {
            in_flight: in_flight.min(Semaphore::MAX_PERMITS),
            per_domain: in_flight.div_euclid(10).clamp(2, Semaphore::MAX_PERMITS),
            per_domain_a_minute: a_minute.max(60),
            patience: Duration::from_secs(2),
        }
    }
}

/// The one way to fetch for somebody who is not known yet.
pub struct Fetches {
    client: Client,
    clock: Arc<dyn Clock>,
    limits: FetchLimits,
    places: Arc<Semaphore>,
    domains: Shared<Semaphore>,
    pace: RateLimits,
    flights: Shared<OnceCell<Fetched>>,
    failures: Mutex<Failures>,
}

impl fmt::Debug for Fetches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetches")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Fetches {
    /// Nothing under way, nothing remembered.
    pub fn new(client: Client, clock: Arc<dyn Clock>, limits: FetchLimits) -> Self {
        Self {
            client,
            clock,
            limits,
            places: Arc::new(Semaphore::new(limits.in_flight)),
            domains: Shared::default(),
            pace: RateLimits::new(Rate::per_minute(limits.per_domain_a_minute)),
            flights: Shared::default(),
            failures: Mutex::default(),
        }
    }

    /// [`Client::fetch_object`] within the limits. An answer may be up to an hour old if it is
    /// `Missing` or `Gone`; failures are repeated as [`FetchFailure::Resting`].
    pub async fn fetch_object(&self, url: &Url) -> Fetched {
        // First the block list (F-236): what is not allowed takes no place and is not remembered.
        if let Err(forbidden) = self.client.may_speak_to(url) {
            return Fetched::Unreachable(forbidden.into());
        }
        let mut url = url.clone();
        url.set_fragment(None);
        let origin = url.origin().ascii_serialization();
        if let Some(answer) = self.remembered(&url, &origin) {
            return answer;
        }
        let flight = self.flights.join(url.as_str(), OnceCell::new);
        flight.get_or_init(|| self.fly(&url, &origin)).await.clone()
    }

    async fn fly(&self, url: &Url, origin: &str) -> Fetched {
        // By domain: whoever has one has any number of hosts.
        let domain = url.host_str().and_then(activitystreams::domain_of);
        let Some(places) = self.places(domain.as_deref().unwrap_or(origin)).await else {
            return Fetched::Unreachable(FetchFailure::Busy);
        };
        let fetched = self.fetch_and_remember(url, origin).await;
        drop(places);
        fetched
    }

    async fn fetch_and_remember(&self, url: &Url, origin: &str) -> Fetched {
        // While this one waited for its place, another may have found out.
        if let Some(answer) = self.remembered(url, origin) {
            return answer;
        }
        let fetched = self.client.fetch_object(url).await;
        self.remember(url, origin, &fetched);
        fetched
    }

    /// A place of those for a domain and one of all; `None` when that takes too long.
    ///
    /// The domain's comes first, so that nobody holds one of the few places of all while waiting for
    /// a slow host.
    async fn places(&self, domain: &str) -> Option<[OwnedSemaphorePermit; 2]> {
        let places = self
            .domains
            .join(domain, || Semaphore::new(self.limits.per_domain));
        let begun = self.clock.now();
        let wait = self.pace.take(domain, begun, self.limits.patience).ok()?;
        let both = async {
            // Even a sleep of nothing can outlast a patience of nothing.
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
            let of_domain = places.acquire_owned().await.ok()?;
            let of_all = Arc::clone(&self.places).acquire_owned().await.ok()?;
            Some([of_domain, of_all])
        };
        tokio::time::timeout(self.limits.patience, both)
            .await
            .ok()?
    }

    fn remembered(&self, url: &Url, origin: &str) -> Option<Fetched> {
        let now = self.clock.now();
        let failures = locked(&self.failures);
        failures
            .at(origin, now)
            .or_else(|| failures.at(url.as_str(), now))
    }

    fn remember(&self, url: &Url, origin: &str, fetched: &Fetched) {
        let resting = || Fetched::Unreachable(FetchFailure::Resting);
        let (key, answer, rests) = match fetched {
            Fetched::Found(_) => return,
            Fetched::Gone | Fetched::Missing => (url.as_str(), fetched.clone(), MISSING_RESTS),
            // Both ask us to stay away. Other errors may be one document's: they must not let a
            // stranger close a whole host by naming a URL that fails.
            Fetched::Refused(StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) => {
                (origin, resting(), FAILURE_RESTS)
            }
            Fetched::Unreachable(reason) if reason.is_the_hosts_trouble() => {
                (origin, resting(), FAILURE_RESTS)
            }
            Fetched::Refused(_) | Fetched::Unreachable(_) => {
                (url.as_str(), resting(), FAILURE_RESTS)
            }
        };
        let now = self.clock.now();
        locked(&self.failures).put(key.to_owned(), now, now.plus(rests), answer);
    }
}

/// Answers that are repeated for a while, by URL or by origin.
#[derive(Default)]
struct Failures {
    known: HashMap<String, (Millis, Fetched)>,
}

impl Failures {
    fn at(&self, key: &str, now: Millis) -> Option<Fetched> {
        let (until, answer) = self.known.get(key)?;
        (now < *until).then(|| answer.clone())
    }

    fn put(&mut self, key: String, now: Millis, until: Millis, answer: Fetched) {
        if self.known.len() >= MAX_REMEMBERED {
            self.known.retain(|_, (until, _)| now < *until);
        }
        if self.known.len() >= MAX_REMEMBERED {
            // Full of fresh ones: the one that would go first makes room.
            let first = self.known.iter().min_by_key(|(_, (until, _))| *until);
            if let Some(first) = first.map(|(key, _)| key.clone()) {
                self.known.remove(&first);
            }
        }
        self.known.insert(key, (until, answer));
    }
}

/// Things that exist while somebody holds them, by name.
struct Shared<T> {
    held: Mutex<HashMap<String, Weak<T>>>,
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self {
            held: Mutex::default(),
        }
    }
}

impl<T> Shared<T> {
    /// The thing of that name, made if nobody holds it.
    fn join(&self, name: &str, make: impl FnOnce() -> T) -> Arc<T> {
        let mut held = locked(&self.held);
        if let Some(thing) = held.get(name).and_then(Weak::upgrade) {
            return thing;
        }
        // Sweep only when the map could have doubled since: constant time on average.
        if held.len() == held.capacity() {
            held.retain(|_, it| it.strong_count() > 0);
        }
        let thing = Arc::new(make());
        held.insert(name.to_owned(), Arc::downgrade(&thing));
        thing
    }
}

/// The lock, also when a panic elsewhere poisoned it: each change above is one step.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "single_flight_tests.rs"]
mod tests;
