//! A retired actor: 410 for every request, except health checks and a few static files.
//!
//! The actors' documents stay for `delivery.give_up_after`, because servers need the key in them to verify the Delete.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::Method,
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{documents::wants_activity, error::Failure};
use crate::{
    activitystreams::{Own, paths, tombstone},
    federation::App,
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

/// Middleware: answers 410 for everything else once the actor was retired.
pub(super) async fn keep_shut(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
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
    Failure::retired(tombstone, &app, headers).into_response()
}
