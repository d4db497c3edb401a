//! A reverse proxy with TLS in front of our program, and everything that such a proxy may do wrong.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::body::{Body, Bytes, to_bytes};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode,
    header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING, USER_AGENT},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    date_time_ymd,
};
use reqwest::Client;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::aws_lc_rs, pki_types::PrivateKeyDer},
};
use undersigned::clock::{Clock as _, Millis, SystemClock};

use super::program::http;

/// A moment as `rcgen` takes it.
macro_rules! day {
    ($at:expr) => {
        date_time_ymd(1970, 1, 1) + $at.since(Millis::from_millis(0))
    };
}

const DAY: Duration = Duration::from_hours(24);
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// What the proxy does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Nothing,
    /// `Host` is the address that it forwards to.
    HostIsLost,
    /// The path is decoded.
    PathIsDecoded,
    /// The query is dropped.
    QueryIsDropped,
    /// No `X-Forwarded-For`.
    ClientIsNotNamed,
    /// `X-Forwarded-For` as the client sent it, or its address if it sent none.
    ClientNamesItself,
    /// `X-Forwarded-Proto: http`.
    PlainInFront,
    /// Programs of other servers get 403.
    NoPrograms,
    /// POST gets 403.
    NoDeliveries,
    /// POST gets 405.
    OnlyReads,
    /// One answer for each address, whatever was asked for.
    CachesWithoutVary,
    /// `/.well-known` is somebody else's.
    TakesWellKnown,
    /// The actor's document has another key.
    OldKey,
    /// JSON comes as `application/json`.
    ChangesMediaType,
    /// Nothing but 502.
    ReachesNobody,
    /// The page is another one.
    ServesItsOwnPage,
    /// A redirect to another name.
    RedirectsToWww,
    /// `/doctor/` gets 404, as from a server with another database.
    AnotherServer,
    /// The certificate ends tomorrow, or a bit later.
    EndsSoon,
    /// The certificate ended yesterday.
    Ended,
    /// The certificate is for another name.
    OfAnotherName,
}

/// The proxy. It stops with this value.
#[derive(Debug)]
pub(crate) struct TlsProxy {
    /// What stands in front of every path: scheme, host and port.
    pub(crate) origin: String,
    /// The certificate of the authority that its own is signed by, in PEM.
    pub(crate) authority: String,
    state: Arc<State>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    backend: SocketAddr,
    client: Client,
    issuer: CertificateParams,
    issuer_key: KeyPair,
    fault: Mutex<Fault>,
    /// What was answered for each path.
    cached: Mutex<Vec<(String, Answer)>>,
}

type Answer = (StatusCode, HeaderMap, Bytes);

impl TlsProxy {
    /// A proxy in front of this address that does nothing wrong.
    pub(crate) async fn start(backend: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut issuer = CertificateParams::new([]).unwrap();
        issuer.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer_key = KeyPair::generate().unwrap();
        let authority = pem(issuer.self_signed(&issuer_key).unwrap().der());
        let state = Arc::new(State {
            backend,
            client: http(),
            issuer,
            issuer_key,
            fault: Mutex::new(Fault::Nothing),
            cached: Mutex::default(),
        });
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((stream, peer)) = listener.accept().await {
                let state = Arc::clone(&shared);
                tokio::spawn(async move {
                    // Whoever does not trust the certificate breaks off.
                    let Ok(stream) = state.acceptor().accept(stream).await else {
                        return;
                    };
                    let answer = service_fn(move |request| {
                        let state = Arc::clone(&state);
                        async move { Ok::<_, Infallible>(state.answer(request, peer).await) }
                    });
                    let connection = http1::Builder::new();
                    connection
                        .serve_connection(TokioIo::new(stream), answer)
                        .await
                        .ok();
                });
            }
        });
        Self {
            origin: format!("https://{address}"),
            authority,
            state,
            task,
        }
    }

    /// From now on it does this wrong.
    pub(crate) fn fails(&self, fault: Fault) {
        *self.state.fault.lock().unwrap() = fault;
        self.state.cached.lock().unwrap().clear();
    }
}

impl Drop for TlsProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl State {
    fn fault(&self) -> Fault {
        *self.fault.lock().unwrap()
    }

    /// TLS with a certificate that is made for this connection.
    fn acceptor(&self) -> TlsAcceptor {
        let fault = self.fault();
        let name = if fault == Fault::OfAnotherName {
            "other.example"
        } else {
            "127.0.0.1"
        };
        let now = SystemClock.now();
        let ends = if fault == Fault::EndsSoon {
            now.plus(2 * DAY)
        } else if fault == Fault::Ended {
            now.minus(DAY)
        } else {
            now.plus(60 * DAY)
        };
        let mut parameters = CertificateParams::new([name.to_owned()]).unwrap();
        parameters.not_before = day!(now.minus(30 * DAY));
        parameters.not_after = day!(ends);
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate().unwrap();
        let issuer = Issuer::from_params(&self.issuer, &self.issuer_key);
        let certificate = parameters.signed_by(&key, &issuer).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }

