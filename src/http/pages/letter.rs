//! `/`: the letter, the counts, how to sign and to leave, the newest supporters. `/{language}/` is the same with a
//! translation of the letter.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, Method, Uri, header::LINK},
    response::{IntoResponse as _, Response},
};

use super::{
    draft::DraftPage,
    frame::{LanguageView, SiteView, rendered},
    sign::OtherWays,
    signing::{OpeningView, SigningView},
    supporter::{PEOPLE, StatementView, Support, SupporterView},
};
use crate::{
    activitystreams::ACTIVITY_JSON,
    clock::Millis,
    config::{GoalConfig, GoalCounts},
    endorsement::policy::Replies,
    http::{
        counts::{CountJson, number},
        current::Current,
        documents::to_id,
        error::{Failure, NotServed, not_found},
        headers::wants_activity,
        response_cache::{ASK, Rendered},
        share_image::SIZE,
        state::HttpState,
    },
    i18n::{Language, SupportCounts},
    letter::{language_tag, notes_html},
    register::{
        actor::lifecycle::NewHome,
        letter::{signatories::signatory_notes, translations::standing},
    },
    store::{PageStart, PublicFilter, Tx},
};

/// The number of supporters on the front page.
const NEWEST: usize = 30;
/// The number of statements on the front page.
const STATEMENTS: i64 = 20;

/// The letter's page.
#[derive(Clone, Debug, Template)]
#[template(path = "letter.html")]
pub struct LetterPage {
    /// The frame of the page.
    pub site: SiteView,
    /// Whether it shows a draft, to whoever knows its address.
    pub is_preview: bool,
    /// The text without its title as sanitised HTML, which the page does not escape.
    pub html: String,
    /// First words of the letter, for link previews and search engines.
    pub description: String,
    /// When the first revision was published.
    pub published: Millis,
    /// When the current revision was published, if it is not the first.
    pub updated: Option<Millis>,
    /// Number of the current revision.
    pub revision: u64,
    /// Whether signatures are taken.
    pub opening: OpeningView,
    /// The actor that the letter moved to.
    pub moved_to: Option<NewHome>,
    /// The actor's `url`, which this page links to with `rel="me"` so that Mastodon marks it as verified.
    pub actor_url: String,
    /// The numbers.
    pub counts: SupportCounts,
    /// The next goal, if there is one.
    pub goal: Option<GoalView>,
    /// The rules for signing.
    pub signing: SigningView,
    /// The ways to sign beside one's own server.
    pub ways: OtherWays,
    /// What stands in the box: nothing yet.
    pub typed: &'static str,
    /// The letter's own language and those of its translations; empty without any.
    pub languages: Vec<LanguageView>,
    /// Notes among the names of the letter's file as sanitised HTML, which the page does not escape; empty if there are
    /// none.
    pub notes: String,
    /// The newest supporters; empty when `web.names_on_front` is off.
    pub newest: Vec<SupporterView>,
    /// Statements that are shown, newest first; empty when `web.names_on_front` is off.
    pub statements: Vec<StatementView>,
}

impl LetterPage {
    /// The path by which the navigation marks this page.
    const HERE: &str = "/";

    /// The letter's own language; `None` on a page of the original.
    fn original(&self) -> Option<&LanguageView> {
        let first = self.languages.first();
        first.filter(|original| original.path != self.site.home)
    }

    /// The language of what stands in the letter's own file.
    fn language_of_file(&self) -> &str {
        self.original()
            .map_or(&self.site.language, |original| &original.tag)
    }

    /// Whether any of the supporters has a date: a list without any stands in the file's order.
    fn has_dates(&self) -> bool {
        self.newest.iter().any(|person| person.date.is_some())
    }
}

/// Progress towards the next step of `goal.steps`.
#[derive(Clone, Copy, Debug)]
pub struct GoalView {
    /// The current count.
    pub value: u64,
    /// The next step.
    pub target: u64,
}

impl GoalView {
    /// The goal as text, for screen readers: "1,224 of 5,000".
    fn label(&self, words: &Language) -> String {
        let pattern = words.letter.goal.replace("{n}", &words.number(self.value));
        pattern.replace("{m}", &words.number(self.target))
    }
}

/// `GET /`: the page for people; servers are sent to the letter's id.
pub async fn get(
    State(state): State<Arc<HttpState>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    if wants_activity(&headers) {
        return Ok(to_id(&state.id_of_page()));
    }
    let response = state.answer(&headers, "page /", page(&state, None)).await?;
    Ok(with_link(&state, response))
}

