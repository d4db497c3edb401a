//! `/supporters`: the list of supporters, with search, filter and pages.

use std::{sync::Arc, time::Duration};

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
    endorsement::policy::LetterState,
    http::{
        counts::{CountJson, names_of_file, number},
        error::{Failure, NotServed},
        headers::NO_INDEX,
        response_cache::{ASK, Rendered},
        state::HttpState,
    },
    i18n::{Language, SupportCounts},
    letter::notes_html,
    random::PublicId,
    register::{letter::signatories::signatory_notes, maintenance::anonymise::anonymised_at},
    store::{
        Counts, MAX_FOUND, OrganisationFilter, OrganisationPlace, OrganisationStart, PageStart,
        PublicEntry, PublicFilter, PublicKind, PublicPage, PublicPlace, PublicSort as StoredSort,
        Tx, WordSearch,
    },
    text::{misleads, search_words},
};

/// The source of who signed on GitHub.
const GITHUB: &str = SupporterSource::GITHUB;
/// The number of supporters on one page.
pub const PAGE_SIZE: usize = 50;
/// The number of organisations on one page.
const ORGANISATIONS: usize = 200;
/// The most letters of the alphabet at which a list can be entered; names of some scripts have thousands of first ones.
const LETTERS: i64 = 60;
/// The most months at which it can be entered: the newest ones.
const MONTHS: usize = 24;
/// The most revisions to choose from: the newest ones.
const REVISIONS: u64 = 100;
/// The longest text in the query, in bytes.
const MAX_TEXT: usize = 200;

/// One page of the list of supporters.
#[derive(Clone, Debug, Template)]
#[template(path = "supporters.html")]
pub struct SupportersPage {
    /// The frame of the page.
    pub site: SiteView,
    /// Whether signatures are taken.
    pub is_open: bool,
    /// The numbers of the whole letter.
    pub counts: SupportCounts,
    /// The query.
    pub query: ListQuery,
    /// The number of entries that match the query; `None` where nobody counted.
    pub found: Option<u64>,
    /// The numbers of the whole list, by what its people did; `None` when only some are listed.
    pub by_kind: Option<ByKind>,
    /// Where the whole list can be entered, and what each place is called; none when only some are listed.
    pub entrances: Vec<(ListPlace, String)>,
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
    /// Organisations, which are counted apart: the first ones on the first page, and more on pages of their own.
    pub organisations: Vec<SupporterView>,
    /// Where the page before these organisations ends; `None` on the first one.
    pub previous_organisations: Option<ListPlace>,
    /// Where the page after these organisations begins; `None` on the last one.
    pub next_organisations: Option<ListPlace>,
    /// When names became numbers; `None` if they never did.
    pub anonymised: Option<Millis>,
    /// Whether all names are off for now: then there is nothing to search.
    pub names_off: bool,
}

impl SupportersPage {
    /// The path by which the navigation marks this page.
    const HERE: &str = "/supporters";

    /// Whether an entry of this page has an affiliation.
    fn has_affiliations(&self) -> bool {
        let mut people = self.supporters.iter().chain(&self.organisations);
        people.any(|person| person.affiliation.is_some())
    }

    /// "23 entries", or "21 signatures with a name · 2 likes with a name".
    fn found(&self, words: &Language) -> String {
        if let Some(kinds) = &self.by_kind {
            return kinds.label(words);
        }
        let Some(found) = self.found else {
            return String::new();
        };
        if self.is_cut {
            let found = words.number(found);
            return words.list.found_more.replace("{n}", &found);
        }
        words.count(found, &words.list.found)
    }

    /// The sources to choose from: those that every letter has, and the forges where somebody signed.
    fn sources(&self) -> Vec<SupporterSource> {
        let mut sources = SupporterSource::ALL.to_vec();
        let forges = self.counts.forges.iter();
        sources.extend(forges.map(|(host, _)| SupporterSource::Forge(host.clone())));
        if let Some(asked) = self.query.source.clone().filter(|it| !sources.contains(it)) {
            sources.push(asked);
        }
        sources
    }

