//! Capped fetches for requests whose sender is not authenticated yet.
//!
//! Anybody can make us fetch a key by naming one, so these fetches are bounded:
//!
//! - One fetch of a URL at a time; whoever asks meanwhile gets the same result.
//! - At most [`FetchLimits::in_flight`] fetches at a time, and [`FetchLimits::per_domain`] from one domain, which is asked
//!   [`FetchLimits::per_domain_a_minute`] times a minute.
//! - A negative cache: a missing document is not asked for again for an hour, another failed one for five
//!   minutes; a host that cannot be reached, or answers 429 or 503, is left alone for five minutes.
//!
//! Not here: limits on who may cause a fetch (`federation`), and storing what was found (`store`).

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use http::StatusCode;
use tokio::sync::{OnceCell, OwnedSemaphorePermit, Semaphore};
use url::Url;

use super::{Client, Document, FetchError, FetchFailure};
use crate::{
    activitystreams,
    clock::{Clock, Millis},
    rate_limit::{Rate, RateLimits},
};

/// How long a document that is missing or gone is not asked for again.
const MISSING_RESTS: Duration = Duration::from_hours(1);
/// How long a failed host, or a failed document, is not asked again.
pub const FAILURE_RESTS: Duration = Duration::from_mins(5);
/// Size of the negative cache. At 2,048 bytes of URL each this is at most 8 MiB.
const MAX_REMEMBERED: usize = 4096;

/// Bounds on fetches for unauthenticated requests.
#[derive(Clone, Copy, Debug)]
pub struct FetchLimits {
    /// Fetches at a time: `limits.fetches_in_flight`.
    pub in_flight: usize,
    /// Fetches at a time from the hosts of one domain, lest a slow one take all permits.
    pub per_domain: usize,
    /// Fetches in a minute from the hosts of one domain.
    pub per_domain_a_minute: u32,
    /// Longest wait for a permit; afterwards the result is [`FetchFailure::Busy`].
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

/// Capped, shared and negatively cached fetches of ActivityPub objects. Clones share all of it.
#[derive(Clone)]
pub struct SingleFlight(Arc<SharedFlights>);

struct SharedFlights {
    client: Client,
    clock: Arc<dyn Clock>,
    limits: FetchLimits,
    permits: Arc<Semaphore>,
    permits_by_domain: SharedByName<Semaphore>,
    rate_by_domain: RateLimits,
    under_way: SharedByName<OnceCell<Result<Document, FetchError>>>,
    failures: Mutex<NegativeCache>,
}

impl fmt::Debug for SingleFlight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SingleFlight")
            .field("limits", &self.0.limits)
            .finish_non_exhaustive()
    }
}

impl SingleFlight {
    /// Fetches with `client`; nothing is under way and nothing is cached.
    pub fn new(client: Client, clock: Arc<dyn Clock>, limits: FetchLimits) -> Self {
        Self(Arc::new(SharedFlights {
            client,
            clock,
            limits,
            permits: Arc::new(Semaphore::new(limits.in_flight)),
            permits_by_domain: SharedByName::default(),
            rate_by_domain: RateLimits::new(Rate::per_minute(limits.per_domain_a_minute)),
            under_way: SharedByName::default(),
            failures: Mutex::default(),
        }))
    }

    /// The client behind it.
    pub fn client(&self) -> &Client {
        &self.0.client
    }

    /// [`Client::fetch_object`] within the limits. A result may be up to an hour old if it is
    /// `Missing` or `Gone`; other failures are repeated as [`FetchFailure::Resting`].
    pub(super) async fn fetch_object(&self, url: &Url) -> Result<Document, FetchError> {
        // Guard and block list first: what is not allowed takes no permit and is not cached.
        self.0
            .client
            .may_speak_to(url)
            .map_err(FetchFailure::from)?;
        let mut url = url.clone();
        url.set_fragment(None);
        let origin = url.origin().ascii_serialization();
        if let Some(error) = self.0.cached(&url, &origin) {
            return Err(error);
        }
        let fetch = self.0.under_way.join(url.as_str(), OnceCell::new);
        let result = fetch.get_or_init(|| self.0.fetch_with_permits(&url, &origin));
        result.await.clone()
    }
}

impl SharedFlights {
    async fn fetch_with_permits(&self, url: &Url, origin: &str) -> Result<Document, FetchError> {
        // By domain: whoever has one has any number of hosts.
        let domain = url.host_str().and_then(activitystreams::domain_of);
        let permits = self.permits(domain.as_deref().unwrap_or(origin)).await;
        let permits = permits.ok_or(FetchFailure::Busy)?;
        let result = self.fetch_and_cache(url, origin).await;
        drop(permits);
        result
    }

