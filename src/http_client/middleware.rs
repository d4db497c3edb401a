//! Our client behind the library `activitypub_federation`, which reads every ActivityPub document of other servers.
//!
//! The library dereferences an `ObjectId` by one GET; this middleware answers it with all that the rest of this
//! room promises: guard, block list, signature, redirects checked hop by hop, media type, size, time and id. What
//! fails is a [`FetchError`] inside the library's error. The library verifies media type and id once more.
//!
//! The library reads no URL whose host is a literal address. Only a laboratory has such hosts; they pass through
//! the library under a reserved name ([`with_name`]).

use async_trait::async_trait;
use http::{Extensions, Method, header::CONTENT_TYPE};
use reqwest::{Request, Response, ResponseBuilderExt as _};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Error, Middleware, Next, Result};
use url::{Host, Url};

use super::{
    Client, Document, FetchError, FetchFailure,
    fetch::FetchBounds,
    guard::Forbidden,
    single_flight::{FetchLane, SingleFlight},
};
use crate::activitystreams::ACTIVITY_JSON;

/// The end of the names of literal addresses. `.invalid` never exists (RFC 2606), so no server has such a name.
const LITERAL: &str = ".literal.invalid";

/// Answers the library's GETs.
enum Fetcher {
    Uncapped(Client),
    Capped(SingleFlight, FetchLane),
}

impl Client {
    /// The HTTP client for the library's `FederationConfig`.
    pub fn with_middleware(&self) -> ClientWithMiddleware {
        build(self, Fetcher::Uncapped(self.clone()))
    }
}

impl SingleFlight {
    /// The same, shared and bounded, for requests whose sender is not authenticated yet.
    pub fn with_middleware(&self, lane: FetchLane) -> ClientWithMiddleware {
        build(self.client(), Fetcher::Capped(self.clone(), lane))
    }
}

fn build(client: &Client, fetcher: Fetcher) -> ClientWithMiddleware {
    ClientBuilder::new(client.inner.public.http.clone())
        .with(fetcher)
        .build()
}

#[async_trait]
impl Middleware for Fetcher {
    /// Ends the chain here: our client chooses the connections by URL.
    async fn handle(&self, request: Request, _: &mut Extensions, _: Next<'_>) -> Result<Response> {
        if request.method() != Method::GET {
            // The library's queue, which would send, is not used.
            return Err(Error::middleware(std::io::Error::from(
                std::io::ErrorKind::Unsupported,
            )));
        }
        let url = without_name(request.url());
        let fetched = match self {
            Self::Uncapped(client) => client.fetch_object(&url, FetchBounds::default()).await,
            Self::Capped(fetches, lane) => fetches.fetch_object(&url, *lane).await,
        };
        response(fetched.map_err(Error::middleware)?)
    }
}

/// The document as the library takes it: of the one media type that it knows in every spelling.
fn response(document: Document) -> Result<Response> {
    http::Response::builder()
        .url(document.url)
        .header(CONTENT_TYPE, ACTIVITY_JSON)
        .body(document.body.to_vec())
        .map(Response::from)
        .map_err(Error::middleware)
}

/// The [`FetchError`] that [`Client::with_middleware`] put into an error of the library's client.
///
/// # Errors
/// The error itself, when it came from elsewhere.
pub fn fetch_error(error: Error) -> Result<FetchError> {
    match error {
        Error::Middleware(cause) => cause.downcast().map_err(Error::Middleware),
        Error::Reqwest(_) => Err(error),
    }
}

/// The error of the library's client that says that the guard forbids a URL.
pub fn forbidden(forbidden: Forbidden) -> Error {
    Error::middleware(FetchError::from(FetchFailure::from(forbidden)))
}

/// The URL for the library: a literal address becomes a name.
pub fn with_name(url: &Url) -> Url {
    let mut named = url.clone();
    let name = match url.host() {
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => address.to_string().replace(':', "-"),
        Some(Host::Domain(_)) | None => return named,
    };
    // An http URL takes every host; were it not so, the library would refuse the address.
    named.set_host(Some(&(name + LITERAL))).ok();
    named
}

/// The URL that [`with_name`] was made from. The guard judges this one.
pub fn without_name(url: &Url) -> Url {
    let mut literal = url.clone();
    let name = url.host_str().and_then(|host| host.strip_suffix(LITERAL));
    if let Some(address) = name.and_then(|name| name.replace('-', ":").parse().ok()) {
        literal.set_ip_host(address).ok();
    }
    literal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_address_has_a_name_and_a_name_stays() {
        for (url, named) in [
            (
                "http://127.0.0.1:8080/a?b#c",
                "http://127.0.0.1.literal.invalid:8080/a?b#c",
            ),
            ("http://[::1]/", "http://--1.literal.invalid/"),
            (
                "https://[fd00:0:1::2]:1/",
                "https://fd00-0-1--2.literal.invalid:1/",
            ),
            ("https://m.example/a", "https://m.example/a"),
            ("https://x.literal.invalid/", "https://x.literal.invalid/"),
            ("mailto:ada@m.example", "mailto:ada@m.example"),
        ] {
            let url = Url::parse(url).unwrap();
            assert_eq!(with_name(&url).as_str(), named);
            assert_eq!(without_name(&with_name(&url)), url);
        }
    }
}