    /// The revisions to choose from, newest first; none while there is only one.
    fn revisions(&self) -> impl Iterator<Item = u64> {
        let newest = self.site.newest_revision;
        let oldest = newest.saturating_sub(REVISIONS).saturating_add(1);
        (oldest..=newest).rev().filter(move |_| newest > 1)
    }

    pub(super) fn previous(&self) -> Option<String> {
        self.previous.as_ref().map(|place| self.query.href(place))
    }

    pub(super) fn next(&self) -> Option<String> {
        self.next.as_ref().map(|place| self.query.href(place))
    }

    fn is_filtered(&self) -> bool {
        self.query.is_filtered()
    }

    fn previous_organisations(&self) -> Option<String> {
        let place = self.previous_organisations.as_ref()?;
        Some(self.query.of_organisations().href(place))
    }

    fn next_organisations(&self) -> Option<String> {
        let place = self.next_organisations.as_ref()?;
        Some(self.query.of_organisations().href(place))
    }
}

/// How many are in the list, by what they did: signatures and likes are never added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByKind {
    /// Who signed and is listed.
    pub signed: u64,
    /// Who only likes the letter and is listed.
    pub liked: u64,
    /// Who is counted without a name.
    pub nameless: u64,
}

impl ByKind {
    /// `shown` are the numbers without the names of the letter's own list that are kept off.
    fn of(counts: &CountJson, shown: &CountJson, endorsed: &Counts) -> Self {
        let (signed, liked) = (listed_signed(shown, endorsed), listed_likes(endorsed));
        Self {
            signed: number(signed),
            liked: number(liked),
            nameless: number(counts.total - signed - liked),
        }
    }

    fn label(self, words: &Language) -> String {
        let mut parts = vec![words.count(self.signed, &words.list.signatures)];
        for (n, phrase) in [
            (self.liked, &words.list.liked),
            (self.nameless, &words.list.nameless),
        ] {
            if n > 0 {
                parts.push(words.count(n, phrase));
            }
        }
        parts.join(" · ")
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
    /// As in the letter's file, which has names alone.
    File,
}

impl Sort {
    /// All of them, in the order of the form.
    pub const ALL: [Self; 3] = [Self::Recent, Self::Name, Self::File];

    /// The value in `?sort=`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Recent => "recent",
            Self::Name => "name",
            Self::File => "file",
        }
    }

    /// The order's name on the pages.
    fn label(self, words: &Language) -> &'static str {
        match self {
            Self::Recent => words.list.recent,
            Self::Name => words.list.name,
            Self::File => words.list.file_order,
        }
    }

    /// The order with this value in `?sort=`.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.code() == code)
    }
}

/// What the supporters of a list did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SupportKind {
    /// They signed.
    Signed,
    /// They only like the letter.
    Liked,
    /// They signed, and say to have done what the letter asks for (`[pledge]`).
    Pledged,
    /// They are organisations, which have a list of their own, by their addresses.
    Organisations,
}

impl SupportKind {
    /// Those that every letter has, in the order of the form.
    pub const ALL: [Self; 2] = [Self::Signed, Self::Liked];

    /// The value in `?kind=`, as the members of `count.json`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Liked => "liked",
            Self::Pledged => "pledged",
            Self::Organisations => "organisations",
        }
    }

    /// Its name in the form, which has no organisations; of pledges the organisers' words stand there.
    fn label(self, words: &Language) -> &'static str {
        match self {
            Self::Signed | Self::Pledged | Self::Organisations => words.list.only_signatures,
            Self::Liked => words.list.only_likes,
        }
    }

    /// The kind with this value in `?kind=`.
    pub fn from_code(code: &str) -> Option<Self> {
        let all = Self::ALL.into_iter();
        let mut all = all.chain([Self::Pledged, Self::Organisations]);
        all.find(|kind| kind.code() == code)
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
    /// In the order by name: the page that begins with these words, or after them.
    AtWords(String),
    /// In the order by time: the page that begins with the newest entry of this month (its first moment, UTC).
    InMonth(Millis),
}

