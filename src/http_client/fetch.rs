//! Reading documents of other servers.
//!
//! A fetch is a GET signed by the instance actor, and by the letter's if the answer is 401. It follows at most three
//! redirects, each one checked and signed like the first request. Its errors are classes of [`FetchError`]; nothing else is told apart, because
//! nothing else is acted upon.
//!
//! | what happened | result |
//! |---|---|
//! | 2xx, small enough, of the right media type | the [`Document`] |
//! | 410 | `Gone` |
//! | 404 | `Missing` |
//! | 429 or 503 with `Retry-After` | `Later` |
//! | every other status: 401, 403, 5xx, a 3xx that is no redirect | `Refused` |
//! | no answer, or one that cannot be used: forbidden, too slow, too big, wrong type, wrong id | `Unreachable` |
//!
//! Not here: what the documents mean, and whether a Tombstone counts as gone.

use std::{sync::Arc, time::Duration};

use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{
        ACCEPT, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION,
    },
};
use reqwest::Response;
use serde::Deserialize;
use thiserror::Error;
use url::Url;

use super::{
    Client, FetchFailure,
    guard::{Forbidden, Route},
    pace::{Pace, counted_domain},
    retry_after::{limit_resets, retry_after},
};
use crate::{activitystreams, clock::Millis};

/// Largest document, in bytes after decompression: as much as Mastodon and `activitypub_federation` read.
pub const MAX_DOCUMENT: usize = 1024 * 1024;

/// Most redirects that are followed, as in Mastodon.
const MAX_REDIRECTS: usize = 3;

/// Longest media type that is kept of an answer, in characters.
const MAX_MEDIA_TYPE: usize = 100;

/// What is asked for, and with it what is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accept {
    /// An ActivityPub document. Only its two media types are taken: an uploaded file must not pass as an actor
    /// (CVE-2024-25623).
    Activity,
    /// What WebFinger says about an account (RFC 7033), also as plain JSON.
    Account,
    /// Anything at all: text, pages. Nothing in it is proof of who wrote it.
    Anything,
}

impl Accept {
    const fn header(self) -> &'static str {
        match self {
            Self::Activity => {
                r#"application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams""#
            }
            Self::Account => "application/jrd+json, application/json",
            Self::Anything => "*/*",
        }
    }

    fn takes(self, media_type: &str) -> bool {
        match self {
            Self::Activity => activitystreams::is_activity_media_type(media_type),
            Self::Account => {
                let essence = media_type.split(';').next().unwrap_or_default().trim();
                ["application/jrd+json", "application/json"]
                    .iter()
                    .any(|taken| essence.eq_ignore_ascii_case(taken))
            }
            Self::Anything => true,
        }
    }
}

/// Why there is no document. Names hosts, never a path.
#[derive(Clone, Debug, Error)]
pub enum FetchError {
    /// 410.
    #[error("it is gone (410)")]
    Gone,
    /// 404.
    #[error("it is not there (404)")]
    Missing,
    /// The host answered with another status.
    #[error("its host does not show it: {0}")]
    Refused(StatusCode),
    /// The host asks to come again later: 429 or 503, with `Retry-After`.
    #[error("its host asks to come again later: {0}")]
    Later(StatusCode, Duration),
    /// The host did not answer, or with something that cannot be used.
    #[error("its host gave no answer that can be used")]
    Unreachable(#[from] FetchFailure),
}

impl FetchError {
    /// Whether another try may succeed.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Gone | Self::Missing => false,
            Self::Later(..) => true,
            Self::Refused(status) => {
                status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS
            }
            Self::Unreachable(reason) => matches!(
                reason,
                FetchFailure::Network(_)
                    | FetchFailure::TimedOut
                    | FetchFailure::Resting
                    | FetchFailure::Busy
            ),
        }
    }

    /// Whether it was not asked for because an administrator blocked its host, or one on the way.
    pub const fn is_a_block(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(FetchFailure::Forbidden(Forbidden::Blocked(_)))
        )
    }
}

