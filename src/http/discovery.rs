//! Discovery: WebFinger, host-meta, NodeInfo.

use std::sync::Arc;

use axum::{
    extract::{Path, Query, State},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::Value;

use super::{
    error::{Failure, NotServed},
    response_cache::{HOUR, MINUTE, Rendered},
    state::{HttpState, SOURCE_CODE},
};
use crate::activitystreams::{self, JRD_JSON, NodeInfo, NodeInfoVersion, Software, Usage, XRD_XML};

/// The query of WebFinger.
#[derive(Debug, Deserialize)]
pub struct WebFingerQuery {
    resource: Option<String>,
}

/// `/.well-known/webfinger` (RFC 7033).
pub async fn webfinger(
    State(state): State<Arc<HttpState>>,
    Query(query): Query<WebFingerQuery>,
) -> Response {
    let resource = query.resource.unwrap_or_default();
    if !activitystreams::is_webfinger_resource(&resource) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    if let Some(document) = activitystreams::webfinger(&state.app.urls, &resource) {
        return typed(JRD_JSON, document.to_string());
    }
    let mut response = StatusCode::NOT_FOUND.into_response();
    let briefly = HeaderValue::from_static("public, max-age=180");
    response.headers_mut().insert(CACHE_CONTROL, briefly);
    response
}

/// `/.well-known/host-meta` (RFC 6415), which Mastodon reads when WebFinger answered 404.
pub async fn host_meta(State(state): State<Arc<HttpState>>) -> Response {
    typed(XRD_XML, activitystreams::host_meta_xml(&state.app.urls))
}

/// `/.well-known/host-meta.json` (RFC 6415).
pub async fn host_meta_json(State(state): State<Arc<HttpState>>) -> Response {
    typed(
        "application/json",
        activitystreams::host_meta_json(&state.app.urls).to_string(),
    )
}

/// `/.well-known/nodeinfo`, with a link to the instance actor (FEP-2677).
pub async fn nodeinfo_links(State(state): State<Arc<HttpState>>) -> Response {
    typed(
        "application/json",
        activitystreams::nodeinfo_links(&state.app.urls).to_string(),
    )
}

/// `/nodeinfo/2.0` and `/nodeinfo/2.1`.
pub async fn nodeinfo(
    State(state): State<Arc<HttpState>>,
    Path(version): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let version = match version.as_str() {
        "2.0" => NodeInfoVersion::V2_0,
        "2.1" => NodeInfoVersion::V2_1,
        _ => return Err(Failure::missing(&state, &headers)),
    };
    let render = async {
        let document = state.nodeinfo(version).await?;
        let mut rendered = Rendered::new("application/json", MINUTE, document.to_string());
        if let Ok(media_type) = HeaderValue::try_from(version.content_type()) {
            rendered.media_type = media_type;
        }
        Ok(rendered)
    };
    let key = format!("nodeinfo {}", version.as_str());
    state.answer(&headers, &key, render).await
}

impl HttpState {
    async fn nodeinfo(&self, version: NodeInfoVersion) -> Result<Value, NotServed> {
        let mut tx = self.store.read().await?;
        let current = self.current_if_out(&mut tx).await?;
        let software = Software {
            name: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
            repository: SOURCE_CODE.filter(|url| !url.is_empty()),
            homepage: None,
        };
        // The letter's actor is the only user; remote supporters are users of their own servers.
        // The numbers stay while names are off.
        let standing = tx.posts_to_anybody().await?.into_iter();
        let standing = standing.filter(|post| !post.direct && post.deleted_at.is_none());
        let (answers, posts): (Vec<_>, Vec<_>) =
            standing.partition(|post| post.in_reply_to.is_some());
        let usage = Usage {
            users: 1,
            active_month: 1,
            active_half_year: 1,
            local_posts: u64::try_from(posts.len())
                .unwrap_or(0)
                .saturating_add(current.is_some().into()),
            local_comments: u64::try_from(answers.len()).unwrap_or(0),
        };
        let (name, handle) = (&self.profile.name, self.app.urls.handle());
        let of_draft = if name.is_empty() { &handle } else { name };
        let (name, description) = match &current {
            Some(current) => (
                &current.text.letter.title,
                current.text.description.as_str(),
            ),
            None => (of_draft, ""),
        };
        let info = NodeInfo {
            software,
            usage,
            node_name: name,
            node_description: description,
            contact: &self.app.config.actor.contact,
        };
        Ok(activitystreams::nodeinfo(version, &info))
    }
}

fn typed(media_type: &'static str, body: String) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (CACHE_CONTROL, HeaderValue::from_static(HOUR)),
    ];
    (headers, body).into_response()
}
