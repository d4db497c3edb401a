//! How many requests may be on their way to one registrable domain, and to one network address. Names below a domain cost
//! nothing, and neither do names of one machine, so hosts without number can stand for one slow server.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The requests on their way, by domain or network.
#[derive(Debug)]
pub(super) struct Shares<K: Ord + Clone> {
    /// The most for one.
    most: usize,
    taken: Arc<Mutex<BTreeMap<K, usize>>>,
}

/// The requests that somebody may make at once; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Share<K: Ord + Clone> {
    key: K,
    size: usize,
    taken: Arc<Mutex<BTreeMap<K, usize>>>,
}

impl<K: Ord + Clone> Shares<K> {
    /// Each gets `most`, and at least one.
    pub(super) fn of(most: usize) -> Self {
        Self {
            most: most.max(1),
            taken: Arc::default(),
        }
    }

    /// Up to `wanted` requests; `None` when the key has its share.
    pub(super) fn take(&self, key: &K, wanted: usize) -> Option<Share<K>> {
        let mut taken = lock(&self.taken);
        let so_far = taken.get(key).copied().unwrap_or(0);
        let size = wanted.min(self.most.saturating_sub(so_far));
        if size > 0 {
            taken.insert(key.clone(), so_far + size);
        }
        drop(taken);
        (size > 0).then(|| self.share(key, size))
    }

    /// The keys that have their share.
    pub(super) fn full(&self) -> Vec<K> {
        lock(&self.taken)
            .iter()
            .filter(|(_, taken)| **taken >= self.most)
            .map(|(key, _)| key.clone())
            .collect()
    }

    fn share(&self, key: &K, size: usize) -> Share<K> {
        Share {
            key: key.clone(),
            size,
            taken: Arc::clone(&self.taken),
        }
    }
}

impl Shares<String> {
    /// Up to `wanted` requests for a domain. An address is no domain: whoever has it has one.
    pub(super) fn take_of_domain(&self, domain: &str, wanted: usize) -> Option<Share<String>> {
        if is_address(domain) {
            return Some(self.share(&domain.to_owned(), wanted));
        }
        self.take(&domain.to_owned(), wanted)
    }
}

impl<K: Ord + Clone> Share<K> {
    /// The number of requests.
    pub(super) const fn size(&self) -> usize {
        self.size
    }

    /// Gives back what is not needed.
    pub(super) fn shrink_to(&mut self, size: usize) {
        let less = self.size.saturating_sub(size);
        self.size -= less;
        give_back(&self.taken, &self.key, less);
    }
}

impl<K: Ord + Clone> Drop for Share<K> {
    fn drop(&mut self) {
        give_back(&self.taken, &self.key, self.size);
    }
}

fn give_back<K: Ord>(taken: &Mutex<BTreeMap<K, usize>>, key: &K, less: usize) {
    let mut taken = lock(taken);
    if let Some(number) = taken.get_mut(key) {
        *number = number.saturating_sub(less);
    }
    taken.retain(|_, number| *number > 0);
}

fn is_address(domain: &str) -> bool {
    domain.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
}

fn lock<K>(taken: &Mutex<BTreeMap<K, usize>>) -> MutexGuard<'_, BTreeMap<K, usize>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_gets_its_share_and_gives_it_back() {
        let shares = Shares::of(8);
        let size = |share: &Option<Share<_>>| share.as_ref().map(Share::size);
        let mut one = shares.take_of_domain("a.example", 4);
        let two = shares.take_of_domain("a.example", 6);
        assert_eq!((size(&one), size(&two)), (Some(4), Some(4)));
        assert_eq!(shares.full(), ["a.example"]);
        assert!(shares.take_of_domain("a.example", 1).is_none());
        assert_eq!(size(&shares.take_of_domain("b.example", 9)), Some(8));
        one.as_mut().unwrap().shrink_to(1);
        assert_eq!(size(&shares.take_of_domain("a.example", 9)), Some(3));
        drop((one, two));
        assert_eq!(shares.full(), [""; 0]);
        assert_eq!(size(&shares.take_of_domain("a.example", 9)), Some(8));
    }

    #[test]
    fn there_is_always_one_and_an_address_is_no_domain() {
        let shares = Shares::of(0);
        let first = shares.take_of_domain("a.example", 4).unwrap();
        assert_eq!(first.size(), 1);
        for address in ["192.0.2.1", "[2001:db8::1]"] {
            let shares: Vec<_> = (0..3)
                .filter_map(|_| shares.take_of_domain(address, 4))
                .collect();
            assert_eq!(shares.len(), 3);
        }
    }
}