/// What holds for the requests of one fetch.
#[derive(Clone, Copy, Default)]
pub(super) struct FetchBounds<'a> {
    /// What each single one of them keeps to.
    pub(super) pace: Option<&'a Pace>,
    /// Whether none may lead out of the first URL's domain.
    pub(super) stays_in_domain: bool,
    /// The validator of the document that is known already.
    pub(super) known: Option<&'a HeaderValue>,
}

/// A document as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Where it was found after redirects, without fragment.
    pub url: Url,
    /// `Content-Type`, as sent; empty when there was none.
    pub media_type: String,
    /// `ETag`, the validator by which it is known again (RFC 9110, section 8.8.3).
    pub etag: Option<String>,
    /// The bytes, at most [`MAX_DOCUMENT`].
    pub body: Arc<[u8]>,
}

impl Document {
    /// The `id` of a JSON object. Two of them are as bad as none: readers would differ about which one counts.
    fn id(&self) -> Result<Url, FetchFailure> {
        #[derive(Deserialize)]
        struct Identified {
            id: String,
        }
        let document: Identified =
            serde_json::from_slice(&self.body).map_err(|error| FetchFailure::NoId(error.into()))?;
        Url::parse(&document.id).map_err(|error| FetchFailure::NoId(error.into()))
    }
}

impl Client {
    /// Reads one document. A fragment of `url` is left out. Takes at most the `timeout` of the settings,
    /// redirects included.
    pub async fn fetch(&self, url: &Url, accept: Accept) -> Result<Document, FetchError> {
        self.in_time(self.follow(url, accept, FetchBounds::default()))
            .await
    }

    /// The same of a page that strangers name: no redirect leads out of the domain, so that nobody aims us at a third party.
    pub async fn fetch_in_domain(&self, url: &Url) -> Result<Document, FetchError> {
        let bounds = FetchBounds {
            stays_in_domain: true,
            ..FetchBounds::default()
        };
        self.in_time(self.follow(url, Accept::Anything, bounds))
            .await
    }

    /// As [`fetch`](Self::fetch), unless it is still the document with this `ETag`: then `None`.
    pub async fn fetch_changed(
        &self,
        url: &Url,
        accept: Accept,
        etag: Option<&str>,
    ) -> Result<Option<Document>, FetchError> {
        let known = etag.and_then(|etag| HeaderValue::try_from(etag).ok());
        let bounds = FetchBounds {
            known: known.as_ref(),
            ..FetchBounds::default()
        };
        match self.in_time(self.follow(url, accept, bounds)).await {
            Err(FetchError::Refused(StatusCode::NOT_MODIFIED)) if known.is_some() => Ok(None),
            found => found.map(Some),
        }
    }

    /// Reads what stands at this very URL of a service that knows no ActivityPub: unsigned, and without following a
    /// redirect, because what stands elsewhere may be somebody else's word. A redirect is [`FetchError::Refused`]. With a
    /// `token` for its API, which goes to this URL alone. Besides `Retry-After` GitHub's own header for a spent rate limit
    /// is understood, also with 403 (<https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>).
    pub async fn fetch_here(
        &self,
        url: &Url,
        token: Option<&HeaderValue>,
    ) -> Result<Document, FetchError> {
        self.in_time(self.here(url, token, None)).await
    }

    /// The same, unless it is still the document with this `ETag`: then `None`.
    pub async fn fetch_here_changed(
        &self,
        url: &Url,
        token: Option<&HeaderValue>,
        etag: Option<&str>,
    ) -> Result<Option<Document>, FetchError> {
        let known = etag.and_then(|etag| HeaderValue::try_from(etag).ok());
        match self.in_time(self.here(url, token, known.as_ref())).await {
            Err(FetchError::Refused(StatusCode::NOT_MODIFIED)) if known.is_some() => Ok(None),
            found => found.map(Some),
        }
    }

