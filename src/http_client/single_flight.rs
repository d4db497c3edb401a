//! Shared fetches for requests whose sender is not authenticated yet.
//!
//! Anybody can make us fetch a key by naming one, so these fetches are bounded:
//!
//! - One fetch of a URL at a time; whoever asks meanwhile gets the same result.
//! - A negative cache: a missing document is not asked for again for an hour, another failed one for five
//!   minutes; a host that cannot be reached, or answers 429 or 503, is left alone for five minutes, or for as long as it
//!   asks with `Retry-After`.
//! - What is fetched in the name of those who proved nothing ([`FetchLane::Unproven`]) keeps to [`super::pace`], and what
//!   fails in their name rests for them alone: a stranger who names a page that fails must not close the host for its own
//!   people.
//! - No redirect leads out of the domain: whoever has one, proven or not, must not aim us at a third party.
//!
//! Not here: whose fetch is next, and how many are under way (`federation`), and storing what was found (`store`).

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use http::StatusCode;
use tokio::sync::OnceCell;
use url::Url;

use super::{Client, Document, FetchError, FetchFailure, fetch::FetchBounds, pace::Pace};
use crate::clock::{Clock, Millis};

/// How long a document that is missing or gone is not asked for again.
const MISSING_RESTS: Duration = Duration::from_hours(1);
/// How long a failed host, or a failed document, is not asked again.
const FAILURE_RESTS: Duration = Duration::from_mins(5);
/// The bounds of what a host can ask for with `Retry-After`.
const SHORTEST_REST: Duration = Duration::from_secs(1);
const LONGEST_REST: Duration = Duration::from_hours(1);
/// Size of each negative cache. At 2,048 bytes of URL each this is at most 8 MiB.
const MAX_REMEMBERED: usize = 4096;

/// In whose name something is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchLane {
    /// That of a network address which proved that it speaks for the host.
    Proven,
    /// Anybody's.
    Unproven,
}

/// Shared and negatively cached fetches of ActivityPub objects. Clones share all of it.
#[derive(Clone)]
pub struct SingleFlight(Arc<SharedFlights>);

struct SharedFlights {
    client: Client,
    clock: Arc<dyn Clock>,
    pace: Pace,
    under_way: SharedByName<OnceCell<Result<Document, FetchError>>>,
    failures: Mutex<Failures>,
}

impl fmt::Debug for SingleFlight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SingleFlight").finish_non_exhaustive()
    }
}

impl SingleFlight {
    /// Fetches with `client`; nothing is under way and nothing is cached.
    pub fn new(client: Client, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(SharedFlights {
            client,
            pace: Pace::new(Arc::clone(&clock)),
            clock,
            under_way: SharedByName::default(),
            failures: Mutex::default(),
        }))
    }

    /// The client behind it.
    pub fn client(&self) -> &Client {
        &self.0.client
    }

    /// Why this URL is not fetched now, and how long that lasts; `None` when a fetch would ask for it.
    pub fn rests(&self, url: &Url, lane: FetchLane) -> Option<(FetchError, Duration)> {
        self.0.cached(url, lane)
    }

    /// [`Client::fetch_object`] within the limits. A result may be up to an hour old if it is
    /// `Missing` or `Gone`; other failures are repeated as [`FetchFailure::Resting`].
    pub(super) async fn fetch_object(
        &self,
        url: &Url,
        lane: FetchLane,
    ) -> Result<Document, FetchError> {
        // Guard and block list first: what is not allowed is not cached.
        self.0
            .client
            .may_speak_to(url)
            .map_err(FetchFailure::from)?;
        let mut url = url.clone();
        url.set_fragment(None);
        if let Some((error, _)) = self.0.cached(&url, lane) {
            return Err(error);
        }
        // Nobody who proved something waits for the pace of the others.
        let name = format!("{lane:?} {url}");
        let fetch = self.0.under_way.join(&name, OnceCell::new);
        let result = fetch.get_or_init(|| self.0.fetch_and_cache(&url, lane));
        result.await.clone()
    }
}

impl SharedFlights {
    async fn fetch_and_cache(&self, url: &Url, lane: FetchLane) -> Result<Document, FetchError> {
        let bounds = FetchBounds {
            pace: match lane {
                FetchLane::Proven => None,
                FetchLane::Unproven => Some(&self.pace),
            },
            stays_in_domain: true,
            known: None,
        };
        let result = self.client.fetch_object(url, bounds).await;
        if let Err(error) = &result {
            self.cache(url, lane, error);
        }
        result
    }

    fn cached(&self, url: &Url, lane: FetchLane) -> Option<(FetchError, Duration)> {
        let now = self.clock.now();
        let origin = url.origin().ascii_serialization();
        let page = url.as_str().split('#').next().unwrap_or_default();
        let failures = locked(&self.failures);
        let of = |cache: &NegativeCache| cache.get(&origin, now).or_else(|| cache.get(page, now));
        of(&failures.proven).or_else(|| match lane {
            FetchLane::Proven => None,
            FetchLane::Unproven => of(&failures.unproven),
        })
    }

    fn cache(&self, url: &Url, lane: FetchLane, error: &FetchError) {
        let origin = url.origin().ascii_serialization();
        let resting = FetchError::Unreachable(FetchFailure::Resting);
        let (key, error, rests) = match error {
            FetchError::Gone | FetchError::Missing => (url.as_str(), error.clone(), MISSING_RESTS),
            FetchError::Later(_, after) => {
                let rests = (*after).clamp(SHORTEST_REST, LONGEST_REST);
                (origin.as_str(), resting, rests)
            }
            // Both ask us to stay away. Other errors may be one document's: they must not let a
            // stranger close a whole host by naming a URL that fails.
            FetchError::Refused(
                StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE,
            ) => (origin.as_str(), resting, FAILURE_RESTS),
            FetchError::Unreachable(reason) if reason.is_the_hosts_trouble() => {
                (origin.as_str(), resting, FAILURE_RESTS)
            }
            // It was not asked to the end.
            FetchError::Unreachable(FetchFailure::Busy) => return,
            FetchError::Refused(_) | FetchError::Unreachable(_) => {
                (url.as_str(), resting, FAILURE_RESTS)
            }
        };
        let now = self.clock.now();
        let until = now.plus(rests);
        locked(&self.failures).insert(lane, key, now, until, error);
    }
}

/// What failed, by the lane in which it did.
#[derive(Default)]
struct Failures {
    /// Rests for everybody.
    proven: NegativeCache,
    /// Rests for those who proved nothing.
    unproven: NegativeCache,
}

impl Failures {
    fn insert(
        &mut self,
        lane: FetchLane,
        key: &str,
        now: Millis,
        until: Millis,
        error: FetchError,
    ) {
        let cache = match lane {
            FetchLane::Proven => &mut self.proven,
            FetchLane::Unproven => &mut self.unproven,
        };
        cache.insert(key.to_owned(), now, until, error);
    }
}

/// Failures that are repeated for a while, by URL or by origin.
#[derive(Default)]
struct NegativeCache {
    known: HashMap<String, (Millis, FetchError)>,
}

impl NegativeCache {
    /// The failure, and for how long it still rests.
    fn get(&self, key: &str, now: Millis) -> Option<(FetchError, Duration)> {
        let (until, error) = self.known.get(key)?;
        (now < *until).then(|| (error.clone(), until.since(now)))
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
