//! draft-cavage-http-signatures-12, both directions.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{ACCEPT, CONTENT_TYPE, DATE, HOST},
};

use super::{
    Outgoing, Received, Refusal, SignError, Signer, UnverifiedSignature, authority, digest,
    parameters::Parameters,
    request::{
        ACTIVITY_JSON, MAX_SIGNED, check_host, check_signed_date, check_target, header_name,
        needs_digest, signed_value, sole, target_of,
    },
    validity,
};
use crate::clock::Millis;

const DIGEST: HeaderName = HeaderName::from_static("digest");
const SIGNATURE: HeaderName = HeaderName::from_static("signature");

const TARGET: &str = "(request-target)";
const CREATED: &str = "(created)";
const EXPIRES: &str = "(expires)";

/// Signs in the form that every server accepts: RSA-SHA256 with a signed `Date`.
pub(super) fn sign(
    signer: &Signer,
    request: &Outgoing<'_>,
    now: Millis,
) -> Result<HeaderMap, SignError> {
    let host = authority(request.url).ok_or_else(|| SignError::NoHost(request.url.clone()))?;
    let mut covered = vec![(HOST, host), (DATE, validity::http_date(now)?)];
    if let Some(body) = request.body {
        covered.push((DIGEST, body.header()));
        covered.push((CONTENT_TYPE, ACTIVITY_JSON.to_owned()));
    }
    if let Some(accept) = request.accept {
        covered.push((ACCEPT, accept.trim().to_owned()));
    }

    let target = request_target(request.method, &target_of(request.url));
    let mut names = vec![TARGET.to_owned()];
    let mut lines = vec![format!("{TARGET}: {target}")];
    let mut headers = HeaderMap::new();
    for (name, value) in covered {
        names.push(name.to_string());
        headers.insert(name.clone(), HeaderValue::try_from(value)?);
        lines.push(format!("{name}: {}", signed_value(&headers, &name)?));
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

/// Method and target in the form in which they are signed.
fn request_target(method: &Method, target: &str) -> String {
    format!("{} {target}", method.as_str().to_ascii_lowercase())
}

/// All checks that need no key, the cheap ones first.
pub(super) fn inspect(
    request: &Received<'_>,
    our_origin: &str,
    now: Millis,
) -> Result<UnverifiedSignature, Refusal> {
    let header = sole(request.headers, &SIGNATURE)?.ok_or(Refusal::Missing)?;
    let parameters = Parameters::parse(header)?;
    let signed = Signed::parse(&parameters)?;
    check_coverage(request, &signed)?;
    check_target(request.target)?;
    check_host(request.headers, our_origin)?;
    let signed_at = check_times(request, &parameters, &signed, now)?;
    match sole(request.headers, &DIGEST)? {
        Some(digest) => digest::check(digest, request.body)?,
        None if needs_digest(request) => return Err(Refusal::DigestMissing),
        None => (),
    }
    Ok(UnverifiedSignature {
        message: signing_string(request, &signed)?.into_bytes(),
        signature: STANDARD.decode(&parameters.signature)?,
        covered: signed.headers(),
        signed_at,
        key_id: parameters.key_id,
    })
}

/// One entry of the list of signed parts; times are in seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Target,
    Created(i64),
    Expires(i64),
    Header(HeaderName),
}

/// The parts that a signature covers, in its order, each once.
#[derive(Clone, Debug)]
struct Signed(Vec<Part>);

impl Signed {
    /// Reads the parameter `headers`: lower case, separated by single blanks.
    fn parse(parameters: &Parameters) -> Result<Self, Refusal> {
        let algorithm = parameters.algorithm.as_deref();
        if !matches!(algorithm, None | Some("rsa-sha256" | "hs2019")) {
            return Err(Refusal::Algorithm(algorithm.unwrap_or_default().to_owned()));
        }
        // Without a list only a time would be signed.
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
            .any(|part| matches!(part, Part::Header(header) if header == name))
    }

    fn headers(&self) -> Vec<HeaderName> {
        let header = |part: &Part| match part {
            Part::Header(name) => Some(name.clone()),
            Part::Target | Part::Created(_) | Part::Expires(_) => None,
        };
        self.0.iter().filter_map(header).collect()
    }

    fn created(&self) -> Option<i64> {
        self.0.iter().find_map(|part| match part {
            Part::Created(seconds) => Some(*seconds),
            Part::Target | Part::Expires(_) | Part::Header(_) => None,
        })
    }
}

impl Part {
    fn parse(name: &str, parameters: &Parameters) -> Result<Self, Refusal> {
        // The draft forbids these times with the older algorithm names; nobody sends them without an
        // algorithm.
        if matches!(name, CREATED | EXPIRES) && parameters.algorithm.as_deref() != Some("hs2019") {
            return Err(Refusal::Algorithm(
                parameters.algorithm.clone().unwrap_or_default(),
            ));
        }
        match name {
            TARGET => Ok(Self::Target),
            CREATED => {
                let created = parameters.created.map(Self::Created);
                created.ok_or(Refusal::BadDate(CREATED))
            }
            EXPIRES => {
                let expires = parameters.expires.map(Self::Expires);
                expires.ok_or(Refusal::BadDate(EXPIRES))
            }
            name => header_name(name).map(Self::Header),
        }
    }
}

/// The signature must cover target, host and a time, and the digest wherever there is or may be a body. An
/// unsigned part could be moved from one request to another.
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

/// Every signed time must be within the window; the earliest is returned. An expiry counts even unsigned, because it
/// can only refuse.
fn check_times(
    request: &Received<'_>,
    parameters: &Parameters,
    signed: &Signed,
    now: Millis,
) -> Result<Millis, Refusal> {
    let mut times = Vec::new();
    if signed.has(&DATE) {
        times.push(check_signed_date(request.headers, now)?);
    }
    if let Some(created) = signed.created().map(validity::from_seconds) {
        validity::check_signed_at(created, now)?;
        times.push(created);
    }
    if let Some(expires) = parameters.expires {
        validity::check_expires(validity::from_seconds(expires), now)?;
    }
    times.into_iter().min().ok_or(Refusal::NotSigned("date"))
}

/// The signing string: one line for each part. A header that occurs several times is joined.
fn signing_string(request: &Received<'_>, signed: &Signed) -> Result<String, Refusal> {
    let mut lines = Vec::with_capacity(signed.0.len());
    for part in &signed.0 {
        lines.push(match part {
            Part::Target => {
                let target = request_target(request.method, request.target);
                format!("{TARGET}: {target}")
            }
            Part::Created(seconds) => format!("{CREATED}: {seconds}"),
            Part::Expires(seconds) => format!("{EXPIRES}: {seconds}"),
            Part::Header(name) => format!("{name}: {}", signed_value(request.headers, name)?),
        });
    }
    Ok(lines.join("\n"))
}

#[cfg(test)]
mod tests;
