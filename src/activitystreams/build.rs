//! The activities that we send.
//!
//! Each has an id of ours and an addressee in `to`, because GoToSocial drops others. Those about the letter
//! are addressed to everybody and to the followers; answers to one person alone.

use serde_json::{Map, Value, json};

use super::{OwnActor, PUBLIC, Urls, collection::without_context, escape, plain_context};
use crate::{clock::Millis, random::PublicId};

/// A Follow as it was received. The answer repeats it, because servers recognise it by its id or its members.
#[derive(Clone, Copy, Debug)]
pub struct Follow<'a> {
    /// Its id, if it had one.
    pub id: Option<&'a str>,
    /// Who follows.
    pub actor: &'a str,
    /// Who is followed, as the request wrote it.
    pub object: &'a str,
}

/// `Create` of a post of ours, such as the letter: to everybody and the followers, with the date of the post
/// itself.
pub fn create(urls: &Urls, id: &PublicId, post: &Value) -> Value {
    let published = post.get("published").cloned();
    about_post(urls, id, "Create", post, published)
}

/// `Update` of a post of ours, such as the letter, in full. The post carries its `updated`; others ignore one
/// that is not newer.
pub fn update(urls: &Urls, id: &PublicId, post: &Value) -> Value {
    about_post(urls, id, "Update", post, None)
}

/// `Update` of one of our actors, in full. The instance actor has no followers, so its own is addressed to everybody
/// alone.
pub fn update_actor(urls: &Urls, id: &PublicId, speaker: OwnActor, actor: &Value) -> Value {
    let mut activity = about_post(urls, id, "Update", actor, None);
    if let (OwnActor::Instance, Some(members)) = (speaker, activity.as_object_mut()) {
        members.insert("actor".into(), urls.of_actor(speaker).into());
        members.insert("cc".into(), json!([]));
    }
    activity
}

/// `Accept` of a Follow, for the follower's own inbox.
pub fn accept_follow(urls: &Urls, id: &PublicId, follow: &Follow<'_>) -> Value {
    answer_follow(urls, id, "Accept", OwnActor::Letter, follow)
}

/// `Reject` of a Follow, for the follower's own inbox; also ends one that was accepted.
pub fn reject_follow(urls: &Urls, id: &PublicId, speaker: OwnActor, follow: &Follow<'_>) -> Value {
    answer_follow(urls, id, "Reject", speaker, follow)
}

/// `Like` of somebody's reply: the acknowledgement that it signed. `author` wrote `reply`.
pub fn like(urls: &Urls, id: &PublicId, reply: &str, author: &str) -> Value {
    to_one(urls, id, "Like", OwnActor::Letter, author, &reply.into())
}

/// `Undo` of the [`like`] with the id `liked`.
pub fn undo_like(urls: &Urls, id: &PublicId, liked: &PublicId, reply: &str, author: &str) -> Value {
    let inner = without_context(like(urls, liked, reply, author));
    to_one(urls, id, "Undo", OwnActor::Letter, author, &inner)
}

/// `Follow` of somebody, for the account's own inbox.
pub fn follow(urls: &Urls, id: &PublicId, followed: &str) -> Value {
    to_one(
        urls,
        id,
        "Follow",
        OwnActor::Letter,
        followed,
        &followed.into(),
    )
}

/// `Undo` of the [`follow`] with the id `sent`.
pub fn undo_follow(urls: &Urls, id: &PublicId, sent: &PublicId, followed: &str) -> Value {
    let inner = without_context(follow(urls, sent, followed));
    to_one(urls, id, "Undo", OwnActor::Letter, followed, &inner)
}

/// `Delete` of a thing of ours by its URL. Mastodon never accepts the same id again.
pub fn delete(urls: &Urls, id: &PublicId, url: &str) -> Value {
    to_all(
        urls,
        id,
        "Delete",
        None,
        json!({"id": url, "type": "Tombstone"}),
    )
}

/// `Delete` of a post of ours that one person alone got, for that person's own inbox.
pub fn delete_direct(urls: &Urls, id: &PublicId, url: &str, recipient: &str) -> Value {
    let deleted = json!({"id": url, "type": "Tombstone"});
    to_one(urls, id, "Delete", OwnActor::Letter, recipient, &deleted)
}

/// `Announce` of somebody's post: the letter boosts it, for everybody, its followers and the author.
pub fn announce(urls: &Urls, id: &PublicId, post: &str, author: &str, at: Millis) -> Value {
    let mut activity = to_all(urls, id, "Announce", Some(json!(at)), post.into());
    if let Some(cc) = activity.get_mut("cc") {
        *cc = json!([urls.followers(), author]);
    }
    activity
}

/// `Undo` of the [`announce`] with the id `announced`. It does not name the author, who may have been erased.
pub fn undo_announce(urls: &Urls, id: &PublicId, announced: &PublicId, post: &str) -> Value {
    let inner = without_context(to_all(urls, announced, "Announce", None, post.into()));
    to_all(urls, id, "Undo", None, inner)
}

/// `Delete` of the letter's actor itself: final.
pub fn delete_actor(urls: &Urls, id: &PublicId) -> Value {
    to_all(urls, id, "Delete", None, urls.actor().into())
}

