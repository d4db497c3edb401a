//! draft-cavage-http-signatures-12, both directions, as strict as F-142 and F-231 ask.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{ACCEPT, CONTENT_TYPE, DATE, HOST},
};

use super::{
    Claim, Outgoing, Received, Refusal, Scheme, SignError, Signer, authority, digest,
    parameters::{Parameters, is_quotable},
    sole, window,
};
use crate::clock::Millis;

const DIGEST: HeaderName = HeaderName::from_static("digest");
const SIGNATURE: HeaderName = HeaderName::from_static("signature");

const TARGET: &str = "(request-target)";
const CREATED: &str = "(created)";
const EXPIRES: &str = "(expires)";

/// The one type that every inbox takes (F-152).
const ACTIVITY_JSON: &str = "application/activity+json";

/// How many names the list of what is signed may have; others send five.
const MAX_SIGNED: usize = 32;

/// Signs as every server accepts it: RSA-SHA256 with a signed `Date` (F-140, F-141, F-144, F-150).
pub(super) fn sign(
    signer: &Signer,
    request: &Outgoing<'_>,
    now: Millis,
) -> Result<HeaderMap, SignError> {
    if !is_quotable(&signer.key_id) {
        return Err(SignError::KeyId(signer.key_id.clone()));
    }
    let host = authority(request.url).ok_or_else(|| SignError::NoHost(request.url.clone()))?;
    let mut covered = vec![(HOST, host), (DATE, window::http_date(now)?)];
    if let Some(body) = request.body {
        covered.push((DIGEST, digest::header(body)));
        covered.push((CONTENT_TYPE, ACTIVITY_JSON.to_owned()));
    }
    if let Some(accept) = request.accept {
        covered.push((ACCEPT, accept.trim().to_owned()));
    }

    let target = request_target(request.method, &target(request));
    let mut names = vec![TARGET.to_owned()];
    let mut lines = vec![format!("{TARGET}: {target}")];
    let mut headers = HeaderMap::new();
    for (name, value) in covered {
        names.push(name.to_string());
        lines.push(format!("{name}: {value}"));
        headers.insert(name, HeaderValue::try_from(value)?);
    }
    let signature = signer.key.sign_rsa_sha256(lines.join("\n").as_bytes());
    let parameters = Parameters {
        key_id: signer.key_id.clone(),
        algorithm: Some("rsa-sha256".to_owned()),
        headers: Some(names.join(" ")),
        created: None,
        expires: None,
        signature: STANDARD.encode(signature.map_err(SignError::Arithmetic)?),
    };
    headers.insert(SIGNATURE, HeaderValue::try_from(parameters.to_header())?);
    Ok(headers)
}

fn target(request: &Outgoing<'_>) -> String {
    let path = request.url.path();
    request
        .url
        .query()
        .map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"))
}

/// Method and target as they are signed (F-143).
fn request_target(method: &Method, target: &str) -> String {
    format!("{} {target}", method.as_str().to_ascii_lowercase())
}

/// All checks that need no key; the cheap ones come first.
pub(super) fn inspect(
    request: &Received<'_>,
    our_authority: &str,
    now: Millis,
) -> Result<Claim, Refusal> {
    let header = sole(request.headers, &SIGNATURE)?.ok_or(Refusal::Missing)?;
    let parameters = Parameters::parse(header)?;
    let signed = Signed::parse(&parameters)?;
    check_coverage(request, &signed)?;
    check_target(request.target)?;
    let host = sole(request.headers, &HOST)?.ok_or(Refusal::Absent(HOST))?;
    if !host.eq_ignore_ascii_case(our_authority) {
        return Err(Refusal::WrongHost);
    }
    check_times(request, &parameters, &signed, now)?;
    match sole(request.headers, &DIGEST)? {
        Some(digest) => digest::check(digest, request.body)?,
        None if needs_digest(request) => return Err(Refusal::DigestMissing),
        None => (),
    }
    Ok(Claim {
        message: signing_string(request, &signed)?,
        signature: STANDARD.decode(&parameters.signature)?,
        key_id: parameters.key_id,
        scheme: Scheme::Cavage,
    })
}

/// One entry of the list of what is signed; times are in seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Target,
    Created(i64),
    Expires(i64),
    Header(HeaderName),
}

/// What a signature says that it covers, in its order, each once.
#[derive(Clone, Debug)]
struct Signed(Vec<Part>);

impl Signed {
    /// Reads the parameter `headers`, lower case with single blanks (F-142).
    fn parse(parameters: &Parameters) -> Result<Self, Refusal> {
        let algorithm = parameters.algorithm.as_deref();
        if !matches!(algorithm, None | Some("rsa-sha256" | "hs2019")) {
            return Err(Refusal::Algorithm(algorithm.unwrap_or_default().to_owned()));
        }
        // Without a list nothing but a time would be signed.
        let list = parameters
            .headers
            .as_deref()
            .ok_or(Refusal::NotSigned(TARGET))?;
        let mut parts = Vec::new();
        for name in list.split(' ') {
            let part = Part::parse(name, parameters)?;
            if parts.contains(&part) {
                return Err(Refusal::Duplicate(name.to_owned()));
            }
            if parts.len() == MAX_SIGNED {
                return Err(Refusal::Malformed("the list of signed headers is too long"));
            }
            parts.push(part);
        }
        Ok(Self(parts))
    }

