//! `/embed`: title and number, small enough for a frame in another page. Nothing but this may be framed: it holds no form
//! and starts nothing, so nobody can be led to press something that they do not see.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, header::CONTENT_SECURITY_POLICY},
    response::{IntoResponse as _, Response},
};

use super::frame::{SiteView, rendered};
use crate::{
    endorsement::policy::LetterState,
    http::{
        error::{Failure, NotServed},
        headers::NO_INDEX,
        response_cache::{MINUTE, Rendered},
        state::HttpState,
    },
    i18n::SupportCounts,
};

/// The path of the page.
pub const PATH: &str = "/embed";

/// The Content Security Policy of this page alone: our style sheet, no form, and any page may frame it.
const POLICY: (HeaderName, HeaderValue) = (
    CONTENT_SECURITY_POLICY,
    HeaderValue::from_static(
        "default-src 'none'; style-src 'self'; form-action 'none'; frame-ancestors *; base-uri 'none'",
    ),
);

/// The page for frames.
#[derive(Clone, Debug, Template)]
#[template(path = "embed.html")]
pub struct EmbedPage {
    /// The letter's title, language and address.
    pub site: SiteView,
    /// The numbers.
    pub counts: SupportCounts,
    /// Whether signatures are taken.
    pub state: LetterState,
}

/// `GET /embed`.
pub async fn get(
    State(state): State<Arc<HttpState>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let response = state.answer(&headers, "page /embed", page(&state)).await?;
    Ok(([POLICY, NO_INDEX], response).into_response())
}

async fn page(state: &HttpState) -> Result<Rendered, NotServed> {
    let mut tx = state.store.read().await?;
    let current = state.current(&mut tx).await?;
    let counts = current.count_json(&mut tx).await?;
    let page = EmbedPage {
        site: current.site(state),
        counts: SupportCounts::from(&counts),
        state: state.letter_state(),
    };
    Ok(rendered(MINUTE, &page)?)
}
