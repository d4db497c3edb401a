//! People, and what they send.

use super::support::{DAY, NOW, SECOND};
use crate::{
    endorsement::judge::{Audience, PostKind},
    register::{Deed, Incoming, Post, Sender, Undone},
    store::{EvidenceRow, HostRow, NewActor},
};

/// The id of `ada`, or of `ada@other.example`.
pub(super) fn url(who: &str) -> String {
    let (user, host) = who.split_once('@').unwrap_or((who, "m.example"));
    format!("https://{host}/users/{user}")
}

/// Somebody of ten years with a capital name, who may be found.
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
        host,
        url,
    }
}

/// What `who` does, in an activity with the id `…/id`.
pub(super) fn by(who: &str, id: &str, deed: Deed) -> Incoming {
    Incoming {
        sender: Sender::Known(url(who)),
        activity: Some(format!("{}/{id}", url(who))),
        deed,
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
        at: NOW,
    }
}

/// The same activity, with the document of its actor.
pub(super) fn with_document(document: NewActor, incoming: Incoming) -> Incoming {
    Incoming {
        sender: Sender::Read(Box::new(document)),
        ..incoming
    }
}

/// The actor's own Update.
pub(super) fn changed(document: NewActor, id: &str) -> Incoming {
    let who = document.handle.trim_start_matches('@').to_owned();
    with_document(document, by(&who, id, Deed::ActorChanged))
}

pub(super) fn like(who: &str, id: &str) -> Incoming {
    by(
        who,
        id,
        Deed::Like {
            target: "/letter".to_owned(),
            letter: true,
        },
    )
}

pub(super) fn unlike(who: &str, id: &str) -> Incoming {
    let undone = Undone::Like {
        target: "/letter".to_owned(),
        activity: Some(format!("{}/{id}", url(who))),
    };
    by(who, &format!("{id}/undo"), Deed::Undo(undone))
}

/// The id of one of somebody's posts.
pub(super) fn post_id(who: &str, post: &str) -> String {
    format!("{}/statuses/{post}", url(who))
}

/// A public reply to the letter.
pub(super) fn a_post(who: &str, post: &str, words: &str) -> Post {
    Post {
        id: post_id(who, post),
        kind: PostKind::Reply,
        target: "/letter".to_owned(),
        audience: Audience::Public,
        html: format!("<p>{words}</p>"),
        warning: None,
        published: None,
        updated: None,
        edit: false,
    }
}

/// A Create of a post; its activity is named after it.
pub(super) fn created(who: &str, post: &str, it: Post) -> Incoming {
    by(
        who,
        &format!("statuses/{post}/activity"),
        Deed::Post(Box::new(it)),
    )
}

pub(super) fn reply(who: &str, post: &str, words: &str) -> Incoming {
    created(who, post, a_post(who, post, words))
}

/// An Update of a post, so many seconds after [`NOW`].
pub(super) fn edited(who: &str, seconds: u32, it: Post) -> Incoming {
    let post = Post {
        edit: true,
        updated: Some(NOW.plus(seconds * SECOND)),
        ..it
    };
    let id = format!("{}#update{seconds}", post.id);
    by(who, &id, Deed::Post(Box::new(post)))
}

/// [`edited`] with other words and nothing else.
pub(super) fn reworded(who: &str, post: &str, seconds: u32, words: &str) -> Incoming {
    edited(who, seconds, a_post(who, post, words))
}

pub(super) fn deleted(who: &str, post: &str) -> Incoming {
    deleted_by(who, who, post)
}

/// Somebody deletes a post, which may be another's.
pub(super) fn deleted_by(who: &str, author: &str, post: &str) -> Incoming {
    let object = post_id(author, post);
    by(
        who,
        &format!("delete/{author}/{post}"),
        Deed::Delete { object },
    )
}

/// A reaction to the letter.
pub(super) fn react(who: &str, id: &str, emoji: &str) -> Incoming {
    let deed = Deed::React {
        target: "/letter".to_owned(),
        letter: true,
        emoji: emoji.to_owned(),
    };
    by(who, id, deed)
}

pub(super) fn dislike(who: &str, id: &str) -> Incoming {
    let target = "/letter".to_owned();
    by(who, id, Deed::Dislike { target })
}

pub(super) fn boost(who: &str, id: &str, target: &str) -> Incoming {
    let target = target.to_owned();
    by(who, id, Deed::Boost { target })
}

/// Takes a boost of the letter back, embedded.
pub(super) fn unboost(who: &str, id: &str) -> Incoming {
    let undone = Undone::Boost {
        target: "/letter".to_owned(),
        activity: Some(format!("{}/{id}", url(who))),
    };
    by(who, &format!("{id}/undo"), Deed::Undo(undone))
}

/// Takes back what had this id, and says nothing else of it.
pub(super) fn bare_undo(who: &str, id: &str) -> Incoming {
    let undone = Undone::Activity(format!("{}/{id}", url(who)));
    by(who, &format!("{id}/bare-undo"), Deed::Undo(undone))
}

/// A post that quotes the letter.
pub(super) fn a_quote(who: &str, post: &str, words: &str) -> Post {
    Post {
        kind: PostKind::Quote,
        ..a_post(who, post, words)
    }
}

pub(super) fn quote(who: &str, post: &str, words: &str) -> Incoming {
    created(who, post, a_quote(who, post, words))
}

/// An Update of a post that quotes the letter no longer.
pub(super) fn unquoted(who: &str, post: &str, seconds: u32) -> Incoming {
    let deed = Deed::Unhung {
        post: post_id(who, post),
        updated: Some(NOW.plus(seconds * SECOND)),
    };
    by(who, &format!("{post}#update{seconds}"), deed)
}