    async fn here(
        &self,
        url: &Url,
        token: Option<&HeaderValue>,
        known: Option<&HeaderValue>,
    ) -> Result<Document, FetchError> {
        let url = without_fragment(url.clone());
        let route = self.may_speak_to(&url).map_err(FetchFailure::from)?;
        let mut request = self.connections(route).http.get(url.clone());
        request = request.header(ACCEPT, Accept::Anything.header());
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, token.clone());
        }
        if let Some(known) = known {
            request = request.header(IF_NONE_MATCH, known.clone());
        }
        let response = self.ask(&url, request).await?;
        let now = self.inner.clock.now();
        let (status, headers) = (response.status(), response.headers());
        if matches!(
            status,
            StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS
        ) && let Some(after) = retry_after(headers, now).or_else(|| limit_resets(headers, now))
        {
            return Err(FetchError::Later(status, after));
        }
        answer(url, response, Accept::Anything, now).await
    }

    /// Reads one ActivityPub object that stands where its `id` says: the `id` equals the final URL; or it has the
    /// same origin and a second fetch finds it there. Takes at most the `timeout` of the settings, the second
    /// fetch included. Other rooms read objects through `activitypub_federation` ([`super::middleware`]).
    pub(super) async fn fetch_object(
        &self,
        url: &Url,
        bounds: FetchBounds<'_>,
    ) -> Result<Document, FetchError> {
        self.in_time(self.object(url, bounds)).await
    }

    pub(super) async fn in_time(
        &self,
        fetch: impl Future<Output = Result<Document, FetchError>>,
    ) -> Result<Document, FetchError> {
        tokio::time::timeout(self.inner.timeout, fetch)
            .await
            .unwrap_or_else(|_elapsed| Err(FetchFailure::TimedOut.into()))
    }

    async fn object(&self, url: &Url, bounds: FetchBounds<'_>) -> Result<Document, FetchError> {
        let first = self.follow(url, Accept::Activity, bounds).await?;
        let id = first.id()?;
        if id == first.url {
            return Ok(first);
        }
        if id.origin() != first.url.origin() {
            return Err(FetchFailure::ForeignId.into());
        }
        let second = self.follow(&id, Accept::Activity, bounds).await?;
        if second.url != id || second.id()? != id {
            return Err(FetchFailure::ForeignId.into());
        }
        Ok(second)
    }

    pub(super) async fn follow(
        &self,
        url: &Url,
        accept: Accept,
        bounds: FetchBounds<'_>,
    ) -> Result<Document, FetchError> {
        let mut url = without_fragment(url.clone());
        let mut route = self.may_speak_to(&url).map_err(FetchFailure::from)?;
        let mut visited = Vec::new();
        loop {
            let response = self.get(&url, route, accept, bounds).await?;
            if !is_redirect(response.status()) {
                return answer(url, response, accept, self.inner.clock.now()).await;
            }
            let next = target(&url, &response)?;
            if bounds.stays_in_domain && counted_domain(&next) != counted_domain(&url) {
                return Err(FetchFailure::LeavesDomain.into());
            }
            let next_route = self.may_speak_to(&next).map_err(FetchFailure::from)?;
            visited.push(url);
            check_redirect(&visited, route, &next, next_route)?;
            (url, route) = (next, next_route);
        }
    }

    /// One hop: a signed GET, and after a 401 another one by the second signer.
    async fn get(
        &self,
        url: &Url,
        route: Route,
        accept: Accept,
        bounds: FetchBounds<'_>,
    ) -> Result<Response, FetchFailure> {
        let ask = async |mut headers: HeaderMap| {
            if let Some(known) = bounds.known {
                headers.insert(IF_NONE_MATCH, known.clone());
            }
            if let Some(pace) = bounds.pace {
                pace.keep(url).await?;
            }
            let request = self
                .connections(route)
                .http
                .get(url.clone())
                .headers(headers)
                .header(ACCEPT, accept.header());
            self.ask(url, request).await
        };
        let Some([first, second]) = self.signers() else {
            return ask(HeaderMap::new()).await;
        };
        let response = ask(self.signed_get(url, &first)?).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        ask(self.signed_get(url, &second)?).await
    }
}

const fn is_redirect(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT
    )
}

