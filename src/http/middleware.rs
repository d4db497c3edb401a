//! Middleware: what scripts of other websites may read, the rate limit by network address, the answers of a retired actor, and the end of a connection on which
//! a body was left unread.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{Request, State},
    http::{
        HeaderName, HeaderValue, Method,
        header::{ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, CONNECTION},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{
    badge, error::Failure, feeds, headers::wants_activity, metrics, pages::embed, state::HttpState,
};
use crate::{
    activitystreams::{Own, paths, tombstone},
    counter::LabelledCounter,
    federation::client_ip::Caller,
    rate_limit::Allowance,
    register::actor::lifecycle::Lifetime,
};

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// Paths that answer as before: health checks, files for crawlers, and what the error page loads.
const STILL_THERE: &[&str] = &[
    "/healthz",
    "/readyz",
    "/robots.txt",
    "/.well-known/security.txt",
    "/style.css",
    paths::ICON,
];

/// Where scripts of every website may read what is answered: each address that the page for programs names, and discovery.
/// They are the same for everybody, and no cookie opens more.
const FOR_SCRIPTS: &[&str] = &[
    feeds::NEWS,
    feeds::SUPPORTERS,
    badge::SVG,
    embed::PATH,
    paths::ACTOR,
    paths::LETTER,
    paths::WEBFINGER,
    paths::NODEINFO,
    paths::NODEINFO_2_0,
    paths::NODEINFO_2_1,
];
/// What all addresses of data begin with, which are for scripts as well.
const DATA: &str = "/api/v1/";

/// The headers that those scripts may read beside the usual ones (<https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name>).
const READABLE: HeaderValue = HeaderValue::from_static(
    "etag, link, ratelimit-limit, ratelimit-remaining, ratelimit-reset, retry-after",
);

/// Lets scripts of every website read [`FOR_SCRIPTS`] and [`DATA`], whatever is answered there: 404, 429 and 503 as well.
pub(super) async fn for_scripts(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_open = FOR_SCRIPTS.contains(&path) || path.starts_with(DATA);
    let mut response = next.run(request).await;
    if is_open {
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, READABLE);
    }
    response
}

/// Counts every answer, whoever gave it.
pub(super) async fn count_answers(
    State(answers): State<LabelledCounter<1>>,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    answers.count(metrics::class(response.status()));
    response
}

/// Adds the [`Caller`] to every request, before anything else, or answers 429 before its body is read.
pub(super) async fn rate_limit(
    State(state): State<Arc<HttpState>>,
    mut request: Request,
    next: Next,
) -> Response {
    let app = &state.app;
    let proxies = &app.config.server.trusted_proxies;
    let caller = Caller::of(request.extensions(), request.headers(), proxies);
    let inboxes = [paths::INBOX, paths::ACTOR_INBOX];
    let is_delivery = request.method() == Method::POST && inboxes.contains(&request.uri().path());
    let uncounted = is_delivery.then(|| app.uncounted(caller, request.headers()));
    if let Some(uncounted) = uncounted.flatten() {
        request.extensions_mut().insert(uncounted);
        request.extensions_mut().insert(caller);
        return next.run(request).await;
    }
    let now = app.clock.now();
    let granted = app.limits.request(caller, now);
    let allowance = app.limits.allowance(caller, now);
    let mut response = match granted {
        Ok(()) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(wait) => {
            if is_delivery {
                app.inbox_log.turned_away();
            }
            Failure::too_many(wait, &state, request.headers()).into_response()
        }
    };
    if let Some(allowance) = allowance {
        tell(&mut response, allowance);
    }
    response
}

/// Says what is left for the network address, by the headers of draft-ietf-httpapi-ratelimit-headers-05: the requests of a
/// minute, how many of them are left, and in how many seconds all are back.
fn tell(response: &mut Response, allowance: Allowance) {
    let seconds = allowance.whole_after.as_millis().div_ceil(1000);
    let headers = response.headers_mut();
    headers.insert(LIMIT, HeaderValue::from(allowance.limit));
    headers.insert(REMAINING, HeaderValue::from(allowance.left));
    headers.insert(
        RESET,
        HeaderValue::from(u64::try_from(seconds).unwrap_or(u64::MAX)),
    );
}

/// Answers 410 to everything but [`STILL_THERE`] once the actor was retired.
///
/// The actors' documents stay for `delivery.give_up_after`, because servers need the key in them to verify the Delete.
pub(super) async fn retired(
    State(state): State<Arc<HttpState>>,
    request: Request,
    next: Next,
) -> Response {
    let app = &state.app;
    let lifetime = *app.lifetime.borrow();
    let Some(since) = lifetime.since() else {
        return next.run(request).await;
    };
    let path = request.uri().path();
    if STILL_THERE.contains(&path) {
        return next.run(request).await;
    }
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let own = app.urls.parse_path(path).filter(|_| reads);
    let headers = request.headers();
    let shows_keys = matches!(own, Some(Own::Actor | Own::InstanceActor));
    if matches!(lifetime, Lifetime::Ending { .. }) && shows_keys && wants_activity(headers) {
        return next.run(request).await;
    }
    let tombstone = own.map(|own| tombstone(&app.urls.url(&own), since));
    Failure::retired(tombstone, &state, headers).into_response()
}

/// Says `Connection: close` in a response that came before the end of the request's body (RFC 9112, section 9.6): the
/// connection ends then, and a client that kept it for its next request would lose that one.
pub(super) async fn say_when_the_connection_ends(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let is_read = Arc::new(AtomicBool::new(false));
    let watched = Arc::clone(&is_read);
    let request = request.map(|body| {
        Body::new(WatchedBody {
            body,
            is_read: watched,
        })
    });
    let mut response = next.run(request).await;
    if !is_read.load(Ordering::Relaxed) {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
    }
    response
}

/// The body of a request, which tells whether it was read to its end.
#[derive(Debug)]
struct WatchedBody {
    body: Body,
    is_read: Arc<AtomicBool>,
}

impl HttpBody for WatchedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if matches!(polled, Poll::Ready(None)) || self.body.is_end_stream() {
            self.is_read.store(true, Ordering::Relaxed);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        self.body.size_hint()
    }
}
