//! Protection against server-side request forgery: a rule on URLs and a rule on addresses. Pure: no look-up, no
//! socket.
//!
//! Both rules are needed. Anybody can make us fetch a URL (a key id, a reply, a redirect), so a URL
//! must look like a public server's, and the address that is really connected to must be public too: a
//! look-up before connecting could get another answer than the one that counts (DNS rebinding).
//! [`super::resolver`] applies the second rule while connecting; [`Guard::url_is_allowed`] applies it to
//! literal addresses, which never reach a resolver.
//!
//! `net.allow_addresses` opens a *laboratory*: networks that are not public and may be reached all
//! the same. A URL that only a laboratory may have (`http`, a port, a literal address, a local
//! name) takes [`Route::Laboratory`], whose resolver accepts laboratory addresses and nothing else,
//! so that no such URL ever reaches the public internet. Nothing here reads the environment.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use thiserror::Error;
use url::{Host, Url};

/// Longest URL that is fetched or delivered to, in bytes.
pub const MAX_URL: usize = 2048;

/// IPv4 networks without public servers; most of them are in the special-purpose address registry (RFC 6890).
const REFUSED_V4: &[Ipv4Net] = &[
    v4([0, 0, 0, 0], 8),       // this network; reaches loopback on Linux
    v4([10, 0, 0, 0], 8),      // private
    v4([100, 64, 0, 0], 10),   // shared behind a provider's NAT
    v4([127, 0, 0, 0], 8),     // loopback
    v4([169, 254, 0, 0], 16),  // link-local, clouds' metadata
    v4([172, 16, 0, 0], 12),   // private
    v4([192, 0, 0, 0], 24),    // protocol assignments
    v4([192, 0, 2, 0], 24),    // documentation
    v4([192, 88, 99, 0], 24),  // relays of 6to4
    v4([192, 168, 0, 0], 16),  // private
    v4([198, 18, 0, 0], 15),   // benchmarks
    v4([198, 51, 100, 0], 24), // documentation
    v4([203, 0, 113, 0], 24),  // documentation
    v4([224, 0, 0, 0], 4),     // multicast
    v4([240, 0, 0, 0], 4),     // reserved, and broadcast
];

/// IPv6 networks without public servers, after IPv4 inside IPv6 was unpacked.
const REFUSED_V6: &[Ipv6Net] = &[
    v6([0, 0, 0, 0, 0, 0, 0, 0], 128),         // unspecified
    v6([0, 0, 0, 0, 0, 0, 0, 1], 128),         // loopback
    v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96),  // NAT64: any IPv4 address inside
    v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48),  // NAT64, local
    v6([0x100, 0, 0, 0, 0, 0, 0, 0], 64),      // discarded
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32),     // Teredo
    v6([0x2001, 0x10, 0, 0, 0, 0, 0, 0], 28),  // ORCHID
    v6([0x2001, 0x20, 0, 0, 0, 0, 0, 0], 28),  // ORCHID 2
    v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), // documentation
    v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16),     // 6to4: any IPv4 address inside
    v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),     // documentation
    v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7),      // unique local
    v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10),     // link-local
    v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10), // site-local: withdrawn, still routed in old networks
    v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8),  // multicast
];

const fn v4(address: [u8; 4], prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::from_octets(address), prefix)
}

const fn v6(address: [u16; 8], prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::from_segments(address), prefix)
}

/// Why a URL or an address is not spoken to. Names hosts, never a path.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Forbidden {
    /// Neither `https` nor (in a laboratory) `http`.
    #[error("the scheme {0} is not https")]
    Scheme(String),
    /// A port that is not the scheme's default.
    #[error("port {0} is not the default port of https")]
    Port(u16),
    /// A literal address instead of a name.
    #[error("{0} is an address, not a name")]
    Literal(IpAddr),
    /// A name without public meaning: one label, `localhost`, `.local`, `.internal`.
    #[error("{0} is not a public name")]
    LocalName(String),
    /// A name of another network (`.onion`, `.i2p`), or one with a dot at its end.
    #[error("{0} is not a name of the internet")]
    ForeignName(String),
    /// No host at all.
    #[error("the URL has no host")]
    NoHost,
    /// A user name or a password in front of the host.
    #[error("the URL carries a user name or a password")]
    Credentials,
    /// More than [`MAX_URL`] bytes.
    #[error("the URL is longer than {MAX_URL} bytes")]
    TooLong,
    /// The name leads to an address that is not public.
    #[error("{0} is not a public address")]
    Address(IpAddr),
    /// A URL that only a laboratory may have leads out of the laboratory.
    #[error("{0} is not in net.allow_addresses, which http, ports and local names need")]
    OutsideLaboratory(IpAddr),
    /// An administrator blocked the host.
    #[error("{0} is blocked")]
    Blocked(String),
}

