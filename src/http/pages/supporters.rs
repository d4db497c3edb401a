//! `/supporters`: the list of supporters, with search, filter and pages.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Query, State},
    http::HeaderMap,
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use url::form_urlencoded;

use super::{
    frame::{SiteView, rendered},
    supporter::{PEOPLE, Support, SupporterSource, SupporterView},
};
use crate::{
    http::{
        counts::number,
        error::{Failure, NotServed},
        headers::NO_INDEX,
        response_cache::{ASK, Rendered},
        state::HttpState,
    },
    i18n::{Language, SupportCounts},
    letter::notes_html,
    register::letter::signatories::signatory_notes,
    store::{PublicFilter, PublicSort as StoredSort},
    text::misleads,
};

/// The number of supporters on one page.
pub const PAGE_SIZE: u64 = 100;
/// The most organisations on the first page.
const ORGANISATIONS: i64 = 500;

/// One page of the list of supporters.
#[derive(Clone, Debug, Template)]
#[template(path = "supporters.html")]
pub struct SupportersPage {
    /// The frame of the page.
    pub site: SiteView,
    /// The numbers of the whole letter.
    pub counts: SupportCounts,
    /// The query.
    pub query: ListQuery,
    /// The number of entries that match the query.
    pub found: u64,
    /// This page, from 1.
    pub page: u64,
    /// Notes among the names of the letter's file as sanitised HTML, which the page does not escape; empty if there are
    /// none.
    pub notes: String,
    /// The entries of this page, at most [`PAGE_SIZE`].
    pub supporters: Vec<SupporterView>,
    /// Organisations, which are counted apart; shown on the first page.
    pub organisations: Vec<SupporterView>,
}

impl SupportersPage {
    /// The path by which the navigation marks this page.
    const HERE: &str = "/supporters";

    /// The number of pages, at least one.
    pub const fn pages(&self) -> u64 {
        let pages = self.found.div_ceil(PAGE_SIZE);
        if pages == 0 { 1 } else { pages }
    }

    /// "Page 2 of 13".
    fn place(&self, words: &Language) -> String {
        let pattern = words.list.page_of.replace("{n}", &words.number(self.page));
        pattern.replace("{m}", &words.number(self.pages()))
    }

    pub(super) fn previous(&self) -> Option<String> {
        (self.page > 1).then(|| {
            self.query
                .href(self.page.saturating_sub(1).min(self.pages()))
        })
    }

    pub(super) fn next(&self) -> Option<String> {
        (self.page < self.pages()).then(|| self.query.href(self.page.saturating_add(1)))
    }

    fn is_filtered(&self) -> bool {
        !self.query.search.is_empty() || self.query.source.is_some()
    }
}

/// Order of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Newest first.
    #[default]
    Recent,
    /// By name.
    Name,
}

impl Sort {
    /// Both of them, in the order of the form.
    pub const ALL: [Self; 2] = [Self::Recent, Self::Name];

    /// The value in `?sort=`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Recent => "recent",
            Self::Name => "name",
        }
    }

    /// The order's name on the pages.
    fn label(self, words: &Language) -> &'static str {
        match self {
            Self::Recent => words.list.recent,
            Self::Name => words.list.name,
        }
    }

    /// The order with this value in `?sort=`.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.code() == code)
    }
}

/// Search, filter and order of the list.
#[derive(Clone, Debug, Default)]
pub struct ListQuery {
    /// Text to search for; empty for all entries.
    pub search: String,
    /// Only this source.
    pub source: Option<SupporterSource>,
    /// Order.
    pub sort: Sort,
}

impl ListQuery {
    /// The value in `?source=`; empty for all sources.
    pub const fn source_code(&self) -> &'static str {
        match self.source {
            Some(source) => source.code(),
            None => "",
        }
    }

    /// The URL of one page (from 1) of this list; defaults are left out.
    pub fn href(&self, page: u64) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if !self.search.is_empty() {
            query.append_pair("q", &self.search);
        }
        if let Some(source) = self.source {
            query.append_pair("source", source.code());
        }
        if self.sort != Sort::default() {
            query.append_pair("sort", self.sort.code());
        }
        if page > 1 {
            query.append_pair("page", &page.to_string());
        }
        match query.finish() {
            query if query.is_empty() => "/supporters".to_owned(),
            query => format!("/supporters?{query}"),
        }
    }
}