    fn has(&self, name: &HeaderName) -> bool {
        self.0
            .iter()
            .any(|it| matches!(it, Part::Header(header) if header == name))
    }

    fn created(&self) -> Option<i64> {
        self.0.iter().find_map(|it| match it {
            Part::Created(seconds) => Some(*seconds),
            Part::Target | Part::Expires(_) | Part::Header(_) => None,
        })
    }
}

impl Part {
    fn parse(name: &str, parameters: &Parameters) -> Result<Self, Refusal> {
        // The draft forbids its times with the older names of algorithms; nobody sends them without
        // a name.
        if matches!(name, CREATED | EXPIRES) && parameters.algorithm.as_deref() != Some("hs2019") {
            return Err(Refusal::Algorithm(
                parameters.algorithm.clone().unwrap_or_default(),
            ));
        }
        match name {
            TARGET => return Ok(Self::Target),
            CREATED => {
                return parameters
                    .created
                    .map(Self::Created)
                    .ok_or(Refusal::BadDate(CREATED));
            }
            EXPIRES => {
                return parameters
                    .expires
                    .map(Self::Expires)
                    .ok_or(Refusal::BadDate(EXPIRES));
            }
            _ => (),
        }
        // `HeaderName` would forgive capitals.
        let is_lower = !name.bytes().any(|it| it.is_ascii_uppercase());
        let header = HeaderName::from_bytes(name.as_bytes())
            .ok()
            .filter(|_| is_lower);
        header
            .map(Self::Header)
            .ok_or(Refusal::Malformed("what is signed has an unknown name"))
    }
}

/// Target, host and a time must be signed, and the digest wherever there is or may be a body
/// (F-231): what is not signed can be taken from one request and put on another.
fn check_coverage(request: &Received<'_>, signed: &Signed) -> Result<(), Refusal> {
    if !signed.0.contains(&Part::Target) {
        return Err(Refusal::NotSigned(TARGET));
    }
    if !signed.has(&HOST) {
        return Err(Refusal::NotSigned("host"));
    }
    if !signed.has(&DATE) && signed.created().is_none() {
        return Err(Refusal::NotSigned("date"));
    }
    if needs_digest(request) && !signed.has(&DIGEST) {
        return Err(Refusal::NotSigned("digest"));
    }
    Ok(())
}

fn needs_digest(request: &Received<'_>) -> bool {
    !matches!(*request.method, Method::GET | Method::HEAD) || !request.body.is_empty()
}

/// A target with blanks or line ends could pretend to be other lines of what is signed.
fn check_target(target: &str) -> Result<(), Refusal> {
    if target.starts_with('/') && target.bytes().all(|it| it.is_ascii_graphic()) {
        Ok(())
    } else {
        Err(Refusal::Malformed("the target of the request is no path"))
    }
}

/// Every signed time must be near; an expiry counts even unsigned, because it can only refuse.
fn check_times(
    request: &Received<'_>,
    parameters: &Parameters,
    signed: &Signed,
    now: Millis,
) -> Result<(), Refusal> {
    if signed.has(&DATE) {
        let date = sole(request.headers, &DATE)?.ok_or(Refusal::Absent(DATE))?;
        let date = window::parse_http_date(date).ok_or(Refusal::BadDate("date"))?;
        window::check_signed_at(date, now)?;
    }
    if let Some(created) = signed.created() {
        window::check_signed_at(window::from_seconds(created), now)?;
    }
    if let Some(expires) = parameters.expires {
        window::check_expires(window::from_seconds(expires), now)?;
    }
    Ok(())
}

/// The bytes that were signed: one line for each part. Header values may be any bytes but line
/// ends, and a header that comes several times is joined.
fn signing_string(request: &Received<'_>, signed: &Signed) -> Result<Vec<u8>, Refusal> {
    let mut lines: Vec<Vec<u8>> = Vec::with_capacity(signed.0.len());
    for part in &signed.0 {
        let (name, value) = match part {
            Part::Target => (
                TARGET,
                request_target(request.method, request.target).into_bytes(),
            ),
            Part::Created(seconds) => (CREATED, seconds.to_string().into_bytes()),
            Part::Expires(seconds) => (EXPIRES, seconds.to_string().into_bytes()),
            Part::Header(name) => {
                let values = request.headers.get_all(name);
                let values: Vec<&[u8]> =
                    values.iter().map(|it| it.as_bytes().trim_ascii()).collect();
                if values.is_empty() {
                    return Err(Refusal::Absent(name.clone()));
                }
                (name.as_str(), values.join(b", ".as_slice()))
            }
        };
        lines.push([name.as_bytes(), b": ", &value].concat());
    }
    Ok(lines.join(b"\n".as_slice()))
}

#[cfg(test)]
mod tests;
