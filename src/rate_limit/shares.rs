//! How much of something limited each may have at once: requests to one domain, connections of one network address.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What is taken, by who has it.
#[derive(Debug)]
pub struct Shares<K: Ord + Clone> {
    /// The most for one.
    most: usize,
    taken: Arc<Mutex<BTreeMap<K, usize>>>,
}

/// What somebody has; given back when it is dropped.
#[derive(Debug)]
pub struct Share<K: Ord + Clone> {
    key: K,
    size: usize,
    taken: Arc<Mutex<BTreeMap<K, usize>>>,
}

impl<K: Ord + Clone> Shares<K> {
    /// Each gets `most`, and at least one.
    pub fn of(most: usize) -> Self {
        Self {
            most: most.max(1),
            taken: Arc::default(),
        }
    }

    /// Up to `wanted`; `None` when the key has its share.
    pub fn take(&self, key: &K, wanted: usize) -> Option<Share<K>> {
        let mut taken = lock(&self.taken);
        let so_far = taken.get(key).copied().unwrap_or(0);
        let size = wanted.min(self.most.saturating_sub(so_far));
        if size > 0 {
            taken.insert(key.clone(), so_far + size);
        }
        drop(taken);
        (size > 0).then(|| self.share(key, size))
    }

    /// How much of its share the key may still take.
    pub fn left(&self, key: &K) -> usize {
        let taken = lock(&self.taken).get(key).copied().unwrap_or(0);
        self.most.saturating_sub(taken)
    }

    /// The keys that have their share.
    pub fn full(&self) -> Vec<K> {
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

    /// So much without a limit: it is not counted.
    pub fn uncounted(key: K, size: usize) -> Share<K> {
        Share {
            key,
            size,
            taken: Arc::default(),
        }
    }
}

impl<K: Ord + Clone> Share<K> {
    /// How much it is.
    pub const fn size(&self) -> usize {
        self.size
    }

    /// Gives back what is not needed.
    pub fn shrink_to(&mut self, size: usize) {
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
    let Some(number) = taken.get_mut(key) else {
        return;
    };
    *number = number.saturating_sub(less);
    if *number == 0 {
        taken.remove(key);
    }
}

fn lock<K>(taken: &Mutex<BTreeMap<K, usize>>) -> MutexGuard<'_, BTreeMap<K, usize>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_gets_its_share_and_gives_it_back() {
        let shares = Shares::of(8);
        let size = |share: &Option<Share<_>>| share.as_ref().map(Share::size);
        let mut one = shares.take(&"a.example".to_owned(), 4);
        let two = shares.take(&"a.example".to_owned(), 6);
        assert_eq!((size(&one), size(&two)), (Some(4), Some(4)));
        assert_eq!(shares.full(), ["a.example"]);
        assert_eq!(shares.left(&"a.example".to_owned()), 0);
        assert_eq!(shares.left(&"b.example".to_owned()), 8);
        assert!(shares.take(&"a.example".to_owned(), 1).is_none());
        assert_eq!(size(&shares.take(&"b.example".to_owned(), 9)), Some(8));
        one.as_mut().unwrap().shrink_to(1);
        assert_eq!(size(&shares.take(&"a.example".to_owned(), 9)), Some(3));
        drop((one, two));
        assert_eq!(shares.full(), [""; 0]);
        assert_eq!(size(&shares.take(&"a.example".to_owned(), 9)), Some(8));
    }

    #[test]
    fn there_is_always_one_and_what_is_not_counted_takes_nothing() {
        let shares = Shares::of(0);
        let first = shares.take(&"a.example", 4).unwrap();
        assert_eq!(first.size(), 1);
        drop(Shares::uncounted("a.example", 4));
        assert_eq!(shares.full(), ["a.example"]);
    }
}
