//! Our delivery worker in this process, and an HTTP client that reaches the fake servers.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::watch;
use undersigned::{
    clock::Clock,
    delivery::{DeliverySettings, DeliveryWorker, Signers},
    http_client::{self, Client},
    random::Random,
    store::Store,
};

/// `[delivery]` as it is without a configuration.
pub(crate) const SETTINGS: DeliverySettings = DeliverySettings {
    workers: 64,
    per_host: 4,
    give_up_after: Duration::from_hours(7 * 24),
};

/// Settings of a client for which every name is at 127.0.0.1, which may not be connected to.
pub(crate) fn public_client(clock: Arc<dyn Clock>) -> http_client::ClientSettings {
    http_client::ClientSettings {
        // Never reached: a busy machine must not fail a test.
        connect_timeout: Duration::from_secs(30),
        timeout: Duration::from_secs(30),
        delivery_timeout: Duration::from_secs(30),
        lookup: Arc::new(Loopback),
        ..http_client::ClientSettings::new("undersigned/0 (+https://letter.example/)", clock)
    }
}

/// The same with 127.0.0.1 in `net.allow_addresses`.
pub(crate) fn lab_client(clock: Arc<dyn Clock>) -> http_client::ClientSettings {
    http_client::ClientSettings {
        allow: vec!["127.0.0.1/32".parse().unwrap()],
        ..public_client(clock)
    }
}

/// A delivery worker whose client reaches the fake servers; `timeout` is that of one request.
pub(crate) fn worker(
    store: &Store,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    signers: Signers,
    timeout: Duration,
    settings: DeliverySettings,
) -> DeliveryWorker {
    let client = http_client::ClientSettings {
        delivery_timeout: timeout,
        ..lab_client(Arc::clone(&clock))
    };
    DeliveryWorker::new(
        store.clone(),
        Client::new(client).unwrap().0,
        watch::channel(Arc::new(signers)).1,
        clock,
        random,
        settings,
    )
}

/// Every name is at 127.0.0.1.
#[derive(Debug)]
struct Loopback;

impl Resolve for Loopback {
    fn resolve(&self, _: Name) -> Resolving {
        Box::pin(async {
            let address = SocketAddr::from(([127, 0, 0, 1], 0));
            let addresses: Addrs = Box::new(std::iter::once(address));
            Ok(addresses)
        })
    }
}
