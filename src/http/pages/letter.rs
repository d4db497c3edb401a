//! `/`: the letter, the counts, how to sign and to leave, the newest supporters.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header::LINK},
    response::Response,
};

use super::{
    frame::{SiteView, rendered},
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
        documents::to_id,
        error::{Failure, NotServed},
        headers::wants_activity,
        response_cache::{ASK, Rendered},
        share_image::SIZE,
        state::HttpState,
    },
    i18n::{Language, SupportCounts},
    letter::notes_html,
    register::{actor::lifecycle::NewHome, letter::signatories::signatory_notes},
    store::{PageStart, PublicFilter},
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
        return Ok(to_id(&state.app.urls.letter()));
    }
    let mut response = state.answer(&headers, "page /", page(&state)).await?;
    let link = format!(
        "<{}>; rel=\"alternate\"; type=\"{ACTIVITY_JSON}\"",
        state.app.urls.letter()
    );
    if let Ok(link) = HeaderValue::try_from(link) {
        response.headers_mut().insert(LINK, link);
    }
    Ok(response)
}

async fn page(state: &HttpState) -> Result<Rendered, NotServed> {
    let app = &state.app;
    let mut tx = state.store.read().await?;
    let current = state.current(&mut tx).await?;
    let counts = current.count_json(&mut tx).await?;
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
        signatory_notes(&mut tx).await?
    };
    let moved_to = NewHome::read(&mut tx).await?;
    let opening = OpeningView::of(state, &mut tx).await?;
    let site = current.site(state);
    let page = LetterPage {
        ways: OtherWays::of(state, &site),
        typed: "",
        site,
        html: current.text.page_html.clone(),
        description: current.text.description.clone(),
        published: current.object.published_at,
        // Not the Note's `updated`, which also changes when the letter is closed.
        updated: (current.revision.number > 1).then_some(current.revision.published_at),
        revision: number(current.revision.number),
        opening,
        moved_to,
        actor_url: app.urls.profile(),
        counts: SupportCounts::from(&counts),
        goal: goal(&app.config.goal, &counts),
        signing: SigningView::of(state),
        notes: notes_html(&notes, app.urls.base()),
        newest: newest.into_iter().map(SupporterView::of).collect(),
        statements: statements
            .into_iter()
            .filter_map(StatementView::of)
            .collect(),
    };
    Ok(rendered(ASK, &page)?)
}

/// The next step of the goal; `None` when all were reached.
fn goal(goal: &GoalConfig, counts: &CountJson) -> Option<GoalView> {
    let value = number(match goal.counts {
        GoalCounts::Signed => counts.signed,
        GoalCounts::Total => counts.total,
    });
    let target = goal.steps.iter().copied().find(|step| *step > value)?;
    Some(GoalView { value, target })
}
