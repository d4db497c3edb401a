//! The Atom feeds (RFC 4287): what happened with the letter, and who signed last.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse as _, Response},
};

use super::{
    error::{Failure, NotServed},
    happenings::WhatHappened,
    headers::NO_INDEX,
    pages::{frame::SiteView, supporter::ResponseView},
    response_cache::{ASK, MINUTE, Rendered},
    state::HttpState,
};
use crate::{
    activitystreams::paths,
    clock::Millis,
    store::{PageStart, PublicFilter},
};

/// The path of the feed of news.
pub const NEWS: &str = "/feed.atom";
/// The path of the feed of supporters.
pub const SUPPORTERS: &str = "/supporters.atom";

/// The media type of a feed.
const ATOM: &str = "application/atom+xml; charset=utf-8";

/// The most entries of a feed.
const MOST: usize = 50;

/// A feed.
#[derive(Debug, Template)]
#[template(path = "feed.xml")]
struct Feed {
    site: SiteView,
    title: String,
    /// The feed's own path.
    path: &'static str,
    /// The page that shows the same.
    page: &'static str,
    updated: Millis,
    entries: Vec<FeedEntry>,
}

/// An entry of a feed. Its address is its id.
#[derive(Debug)]
struct FeedEntry {
    url: String,
    title: String,
    author: String,
    published: Millis,
    updated: Millis,
    content: Option<FeedContent>,
}

#[derive(Debug)]
enum FeedContent {
    Text(String),
    /// Sanitised.
    Html(String),
}

impl Feed {
    fn rendered(self, cache_control: &'static str) -> Result<Rendered, NotServed> {
        let text = xml_text(&self.render()?);
        Ok(Rendered::new(ATOM, cache_control, text))
    }
}

/// A document without the characters that XML 1.0 forbids.
fn xml_text(text: &str) -> String {
    let is_allowed = |c: char| {
        matches!(c, '\t' | '\n' | '\r') || (c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'))
    };
    text.chars().filter(|c| is_allowed(*c)).collect()
}

/// `GET /feed.atom`: the same as the timeline.
pub async fn news(
    State(state): State<Arc<HttpState>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let feed = news_feed(&state);
    state.answer(&headers, "feed of news", feed).await
}

async fn news_feed(state: &HttpState) -> Result<Rendered, NotServed> {
    let mut tx = state.store.read().await?;
    let current = state.current(&mut tx).await?;
    let site = current.site(state);
    let (urls, words) = (&state.app.urls, site.words());
    let mut entries = Vec::new();
    for happening in state.happenings(&mut tx, MOST).await? {
        let entry = FeedEntry {
            url: urls.absolute(&happening.path()),
            title: String::new(),
            author: site.title.clone(),
            published: happening.at,
            updated: happening.at,
            content: None,
        };
        entries.push(match happening.what {
            WhatHappened::Published(revision) => {
                let what = if revision.number == 1 {
                    words.letter.published.to_owned()
                } else {
                    format!("{} {}", words.letter.revision, revision.number)
                };
                FeedEntry {
                    title: format!("{what}: {}", revision.title),
                    content: revision.note.map(FeedContent::Text),
                    ..entry
                }
            }
            WhatHappened::Posted(posted) => {
                let (post, read) = *posted;
                FeedEntry {
                    title: read.text.description(urls.base()),
                    updated: post.updated_at.unwrap_or(post.published_at),
                    content: Some(FeedContent::Html(read.page_html(urls))),
                    ..entry
                }
            }
            WhatHappened::Became(state) => FeedEntry {
                title: words.became(state).to_owned(),
                ..entry
            },
            WhatHappened::Moved => FeedEntry {
                title: words.timeline.moved.to_owned(),
                ..entry
            },
            WhatHappened::Answered(answer) => {
                let response = ResponseView::of(&answer);
                FeedEntry {
                    title: words.timeline.response.replace("{who}", &response.who),
                    author: response.who,
                    content: Some(FeedContent::Text(response.words)),
                    ..entry
                }
            }
        });
    }
    let updated = entries.iter().map(|entry| entry.updated).max();
    let feed = Feed {
        title: site.title.clone(),
        path: NEWS,
        page: paths::TIMELINE,
        updated: updated.unwrap_or(current.revision.published_at),
        entries,
        site,
    };
    feed.rendered(MINUTE)
}

/// `GET /supporters.atom`: those who are listed by name or handle, newest first. Whoever leaves is gone at once.
pub async fn supporters(
    State(state): State<Arc<HttpState>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let feed = supporters_feed(&state);
    let response = state.answer(&headers, "feed of supporters", feed).await?;
    Ok(([NO_INDEX], response).into_response())
}

async fn supporters_feed(state: &HttpState) -> Result<Rendered, NotServed> {
    let mut tx = state.store.read().await?;
    let current = state.current(&mut tx).await?;
    let site = current.site(state);
    let everybody = PublicFilter::default();
    let listed = tx.public_page(&everybody, &PageStart::Top, MOST).await?;
    let entries: Vec<FeedEntry> = listed
        .entries
        .into_iter()
        .filter_map(|entry| {
            let name = entry.name.or(entry.handle)?;
            Some(FeedEntry {
                url: state.app.urls.entry(&entry.public_id),
                title: name.clone(),
                author: name,
                published: entry.at,
                updated: entry.at,
                content: entry.statement.map(FeedContent::Text),
            })
        })
        .collect();
    let updated = entries.iter().map(|entry| entry.updated).max();
    let feed = Feed {
        title: format!("{} · {}", site.words().frame.supporters, site.title),
        path: SUPPORTERS,
        page: "/supporters",
        updated: updated.unwrap_or(current.revision.published_at),
        entries,
        site,
    };
    feed.rendered(ASK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_forbids_is_left_out() {
        assert_eq!(
            xml_text("a\u{0}b\u{8}\tc\n\u{ffff}\u{1f600}"),
            "ab\tc\n\u{1f600}"
        );
    }
}
