//! After the actor's end: 410 for everybody and everything (F-272), but what shows that the process is well.
//!
//! For `delivery.give_up_after` the actors' documents stay: whoever verifies the Delete finds its key there.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::Method,
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::error::Failure;
use crate::{
    activitystreams::{Own, paths, tombstone},
    federation::{App, documents::wants_activity},
    register::actor::lifecycle::Lifetime,
};

/// What answers as before: for whoever runs the server, for crawlers, and what the page needs.
const STILL_THERE: &[&str] = &[
    "/healthz",
    "/readyz",
    "/robots.txt",
    "/.well-known/security.txt",
    "/style.css",
    paths::ICON,
];

/// Answers 410 in place of everything else once the actor was retired.
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
    let tombstone = own.map(|it| tombstone(&app.urls.url(&it), since));
    Failure::retired(tombstone, &app, headers).into_response()
}
