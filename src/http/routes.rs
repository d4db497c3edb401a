//! The list of everything that answers over HTTP.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Path, Query, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode, Uri,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LINK, REFERRER_POLICY,
            X_CONTENT_TYPE_OPTIONS,
        },
    },
    middleware::from_fn_with_state,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer,
    set_header::SetResponseHeaderLayer, timeout::TimeoutLayer,
};

use super::{
    api, discovery,
    documents::wants_activity,
    ended,
    error::{self, Failure},
    history, middleware,
    page_data::{self, ListRequest},
    pages,
    response_cache::{HOUR, Rendered},
};
use crate::{
    activitystreams::{ACTIVITY_JSON, NodeInfoVersion, Own, paths},
    federation::{App, block_policy, inbox},
};

/// The time limit of every request, key fetches of the inboxes included.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Keeps pages with names out of search engines and archives.
pub const NO_INDEX: (HeaderName, HeaderValue) = (
    HeaderName::from_static("x-robots-tag"),
    HeaderValue::from_static("noindex, noarchive"),
);

/// The routes and middleware of the server.
pub fn routes(app: Arc<App>) -> Router {
    let shown = Router::new()
        .merge(ids())
        .merge(well_known())
        .merge(for_people())
        .fallback(not_found)
        .layer(CompressionLayer::new());
    // The inboxes answer without a body, so there is nothing to compress.
    Router::new()
        .route(paths::INBOX, post(inbox::receive))
        .route(paths::ACTOR_INBOX, post(inbox::receive))
        .merge(shown)
        .with_state(Arc::clone(&app))
        .layer(from_fn_with_state(Arc::clone(&app), ended::keep_shut))
        .layer(from_fn_with_state(Arc::clone(&app), block_policy::keep_out))
        .layer(from_fn_with_state(app, middleware::count))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            TIMEOUT,
        ))
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(header(
            CONTENT_SECURITY_POLICY,
            pages::CONTENT_SECURITY_POLICY,
        ))
        .layer(header(X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(REFERRER_POLICY, "no-referrer"))
}

