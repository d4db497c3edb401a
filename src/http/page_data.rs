//! Data for the pages, each read from the register in one snapshot.

use serde::Deserialize;

use super::{
    api::CountJson,
    discovery::SOURCE_CODE,
    documents::{Current, NotServed},
    pages,
    response_cache::{ASK, MINUTE, Rendered},
    views::{
        AboutView, ContactView, GoalView, LetterView, ListQuery, PAGE_SIZE, PostView, PrivacyView,
        SigningView, SiteView, Sort, StatementView, Support, SupporterSource, SupporterView,
        SupportersView,
    },
};
use crate::{
    activitystreams::Own,
    config::GoalCounts,
    federation::App,
    i18n::SupportCounts,
    letter::parse_post,
    store::{Counts, PublicEntry, PublicFilter, PublicSort as StoredSort, RevisionRow, Tx},
    text::misleads,
};

/// The number of supporters on the front page.
const NEWEST: i64 = 60;
/// The number of statements on the front page.
const STATEMENTS: i64 = 20;
/// The most organisations on the first page of the list.
const ORGANISATIONS: i64 = 500;
/// The media type of a page.
pub(super) const HTML: &str = "text/html; charset=utf-8";

async fn counts(tx: &mut Tx, current: &Current) -> Result<CountJson, NotServed> {
    Ok(count_json(
        tx,
        &current.revision,
        current.newest_substantive,
        &current.counts,
    )
    .await?)
}

/// The numbers of `count.json` and of every headline, from one snapshot. `newest` is the newest substantive
/// revision.
pub async fn count_json(
    tx: &mut Tx,
    revision: &RevisionRow,
    newest: i64,
    endorsed: &Counts,
) -> crate::store::Result<CountJson> {
    let names = tx.signatory_counts(newest).await?;
    let of = |source: &str| {
        names
            .iter()
            .find(|(named, ..)| named == source)
            .map_or((0, 0), |(_, all, current)| (*all, *current))
    };
    let ((github, github_current), (manual, manual_current)) = (of("github"), of("manual"));
    let fediverse = endorsed.signed + endorsed.liked;
    let signed = github + manual + endorsed.signed;
    let total = signed + endorsed.liked;
    let current = github_current + manual_current + endorsed.current;
    Ok(CountJson {
        total,
        signed,
        liked: endorsed.liked,
        github,
        fediverse,
        manual,
        organisations: endorsed.organisations,
        current,
        earlier: total - current,
        reach: endorsed.reach,
        revision: revision.number,
        updated: revision.published_at,
    })
}

/// The frame of every page, without the letter's title and language.
pub fn frame(app: &App) -> SiteView {
    let language = if app.note.language.is_empty() {
        "en"
    } else {
        &app.note.language
    };
    SiteView {
        language: language.to_owned(),
        title: app.urls.handle(),
        base_url: app.urls.origin().to_owned(),
        handle: app.urls.handle(),
        contact: ContactView::parse(&app.config.actor.contact),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        source_code_url: SOURCE_CODE.unwrap_or_default().to_owned(),
    }
}

/// The frame of every page, with the title and language of the published letter.
pub(super) fn framed(app: &App, current: &Current) -> SiteView {
    let language = app.note.language_of(&current.text.letter).to_owned();
    SiteView {
        language,
        title: current.text.letter.title.clone(),
        ..frame(app)
    }
}

/// `/`.
pub async fn front(app: &App) -> Result<Rendered, NotServed> {
    let mut tx = app.store.read().await?;
    let current = app.current(&mut tx).await?;
    let counts = counts(&mut tx, &current).await?;
    let named = app.config.web.names_on_front;
    let (newest, statements) = if named {
        let (newest, _) = tx.public_list(&PublicFilter::default(), 0, NEWEST).await?;
        (newest, tx.shown_statements(STATEMENTS).await?)
    } else {
        (Vec::new(), Vec::new())
    };
    let moved_to = tx.identity().await?.and_then(|identity| identity.moved_to);
    let view = LetterView {
        site: framed(app, &current),
        html: current.text.page_html.clone(),
        description: current.text.description.clone(),
        published: current.object.published_at,
        // Not the Note's `updated`, which also changes when the letter is closed.
        updated: (current.revision.number > 1).then_some(current.revision.published_at),
        revision: number(current.revision.number),
        state: app.context.borrow().rules.policy.letter,
        moved_to,
        letter_url: app.urls.letter(),
        actor_url: app.urls.page(),
        counts: counts_view(&counts),
        goal: goal(app, &counts),
        signing: signing(app),
        newest: newest.into_iter().map(supporter).collect(),
        statements: statements.into_iter().filter_map(statement).collect(),
    };
    Ok(Rendered::new(HTML, ASK, pages::letter(&view)?))
}

/// The next step of the goal; `None` when all were reached.
fn goal(app: &App, counts: &CountJson) -> Option<GoalView> {
    let goal = &app.config.goal;
    let value = number(match goal.counts {
        GoalCounts::Signed => counts.signed,
        GoalCounts::Total => counts.total,
    });
    let target = goal.steps.iter().copied().find(|step| *step > value)?;
    Some(GoalView { value, target })
}

