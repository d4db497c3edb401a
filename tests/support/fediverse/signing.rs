//! The key of everybody on fake servers, and signed requests.

use std::sync::{Arc, LazyLock};

use axum::http::{HeaderMap, Method};
use undersigned::{
    clock::Millis,
    signature::{BodyDigest, KeyPair, Outgoing, Scheme, Signer},
};
use url::Url;

/// One key pair for everybody: making one is slow, and who signs is told by the key's id.
pub(crate) static KEY: LazyLock<Arc<KeyPair>> =
    LazyLock::new(|| Arc::new(KeyPair::generate().unwrap()));

/// [`KEY`] under this id.
pub(crate) fn signer(key_id: &str) -> Signer {
    Signer {
        key_id: key_id.to_owned(),
        key: Arc::clone(&KEY),
    }
}

/// The headers of a POST of `body` to `url`, signed at `now` by [`KEY`] under this id, as most servers do it.
pub(crate) fn signed(key_id: &str, url: &Url, body: &[u8], now: Millis) -> HeaderMap {
    signed_by(&signer(key_id), Scheme::Cavage, url, body, now)
}

/// The same by any signer and either scheme.
pub(crate) fn signed_by(
    signer: &Signer,
    scheme: Scheme,
    url: &Url,
    body: &[u8],
    now: Millis,
) -> HeaderMap {
    let outgoing = Outgoing {
        method: &Method::POST,
        url,
        body: Some(&BodyDigest::of(body)),
        accept: None,
    };
    signer.sign(&outgoing, scheme, now).unwrap()
}
