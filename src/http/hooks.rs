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
    github_push::Push,
    state::HttpState,
    webhook::{github_signature, payload, signed_body},
};
use crate::federation::client_ip::Caller;

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
    let signed = (github_signature(headers), hook.key());
    let held = match signed_body(&state.app, caller, signed, body).await {
        Ok(held) => held,
        Err(status) => return status.into_response(),
    };
    let is_push = headers.get(EVENT).is_some_and(|event| event == "push");
    // A `ping`, and every event that the webhook was not meant for.
    if !is_push {
        return StatusCode::ACCEPTED.into_response();
    }
    let Some(push) = payload::<Push>(headers, held.bytes()) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    if hook.concerns(&push) {
        hook.wake();
    }
    StatusCode::ACCEPTED.into_response()
}
