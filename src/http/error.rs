//! Error responses: a page for people, `application/problem+json` (RFC 9457) for programs.

use std::{any::Any, time::Duration};

use axum::{
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER, VARY},
    },
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    documents::{NotServed, wants_activity},
    page_data, pages,
    views::{ErrorView, Problem},
};
use crate::{
    activitystreams::ACTIVITY_JSON,
    federation::{App, limits::retry_after},
};

/// The default `Retry-After`.
const COME_AGAIN: Duration = Duration::from_secs(30);

/// An error response.
#[derive(Debug)]
pub struct Failure {
    problem: Problem,
    form: ErrorFormat,
    /// The value of `Retry-After`.
    wait: Option<Duration>,
}

#[derive(Debug)]
enum ErrorFormat {
    Page(Box<ErrorView>),
    Json,
    Tombstone(Value),
}

impl Failure {
    /// The response for a document or page that cannot be served. Errors of our own are logged here, once.
    pub fn of(reason: NotServed, app: &App, request: &HeaderMap) -> Self {
        let (problem, tombstone) = match reason {
            NotServed::Missing => (Problem::NotFound, None),
            NotServed::Gone(tombstone) => (Problem::Gone, Some(tombstone)),
            NotServed::NotYet => (Problem::Unavailable, None),
            NotServed::Store(error) => {
                tracing::error!(error = %error, "a page could not be read from the database");
                (Problem::Unavailable, None)
            }
            NotServed::Register(error) => {
                tracing::error!(error = %error, "a page could not be built from the register");
                (Problem::Internal, None)
            }
            NotServed::Stored(error) => {
                tracing::error!(error = %error, "a stored document could not be read");
                (Problem::Internal, None)
            }
            NotServed::Template(error) => {
                tracing::error!(error = %error, "a page could not be rendered");
                (Problem::Internal, None)
            }
        };
        Self::new(problem, app, request).with_tombstone(tombstone, request)
    }

    /// 410, because the actor was retired; servers get the `tombstone`.
    pub fn retired(tombstone: Option<Value>, app: &App, request: &HeaderMap) -> Self {
        Self::new(Problem::Retired, app, request).with_tombstone(tombstone, request)
    }

    fn with_tombstone(self, tombstone: Option<Value>, request: &HeaderMap) -> Self {
        match tombstone.filter(|_| wants_activity(request)) {
            Some(tombstone) => Self {
                form: ErrorFormat::Tombstone(tombstone),
                ..self
            },
            None => self,
        }
    }

    /// 404.
    pub fn missing(app: &App, request: &HeaderMap) -> Self {
        Self::new(Problem::NotFound, app, request)
    }

    /// 400.
    pub fn bad_request(app: &App, request: &HeaderMap) -> Self {
        Self::new(Problem::BadRequest, app, request)
    }

    /// 429, because of too many requests from one network address; `wait` becomes `Retry-After`.
    pub fn too_many(wait: Duration, app: &App, request: &HeaderMap) -> Self {
        Self {
            wait: Some(wait),
            ..Self::new(Problem::TooMany, app, request)
        }
    }

    fn new(problem: Problem, app: &App, request: &HeaderMap) -> Self {
        let form = if wants_page(request) {
            ErrorFormat::Page(Box::new(ErrorView {
                site: page_data::frame(app),
                problem,
            }))
        } else {
            ErrorFormat::Json
        };
        let wait = (problem == Problem::Unavailable).then_some(COME_AGAIN);
        Self {
            problem,
            form,
            wait,
        }
    }
}

/// Whether the client accepts HTML and does not ask for an ActivityPub document.
fn wants_page(request: &HeaderMap) -> bool {
    let mut accepted = request
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok());
    accepted.any(|value| value.contains("text/html")) && !wants_activity(request)
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.problem.status())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let problem = || {
            let reason = status.canonical_reason().unwrap_or_default();
            json!({"type": "about:blank", "title": reason, "status": status.as_u16()}).to_string()
        };
        let (media_type, body) = match self.form {
            ErrorFormat::Tombstone(tombstone) => (ACTIVITY_JSON, tombstone.to_string()),
            ErrorFormat::Json => ("application/problem+json", problem()),
            ErrorFormat::Page(view) => match pages::error(&view) {
                Ok(page) => ("text/html; charset=utf-8", page),
                Err(error) => {
                    tracing::error!(error = %error, "the error page could not be rendered");
                    ("application/problem+json", problem())
                }
            },
        };
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        headers.insert(VARY, HeaderValue::from_static("Accept"));
        let wait = self.wait.map(retry_after).map(HeaderValue::try_from);
        if let Some(Ok(seconds)) = wait {
            headers.insert(RETRY_AFTER, seconds);
        }
        response
    }
}

/// The response when a handler panicked. The cause is logged; the client learns nothing of it.
pub fn panicked(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a request could not be answered: a handler panicked");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