/// Search, filter and order of the list.
#[derive(Clone, Debug, Default)]
pub struct ListQuery {
    /// Text to search for; empty for all entries.
    pub search: String,
    /// Only this source.
    pub source: Option<SupporterSource>,
    /// Only who did this.
    pub kind: Option<SupportKind>,
    /// Only who signed or likes this revision.
    pub revision: Option<u64>,
    /// Only who says something that is shown.
    pub with_statement: bool,
    /// Order.
    pub sort: Sort,
}

impl ListQuery {
    /// The value in `?source=`; empty for all sources.
    pub fn source_code(&self) -> &str {
        match &self.source {
            Some(source) => source.code(),
            None => "",
        }
    }

    /// The value in `?kind=`; empty for both.
    pub const fn kind_code(&self) -> &'static str {
        match self.kind {
            Some(kind) => kind.code(),
            None => "",
        }
    }

    /// Whether only some are listed.
    pub fn is_filtered(&self) -> bool {
        !self.search.is_empty()
            || self.source.is_some()
            || self.kind.is_some()
            || self.revision.is_some()
            || self.with_statement
    }

    /// Whether there is such a list: only the letter's file has an order, and it holds names alone.
    pub fn is_offered(&self) -> bool {
        let of_file = |source: &SupporterSource| {
            matches!(source, SupporterSource::GitHub | SupporterSource::Letter)
        };
        self.sort != Sort::File
            || (self.source.as_ref().is_none_or(of_file)
                && !matches!(self.kind, Some(SupportKind::Liked | SupportKind::Pledged))
                && !self.with_statement)
    }

    /// Whether it is the list of organisations alone.
    pub fn is_of_organisations(&self) -> bool {
        self.kind == Some(SupportKind::Organisations)
    }

    /// The list of organisations with the same search.
    fn of_organisations(&self) -> Self {
        Self {
            search: self.search.clone(),
            kind: Some(SupportKind::Organisations),
            ..Self::default()
        }
    }

    /// What the store is asked for about organisations.
    fn organisation_filter(&self) -> OrganisationFilter {
        let search = Some(&self.search).filter(|search| !search.is_empty());
        OrganisationFilter {
            search: search.map(|search| WordSearch::parse(search)),
            for_administrators: false,
        }
    }

    /// What the store is asked for about persons.
    pub(in crate::http) fn filter(&self) -> PublicFilter {
        let search = Some(&self.search).filter(|search| !search.is_empty());
        PublicFilter {
            source: self.source.as_ref().map(|source| source.code().to_owned()),
            search: search.map(|search| WordSearch::parse(search)),
            kind: self.kind.and_then(|kind| match kind {
                SupportKind::Signed => Some(PublicKind::Signed),
                SupportKind::Liked => Some(PublicKind::Liked),
                SupportKind::Pledged => Some(PublicKind::Pledged),
                SupportKind::Organisations => None,
            }),
            revision: self.revision.and_then(|number| i64::try_from(number).ok()),
            with_statement: self.with_statement,
            sort: match self.sort {
                Sort::Recent => StoredSort::Recent,
                Sort::Name => StoredSort::Name,
                Sort::File => StoredSort::File,
            },
            for_administrators: false,
        }
    }

    /// Whether nothing but a search narrows or orders the list: that of organisations has one order, and no other filter.
    fn is_plain(&self, place: &ListPlace) -> bool {
        self.source.is_none()
            && self.revision.is_none()
            && !self.with_statement
            && self.sort == Sort::default()
            && !matches!(place, ListPlace::AtWords(_) | ListPlace::InMonth(_))
    }

    /// The same list in each order that there is for it, with the order's name.
    pub fn offered(&self, words: &Language) -> Vec<(String, &'static str)> {
        let lists = Sort::ALL.into_iter().map(|sort| Self {
            sort,
            ..self.clone()
        });
        lists
            .filter(Self::is_offered)
            .map(|list| (list.href(&ListPlace::Top), list.sort.label(words)))
            .collect()
    }

    /// The URL of one page of this list; defaults are left out.
    pub fn href(&self, place: &ListPlace) -> String {
        match self.encoded(place) {
            query if query.is_empty() => "/supporters".to_owned(),
            query => format!("/supporters?{query}"),
        }
    }

    /// The query of that URL.
    pub fn encoded(&self, place: &ListPlace) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if !self.search.is_empty() {
            query.append_pair("q", &self.search);
        }
        if let Some(source) = &self.source {
            query.append_pair("source", source.code());
        }
        if let Some(kind) = self.kind {
            query.append_pair("kind", kind.code());
        }
        if let Some(revision) = self.revision {
            query.append_pair("revision", &revision.to_string());
        }
        if self.with_statement {
            query.append_pair("statement", "1");
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
            ListPlace::AtWords(words) => {
                query.append_pair("from", words);
            }
            ListPlace::InMonth(month) => {
                query.append_pair("from", &month_code(*month));
            }
        }
        query.finish()
    }
}

