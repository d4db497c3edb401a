//! Webhooks: a forge says that the letter's file changed.
//!
//! A push only makes us read the source anew, by the same way and under the same limits as the timer: nothing of what it
//! says is taken over.

use std::sync::Arc;

use axum::{
    extract::{Extension, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{
    error::Failure,
    github_push::{push, signature},
    state::HttpState,
};
use crate::federation::{client_ip::Caller, held_bodies::NotRead};

/// The header with the kind of event.
const EVENT: &str = "x-github-event";

/// `POST /hooks/github`: 202 whatever an authentic request says, 401 without the right signature, 404 when it is off.
pub async fn github(
    State(state): State<Arc<HttpState>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let headers = &parts.headers;
    let Some(hook) = &state.github_hook else {
        return Failure::missing(&state, headers).into_response();
    };
    // Nobody holds memory here without at least pretending.
    let Some(signature) = signature(headers) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let limit = state.app.config.server.max_body.as_len();
    let held = match state.app.held_bodies.read(body, limit, caller).await {
        Ok(held) => held,
        Err(NotRead::TooLarge) => return StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Err(NotRead::TooSlow) => return StatusCode::REQUEST_TIMEOUT.into_response(),
        Err(NotRead::Broken(_)) => return StatusCode::BAD_REQUEST.into_response(),
        Err(NotRead::NoRoom) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
    };
    if !hook.is_signed(&signature, held.bytes()) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let is_push = headers.get(EVENT).is_some_and(|event| event == "push");
    // A `ping`, and every event that the webhook was not meant for.
    if !is_push {
        return StatusCode::ACCEPTED.into_response();
    }
    let Some(push) = push(headers, held.bytes()) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    if hook.concerns(&push) {
        hook.wake();
    }
    StatusCode::ACCEPTED.into_response()
}
