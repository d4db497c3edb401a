//! Checks that both schemes share: limits, coverage, target, host and dates.

use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{DATE, HOST},
};
use url::Url;

use super::{Received, Refusal, validity};
use crate::clock::Millis;

/// The media type that every inbox accepts.
pub(super) const ACTIVITY_JSON: &str = "application/activity+json";

/// The longest header with a signature that is read, in bytes; the signature of an 8192-bit key needs 1400.
pub(super) const MAX_HEADER: usize = 8 * 1024;

/// Most names in the list of signed parts; other servers send five.
pub(super) const MAX_SIGNED: usize = 32;

/// The longest signed text, in bytes; other servers sign about 400. The headers in it are stored as evidence,
/// so this bounds their size too.
pub(super) const MAX_MESSAGE: usize = 16 * 1024;

/// Optional white space in HTTP.
pub(super) const BLANKS: [char; 2] = [' ', '\t'];

/// The value of a header that must occur once, without surrounding blanks.
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

/// The value of a header as it is signed; repeated headers are joined.
pub(super) fn signed_value(headers: &HeaderMap, name: &HeaderName) -> Result<String, Refusal> {
    let values: Result<Vec<_>, _> = headers.get_all(name).iter().map(ascii).collect();
    let values = values?;
    if values.is_empty() {
        return Err(Refusal::Absent(name.clone()));
    }
    Ok(values.join(", "))
}

/// The text of a value without surrounding blanks. Values outside ASCII are refused, because readers decode
/// them differently.
fn ascii(value: &HeaderValue) -> Result<&str, Refusal> {
    let text = value.to_str().ok().map(|text| text.trim_matches(BLANKS));
    let foreign = Refusal::Malformed("a header that matters has bytes outside ASCII");
    text.ok_or(foreign)
}

/// A name in a list of signed parts. It must be lower-case; `HeaderName` alone would accept capitals.
pub(super) fn header_name(name: &str) -> Result<HeaderName, Refusal> {
    let is_lower = !name.bytes().any(|byte| byte.is_ascii_uppercase());
    let header = HeaderName::from_bytes(name.as_bytes()).ok();
    let unknown = Refusal::Malformed("what is signed has an unknown name");
    header.filter(|_| is_lower).ok_or(unknown)
}

/// Whether there is or may be a body, so that its digest has to be signed.
pub(super) fn needs_digest(request: &Received<'_>) -> bool {
    !matches!(*request.method, Method::GET | Method::HEAD) || !request.body.is_empty()
}

/// A target with blanks or line ends could imitate other lines of the signed text.
pub(super) fn check_target(target: &str) -> Result<(), Refusal> {
    if target.starts_with('/') && target.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(())
    } else {
        Err(Refusal::Malformed("the target of the request is no path"))
    }
}

/// The request must name us as its host, exactly once.
pub(super) fn check_host(headers: &HeaderMap, our_origin: &str) -> Result<(), Refusal> {
    let host = sole(headers, &HOST)?.ok_or(Refusal::Absent(HOST))?;
    if is_our_host(host, our_origin) {
        Ok(())
    } else {
        Err(Refusal::WrongHost)
    }
}

/// Whether a `Host` header names the host of `our_origin`. Case does not matter (RFC 3986, section 3.2.2), a trailing dot
/// is the root of the DNS, and the scheme's default port may be given.
fn is_our_host(host: &str, our_origin: &str) -> bool {
    let (scheme, ours) = our_origin
        .split_once("://")
        .unwrap_or(("https", our_origin));
    let default_port = if scheme == "http" { ":80" } else { ":443" };
    let host = host.strip_suffix(default_port).unwrap_or(host);
    let host = host.strip_suffix('.').unwrap_or(host);
    host.eq_ignore_ascii_case(ours)
}

/// A signed `Date` must be within the window; it is returned.
pub(super) fn check_signed_date(headers: &HeaderMap, now: Millis) -> Result<Millis, Refusal> {
    let date = sole(headers, &DATE)?.ok_or(Refusal::Absent(DATE))?;
    let date = validity::parse_http_date(date).ok_or(Refusal::BadDate("date"))?;
    validity::check_signed_at(date, now)?;
    Ok(date)
}

/// Host and port of an origin.
pub(super) fn authority_of(origin: &str) -> &str {
    origin
        .split_once("://")
        .map_or(origin, |(_, authority)| authority)
}

/// Path and query of a URL, in the form of the request line.
pub(super) fn target_of(url: &Url) -> String {
    let path = url.path();
    url.query()
        .map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"))
}
