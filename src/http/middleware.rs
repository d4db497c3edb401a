//! The rate limit by network address, applied to every request before anything else.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::Method,
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use super::error::Failure;
use crate::{
    activitystreams::paths,
    federation::{App, client_ip::Caller},
};

/// Middleware: adds the [`Caller`] to the request, or answers 429 before its body is read.
pub(super) async fn count(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response {
    let proxies = &app.config.server.trusted_proxies;
    let caller = Caller::of(request.extensions(), request.headers(), proxies);
    if let Err(wait) = app.limits.request(caller, app.clock.now()) {
        let inboxes = [paths::INBOX, paths::ACTOR_INBOX];
        if request.method() == Method::POST && inboxes.contains(&request.uri().path()) {
            app.journal.turned_away();
        }
        return Failure::too_many(wait, &app, request.headers()).into_response();
    }
    request.extensions_mut().insert(caller);
    next.run(request).await
}
