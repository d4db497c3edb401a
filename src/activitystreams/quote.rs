//! Uses of what is ours that need our authorization, quotes (FEP-044f) and collections that show our actor (FEP-7aa9): the
//! answer to a request, and the authorization that others check.

use serde_json::{Map, Value, json};

use super::{ACTIVITY_STREAMS, Own, Urls, UseKind, collection::without_context, plain_context};
use crate::random::PublicId;

/// A `QuoteRequest` or `FeatureRequest` as it was received, to be repeated in the answer.
#[derive(Clone, Copy, Debug)]
pub struct UseRequest<'a> {
    /// What is asked for.
    pub kind: UseKind,
    /// Its id, if it had one.
    pub id: Option<&'a str>,
    /// Who asks.
    pub actor: &'a str,
    /// What is to be quoted or shown, as the request wrote it.
    pub object: &'a str,
    /// The id of the post that quotes it, or of the collection that shows it.
    pub instrument: &'a str,
}

/// Our authorization of one use.
#[derive(Clone, Copy, Debug)]
pub struct UseAuthorization<'a> {
    /// What it allows.
    pub kind: UseKind,
    /// The last part of its id.
    pub id: &'a PublicId,
    /// The id of the post that quotes, or of the collection.
    pub using: &'a str,
    /// The id of what is quoted or shown.
    pub used: &'a str,
}

impl UseAuthorization<'_> {
    /// The authorization as it is served at its id. It embeds nothing: others compare the ids.
    pub fn to_document(&self, urls: &Urls) -> Value {
        json!({
            "@context": stamp_context(self.kind),
            "id": self.url(urls),
            "type": self.kind.authorization(),
            "attributedTo": urls.actor(),
            "interactingObject": self.using,
            "interactionTarget": self.used,
        })
    }

    /// The `Delete` that revokes it, for its author, and for the members of the collection `cc`. It names the
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
        delete.insert("@context".into(), stamp_context(self.kind));
        if let Some(cc) = cc {
            delete.insert("cc".into(), json!([cc]));
        }
        delete.into()
    }

    fn url(&self, urls: &Urls) -> String {
        urls.url(&Own::Authorization(self.kind, self.id.clone()))
    }
}

/// `Accept` of a request, with the id of the authorization as its result.
pub fn accept_use(
    urls: &Urls,
    id: &PublicId,
    request: &UseRequest<'_>,
    authorization: &PublicId,
) -> Value {
    let mut accept = answer(urls, id, "Accept", request);
    let authorization = urls.url(&Own::Authorization(request.kind, authorization.clone()));
    accept.insert("result".into(), authorization.into());
    accept.into()
}

/// `Reject` of a request.
pub fn reject_use(urls: &Urls, id: &PublicId, request: &UseRequest<'_>) -> Value {
    answer(urls, id, "Reject", request).into()
}

fn answer(urls: &Urls, id: &PublicId, kind: &str, request: &UseRequest<'_>) -> Map<String, Value> {
    let mut received = Map::new();
    if let Some(id) = request.id {
        received.insert("id".into(), id.into());
    }
    received.insert("type".into(), request.kind.request().into());
    received.insert("actor".into(), request.actor.into());
    received.insert("object".into(), request.object.into());
    received.insert("instrument".into(), request.instrument.into());
    let mut answer = to_one(urls, id, kind, request.actor, received.into());
    answer.insert(
        "@context".into(),
        json!([ACTIVITY_STREAMS, {request.kind.request(): term(request.kind, request.kind.request())}]),
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

/// The terms of its FEP and of GoToSocial that an authorization uses.
fn stamp_context(kind: UseKind) -> Value {
    json!([ACTIVITY_STREAMS, {
        kind.authorization(): term(kind, kind.authorization()),
        "gts": "https://gotosocial.org/ns#",
        "interactingObject": {"@id": "gts:interactingObject", "@type": "@id"},
        "interactionTarget": {"@id": "gts:interactionTarget", "@type": "@id"},
    }])
}

fn term(kind: UseKind, name: &str) -> String {
    format!("{}{name}", kind.namespace())
}
