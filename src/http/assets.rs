//! Static files: the style sheet and the actor's picture.

use std::sync::{Arc, LazyLock};

use axum::{
    extract::State,
    http::{
        HeaderMap, HeaderValue,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};

use super::{
    response_cache::{HOUR, Rendered},
    state::{HttpState, Picture},
};
use crate::hash::Sha256;

/// The style sheet at `/style.css`.
pub const STYLE: &str = include_str!("assets/style.css");

/// The built-in emblem at `/icon.png`, 400 by 400 pixels.
pub const ICON: &[u8] = include_bytes!("assets/icon.png");

/// The address of the style sheet, which changes with it: nobody sees a new page in an old style.
pub fn style_address() -> &'static str {
    static ADDRESS: LazyLock<String> = LazyLock::new(|| {
        let digest = Sha256::of(STYLE).hex();
        format!("/style.css?{}", digest.get(..12).unwrap_or_default())
    });
    &ADDRESS
}

/// `GET /style.css`, with any query.
pub async fn style(headers: HeaderMap) -> Response {
    static RENDERED: LazyLock<Rendered> =
        LazyLock::new(|| Rendered::new("text/css; charset=utf-8", HOUR, STYLE));
    RENDERED.answer(&headers).await
}

/// `GET /icon.png`.
pub async fn icon(State(state): State<Arc<HttpState>>) -> Response {
    shown(&state.icon)
}

/// The response with a picture of the configuration.
pub(super) fn shown(picture: &Picture) -> Response {
    let day = HeaderValue::from_static("public, max-age=86400");
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(picture.media_type)),
        (CACHE_CONTROL, day),
    ];
    (headers, picture.bytes.clone()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_emblem_is_a_square_png() {
        assert_eq!(&ICON[..8], b"\x89PNG\r\n\x1a\n");
        assert_eq!(&ICON[16..24], [0, 0, 1, 144, 0, 0, 1, 144]);
    }

    #[test]
    fn the_style_sheet_loads_nothing() {
        for word in ["@import", "url(", "http"] {
            assert!(!STYLE.contains(word), "{word}");
        }
    }
}
