//! The list of everything that answers over HTTP, and its middleware.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    http::{
        HeaderName, HeaderValue, Response, StatusCode,
        header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS},
    },
    middleware::{from_fn, from_fn_with_state},
    routing::{get, post},
};
use tower_http::{
    catch_panic::CatchPanicLayer, set_header::SetResponseHeaderLayer, timeout::TimeoutLayer,
};

use super::{
    api, arrival, assets, badge, discovery, documents,
    error::{not_found, panicked},
    feeds, forge_hook, hooks, letter_data, list_data, middleware, pages, pictures, share_image,
    state::HttpState,
};
use crate::{
    activitystreams::paths,
    federation::{block_policy, inbox},
    letter::PICTURES,
};

/// The time limit of every request, key fetches of the inboxes included.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The Content Security Policy of every response: our style sheet, our image, our form, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                      frame-ancestors 'none'; base-uri 'none'";

/// When to come again after something that nobody can tell the end of, in seconds.
const COME_AGAIN: HeaderValue = HeaderValue::from_static("30");

/// The routes and middleware of the server.
pub fn routes(state: Arc<HttpState>) -> Router {
    let app = Arc::clone(&state.app);
    let answers = state.answers.clone();
    let shown = Router::new()
        .merge(ids())
        .merge(well_known())
        .merge(for_people())
        .route("/hooks/github", post(hooks::github))
        .route("/hooks/forge/{name}", post(forge_hook::post))
        .fallback(not_found)
        .with_state(Arc::clone(&state));
    Router::new()
        .route(paths::INBOX, post(inbox::receive))
        .route(paths::ACTOR_INBOX, post(inbox::receive))
        .with_state(Arc::clone(&app))
        .merge(shown)
        .layer(from_fn_with_state(Arc::clone(&state), middleware::retired))
        .layer(from_fn_with_state(app, block_policy::keep_out))
        .layer(from_fn_with_state(state, middleware::rate_limit))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            TIMEOUT,
        ))
        .layer(from_fn(middleware::say_when_the_connection_ends))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(middleware::for_scripts))
        .layer(SetResponseHeaderLayer::if_not_present(
            RETRY_AFTER,
            come_again,
        ))
        .layer(header(CONTENT_SECURITY_POLICY, POLICY))
        .layer(header(X_CONTENT_TYPE_OPTIONS, "nosniff"))
        // Nothing to other sites; with less, a form of ours would not say that it is one.
        .layer(header(REFERRER_POLICY, "same-origin"))
        .layer(from_fn_with_state(answers, middleware::count_answers))
}

/// `Retry-After` of a response that does not say when to come again, such as that of a time-out.
fn come_again<T>(response: &Response<T>) -> Option<HeaderValue> {
    let later = response.status() == StatusCode::SERVICE_UNAVAILABLE;
    later.then_some(COME_AGAIN)
}

fn header(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

/// The ids of our ActivityPub objects: JSON for servers, a page or a redirect to one for people.
fn ids() -> Router<Arc<HttpState>> {
    Router::new()
        .route(paths::ACTOR, get(documents::id))
        .route(paths::LETTER, get(documents::id))
        .route(paths::OUTBOX, get(documents::id))
        .route(paths::FOLLOWERS, get(documents::id))
        .route(paths::FOLLOWING, get(documents::id))
        .route(paths::FEATURED, get(documents::id))
        .route(paths::LIKES, get(documents::id))
        .route(paths::SHARES, get(documents::id))
        .route(paths::REPLIES, get(documents::replies))
        .route(paths::INSTANCE_ACTOR, get(documents::id))
        .route(paths::INSTANCE_OUTBOX, get(documents::id))
        .route("/posts/{id}", get(pages::post::get))
        .route("/activities/{id}", get(documents::id))
        .route("/quote-authorizations/{id}", get(documents::id))
        .route("/feature-authorizations/{id}", get(documents::id))
        .route("/{profile}", get(documents::id))
}

fn well_known() -> Router<Arc<HttpState>> {
    Router::new()
        .route(paths::WEBFINGER, get(discovery::webfinger))
        .route(paths::HOST_META, get(discovery::host_meta))
        .route(paths::HOST_META_JSON, get(discovery::host_meta_json))
        .route(paths::NODEINFO, get(discovery::nodeinfo_links))
        .route("/nodeinfo/{version}", get(discovery::nodeinfo))
        .route("/robots.txt", get(api::robots))
        .route("/.well-known/security.txt", get(api::security))
        .route("/healthz", get(api::healthz))
        .route("/readyz", get(api::readyz))
        .route(
            &format!("{}{{nonce}}/{{*rest}}", arrival::PREFIX),
            get(arrival::get),
        )
}

fn for_people() -> Router<Arc<HttpState>> {
    Router::new()
        .route(paths::PAGE, get(pages::letter::get))
        .route(
            "/{language}/",
            get(pages::letter::translated).fallback(not_found),
        )
        .route(pages::preview::PAGE, get(pages::preview::get))
        .route(pages::preview::PICTURE, get(pages::preview::picture))
        .route(paths::SUPPORTERS, get(pages::supporters::get))
        .route(paths::HISTORY, get(pages::history::get))
        .route("/history/{number}", get(pages::revision::get))
        .route(pages::sign::PATH, post(pages::sign::post))
        .route(&format!("{}{{id}}", paths::ENTRIES), get(pages::entry::get))
        .route("/privacy", get(pages::privacy::get))
        .route(paths::ABOUT, get(pages::about::get))
        .route(feeds::NEWS, get(feeds::news))
        .route(feeds::SUPPORTERS, get(feeds::supporters))
        .route(badge::SVG, get(badge::svg))
        .route(badge::SHIELDS, get(badge::shields))
        .route(share_image::PATH, get(share_image::get))
        .route("/sitemap.xml", get(api::sitemap))
        .route("/favicon.ico", get(assets::icon))
        .route(api::COUNT, get(api::count))
        .route(letter_data::LETTER, get(letter_data::letter))
        .route(letter_data::DAYS, get(letter_data::days))
        .route(list_data::SUPPORTERS, get(list_data::supporters))
        .route(list_data::CSV, get(list_data::csv))
        .route(list_data::NDJSON, get(list_data::ndjson))
        .route(pages::statistics::PATH, get(pages::statistics::get))
        .route(pages::api::PATH, get(pages::api::get))
        .route(pages::embed::PATH, get(pages::embed::get))
        .route("/style.css", get(assets::style))
        .route(paths::ICON, get(assets::icon))
        .route(paths::HEADER, get(share_image::header))
        .route(paths::TIMELINE, get(pages::timeline::get))
        .route(&format!("{}{{tag}}", paths::TAGS), get(pages::tag::get))
        .route(&format!("{PICTURES}/{{name}}"), get(pictures::get))
}