/// Whether a redirect may be followed, after all the URLs that were visited.
fn check_redirect(
    visited: &[Url],
    route: Route,
    next: &Url,
    next_route: Route,
) -> Result<(), FetchFailure> {
    if visited.contains(next) {
        return Err(FetchFailure::RedirectLoop);
    }
    if visited.len() > MAX_REDIRECTS {
        return Err(FetchFailure::TooManyRedirects);
    }
    // A stranger must not send us into the laboratory, nor from https to http.
    if route == Route::Public && next_route == Route::Laboratory {
        return Err(FetchFailure::Downgrade);
    }
    Ok(())
}

/// Where a redirect leads: an absolute or a relative `Location`.
fn target(url: &Url, response: &Response) -> Result<Url, FetchFailure> {
    let location = header(response, LOCATION).unwrap_or_default();
    if location.is_empty() {
        return Err(FetchFailure::NoTarget);
    }
    url.join(location)
        .map(without_fragment)
        .map_err(FetchFailure::BadTarget)
}

async fn answer(
    url: Url,
    response: Response,
    accept: Accept,
    now: Millis,
) -> Result<Document, FetchError> {
    match response.status() {
        StatusCode::GONE => return Err(FetchError::Gone),
        StatusCode::NOT_FOUND => return Err(FetchError::Missing),
        status @ (StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) => {
            let later = retry_after(response.headers(), now);
            let later = later.map(|after| FetchError::Later(status, after));
            return Err(later.unwrap_or(FetchError::Refused(status)));
        }
        status if !status.is_success() => return Err(FetchError::Refused(status)),
        _found => (),
    }
    let media_type = header(&response, CONTENT_TYPE)
        .unwrap_or_default()
        .to_owned();
    if !accept.takes(&media_type) {
        return Err(
            FetchFailure::MediaType(media_type.chars().take(MAX_MEDIA_TYPE).collect()).into(),
        );
    }
    // The client has taken off the gzip that it offered, and the header with it.
    let encoding = header(&response, CONTENT_ENCODING);
    if encoding.is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
        return Err(FetchFailure::Encoding.into());
    }
    let etag = header(&response, ETAG).map(str::to_owned);
    Ok(Document {
        url,
        media_type,
        etag,
        body: body(response).await?.into(),
    })
}

/// U+FEFF in UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The body, without a byte order mark, counted as it comes out of the decompression: a decompression bomb is dropped, not unpacked.
pub(super) async fn body(mut response: Response) -> Result<Vec<u8>, FetchFailure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_DOCUMENT {
            return Err(FetchFailure::TooBig);
        }
        body.extend_from_slice(&chunk);
    }
    // A byte order mark is no JSON (RFC 8259, section 8.1, lets a reader ignore it), and some servers write one.
    if body.starts_with(BYTE_ORDER_MARK) {
        body.drain(..BYTE_ORDER_MARK.len());
    }
    Ok(body)
}

/// A header's value; `None` also when it is not ASCII, or is there twice (readers would differ).
fn header(response: &Response, name: http::HeaderName) -> Option<&str> {
    let mut values = response.headers().get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

fn without_fragment(mut url: Url) -> Url {
    url.set_fragment(None);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_goes_neither_from_the_internet_into_the_laboratory_nor_too_far() {
        use Route::{Laboratory, Public};
        let url = |n: usize| Url::parse(&format!("https://m.example/{n}")).unwrap();
        let check = |n_visited, route, next, next_route, expected: &str| {
            let visited: Vec<Url> = (0..n_visited).map(url).collect();
            let result = check_redirect(&visited, route, &url(next), next_route);
            assert_eq!(format!("{result:?}"), expected);
        };
        check(1, Public, 9, Public, "Ok(())");
        check(1, Laboratory, 9, Laboratory, "Ok(())");
        check(1, Laboratory, 9, Public, "Ok(())");
        check(1, Public, 9, Laboratory, "Err(Downgrade)");
        check(3, Public, 9, Public, "Ok(())");
        check(4, Public, 9, Public, "Err(TooManyRedirects)");
        check(3, Public, 0, Public, "Err(RedirectLoop)");
    }
}