/// Which rule on addresses goes with a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// A public server's URL: public addresses, and those of the laboratory.
    Public,
    /// A URL of the laboratory: every address of the host must lie in it.
    Laboratory,
}

/// The rules, with the laboratory's networks.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    allow: Vec<IpNet>,
}

impl Guard {
    /// A guard that also lets us into these networks, as far as they are not public.
    #[must_use]
    pub const fn new(allow: Vec<IpNet>) -> Self {
        Self { allow }
    }

    /// Whether there is a laboratory at all.
    pub const fn has_laboratory(&self) -> bool {
        !self.allow.is_empty()
    }

    /// Whether an address may be connected to for a public server's URL.
    ///
    /// # Errors
    /// [`Forbidden::Address`] for an address that is neither public nor in the laboratory.
    pub fn address_is_allowed(&self, address: IpAddr) -> Result<(), Forbidden> {
        if is_public(address) || self.is_in_allowed_network(address) {
            return Ok(());
        }
        Err(Forbidden::Address(address))
    }

    /// Whether an address may be connected to for a URL of the laboratory.
    ///
    /// A public address never is, even if `net.allow_addresses` contains it: `http` and odd ports
    /// stay closed towards the internet whatever is configured.
    ///
    /// # Errors
    /// [`Forbidden::OutsideLaboratory`].
    pub fn address_is_in_laboratory(&self, address: IpAddr) -> Result<(), Forbidden> {
        if !is_public(address) && self.is_in_allowed_network(address) {
            return Ok(());
        }
        Err(Forbidden::OutsideLaboratory(address))
    }

    /// Whether a URL may be spoken to, and which rule its host's addresses must pass.
    ///
    /// # Errors
    /// The first rule that the URL breaks.
    pub fn url_is_allowed(&self, url: &Url) -> Result<Route, Forbidden> {
        if url.as_str().len() > MAX_URL {
            return Err(Forbidden::TooLong);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Forbidden::Credentials);
        }
        if !matches!(url.scheme(), "https" | "http") {
            return Err(Forbidden::Scheme(url.scheme().to_owned()));
        }
        let host = url.host().ok_or(Forbidden::NoHost)?;
        if let Host::Domain(name) = host {
            refuse_foreign(name)?;
        }
        let Some(forbidden) = laboratory_only(url, &host) else {
            return Ok(Route::Public);
        };
        if !self.has_laboratory() {
            return Err(forbidden);
        }
        if let Some(address) = literal(&host) {
            self.address_is_in_laboratory(address)?;
        }
        Ok(Route::Laboratory)
    }

    fn is_in_allowed_network(&self, address: IpAddr) -> bool {
        let unpacked = unpack(address);
        self.allow
            .iter()
            .any(|network| network.contains(&address) || network.contains(&unpacked))
    }
}

/// What makes a URL one that only a laboratory may have; `None` for a public server's.
fn laboratory_only(url: &Url, host: &Host<&str>) -> Option<Forbidden> {
    if url.scheme() != "https" {
        return Some(Forbidden::Scheme(url.scheme().to_owned()));
    }
    if let Some(address) = literal(host) {
        return Some(Forbidden::Literal(address));
    }
    if let Some(port) = url.port() {
        return Some(Forbidden::Port(port));
    }
    let name = url.host_str().unwrap_or_default();
    let local = match name.rsplit_once('.') {
        None => true,
        Some((_, last)) => matches!(last, "localhost" | "local" | "internal"),
    };
    local.then(|| Forbidden::LocalName(name.to_owned()))
}

/// Names that no configuration opens: those of other networks, and those with a dot at the end, a second spelling
/// of every name that would slip past a block list.
fn refuse_foreign(name: &str) -> Result<(), Forbidden> {
    let last = name.rsplit('.').next().unwrap_or_default();
    if matches!(last, "" | "onion" | "i2p") {
        return Err(Forbidden::ForeignName(name.to_owned()));
    }
    Ok(())
}

fn literal(host: &Host<&str>) -> Option<IpAddr> {
    match host {
        Host::Domain(_) => None,
        Host::Ipv4(address) => Some(IpAddr::V4(*address)),
        Host::Ipv6(address) => Some(IpAddr::V6(*address)),
    }
}

/// The IPv4 address inside `::ffff:a.b.c.d` and `::a.b.c.d`, else the address itself.
fn unpack(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => v6.to_ipv4().map_or(address, IpAddr::V4),
    }
}

fn is_public(address: IpAddr) -> bool {
    match unpack(address) {
        IpAddr::V4(address) => !REFUSED_V4.iter().any(|network| network.contains(&address)),
        IpAddr::V6(address) => !REFUSED_V6.iter().any(|network| network.contains(&address)),
    }
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;
