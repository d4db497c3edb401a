//! The cache of rendered responses, which is valid until the register changes; conditional requests (`ETag`).

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY},
    },
    response::Response,
};

use crate::hash::Sha256;

/// The most cached responses: searches in the list have an unlimited number of URLs.
const MAX_KEPT: usize = 256;

/// `Cache-Control` for documents without names: one minute, so that caches absorb the requests of all the servers that
/// read a boosted post at once.
pub const MINUTE: &str = "public, max-age=60";
/// `Cache-Control` for documents with names: caches must revalidate each time, so that a withdrawn name disappears at
/// once.
pub const ASK: &str = "no-cache";
/// `Cache-Control` for discovery documents and static files: one hour.
pub const HOUR: &str = "public, max-age=3600";

/// A counter of the register's changes that this process knows of. Responses of an earlier generation are rendered
/// again, so a withdrawn name is off every page at the next request.
#[derive(Clone, Debug, Default)]
pub struct Generation(Arc<AtomicU64>);

impl Generation {
    /// The current number; it has to be read before the snapshot that a response is rendered from.
    pub fn current(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    /// Makes every cached response outdated.
    pub fn bump(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A rendered response.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The body.
    pub body: Arc<[u8]>,
    /// `Content-Type`.
    pub media_type: HeaderValue,
    /// `Cache-Control`.
    pub cache_control: HeaderValue,
    /// A strong `ETag`: a hash of the body.
    pub etag: HeaderValue,
}

impl Rendered {
    /// A response with this media type and `Cache-Control`.
    pub fn new(
        media_type: &'static str,
        cache_control: &'static str,
        body: impl Into<Vec<u8>>,
    ) -> Self {
        let body: Vec<u8> = body.into();
        let tag = format!("\"{}\"", Sha256::of_bytes(&body).short());
        Self {
            body: body.into(),
            media_type: HeaderValue::from_static(media_type),
            cache_control: HeaderValue::from_static(cache_control),
            // Hexadecimal digits between quotation marks always fit.
            etag: HeaderValue::try_from(tag).unwrap_or(HeaderValue::from_static("\"\"")),
        }
    }

    /// The HTTP response to a request with these headers: 304 when the client has it already.
    pub fn answer(&self, request: &HeaderMap) -> Response {
        let known = request
            .get_all(IF_NONE_MATCH)
            .iter()
            .any(|value| names(value, &self.etag));
        let body = if known {
            Body::empty()
        } else {
            Body::from(self.body.to_vec())
        };
        let mut response = Response::new(body);
        if known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, self.media_type.clone());
        headers.insert(CACHE_CONTROL, self.cache_control.clone());
        headers.insert(ETAG, self.etag.clone());
        headers.insert(VARY, HeaderValue::from_static("Accept"));
        response
    }
}

/// Whether an `If-None-Match` names this tag; weak tags compare equal (RFC 9110, 13.1.2).
fn names(header: &HeaderValue, etag: &HeaderValue) -> bool {
    let (Ok(header), Ok(etag)) = (header.to_str(), etag.to_str()) else {
        return false;
    };
    header
        .split(',')
        .map(str::trim)
        .any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
}

/// Rendered responses by their keys.
#[derive(Debug, Default)]
pub struct Cache {
    /// Responses of earlier generations are outdated.
    pub generation: Generation,
    kept: Mutex<HashMap<String, (u64, Arc<Rendered>)>>,
}

impl Cache {
    /// An empty cache that is invalidated by this generation.
    pub fn following(generation: Generation) -> Self {
        Self {
            generation,
            kept: Mutex::default(),
        }
    }

    /// The cached response for `key`, or a new one by `render`.
    pub async fn get<E>(
        &self,
        key: &str,
        render: impl Future<Output = Result<Rendered, E>>,
    ) -> Result<Arc<Rendered>, E> {
        let generation = self.generation.current();
        if let Some(kept) = self.find(key, generation) {
            return Ok(kept);
        }
        let rendered = Arc::new(render.await?);
        self.keep(key, generation, Arc::clone(&rendered));
        Ok(rendered)
    }

    fn keep(&self, key: &str, generation: u64, rendered: Arc<Rendered>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MAX_KEPT {
            kept.clear();
        }
        kept.insert(key.to_owned(), (generation, rendered));
    }

    fn find(&self, key: &str, generation: u64) -> Option<Arc<Rendered>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(key)
            .filter(|(made, _)| *made == generation)
            .map(|(_, rendered)| Arc::clone(rendered))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_rendered_is_served_until_something_changes() {
        let cache = Cache::default();
        let render =
            |text: &'static str| async move { Ok::<_, ()>(Rendered::new("text/plain", ASK, text)) };
        let body = |rendered: Arc<Rendered>| String::from_utf8(rendered.body.to_vec()).unwrap();
        assert_eq!(body(cache.get("/", render("one")).await.unwrap()), "one");
        assert_eq!(body(cache.get("/", render("two")).await.unwrap()), "one");
        cache.generation.bump();
        assert_eq!(
            body(cache.get("/", render("three")).await.unwrap()),
            "three"
        );
    }

    #[test]
    fn a_client_that_has_it_already_gets_304() {
        let rendered = Rendered::new("text/plain", ASK, "hello");
        let mut request = HeaderMap::new();
        assert_eq!(rendered.answer(&request).status(), StatusCode::OK);
        request.insert(IF_NONE_MATCH, rendered.etag.clone());
        assert_eq!(rendered.answer(&request).status(), StatusCode::NOT_MODIFIED);
        request.insert(IF_NONE_MATCH, HeaderValue::from_static("\"other\""));
        assert_eq!(rendered.answer(&request).status(), StatusCode::OK);
    }
}
