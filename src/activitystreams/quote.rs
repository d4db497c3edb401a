//! Quotes of our posts (FEP-044f): the answer to a request, and the authorization that others check.

use serde_json::{Map, Value, json};

use super::{ACTIVITY_STREAMS, Own, Urls, collection::without_context, plain_context};
use crate::random::PublicId;

/// A `QuoteRequest` as it was received, to be repeated in the answer.
#[derive(Clone, Copy, Debug)]
pub struct QuoteRequest<'a> {
    /// Its id, if it had one.
    pub id: Option<&'a str>,
    /// Who asks.
    pub actor: &'a str,
    /// What is to be quoted, as the request wrote it.
    pub object: &'a str,
    /// The id of the post that quotes it.
    pub instrument: &'a str,
}

/// Our authorization of one quote.
#[derive(Clone, Copy, Debug)]
pub struct QuoteAuthorization<'a> {
    /// The last part of its id, after `/quote-authorizations/`.
    pub id: &'a PublicId,
    /// The id of the post that quotes.
    pub quoting: &'a str,
    /// The id of what is quoted.
    pub quoted: &'a str,
}

impl QuoteAuthorization<'_> {
    /// The authorization as it is served at its id. It embeds nothing: others compare the ids.
    pub fn to_document(&self, urls: &Urls) -> Value {
        json!({
            "@context": stamp_context(),
            "id": self.url(urls),
            "type": "QuoteAuthorization",
            "attributedTo": urls.actor(),
            "interactingObject": self.quoting,
            "interactionTarget": self.quoted,
        })
    }

    /// The `Delete` that revokes it, for the quoting author, and for the members of the collection `cc`. It names the
    /// type, because Mastodon would otherwise look for a post.
    pub fn to_delete(
        &self,
        urls: &Urls,
        id: &PublicId,
        recipient: &str,
        cc: Option<String>,
    ) -> Value {
        let authorization = without_context(self.to_document(urls));
        let mut delete = to_one(urls, id, "Delete", recipient, authorization);
        delete.insert("@context".into(), stamp_context());
        if let Some(cc) = cc {
            delete.insert("cc".into(), json!([cc]));
        }
        delete.into()
    }

    fn url(&self, urls: &Urls) -> String {
        urls.url(&Own::QuoteAuthorization(self.id.clone()))
    }
}

/// `Accept` of a request, with the id of the authorization as its result.
pub fn accept_quote(
    urls: &Urls,
    id: &PublicId,
    request: &QuoteRequest<'_>,
    authorization: &PublicId,
) -> Value {
    let mut accept = answer(urls, id, "Accept", request);
    let authorization = urls.url(&Own::QuoteAuthorization(authorization.clone()));
    accept.insert("result".into(), authorization.into());
    accept.into()
}

/// `Reject` of a request.
pub fn reject_quote(urls: &Urls, id: &PublicId, request: &QuoteRequest<'_>) -> Value {
    answer(urls, id, "Reject", request).into()
}

fn answer(
    urls: &Urls,
    id: &PublicId,
    kind: &str,
    request: &QuoteRequest<'_>,
) -> Map<String, Value> {
    let mut received = Map::new();
    if let Some(id) = request.id {
        received.insert("id".into(), id.into());
    }
    received.insert("type".into(), "QuoteRequest".into());
    received.insert("actor".into(), request.actor.into());
    received.insert("object".into(), request.object.into());
    received.insert("instrument".into(), request.instrument.into());
    let mut answer = to_one(urls, id, kind, request.actor, received.into());
    answer.insert(
        "@context".into(),
        json!([ACTIVITY_STREAMS, {"QuoteRequest": "https://w3id.org/fep/044f#QuoteRequest"}]),
    );
    answer
}

fn to_one(
    urls: &Urls,
    id: &PublicId,
    kind: &str,
    recipient: &str,
    object: Value,
) -> Map<String, Value> {
    let mut activity = Map::new();
    activity.insert("@context".into(), plain_context());
    activity.insert("id".into(), urls.activity(id).into());
    activity.insert("type".into(), kind.into());
    activity.insert("actor".into(), urls.actor().into());
    activity.insert("to".into(), json!([recipient]));
    activity.insert("object".into(), object);
    activity
}

/// The terms of FEP-044f and of GoToSocial that an authorization uses.
fn stamp_context() -> Value {
    json!([ACTIVITY_STREAMS, {
        "QuoteAuthorization": "https://w3id.org/fep/044f#QuoteAuthorization",
        "gts": "https://gotosocial.org/ns#",
        "interactingObject": {"@id": "gts:interactingObject", "@type": "@id"},
        "interactionTarget": {"@id": "gts:interactionTarget", "@type": "@id"},
    }])
}
