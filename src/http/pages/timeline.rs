//! `/timeline`: what happened with the letter.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, http::HeaderMap, response::Response};

use super::{
    frame::{SiteView, rendered},
    supporter::{PEOPLE, ResponseView},
};
use crate::{
    activitystreams::paths,
    clock::Millis,
    http::{
        error::{Failure, NotServed},
        happenings::{Happening, WhatHappened},
        response_cache::{MINUTE, Rendered},
        state::HttpState,
    },
    i18n::Language,
};

/// The most that the page shows.
const MOST: usize = 100;

/// The page `/timeline`.
#[derive(Clone, Debug, Template)]
#[template(path = "timeline.html")]
pub struct TimelinePage {
    /// The frame of the page.
    pub site: SiteView,
    /// What happened, newest first.
    pub happenings: Vec<HappeningView>,
}

impl TimelinePage {
    /// The path by which the navigation marks this page.
    const HERE: &str = paths::TIMELINE;
}

/// Something that happened with the letter.
#[derive(Clone, Debug)]
pub struct HappeningView {
    /// Its name on the page.
    pub anchor: String,
    /// When it happened.
    pub at: Millis,
    /// What happened.
    pub sentence: String,
    /// Where more about it stands.
    pub href: Option<String>,
    /// What the organisers wrote about it, plain text.
    pub words: Option<String>,
    /// The language tag of these words, where it is not the letter's.
    pub language: Option<String>,
    /// The post of somebody else that it is about.
    pub original: Option<String>,
}

impl HappeningView {
    /// What happened.
    pub(super) fn of(happening: Happening, shown_by: &HttpState, words: &Language) -> Self {
        let (anchor, at) = (happening.anchor(), happening.at);
        let href = Some(happening.path());
        let plain = |sentence: &str| Self {
            anchor: anchor.clone(),
            at,
            sentence: sentence.to_owned(),
            href: None,
            words: None,
            language: None,
            original: None,
        };
        match happening.what {
            WhatHappened::Published(revision) if revision.number == 1 => Self {
                href,
                words: revision.note,
                ..plain(words.timeline.published)
            },
            WhatHappened::Published(revision) => Self {
                href,
                words: revision.note,
                ..plain(
                    &words
                        .timeline
                        .changed
                        .replace("{n}", &revision.number.to_string()),
                )
            },
            WhatHappened::Posted(posted) => Self {
                href,
                words: Some(posted.1.text.description(shown_by.app.urls.base())),
                language: posted.1.text.language,
                ..plain(words.post.heading)
            },
            WhatHappened::Became(state) => plain(words.became(state)),
            WhatHappened::Moved => plain(words.timeline.moved),
            WhatHappened::Answered(answer) => {
                let response = ResponseView::of(&answer);
                let sentence = words.timeline.response.replace("{who}", &response.who);
                Self {
                    words: Some(response.words),
                    language: response.language,
                    original: response.original,
                    ..plain(&sentence)
                }
            }
        }
    }
}

/// `GET /timeline`.
pub async fn get(
    State(state): State<Arc<HttpState>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    state.answer(&headers, "page /timeline", page(&state)).await
}

async fn page(state: &HttpState) -> Result<Rendered, NotServed> {
    let mut tx = state.store.read().await?;
    let site = state.current(&mut tx).await?.site(state);
    let words = site.words();
    let happenings = state.happenings(&mut tx, MOST).await?;
    let happenings = happenings.into_iter();
    let page = TimelinePage {
        happenings: happenings
            .map(|happening| HappeningView::of(happening, state, words))
            .collect(),
        site,
    };
    Ok(rendered(MINUTE, &page)?)
}
