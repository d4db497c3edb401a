//! Random choices that can be repeated, and the variables of the environment that tests read.

use undersigned::random::{Random, SeededRandom, SystemRandom};

/// Random choices that a seed repeats.
#[derive(Debug)]
pub(crate) struct Choices(SeededRandom);

impl Choices {
    /// The choices of this seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(SeededRandom::new(seed))
    }

    /// A number below `bound`.
    pub(crate) fn below(&self, bound: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        usize::try_from(u64::from_le_bytes(bytes) >> 1).unwrap() % bound
    }

    /// One of these.
    pub(crate) fn pick<'a, T>(&self, some: &'a [T]) -> &'a T {
        &some[self.below(some.len())]
    }
}

/// A seed that nobody chose.
pub(crate) fn random_seed() -> u64 {
    let mut bytes = [0; 8];
    SystemRandom.fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

/// A variable of the environment.
#[expect(
    clippy::disallowed_methods,
    reason = "the variables of tests, read in this one place"
)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A variable that has to be a number.
pub(crate) fn number_variable(name: &str) -> Option<u64> {
    Some(variable(name)?.parse().unwrap())
}
