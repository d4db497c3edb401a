//! Actors, and what they send.

use super::support::{DAY, NOW, SECOND};
use crate::{
    endorsement::judge::{Audience, PostKind},
    hash::Sha256,
    register::{InboundAction, InboundActivity, InboundPost, RequestIdentity, Sender, Undo},
    store::{EvidenceRow, HostRow, NewActor},
};

/// The id of `ada`, or of `ada@other.example`.
pub(super) fn url(who: &str) -> String {
    let (user, host) = who.split_once('@').unwrap_or((who, "m.example"));
    format!("https://{host}/users/{user}")
}

/// An actor with an account of ten years and a capitalised name, who may be found.
pub(super) fn person(who: &str) -> NewActor {
    let (user, authority) = who.split_once('@').unwrap_or((who, "m.example"));
    let host = HostRow {
        authority: authority.to_owned(),
        name: authority.to_owned(),
        domain: authority.to_owned(),
    };
    let (first, rest) = user.split_at(1);
    let url = url(who);
    NewActor {
        r#type: "Person".to_owned(),
        handle: format!("@{user}@{authority}"),
        name: format!("{}{rest}", first.to_uppercase()),
        page: None,
        published_at: Some(NOW.minus(3650 * DAY)),
        discoverable: true,
        opted_out: false,
        inbox: (format!("{url}/inbox"), host.clone()),
        shared_inbox: None,
        followers: Some(format!("{url}/followers")),
        suspended: false,
        keys: vec![(format!("{url}#main-key"), "pem".to_owned())],
        read_at: NOW,
        moved_to: None,
        host,
        url,
    }
}

/// An activity by `who` with the id `…/id`.
pub(super) fn by(who: &str, id: &str, action: InboundAction) -> InboundActivity {
    InboundActivity {
        sender: Sender::Known(url(who)),
        activity: Some(format!("{}/{id}", url(who))),
        evidence: EvidenceRow {
            how: "signed".to_owned(),
            method: "post".to_owned(),
            path: "/inbox".to_owned(),
            headers: "date: today".to_owned(),
            body: format!("{who} {id}").into_bytes(),
            key_id: format!("{}#main-key", url(who)),
            pem: "pem".to_owned(),
            received_at: NOW,
        },
        request: Some(RequestIdentity {
            hash: Sha256::of(&format!("{who} {id} {action:?}")),
            signed_at: NOW,
            object: None,
        }),
        action,
        at: NOW,
    }
}

/// The same activity in another request, so many seconds after [`NOW`].
pub(super) fn again(incoming: &InboundActivity, seconds: u32) -> InboundActivity {
    let signed_at = NOW.plus(seconds * SECOND);
    let request = incoming.request.clone().map(|request| RequestIdentity {
        hash: Sha256::of(&format!("{} {seconds}", request.hash.hex())),
        signed_at,
        ..request
    });
    InboundActivity {
        request,
        ..incoming.clone()
    }
}

/// The same activity, with the document of its actor.
pub(super) fn with_document(document: NewActor, incoming: InboundActivity) -> InboundActivity {
    InboundActivity {
        sender: Sender::Read(Box::new(document)),
        ..incoming
    }
}

/// The actor's own Update of its document.
pub(super) fn changed(document: NewActor, id: &str) -> InboundActivity {
    let who = document.handle.trim_start_matches('@').to_owned();
    with_document(document, by(&who, id, InboundAction::ActorChanged))
}

pub(super) fn like(who: &str, id: &str) -> InboundActivity {
    by(
        who,
        id,
        InboundAction::Like {
            target: "/letter".to_owned(),
            letter: true,
        },
    )
}

pub(super) fn unlike(who: &str, id: &str) -> InboundActivity {
    let undone = Undo::Like {
        target: "/letter".to_owned(),
        activity: Some(format!("{}/{id}", url(who))),
    };
    by(who, &format!("{id}/undo"), InboundAction::Undo(undone))
}

/// The id of one of an actor's posts.
pub(super) fn post_id(who: &str, post: &str) -> String {
    format!("{}/statuses/{post}", url(who))
}

