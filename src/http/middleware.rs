//! Middleware: the rate limit by network address, and the answers of a retired actor.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::Method,
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{error::Failure, headers::wants_activity, state::HttpState};
use crate::{
    activitystreams::{Own, paths, tombstone},
    federation::client_ip::Caller,
    register::actor::lifecycle::Lifetime,
};

/// Paths that answer as before: health checks, files for crawlers, and what the error page loads.
const STILL_THERE: &[&str] = &[
    "/healthz",
    "/readyz",
    "/robots.txt",
    "/.well-known/security.txt",
    "/style.css",
    paths::ICON,
];

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
    } else if let Err(wait) = app.limits.request(caller, app.clock.now()) {
        if is_delivery {
            app.inbox_log.turned_away();
        }
        return Failure::too_many(wait, &state, request.headers()).into_response();
    }
    request.extensions_mut().insert(caller);
    next.run(request).await
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
