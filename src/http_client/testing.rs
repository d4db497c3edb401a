//! A server on loopback for the tests of this room, and clients that reach it. No packet leaves the
//! machine: every look-up answers with loopback.

use std::{
    net::SocketAddr,
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use http::{HeaderMap, Method, StatusCode};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::Url;

use super::{Client, ClientSettings, Document, FetchError};
use crate::{
    clock::{FixedClock, Millis},
    signature::{KeyPair, Signer},
};

/// The time in these tests.
pub(super) const NOW: Millis = Millis::from_millis(1_795_348_800_000);

/// The media type of what a server should send.
pub(super) const ACTIVITY: &str = "application/activity+json";

/// The other media type of it.
pub(super) const LD: &str =
    r#"application/ld+json; profile="https://www.w3.org/ns/activitystreams""#;

/// A request as the server saw it.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    pub(super) method: Method,
    pub(super) target: String,
    pub(super) headers: HeaderMap,
}

/// A server that remembers what it was asked.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    hits: Arc<Mutex<Vec<Hit>>>,
}

impl Server {
    pub(super) async fn start(router: Router) -> Self {
        Self::start_at("127.0.0.1:0", router).await
    }

    pub(super) async fn start_at(address: &str, router: Router) -> Self {
        let listener = tokio::net::TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let hits = Arc::new(Mutex::new(Vec::new()));
        let router = router.layer(from_fn_with_state(Arc::clone(&hits), remember));
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { address, hits }
    }

    /// The URL of a path under the server's literal address.
    pub(super) fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://{}{path}", self.address)).unwrap()
    }

    /// The same under a name.
    pub(super) fn url_at(&self, host: &str, path: &str) -> Url {
        Url::parse(&format!("http://{host}:{}{path}", self.address.port())).unwrap()
    }

    pub(super) fn hits(&self) -> Vec<Hit> {
        self.hits.lock().unwrap().clone()
    }

    pub(super) fn targets(&self) -> Vec<String> {
        self.hits().into_iter().map(|it| it.target).collect()
    }
}

async fn remember(
    State(hits): State<Arc<Mutex<Vec<Hit>>>>,
    request: Request,
    next: Next,
) -> Response {
    hits.lock().unwrap().push(Hit {
        method: request.method().clone(),
        target: request.uri().to_string(),
        headers: request.headers().clone(),
    });
    next.run(request).await
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

/// Every name is at 127.0.0.1.
#[derive(Debug)]
pub(super) struct Loopback;

impl Resolve for Loopback {
    fn resolve(&self, _: Name) -> Resolving {
        Box::pin(async {
            let found: Addrs = Box::new(std::iter::once(([127, 0, 0, 1], 0).into()));
            Ok(found)
        })
    }
}

/// Settings without a laboratory; names are at loopback, which is then forbidden.
pub(super) fn public_settings() -> ClientSettings {
    ClientSettings {
        timeout: Duration::from_secs(30), // never reached: a busy machine must not fail a test
        delivery_timeout: Duration::from_secs(30),
        lookup: Arc::new(Loopback),
        ..ClientSettings::new(
            "undersigned/0 (+https://letter.example/)",
            Arc::new(FixedClock::at(NOW)),
        )
    }
}

/// Settings with loopback as laboratory.
pub(super) fn settings() -> ClientSettings {
    ClientSettings {
        allow: vec!["127.0.0.1/32".parse().unwrap()],
        ..public_settings()
    }
}

pub(super) fn client(settings: ClientSettings) -> Client {
    Client::new(settings).unwrap().0
}

/// The instance actor's signer; one key for all tests, because making one takes long.
pub(super) fn signer() -> Signer {
    static KEY: LazyLock<Arc<KeyPair>> = LazyLock::new(|| Arc::new(KeyPair::generate().unwrap()));
    Signer {
        key_id: "https://letter.example/instance-actor#main-key".to_owned(),
        key: Arc::clone(&KEY),
    }
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
