//! How a request arrived here, told to `doctor` alone: whether a proxy in front changed what other servers sign, and
//! whether it names its client.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use axum::{
    extract::{Path, State},
    http::{
        HeaderMap,
        header::{CACHE_CONTROL, CONTENT_TYPE, HOST},
        request::Parts,
    },
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize};

use super::{error::Failure, state::HttpState};
use crate::{federation::client_ip::Caller, register::maintenance::nonce};

/// What stands in front of the nonce in the path.
pub const PREFIX: &str = "/doctor/";

/// The address that `doctor` claims to come from when it tries whether anybody can choose theirs; nobody has it (RFC 5737).
pub const CLAIMED: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

/// A request as it arrived. Without any address: not even the right nonce learns who else is there.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct RequestArrival {
    /// `Host`.
    pub host: String,
    /// Path and query, byte for byte.
    pub path: String,
    /// `http` or `https`, if the proxy says so in `X-Forwarded-Proto`.
    pub scheme: Option<String>,
    /// Whether the proxy is trusted and names its client.
    pub client_is_believed: bool,
}

/// `GET /doctor/{nonce}/…`: how this request arrived; 404 for anything but the nonce of this minute.
pub async fn get(
    State(state): State<Arc<HttpState>>,
    Path((claimed, _rest)): Path<(String, String)>,
    parts: Parts,
) -> Result<Response, Failure> {
    let headers = &parts.headers;
    let is_good = async {
        let mut tx = state.store.read().await?;
        nonce::is_good(&mut tx, &claimed, state.app.clock.now()).await
    };
    match is_good.await {
        Ok(true) => (),
        Ok(false) => return Err(Failure::missing(&state, headers)),
        Err(error) => return Err(Failure::of(error.into(), &state, headers)),
    }
    let trusted = &state.app.config.server.trusted_proxies;
    let client = Caller::named_by_proxy(&parts.extensions, headers, trusted);
    let target = parts.uri.path_and_query();
    let arrival = RequestArrival {
        host: text(headers, HOST.as_str()),
        path: target.map_or_else(String::new, ToString::to_string),
        scheme: Some(text(headers, "x-forwarded-proto").to_ascii_lowercase())
            .filter(|scheme| matches!(scheme.as_str(), "http" | "https")),
        client_is_believed: client.is_some_and(|client| client != CLAIMED),
    };
    let arrival = serde_json::to_string(&arrival);
    let arrival = arrival.map_err(|error| Failure::of(error.into(), &state, headers))?;
    let typed = [
        (CONTENT_TYPE, "application/json"),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((typed, arrival).into_response())
}

fn text(headers: &HeaderMap, name: &str) -> String {
    let value = headers.get(name);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}