fn header(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

/// The ids of our ActivityPub objects: JSON for servers, a redirect to the letter's page for people.
fn ids() -> Router<Arc<App>> {
    Router::new()
        .route(paths::ACTOR, get(id))
        .route(paths::LETTER, get(id))
        .route(paths::OUTBOX, get(id))
        .route(paths::FOLLOWERS, get(id))
        .route(paths::FOLLOWING, get(id))
        .route(paths::FEATURED, get(id))
        .route(paths::LIKES, get(id))
        .route(paths::SHARES, get(id))
        .route(paths::REPLIES, get(replies))
        .route(paths::INSTANCE_ACTOR, get(id))
        .route(paths::INSTANCE_OUTBOX, get(id))
        .route("/posts/{id}", get(own_post))
        .route("/activities/{id}", get(id))
        .route("/quote-authorizations/{id}", get(id))
        .route("/{profile}", get(id))
}

fn well_known() -> Router<Arc<App>> {
    Router::new()
        .route(paths::WEBFINGER, get(discovery::webfinger))
        .route(paths::HOST_META, get(discovery::host_meta))
        .route(paths::HOST_META_JSON, get(discovery::host_meta_json))
        .route(paths::NODEINFO, get(discovery::nodeinfo_links))
        .route("/nodeinfo/{version}", get(nodeinfo))
        .route("/robots.txt", get(api::robots))
        .route("/.well-known/security.txt", get(api::security))
        .route("/healthz", get(api::healthz))
        .route("/readyz", get(api::readyz))
}

fn for_people() -> Router<Arc<App>> {
    Router::new()
        .route(paths::PAGE, get(front))
        .route(paths::SUPPORTERS, get(supporters))
        .route(paths::HISTORY, get(history))
        .route("/history/{number}", get(revision))
        .route("/privacy", get(privacy))
        .route("/about", get(about))
        .route("/api/v1/count.json", get(api::count))
        .route("/style.css", get(style))
        .route(paths::ICON, get(icon))
}

/// One of our ids: its document for servers, a redirect to the letter's page for people.
async fn id(
    State(app): State<Arc<App>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let Some(own) = app.urls.parse_path(uri.path()) else {
        return Err(Failure::missing(&app, &headers));
    };
    if wants_activity(&headers) {
        let document = app
            .document(&own)
            .await
            .map_err(|reason| Failure::of(reason, &app, &headers))?;
        return Ok(document.answer(&headers));
    }
    // Only an existing document redirects to the page.
    app.document(&own)
        .await
        .map_err(|reason| Failure::of(reason, &app, &headers))?;
    let mut response = Redirect::to(&app.urls.page()).into_response();
    response
        .headers_mut()
        .insert("vary", HeaderValue::from_static("Accept"));
    Ok(response)
}

/// A post other than the letter: its document for servers, its own page for people.
async fn own_post(
    State(app): State<Arc<App>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let own = app.urls.parse_path(uri.path());
    let own = own.ok_or_else(|| Failure::missing(&app, &headers))?;
    let rendered = if wants_activity(&headers) {
        app.document(&own).await
    } else {
        let key = format!("page {}", uri.path());
        app.cache.get(&key, page_data::post(&app, &own)).await
    };
    Ok(rendered
        .map_err(|reason| Failure::of(reason, &app, &headers))?
        .answer(&headers))
}

/// The query of `/letter/replies`.
#[derive(Debug, Deserialize)]
struct RepliesQuery {
    page: Option<usize>,
}

async fn replies(
    State(app): State<Arc<App>>,
    uri: Uri,
    Query(query): Query<RepliesQuery>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    match query.page {
        Some(page) if wants_activity(&headers) => {
            let page = app
                .replies_page(page)
                .await
                .map_err(|reason| Failure::of(reason, &app, &headers))?;
            Ok(page.answer(&headers))
        }
        _ => id(State(app), uri, headers).await,
    }
}

async fn nodeinfo(
    State(app): State<Arc<App>>,
    Path(version): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let version = match version.as_str() {
        "2.0" => NodeInfoVersion::V2_0,
        "2.1" => NodeInfoVersion::V2_1,
        _ => return Err(Failure::missing(&app, &headers)),
    };
    let answer = discovery::nodeinfo(Arc::clone(&app), version, headers.clone()).await;
    answer.map_err(|reason| Failure::of(reason, &app, &headers))
}

/// `/`: the letter's page for people, its Note for servers.
async fn front(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Failure> {
    if wants_activity(&headers) {
        let document = app.document(&Own::Letter).await;
        return Ok(document
            .map_err(|reason| Failure::of(reason, &app, &headers))?
            .answer(&headers));
    }
    let page = app.cache.get("page /", page_data::front(&app)).await;
    let mut response = page
        .map_err(|reason| Failure::of(reason, &app, &headers))?
        .answer(&headers);
    let link = format!(
        "<{}>; rel=\"alternate\"; type=\"{ACTIVITY_JSON}\"",
        app.urls.letter()
    );
    if let Ok(link) = HeaderValue::try_from(link) {
        response.headers_mut().insert(LINK, link);
    }
    Ok(response)
}

/// `/supporters`.
async fn supporters(
    State(app): State<Arc<App>>,
    Query(request): Query<ListRequest>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let query = request.into_query();
    let (query, page) = query.ok_or_else(|| Failure::bad_request(&app, &headers))?;
    let key = format!("page {}", query.href(page));
    let page = app
        .cache
        .get(&key, page_data::supporters(&app, query, page))
        .await;
    let page = page.map_err(|reason| Failure::of(reason, &app, &headers))?;
    Ok(([NO_INDEX], page.answer(&headers)).into_response())
}

/// `/history`.
async fn history(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Failure> {
    let page = app.cache.get("page /history", history::history(&app)).await;
    Ok(page
        .map_err(|reason| Failure::of(reason, &app, &headers))?
        .answer(&headers))
}

/// `/history/{n}`. Only the canonical form of the number is accepted, so that each revision has one URL.
async fn revision(
    State(app): State<Arc<App>>,
    Path(wanted): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let number = wanted.parse::<i64>().ok();
    let Some(number) = number.filter(|number| number.to_string() == wanted) else {
        return Err(Failure::missing(&app, &headers));
    };
    let key = format!("page /history/{number}");
    let page = app.cache.get(&key, history::revision(&app, number)).await;
    Ok(page
        .map_err(|reason| Failure::of(reason, &app, &headers))?
        .answer(&headers))
}

async fn privacy(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Failure> {
    let page = app
        .cache
        .get("page /privacy", page_data::privacy(&app))
        .await;
    Ok(page
        .map_err(|reason| Failure::of(reason, &app, &headers))?
        .answer(&headers))
}

async fn about(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Failure> {
    let page = app.cache.get("page /about", page_data::about(&app)).await;
    Ok(page
        .map_err(|reason| Failure::of(reason, &app, &headers))?
        .answer(&headers))
}

async fn style(headers: HeaderMap) -> Response {
    Rendered::new("text/css; charset=utf-8", HOUR, pages::STYLE).answer(&headers)
}

async fn icon(State(app): State<Arc<App>>) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(app.icon.media_type)),
        (
            CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=86400"),
        ),
    ];
    (headers, app.icon.bytes.to_vec()).into_response()
}

async fn not_found(State(app): State<Arc<App>>, headers: HeaderMap) -> Failure {
    Failure::missing(&app, &headers)
}
