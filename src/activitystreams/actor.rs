//! Our two actors as documents: the letter's, and the one that signs our GETs.

use serde_json::{Value, json};

use super::{ACTIVITY_STREAMS, OwnActor, PUBLIC, SECURITY, Urls, escape, paths};
use crate::{
    clock::Millis,
    i18n::{Language, SigningNotice},
    string_enum::words,
};

words! {
    /// The types of actors in ActivityStreams.
    pub enum ActorType {
        /// A program that speaks for a server.
        Application = "Application",
        /// A group, whose posts are those of its members; other software treats it as a community.
        Group = "Group",
        /// An organisation.
        Organization = "Organization",
        /// A person.
        Person = "Person",
        /// A program that speaks for somebody; what the letter is.
        Service = "Service",
    }
}

impl ActorType {
    /// The names of all types.
    pub const NAMES: [&str; 5] = ["Application", "Group", "Organization", "Person", "Service"];
}

/// The actor's picture.
#[derive(Clone, Copy, Debug)]
pub struct Icon<'a> {
    /// `image/png` or `image/jpeg`.
    pub media_type: &'a str,
    /// A value that changes with the picture, such as the beginning of its digest.
    pub version: &'a str,
}

/// The picture behind the head of the actor's profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// `image/png` or `image/jpeg`.
    pub media_type: &'static str,
    /// Its address, which changes with the picture.
    pub url: String,
}

/// The public half of a key as its owner's document shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownKey {
    /// Its number among the keys of its owner, from 1; its id is made of it.
    pub number: i64,
    /// SPKI PEM.
    pub pem: String,
}

/// The data of the letter's actor document.
#[derive(Clone, Copy, Debug)]
pub struct LetterActor<'a> {
    /// Its type, normally [`ActorType::Service`].
    pub kind: ActorType,
    /// Its name: plain text, at most 2048 characters are read.
    pub name: &'a str,
    /// Its description: clean HTML, at most 20 KiB are read.
    pub summary_html: &'a str,
    /// The language of the words that we add.
    pub language: &'static Language,
    /// When the letter was first published.
    pub published: Millis,
    /// Its picture.
    pub icon: Icon<'a>,
    /// The picture behind the head of its profile, if there is one.
    pub header: Option<&'a Header>,
    /// Its key.
    pub key: &'a ShownKey,
    /// The id of the actor that it moved to.
    pub moved_to: Option<&'a str>,
    /// The ids of other actors that are the same as this one.
    pub also_known_as: &'a [String],
    /// How many signed, shown as a field.
    pub signatures: u64,
}

/// The document of the letter's actor.
pub fn letter_actor(urls: &Urls, actor: &LetterActor<'_>) -> Value {
    let page = escape(&urls.page());
    let mut document = json!({
        "@context": context(),
        "id": urls.actor(),
        "type": actor.kind.as_str(),
        "preferredUsername": urls.username(),
        "webfinger": urls.acct(),
        "name": actor.name,
        "summary": actor.summary_html,
        "url": urls.profile(),
        "published": actor.published,
        "inbox": urls.actor_inbox(),
        "outbox": urls.outbox(),
        "followers": urls.followers(),
        "following": urls.following(),
        "featured": urls.featured(),
        "endpoints": {"sharedInbox": urls.inbox()},
        "manuallyApprovesFollowers": false,
        "discoverable": true,
        "indexable": true,
        "attributionDomains": [attribution_domain(urls)],
        "icon": {
            "type": "Image",
            "mediaType": actor.icon.media_type,
            "url": urls.icon(actor.icon.version),
        },
        "attachment": [{
            "type": "PropertyValue",
            "name": actor.language.sent.letter,
            "value": format!("<a href=\"{page}\" rel=\"me\">{page}</a>"),
        }, {
            "type": "PropertyValue",
            "name": actor.language.sent.signatures,
            "value": actor.language.number(actor.signatures),
        }],
        "publicKey": public_key(urls, OwnActor::Letter, actor.key),
        // Everybody may put it into a collection; without this nobody could (FEP-7aa9).
        "interactionPolicy": {"canFeature": {"automaticApproval": [PUBLIC]}},
    });
    // Some readers take `null` for an address.
    if let (Some(header), Some(members)) = (actor.header, document.as_object_mut()) {
        let image = json!({"type": "Image", "mediaType": header.media_type, "url": header.url});
        members.insert("image".into(), image);
    }
    if let (Some(moved_to), Some(members)) = (actor.moved_to, document.as_object_mut()) {
        members.insert("movedTo".into(), moved_to.into());
    }
    if let (false, Some(members)) = (actor.also_known_as.is_empty(), document.as_object_mut()) {
        members.insert("alsoKnownAs".into(), actor.also_known_as.into());
    }
    document
}

