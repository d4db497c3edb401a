//! `/supporters`: the list of supporters, with search, filter and pages.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Query, State},
    http::HeaderMap,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use url::form_urlencoded;

use super::{
    frame::{SiteView, rendered},
    supporter::{PEOPLE, Support, SupporterSource, SupporterView},
};
use crate::{
    clock::Millis,
    http::{
        counts::{CountJson, number},
        error::{Failure, NotServed},
        headers::NO_INDEX,
        response_cache::{ASK, Rendered},
        state::HttpState,
    },
    i18n::{Language, SupportCounts},
    letter::notes_html,
    random::PublicId,
    register::{letter::signatories::signatory_notes, maintenance::anonymise::anonymised_at},
    store::{Counts, MAX_FOUND, PageStart, PublicFilter, PublicSort as StoredSort, Tx, WordSearch},
    text::misleads,
};

/// The number of supporters on one page.
pub const PAGE_SIZE: usize = 100;
/// The most organisations on the first page.
const ORGANISATIONS: usize = 500;

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
    /// Whether there are more, of which only the newest are listed.
    pub is_cut: bool,
    /// Where the page before this one ends; `None` on the first page.
    pub previous: Option<ListPlace>,
    /// Where the page after this one begins; `None` on the last page.
    pub next: Option<ListPlace>,
    /// Notes among the names of the letter's file as sanitised HTML, which the page does not escape; empty if there are
    /// none.
    pub notes: String,
    /// The entries of this page, at most [`PAGE_SIZE`].
    pub supporters: Vec<SupporterView>,
    /// Organisations, which are counted apart; shown on the first page.
    pub organisations: Vec<SupporterView>,
    /// When names became numbers; `None` if they never did.
    pub anonymised: Option<Millis>,
}

impl SupportersPage {
    /// The path by which the navigation marks this page.
    const HERE: &str = "/supporters";

    /// Whether an entry of this page has an affiliation.
    fn has_affiliations(&self) -> bool {
        let mut people = self.supporters.iter().chain(&self.organisations);
        people.any(|person| person.affiliation.is_some())
    }

    /// "23 entries".
    fn found(&self, words: &Language) -> String {
        if self.is_cut {
            let found = words.number(self.found);
            return words.list.found_more.replace("{n}", &found);
        }
        words.count(self.found, &words.list.found)
    }

    pub(super) fn previous(&self) -> Option<String> {
        self.previous.as_ref().map(|place| self.query.href(place))
    }

