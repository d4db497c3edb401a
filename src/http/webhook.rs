//! What webhooks of forges have in common: a body that is signed by a shared secret (HMAC with SHA-256, RFC 2104).

use aws_lc_rs::hmac;
use axum::{
    body::Body,
    http::{
        HeaderMap, StatusCode,
        header::{CONTENT_TYPE, HeaderName},
    },
};
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use crate::federation::{
    App,
    client_ip::Caller,
    held_bodies::{HeldBody, NotRead},
};

/// Header with GitHub's signature.
/// <https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries>
const OF_GITHUB: HeaderName = HeaderName::from_static("x-hub-signature-256");

/// Headers with signatures, and what stands before their hexadecimal digits. Forgejo and Gitea send their own besides
/// GitHub's. <https://forgejo.org/docs/latest/user/webhooks/>
const OF_FORGES: [(HeaderName, &str); 3] = [
    (OF_GITHUB, "sha256="),
    (HeaderName::from_static("x-forgejo-signature"), ""),
    (HeaderName::from_static("x-gitea-signature"), ""),
];

/// The secret that a forge signs with.
#[derive(Debug)]
pub(super) struct WebhookKey(hmac::Key);

impl WebhookKey {
    pub(super) fn new(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// Whether the signature of the header is that of the body, compared in constant time.
    fn has_signed(&self, signature: &[u8], body: &[u8]) -> bool {
        hmac::verify(&self.0, body, signature).is_ok()
    }
}

/// The signature of GitHub in the headers: `sha256=` and 64 hexadecimal digits, once.
pub(super) fn github_signature(headers: &HeaderMap) -> Option<Vec<u8>> {
    digits(headers, &OF_GITHUB, "sha256=")
}

/// The signature in the headers by any of the forges: the first that is there, in a fixed order.
pub(super) fn forge_signature(headers: &HeaderMap) -> Option<Vec<u8>> {
    let mut known = OF_FORGES.into_iter();
    let (name, prefix) = known.find(|(name, _)| headers.contains_key(name))?;
    digits(headers, &name, prefix)
}

/// The bytes of a header that has this prefix and 64 hexadecimal digits, and is there once.
fn digits(headers: &HeaderMap, name: &HeaderName, prefix: &str) -> Option<Vec<u8>> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    let digits = value.strip_prefix(prefix)?.as_bytes();
    if values.next().is_some() || digits.len() != 64 {
        return None;
    }
    digits
        .chunks(2)
        .map(|pair| {
            let pair = std::str::from_utf8(pair).ok()?;
            let is_hex = pair.bytes().all(|digit| digit.is_ascii_hexdigit());
            u8::from_str_radix(pair, 16).ok().filter(|_| is_hex)
        })
        .collect()
}

/// The body of a request, if this key signed it: at most as large as every request, and nothing of it is read before.
///
/// # Errors
/// The status to answer with: 401 without the right signature.
pub(super) async fn signed_body<'a>(
    app: &'a App,
    caller: Caller,
    (signature, key): (Option<Vec<u8>>, &WebhookKey),
    body: Body,
) -> Result<HeldBody<'a>, StatusCode> {
    // Nobody holds memory here without at least pretending.
    let signature = signature.ok_or(StatusCode::UNAUTHORIZED)?;
    let limit = app.config.server.max_body.as_len();
    let held = app.held_bodies.read(body, limit, caller).await;
    let held = held.map_err(|why| match why {
        NotRead::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        NotRead::TooSlow => StatusCode::REQUEST_TIMEOUT,
        NotRead::Broken(_) => StatusCode::BAD_REQUEST,
        NotRead::NoRoom => StatusCode::SERVICE_UNAVAILABLE,
    })?;
    if key.has_signed(&signature, held.bytes()) {
        Ok(held)
    } else {
        Err(StatusCode::UNAUTHORIZED)
    }
}

/// What a body says, in either of the two content types that forges offer.
pub(super) fn payload<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Option<T> {
    let media_type = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    if media_type.starts_with("application/x-www-form-urlencoded") {
        let mut fields = form_urlencoded::parse(body);
        let (_, payload) = fields.find(|(name, _)| name == "payload")?;
        return serde_json::from_str(&payload).ok();
    }
    serde_json::from_slice(body).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The signature of "Hello, World!" by this secret, in the example of GitHub's documentation.
    const SECRET: &[u8] = b"It's a Secret to Everybody";
    const HEX: &str = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    fn is_signed(name: &'static str, value: &str, body: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        let key = WebhookKey::new(SECRET);
        forge_signature(&headers).is_some_and(|found| key.has_signed(&found, body.as_bytes()))
    }

    #[test]
    fn the_signature_is_the_one_that_github_documents() {
        for (value, body, right) in [
            (format!("sha256={HEX}"), "Hello, World!", true),
            (
                format!("sha256={}", HEX.to_uppercase()),
                "Hello, World!",
                true,
            ),
            (format!("sha256={HEX}"), "Hello, World", false),
            (format!("sha1={HEX}"), "Hello, World!", false),
            (
                format!("sha256={}", HEX.replace('7', "+")),
                "Hello, World!",
                false,
            ),
            (format!("sha256={HEX}00"), "Hello, World!", false),
            (HEX.to_owned(), "Hello, World!", false),
            (String::new(), "Hello, World!", false),
        ] {
            let signed = is_signed("x-hub-signature-256", &value, body);
            assert_eq!(signed, right, "{value} {body}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(OF_GITHUB, format!("sha256={HEX}").parse().unwrap());
        assert!(github_signature(&headers).is_some());
        headers.append(OF_GITHUB, format!("sha256={HEX}").parse().unwrap());
        assert_eq!(github_signature(&headers), None);
        assert_eq!(forge_signature(&headers), None);
    }

    #[test]
    fn forgejo_and_gitea_sign_without_a_prefix() {
        for name in ["x-forgejo-signature", "x-gitea-signature"] {
            assert!(is_signed(name, HEX, "Hello, World!"));
            assert!(!is_signed(name, HEX, "Hello, World"));
            assert!(!is_signed(name, &format!("sha256={HEX}"), "Hello, World!"));
        }
        assert!(!is_signed("x-gogs-signature", HEX, "Hello, World!"));
        // A wrong one is not made good by another.
        let mut headers = HeaderMap::new();
        headers.insert(OF_GITHUB, "sha256=x".parse().unwrap());
        headers.insert("x-gitea-signature", HEX.parse().unwrap());
        assert_eq!(forge_signature(&headers), None);
    }
}
