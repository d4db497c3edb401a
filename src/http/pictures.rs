//! The pictures of the letter's texts, at `/pictures/{sha256}.{ext}`.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::{
        HeaderMap, HeaderValue,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse as _, Response},
};

use super::{
    error::{Failure, NotServed},
    state::HttpState,
};
use crate::letter::{PictureFormat, PictureName};

/// `GET /pictures/{name}`. The name stands for the bytes, so the answer never changes.
pub(super) async fn get(
    State(state): State<Arc<HttpState>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let read = read(&state, &name).await;
    let (media_type, bytes) = read.map_err(|reason| Failure::of(reason, &state, &headers))?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (
            CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=31536000, immutable"),
        ),
    ];
    Ok((headers, bytes).into_response())
}

/// The media type, by the first bytes, and the bytes.
async fn read(state: &HttpState, name: &str) -> Result<(&'static str, Vec<u8>), NotServed> {
    let name = PictureName::parse(name).ok_or(NotServed::Missing)?;
    let mut tx = state.app.store.read().await?;
    let bytes = tx.picture(name.as_str()).await?;
    let bytes = bytes.ok_or(NotServed::Missing)?;
    let format = PictureFormat::of(&bytes).ok_or(NotServed::Missing)?;
    Ok((format.media_type(), bytes))
}