    async fn fetch_and_cache(&self, url: &Url, origin: &str) -> Result<Document, FetchError> {
        // While this fetch waited for its permits, another one may have failed.
        if let Some(error) = self.cached(url, origin) {
            return Err(error);
        }
        let result = self.client.fetch_object(url).await;
        if let Err(error) = &result {
            self.cache(url, origin, error);
        }
        result
    }

    /// A permit of those for a domain and one of all; `None` when that takes too long.
    ///
    /// The domain's comes first, so that nobody holds one of the few permits of all while waiting for a slow
    /// host.
    async fn permits(&self, domain: &str) -> Option<[OwnedSemaphorePermit; 2]> {
        let of_domain = self
            .permits_by_domain
            .join(domain, || Semaphore::new(self.limits.per_domain));
        let begun = self.clock.now();
        let patience = self.limits.patience;
        let wait = self.rate_by_domain.take(domain, begun, patience).ok()?;
        let both = async {
            // Even a sleep of nothing can outlast a patience of nothing.
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
            let of_domain = of_domain.acquire_owned().await.ok()?;
            let of_all = Arc::clone(&self.permits).acquire_owned().await.ok()?;
            Some([of_domain, of_all])
        };
        tokio::time::timeout(patience, both).await.ok()?
    }

    fn cached(&self, url: &Url, origin: &str) -> Option<FetchError> {
        let now = self.clock.now();
        let failures = locked(&self.failures);
        failures
            .get(origin, now)
            .or_else(|| failures.get(url.as_str(), now))
    }

    fn cache(&self, url: &Url, origin: &str, error: &FetchError) {
        let resting = FetchError::Unreachable(FetchFailure::Resting);
        let (key, error, rests) = match error {
            FetchError::Gone | FetchError::Missing => (url.as_str(), error.clone(), MISSING_RESTS),
            // Both ask us to stay away. Other errors may be one document's: they must not let a
            // stranger close a whole host by naming a URL that fails.
            FetchError::Refused(
                StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE,
            ) => (origin, resting, FAILURE_RESTS),
            FetchError::Unreachable(reason) if reason.is_the_hosts_trouble() => {
                (origin, resting, FAILURE_RESTS)
            }
            FetchError::Refused(_) | FetchError::Unreachable(_) => {
                (url.as_str(), resting, FAILURE_RESTS)
            }
        };
        let now = self.clock.now();
        locked(&self.failures).insert(key.to_owned(), now, now.plus(rests), error);
    }
}

/// Failures that are repeated for a while, by URL or by origin.
#[derive(Default)]
struct NegativeCache {
    known: HashMap<String, (Millis, FetchError)>,
}

impl NegativeCache {
    fn get(&self, key: &str, now: Millis) -> Option<FetchError> {
        let (until, error) = self.known.get(key)?;
        (now < *until).then(|| error.clone())
    }

    fn insert(&mut self, key: String, now: Millis, until: Millis, error: FetchError) {
        if self.known.len() >= MAX_REMEMBERED {
            self.known.retain(|_, (until, _)| now < *until);
        }
        if self.known.len() >= MAX_REMEMBERED {
            // Full of fresh entries: the one that would expire first makes room.
            let first = self.known.iter().min_by_key(|(_, (until, _))| *until);
            if let Some(first) = first.map(|(key, _)| key.clone()) {
                self.known.remove(&first);
            }
        }
        self.known.insert(key, (until, error));
    }
}

/// Values by name that exist as long as somebody holds them.
struct SharedByName<T> {
    held: Mutex<HashMap<String, Weak<T>>>,
}

impl<T> Default for SharedByName<T> {
    fn default() -> Self {
        Self {
            held: Mutex::default(),
        }
    }
}

impl<T> SharedByName<T> {
    /// The value of that name, made if nobody holds it.
    fn join(&self, name: &str, make: impl FnOnce() -> T) -> Arc<T> {
        let mut held = locked(&self.held);
        if let Some(value) = held.get(name).and_then(Weak::upgrade) {
            return value;
        }
        // Sweep only when the map could have doubled since: constant time on average.
        if held.len() == held.capacity() {
            held.retain(|_, value| value.strong_count() > 0);
        }
        let value = Arc::new(make());
        held.insert(name.to_owned(), Arc::downgrade(&value));
        value
    }
}

/// The lock, also when a panic elsewhere poisoned it: each change above is a single step.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "single_flight_tests.rs"]
mod tests;
