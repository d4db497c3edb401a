//! `/about`: the letter's numbers and digest, and the software.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, http::HeaderMap, response::Response};

use super::frame::{SiteView, rendered, without_query};
use crate::{
    clock::Millis,
    http::{
        counts::number,
        error::{Failure, NotServed},
        response_cache::{MINUTE, Rendered},
        state::HttpState,
    },
    i18n::SupportCounts,
};

/// The page about letter and software.
#[derive(Clone, Debug, Template)]
#[template(path = "about.html")]
pub struct AboutPage {
    /// The frame of the page.
    pub site: SiteView,
    /// The numbers.
    pub counts: SupportCounts,
    /// The text; `None` while the letter is a draft.
    pub text: Option<PublishedText>,
}

/// What identifies the text.
#[derive(Clone, Debug)]
pub struct PublishedText {
    /// Number of the current revision.
    pub revision: u64,
    /// When it was published.
    pub published: Millis,
    /// The SHA-256 digest of its text, lower-case hex.
    pub digest: String,
    /// The letter's file on the web (`letter.source_url`), if there is one.
    pub file_url: Option<String>,
}

impl AboutPage {
    /// The path by which the navigation marks this page.
    const HERE: &str = "/about";
}

/// `GET /about`.
pub async fn get(
    State(state): State<Arc<HttpState>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    state.answer(&headers, "page /about", page(&state)).await
}

async fn page(state: &HttpState) -> Result<Rendered, NotServed> {
    let mut tx = state.store.read().await?;
    let Some(current) = state.current_if_out(&mut tx).await? else {
        let page = AboutPage {
            site: SiteView::without_letter(state),
            counts: SupportCounts::default(),
            text: None,
        };
        return Ok(rendered(MINUTE, &page)?);
    };
    let counts = current.count_json(&mut tx).await?;
    let file = state.app.config.letter.source_url.as_ref();
    let page = AboutPage {
        site: current.site(state),
        counts: SupportCounts::from(&counts),
        text: Some(PublishedText {
            revision: number(current.revision.number),
            published: current.revision.published_at,
            digest: current.revision.digest,
            file_url: file.map(|url| without_query(url.as_url())),
        }),
    };
    Ok(rendered(MINUTE, &page)?)
}
