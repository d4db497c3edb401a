//! The client's network address, for rate limits.
//!
//! An address is only used while a request is answered. To protect visitors, it is never printed, logged or stored.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::ConnectInfo,
    http::{Extensions, HeaderMap, request::Parts},
};
use ipnet::IpNet;

use crate::rate_limit::Network;

/// The header in which proxies name their client.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The client of a request; `None` when the peer is a trusted proxy that names no client.
///
/// It is stored in the request's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller(pub Option<Network>);

impl Caller {
    /// The client behind a connection from `peer` with these headers.
    ///
    /// A peer that is no trusted proxy is the client itself, whatever its headers say. Behind a trusted proxy, the
    /// client is the right-most entry of `X-Forwarded-For` that is no trusted proxy: everything left of it may be
    /// forged. When a trusted proxy names no readable client, the request is not counted, because all its clients would
    /// share one limit.
    pub fn behind(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &[IpNet]) -> Self {
        let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
        let Some(peer) = peer.map(|address| address.to_canonical()) else {
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

    /// The client of a request as the proxy in front of us names it, the right-most entry of `X-Forwarded-For`; `None` when
    /// the peer is no trusted proxy, or names none. Unlike [`Caller::behind`] it may itself be a trusted address, such
    /// as that of a command on this machine.
    pub fn named_by_proxy(
        extensions: &Extensions,
        headers: &HeaderMap,
        trusted: &[IpNet],
    ) -> Option<IpAddr> {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>()?;
        let peer = peer.0.ip().to_canonical();
        if !trusted.iter().any(|net| net.contains(&peer)) {
            return None;
        }
        let line = headers.get_all(FORWARDED_FOR).iter().next_back()?;
        address(line.to_str().ok()?.rsplit(',').next()?)
    }

    /// The client of a request, whose connection `axum` put into the extensions.
    pub fn of(extensions: &Extensions, headers: &HeaderMap, trusted: &[IpNet]) -> Self {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>();
        Self::behind(peer.map(|info| info.0.ip()), headers, trusted)
    }

    /// The client that the middleware stored in the request.
    pub fn known(parts: &Parts) -> Self {
        parts.extensions.get().copied().unwrap_or(Self(None))
    }
}

/// Parses one entry: an address, which some proxies write with a port or in brackets.
fn address(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let bracketed = || entry.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let with_port = || entry.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    let found = entry.parse().ok().or_else(bracketed).or_else(with_port);
    found.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
#[path = "client_ip_tests.rs"]
mod tests;
