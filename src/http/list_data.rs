//! The list of supporters for programs: page by page as JSON, and whole as CSV or NDJSON where the operator offers that.
//!
//! Every value is one that the pages show.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    extract::{Query, State},
    http::{
        HeaderMap, HeaderValue,
        header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse as _, Response},
};
use futures_util::stream;
use serde::Serialize;
use tokio::sync::OwnedSemaphorePermit;

use super::{
    error::{Failure, NotServed},
    headers::NO_INDEX,
    pages::supporters::{ListPlace, ListQuery, ListRequest, start},
    response_cache::{ASK, Rendered},
    state::HttpState,
    supporter_data::{BulkForm, SupporterJson},
};
use crate::{
    clock::Millis,
    store::{PublicFilter, PublicPages},
};

/// The path of the list.
pub const SUPPORTERS: &str = "/api/v1/supporters.json";
/// The path of the whole list as CSV.
pub const CSV: &str = "/api/v1/supporters.csv";
/// The path of the whole list as NDJSON.
pub const NDJSON: &str = "/api/v1/supporters.ndjson";

/// The most entries of one answer.
pub const MOST: usize = 500;
/// Entries of one answer where no `limit` is given.
const USUAL: usize = 100;

/// A page of the list.
#[derive(Debug, Serialize)]
struct SupportersJson {
    supporters: Vec<SupporterJson>,
    /// The address of the next page.
    next: Option<String>,
    /// Since when all names are off: then the list is empty, and the numbers are as ever.
    names_off: Option<Millis>,
}

/// `GET /api/v1/supporters.json`, with the query of `/supporters` and `limit`. A page beside an entry that is not listed
/// any more, or never was, is missing.
pub async fn supporters(
    State(state): State<Arc<HttpState>>,
    Query(request): Query<ListRequest>,
    headers: HeaderMap,
) -> Response {
    let answer = supporters_page(&state, request, &headers).await;
    let response = answer.unwrap_or_else(Failure::into_response);
    ([NO_INDEX], response).into_response()
}

async fn supporters_page(
    state: &Arc<HttpState>,
    request: ListRequest,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let refused = || Failure::bad_request(state, headers);
    let limit = match request.limit() {
        None => USUAL,
        Some(text) => {
            let limit = text.parse().ok();
            let limit = limit.filter(|limit| (1..=MOST).contains(limit));
            limit.ok_or_else(refused)?
        }
    };
    let (query, place) = request.into_query().ok_or_else(refused)?;
    if !query.is_offered() || query.is_of_organisations() {
        return Err(refused());
    }
    let address = address(&query, &place, limit);
    let shared = Arc::clone(state);
    let page = async move { rendered_page(&shared, &query, &place, limit).await };
    state
        .answer_one_of_many(headers, &format!("api {address}"), page)
        .await
}

/// The path and query of a page.
fn address(query: &ListQuery, place: &ListPlace, limit: usize) -> String {
    let query = query.encoded(place);
    let more = if query.is_empty() { "" } else { "&" };
    format!("{SUPPORTERS}?{query}{more}limit={limit}")
}

async fn rendered_page(
    state: &HttpState,
    query: &ListQuery,
    place: &ListPlace,
    limit: usize,
) -> Result<Rendered, NotServed> {
    let mut tx = state.store.read().await?;
    // Without a letter there is no list either.
    let current = state.current(&mut tx).await?;
    current.has(query.revision)?;
    let start = start(&mut tx, place, query.sort).await?;
    let listed = tx.public_page(&query.filter(), &start, limit).await?;
    let last = listed.entries.last().map(|entry| entry.public_id.clone());
    let next = last.filter(|_| listed.has_next).map(|last| {
        let next = address(query, &ListPlace::After(last), limit);
        state.app.urls.absolute(&next)
    });
    let link = next
        .as_ref()
        .map(|next| HeaderValue::try_from(format!("<{next}>; rel=\"next\"")));
    let entries = listed.entries.into_iter();
    let page = SupportersJson {
        supporters: entries
            .map(|entry| SupporterJson::of(entry, &state.app.urls))
            .collect(),
        next,
        names_off: tx.names_off().await?,
    };
    let rendered = Rendered::new("application/json", ASK, serde_json::to_string(&page)?);
    Ok(match link {
        Some(Ok(link)) => rendered.with_link(link),
        // The query is percent-encoded, so an address always fits.
        Some(Err(_)) | None => rendered,
    })
}

