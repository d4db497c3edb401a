//! The one HTTP client: every request that this program sends leaves through [`Client`].
//!
//! - [`guard`] decides which URLs and addresses may be spoken to (pure); [`resolver`] applies it while connecting.
//! - [`fetch`] reads documents: signed, redirects checked hop by hop, four classes of errors.
//! - [`single_flight`] shares and negatively caches fetches for requests that are not authenticated yet; [`pace`] slows
//!   them down for those who proved nothing.
//! - [`look`] gives one answer as it came, with its certificate.
//! - [`middleware`] puts both behind `activitypub_federation`, which reads all ActivityPub documents.
//! - [`destination`] finds out which networks a delivery would go to, and [`post`] delivers bodies that the caller signed.
//!
//! Not here: what a document means (`federation`), when a delivery is tried again (`delivery`), and
//! the making of signatures (`signature`). No environment variable is read: neither a proxy's nor
//! the library's switch opens anything.

pub mod destination;
pub mod fetch;
pub mod guard;
pub mod look;
pub mod middleware;
pub mod pace;
mod paced;
mod peer_dates;
pub mod post;
mod reason;
pub mod resolver;
mod retry_after;
pub mod single_flight;

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use http::{HeaderMap, Method, header::HOST};
use ipnet::IpNet;
use reqwest::{Certificate, RequestBuilder, Response, dns::Resolve};
use thiserror::Error;
use tokio::sync::watch;
use url::Url;

pub use self::{
    destination::Destination,
    fetch::{Accept, Document, FetchError},
    look::RawResponse,
    paced::PacedFetches,
    post::PostOutcome,
    reason::{FetchFailure, Unusable},
};
use self::{
    guard::{Forbidden, Guard, Route},
    peer_dates::PeerDates,
    resolver::{GuardedResolver, SystemLookup},
};
use crate::{
    clock::Clock,
    signature::{Outgoing, Scheme, Signer},
};

/// Idle connections kept for each host. With HTTP/2, which nearly all servers speak, one carries a whole burst; without
/// it, deliveries take one after the other as long as the host answers quickly.
const IDLE_PER_HOST: usize = 1;
/// How long an idle connection is kept: long enough for the next batch of the same host, which follows at once. A fan-out
/// to 30,000 hosts would otherwise keep a file and the buffers of a TLS connection for most of them.
const IDLE: Duration = Duration::from_secs(1);

/// Whether a host (lower-case ASCII, without port) is blocked; asked for every request and every hop.
pub type HostCheck = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// What the client is made from; [`ClientSettings::new`] has the defaults.
#[derive(Clone)]
pub struct ClientSettings {
    /// `User-Agent`: software, version and address, on which block lists match.
    pub user_agent: String,
    /// Longest wait for a connection, TLS included.
    pub connect_timeout: Duration,
    /// Longest duration of one fetch with all its redirects.
    pub timeout: Duration,
    /// Longest duration of one delivery: `delivery.timeout`.
    pub delivery_timeout: Duration,
    /// The laboratory: `net.allow_addresses`; see [`guard`].
    pub allow: Vec<IpNet>,
    /// Certificate authorities in PEM, trusted besides the system's: `net.ca_file`.
    pub ca_file: Option<PathBuf>,
    /// The clock that dates signatures.
    pub clock: Arc<dyn Clock>,
    /// The block list.
    pub blocked: HostCheck,
    /// Turns names into addresses; the guard checks its answers.
    pub lookup: Arc<dyn Resolve>,
    /// Whether a [`Destination`] names the laboratory's networks, too. Only tests want that.
    pub count_laboratory: bool,
}

impl ClientSettings {
    /// The defaults: 5 seconds to connect, 10 in all, no laboratory, the system's certificates and look-up, no
    /// host blocked.
    pub fn new(user_agent: impl Into<String>, clock: Arc<dyn Clock>) -> Self {
        Self {
            user_agent: user_agent.into(),
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(10),
            delivery_timeout: Duration::from_secs(10),
            allow: Vec::new(),
            ca_file: None,
            clock,
            blocked: Arc::new(|_| false),
            lookup: Arc::new(SystemLookup),
            count_laboratory: false,
        }
    }
}