/// The query of `/supporters`.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ListRequest {
    q: Option<String>,
    source: Option<String>,
    kind: Option<String>,
    revision: Option<String>,
    statement: Option<String>,
    sort: Option<String>,
    from: Option<String>,
    after: Option<String>,
    before: Option<String>,
    /// Of programs alone.
    limit: Option<String>,
}

impl ListRequest {
    /// How many entries a program asks for, as it says it.
    pub fn limit(&self) -> Option<&str> {
        self.limit.as_deref()
    }

    /// The query and the page; `None` when a parameter is unknown or out of range.
    pub fn into_query(self) -> Option<(ListQuery, ListPlace)> {
        // The page shows the search text, and a stranger may have made the link.
        let search = self.q.unwrap_or_default().replace(misleads, "");
        let search = search.trim().to_owned();
        let word = |text: Option<String>| text.filter(|text| !text.is_empty());
        let source = match word(self.source) {
            Some(code) => Some(SupporterSource::from_code(&code)?),
            None => None,
        };
        let sort = word(self.sort).map_or(Some(Sort::default()), |code| Sort::from_code(&code))?;
        let kind = match word(self.kind) {
            Some(code) => Some(SupportKind::from_code(&code)?),
            None => None,
        };
        let revision = match word(self.revision) {
            Some(number) => Some(number.parse::<u32>().ok().filter(|it| *it > 0)?.into()),
            None => None,
        };
        let with_statement = match word(self.statement).as_deref() {
            None => false,
            Some("1") => true,
            Some(_) => return None,
        };
        let place = match (word(self.after), word(self.before), word(self.from)) {
            (None, None, None) => ListPlace::Top,
            (Some(id), None, None) => ListPlace::After(PublicId::parse(&id)?),
            (None, Some(id), None) => ListPlace::Before(PublicId::parse(&id)?),
            (None, None, Some(from)) => place_from(&from, sort)?,
            _ => return None,
        };
        let query = ListQuery {
            search,
            source,
            kind,
            revision,
            with_statement,
            sort,
        };
        let fits = query.search.len() <= MAX_TEXT
            && (!query.is_of_organisations() || query.is_plain(&place));
        fits.then_some((query, place))
    }
}

/// The place that `?from=` names: words in the order by name, a month in the order by time.
fn place_from(text: &str, sort: Sort) -> Option<ListPlace> {
    match sort {
        Sort::Name => {
            let words = search_words(text).join(" ");
            let fits = !words.is_empty() && words.len() <= MAX_TEXT;
            fits.then_some(ListPlace::AtWords(words))
        }
        Sort::Recent => {
            let month = Millis::parse_rfc3339(&format!("{text}-01T00:00:00Z"))?;
            (month_code(month) == text).then_some(ListPlace::InMonth(month))
        }
        Sort::File => None,
    }
}

/// A month as it stands in addresses: `2026-11`.
fn month_code(month: Millis) -> String {
    let mut date = month.to_date();
    date.truncate(date.len().saturating_sub("-01".len()));
    date
}