/// A public reply to the letter.
pub(super) fn a_post(who: &str, post: &str, words: &str) -> InboundPost {
    InboundPost {
        id: post_id(who, post),
        kind: PostKind::Reply,
        target: "/letter".to_owned(),
        audience: Audience::Public,
        to_us_alone: false,
        html: format!("<p>{words}</p>"),
        warning: None,
        language: None,
        poll: false,
        published: None,
        updated: None,
        edit: false,
        is_authors: true,
    }
}

/// A Create of a post; its activity is named after it.
pub(super) fn created(who: &str, post: &str, note: InboundPost) -> InboundActivity {
    by(
        who,
        &format!("statuses/{post}/activity"),
        InboundAction::Post(Box::new(note)),
    )
}

pub(super) fn reply(who: &str, post: &str, words: &str) -> InboundActivity {
    created(who, post, a_post(who, post, words))
}

/// An Update of a post, so many seconds after [`NOW`].
pub(super) fn edited(who: &str, seconds: u32, post: InboundPost) -> InboundActivity {
    let post = InboundPost {
        edit: true,
        updated: Some(NOW.plus(seconds * SECOND)),
        ..post
    };
    let id = format!("{}#update{seconds}", post.id);
    by(who, &id, InboundAction::Post(Box::new(post)))
}

/// [`edited`] with other words and nothing else.
pub(super) fn reworded(who: &str, post: &str, seconds: u32, words: &str) -> InboundActivity {
    edited(who, seconds, a_post(who, post, words))
}

pub(super) fn deleted(who: &str, post: &str) -> InboundActivity {
    deleted_by(who, who, post)
}

/// A Delete of a post, which may be another actor's.
pub(super) fn deleted_by(who: &str, author: &str, post: &str) -> InboundActivity {
    let object = post_id(author, post);
    by(
        who,
        &format!("delete/{author}/{post}"),
        InboundAction::Delete { object },
    )
}

/// A reaction to the letter.
pub(super) fn react(who: &str, id: &str, emoji: &str) -> InboundActivity {
    let action = InboundAction::React {
        target: "/letter".to_owned(),
        letter: true,
        emoji: emoji.to_owned(),
    };
    by(who, id, action)
}

pub(super) fn dislike(who: &str, id: &str) -> InboundActivity {
    let target = "/letter".to_owned();
    by(who, id, InboundAction::Dislike { target })
}

pub(super) fn boost(who: &str, id: &str, target: &str) -> InboundActivity {
    let target = target.to_owned();
    by(who, id, InboundAction::Boost { target })
}

/// An Undo of a boost of the letter, embedded.
pub(super) fn unboost(who: &str, id: &str) -> InboundActivity {
    let undone = Undo::Boost {
        target: "/letter".to_owned(),
        activity: Some(format!("{}/{id}", url(who))),
    };
    by(who, &format!("{id}/undo"), InboundAction::Undo(undone))
}

/// An Undo that gives nothing but this id.
pub(super) fn bare_undo(who: &str, id: &str) -> InboundActivity {
    let undone = Undo::Activity(format!("{}/{id}", url(who)));
    by(who, &format!("{id}/bare-undo"), InboundAction::Undo(undone))
}

/// A post that quotes the letter.
pub(super) fn a_quote(who: &str, post: &str, words: &str) -> InboundPost {
    InboundPost {
        kind: PostKind::Quote,
        ..a_post(who, post, words)
    }
}

pub(super) fn quote(who: &str, post: &str, words: &str) -> InboundActivity {
    created(who, post, a_quote(who, post, words))
}

/// An Update of a post that no longer quotes the letter.
pub(super) fn unquoted(who: &str, post: &str, seconds: u32) -> InboundActivity {
    let action = InboundAction::Unhung {
        post: post_id(who, post),
        updated: Some(NOW.plus(seconds * SECOND)),
        narrowed: false,
    };
    by(who, &format!("{post}#update{seconds}"), action)
}
