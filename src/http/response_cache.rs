//! Rendered responses: each is made once for all who ask, and kept until the register changes. Conditional requests
//! (`ETag`) and gzip are answered from what was made.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LINK, VARY},
    },
    response::Response,
};
use quick_cache::{
    DefaultHashBuilder, OptionsBuilder, Weighter,
    sync::{Cache as Kept, DefaultLifecycle},
};
use tokio::sync::OnceCell;

use super::content_coding::{accepts_gzip, gzip};
use crate::{
    clock::{Clock, Millis},
    hash::Sha256,
    register::inbound::news::News,
};

/// The most bytes of all cached responses together. The pages that everybody asks for take some hundred KiB; the rest is
/// for pages of the list, of which as many fit as a crawler reads in some minutes.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// Responses that are expected to be kept at once: the cache makes room for their keys at the start.
const EXPECTED: usize = 512;

/// `Cache-Control` for documents without names: one minute, so that caches absorb the requests of all the servers that
/// read a boosted post at once.
pub const MINUTE: &str = "public, max-age=60";
/// `Cache-Control` for documents with names: caches must revalidate each time, so that a withdrawn name disappears at
/// once.
pub const ASK: &str = "no-cache";
/// `Cache-Control` for discovery documents and static files: one hour.
pub const HOUR: &str = "public, max-age=3600";

/// The version of the register as this process knows it. Responses of an earlier version are rendered again.
///
/// What takes something off makes another version at once, so a withdrawn name is off every page at the next request.
/// What only adds makes one when the last is old enough: while names arrive, a page is rendered once in that time.
#[derive(Clone, Debug)]
pub struct Generation(Arc<SharedGeneration>);

#[derive(Debug)]
struct SharedGeneration {
    clock: Arc<dyn Clock>,
    /// How long additions may wait.
    render_every: Duration,
    version: Mutex<Version>,
}

#[derive(Debug, Default)]
struct Version {
    number: u64,
    since: Millis,
    /// Whether something was added since.
    pending: bool,
}

impl Version {
    fn next(&mut self, now: Millis) {
        *self = Self {
            number: self.number.wrapping_add(1),
            since: now,
            pending: false,
        };
    }
}

impl Generation {
    /// The first version. `render_every` is how long additions wait at most.
    pub fn new(clock: Arc<dyn Clock>, render_every: Duration) -> Self {
        Self(Arc::new(SharedGeneration {
            clock,
            render_every,
            version: Mutex::default(),
        }))
    }

    /// The current version; it has to be read before the snapshot that a response is rendered from.
    pub fn current(&self) -> u64 {
        let mut version = self.version();
        if version.pending {
            let now = self.0.clock.now();
            // A clock that was set back must not hold up anything.
            if now < version.since || now.since(version.since) >= self.0.render_every {
                version.next(now);
            }
        }
        version.number
    }

    /// Makes every cached response outdated, because something may have been taken off.
    pub fn bump(&self) {
        self.version().next(self.0.clock.now());
    }

    /// Makes what is cached outdated as far as this news requires.
    pub fn take(&self, news: News) {
        match news {
            News::Nothing => (),
            News::Addition => self.version().pending = true,
            News::Removal => self.bump(),
        }
    }

    fn version(&self) -> std::sync::MutexGuard<'_, Version> {
        self.0
            .version
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A rendered response.
#[derive(Debug)]
pub struct Rendered {
    /// The body.
    body: Bytes,
    /// The body in gzip, made when it is first asked for; `None` for what is not worth it.
    gzip: OnceCell<Option<Bytes>>,
    /// `Content-Type`.
    pub media_type: HeaderValue,
    /// `Cache-Control`.
    cache_control: HeaderValue,
    /// `Link`, if there is one.
    link: Option<HeaderValue>,
    /// Bytes in memory, the gzip form included as if it were made: the cache wants a number that stays.
    bytes: usize,
    /// A strong `ETag`: a hash of the body.
    etag: HeaderValue,
    /// The `ETag` of the gzip form: a strong one differs with the coding (RFC 9110, section 8.8.3.3).
    gzip_etag: HeaderValue,
}

impl Rendered {
    /// A response with this media type and `Cache-Control`.
    pub fn new(
        media_type: &'static str,
        cache_control: &'static str,
        body: impl Into<Bytes>,
    ) -> Self {
        let body: Bytes = body.into();
        let hash = Sha256::of_bytes(&body).short();
        // Hexadecimal digits between quotation marks always fit.
        let tag =
            |tag: String| HeaderValue::try_from(tag).unwrap_or(HeaderValue::from_static("\"\""));
        Self {
            bytes: size_of::<Self>() + 2 * body.len(),
            body,
            gzip: OnceCell::new(),
            media_type: HeaderValue::from_static(media_type),
            cache_control: HeaderValue::from_static(cache_control),
            link: None,
            etag: tag(format!("\"{hash}\"")),
            gzip_etag: tag(format!("\"{hash}-gzip\"")),
        }
    }