/// The first moment of the month that this moment is in.
pub(super) fn first_of_month(moment: Millis) -> Millis {
    let first = format!("{}-01T00:00:00Z", month_code(moment));
    Millis::parse_rfc3339(&first).unwrap_or(moment)
}

/// The first moment of the month after the one that begins then.
fn next_month(month: Millis) -> Millis {
    first_of_month(month.plus(Duration::from_hours(31 * 24)))
}

/// `GET /supporters`. A page beside an entry that is not listed any more, or never was, leads to the first page.
pub async fn get(
    State(state): State<Arc<HttpState>>,
    Query(request): Query<ListRequest>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let query = request.into_query();
    let (query, place) = query.ok_or_else(|| Failure::bad_request(&state, &headers))?;
    if !query.is_offered() {
        let offered = query.offered(SiteView::without_letter(&state).words());
        return Err(Failure::not_offered(offered, &state, &headers));
    }
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
    current.has(query.revision)?;
    let counts = current.count_json(&mut tx).await?;
    let names_off = tx.names_off().await?.is_some();
    let filter = query.filter();
    let organisations = organisations(&mut tx, &query, &place, counts.organisations).await?;
    let listed = if query.is_of_organisations() {
        PublicPage::default()
    } else {
        let start = start(&mut tx, &place, query.sort).await?;
        tx.public_page(&filter, &start, PAGE_SIZE).await?
    };
    let shown = without_single(&counts, &tx.single_names_off().await?);
    let (found, is_cut) = if query.is_of_organisations() {
        (None, false)
    } else if let Some(search) = &filter.search {
        let found = tx.public_found(&filter, search).await?;
        let everything = PublicFilter {
            source: filter.source.clone(),
            ..PublicFilter::default()
        };
        let all = tx.public_found(&everything, search).await?;
        let endorsements = found.endorsements.min(MAX_FOUND);
        (
            Some(endorsements + found.signatories),
            all.endorsements > MAX_FOUND,
        )
    } else {
        (listed_of(&query, &shown, &current.counts), false)
    };
    let is_whole = !query.is_filtered() && query.sort != Sort::File;
    let notes = if names_off || query.is_of_organisations() {
        String::new()
    } else {
        signatory_notes(&mut tx).await?
    };
    let notes = notes_html(&notes, state.app.urls.base());
    let (previous, next) = beside(&listed);
    let (previous_organisations, next_organisations) = beside(&organisations);
    // They are those of the whole list: at some of them a part of it has nobody.
    let entrances = if query.is_filtered() || names_off {
        Vec::new()
    } else {
        entrances(&mut tx, query.sort, state.app.clock.now()).await?
    };
    let site = current.site(state);
    let words = site.words();
    let entrances = entrances.into_iter().map(|place| {
        let label = match &place {
            ListPlace::AtWords(letter) => letter.to_uppercase(),
            ListPlace::InMonth(month) => words.month(*month),
            ListPlace::Top | ListPlace::After(_) | ListPlace::Before(_) => String::new(),
        };
        (place, label)
    });
    let page = SupportersPage {
        counts: SupportCounts::from(&counts),
        query,
        found: found.filter(|_| !names_off).map(number),
        by_kind: (is_whole && !names_off).then(|| ByKind::of(&counts, &shown, &current.counts)),
        names_off,
        entrances: entrances.collect(),
        site,
        is_open: state.letter_state() == LetterState::Open,
        is_cut,
        previous,
        next,
        notes,
        supporters: views(listed),
        previous_organisations,
        next_organisations,
        organisations: views(organisations),
        anonymised: anonymised_at(&mut tx).await?,
    };
    Ok(rendered(ASK, &page)?)
}

/// The places before and after a page of entries, where there are more.
fn beside(page: &PublicPage) -> (Option<ListPlace>, Option<ListPlace>) {
    let id = |entry: &PublicEntry| entry.public_id.clone();
    let first = page.entries.first().filter(|_| page.has_previous);
    let last = page.entries.last().filter(|_| page.has_next);
    (
        first.map(id).map(ListPlace::Before),
        last.map(id).map(ListPlace::After),
    )
}

