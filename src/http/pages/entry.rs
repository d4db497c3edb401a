//! `/e/{id}`: one entry of the list, to show or to check: this name, the text that it was given for, and how to leave.
//!
//! It exists while the entry is listed. Everything else gets the answer of an id that never was.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse as _, Response},
};

use super::{
    frame::{SiteView, rendered},
    signing::OpeningView,
    supporter::{PEOPLE, StatementView, Support, SupporterSource, SupporterView},
};
use crate::{
    activitystreams::paths,
    clock::Millis,
    http::{
        error::{Failure, NotServed},
        headers::NO_INDEX,
        response_cache::{ASK, Rendered},
        state::HttpState,
    },
    random::PublicId,
};

/// The page of one entry.
#[derive(Clone, Debug, Template)]
#[template(path = "entry.html")]
pub struct EntryPage {
    /// The frame of the page.
    pub site: SiteView,
    /// Whose entry it is.
    pub person: SupporterView,
    /// The statement, if one is shown.
    pub statement: Option<StatementView>,
    /// The SHA-256 digest of the text, lower-case hex.
    pub digest: String,
    /// When that text was published.
    pub published: Millis,
    /// Whether the text still stands, but for typos.
    pub is_current: bool,
    /// Whether signatures are taken.
    pub opening: OpeningView,
}

impl EntryPage {
    /// No page of the navigation.
    const HERE: &str = "";
}

/// `GET /e/{id}`.
pub async fn get(
    State(state): State<Arc<HttpState>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let Some(id) = PublicId::parse(&id) else {
        return Err(Failure::missing(&state, &headers));
    };
    let key = format!("page {}{id}", paths::ENTRIES);
    let page = page(Arc::clone(&state), id);
    let response = state.answer_one_of_many(&headers, &key, page).await?;
    Ok(([NO_INDEX], response).into_response())
}

async fn page(state: Arc<HttpState>, id: PublicId) -> Result<Rendered, NotServed> {
    let mut tx = state.store.read().await?;
    // First: of a draft nobody learns which entries there are.
    let current = state.current(&mut tx).await?;
    let entry = tx.public_entry(&id).await?.ok_or(NotServed::Missing)?;
    let facts = tx.revision_facts(entry.revision).await?;
    let (digest, published, text) = facts.ok_or(NotServed::Missing)?;
    let page = EntryPage {
        site: current.site(&state),
        statement: StatementView::of(entry.clone()),
        person: SupporterView::of(entry),
        digest,
        published,
        opening: OpeningView::of(&state, &mut tx).await?,
        is_current: text == current.newest_substantive,
    };
    Ok(rendered(ASK, &page)?)
}
