//! HTTP Message Signatures (RFC 9421) in Mastodon's profile, both directions.
//!
//! There is exactly one signature. It covers the method, the destination and the digest of the body, and
//! names the key and the time. `@target-uri` alone covers the destination; `@authority` with
//! `@request-target`, or with `@path` and `@query`, covers all but the scheme, of which we have one. All
//! values are computed from our own address and the target as received, never from headers about our address:
//! behind a proxy only we know that the scheme is `https`.
//!
//! Anything unknown is refused, because it could change what was signed: other derived components, parameters
//! of components (`;sf`, `;key`, `;bs`, `;req`, `;tr`), parameters of the signature that RFC 9421 does not
//! define, and other spellings than the canonical one of RFC 9651, including every repetition.

mod components;
mod fields;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{ACCEPT, CONTENT_TYPE, DATE, HOST},
};

use self::{
    components::{Component, signature_base},
    fields::{Input, read_signature, write_parameters},
};
use super::{
    Outgoing, Received, Refusal, SignError, Signer, UnverifiedSignature, authority, digest,
    request::{
        ACTIVITY_JSON, check_host, check_signed_date, check_target, needs_digest, sole, target_of,
    },
    validity,
};
use crate::clock::Millis;

const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");
const SIGNATURE: HeaderName = HeaderName::from_static("signature");
const SIGNATURE_INPUT: HeaderName = HeaderName::from_static("signature-input");

/// The label of our one signature.
const LABEL: &str = "sig1";

/// Signs `("@method" "@target-uri" "content-digest")`, and `accept` if it is set.
pub(super) fn sign(
    signer: &Signer,
    request: &Outgoing<'_>,
    now: Millis,
) -> Result<HeaderMap, SignError> {
    let host = authority(request.url).ok_or_else(|| SignError::NoHost(request.url.clone()))?;
    let created = validity::seconds(now)?;
    let origin = format!("{}://{host}", request.url.scheme());
    let mut headers = HeaderMap::new();
    headers.insert(HOST, HeaderValue::try_from(host)?);
    let mut components = vec![Component::Method, Component::TargetUri];
    if let Some(body) = request.body {
        let digest = HeaderValue::try_from(body.content_header())?;
        headers.insert(CONTENT_DIGEST, digest);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(ACTIVITY_JSON));
        components.push(Component::Header(CONTENT_DIGEST));
    }
    if let Some(accept) = request.accept {
        headers.insert(ACCEPT, HeaderValue::try_from(accept.trim())?);
        components.push(Component::Header(ACCEPT));
    }

    let parameters = write_parameters(&components, created, &signer.key_id);
    let sent = Received {
        method: request.method,
        target: &target_of(request.url),
        headers: &headers,
        body: &[],
    };
    let base = signature_base(&components, &parameters, &sent, &origin)?;
    let signature = signer.key.sign_rsa_sha256(base.as_bytes());
    let signature = STANDARD.encode(signature.map_err(SignError::Arithmetic)?);
    let input = HeaderValue::try_from(format!("{LABEL}={parameters}"))?;
    headers.insert(SIGNATURE_INPUT, input);
    let signature = HeaderValue::try_from(format!("{LABEL}=:{signature}:"))?;
    headers.insert(SIGNATURE, signature);
    Ok(headers)
}

/// All checks that need no key, the cheap ones first.
pub(super) fn inspect(
    request: &Received<'_>,
    our_origin: &str,
    now: Millis,
) -> Result<UnverifiedSignature, Refusal> {
    let input = sole(request.headers, &SIGNATURE_INPUT)?.ok_or(Refusal::Missing)?;
    let input = Input::parse(input)?;
    let signature = sole(request.headers, &SIGNATURE)?.ok_or(Refusal::Missing)?;
    let signature = read_signature(signature, &input.label)?;
    check_coverage(request, &input.components)?;
    check_target(request.target)?;
    check_host(request.headers, our_origin)?;
    let signed_at = check_times(request, &input, now)?;
    match sole(request.headers, &CONTENT_DIGEST)? {
        Some(digest) => digest::check_content(digest, request.body)?,
        None if needs_digest(request) => return Err(Refusal::DigestMissing),
        None => (),
    }
    let base = signature_base(&input.components, &input.parameters, request, our_origin)?;
    Ok(UnverifiedSignature {
        message: base.into_bytes(),
        signature,
        covered: input
            .components
            .iter()
            .filter_map(Component::header)
            .collect(),
        signed_at,
        key_id: input.key_id,
    })
}

/// The signature must cover method, host and the whole target, and the digest wherever there is or may be a
/// body. An unsigned part could be moved from one request to another.
fn check_coverage(request: &Received<'_>, components: &[Component]) -> Result<(), Refusal> {
    let all = |wanted: &[Component]| {
        wanted
            .iter()
            .all(|component| components.contains(component))
    };
    if !all(&[Component::Method]) {
        return Err(Refusal::NotSigned("@method"));
    }
    let says_where = all(&[Component::TargetUri])
        || all(&[Component::Authority, Component::RequestTarget])
        || all(&[Component::Authority, Component::Path, Component::Query]);
    if !says_where {
        return Err(Refusal::NotSigned("@target-uri"));
    }
    if needs_digest(request) && !all(&[Component::Header(CONTENT_DIGEST)]) {
        return Err(Refusal::NotSigned("content-digest"));
    }
    Ok(())
}

/// The same window as for the older scheme; a signed `Date` must be within it too. The earlier one is returned.
fn check_times(request: &Received<'_>, input: &Input, now: Millis) -> Result<Millis, Refusal> {
    let created = validity::from_seconds(input.created);
    validity::check_signed_at(created, now)?;
    if let Some(expires) = input.expires {
        validity::check_expires(validity::from_seconds(expires), now)?;
    }
    if input.components.contains(&Component::Header(DATE)) {
        return Ok(created.min(check_signed_date(request.headers, now)?));
    }
    Ok(created)
}

#[cfg(test)]
mod tests;
