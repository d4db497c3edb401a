//! Error responses: a page for people, `application/problem+json` (RFC 9457) for programs.

use std::{any::Any, panic::resume_unwind, sync::Arc, time::Duration};

use askama::Template as _;
use axum::{
    extract::State,
    http::{
        HeaderMap, HeaderValue, Method, StatusCode, Uri,
        header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER, VARY},
    },
    response::{IntoResponse, Redirect, Response},
};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{
    drawing::DrawError,
    headers::wants_activity,
    pages::{
        error::{ErrorPage, Problem},
        frame::{HTML, SiteView},
    },
    response_cache::Rendered,
    state::HttpState,
};
use crate::{activitystreams::ACTIVITY_JSON, federation::limits::retry_after};

/// Why a document or page cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum NotServed {
    /// Nothing is there: 404.
    #[error("there is nothing here")]
    Missing,
    /// It was deleted: 410, with this `Tombstone`.
    #[error("this is gone")]
    Gone(Value),
    /// The letter is a draft: 404.
    #[error("the letter is not out yet")]
    NotYet,
    /// The draft's file cannot be read: 503.
    #[error("{0}")]
    DraftFile(String),
    /// Too many others wait for a page as well: 503.
    #[error("too many pages are rendered at once")]
    Busy,
    /// The database failed: 503.
    #[error(transparent)]
    Store(#[from] crate::store::Error),
    /// What is stored cannot be read: 500.
    #[error(transparent)]
    Register(#[from] crate::register::Error),
    /// A stored document is no JSON: 500.
    #[error("a stored document cannot be read")]
    Stored(#[from] serde_json::Error),
    /// A page cannot be rendered: 500.
    #[error("a page cannot be rendered")]
    Template(#[from] askama::Error),
    /// A picture cannot be drawn: 500.
    #[error(transparent)]
    Drawing(#[from] DrawError),
}

/// The default `Retry-After`.
const COME_AGAIN: Duration = Duration::from_secs(30);

/// How long a request waits for its page to be rendered: longer than people do.
const RENDER_PATIENCE: Duration = Duration::from_secs(10);

/// When to come again after that: whoever waited in front is then through.
const LESS_BUSY_AFTER: Duration = Duration::from_secs(10);

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
    Page(Box<ErrorPage>),
    Json,
    Tombstone(Value),
}

impl Failure {
    /// The response for a document or page that cannot be served. Errors of our own are logged here, once.
    pub fn of(reason: NotServed, state: &HttpState, request: &HeaderMap) -> Self {
        let wait = matches!(reason, NotServed::Busy).then_some(LESS_BUSY_AFTER);
        let (problem, tombstone) = match reason {
            NotServed::Missing => (Problem::NotFound, None),
            NotServed::Gone(tombstone) => (Problem::Gone, Some(tombstone)),
            NotServed::NotYet => (Problem::NotOut, None),
            NotServed::DraftFile(error) => {
                tracing::warn!(error, "the preview cannot be shown");
                (Problem::Unavailable, None)
            }
            NotServed::Busy => {
                if let Some(requests) = state.turned_away.count(state.app.clock.now()) {
                    tracing::warn!(
                        requests,
                        "pages could not be rendered in time, because too many others were"
                    );
                }
                (Problem::Unavailable, None)
            }
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
            NotServed::Drawing(error) => {
                tracing::error!(error = %error, "a picture could not be drawn");
                (Problem::Internal, None)
            }
        };
        let failure = Self::new(problem, state, request);
        let wait = wait.or(failure.wait);
        Self { wait, ..failure }.with_tombstone(tombstone, request)
    }

    /// 410, because the actor was retired; servers get the `tombstone`.
    pub fn retired(tombstone: Option<Value>, state: &HttpState, request: &HeaderMap) -> Self {
        Self::new(Problem::Retired, state, request).with_tombstone(tombstone, request)
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
    pub fn missing(state: &HttpState, request: &HeaderMap) -> Self {
        Self::new(Problem::NotFound, state, request)
    }

    /// Whether it is 404.
    pub fn is_missing(&self) -> bool {
        self.problem == Problem::NotFound
    }

    /// 400.
    pub fn bad_request(state: &HttpState, request: &HeaderMap) -> Self {
        Self::new(Problem::BadRequest, state, request)
    }

    /// 400, because there is no such list; the page links to those that there are.
    pub fn not_offered(
        offered: Vec<(String, &'static str)>,
        state: &HttpState,
        request: &HeaderMap,
    ) -> Self {
        let mut failure = Self::new(Problem::NotOffered, state, request);
        if let ErrorFormat::Page(page) = &mut failure.form {
            page.offered = offered;
        }
        failure
    }

    /// 403, because a form was sent from another site.
    pub fn foreign_form(state: &HttpState, request: &HeaderMap) -> Self {
        Self::new(Problem::ForeignForm, state, request)
    }

    /// 413.
    pub fn too_large(state: &HttpState, request: &HeaderMap) -> Self {
        Self::new(Problem::TooLarge, state, request)
    }

    /// 429, because of too many requests from one network address; `wait` becomes `Retry-After`.
    pub fn too_many(wait: Duration, state: &HttpState, request: &HeaderMap) -> Self {
        Self {
            wait: Some(wait),
            ..Self::new(Problem::TooMany, state, request)
        }
    }

    fn new(problem: Problem, state: &HttpState, request: &HeaderMap) -> Self {
        let form = if wants_page(request) {
            ErrorFormat::Page(Box::new(ErrorPage {
                site: SiteView::without_letter(state),
                problem,
                offered: Vec::new(),
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
            ErrorFormat::Page(page) => match page.render() {
                Ok(page) => (HTML, page),
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

/// The answer to every address that is none of ours: 404, or a redirect if only a slash at its end is too much.
pub async fn not_found(
    State(state): State<Arc<HttpState>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Redirect, Failure> {
    let path = uri.path();
    let shorter = path.trim_end_matches('/');
    if shorter == path || shorter.is_empty() || !method.is_safe() {
        return Err(Failure::missing(&state, &headers));
    }
    let query = uri.query().map(|query| format!("?{query}"));
    let target = format!("{shorter}{}", query.unwrap_or_default());
    // With our own origin before it, a path of two slashes leads to no other host.
    Ok(Redirect::permanent(&state.app.urls.absolute(&target)))
}

impl HttpState {
    /// The cached response for `key`, or a new one by `render`; 503 when that takes too long, because others wait for
    /// theirs as well.
    pub fn answer(
        &self,
        request: &HeaderMap,
        key: &str,
        render: impl Future<Output = Result<Rendered, NotServed>>,
    ) -> impl Future<Output = Result<Response, Failure>> {
        // The futures of pages are large.
        let render = Box::pin(render);
        async move {
            let rendered = timeout(RENDER_PATIENCE, self.cache.get(key, render)).await;
            match rendered.unwrap_or(Err(NotServed::Busy)) {
                Ok(rendered) => Ok(rendered.answer(request).await),
                Err(reason) => Err(Failure::of(reason, self, request)),
            }
        }
    }

    /// The same for one of any number of pages, such as those of a long list and of searches in it. Rendering them leaves
    /// a connection to pages that everybody asks for.
    ///
    /// It goes on when the client is gone: the database would all the same, and a new request must not take another
    /// connection meanwhile.
    pub fn answer_one_of_many(
        &self,
        request: &HeaderMap,
        key: &str,
        render: impl Future<Output = Result<Rendered, NotServed>> + Send + 'static,
    ) -> impl Future<Output = Result<Response, Failure>> {
        let lists = Arc::clone(&self.lists);
        let in_turn = async {
            let turn = lists.acquire_owned().await;
            let turn = turn.map_err(|_closed| NotServed::Busy)?;
            let rendering = tokio::spawn(async {
                let rendered = render.await;
                drop(turn);
                rendered
            });
            match rendering.await {
                Ok(rendered) => rendered,
                Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
                Err(_stopped) => Err(NotServed::Busy),
            }
        };
        self.answer(request, key, in_turn)
    }
}

/// The response when a handler panicked. The cause is logged; the client learns nothing of it.
pub fn panicked(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a request could not be answered: a handler panicked");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