/// `GET /api/v1/supporters.csv`; 404 without `web.bulk_download`, 503 while another whole list is being sent.
pub async fn csv(State(state): State<Arc<HttpState>>, headers: HeaderMap) -> Response {
    bulk(&state, &headers, BulkForm::Csv).await
}

/// `GET /api/v1/supporters.ndjson`; 404 without `web.bulk_download`, 503 while another whole list is being sent.
pub async fn ndjson(State(state): State<Arc<HttpState>>, headers: HeaderMap) -> Response {
    bulk(&state, &headers, BulkForm::Ndjson).await
}

/// What is left of a list that is being sent.
struct RestOfList {
    state: Arc<HttpState>,
    form: BulkForm,
    /// What is left to be read.
    pages: PublicPages,
    /// As long as it is sent, nobody else is sent one: each is one request for any number of queries.
    _only: OwnedSemaphorePermit,
}

async fn bulk(state: &Arc<HttpState>, headers: &HeaderMap, form: BulkForm) -> Response {
    if !state.app.config.web.bulk_download {
        return Failure::missing(state, headers).into_response();
    }
    let is_out = async { state.store.read().await?.has_revision().await };
    match is_out.await {
        Ok(true) => (),
        Ok(false) => return Failure::of(NotServed::NotYet, state, headers).into_response(),
        Err(error) => return Failure::of(error.into(), state, headers).into_response(),
    }
    let Ok(only) = Arc::clone(&state.whole_list).try_acquire_owned() else {
        return Failure::of(NotServed::Busy, state, headers).into_response();
    };
    let list = RestOfList {
        state: Arc::clone(state),
        form,
        pages: PublicPages::of(PublicFilter::default()),
        _only: only,
    }
    .into_body();
    let mut response = Response::new(list);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(form.media_type()));
    headers.insert(
        CONTENT_DISPOSITION,
        HeaderValue::from_static(form.disposition()),
    );
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(ASK));
    ([NO_INDEX], response).into_response()
}

impl RestOfList {
    fn into_body(self) -> Body {
        let head = stream::iter([Ok::<_, NotServed>(Bytes::from(self.form.head()))]);
        Body::from_stream(stream::StreamExt::chain(
            head,
            stream::try_unfold(self, |rest| async move {
                let page = rest.page().await;
                if let Err(error) = &page {
                    // The connection is closed in the middle: the client sees that something is missing.
                    tracing::error!(error = %error, "the whole list could not be sent to its end");
                }
                page
            }),
        ))
    }

    /// The next page. It is read when the client took the one before, and a slow client holds no connection to the
    /// database meanwhile. Where it begins is kept as a place, which stays when its entry goes.
    async fn page(mut self) -> Result<Option<(Bytes, Self)>, NotServed> {
        if self.pages.is_at_end() {
            return Ok(None);
        }
        let turn = Arc::clone(&self.state.lists).acquire_owned().await;
        let turn = turn.map_err(|_closed| NotServed::Busy)?;
        let mut tx = self.state.store.read().await?;
        let entries = self.pages.next(&mut tx, MOST).await?;
        drop(tx);
        drop(turn);
        let mut text = String::new();
        for entry in entries {
            let supporter = SupporterJson::of(entry, &self.state.app.urls);
            self.form.push(&mut text, &supporter)?;
        }
        Ok(Some((Bytes::from(text), self)))
    }
}
