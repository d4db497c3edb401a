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
    pages::{
        supporter::{Support, SupporterView},
        supporters::{ListPlace, ListQuery, ListRequest, start},
    },
    response_cache::{ASK, Rendered},
    state::HttpState,
};
use crate::{
    clock::Millis,
    store::{PageStart, PublicEntry, PublicFilter},
    text::csv,
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

/// One supporter. Members are only ever added.
#[derive(Debug, Serialize)]
struct SupporterJson {
    /// The public id.
    id: String,
    name: Option<String>,
    /// `@user@host`, or `@user` on GitHub.
    handle: Option<String>,
    /// The profile: http or https.
    url: Option<String>,
    affiliation: Option<String>,
    /// `signed` or `liked`, as in `count.json`.
    kind: &'static str,
    /// `github`, `letter`, `fediverse` or `manual`.
    source: &'static str,
    /// The other place where the same supporter is.
    also: Option<AlsoJson>,
    /// The statement that is shown.
    statement: Option<String>,
    /// The content warning of the statement.
    warning: Option<String>,
    /// The revision that was signed.
    revision: u64,
    /// When; `None` where the list has no dates.
    date: Option<Millis>,
    /// The entry's own page.
    page: String,
}

/// The other place where a supporter is.
#[derive(Debug, Serialize)]
struct AlsoJson {
    source: &'static str,
    handle: String,
    url: Option<String>,
}

/// A page of the list.
#[derive(Debug, Serialize)]
struct SupportersJson {
    supporters: Vec<SupporterJson>,
    /// The address of the next page.
    next: Option<String>,
}

impl SupporterJson {
    fn of(entry: PublicEntry, state: &HttpState) -> Self {
        let (statement, warning) = (entry.statement.clone(), entry.warning.clone());
        let person = SupporterView::of(entry);
        let also = person.also.as_ref().map(|also| AlsoJson {
            source: also.source.code(),
            handle: also.shown_handle().into_owned(),
            url: also.link().map(ToOwned::to_owned),
        });
        Self {
            url: person.link().map(ToOwned::to_owned),
            kind: match person.support {
                Support::Signed => "signed",
                Support::Liked => "liked",
            },
            source: person.source.code(),
            page: state.app.urls.absolute(&person.page()),
            also,
            statement,
            warning,
            id: person.id,
            name: person.name,
            handle: person.handle,
            affiliation: person.affiliation,
            revision: person.revision,
            date: person.date,
        }
    }

    /// The columns of the table.
    const COLUMNS: [&str; 15] = [
        "id",
        "name",
        "handle",
        "url",
        "affiliation",
        "kind",
        "source",
        "also_source",
        "also_handle",
        "also_url",
        "statement",
        "warning",
        "revision",
        "date",
        "page",
    ];

    /// The values of the columns; what is not there is empty.
    fn fields(&self) -> [String; 15] {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let also = self.also.as_ref();
        [
            self.id.clone(),
            text(&self.name),
            text(&self.handle),
            text(&self.url),
            text(&self.affiliation),
            self.kind.to_owned(),
            self.source.to_owned(),
            also.map_or_else(String::new, |also| also.source.to_owned()),
            also.map_or_else(String::new, |also| also.handle.clone()),
            also.map_or_else(String::new, |also| text(&also.url)),
            text(&self.statement),
            text(&self.warning),
            self.revision.to_string(),
            self.date.map(Millis::to_rfc3339).unwrap_or_default(),
            self.page.clone(),
        ]
    }
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
    if !query.is_offered() {
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
            .map(|entry| SupporterJson::of(entry, state))
            .collect(),
        next,
    };
    let rendered = Rendered::new("application/json", ASK, serde_json::to_string(&page)?);
    Ok(match link {
        Some(Ok(link)) => rendered.with_link(link),
        // The query is percent-encoded, so an address always fits.
        Some(Err(_)) | None => rendered,
    })
}

/// The form of the whole list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BulkForm {
    Csv,
    Ndjson,
}

impl BulkForm {
    const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    const fn disposition(self) -> &'static str {
        match self {
            Self::Csv => "attachment; filename=\"supporters.csv\"",
            Self::Ndjson => "attachment; filename=\"supporters.ndjson\"",
        }
    }

    /// What stands before the entries.
    fn head(self) -> String {
        match self {
            Self::Csv => {
                let mut text = String::new();
                push_line(&mut text, &SupporterJson::COLUMNS);
                text
            }
            Self::Ndjson => String::new(),
        }
    }

    fn push(self, text: &mut String, supporter: &SupporterJson) -> Result<(), NotServed> {
        match self {
            Self::Csv => {
                let fields = supporter.fields().map(|field| without_formula(&field));
                push_line(text, &fields.each_ref().map(String::as_str));
            }
            Self::Ndjson => {
                text.push_str(&serde_json::to_string(supporter)?);
                text.push('\n');
            }
        }
        Ok(())
    }
}

