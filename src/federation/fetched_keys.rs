//! The keys that were read from their owners in the last five minutes, and the key ids that led to none.
//!
//! Whoever forges a signature makes us read the key that it names: from an actor that we know because the stored key
//! does not fit, from any other because there is none. Both are read at most once in five minutes, so that nobody makes
//! us flood a server, and nobody learns from the number of reads whom we know. What was read is kept for that time, or
//! until [`MAX_KEYS`] others were read, so that a forger who came first does not keep the owner out. An address that has proved to speak for the host looks once more
//! than those that have not, because the owner's key may have changed since.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::known_key::KnownKey;
use crate::{clock::Millis, hash::Sha256, http_client::single_flight::FetchLane};

/// How long a key is not read again.
const READ_EVERY: Duration = Duration::from_mins(5);

/// The most keys that are remembered, with the documents that they came with: some 20 KiB each at most. Beyond it the
/// oldest goes; how much is read for strangers is limited by address and domain besides.
const MAX_KEYS: usize = 1000;

/// What came of reading a key.
#[derive(Clone, Debug)]
pub struct FetchedKey {
    /// The key; `None` when the key id leads to none.
    pub key: Option<Arc<KnownKey>>,
    /// In whose name it was read for a request that it did not verify; `None` when it verified one. What was read for
    /// its owner does not count: from the time of the next answer a forger would learn that the owner was here.
    pub doubted: Option<FetchLane>,
    at: Millis,
}

/// The keys that were read lately, by the hash of their ids.
#[derive(Debug, Default)]
pub struct FetchedKeys(Mutex<HashMap<Sha256, FetchedKey>>);

impl FetchedKeys {
    /// What came of reading this key less than five minutes ago; `None` when it was not read.
    pub fn find(&self, key_id: &str, now: Millis) -> Option<FetchedKey> {
        let found = self.lock().get(&Sha256::of(key_id)).cloned()?;
        (now.since(found.at) < READ_EVERY).then_some(found)
    }

    /// Remembers what came of reading this key now.
    pub fn remember(
        &self,
        key_id: &str,
        key: Option<Arc<KnownKey>>,
        doubted: Option<FetchLane>,
        now: Millis,
    ) {
        let mut kept = self.lock();
        if kept.len() >= MAX_KEYS {
            kept.retain(|_, found| now.since(found.at) < READ_EVERY);
        }
        if kept.len() >= MAX_KEYS {
            let oldest = kept.iter().min_by_key(|(_, found)| found.at);
            if let Some(oldest) = oldest.map(|(hash, _)| hash.clone()) {
                kept.remove(&oldest);
            }
        }
        let found = FetchedKey {
            key,
            doubted,
            at: now,
        };
        kept.insert(Sha256::of(key_id), found);
    }

    /// Forgets the keys of an actor whose document changed since.
    pub fn forget(&self, actor: &str) {
        let is_other = |key: &Arc<KnownKey>| key.actor != actor;
        self.lock()
            .retain(|_, found| found.key.as_ref().is_none_or(is_other));
    }

    /// A poisoned lock is taken over: no change above leaves the map half done.
    fn lock(&self) -> MutexGuard<'_, HashMap<Sha256, FetchedKey>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis::from_millis(1_795_348_800_000);

    #[test]
    fn a_key_is_read_again_after_five_minutes() {
        let keys = FetchedKeys::default();
        keys.remember("https://m.example/ada#main-key", None, None, NOW);
        for (after, known) in [(0, true), (299, true), (300, false)] {
            let now = NOW.plus(Duration::from_secs(after));
            let found = keys.find("https://m.example/ada#main-key", now);
            assert_eq!(found.is_some(), known, "{after}");
        }
        assert!(keys.find("https://m.example/bob#main-key", NOW).is_none());
    }

    #[test]
    fn the_oldest_go_when_there_are_too_many() {
        let keys = FetchedKeys::default();
        for number in 0..=MAX_KEYS {
            let at = NOW.plus(Duration::from_millis(u64::try_from(number).unwrap()));
            keys.remember(&number.to_string(), None, None, at);
        }
        assert_eq!(keys.lock().len(), MAX_KEYS);
        assert!(keys.find("0", NOW).is_none());
        assert!(keys.find("1", NOW).is_some());
    }
}
