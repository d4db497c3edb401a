//! How many requests may be on their way to one registrable domain. Names below a domain cost nothing, so hosts without
//! number can stand for one slow server.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The requests on their way, by domain.
#[derive(Debug)]
pub(super) struct Shares {
    /// The most for one.
    most: usize,
    taken: Arc<Mutex<BTreeMap<String, usize>>>,
}

/// The requests that one batch may make at once; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Share {
    domain: String,
    size: usize,
    taken: Arc<Mutex<BTreeMap<String, usize>>>,
}

impl Shares {
    /// One domain gets a quarter of `workers`, and at least one.
    pub(super) fn of(workers: usize) -> Self {
        Self {
            most: (workers / 4).max(1),
            taken: Arc::default(),
        }
    }

    /// Up to `wanted` requests; `None` when the domain has its share. An address is no domain: whoever has it has one.
    pub(super) fn take(&self, domain: &str, wanted: usize) -> Option<Share> {
        let share = |size| Share {
            domain: domain.to_owned(),
            size,
            taken: Arc::clone(&self.taken),
        };
        if is_address(domain) {
            return Some(share(wanted));
        }
        let mut taken = lock(&self.taken);
        let so_far = taken.get(domain).copied().unwrap_or(0);
        let size = wanted.min(self.most.saturating_sub(so_far));
        if size > 0 {
            taken.insert(domain.to_owned(), so_far + size);
        }
        drop(taken);
        (size > 0).then(|| share(size))
    }

    /// The domains that have their share.
    pub(super) fn full(&self) -> Vec<String> {
        lock(&self.taken)
            .iter()
            .filter(|(_, taken)| **taken >= self.most)
            .map(|(domain, _)| domain.clone())
            .collect()
    }
}

impl Share {
    /// The number of requests.
    pub(super) const fn size(&self) -> usize {
        self.size
    }

    /// Gives back what is not needed.
    pub(super) fn shrink_to(&mut self, size: usize) {
        let less = self.size.saturating_sub(size);
        self.size -= less;
        give_back(&self.taken, &self.domain, less);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        give_back(&self.taken, &self.domain, self.size);
    }
}

fn give_back(taken: &Mutex<BTreeMap<String, usize>>, domain: &str, less: usize) {
    let mut taken = lock(taken);
    if let Some(number) = taken.get_mut(domain) {
        *number = number.saturating_sub(less);
    }
    taken.retain(|_, number| *number > 0);
}

fn is_address(domain: &str) -> bool {
    domain.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
}

fn lock(taken: &Mutex<BTreeMap<String, usize>>) -> MutexGuard<'_, BTreeMap<String, usize>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_gets_a_quarter_and_gives_it_back() {
        let shares = Shares::of(32);
        let size = |share: &Option<Share>| share.as_ref().map(Share::size);
        let mut one = shares.take("a.example", 4);
        let two = shares.take("a.example", 6);
        assert_eq!((size(&one), size(&two)), (Some(4), Some(4)));
        assert_eq!(shares.full(), ["a.example"]);
        assert!(shares.take("a.example", 1).is_none());
        assert_eq!(size(&shares.take("b.example", 9)), Some(8));
        one.as_mut().unwrap().shrink_to(1);
        assert_eq!(size(&shares.take("a.example", 9)), Some(3));
        drop((one, two));
        assert_eq!(shares.full(), [""; 0]);
        assert_eq!(size(&shares.take("a.example", 9)), Some(8));
    }

    #[test]
    fn there_is_always_one_and_an_address_is_no_domain() {
        let shares = Shares::of(1);
        let first = shares.take("a.example", 4).unwrap();
        assert_eq!(first.size(), 1);
        for address in ["192.0.2.1", "[2001:db8::1]"] {
            let shares: Vec<_> = (0..3).filter_map(|_| shares.take(address, 4)).collect();
            assert_eq!(shares.len(), 3);
        }
    }
}