/// Why there is no client.
#[derive(Debug, Error)]
pub enum NetError {
    /// `net.ca_file` cannot be read.
    #[error("cannot read the certificates of {}", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// `net.ca_file` is not PEM, or one of its certificates is none.
    #[error("cannot understand the certificates of {}", path.display())]
    CaFormat {
        /// The file.
        path: PathBuf,
        /// What the TLS library said.
        source: reqwest::Error,
    },
    /// `net.ca_file` holds no certificate at all.
    #[error("there is no certificate in {}", path.display())]
    CaEmpty {
        /// The file.
        path: PathBuf,
    },
    /// The HTTP client cannot be built; a user agent that is no header value, for example.
    #[error("cannot build the HTTP client")]
    Build(#[source] reqwest::Error),
}

/// Something that the administrator should know although the client works.
#[derive(Debug)]
pub enum ClientWarning {
    /// The machine has no certificate authorities: no public server can be reached.
    NoCertificateStore,
}

impl fmt::Display for ClientWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCertificateStore => f.write_str(
                "this machine has no certificate authorities, so no server can be reached over \
                 https but those that net.ca_file vouches for; install the package \
                 `ca-certificates` (Debian) and start again",
            ),
        }
    }
}

/// The HTTP client. Clones share connections and signers.
#[derive(Clone)]
pub struct Client {
    inner: Arc<ClientInner>,
}

struct ClientInner {
    guard: Guard,
    blocked: HostCheck,
    clock: Arc<dyn Clock>,
    connect_timeout: Duration,
    timeout: Duration,
    delivery_timeout: Duration,
    count_laboratory: bool,
    public: RouteClient,
    /// Another client, because a resolver does not learn for which URL it resolves.
    laboratory: RouteClient,
    signers: watch::Sender<Option<[Signer; 2]>>,
    peer_dates: PeerDates,
}

/// The HTTP client of one route, and the resolver that its connections use.
struct RouteClient {
    http: reqwest::Client,
    resolver: GuardedResolver,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("guard", &self.inner.guard)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Builds the client; reads `ca_file` and the system's certificates, once.
    ///
    /// # Errors
    /// [`NetError`]. A machine without certificates is a [`ClientWarning`], not an error.
    pub fn new(settings: ClientSettings) -> Result<(Self, Vec<ClientWarning>), NetError> {
        let extra = read_ca_file(settings.ca_file.as_ref())?;
        let store = reqwest::Client::builder().no_proxy().build();
        let trust = Trust {
            extra,
            system: store.is_ok(),
        };
        let guard = Guard::new(settings.allow.clone());
        let build = |route| {
            let lookup = Arc::clone(&settings.lookup);
            let resolver = GuardedResolver::new(lookup, guard.clone(), route);
            let http = build(&settings, &trust, resolver.clone(), route);
            http.map(|http| RouteClient { http, resolver })
                .map_err(NetError::Build)
        };
        let (public, laboratory) = (build(Route::Public)?, build(Route::Laboratory)?);
        let inner = ClientInner {
            guard,
            blocked: settings.blocked,
            clock: settings.clock,
            connect_timeout: settings.connect_timeout,
            timeout: settings.timeout,
            delivery_timeout: settings.delivery_timeout,
            count_laboratory: settings.count_laboratory,
            public,
            laboratory,
            signers: watch::Sender::new(None),
            peer_dates: PeerDates::default(),
        };
        let notices = store.err().map(|_cause| ClientWarning::NoCertificateStore);
        Ok((
            Self {
                inner: Arc::new(inner),
            },
            notices.into_iter().collect(),
        ))
    }

    /// From now on every GET is signed by the first of `signers`, the instance actor: servers in Mastodon's secure mode
    /// answer no unsigned one. What is answered 401 is asked for once more by the second one: the host may have a key in
    /// its cache that was replaced. Before the first call, GETs go out unsigned.
    pub fn set_signers(&self, signers: [Signer; 2]) {
        self.inner.signers.send_replace(Some(signers));
    }

    fn signers(&self) -> Option<[Signer; 2]> {
        self.inner.signers.borrow().clone()
    }

    /// Whether anything may be sent to `url`, by the URL itself and the block list. Its host's addresses are
    /// checked on connecting.
    ///
    /// # Errors
    /// The rule that forbids it.
    pub fn may_speak_to(&self, url: &Url) -> Result<Route, Forbidden> {
        let route = self.inner.guard.url_is_allowed(url)?;
        let host = bare_host(url);
        if (self.inner.blocked)(host) {
            return Err(Forbidden::Blocked(host.to_owned()));
        }
        Ok(route)
    }

