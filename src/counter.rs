//! What a process counted since it started, for `/metrics`.

use prometheus_client::{
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

/// `N` labels, each a name and a word of ours: what other servers write is never one, because each value is a time series
/// of its own.
pub type Labels<const N: usize> = [(&'static str, &'static str); N];

/// Counters that differ by their labels. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct LabelledCounter<const N: usize>(Family<Labels<N>, Counter>);

impl<const N: usize> LabelledCounter<N> {
    /// Counters that exist from the beginning, at 0: a rise from nothing is no rise for Prometheus.
    pub fn of(all: impl IntoIterator<Item = Labels<N>>) -> Self {
        let counter = Self::default();
        for labels in all {
            drop(counter.0.get_or_create(&labels));
        }
        counter
    }

    /// Counts one.
    pub fn count(&self, labels: Labels<N>) {
        self.0.get_or_create(&labels).inc();
    }

    /// Lets a scrape see the counters. `_total` is added to the name.
    pub fn register(&self, registry: &mut Registry, name: &str, help: &str) {
        registry.register(name, help, self.0.clone());
    }
}