/// A line that ends as RFC 4180 has it.
fn push_line(text: &mut String, fields: &[&str]) {
    csv::push_record(text, fields.iter().copied());
    text.pop();
    text.push_str("\r\n");
}

/// A field that no spreadsheet takes for a formula: an apostrophe goes before what would begin one
/// (<https://owasp.org/www-community/attacks/CSV_Injection>). In many languages spreadsheets split at semicolons or tabs, and
/// then no quotation that begins after one of our commas holds a field together: each part of it may begin a formula.
fn without_formula(field: &str) -> String {
    let mut text = String::with_capacity(field.len() + 1);
    if field.starts_with(['\t', '\r', '\n']) {
        text.push('\'');
    }
    let mut begins = true;
    for character in field.chars() {
        let is_start = matches!(character, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
        if begins && is_start {
            text.push('\'');
        }
        text.push(character);
        // Spaces and quotation marks go before a formula.
        let goes_before = matches!(character, ' ' | '"');
        begins = matches!(character, ';' | '\t' | '\r' | '\n') || (begins && goes_before);
    }
    text
}

/// `GET /api/v1/supporters.csv`; 404 without `web.bulk_download`, 503 while another whole list is being sent.
pub async fn csv(State(state): State<Arc<HttpState>>, headers: HeaderMap) -> Response {
    bulk(&state, &headers, BulkForm::Csv)
}

/// `GET /api/v1/supporters.ndjson`; 404 without `web.bulk_download`, 503 while another whole list is being sent.
pub async fn ndjson(State(state): State<Arc<HttpState>>, headers: HeaderMap) -> Response {
    bulk(&state, &headers, BulkForm::Ndjson)
}

/// What is left of a list that is being sent.
struct RestOfList {
    state: Arc<HttpState>,
    form: BulkForm,
    /// Where the next page begins; `None` at the end.
    next: Option<PageStart>,
    /// As long as it is sent, nobody else is sent one: each is one request for any number of queries.
    _only: OwnedSemaphorePermit,
}

fn bulk(state: &Arc<HttpState>, headers: &HeaderMap, form: BulkForm) -> Response {
    if !state.app.config.web.bulk_download {
        return Failure::missing(state, headers).into_response();
    }
    let Ok(only) = Arc::clone(&state.whole_list).try_acquire_owned() else {
        return Failure::of(NotServed::Busy, state, headers).into_response();
    };
    let list = RestOfList {
        state: Arc::clone(state),
        form,
        next: Some(PageStart::Top),
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
        let Some(start) = self.next.take() else {
            return Ok(None);
        };
        let turn = Arc::clone(&self.state.lists).acquire_owned().await;
        let turn = turn.map_err(|_closed| NotServed::Busy)?;
        let mut tx = self.state.store.read().await?;
        let everybody = PublicFilter::default();
        let listed = tx.public_page(&everybody, &start, MOST).await?;
        if let Some(last) = listed.entries.last().filter(|_| listed.has_next) {
            self.next = tx
                .public_place(&last.public_id)
                .await?
                .map(PageStart::After);
        }
        drop(tx);
        drop(turn);
        let mut text = String::new();
        for entry in listed.entries {
            let supporter = SupporterJson::of(entry, &self.state);
            self.form.push(&mut text, &supporter)?;
        }
        Ok(Some((Bytes::from(text), self)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_field_of_a_table_begins_a_formula() {
        for (field, expected) in [
            ("Ada", "Ada"),
            ("", ""),
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@ada@m.example", "'@ada@m.example"),
            ("\t=1", "'\t'=1"),
            ("\n\na", "'\n\na"),
            ("a=1", "a=1"),
            ("a-b; c", "a-b; c"),
            ("Ada;=HYPERLINK(A1);", "Ada;'=HYPERLINK(A1);"),
            ("Ada; \"=1\"", "Ada; \"'=1\""),
            ("a\t+1\r@b\n-c", "a\t'+1\r'@b\n'-c"),
            ("\u{ff1d}1", "'\u{ff1d}1"),
        ] {
            assert_eq!(without_formula(field), expected, "{field:?}");
        }
        let mut text = String::new();
        push_line(&mut text, &["a,b", "\"c\"", "d"]);
        assert_eq!(text, "\"a,b\",\"\"\"c\"\"\",d\r\n");
    }
}
