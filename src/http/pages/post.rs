//! `/posts/{id}`: a post other than the letter.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, Uri},
    response::Response,
};

use super::{
    frame::{SiteView, rendered},
    signing::OpeningView,
};
use crate::{
    activitystreams::Own,
    clock::Millis,
    hash::Sha256,
    http::{
        error::{Failure, NotServed},
        headers::wants_activity,
        response_cache::{ASK, MINUTE, Rendered},
        state::HttpState,
    },
    register::letter::{announcements::MarkedPost, remote_post::unnamed},
    store::{OwnPost, Tx},
};

/// The page of a post other than the letter.
#[derive(Clone, Debug, Template)]
#[template(path = "post.html")]
pub struct PostPage {
    /// The frame of the page.
    pub site: SiteView,
    /// The post's id, which is also this page's address.
    pub url: String,
    /// The text as sanitised HTML, which the page does not escape.
    pub html: String,
    /// Its first words, for link previews and search engines.
    pub description: String,
    /// The language tag of the text.
    pub language: String,
    /// When it was published.
    pub published: Millis,
    /// When it was last changed, if ever.
    pub updated: Option<Millis>,
    /// The post of somebody's that it answers, where the pages name its author.
    pub answered: Option<String>,
    /// Whether signatures are taken.
    pub opening: OpeningView,
}

impl PostPage {
    /// No page of the navigation.
    const HERE: &str = "";
}

/// `GET /posts/{id}`: the page for people, the post's Note for servers.
pub async fn get(
    State(state): State<Arc<HttpState>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let own = state.app.urls.parse_path(uri.path());
    let own = own.ok_or_else(|| Failure::missing(&state, &headers))?;
    if wants_activity(&headers) {
        return state.document(&headers, &own).await;
    }
    let key = format!("page {}", uri.path());
    state.answer(&headers, &key, page(&state, &own)).await
}

async fn page(state: &HttpState, own: &Own) -> Result<Rendered, NotServed> {
    let app = &state.app;
    let mut tx = state.store.read().await?;
    let post = state.standing_post(&mut tx, own).await?;
    let current = state.current(&mut tx).await?;
    let read = MarkedPost::load(&mut tx, &post).await?;
    let site = current.site(state);
    let answered = answered(&mut tx, &post, &read).await?;
    // Whoever leaves or is hidden is gone from the page with the next request.
    let cached = if post.in_reply_to.is_some() {
        ASK
    } else {
        MINUTE
    };
    let page = PostPage {
        url: app.urls.url(own),
        html: read.page_html(&app.urls),
        description: read.text.description(app.urls.base()),
        language: read.text.language.unwrap_or_else(|| site.language.clone()),
        published: post.published_at,
        updated: post.updated_at,
        answered,
        opening: OpeningView::of(state, &mut tx).await?,
        site,
    };
    Ok(rendered(cached, &page)?)
}

/// The address of what a post answers, unless names are off, or its author is somebody whom no page names.
async fn answered(
    tx: &mut Tx,
    post: &OwnPost,
    read: &MarkedPost,
) -> Result<Option<String>, NotServed> {
    let Some(author) = read.answered() else {
        return Ok(None);
    };
    if tx.names_off().await?.is_some() {
        return Ok(None);
    }
    let Some(author) = tx.actors(&[Sha256::of(author)]).await?.pop() else {
        return Ok(None);
    };
    let unnamed = unnamed(tx, author.id).await?;
    let object = post.in_reply_to.clone().filter(|_| unnamed.is_none());
    Ok(object.filter(|object| !object.is_empty()))
}
