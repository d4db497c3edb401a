//! `/tags/{tag}`: our posts with a hashtag, which their Notes link to.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};

use super::{
    frame::{SiteView, rendered},
    timeline::HappeningView,
};
use crate::http::{
    error::{Failure, NotServed},
    happenings::WhatHappened,
    response_cache::{MINUTE, Rendered},
    state::HttpState,
};

/// The most posts that are looked at.
const MOST: usize = 200;

/// The page of a hashtag.
#[derive(Clone, Debug, Template)]
#[template(path = "tag.html")]
pub struct TagPage {
    /// The frame of the page.
    pub site: SiteView,
    /// The hashtag with its `#`.
    pub tag: String,
    /// Whether the letter bears it, too.
    pub on_letter: bool,
    /// The posts that bear it, newest first.
    pub posts: Vec<HappeningView>,
}

impl TagPage {
    /// No page of the navigation.
    const HERE: &str = "";

    fn heading(&self) -> String {
        let words = self.site.words();
        words.post.tagged.replace("{tag}", &self.tag)
    }
}

/// `GET /tags/{tag}`; not found for a hashtag of none of our posts.
pub async fn get(
    State(state): State<Arc<HttpState>>,
    Path(tag): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let tag = tag.to_lowercase();
    let key = format!("page /tags/{tag}");
    let page = page(Arc::clone(&state), tag);
    state.answer_one_of_many(&headers, &key, page).await
}

async fn page(state: Arc<HttpState>, tag: String) -> Result<Rendered, NotServed> {
    let mut tx = state.store.read().await?;
    let site = state.current(&mut tx).await?.site(&state);
    let words = site.words();
    // Every Note of ours bears those of the configuration.
    let of_all = state.note.hashtags.iter();
    let mut of_all = of_all.map(|tag| tag.trim_start_matches('#'));
    let of_all = of_all.find(|of_all| of_all.to_lowercase() == tag);
    let mut written = of_all.map(str::to_owned);
    let mut posts = Vec::new();
    for happening in state.happenings(&mut tx, MOST).await? {
        let WhatHappened::Posted(posted) = &happening.what else {
            continue;
        };
        let mut own = posted.1.text.hashtags.iter();
        let own = own.find(|own| own.to_lowercase() == tag);
        if own.is_some() || of_all.is_some() {
            written = written.or_else(|| own.cloned());
            posts.push(HappeningView::of(happening, &state, words));
        }
    }
    let page = TagPage {
        tag: format!("#{}", written.ok_or(NotServed::Missing)?),
        on_letter: of_all.is_some(),
        posts,
        site,
    };
    Ok(rendered(MINUTE, &page)?)
}
