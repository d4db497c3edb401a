//! The cache of public keys, which spares a delivery from a known actor the query to the database.
//!
//! It consists of two bounded maps. One maps an actor to its key; an entry is three hashes, so that ids of 2,048
//! bytes cost no more than short ones. The other maps the hash of a PEM text to the parsed key, so that actors with the
//! same key share an entry. Neither map is ever emptied at once.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::known_key::KnownKey;
use crate::{clock::Millis, hash::Sha256, signature::PublicKey};

/// The most actors in the cache; an entry takes about 100 bytes, so some 12 MiB when it is full.
const MAX_ACTORS: usize = 100_000;

/// The most parsed keys in the cache; one takes about 2.5 KiB with its text, so 10 MiB when it is full.
const MAX_KEYS: usize = 4096;

/// How long a cached key is used before the register is read again: another process may have learnt that it changed,
/// or that its owner is gone.
const BELIEVED_FOR: Duration = Duration::from_mins(5);

/// A map of at most `capacity` entries, with an approximate LRU eviction: when the younger half is full, it becomes the
/// older half, and the entries of the older half that were not used since are dropped.
#[derive(Debug)]
struct KeyCacheGenerations<K, V> {
    half: usize,
    younger: HashMap<K, V>,
    older: HashMap<K, V>,
}

impl<K: Eq + Hash + Clone, V: Clone> KeyCacheGenerations<K, V> {
    fn new(capacity: usize) -> Self {
        Self {
            half: capacity / 2,
            younger: HashMap::new(),
            older: HashMap::new(),
        }
    }

    fn get(&mut self, key: &K) -> Option<V> {
        if let Some(value) = self.younger.get(key) {
            return Some(value.clone());
        }
        let value = self.older.remove(key)?;
        self.insert(key.clone(), value.clone());
        Some(value)
    }

    fn insert(&mut self, key: K, value: V) {
        if self.younger.len() >= self.half && !self.younger.contains_key(&key) {
            self.older = std::mem::take(&mut self.younger);
        }
        // Otherwise a replaced entry could come back once the younger half is dropped.
        self.older.remove(&key);
        self.younger.insert(key, value);
    }

    fn remove(&mut self, key: &K) {
        self.younger.remove(key);
        self.older.remove(key);
    }
}

/// The key with which an actor signs, as hashes.
#[derive(Clone, Debug)]
struct Signs {
    key_id: Sha256,
    pem: Sha256,
    since: Millis,
}

/// A parsed key with its PEM text.
#[derive(Clone, Debug)]
struct Parsed {
    key: PublicKey,
    pem: Arc<str>,
}

#[derive(Debug)]
struct CachedKey {
    actors: KeyCacheGenerations<Sha256, Signs>,
    keys: KeyCacheGenerations<Sha256, Parsed>,
}

/// The keys that verified a signature.
#[derive(Debug)]
pub struct KeyCache {
    kept: Mutex<CachedKey>,
}

impl Default for KeyCache {
    fn default() -> Self {
        Self {
            kept: Mutex::new(CachedKey {
                actors: KeyCacheGenerations::new(MAX_ACTORS),
                keys: KeyCacheGenerations::new(MAX_KEYS),
            }),
        }
    }
}

impl KeyCache {
    /// The key with this id, if it is the one that `actor` last signed with, and was cached less than five minutes ago.
    pub fn find(&self, key_id: &str, actor: &str, now: Millis) -> Option<KnownKey> {
        let hash = Sha256::of(actor);
        let mut kept = self.lock();
        let signs = kept.actors.get(&hash)?;
        if signs.key_id != Sha256::of(key_id) || now.since(signs.since) >= BELIEVED_FOR {
            return None;
        }
        let Parsed { key, pem } = kept.keys.get(&signs.pem)?;
        drop(kept);
        Some(KnownKey {
            actor: actor.to_owned(),
            key,
            pem,
            document: None,
            remembered: true,
        })
    }

