//! A fake server for the tests of this module, answers that no other server gives, and clients that reach it. No packet
//! leaves the machine: every name is at loopback.

use std::{net::SocketAddr, sync::Arc};

use axum::{Router, body::Body, response::Response};
use http::StatusCode;
use url::Url;

use super::{Client, ClientSettings, Document, FetchError};
pub(super) use crate::support::{NOW, fediverse::ACTIVITY_JSON as ACTIVITY};
use crate::{
    clock::FixedClock,
    signature::Signer,
    support::{
        fediverse::{self, FakeServer, Request},
        worker::{lab_client, public_client},
    },
};

/// The other media type of ActivityPub documents.
pub(super) const LD: &str =
    r#"application/ld+json; profile="https://www.w3.org/ns/activitystreams""#;

/// A fake server whose requests a router answers.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    server: FakeServer,
}

impl Server {
    pub(super) async fn start(router: Router) -> Self {
        Self::start_at("127.0.0.1:0", router).await
    }

    #[expect(clippy::unused_async, reason = "a runtime has to be there")]
    pub(super) async fn start_at(address: &str, router: Router) -> Self {
        let server = FakeServer::routing(address.parse().unwrap(), router);
        let address = server.address;
        Self { address, server }
    }

    /// The URL of a path under the server's literal address.
    pub(super) fn url(&self, path: &str) -> Url {
        Url::parse(&self.server.url(path)).unwrap()
    }

    /// The same under a name.
    pub(super) fn url_at(&self, host: &str, path: &str) -> Url {
        Url::parse(&format!("http://{host}:{}{path}", self.address.port())).unwrap()
    }

    /// The requests so far.
    pub(super) fn hits(&self) -> Vec<Request> {
        self.server.requests_after(0)
    }

    /// Their paths and queries.
    pub(super) fn targets(&self) -> Vec<String> {
        let hits = self.hits().into_iter();
        hits.map(|request| request.target).collect()
    }
}

/// An answer with a media type.
pub(super) fn answer(media_type: &str, body: impl Into<Body>) -> Response {
    Response::builder()
        .header("content-type", media_type)
        .body(body.into())
        .unwrap()
}

/// An answer without body.
pub(super) fn status(status: u16) -> Response {
    Response::builder()
        .status(status)
        .body(Body::empty())
        .unwrap()
}

/// A redirect.
pub(super) fn redirect(location: &str) -> Response {
    let response = Response::builder()
        .status(StatusCode::FOUND)
        .header("location", location);
    response.body(Body::empty()).unwrap()
}

/// Settings of a client for which every name is at loopback, and that may not connect there.
pub(super) fn public_settings() -> ClientSettings {
    public_client(Arc::new(FixedClock::at(NOW)))
}

/// Settings of a client that may.
pub(super) fn settings() -> ClientSettings {
    lab_client(Arc::new(FixedClock::at(NOW)))
}

pub(super) fn client(settings: ClientSettings) -> Client {
    Client::new(settings).unwrap().0
}

/// The signer of the instance actor.
pub(super) fn signer() -> Signer {
    fediverse::signer("https://letter.example/instance-actor#main-key")
}

/// The signer of the letter's actor.
pub(super) fn letters_signer() -> Signer {
    fediverse::signer("https://letter.example/actor#main-key")
}

/// Asserts that a fetch failed for the reason whose debug form begins like this.
pub(super) fn check_unreachable(fetched: &Result<Document, FetchError>, expected: &str) {
    let Err(FetchError::Unreachable(reason)) = fetched else {
        panic!("{fetched:?} is not {expected}")
    };
    let shown = format!("{reason:?}");
    assert!(shown.starts_with(expected), "{shown} is not {expected}");
}

/// The document that a fetch must have found.
pub(super) fn found(fetched: Result<Document, FetchError>) -> Document {
    fetched.unwrap()
}
