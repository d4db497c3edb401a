//! Resources for programs: the public counts, health checks, and files for crawlers.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::{
    error::Failure,
    page_data,
    response_cache::{MINUTE, Rendered},
};
use crate::{clock::Millis, federation::App};

/// `/api/v1/count.json`. The order of the members never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CountJson {
    /// `signed` and `liked`: supporters, once each.
    pub total: i64,
    /// Signatories, replies and mentions.
    pub signed: i64,
    /// Those who only like the letter.
    pub liked: i64,
    /// Signatories of the letter's own list.
    pub github: i64,
    /// Endorsers.
    pub fediverse: i64,
    /// Signatories whom an administrator entered.
    pub manual: i64,
    /// Organisations; not in `total`.
    pub organisations: i64,
    /// Those who signed the newest substantive revision.
    pub current: i64,
    /// Those who signed an earlier one.
    pub earlier: i64,
    /// Boosts and quotes.
    pub reach: i64,
    /// The newest revision.
    pub revision: i64,
    /// When the text was published or last changed.
    pub updated: Millis,
}

/// `GET /api/v1/count.json`.
pub async fn count(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Failure> {
    let render = async {
        let mut tx = app.store.read().await?;
        let current = app.current(&mut tx).await?;
        let newest = current.newest_substantive;
        let counts =
            page_data::count_json(&mut tx, &current.revision, newest, &current.counts).await?;
        let body = serde_json::to_string(&counts)?;
        Ok(Rendered::new("application/json", MINUTE, body))
    };
    let rendered = app
        .cache
        .get("api count", render)
        .await
        .map_err(|reason| Failure::of(reason, &app, &headers))?;
    let mut response = rendered.answer(&headers);
    let (name, value) = super::NO_INDEX;
    response.headers_mut().insert(name, value);
    response
        .headers_mut()
        .insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    Ok(response)
}

/// `GET /healthz`: the process answers.
pub async fn healthz() -> Response {
    plain("ok\n")
}

/// `GET /readyz`: the database answers, and has this program's tables.
pub async fn readyz(State(app): State<Arc<App>>) -> Response {
    let ready = async { app.store.read().await?.versions().await };
    match ready.await {
        Ok(_) => plain("ok\n"),
        Err(error) => {
            tracing::error!(error = %error, "not ready: the database does not answer");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

/// `GET /robots.txt`. Crawlers that count Fediverse servers obey it, and are shut out by
/// `server.count_in_statistics = false`.
pub async fn robots(State(app): State<Arc<App>>) -> Response {
    let counting = if app.config.server.count_in_statistics {
        ""
    } else {
        "User-agent: MinoruFediverseCrawler\nUser-agent: fetch-nodeinfo-bot\nUser-agent: vmcrawl\nDisallow: /\n\n"
    };
    plain(format!(
        "{counting}User-agent: *\nDisallow: /supporters\nDisallow: /inbox\nDisallow: /actor/inbox\n"
    ))
}

/// `GET /.well-known/security.txt` (RFC 9116); 404 without a contact.
pub async fn security(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let Some(address) = app.config.contact_address() else {
        return Err(Failure::missing(&app, &headers));
    };
    let year = std::time::Duration::from_hours(365 * 24);
    let expires = app.clock.now().day().plus(year);
    Ok(plain(format!(
        "Contact: mailto:{address}\nExpires: {expires}\n"
    )))
}

fn plain(body: impl Into<String>) -> Response {
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], body.into()).into_response()
}