    /// Parses a PEM text, once for all actors that use it; `None` when it is no key.
    pub fn parse(&self, pem: &str) -> Option<(PublicKey, Arc<str>)> {
        let hash = Sha256::of(pem);
        let known = self.lock().keys.get(&hash);
        let Parsed { key, pem } = match known {
            Some(known) => known,
            None => Parsed {
                key: PublicKey::from_pem(pem).ok()?,
                pem: pem.into(),
            },
        };
        Some((key, pem))
    }

    /// Caches a key that has verified a signature, and was read from the register or its owner.
    pub fn remember(&self, key_id: &str, known: &KnownKey, now: Millis) {
        if known.remembered {
            return;
        }
        let pem = Sha256::of(&known.pem);
        let parsed = Parsed {
            key: known.key.clone(),
            pem: Arc::clone(&known.pem),
        };
        let signs = Signs {
            key_id: Sha256::of(key_id),
            pem: pem.clone(),
            since: now,
        };
        let actor = Sha256::of(&known.actor);
        let mut kept = self.lock();
        kept.keys.insert(pem, parsed);
        kept.actors.insert(actor, signs);
    }

    /// Removes the key of an actor whose document changed.
    pub fn forget(&self, actor: &str) {
        self.lock().actors.remove(&Sha256::of(actor));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, CachedKey> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::KeyPair;

    const NOW: Millis = Millis::from_millis(1_795_348_800_000);

    #[test]
    fn what_is_used_stays_and_what_is_not_goes() {
        let mut map = KeyCacheGenerations::new(8);
        map.insert(0, "used");
        for number in 1..100 {
            map.insert(number, "once");
            assert_eq!(map.get(&0), Some("used"), "after {number}");
            assert!(map.younger.len() + map.older.len() <= 8, "after {number}");
        }
        assert_eq!(map.get(&99), Some("once"));
        assert_eq!(map.get(&1), None);
    }

    #[test]
    fn what_was_replaced_or_removed_does_not_come_back() {
        let mut map = KeyCacheGenerations::new(4);
        map.insert(1, "old");
        map.insert(2, "");
        map.insert(3, "");
        map.insert(1, "new");
        assert_eq!(map.get(&1), Some("new"));
        assert!(map.older.values().all(|value| *value != "old"));
        map.remove(&1);
        assert_eq!(map.get(&1), None);
    }

    #[test]
    fn a_key_is_found_by_its_id_and_its_owner_until_the_owner_changes() {
        let pem = KeyPair::generate().unwrap().public_key_pem();
        let cache = KeyCache::default();
        let (ada, bob) = ("https://m.example/ada", "https://m.example/bob");
        let (key, pem) = cache.parse(&pem).unwrap();
        let known = |actor: &str| KnownKey {
            actor: actor.to_owned(),
            key: key.clone(),
            pem: Arc::clone(&pem),
            document: None,
            remembered: false,
        };
        cache.remember("ada#key", &known(ada), NOW);
        cache.remember("bob#key", &known(bob), NOW);
        assert_eq!(cache.find("ada#key", ada, NOW).unwrap().actor, ada);
        // The same PEM text is parsed and stored once.
        let (one, other) = (
            cache.find("ada#key", ada, NOW),
            cache.find("bob#key", bob, NOW),
        );
        assert!(Arc::ptr_eq(&one.unwrap().pem, &other.unwrap().pem));
        // Neither by another id, nor for another actor.
        assert!(cache.find("ada#other", ada, NOW).is_none());
        assert!(cache.find("ada#key", bob, NOW).is_none());
        // After the time limit the register has to be read again; its answer counts from then on.
        let later = NOW.plus(BELIEVED_FOR);
        assert!(cache.find("ada#key", ada, later).is_none());
        cache.remember("ada#key", &known(ada), later);
        assert!(cache.find("ada#key", ada, later).is_some());
        cache.forget(ada);
        assert!(cache.find("ada#key", ada, NOW).is_none());
        assert!(cache.find("bob#key", bob, NOW).is_some());
    }
}