    /// How many seconds our clock is ahead, negative when it is behind, by the median of what at least five domains said
    /// in the last six hours when they answered us; `None` when there are fewer.
    pub fn seconds_ahead(&self) -> Option<i64> {
        let ahead = self.inner.peer_dates.ahead(self.inner.clock.now())?;
        Some(ahead.div_euclid(1000))
    }

    /// Sends a request, and notes what the date of the answer says about our clock.
    async fn ask(&self, url: &Url, request: RequestBuilder) -> Result<Response, FetchFailure> {
        let begun = self.inner.clock.now();
        let response = request.send().await?;
        let answered = self.inner.clock.now();
        let dates = &self.inner.peer_dates;
        dates.note(url, response.headers(), begun, answered);
        Ok(response)
    }

    fn connections(&self, route: Route) -> &RouteClient {
        match route {
            Route::Public => &self.inner.public,
            Route::Laboratory => &self.inner.laboratory,
        }
    }

    /// The headers that sign a GET of `url`.
    fn signed_get(&self, url: &Url, signer: &Signer) -> Result<HeaderMap, FetchFailure> {
        let outgoing = Outgoing {
            method: &Method::GET,
            url,
            body: None,
            accept: None,
        };
        let headers = signer.sign(&outgoing, Scheme::Cavage, self.inner.clock.now());
        Ok(without_host(headers.map_err(|error| {
            FetchFailure::Unsigned(Arc::new(error))
        })?))
    }
}

struct Trust {
    extra: Vec<Certificate>,
    system: bool,
}

fn build(
    settings: &ClientSettings,
    trust: &Trust,
    resolver: GuardedResolver,
    route: Route,
) -> reqwest::Result<reqwest::Client> {
    let builder = reqwest::Client::builder()
        .user_agent(&settings.user_agent)
        .connect_timeout(settings.connect_timeout)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy() // a proxy would connect for us, past the guard
        .https_only(route == Route::Public)
        .pool_max_idle_per_host(IDLE_PER_HOST)
        .pool_idle_timeout(IDLE)
        .tls_info(true) // the certificate, of which `look` tells
        .dns_resolver(resolver);
    let extra = trust.extra.iter().cloned();
    // Merging with a store that is not there would fail; alone, an empty list is fine.
    let builder = if trust.system {
        builder.tls_certs_merge(extra)
    } else {
        builder.tls_certs_only(extra)
    };
    builder.build()
}

fn read_ca_file(path: Option<&PathBuf>) -> Result<Vec<Certificate>, NetError> {
    let Some(path) = path.cloned() else {
        return Ok(Vec::new());
    };
    let pem = match std::fs::read(&path) {
        Ok(pem) => pem,
        Err(source) => return Err(NetError::CaFile { path, source }),
    };
    match parse_certificates(&pem) {
        Ok(certificates) if certificates.is_empty() => Err(NetError::CaEmpty { path }),
        Ok(certificates) => Ok(certificates),
        Err(source) => Err(NetError::CaFormat { path, source }),
    }
}

/// The certificates of a PEM file. Building a client with nothing else shows whether they are certificates: the
/// parser reads only the PEM frame.
fn parse_certificates(pem: &[u8]) -> reqwest::Result<Vec<Certificate>> {
    let certificates = Certificate::from_pem_bundle(pem)?;
    let probe = reqwest::Client::builder().no_proxy();
    probe.tls_certs_only(certificates.iter().cloned()).build()?;
    Ok(certificates)
}

/// The host as block lists know it: without the brackets of an IPv6 address.
fn bare_host(url: &Url) -> &str {
    url.host_str().unwrap_or_default().trim_matches(['[', ']'])
}

/// Signed headers without `Host`. The HTTP library writes the same value itself in HTTP/1.1; in
/// HTTP/2 it is `:authority`, and some servers refuse requests that carry both.
fn without_host(mut headers: HeaderMap) -> HeaderMap {
    headers.remove(HOST);
    headers
}

#[cfg(test)]
mod fetch_tests;
#[cfg(test)]
mod post_tests;
#[cfg(test)]
mod redirect_tests;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tls_tests;