/// `GET /{language}/`: the letter's page with a translation. Any other address is answered as if only its last slash were
/// too much.
pub async fn translated(
    State(state): State<Arc<HttpState>>,
    Path(language): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    // One form of each, so that each page has one address. Three letters may be the name of another page.
    let is_tag = language_tag(&language).as_deref() == Some(&language);
    let is_language = match language.len() {
        _ if !is_tag => false,
        3 => {
            let stands = state.has_translation(&language).await;
            stands.map_err(|reason| Failure::of(reason, &state, &headers))?
        }
        _ => true,
    };
    if !is_language {
        let answer = not_found(State(state), method, uri, headers).await?;
        return Ok(answer.into_response());
    }
    if wants_activity(&headers) {
        return Ok(to_id(&state.id_of_page()));
    }
    let key = format!("page /{language}/");
    let response = state.answer(&headers, &key, page(&state, Some(&language)));
    Ok(with_link(&state, response.await?))
}

/// A response that names the letter's id, or its actor's.
fn with_link(state: &HttpState, mut response: Response) -> Response {
    let link = format!(
        "<{}>; rel=\"alternate\"; type=\"{ACTIVITY_JSON}\"",
        state.id_of_page()
    );
    if let Ok(link) = HeaderValue::try_from(link) {
        response.headers_mut().insert(LINK, link);
    }
    response
}

/// The page of the letter, or of its translation into a language; of a draft, the page that says so.
async fn page(state: &HttpState, language: Option<&str>) -> Result<Rendered, NotServed> {
    let mut tx = state.store.read().await?;
    match state.current_if_out(&mut tx).await? {
        Some(current) => {
            let page = view(state, &mut tx, &current, language).await?;
            Ok(rendered(ASK, &page)?)
        }
        None if language.is_none() => Ok(rendered(ASK, &DraftPage::of(state, &mut tx).await?)?),
        None => Err(NotServed::NotYet),
    }
}

/// The page of the letter, or of its translation into a language, as this transaction sees it.
pub(super) async fn view(
    state: &HttpState,
    tx: &mut Tx,
    current: &Current,
    language: Option<&str>,
) -> Result<LetterPage, NotServed> {
    let app = &state.app;
    let changes = tx.translation_changes().await?;
    let translations = standing(&changes, current.revision.number);
    let mut site = current.site(state);
    let mut text = Arc::clone(&current.text);
    if let Some(language) = language {
        // Before anything else is read: there are more tags than languages.
        let row = translations.iter().find(|row| row.language == language);
        let row = row.ok_or(NotServed::Missing)?;
        text = state.translation(tx, row).await?;
        site = site.translated(row);
    }
    let counts = current.count_json(tx).await?;
    let (newest, statements) = if app.config.web.names_on_front {
        let everybody = PublicFilter::default();
        let newest = tx.public_page(&everybody, &PageStart::Top, NEWEST);
        (
            newest.await?.entries,
            tx.shown_statements(STATEMENTS).await?,
        )
    } else {
        (Vec::new(), Vec::new())
    };
    let notes = if newest.is_empty() {
        String::new()
    } else {
        signatory_notes(tx).await?
    };
    let moved_to = NewHome::read(tx).await?;
    let opening = OpeningView::of(state, tx).await?;
    let mut languages = Vec::new();
    if !translations.is_empty() {
        languages.push(LanguageView::original(&current.site(state).language));
        let tags = translations.iter().map(|row| row.language.as_str());
        languages.extend(tags.map(LanguageView::translation));
    }
    Ok(LetterPage {
        is_preview: false,
        languages,
        ways: OtherWays::of(state, &site),
        typed: "",
        site,
        html: text.page_html.clone(),
        description: text.description.clone(),
        published: current.object.published_at,
        // Not the Note's `updated`, which also changes when the letter is closed.
        updated: (current.revision.number > 1).then_some(current.revision.published_at),
        revision: number(current.revision.number),
        opening,
        moved_to,
        actor_url: app.urls.profile(),
        counts: SupportCounts::from(&counts),
        goal: goal(&app.config.goal, &counts),
        signing: SigningView::of(state, tx).await?,
        notes: notes_html(&notes, app.urls.base()),
        newest: newest.into_iter().map(SupporterView::of).collect(),
        statements: statements
            .into_iter()
            .filter_map(StatementView::of)
            .collect(),
    })
}

/// The next step of the goal; `None` when all were reached.
fn goal(goal: &GoalConfig, counts: &CountJson) -> Option<GoalView> {
    let value = number(match goal.counts {
        GoalCounts::Signed => counts.signed,
        GoalCounts::Total => counts.total,
        GoalCounts::Pledged => counts.pledged,
    });
    let target = goal.steps.iter().copied().find(|step| *step > value)?;
    Some(GoalView { value, target })
}