fn views(page: PublicPage) -> Vec<SupporterView> {
    page.entries.into_iter().map(SupporterView::of).collect()
}

/// The organisations on a page: the first ones below the whole list, or below what a search of it finds, and all on pages of
/// their own.
async fn organisations(
    tx: &mut Tx,
    query: &ListQuery,
    place: &ListPlace,
    count: i64,
) -> Result<PublicPage, NotServed> {
    let is_own = query.is_of_organisations();
    let is_below = *place == ListPlace::Top
        && query.kind.is_none()
        && query.revision.is_none()
        && !query.with_statement
        && query.sort != Sort::File;
    if !is_own && (!is_below || count == 0) {
        return Ok(PublicPage::default());
    }
    let (id, side): (_, fn(OrganisationPlace) -> OrganisationStart) = match place {
        ListPlace::After(id) => (Some(id), OrganisationStart::After),
        ListPlace::Before(id) => (Some(id), OrganisationStart::Before),
        ListPlace::Top | ListPlace::AtWords(_) | ListPlace::InMonth(_) => {
            (None, OrganisationStart::After)
        }
    };
    let start = match id {
        Some(id) => side(tx.organisation_place(id).await?.ok_or(NotServed::Missing)?),
        None => OrganisationStart::Top,
    };
    let filter = query.organisation_filter();
    Ok(tx
        .organisations_page(&filter, &start, ORGANISATIONS)
        .await?)
}

/// Where a page begins. Whether an entry that is not listed ever existed makes no difference.
pub(in crate::http) async fn start(
    tx: &mut Tx,
    place: &ListPlace,
    sort: Sort,
) -> Result<PageStart, NotServed> {
    let (id, beside): (_, fn(PublicPlace) -> PageStart) = match place {
        ListPlace::Top => return Ok(PageStart::Top),
        ListPlace::AtWords(words) => return Ok(PageStart::AtWords(words.clone())),
        ListPlace::InMonth(month) => return Ok(PageStart::BeforeTime(next_month(*month))),
        ListPlace::After(id) => (id, PageStart::After),
        ListPlace::Before(id) => (id, PageStart::Before),
    };
    let entry = tx.public_place(id).await?.ok_or(NotServed::Missing)?;
    if sort == Sort::File && !entry.is_signatory() {
        return Err(NotServed::Missing);
    }
    Ok(beside(entry))
}

/// Where a list in this order can be entered: at a letter of the alphabet, or in a month, newest first.
async fn entrances(tx: &mut Tx, sort: Sort, now: Millis) -> Result<Vec<ListPlace>, NotServed> {
    match sort {
        Sort::Name => {
            let letters = tx.first_letters(LETTERS).await?;
            Ok(letters.into_iter().map(ListPlace::AtWords).collect())
        }
        Sort::Recent => {
            let since = now.minus(Duration::from_hours(24 * 31 * 24));
            let days = tx.day_counts(since).await?;
            let mut months: Vec<_> = days.iter().map(|day| first_of_month(day.day)).collect();
            months.dedup();
            months.reverse();
            months.truncate(MONTHS);
            Ok(months.into_iter().map(ListPlace::InMonth).collect())
        }
        Sort::File => Ok(Vec::new()),
    }
}

/// The numbers without those names of the letter's own list that are kept off, by their sources.
fn without_single(counts: &CountJson, off: &[(String, i64)]) -> CountJson {
    let of = |source: SupporterSource| {
        let mut off = off.iter();
        off.find(|(named, _)| named == source.code())
            .map_or(0, |(_, n)| *n)
    };
    CountJson {
        github: counts.github - of(SupporterSource::GitHub),
        letter: counts.letter - of(SupporterSource::Letter),
        manual: counts.manual - of(SupporterSource::Manual),
        ..counts.clone()
    }
}