/// `Move` of the letter's actor to another one, which names it in `alsoKnownAs`.
pub fn move_actor(urls: &Urls, id: &PublicId, target: &str) -> Value {
    let mut activity = to_all(urls, id, "Move", None, urls.actor().into());
    if let Some(members) = activity.as_object_mut() {
        members.insert("target".into(), target.into());
    }
    activity
}

/// The document that is served with status 410 for a deleted thing of ours (ActivityPub, section 6.4).
pub fn tombstone(url: &str, deleted: Millis) -> Value {
    json!({"@context": plain_context(), "id": url, "type": "Tombstone", "deleted": deleted})
}

/// A direct message: to one person alone.
#[derive(Clone, Copy, Debug)]
pub struct DirectNote<'a> {
    /// The id of the message.
    pub post: &'a PublicId,
    /// The recipient's actor id.
    pub recipient: &'a str,
    /// The recipient's full handle, `@user@host`.
    pub handle: &'a str,
    /// The recipient's profile page, or the actor id where that is unknown.
    pub profile: &'a str,
    /// The post that it answers, if any.
    pub in_reply_to: Option<&'a str>,
    /// The language tag of the words.
    pub language: &'a str,
    /// The message, plain text.
    pub text: &'a str,
    /// An address that follows it, and can be clicked.
    pub link: Option<&'a str>,
    /// When it was written.
    pub published: Millis,
}

impl DirectNote<'_> {
    /// The message as it is embedded in its [`Create`](Self::to_create).
    pub fn to_document(&self, urls: &Urls) -> Value {
        let link = self.link.map(escape);
        let link = link.map_or_else(String::new, |url| format!(" <a href=\"{url}\">{url}</a>"));
        let content = format!(
            "<p>{} {}{link}</p>",
            mention_html(self.profile, self.handle),
            escape(self.text),
        );
        let mut note = Map::new();
        let mut set = |name: &str, value: Value| note.insert(name.to_owned(), value);
        set("@context", plain_context());
        set("id", urls.post(self.post).into());
        set("type", "Note".into());
        set("attributedTo", urls.actor().into());
        set("to", json!([self.recipient]));
        set("cc", json!([]));
        if let Some(answered) = self.in_reply_to {
            set("inReplyTo", answered.into());
        }
        set("published", json!(self.published));
        set("contentMap", json!({self.language: &content}));
        set("content", content.into());
        // GoToSocial drops a message without a mention of its recipient.
        set(
            "tag",
            json!([{"type": "Mention", "href": self.recipient, "name": self.handle}]),
        );
        note.into()
    }

    /// The `Create` that carries the message, for the recipient's own inbox.
    pub fn to_create(&self, urls: &Urls, id: &PublicId) -> Value {
        let note = without_context(self.to_document(urls));
        to_one(urls, id, "Create", OwnActor::Letter, self.recipient, &note)
    }
}

/// A mention as a link: the user name alone, as Mastodon writes it.
pub fn mention_html(profile: &str, handle: &str) -> String {
    let user = handle.trim_start_matches('@').split('@').next();
    format!(
        "<span class=\"h-card\"><a href=\"{}\" class=\"u-url mention\">@<span>{}</span></a></span>",
        escape(profile),
        escape(user.unwrap_or_default()),
    )
}

fn answer_follow(
    urls: &Urls,
    id: &PublicId,
    kind: &str,
    speaker: OwnActor,
    follow: &Follow<'_>,
) -> Value {
    let mut received = Map::new();
    if let Some(id) = follow.id {
        received.insert("id".into(), id.into());
    }
    received.insert("type".into(), "Follow".into());
    received.insert("actor".into(), follow.actor.into());
    received.insert("object".into(), follow.object.into());
    to_one(urls, id, kind, speaker, follow.actor, &received.into())
}

/// An activity with an embedded document: the document's context moves to the outside.
fn about_post(
    urls: &Urls,
    id: &PublicId,
    kind: &str,
    document: &Value,
    published: Option<Value>,
) -> Value {
    let context = document
        .get("@context")
        .cloned()
        .unwrap_or_else(plain_context);
    let mut activity = to_all(urls, id, kind, published, without_context(document.clone()));
    if let Some(outer) = activity.get_mut("@context") {
        *outer = context;
    }
    // Whom the document is addressed to, such as the people that a post mentions, the activity is, too.
    for addressed in ["to", "cc"] {
        if let (Some(outer), Some(inner)) = (activity.get_mut(addressed), document.get(addressed)) {
            *outer = inner.clone();
        }
    }
    activity
}

fn to_all(
    urls: &Urls,
    id: &PublicId,
    kind: &str,
    published: Option<Value>,
    object: Value,
) -> Value {
    let mut activity = Map::new();
    activity.insert("@context".into(), plain_context());
    activity.insert("id".into(), urls.activity(id).into());
    activity.insert("type".into(), kind.into());
    activity.insert("actor".into(), urls.actor().into());
    if let Some(published) = published {
        activity.insert("published".into(), published);
    }
    activity.insert("to".into(), json!([PUBLIC]));
    activity.insert("cc".into(), json!([urls.followers()]));
    activity.insert("object".into(), object);
    activity.into()
}

fn to_one(
    urls: &Urls,
    id: &PublicId,
    kind: &str,
    speaker: OwnActor,
    recipient: &str,
    object: &Value,
) -> Value {
    json!({
        "@context": plain_context(),
        "id": urls.activity(id),
        "type": kind,
        "actor": urls.of_actor(speaker),
        "to": [recipient],
        "object": object,
    })
}