    async fn answer(&self, request: Request<Incoming>, peer: SocketAddr) -> Response<Body> {
        let fault = self.fault();
        let (parts, body) = request.into_parts();
        let path = parts.uri.path().to_owned();
        let is_json = |headers: &HeaderMap| {
            let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
            accept.unwrap_or_default().contains("json")
        };
        let agent = parts
            .headers
            .get(USER_AGENT)
            .and_then(|value| value.to_str().ok());
        let is_mastodon = agent.unwrap_or_default().contains("Mastodon");
        let is_post = parts.method == Method::POST;
        let refused = if fault == Fault::NoPrograms && is_mastodon
            || fault == Fault::NoDeliveries && is_post
        {
            Some((StatusCode::FORBIDDEN, "no bots"))
        } else if fault == Fault::OnlyReads && is_post {
            Some((StatusCode::METHOD_NOT_ALLOWED, ""))
        } else if fault == Fault::TakesWellKnown && path.starts_with("/.well-known/")
            || fault == Fault::AnotherServer && path.starts_with("/doctor/")
        {
            Some((StatusCode::NOT_FOUND, ""))
        } else if fault == Fault::ReachesNobody {
            Some((StatusCode::BAD_GATEWAY, ""))
        } else if fault == Fault::ServesItsOwnPage && path == "/" {
            Some((StatusCode::OK, "It works!"))
        } else {
            None
        };
        if let Some((status, text)) = refused {
            return plain(status, text);
        }
        if fault == Fault::RedirectsToWww {
            let mut response = plain(StatusCode::MOVED_PERMANENTLY, "");
            let www = HeaderValue::from_static("https://www.letter.example/");
            response.headers_mut().insert("location", www);
            return response;
        }
        let cached = self.cached.lock().unwrap().iter().find_map(|(at, answer)| {
            let is_hit = fault == Fault::CachesWithoutVary && *at == path;
            is_hit.then(|| answer.clone())
        });
        if let Some(answer) = cached {
            return response(answer);
        }
        let body = to_bytes(Body::new(body), usize::MAX).await.unwrap();
        let mut headers = parts.headers.clone();
        if fault == Fault::HostIsLost {
            headers.remove(HOST);
        }
        if fault != Fault::ClientNamesItself || !headers.contains_key(&FORWARDED_FOR) {
            let named = HeaderValue::try_from(peer.ip().to_string()).unwrap();
            headers.insert(FORWARDED_FOR, named);
        }
        if fault == Fault::ClientIsNotNamed {
            headers.remove(&FORWARDED_FOR);
        }
        let scheme = if fault == Fault::PlainInFront {
            "http"
        } else {
            "https"
        };
        headers.insert(FORWARDED_PROTO, HeaderValue::from_static(scheme));
        let mut target = parts.uri.path_and_query().unwrap().to_string();
        if fault == Fault::PathIsDecoded {
            target = target.replace("%7E", "~").replace("%40", "@");
        }
        if fault == Fault::QueryIsDropped {
            target = path.clone();
        }
        let forwarded = self
            .client
            .request(parts.method, format!("http://{}{target}", self.backend))
            .headers(headers)
            .body(body);
        let Ok(answered) = forwarded.send().await else {
            return plain(StatusCode::BAD_GATEWAY, "");
        };
        let (status, mut headers) = (answered.status(), answered.headers().clone());
        headers.remove(CONTENT_LENGTH);
        headers.remove(TRANSFER_ENCODING);
        let mut body = answered.bytes().await.unwrap();
        if fault == Fault::OldKey && path == "/actor" {
            let text = String::from_utf8(body.to_vec()).unwrap();
            body = text
                .replace("BEGIN PUBLIC KEY-----\\nMI", "BEGIN PUBLIC KEY-----\\nXY")
                .into();
        }
        if fault == Fault::ChangesMediaType && is_json(&parts.headers) {
            let changed = HeaderValue::from_static("application/json");
            headers.insert(CONTENT_TYPE, changed);
        }
        let answer = (status, headers, body);
        self.cached.lock().unwrap().push((path, answer.clone()));
        response(answer)
    }
}

/// A certificate as a file has it (RFC 7468).
fn pem(certificate: &[u8]) -> String {
    let text = STANDARD.encode(certificate);
    let lines = text.as_bytes().chunks(64).map(String::from_utf8_lossy);
    let lines = lines.map(|line| format!("{line}\n"));
    let lines: String = lines.collect();
    format!("-----BEGIN CERTIFICATE-----\n{lines}-----END CERTIFICATE-----\n")
}

fn response((status, headers, body): Answer) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    response((status, headers, Bytes::from_static(text.as_bytes())))
}