    pub(super) fn next(&self) -> Option<String> {
        self.next.as_ref().map(|place| self.query.href(place))
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

/// Where a page of the list lies: beside an entry with this public id, or at the top.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ListPlace {
    /// The first page.
    #[default]
    Top,
    /// The page after this entry.
    After(PublicId),
    /// The page before this entry.
    Before(PublicId),
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

    /// The URL of one page of this list; defaults are left out.
    pub fn href(&self, place: &ListPlace) -> String {
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
        match place {
            ListPlace::Top => (),
            ListPlace::After(id) => {
                query.append_pair("after", id.as_str());
            }
            ListPlace::Before(id) => {
                query.append_pair("before", id.as_str());
            }
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
    after: Option<String>,
    before: Option<String>,
}

impl ListRequest {
    /// The query and the page; `None` when a parameter is unknown or out of range.
    pub fn into_query(self) -> Option<(ListQuery, ListPlace)> {
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
        let place = match (word(self.after), word(self.before)) {
            (None, None) => ListPlace::Top,
            (Some(id), None) => ListPlace::After(PublicId::parse(&id)?),
            (None, Some(id)) => ListPlace::Before(PublicId::parse(&id)?),
            (Some(_), Some(_)) => return None,
        };
        (search.len() <= MAX_SEARCH).then_some((
            ListQuery {
                search,
                source,
                sort,
            },
            place,
        ))
    }
}

/// `GET /supporters`. A page beside an entry that is not listed any more, or never was, leads to the first page.
pub async fn get(
    State(state): State<Arc<HttpState>>,
    Query(request): Query<ListRequest>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let query = request.into_query();
    let (query, place) = query.ok_or_else(|| Failure::bad_request(&state, &headers))?;
    let key = format!("page {}", query.href(&place));
    let top = query.href(&ListPlace::Top);
    let is_first = key == "page /supporters";
    let is_top = place == ListPlace::Top;
    let shared = Arc::clone(&state);
    let page = async move { page(&shared, query, place).await };
    let answer = if is_first {
        state.answer(&headers, &key, page).await
    } else {
        state.answer_one_of_many(&headers, &key, page).await
    };
    let response = match answer {
        Err(failure) if failure.is_missing() && !is_top => Redirect::to(&top).into_response(),
        answer => answer?,
    };
    Ok(([NO_INDEX], response).into_response())
}

async fn page(
    state: &HttpState,
    query: ListQuery,
    place: ListPlace,
) -> Result<Rendered, NotServed> {
    let mut tx = state.store.read().await?;
    let current = state.current(&mut tx).await?;
    let counts = current.count_json(&mut tx).await?;
    let search = Some(&query.search).filter(|search| !search.is_empty());
    let filter = PublicFilter {
        source: query.source.map(|source| source.code().to_owned()),
        search: search.map(|search| WordSearch::parse(search)),
        organisations: false,
        sort: match query.sort {
            Sort::Recent => StoredSort::Recent,
            Sort::Name => StoredSort::Name,
        },
    };
    let start = start(&mut tx, &place).await?;
    let listed = tx.public_page(&filter, &start, PAGE_SIZE).await?;
    let (found, is_cut) = if let Some(search) = &filter.search {
        let found = tx.public_found(&filter, search).await?;
        let endorsements = found.endorsements.min(MAX_FOUND);
        (
            endorsements + found.signatories,
            found.endorsements > MAX_FOUND,
        )
    } else {
        (listed_from(query.source, &counts, &current.counts), false)
    };
    let organisations = if place == ListPlace::Top && counts.organisations > 0 {
        let filter = PublicFilter {
            organisations: true,
            source: None,
            ..filter
        };
        let page = tx.public_page(&filter, &PageStart::Top, ORGANISATIONS);
        page.await?.entries
    } else {
        Vec::new()
    };
    let notes = notes_html(&signatory_notes(&mut tx).await?, state.app.urls.base());
    let first = listed.entries.first().map(|entry| entry.public_id.clone());
    let last = listed.entries.last().map(|entry| entry.public_id.clone());
    let shown = SupportersPage {
        site: current.site(state),
        counts: SupportCounts::from(&counts),
        query,
        found: number(found),
        is_cut,
        previous: first.filter(|_| listed.has_previous).map(ListPlace::Before),
        next: last.filter(|_| listed.has_next).map(ListPlace::After),
        notes,
        supporters: listed.entries.into_iter().map(SupporterView::of).collect(),
        organisations: organisations.into_iter().map(SupporterView::of).collect(),
        anonymised: anonymised_at(&mut tx).await?,
    };
    Ok(rendered(ASK, &shown)?)
}

/// Where a page begins. Whether an entry that is not listed ever existed makes no difference.
async fn start(tx: &mut Tx, place: &ListPlace) -> Result<PageStart, NotServed> {
    Ok(match place {
        ListPlace::Top => PageStart::Top,
        ListPlace::After(id) => {
            PageStart::After(tx.public_place(id).await?.ok_or(NotServed::Missing)?)
        }
        ListPlace::Before(id) => {
            PageStart::Before(tx.public_place(id).await?.ok_or(NotServed::Missing)?)
        }
    })
}

/// How many entries the list has from a source. Two entries of one supporter are one line.
fn listed_from(source: Option<SupporterSource>, counts: &CountJson, endorsed: &Counts) -> i64 {
    let endorsers = endorsed.listed - endorsed.linked.accounts_in_line;
    match source {
        None => {
            let names = counts.github + counts.letter + counts.manual;
            names - endorsed.linked.names_in_line + endorsers
        }
        Some(SupporterSource::GitHub) => counts.github,
        Some(SupporterSource::Letter) => counts.letter,
        Some(SupporterSource::Manual) => counts.manual,
        Some(SupporterSource::Fediverse) => endorsers,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_list_leaves_defaults_out_and_escapes_the_rest() {
        let everybody = ListQuery::default();
        let id = PublicId::parse("0123456789abcdef").unwrap();
        assert_eq!(everybody.href(&ListPlace::Top), "/supporters");
        let after = ListPlace::After(id.clone());
        assert_eq!(everybody.href(&after), "/supporters?after=0123456789abcdef");
        let query = ListQuery {
            search: "a&b=ü\"<".to_owned(),
            source: Some(SupporterSource::GitHub),
            sort: Sort::Name,
        };
        assert_eq!(
            query.href(&ListPlace::Before(id)),
            "/supporters?q=a%26b%3D%C3%BC%22%3C&source=github&sort=name&before=0123456789abcdef"
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
