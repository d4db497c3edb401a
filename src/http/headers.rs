//! Request and response headers that several handlers share.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header::ACCEPT};

use crate::activitystreams;

/// Keeps pages with names out of search engines and archives.
pub const NO_INDEX: (HeaderName, HeaderValue) = (
    HeaderName::from_static("x-robots-tag"),
    HeaderValue::from_static("noindex, noarchive"),
);

/// Whether the client prefers `application/activity+json` to HTML; without `Accept` it gets HTML.
pub fn wants_activity(headers: &HeaderMap) -> bool {
    let values: Vec<&str> = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    activitystreams::accepts_activity_json(&values.join(", "))
}
