//! What both schemes look at in a request: limits, coverage, target, host and dates.

use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{DATE, HOST},
};
use url::Url;

use super::{Received, Refusal, validity};
use crate::clock::Millis;

/// The one type that every inbox takes (F-152).
pub(super) const ACTIVITY_JSON: &str = "application/activity+json";

/// The longest header with a signature that is read, in bytes: the signature of an 8192-bit key
/// takes 1400.
pub(super) const MAX_HEADER: usize = 8 * 1024;

/// How many names the list of what is signed may have; others send five.
pub(super) const MAX_SIGNED: usize = 32;

/// The longest text that is signed, in bytes; others sign some 400. The headers in it are kept as
/// evidence, so it bounds that, too.
pub(super) const MAX_MESSAGE: usize = 16 * 1024;

/// What HTTP calls optional white space.
pub(super) const BLANKS: [char; 2] = [' ', '\t'];

/// The value of a header that must not come twice, without surrounding blanks.
pub(super) fn sole<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'a str>, Refusal> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Refusal::Repeated(name.clone()));
    }
    Ok(Some(ascii(value)?))
}

/// The value of a header as it is signed; one that comes several times is joined.
pub(super) fn signed_value(headers: &HeaderMap, name: &HeaderName) -> Result<String, Refusal> {
    let values: Result<Vec<_>, _> = headers.get_all(name).iter().map(ascii).collect();
    let values = values?;
    if values.is_empty() {
        return Err(Refusal::Absent(name.clone()));
    }
    Ok(values.join(", "))
}

/// The text of a value without surrounding blanks. Other bytes are read by everybody in their own way.
fn ascii(value: &HeaderValue) -> Result<&str, Refusal> {
    let text = value.to_str().ok().map(|text| text.trim_matches(BLANKS));
    let foreign = Refusal::Malformed("a header that matters has bytes outside ASCII");
    text.ok_or(foreign)
}

/// A name in a list of what is signed, which is written in lower case; `HeaderName` would forgive capitals.
pub(super) fn header_name(name: &str) -> Result<HeaderName, Refusal> {
    let is_lower = !name.bytes().any(|byte| byte.is_ascii_uppercase());
    let header = HeaderName::from_bytes(name.as_bytes()).ok();
    let unknown = Refusal::Malformed("what is signed has an unknown name");
    header.filter(|_| is_lower).ok_or(unknown)
}

/// Whether there is or may be a body, so that its digest has to be signed (F-231).
pub(super) fn needs_digest(request: &Received<'_>) -> bool {
    !matches!(*request.method, Method::GET | Method::HEAD) || !request.body.is_empty()
}

/// A target with blanks or line ends could pretend to be other lines of what is signed.
pub(super) fn check_target(target: &str) -> Result<(), Refusal> {
    if target.starts_with('/') && target.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(())
    } else {
        Err(Refusal::Malformed("the target of the request is no path"))
    }
}

/// The request names us as its host, once (F-231).
pub(super) fn check_host(headers: &HeaderMap, our_origin: &str) -> Result<(), Refusal> {
    let host = sole(headers, &HOST)?.ok_or(Refusal::Absent(HOST))?;
    if host.eq_ignore_ascii_case(authority_of(our_origin)) {
        Ok(())
    } else {
        Err(Refusal::WrongHost)
    }
}

/// A `Date` that is signed must be near (F-232).
pub(super) fn check_signed_date(headers: &HeaderMap, now: Millis) -> Result<(), Refusal> {
    let date = sole(headers, &DATE)?.ok_or(Refusal::Absent(DATE))?;
    let date = validity::parse_http_date(date).ok_or(Refusal::BadDate("date"))?;
    validity::check_signed_at(date, now)
}

/// Host and port of an origin.
pub(super) fn authority_of(origin: &str) -> &str {
    origin
        .split_once("://")
        .map_or(origin, |(_, authority)| authority)
}

/// Path and query of a URL of ours, as they go on the request line.
pub(super) fn target_of(url: &Url) -> String {
    let path = url.path();
    url.query()
        .map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"))
}