/// The actor's description when none is configured, as HTML: that it is automated, how to sign and leave, and
/// who is responsible. `contact` is plain text and may be empty.
#[must_use]
pub fn default_summary(language: &Language, notice: &SigningNotice, contact: &str) -> String {
    let words = &language.sent;
    let notice = escape(&notice.sentence(language));
    let mut summary = format!("<p>{} {notice}</p>", words.automated);
    if !contact.is_empty() {
        summary.extend(["<p>", words.responsible, " ", &escape(contact), "</p>"]);
    }
    summary
}

/// The document of the instance actor, which signs our GETs and accepts no follower.
pub fn instance_actor(urls: &Urls, key: &ShownKey, published: Millis) -> Value {
    json!({
        "@context": context(),
        "id": urls.instance_actor(),
        "type": ActorType::Application.as_str(),
        "preferredUsername": Urls::INSTANCE_USERNAME,
        "webfinger": urls.instance_acct(),
        "name": urls.authority(),
        "url": urls.absolute(paths::ABOUT),
        "published": published,
        "inbox": urls.inbox(),
        "outbox": urls.instance_outbox(),
        "endpoints": {"sharedInbox": urls.inbox()},
        "manuallyApprovesFollowers": true,
        "discoverable": false,
        "indexable": false,
        "publicKey": public_key(urls, OwnActor::Instance, key),
    })
}

fn public_key(urls: &Urls, owner: OwnActor, key: &ShownKey) -> Value {
    json!({
        "id": urls.key(owner, key.number),
        "owner": urls.of_actor(owner),
        "publicKeyPem": key.pem,
    })
}

/// The host of our pages without a port, which Mastodon compares with `fediverse:creator`.
fn attribution_domain(urls: &Urls) -> &str {
    let authority = urls.authority();
    let port = |(_, port): &(&str, &str)| port.bytes().all(|byte| byte.is_ascii_digit());
    authority
        .rsplit_once(':')
        .filter(port)
        .map_or(authority, |(host, _)| host)
}

/// Mastodon does not expand JSON-LD, so members must be spelt as it knows them.
fn context() -> Value {
    json!([ACTIVITY_STREAMS, SECURITY, {
        "toot": "http://joinmastodon.org/ns#",
        "schema": "http://schema.org#",
        "featured": {"@id": "toot:featured", "@type": "@id"},
        "discoverable": "toot:discoverable",
        "indexable": "toot:indexable",
        // Mastodon's context makes it an `@id`, which a JSON-LD processor resolves: a host would become a path of ours.
        "attributionDomains": "toot:attributionDomains",
        "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
        "movedTo": {"@id": "as:movedTo", "@type": "@id"},
        "alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"},
        "PropertyValue": "schema:PropertyValue",
        "value": "schema:value",
        "webfinger": {
            "@id": "https://purl.archive.org/socialweb/webfinger#webfinger",
            "@type": "http://www.w3.org/2001/XMLSchema#string",
        },
        "gts": "https://gotosocial.org/ns#",
        "interactionPolicy": {"@id": "gts:interactionPolicy", "@type": "@id"},
        "canFeature": {"@id": "https://w3id.org/fep/7aa9#canFeature", "@type": "@id"},
        "automaticApproval": {"@id": "gts:automaticApproval", "@type": "@id"},
    }])
}
