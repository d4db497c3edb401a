//! Where a delivery would go: the networks of its host, found before anything is sent.
//!
//! Many names may lead to one address, so who bounds what one machine gets at once has to count by address. Not here:
//! the bound (`delivery`).

use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
};

use reqwest::dns::Name;
use tokio::time::timeout;
use url::{Host, Url};

use super::{Client, FetchFailure, guard::Forbidden, resolver::HeldAddresses};
use crate::rate_limit::Network;

/// The networks that a host's addresses are in. While this value lives, new connections to the host use the addresses
/// that were counted, whatever the name leads to meanwhile.
#[derive(Debug)]
pub struct Destination {
    networks: BTreeSet<Network>,
    _held: Option<HeldAddresses>,
}

impl Destination {
    /// All networks that a connection may go to, not the first alone: when that does not answer, the next is tried. Those
    /// of `net.allow_addresses` are left out.
    pub const fn networks(&self) -> &BTreeSet<Network> {
        &self.networks
    }
}

impl Client {
    /// Looks the host of `url` up, which takes at most the `connect_timeout` of the settings. Does not ask the block list.
    ///
    /// # Errors
    /// [`FetchFailure::Forbidden`], [`FetchFailure::NoAddress`] and [`FetchFailure::TimedOut`].
    pub async fn destination(&self, url: &Url) -> Result<Destination, FetchFailure> {
        let route = self.inner.guard.url_is_allowed(url)?;
        let name = match url.host().ok_or(Forbidden::NoHost)? {
            Host::Domain(name) => name,
            Host::Ipv4(address) => return Ok(self.destination_at(&[address.into()], None)),
            Host::Ipv6(address) => return Ok(self.destination_at(&[address.into()], None)),
        };
        let name: Name = name
            .parse()
            .map_err(|_invalid| Forbidden::ForeignName(name.to_owned()))?;
        let held = self.connections(route).resolver.hold(name);
        let held = timeout(self.inner.connect_timeout, held)
            .await
            .map_err(|_elapsed| FetchFailure::TimedOut)?
            .map_err(FetchFailure::from_lookup)?;
        let addresses: Vec<_> = held.iter().map(SocketAddr::ip).collect();
        Ok(self.destination_at(&addresses, Some(held)))
    }

    fn destination_at(&self, addresses: &[IpAddr], held: Option<HeldAddresses>) -> Destination {
        let guard = &self.inner.guard;
        let counts = |address: &&IpAddr| {
            self.inner.count_laboratory || guard.address_is_in_laboratory(**address).is_err()
        };
        let counted = addresses.iter().filter(counts);
        Destination {
            networks: counted.copied().map(Network::of).collect(),
            _held: held,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use reqwest::dns::{Addrs, Resolve, Resolving};

    use super::*;
    use crate::http_client::{
        ClientSettings,
        testing::{client, public_settings},
    };

    /// Every name is at these addresses.
    struct At(Vec<&'static str>);

    impl Resolve for At {
        fn resolve(&self, _: Name) -> Resolving {
            let addresses = self.0.iter().map(|it| it.parse().unwrap());
            let sockets: Vec<_> = addresses.map(|it| SocketAddr::new(it, 0)).collect();
            let found: Addrs = Box::new(sockets.into_iter());
            Box::pin(async { Ok(found) })
        }
    }

    async fn destination(
        url: &str,
        addresses: &[&'static str],
        count_laboratory: bool,
    ) -> Result<BTreeSet<Network>, FetchFailure> {
        let client = client(ClientSettings {
            lookup: Arc::new(At(addresses.to_vec())),
            allow: vec!["10.0.0.0/8".parse().unwrap()],
            count_laboratory,
            ..public_settings()
        });
        let found = client.destination(&url.parse().unwrap()).await;
        found.map(|destination| destination.networks().clone())
    }

    #[tokio::test]
    async fn every_network_of_a_name_counts_but_none_of_the_laboratory() {
        const NAME: &str = "https://m.example/inbox";
        const LITERAL: &str = "http://10.0.0.9/inbox";
        let mixed: &[_] = &[
            "2a00:1:2:3::1",
            "2a00:1:2:3::2",
            "10.0.0.1",
            "192.168.0.1",
            "192.0.3.1",
        ];
        let public: &[_] = &["2a00:1:2:3::9", "::ffff:192.0.3.1"];
        let check = async |url, counts, expected: &[&str]| {
            let found = destination(url, mixed, counts).await.unwrap();
            let expected = expected.iter().map(|it| Network::of(it.parse().unwrap()));
            // Not `assert_eq!`: the debug output of a network is empty.
            assert!(found == expected.collect(), "{url} {counts}");
        };
        check(NAME, false, public).await;
        check(NAME, true, &[public, &["10.0.0.1"]].concat()).await;
        check(LITERAL, false, &[]).await;
        check(LITERAL, true, &["10.0.0.9"]).await;
    }

    #[tokio::test]
    async fn without_an_address_that_may_be_spoken_to_there_is_no_destination() {
        let check = async |addresses, expected: &str| {
            let found = destination("https://m.example/inbox", addresses, true).await;
            let shown = format!("{:?}", found.unwrap_err());
            assert!(shown.starts_with(expected), "{shown} is not {expected}");
        };
        check(&[], "NoAddress").await;
        check(&["127.0.0.1"], "Forbidden(Address(127.0.0.1))").await;
    }
}