    /// A response whose body is compressed already, such as a picture.
    pub fn compressed(
        media_type: &'static str,
        cache_control: &'static str,
        body: impl Into<Bytes>,
    ) -> Self {
        let plain = Self::new(media_type, cache_control, body);
        Self {
            gzip: OnceCell::new_with(Some(None)),
            bytes: plain.bytes - plain.body.len(),
            ..plain
        }
    }

    /// The same response with a `Link`, which has to follow from its body.
    #[must_use]
    pub fn with_link(self, link: HeaderValue) -> Self {
        Self {
            bytes: self.bytes + link.len(),
            link: Some(link),
            ..self
        }
    }

    /// The HTTP response to a request with these headers: 304 when the client has it already.
    pub async fn answer(&self, request: &HeaderMap) -> Response {
        let known = [&self.etag, &self.gzip_etag]
            .into_iter()
            .find(|etag| is_known(request, etag));
        let mut response = if let Some(etag) = known {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response.headers_mut().insert(ETAG, etag.clone());
            response
        } else if let Some(compressed) = self.in_gzip(request).await {
            let mut response = Response::new(Body::from(compressed));
            let headers = response.headers_mut();
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            headers.insert(ETAG, self.gzip_etag.clone());
            response
        } else {
            let mut response = Response::new(Body::from(self.body.clone()));
            response.headers_mut().insert(ETAG, self.etag.clone());
            response
        };
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, self.media_type.clone());
        headers.insert(CACHE_CONTROL, self.cache_control.clone());
        let varies = HeaderValue::from_static("Accept, Accept-Encoding");
        headers.insert(VARY, varies);
        if let Some(link) = &self.link {
            headers.insert(LINK, link.clone());
        }
        response
    }

    /// The gzip form, if the client accepts it and there is one.
    async fn in_gzip(&self, request: &HeaderMap) -> Option<Bytes> {
        if !accepts_gzip(request) {
            return None;
        }
        let made = self.gzip.get_or_init(|| gzip(&self.body));
        made.await.clone()
    }
}

/// Whether a request's `If-None-Match` names this tag.
fn is_known(request: &HeaderMap, etag: &HeaderValue) -> bool {
    let mut conditions = request.get_all(IF_NONE_MATCH).iter();
    conditions.any(|value| names(value, etag))
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

/// A response by its version and the key of its URL.
type ResponseKey = (u64, String);

/// The bytes of an entry, its key included.
#[derive(Clone, Copy, Debug)]
struct ByBytes;

impl Weighter<ResponseKey, Arc<Rendered>> for ByBytes {
    fn weight(&self, key: &ResponseKey, rendered: &Arc<Rendered>) -> u64 {
        let bytes = size_of::<ResponseKey>() + key.1.len() + rendered.bytes;
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }
}

/// Rendered responses, the least used of which make room for others. What is asked for once, such as a search, does not
/// push out what is asked for again and again (the library's policy is S3-FIFO).
#[derive(Debug)]
pub struct Cache {
    /// Responses of earlier versions are outdated.
    generation: Generation,
    kept: Kept<ResponseKey, Arc<Rendered>, ByBytes>,
    /// The version whose predecessors were dropped.
    swept: AtomicU64,
}

impl Cache {
    /// An empty cache of this many bytes.
    fn of_bytes(generation: Generation, bytes: u64) -> Self {
        let options = OptionsBuilder::new()
            // One for all, so that the bound holds for all together, and a large response finds room.
            .shards(1)
            .estimated_items_capacity(EXPECTED)
            .weight_capacity(bytes)
            .build();
        // The options are only refused when one of these is missing.
        let kept = options.map_or_else(
            |_missing| Kept::with_weighter(EXPECTED, bytes, ByBytes),
            |options| {
                let hasher = DefaultHashBuilder::default();
                Kept::with_options(options, ByBytes, hasher, DefaultLifecycle::default())
            },
        );
        Self {
            generation,
            kept,
            swept: AtomicU64::new(0),
        }
    }

    /// An empty cache that is invalidated by this generation.
    pub fn following(generation: Generation) -> Self {
        Self::of_bytes(generation, MOST_BYTES)
    }

    /// The current version; it has to be read before what is kept of it.
    pub fn version(&self) -> u64 {
        self.generation.current()
    }

    /// The cached response for `key`, or a new one by `render`.
    ///
    /// Of all who ask at the same time, one renders and the others wait for it. When that one goes away, the next one
    /// renders. An error is kept for nobody. Nobody gets what was begun before a removal that came before the request.
    pub async fn get<E>(
        &self,
        key: &str,
        render: impl Future<Output = Result<Rendered, E>>,
    ) -> Result<Arc<Rendered>, E> {
        let version = self.generation.current();
        if self.swept.fetch_max(version, Ordering::SeqCst) < version {
            // With the first request of a version, so that a removed name does not stay in memory. What is being
            // rendered meanwhile goes with the version after it.
            self.kept.retain(|(made, _), _| *made >= version);
        }
        let key = (version, key.to_owned());
        let render = async { render.await.map(Arc::new) };
        self.kept.get_or_insert_async(&key, render).await
    }
}

#[cfg(test)]
#[path = "response_cache_tests.rs"]
mod tests;
