//! Resources for programs: the public counts, health checks, and files for crawlers.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};

use super::{
    counts::CountJson,
    error::{Failure, NotServed},
    headers::NO_INDEX,
    response_cache::{MINUTE, Rendered},
    state::{HttpState, Readiness},
};
use crate::{register::letter::translations::standing, store};

/// The path of the public counts.
pub const COUNT: &str = "/api/v1/count.json";

/// `GET /api/v1/count.json`.
pub async fn count(
    State(state): State<Arc<HttpState>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let render = async {
        let mut tx = state.store.read().await?;
        let counts = if let Some(current) = state.current_if_out(&mut tx).await? {
            current.count_json(&mut tx).await?
        } else {
            let identity = tx.identity().await?.ok_or(NotServed::NotYet)?;
            CountJson::of_draft(identity.created_at)
        };
        let body = serde_json::to_string(&counts)?;
        Ok(Rendered::new("application/json", MINUTE, body))
    };
    let response = state.answer(&headers, "api count", render).await?;
    Ok(([NO_INDEX], response).into_response())
}

/// `GET /healthz`: the process answers.
pub async fn healthz() -> Response {
    plain("ok\n")
}

/// `GET /readyz`: the database answers, has this program's tables, and took the last write of the timer; and what is due
/// is sent. A back-off of another server is no fault of ours.
pub async fn readyz(State(state): State<Arc<HttpState>>) -> Response {
    let unready = |why: &'static str| (StatusCode::SERVICE_UNAVAILABLE, plain(why)).into_response();
    // The log of the timer says more about these two.
    match *state.readiness.borrow() {
        Readiness::Ready => (),
        Readiness::NotWritable => return unready("the database takes nothing\n"),
        Readiness::NotSending => return unready("deliveries are due and not tried\n"),
    }
    // Not by the connections for pages: when these are busy, the database is not gone.
    match state.app.store.check_tables().await {
        Ok(()) => plain("ok\n"),
        Err(store::Error::Outdated(_)) => unready("the tables are older than the program\n"),
        Err(error) => {
            tracing::error!(error = %error, "not ready: the database does not answer");
            unready("the database does not answer\n")
        }
    }
}

/// `GET /robots.txt`. Crawlers that count Fediverse servers obey it, and are shut out by
/// `server.count_in_statistics = false`.
pub async fn robots(State(state): State<Arc<HttpState>>) -> Response {
    let counting = if state.app.config.server.count_in_statistics {
        ""
    } else {
        "User-agent: MinoruFediverseCrawler\nUser-agent: fetch-nodeinfo-bot\nUser-agent: vmcrawl\nDisallow: /\n\n"
    };
    plain(format!(
        "{counting}User-agent: *\nDisallow: /supporters\nDisallow: /inbox\nDisallow: /actor/inbox\n\nSitemap: {}/sitemap.xml\n",
        state.app.urls.origin()
    ))
}

/// The addresses of the pages without names, for search engines (sitemaps.org).
#[derive(Debug, Template)]
#[template(path = "sitemap.xml")]
struct Sitemap {
    addresses: Vec<String>,
}

/// `GET /sitemap.xml`.
pub async fn sitemap(
    State(state): State<Arc<HttpState>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let render = async {
        let mut tx = state.store.read().await?;
        let newest = state.current(&mut tx).await?.revision.number;
        let changes = tx.translation_changes().await?;
        let translations = standing(&changes, newest).into_iter();
        let translations = translations.map(|row| format!("/{}/", row.language));
        let pages = [
            "/",
            "/timeline",
            "/history",
            "/statistics",
            "/about",
            "/api",
            "/privacy",
        ];
        let revisions = (1..=newest).map(|number| format!("/history/{number}"));
        let posts = tx.own_posts().await?.into_iter();
        let posts = posts.filter(|post| post.deleted_at.is_none() && post.in_reply_to.is_none());
        let paths = pages
            .into_iter()
            .map(str::to_owned)
            .chain(translations)
            .chain(revisions)
            .chain(posts.map(|post| post.path));
        let sitemap = Sitemap {
            addresses: paths.map(|path| state.app.urls.absolute(&path)).collect(),
        };
        Ok(Rendered::new("application/xml", MINUTE, sitemap.render()?))
    };
    state.answer(&headers, "sitemap", render).await
}

/// `GET /.well-known/security.txt` (RFC 9116); 404 without a contact.
pub async fn security(
    State(state): State<Arc<HttpState>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let Some(address) = state.app.config.contact_address() else {
        return Err(Failure::missing(&state, &headers));
    };
    let year = std::time::Duration::from_hours(365 * 24);
    let expires = state.app.clock.now().day().plus(year);
    Ok(plain(format!(
        "Contact: mailto:{address}\nExpires: {expires}\n"
    )))
}

fn plain(body: impl Into<String>) -> Response {
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], body.into()).into_response()
}