/// Who signed and is listed; two entries of one supporter are one line.
fn listed_signed(counts: &CountJson, endorsed: &Counts) -> i64 {
    let [github, letter] = names_of_file(counts, endorsed);
    let names = github + letter + counts.manual;
    let twice = endorsed.linked;
    let twice = twice.names_in_line + twice.accounts_in_line - twice.likes_in_line;
    names + endorsed.listed - endorsed.listed_likes - twice
}

/// Who only likes the letter and is listed.
const fn listed_likes(endorsed: &Counts) -> i64 {
    endorsed.listed_likes - endorsed.linked.likes_in_line
}

/// How many entries a list without a search has; `None` where no number of it is kept.
fn listed_of(query: &ListQuery, counts: &CountJson, endorsed: &Counts) -> Option<i64> {
    if query.revision.is_some() || query.with_statement {
        return None;
    }
    match (&query.source, query.kind) {
        (None, _) if query.sort == Sort::File => {
            let [github, letter] = names_of_file(counts, endorsed);
            Some(github + letter)
        }
        (None, Some(SupportKind::Signed)) => Some(listed_signed(counts, endorsed)),
        (None, Some(SupportKind::Liked)) => Some(listed_likes(endorsed)),
        (source, None) => Some(listed_from(source.as_ref(), counts, endorsed)),
        // Of those who pledged, nobody keeps how many are named; organisations are no entries of this list.
        (None, Some(SupportKind::Pledged | SupportKind::Organisations)) | (Some(_), Some(_)) => {
            None
        }
    }
}

/// How many entries the list has from a source. Two entries of one supporter are one line.
fn listed_from(source: Option<&SupporterSource>, counts: &CountJson, endorsed: &Counts) -> i64 {
    let twice = endorsed.linked;
    // An account on a forge is of another source, so it stands in a line of its own.
    let in_line = twice.accounts_in_line - twice.accounts_on_forges_in_line;
    let endorsers = endorsed.listed - in_line - endorsed.on_forges().listed;
    let [github, letter] = names_of_file(counts, endorsed);
    match source {
        None => listed_signed(counts, endorsed) + listed_likes(endorsed),
        Some(SupporterSource::GitHub) => {
            github + endorsed.on_forge(GITHUB).listed - twice.names_on_github_in_line
        }
        Some(SupporterSource::Letter) => letter - twice.names_elsewhere_in_line,
        Some(SupporterSource::Forge(host)) => endorsed.on_forge(host).listed,
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
            ..ListQuery::default()
        };
        assert_eq!(
            query.href(&ListPlace::Before(id)),
            "/supporters?q=a%26b%3D%C3%BC%22%3C&source=github&sort=name&before=0123456789abcdef"
        );
    }

    #[test]
    fn organisations_have_a_list_of_their_own_in_one_order() {
        let asked = |change: &dyn Fn(&mut ListRequest)| {
            let mut request = ListRequest {
                kind: Some("organisations".to_owned()),
                ..ListRequest::default()
            };
            change(&mut request);
            request.into_query()
        };
        let some = |text: &str| Some(text.to_owned());
        let (query, place) = asked(&|it| {
            it.q = some("acme");
            it.after = some("0123456789abcdef");
        })
        .unwrap();
        assert!(query.is_of_organisations());
        assert_eq!(
            query.href(&place),
            "/supporters?q=acme&kind=organisations&after=0123456789abcdef"
        );
        let refused: [&dyn Fn(&mut ListRequest); 5] = [
            &|it| it.sort = some("name"),
            &|it| it.source = some("manual"),
            &|it| it.revision = some("1"),
            &|it| it.statement = some("1"),
            &|it| it.from = some("2026-11"),
        ];
        for change in refused {
            assert!(asked(change).is_none());
        }
    }

    #[test]
    fn an_order_is_read_as_it_is_written() {
        for sort in Sort::ALL {
            assert_eq!(Sort::from_code(sort.code()), Some(sort));
        }
        assert_eq!(Sort::from_code(""), None);
    }
}
