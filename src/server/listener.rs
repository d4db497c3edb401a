//! Connections: how many there may be at once, in all and from one network address, and how long each may be silent.
//!
//! axum's own server has no such limits, so the same parts of hyper are put together here.

use std::{sync::Arc, time::Duration};

use axum::{Router, extract::ConnectInfo, http::Request, serve::Listener};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use ipnet::IpNet;
use rustix::{
    net::sockopt::set_tcp_user_timeout,
    process::{Resource, Rlimit, getrlimit, setrlimit},
};
use tokio::{net::TcpListener, sync::Semaphore, time::timeout};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::{lifecycle::GRACE, lingering_close::LingeringClose};
use crate::rate_limit::{Network, Shares};

/// How long a connection may take for the headers of a request, the silence before them included.
const HEADERS_WITHIN: Duration = Duration::from_secs(15);

/// The same for a proxy, which keeps its connections for later requests: it has to be the one that closes them, because
/// a request that crosses our end of the connection is lost. Caddy keeps them for two minutes, nginx for one.
const PROXY_HEADERS_WITHIN: Duration = Duration::from_mins(3);

/// How long a client may leave what was sent to it unread, in milliseconds (`TCP_USER_TIMEOUT`).
const READ_WITHIN: u32 = 30_000;

/// The most connections of all clients, however many files may be open.
const MOST: u64 = 8192;

/// The fewest connections with which a letter can be served.
const LEAST: u64 = 64;

/// The most connections of one network address. A large server sends from a few addresses, some dozens at once from
/// each.
const MOST_OF_ONE: u64 = 256;

/// How many connections there may be at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ConnectionLimits {
    /// Of all clients: the next one waits until one of them ends.
    all: usize,
    /// Of one network address: the next one is closed at once.
    of_one: usize,
}

impl ConnectionLimits {
    /// For a listener that programs of the same machine or network ask from time to time.
    pub(super) const FEW: Self = Self {
        all: 16,
        of_one: 16,
    };

    /// The limits for a process that may open `files` files, of which it needs `reserved` for other things; `None`
    /// when the rest is not enough to serve a letter.
    fn within(files: u64, reserved: u64) -> Option<Self> {
        let all = files.saturating_sub(reserved).min(MOST);
        // Four addresses can fill it, and no single one.
        let of_one = (all / 4).min(MOST_OF_ONE);
        let limits = Self {
            all: usize::try_from(all).ok()?,
            of_one: usize::try_from(of_one).ok()?,
        };
        (all >= LEAST).then_some(limits)
    }

    /// Divides the files that may be open; `reserved` is what the process needs for everything but connections.
    ///
    /// # Errors
    /// When too few files may be open to serve anybody.
    pub(super) fn of_process(files: u64, reserved: u64) -> anyhow::Result<Self> {
        let limits = Self::within(files, reserved).ok_or_else(|| {
            anyhow::anyhow!(
                "only {files} files may be open at once, and this server needs {} (ulimit -n, or LimitNOFILE of \
                 systemd; fewer with delivery.workers below 64)",
                reserved.saturating_add(LEAST)
            )
        })?;
        if limits.of_one < 64 {
            tracing::warn!(
                files,
                connections = limits.all,
                "few files may be open at once, so few people can be served at once; raise `ulimit -n` (LimitNOFILE of \
                 systemd)"
            );
        }
        Ok(limits)
    }
}

/// Raises the limit of open files as far as it goes (`RLIMIT_NOFILE`). Returns how many may be open.
pub(super) fn raise_open_files() -> u64 {
    let found = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: found.maximum,
        maximum: found.maximum,
    };
    let files = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => found.maximum,
        Err(error) => {
            tracing::warn!(error = %error, "cannot raise the limit of open files");
            found.current
        }
    };
    files.unwrap_or(u64::MAX)
}

/// Serves requests until `stop`; then those under way are finished, and idle connections end.
///
/// `trusted` are proxies, each of which brings everybody's requests: the limit of one address is not theirs.
pub(super) async fn serve(
    mut listener: TcpListener,
    routes: Router,
    limits: ConnectionLimits,
    trusted: Vec<IpNet>,
    stop: CancellationToken,
) {
    let server = |headers_within| {
        let mut server = http1::Builder::new();
        server
            .timer(TokioTimer::new())
            .header_read_timeout(headers_within);
        server
    };
    let (server, proxy_server) = (server(HEADERS_WITHIN), server(PROXY_HEADERS_WITHIN));
    let slots = Arc::new(Semaphore::new(limits.all));
    let connections = Shares::of(limits.of_one);
    let graceful = GracefulShutdown::new();
    loop {
        let next = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            // This one logs what goes wrong, and tries again.
            (slot, Listener::accept(&mut listener).await)
        };
        let (slot, (stream, peer)) = tokio::select! {
            () = stop.cancelled() => break,
            next = next => next,
        };
        let address = peer.ip().to_canonical();
        let is_proxy = trusted.iter().any(|net| net.contains(&address));
        let place = connections.take(&Network::of(address), 1);
        if place.is_none() && !is_proxy {
            continue;
        }
        if let Err(error) = set_tcp_user_timeout(&stream, READ_WITHIN) {
            tracing::debug!(error = %error, "cannot limit how long a client may not read");
        }
        let stream = TokioIo::new(LingeringClose::of(stream));
        let server = if is_proxy { &proxy_server } else { &server };
        let routes = routes
            .clone()
            .map_request(move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(ConnectInfo(peer));
                request
            });
        let service = TowerToHyperService::new(routes);
        let connection = graceful.watch(server.serve_connection(stream, service));
        tokio::spawn(async move {
            // Broken connections are the other side's trouble.
            connection.await.ok();
            drop((slot, place));
        });
    }
    drop(listener);
    // A client that goes on slowly must not hold up the stop.
    if timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::info!("some requests were not finished in time");
    }
}
