//! Who is at the other end of a connection, as far as counting needs it.
//!
//! A network address is used for counting while a request is answered, and never printed, logged or stored
//! (`product.md` 2.8): [`Network`] shows nothing of itself.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr, SocketAddr},
};

use axum::{
    extract::ConnectInfo,
    http::{Extensions, HeaderMap, request::Parts},
};
use ipnet::IpNet;

/// The header in which proxies write down for whom they ask.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// What is counted as one caller: an IPv4 address, or the /64 of an IPv6 address, because whoever has one
/// address of it has all of them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network(IpAddr);

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Network")
    }
}

impl Network {
    /// The network of an address.
    pub fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => {
                let prefix = address.to_bits() & !u128::from(u64::MAX);
                IpAddr::V6(Ipv6Addr::from_bits(prefix))
            }
        })
    }
}

/// Where a request comes from; `None` when that is a proxy of ours or this machine, and nobody else is named.
///
/// It travels with the request, among its extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller(pub Option<Network>);

impl Caller {
    /// Whom a connection from `peer` with these headers speaks for.
    ///
    /// A stranger speaks for itself, whatever it writes into the headers. A trusted proxy speaks for the
    /// right-most entry of `X-Forwarded-For` that is no trusted proxy's: what stands left of it was written
    /// by strangers. Where a trusted proxy names nobody that we can read, everybody behind it would be
    /// counted as one, so nobody is (F-262).
    pub fn behind(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &[IpNet]) -> Self {
        let is_trusted = |address: &IpAddr| trusted.iter().any(|it| it.contains(address));
        let Some(peer) = peer.map(|it| it.to_canonical()) else {
            return Self(None);
        };
        if !is_trusted(&peer) {
            return Self(Some(Network::of(peer)));
        }
        // Several lines are one list (RFC 9110, 5.3).
        let lines: Vec<_> = headers.get_all(FORWARDED_FOR).iter().collect();
        for line in lines.into_iter().rev() {
            let Ok(line) = line.to_str() else {
                return Self(None);
            };
            for entry in line.rsplit(',') {
                match address(entry) {
                    Some(address) if is_trusted(&address) => (),
                    Some(address) => return Self(Some(Network::of(address))),
                    None => return Self(None),
                }
            }
        }
        Self(None)
    }

    /// The same for a request; its connection is known when `serve` took it.
    pub fn of(extensions: &Extensions, headers: &HeaderMap, trusted: &[IpNet]) -> Self {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>();
        Self::behind(peer.map(|it| it.0.ip()), headers, trusted)
    }

    /// What was found out about a request before.
    pub fn known(parts: &Parts) -> Self {
        parts.extensions.get().copied().unwrap_or(Self(None))
    }
}

/// One entry: an address, as some proxies write it with its port or in brackets.
fn address(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let bracketed = || entry.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let with_port = || entry.parse::<SocketAddr>().ok().map(|it| it.ip());
    let found = entry.parse().ok().or_else(bracketed).or_else(with_port);
    found.map(|it: IpAddr| it.to_canonical())
}

#[cfg(test)]
#[path = "client_ip_tests.rs"]
mod tests;
