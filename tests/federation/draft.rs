//! Requests as they arrive, and signatures that our own signer would never make.

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    rsa,
    signature::RSA_PKCS1_SHA256,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::{
    Client, Method, StatusCode,
    header::{HeaderMap, HeaderValue},
};
use serde_json::Value;
use undersigned::{
    clock::{Clock as _, Millis, SystemClock},
    signature::{BodyDigest, Outgoing, Scheme, authority},
};
use url::Url;

use crate::support::{
    fediverse::{KEY, signer, signing::signed},
    world::{Person, World, post},
};

/// A POST, exactly as it goes over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Draft {
    /// The request by which `person` delivers `activity`.
    pub(crate) fn genuine(person: &Person, activity: &Value) -> Self {
        let (url, headers, body) = person.signed("/inbox", activity);
        Self { url, headers, body }
    }

    /// The same with another key id or time.
    pub(crate) fn of(person: &Person, key_id: &str, activity: &Value, at: Millis) -> Self {
        let url = Url::parse(&person.letters("/inbox")).unwrap();
        let body = activity.to_string().into_bytes();
        let headers = signed(key_id, &url, &body, at);
        Self { url, headers, body }
    }

    /// Signed over these names alone, as `algorithm`.
    pub(crate) fn careless(
        person: &Person,
        activity: &Value,
        names: &[&str],
        algorithm: &str,
    ) -> Self {
        let mut draft = Self::genuine(person, activity);
        let digest = STANDARD.encode(digest(&SHA256, &draft.body));
        draft.set("digest", &format!("SHA-256={digest}"));
        draft.set("host", &authority(&draft.url).unwrap());
        draft.set("x-purpose", "a header that nobody needs");
        draft.sign(person, names, &format!("algorithm=\"{algorithm}\""));
        draft
    }

    /// Signs these names of the request as it is now, with these other parameters.
    pub(crate) fn sign(&mut self, person: &Person, names: &[&str], parameters: &str) {
        let number = |name: &str| {
            let after = parameters.split_once(name).unwrap().1;
            after.split(',').next().unwrap().to_owned()
        };
        let target = self.url.query().map_or_else(
            || self.url.path().to_owned(),
            |query| format!("{}?{query}", self.url.path()),
        );
        let line = |name: &&str| match *name {
            "(request-target)" => format!("(request-target): post {target}"),
            "(created)" => format!("(created): {}", number("created=")),
            "(expires)" => format!("(expires): {}", number("expires=")),
            name => {
                let values = self.headers.get_all(name.to_ascii_lowercase());
                let values: Vec<_> = values.iter().map(|it| it.to_str().unwrap()).collect();
                format!("{name}: {}", values.join(", "))
            }
        };
        let lines: Vec<String> = names.iter().map(line).collect();
        let signature = sign(&lines);
        let header = format!(
            "keyId=\"{}\",{parameters},headers=\"{}\",signature=\"{signature}\"",
            person.key_id,
            names.join(" "),
        );
        self.set("signature", &header);
    }

    /// This request with a signature over a GET of `url`.
    pub(crate) fn reading(person: &Person, draft: &Self, url: &Url) -> Self {
        let signer = signer(&person.key_id);
        let outgoing = Outgoing {
            method: &Method::GET,
            url,
            body: Some(&BodyDigest::of(&draft.body)),
            accept: None,
        };
        Self {
            headers: signer
                .sign(&outgoing, Scheme::Cavage, SystemClock.now())
                .unwrap(),
            ..draft.clone()
        }
    }

    /// Changes the text of the `Signature` header.
    pub(crate) fn resign(mut self, change: impl FnOnce(String) -> String) -> Self {
        let header = self.headers["signature"].to_str().unwrap().to_owned();
        self.set("signature", &change(header));
        self
    }

    /// Signed by RFC 9421 over these components alone, with these parameters.
    pub(crate) fn rfc9421(
        person: &Person,
        activity: &Value,
        components: &[&str],
        parameters: &str,
    ) -> Self {
        let mut draft = Self::genuine(person, activity);
        let (host, path) = (authority(&draft.url).unwrap(), draft.url.path().to_owned());
        let digest = STANDARD.encode(digest(&SHA256, &draft.body));
        draft.set("content-digest", &format!("sha-256=:{digest}:"));
        draft.headers.remove("digest");
        draft.set("x-purpose", "a header that nobody needs");
        let line = |name: &&str| {
            let value = match *name {
                "@method" => "POST",
                "@target-uri" => draft.url.as_str(),
                "@authority" => host.as_str(),
                "@request-target" | "@path" => path.as_str(),
                "@query" => "?",
                name => draft.headers.get(name).unwrap().to_str().unwrap(),
            };
            format!("\"{name}\": {value}")
        };
        let mut lines: Vec<String> = components.iter().map(line).collect();
        let names: Vec<String> = components.iter().map(|it| format!("\"{it}\"")).collect();
        let input = format!("({}){parameters}", names.join(" "));
        lines.push(format!("\"@signature-params\": {input}"));
        draft.set("signature", &format!("sig1=:{}:", sign(&lines)));
        draft.set("signature-input", &format!("sig1={input}"));
        draft
    }

    /// Puts a header in place of any of that name.
    pub(crate) fn set(&mut self, name: &'static str, value: &str) {
        let value = HeaderValue::from_str(value).unwrap();
        self.headers.insert(name, value);
    }

    /// Sends it; `None` when there is no answer.
    pub(crate) async fn send(self, world: &World) -> Option<StatusCode> {
        self.send_by(&world.client).await
    }

    /// Sends it by this client; `None` when there is no answer.
    pub(crate) async fn send_by(self, client: &Client) -> Option<StatusCode> {
        post(client, &self.url, self.headers, self.body).await
    }
}

/// A draft with a false signature.
pub(crate) fn forged(mut draft: Draft) -> Draft {
    let header = draft.headers["signature"].to_str().unwrap().to_owned();
    let (before, signature) = header.split_once("signature=\"").unwrap();
    let mut letters: Vec<char> = signature.chars().collect();
    letters[0] = if letters[0] == 'A' { 'B' } else { 'A' };
    let signature: String = letters.into_iter().collect();
    draft.set("signature", &format!("{before}signature=\"{signature}"));
    draft
}

/// The signature over these lines in base64, by the key that everybody here has.
fn sign(lines: &[String]) -> String {
    let message = lines.join("\n");
    let pair = rsa::KeyPair::from_pkcs8(KEY.to_pkcs8()).unwrap();
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        message.as_bytes(),
        &mut signature,
    )
    .unwrap();
    STANDARD.encode(signature)
}
