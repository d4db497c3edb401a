//! `/tags/{tag}`: our posts with a hashtag, which their Notes link to.

use std::{collections::BTreeSet, sync::Arc};

use askama::Template;
use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};

use super::supporter::PEOPLE;
use super::{
    frame::{SiteView, rendered},
    timeline::HappeningView,
};
use crate::{
    http::{
        error::{Failure, NotServed},
        happenings::{Happening, WhatHappened},
        response_cache::{MINUTE, Rendered},
        state::HttpState,
    },
    register::letter::announcements::MarkedPost,
};

/// The most posts on the page of one hashtag.
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
    // Every Note of ours bears those of the configuration.
    let of_all = state.note.hashtags.iter();
    let mut of_all = of_all.map(|tag| tag.trim_start_matches('#'));
    let of_all = of_all.find(|of_all| of_all.to_lowercase() == tag);
    if of_all.is_none() && !is_known(&state, &tag).await? {
        return Err(NotServed::Missing);
    }
    let mut tx = state.store.read().await?;
    let site = state.current(&mut tx).await?.site(&state);
    let words = site.words();
    let mut written = of_all.map(str::to_owned);
    let mut posts = Vec::new();
    let all = tx.own_posts().await?;
    for posted in MarkedPost::load_all(&mut tx, all).await? {
        let mut own = posted.1.text.hashtags.iter();
        let own = own.find(|own| own.to_lowercase() == tag);
        if own.is_some() || of_all.is_some() {
            written = written.or_else(|| own.cloned());
            let happening = Happening {
                at: posted.0.published_at,
                what: WhatHappened::Posted(Box::new(posted)),
            };
            posts.push(HappeningView::of(happening, &state, words));
            if posts.len() == MOST {
                break;
            }
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

/// Whether a post bears a hashtag. That none does is not cached as a page is, and anybody can ask for any: the posts are
/// read once for all of them.
async fn is_known(state: &HttpState, tag: &str) -> Result<bool, NotServed> {
    let mut known = state.tags.lock().await;
    let version = state.cache.version();
    if let Some((_, tags)) = known.as_ref().filter(|(of, _)| *of == version) {
        return Ok(tags.contains(tag));
    }
    let mut tx = state.store.read().await?;
    let all = tx.own_posts().await?;
    let all = MarkedPost::load_all(&mut tx, all).await?;
    let tags = all.iter().flat_map(|(_, read)| &read.text.hashtags);
    let tags: BTreeSet<String> = tags.map(|tag| tag.to_lowercase()).collect();
    let is_known = tags.contains(tag);
    *known = Some((version, tags));
    drop(known);
    Ok(is_known)
}
