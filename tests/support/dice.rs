//! Random choices that can be repeated, and the settings of tests that make them.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a setting that is no number fails the test that it is for"
)]

use undersigned::random::{Random, SeededRandom, SystemRandom};

/// Random choices that can be repeated.
#[derive(Debug)]
pub(crate) struct Dice(pub(crate) SeededRandom);

impl Dice {
    /// A number below `sides`.
    pub(crate) fn throw(&self, sides: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        usize::try_from(u64::from_le_bytes(bytes) >> 1).unwrap() % sides
    }

    /// One of these.
    pub(crate) fn pick<'a, T>(&self, some: &'a [T]) -> &'a T {
        &some[self.throw(some.len())]
    }
}

/// A variable of the environment.
#[expect(
    clippy::disallowed_methods,
    reason = "the variables of these tests, read in this one place"
)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A variable that is a number.
pub(crate) fn setting(name: &str) -> Option<u64> {
    Some(variable(name)?.parse().unwrap())
}

/// A seed that nobody chose.
pub(crate) fn random_seed() -> u64 {
    let mut bytes = [0; 8];
    SystemRandom.fill(&mut bytes);
    u64::from_le_bytes(bytes)
}
