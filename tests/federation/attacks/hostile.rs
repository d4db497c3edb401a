//! A server that answers whatever a case wants: other statuses, media types, redirects, floods, silence.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};

/// One answer.
#[derive(Clone, Debug)]
pub(super) enum Reply {
    /// Status, headers and body.
    Sent(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// Nothing, ever.
    Silence,
}

impl Reply {
    /// A document of the right media type.
    pub(super) fn document(body: impl Into<Vec<u8>>) -> Self {
        Self::of_type("application/activity+json", body)
    }

    pub(super) fn of_type(media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::Sent(
            200,
            vec![("content-type", media_type.to_owned())],
            body.into(),
        )
    }

    pub(super) fn status(status: u16) -> Self {
        Self::Sent(status, Vec::new(), Vec::new())
    }

    pub(super) fn redirect(to: &str) -> Self {
        Self::Sent(302, vec![("location", to.to_owned())], Vec::new())
    }
}

impl From<&Value> for Reply {
    fn from(document: &Value) -> Self {
        Self::document(document.to_string())
    }
}

type Replies = Arc<Mutex<HashMap<String, Reply>>>;

/// The server; it stops with this value.
#[derive(Debug)]
pub(super) struct Hostile {
    pub(super) origin: String,
    replies: Replies,
    task: JoinHandle<()>,
}

impl Hostile {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let replies = Replies::default();
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&replies));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            origin,
            replies,
            task,
        }
    }

    /// From now on this URL here is answered so.
    pub(super) fn put(&self, url: &str, reply: impl Into<Reply>) {
        let path = url.strip_prefix(&self.origin).unwrap().to_owned();
        self.replies.lock().unwrap().insert(path, reply.into());
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(State(replies): State<Replies>, request: Request) -> Response {
    let reply = replies.lock().unwrap().get(request.uri().path()).cloned();
    match reply {
        None => StatusCode::NOT_FOUND.into_response(),
        Some(Reply::Silence) => std::future::pending().await,
        Some(Reply::Sent(status, headers, body)) => {
            let mut response = body.into_response();
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            response.headers_mut().remove("content-type");
            for (name, value) in headers {
                let value = HeaderValue::from_str(&value).unwrap();
                response
                    .headers_mut()
                    .append(HeaderName::from_static(name), value);
            }
            response
        }
    }
}
