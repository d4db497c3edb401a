//! The pictures of the letter's texts, at `/pictures/{sha256}.{ext}`.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};

use super::{
    error::{Failure, NotServed},
    response_cache::Rendered,
    state::HttpState,
};
use crate::letter::{PictureFormat, PictureName};

/// `Cache-Control` of what never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// `GET /pictures/{name}`. The name stands for the bytes, so the answer never changes.
pub(super) async fn get(
    State(state): State<Arc<HttpState>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let key = format!("picture {name}");
    state.answer(&headers, &key, read(&state, &name)).await
}

/// The picture; its media type is told by the first bytes.
async fn read(state: &HttpState, name: &str) -> Result<Rendered, NotServed> {
    let name = PictureName::parse(name).ok_or(NotServed::Missing)?;
    let mut tx = state.store.read().await?;
    let bytes = tx.picture(name.as_str()).await?;
    let bytes = bytes.ok_or(NotServed::Missing)?;
    let format = PictureFormat::of(&bytes).ok_or(NotServed::Missing)?;
    Ok(Rendered::compressed(format.media_type(), FOR_EVER, bytes))
}