/// The query of `/supporters`.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ListRequest {
    q: Option<String>,
    source: Option<String>,
    sort: Option<String>,
    page: Option<u64>,
}

impl ListRequest {
    /// The query and the page; `None` when a parameter is unknown or out of range.
    pub fn into_query(self) -> Option<(ListQuery, u64)> {
        /// The longest search text, in bytes.
        const MAX_SEARCH: usize = 200;
        // The page shows the search text, and a stranger may have made the link.
        let search = self.q.unwrap_or_default().replace(misleads, "");
        let search = search.trim().to_owned();
        let word = |text: Option<String>| text.filter(|text| !text.is_empty());
        let source = match word(self.source) {
            Some(code) => Some(SupporterSource::from_code(&code)?),
            None => None,
        };
        let sort = word(self.sort).map_or(Some(Sort::default()), |code| Sort::from_code(&code))?;
        let page = self.page.unwrap_or(1);
        let bounded = search.len() <= MAX_SEARCH && (1..=1_000_000).contains(&page);
        bounded.then_some((
            ListQuery {
                search,
                source,
                sort,
            },
            page,
        ))
    }
}

/// `GET /supporters`.
pub async fn get(
    State(state): State<Arc<HttpState>>,
    Query(request): Query<ListRequest>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let query = request.into_query();
    let (query, number) = query.ok_or_else(|| Failure::bad_request(&state, &headers))?;
    let key = format!("page {}", query.href(number));
    let is_first = key == "page /supporters";
    let page = page(&state, query, number);
    let response = if is_first {
        state.answer(&headers, &key, page).await?
    } else {
        state.answer_one_of_many(&headers, &key, page).await?
    };
    Ok(([NO_INDEX], response).into_response())
}

async fn page(state: &HttpState, query: ListQuery, page: u64) -> Result<Rendered, NotServed> {
    let mut tx = state.store.read().await?;
    let current = state.current(&mut tx).await?;
    let counts = current.count_json(&mut tx).await?;
    let filter = PublicFilter {
        source: query.source.map(|source| source.code().to_owned()),
        search: Some(query.search.clone()).filter(|search| !search.is_empty()),
        organisations: false,
        sort: match query.sort {
            Sort::Recent => StoredSort::Recent,
            Sort::Name => StoredSort::Name,
        },
    };
    let size = i64::try_from(PAGE_SIZE).unwrap_or(i64::MAX);
    let offset = i64::try_from((page - 1) * PAGE_SIZE).unwrap_or(i64::MAX);
    let (entries, found) = tx.public_list(&filter, offset, size).await?;
    let organisations = if page == 1 && counts.organisations > 0 {
        let filter = PublicFilter {
            organisations: true,
            source: None,
            ..filter
        };
        tx.public_list(&filter, 0, ORGANISATIONS).await?.0
    } else {
        Vec::new()
    };
    let notes = notes_html(&signatory_notes(&mut tx).await?, state.app.urls.base());
    let shown = SupportersPage {
        site: current.site(state),
        counts: SupportCounts::from(&counts),
        query,
        found: number(found),
        page,
        notes,
        supporters: entries.into_iter().map(SupporterView::of).collect(),
        organisations: organisations.into_iter().map(SupporterView::of).collect(),
    };
    if page > shown.pages() {
        return Err(NotServed::Missing);
    }
    Ok(rendered(ASK, &shown)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_list_leaves_defaults_out_and_escapes_the_rest() {
        let everybody = ListQuery::default();
        assert_eq!(everybody.href(1), "/supporters");
        assert_eq!(everybody.href(2), "/supporters?page=2");
        let query = ListQuery {
            search: "a&b=ü\"<".to_owned(),
            source: Some(SupporterSource::GitHub),
            sort: Sort::Name,
        };
        assert_eq!(
            query.href(3),
            "/supporters?q=a%26b%3D%C3%BC%22%3C&source=github&sort=name&page=3"
        );
    }

    #[test]
    fn an_order_is_read_as_it_is_written() {
        for sort in Sort::ALL {
            assert_eq!(Sort::from_code(sort.code()), Some(sort));
        }
        assert_eq!(Sort::from_code(""), None);
    }
}