/// The page of a post besides the letter.
pub async fn post(app: &App, own: &Own) -> Result<Rendered, NotServed> {
    let mut tx = app.store.read().await?;
    let post = app.standing_post(&mut tx, own).await?;
    let current = app.current(&mut tx).await?;
    let text = parse_post(post.source.unwrap_or_default().as_bytes())
        .map_err(crate::register::Error::from)?;
    let base = app.urls.base();
    let site = framed(app, &current);
    let view = PostView {
        url: app.urls.url(own),
        html: text.page_html(base),
        description: text.description(base),
        language: text.language.unwrap_or_else(|| site.language.clone()),
        published: post.published_at,
        updated: post.updated_at,
        site,
    };
    Ok(Rendered::new(HTML, MINUTE, pages::post(&view)?))
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

/// One page of `/supporters`.
pub async fn supporters(app: &App, query: ListQuery, page: u64) -> Result<Rendered, NotServed> {
    let mut tx = app.store.read().await?;
    let current = app.current(&mut tx).await?;
    let counts = counts(&mut tx, &current).await?;
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
    let view = SupportersView {
        site: framed(app, &current),
        counts: counts_view(&counts),
        query,
        found: number(found),
        page,
        supporters: entries.into_iter().map(supporter).collect(),
        organisations: organisations.into_iter().map(supporter).collect(),
    };
    if page > view.pages() {
        return Err(NotServed::Missing);
    }
    Ok(Rendered::new(HTML, ASK, pages::supporters(&view)?))
}

/// `/privacy`.
pub async fn privacy(app: &App) -> Result<Rendered, NotServed> {
    let mut tx = app.store.read().await?;
    let current = app.current(&mut tx).await?;
    let privacy = &app.config.privacy;
    let view = PrivacyView {
        site: framed(app, &current),
        signing: signing(app),
        purge_withdrawn_after: privacy.purge_withdrawn_after,
        keep_waiting: privacy.keep_waiting,
        keep_comments: privacy.keep_comments,
        keep_rejected: privacy.keep_rejected,
        keep_reports: privacy.keep_reports,
        keep_late: crate::register::maintenance::due::KEEP_LATE,
        journal_rows: app.config.log.journal_rows,
    };
    Ok(Rendered::new(HTML, MINUTE, pages::privacy(&view)?))
}

/// `/about`.
pub async fn about(app: &App) -> Result<Rendered, NotServed> {
    let mut tx = app.store.read().await?;
    let current = app.current(&mut tx).await?;
    let counts = counts(&mut tx, &current).await?;
    let view = AboutView {
        site: framed(app, &current),
        counts: counts_view(&counts),
        revision: number(current.revision.number),
        published: current.revision.published_at,
        digest: current.revision.digest.clone(),
        file_url: app
            .config
            .letter
            .source_url
            .as_ref()
            .map(|url| without_query(url.as_url())),
    };
    Ok(Rendered::new(HTML, MINUTE, pages::about(&view)?))
}

/// The URL without its query, which may carry a token for a private file.
fn without_query(url: &url::Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.into()
}

fn signing(app: &App) -> SigningView {
    let policy = &app.context.borrow().rules.policy;
    SigningView {
        replies: policy.replies,
        reply_display: policy.reply_display,
        likes: policy.effective_like_display(),
        statements: policy.statements,
    }
}

fn counts_view(counts: &CountJson) -> SupportCounts {
    SupportCounts {
        signed: number(counts.signed),
        liked: number(counts.liked),
        github: number(counts.github),
        manual: number(counts.manual),
        organisations: number(counts.organisations),
        current: number(counts.current),
        earlier: number(counts.earlier),
        reach: number(counts.reach),
    }
}

/// A count of rows as an unsigned number.
pub(super) fn number(counted: i64) -> u64 {
    u64::try_from(counted).unwrap_or(0)
}

fn supporter(entry: PublicEntry) -> SupporterView {
    let source = SupporterSource::from_code(&entry.source).unwrap_or(SupporterSource::Manual);
    let handle = entry.handle.map(|handle| {
        if handle.starts_with('@') {
            handle
        } else {
            format!("@{handle}")
        }
    });
    SupporterView {
        id: entry.public_id.to_string(),
        name: entry.name,
        handle,
        url: entry.url,
        source,
        support: if entry.liked {
            Support::Liked
        } else {
            Support::Signed
        },
        affiliation: entry.affiliation,
        // The letter's own list has no dates, and the time at which we read it is not the time of signing.
        date: (source == SupporterSource::Fediverse).then_some(entry.at),
        revision: number(entry.revision),
        edited_by_moderator: source == SupporterSource::Fediverse && entry.by == "moderator",
    }
}

fn statement(entry: PublicEntry) -> Option<StatementView> {
    let text = entry.statement.clone()?;
    let (warning, original) = (entry.warning.clone(), entry.object.clone());
    Some(StatementView {
        author: supporter(entry),
        text,
        warning,
        language: None,
        original,
    })
}
