//! `/preview/{token}`: the letter's page as it will be, for whoever knows the address of it.
//!
//! The page is the letter's own, of a launch that is written down and rolled back. Nothing of it is cached here or
//! elsewhere, and any other address is the 404 of a page that never was.

use std::sync::Arc;

use askama::Template as _;
use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{
        HeaderMap, HeaderValue,
        header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, REFERRER_POLICY},
    },
    response::{IntoResponse, Response},
};

use super::{
    frame::HTML,
    letter::{LetterPage, view},
    signing::OpeningView,
};
use crate::{
    http::{
        content_coding::{accepts_gzip, gzip},
        error::{Failure, NotServed},
        headers::NO_INDEX,
        state::HttpState,
    },
    letter::{PICTURES, PictureFormat},
    register::{
        error::{Error, NoChange},
        letter::{
            launch::{DraftText, LaunchOrigin, is_preview, planned, planned_text, rehearse},
            letter_state::LetterSchedule,
        },
    },
};

/// The route of the page.
pub const PAGE: &str = "/preview/{token}";
/// The route of its pictures.
pub const PICTURE: &str = "/preview/{token}/pictures/{name}";

/// The path of the page with this secret part.
pub fn path(token: &str) -> String {
    PAGE.replace("{token}", token)
}

/// `GET /preview/{token}`.
pub async fn get(
    State(state): State<Arc<HttpState>>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    // The futures of pages are large.
    let page = Box::pin(page(&state, &token)).await;
    let page = page.map_err(|reason| Failure::of(reason, &state, &headers))?;
    let page = Bytes::from(page);
    // It is read on phones, and no cache makes it small once for all.
    let compressed = if accepts_gzip(&headers) {
        gzip(&page).await
    } else {
        None
    };
    let Some(compressed) = compressed else {
        return Ok(private(HTML, page));
    };
    let mut response = private(HTML, compressed);
    let coding = HeaderValue::from_static("gzip");
    response.headers_mut().insert(CONTENT_ENCODING, coding);
    Ok(response)
}

/// `GET /preview/{token}/pictures/{name}`.
pub async fn picture(
    State(state): State<Arc<HttpState>>,
    Path((token, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let found = async {
        let draft = draft(&state, &token).await?;
        let mut pictures = draft.pictures.into_iter();
        let picture = pictures.find(|picture| picture.name.as_str() == name);
        let picture = picture.ok_or(NotServed::Missing)?;
        let format = PictureFormat::of(&picture.bytes).ok_or(NotServed::Missing)?;
        Ok((format.media_type(), picture.bytes))
    };
    let found: Result<_, NotServed> = found.await;
    let (media_type, bytes) = found.map_err(|reason| Failure::of(reason, &state, &headers))?;
    Ok(private(media_type, bytes))
}

/// An answer that nobody keeps, finds, or learns the address of by a link.
fn private(media_type: &'static str, body: impl IntoResponse) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        NO_INDEX,
    ];
    let mut response = body.into_response();
    response.headers_mut().extend(headers);
    response
}

/// What comes out: what was planned, else the letter's file as it is now.
async fn draft(state: &HttpState, token: &str) -> Result<DraftText, NotServed> {
    // A server that writes nothing cannot rehearse.
    if state.app.writer.is_none() {
        return Err(NotServed::Missing);
    }
    let mut tx = state.store.read().await?;
    if !is_preview(&mut tx, token).await? {
        return Err(NotServed::Missing);
    }
    if let Some(plan) = planned(&mut tx).await? {
        return Ok(planned_text(&mut tx, &plan).await?);
    }
    drop(tx);
    let file = state.draft_file.clone();
    let read = tokio::task::spawn_blocking(move || (file.0)()).await;
    let read = read.unwrap_or_else(|error| Err(error.to_string()));
    read.map_err(NotServed::DraftFile)
}

async fn page(state: &HttpState, token: &str) -> Result<String, NotServed> {
    let draft = draft(state, token).await?;
    let app = &state.app;
    let context = Arc::clone(&app.context.borrow());
    let from = LaunchOrigin {
        on_github: app.config.letter_is_on_github(),
        salt: &context.salt,
        by: "preview",
    };
    let now = app.clock.now();
    // Never committed: dropping it rolls back.
    let mut tx = app.store.write().await?;
    match rehearse(&mut tx, context.random.as_ref(), now, &draft, &from).await {
        // It came out meanwhile.
        Err(Error::NoChange(NoChange::Out)) => return Err(NotServed::Missing),
        rehearsed => rehearsed?,
    }
    let current = state.rehearsed(&mut tx).await?;
    let page = view(state, &mut tx, &current, None).await?;
    let schedule = LetterSchedule::read(&mut tx, state.profile.close_at).await?;
    drop(tx);
    // The pictures are nowhere else yet.
    let origin = app.urls.origin();
    let pictures = format!("\"{origin}{PICTURES}/");
    let here = format!("\"{origin}{}{PICTURES}/", path(token));
    let page = LetterPage {
        is_preview: true,
        opening: OpeningView {
            state: schedule.once_out(now),
            ..page.opening
        },
        html: page.html.replace(&pictures, &here),
        ..page
    };
    Ok(page.render()?)
}
