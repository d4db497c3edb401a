//! Interprets an authentic activity as an action on the register. Pure, and the only place that maps what activities
//! say to what they do here.
//!
//! Here it is checked whether the actor may speak for the object: an embedded object counts only when it is on the
//! actor's own server. Missing checks of this kind allowed attackers to take over remote accounts on Mastodon
//! (CVE-2024-23832). An object that the activity does not prove has to be read from its own server
//! ([`InboundAction::Dereference`]). From what another server forwarded or a group announced, only ids are taken; its
//! embedded objects only tell whether they are worth reading. Linked Data Signatures are not verified, because
//! rearranged JSON-LD graphs have defeated them (Mastodon GHSA-53m7-2wrh-q839).
//!
//! Not here: whether the actor sent the activity ([`inbox`](super::inbox)), how much is read
//! (`register::inbound::dereference_jobs`), and the reading ([`dereference_jobs`](super::dereference_jobs)).

use url::Url;

use super::remote_actor::{belongs, new_actor};
use crate::{
    activitystreams::{
        Activity, ActivityKind, Announced, Embedded, Own, RemoteNote, UndoneObject, Urls,
        visibility,
    },
    clock::Millis,
    endorsement::judge::{Audience, PostKind},
    register::{
        DereferenceTask, InboundAction, InboundFlag, InboundPost, QuoteWish, Sender, Undo as Taken,
    },
    text::{html_to_text, shorten},
};

/// Longest content warning that is stored, in graphemes; it is the visible title of a folded statement.
const MAX_WARNING: usize = 200;

/// The action of an activity that its own actor sent.
///
/// `followers` is the sender's followers collection, if known: it tells followers-only posts from direct ones.
pub fn interpret(urls: &Urls, activity: &Activity, followers: Option<&str>) -> InboundAction {
    let actor = activity.actor.as_str();
    match &activity.kind {
        ActivityKind::Follow { object } => follow(urls, object),
        ActivityKind::Like { object } => about_ours(urls, object, |target, letter| {
            InboundAction::Like { target, letter }
        }),
        ActivityKind::React { object, emoji } => {
            about_ours(urls, object, |target, letter| InboundAction::React {
                target,
                letter,
                emoji: emoji.clone(),
            })
        }
        ActivityKind::Dislike { object } => {
            about_ours(urls, object, |target, _| InboundAction::Dislike { target })
        }
        ActivityKind::Announce { object } => match object {
            Announced::Thing(object) => {
                about_ours(urls, object, |target, _| InboundAction::Boost { target })
            }
            Announced::Activity(inner) => passed_on(urls, inner),
        },
        ActivityKind::Undo { object } => undo(urls, object),
        ActivityKind::Create { object } => {
            published(urls, activity, object, followers, Arrival::New)
        }
        ActivityKind::Update { object } if object.id() == Some(actor) => match object {
            Embedded::Actor(_) => InboundAction::ActorChanged,
            Embedded::Id(_) | Embedded::Other { .. } => {
                InboundAction::Dereference(DereferenceTask::Actor)
            }
            Embedded::Note(_) | Embedded::Vote => {
                published(urls, activity, object, followers, Arrival::Edit)
            }
        },
        ActivityKind::Update { object } => {
            published(urls, activity, object, followers, Arrival::Edit)
        }
        ActivityKind::Delete { object } if object == actor => InboundAction::ActorDeleted,
        ActivityKind::Delete { object } if belongs(object, actor) => InboundAction::Delete {
            object: object.clone(),
        },
        ActivityKind::Block { object } if urls.parse(object) == Some(Own::Actor) => {
            InboundAction::Blocked
        }
        ActivityKind::Move { target } if target != actor && is_foreign(urls, target) => {
            InboundAction::Dereference(DereferenceTask::Moved { to: target.clone() })
        }
        ActivityKind::Flag { objects, content } => report(urls, objects, content.as_deref()),
        ActivityKind::QuoteRequest { object, instrument } => {
            ask_to_quote(urls, activity, object, instrument)
        }
        ActivityKind::Delete { .. }
        | ActivityKind::Block { .. }
        | ActivityKind::Move { .. }
        | ActivityKind::Other(_) => InboundAction::Nothing,
    }
}

/// The action of an activity that another actor forwarded, or that a group announced: posts are read from their own
/// server. Likes and follows have no effect, because they cannot be dereferenced.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "only posts can be read from their own server"
)]
pub fn passed_on(urls: &Urls, activity: &Activity) -> InboundAction {
    let task = match &activity.kind {
        ActivityKind::Create { object } | ActivityKind::Update { object } => carried(urls, object),
        ActivityKind::Delete { object } => {
            is_foreign(urls, object).then(|| DereferenceTask::Gone {
                url: object.clone(),
            })
        }
        _ => None,
    };
    task.map_or(InboundAction::Nothing, InboundAction::Dereference)
}

/// The sender of an authentic activity. An actor's Update of itself contains its own document, which replaces what is
/// `known` of the sender.
pub fn sender(activity: &Activity, known: Sender, now: Millis) -> Sender {
    if let ActivityKind::Update {
        object: Embedded::Actor(actor),
    } = &activity.kind
        && actor.id == activity.actor
        && let Some(document) = new_actor(actor, now)
    {
        return Sender::Read(Box::new(document));
    }
    known
}

/// Whether a post claims to concern us: it replies to or quotes an object of ours, or mentions our actor.
pub fn speaks_of_us(urls: &Urls, note: &RemoteNote) -> bool {
    let ours = |id: &String| {
        urls.parse(id)
            .is_some_and(|own| Own::is_post_or_letter(&own))
    };
    note.in_reply_to.iter().any(ours)
        || note.quotes.iter().any(ours)
        || note.mentions(&urls.actor())
}

/// The path of the letter or post of ours that an activity targets, and whether it is the letter. The letter's page
/// counts as the letter, because servers may refer to a post by its `url` instead of its id.
fn target(urls: &Urls, object: &str) -> Option<(String, bool)> {
    let own = urls.parse(object).filter(Own::is_post_or_letter)?;
    let letter = own.is_letter();
    Some((urls.path(if letter { &Own::Letter } else { &own }), letter))
}

/// An action about the letter or a post of ours, made of its path and whether it is the letter.
fn about_ours(
    urls: &Urls,
    object: &str,
    action: impl FnOnce(String, bool) -> InboundAction,
) -> InboundAction {
    let ours = target(urls, object);
    ours.map_or(InboundAction::Nothing, |(path, letter)| {
        action(path, letter)
    })
}

fn follow(urls: &Urls, object: &str) -> InboundAction {
    let object = object.to_owned();
    match urls.parse(&object) {
        Some(Own::Actor) => InboundAction::Follow { object },
        Some(Own::InstanceActor) => InboundAction::FollowInstance { object },
        _ => InboundAction::Nothing,
    }
}

fn undo(urls: &Urls, object: &UndoneObject) -> InboundAction {
    let of_ours = |object: &str| target(urls, object).map(|(path, _)| path);
    let undone = match object {
        UndoneObject::Id(id) => Some(Taken::Activity(id.clone())),
        UndoneObject::Follow { id, object } => {
            (urls.parse(object) == Some(Own::Actor)).then(|| Taken::Follow(id.clone()))
        }
        UndoneObject::Like { id, object } => of_ours(object).map(|target| Taken::Like {
            target,
            activity: id.clone(),
        }),
        UndoneObject::React { id, object, emoji } => of_ours(object).map(|target| Taken::React {
            target,
            emoji: emoji.clone(),
            activity: id.clone(),
        }),
        UndoneObject::Announce { id, object } => of_ours(object).map(|target| Taken::Boost {
            target,
            activity: id.clone(),
        }),
        UndoneObject::Other { .. } => None,
    };
    undone.map_or(InboundAction::Nothing, InboundAction::Undo)
}

/// Whether a post is a `Create` or an `Update`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Arrival {
    New,
    Edit,
}

/// A post that was published or edited. Only the actor's own post, on its own server, is believed; another one, or one
/// that is only named, is read from its server.
fn published(
    urls: &Urls,
    activity: &Activity,
    object: &Embedded,
    followers: Option<&str>,
    arrival: Arrival,
) -> InboundAction {
    if let Embedded::Note(note) = object
        && is_own(note, &activity.actor)
    {
        return post(urls, note, followers, arrival);
    }
    carried(urls, object).map_or(InboundAction::Nothing, InboundAction::Dereference)
}

fn post(
    urls: &Urls,
    note: &RemoteNote,
    followers: Option<&str>,
    arrival: Arrival,
) -> InboundAction {
    let Some((kind, target)) = hangs_on(urls, note) else {
        return match arrival {
            Arrival::New => InboundAction::Nothing,
            Arrival::Edit => InboundAction::Unhung {
                post: note.id.clone(),
                updated: note.updated,
            },
        };
    };
    let warning = note
        .summary
        .as_deref()
        .map(|html| shorten(&html_to_text(html), MAX_WARNING))
        .filter(|text| !text.trim().is_empty());
    InboundAction::Post(Box::new(InboundPost {
        id: note.id.clone(),
        kind,
        target,
        audience: visibility(note, followers),
        html: note.content.clone().unwrap_or_default(),
        warning,
        language: note.language.clone(),
        poll: note.kind == "Question",
        published: note.published,
        updated: note.updated,
        edit: arrival == Arrival::Edit,
    }))
}

/// How a post relates to us: it replies to the letter or a post of ours, quotes one of them, or mentions the actor. A
/// quote comes before a mention, because a person has to read a quote's words before they sign, and servers deliver
/// quotes with and without a mention.
fn hangs_on(urls: &Urls, note: &RemoteNote) -> Option<(PostKind, String)> {
    if let Some((answered, _)) = note.in_reply_to.iter().find_map(|id| target(urls, id)) {
        return Some((PostKind::Reply, answered));
    }
    if let Some((quoted, _)) = note.quotes.iter().find_map(|id| target(urls, id)) {
        return Some((PostKind::Quote, quoted));
    }
    let mentions = note.mentions(&urls.actor());
    mentions.then(|| (PostKind::Mention, urls.path(&Own::Actor)))
}

/// Whether a post is attributed to this actor and on its server.
fn is_own(note: &RemoteNote, actor: &str) -> bool {
    note.attributed_to.as_deref() == Some(actor) && belongs(&note.id, actor)
}

/// The order to read a post from its own server.
fn carried(urls: &Urls, object: &Embedded) -> Option<DereferenceTask> {
    let (url, concerns_us) = match object {
        // An id alone does not tell whether it concerns us.
        Embedded::Id(id) => (id, true),
        Embedded::Note(note) => (&note.id, speaks_of_us(urls, note)),
        Embedded::Other { id: Some(id), .. } => (id, false),
        Embedded::Other { id: None, .. } | Embedded::Vote | Embedded::Actor(_) => return None,
    };
    is_foreign(urls, url).then(|| DereferenceTask::Post {
        url: url.clone(),
        concerns_us,
    })
}

/// A request to quote an object of ours. The quoting post has to be the actor's own, public, and to quote the
/// requested object. When only the post's id is given, only its server can be checked. That is enough: servers that
/// verify our authorization compare its ids with the post, and the answer is the same for every actor.
fn ask_to_quote(
    urls: &Urls,
    activity: &Activity,
    object: &str,
    instrument: &Embedded,
) -> InboundAction {
    let Some(post) = instrument.id() else {
        return InboundAction::Nothing;
    };
    let quoted = target(urls, object).map(|(path, _)| path);
    let fits = match instrument {
        Embedded::Id(id) => belongs(id, &activity.actor),
        Embedded::Note(note) => {
            let mut named = note.quotes.iter().filter_map(|id| target(urls, id));
            is_own(note, &activity.actor)
                && matches!(
                    visibility(note, None),
                    Audience::Public | Audience::Unlisted
                )
                && named.any(|(path, _)| Some(&path) == quoted.as_ref())
        }
        Embedded::Vote | Embedded::Actor(_) | Embedded::Other { .. } => false,
    };
    InboundAction::AskToQuote(Box::new(QuoteWish {
        object: object.to_owned(),
        post: post.to_owned(),
        target: quoted.filter(|_| fits),
    }))
}

/// A report. Reported ids on our host that are neither the actor, the letter nor a post are ignored.
fn report(urls: &Urls, objects: &[String], content: Option<&str>) -> InboundAction {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for object in objects {
        match urls.parse(object) {
            Some(Own::Actor | Own::Profile) => ours.push(urls.path(&Own::Actor)),
            Some(own) if own.is_letter() => ours.push(urls.path(&Own::Letter)),
            Some(own @ Own::Post(_)) => ours.push(urls.path(&own)),
            Some(_) => (),
            None => theirs.push(object.clone()),
        }
    }
    if ours.is_empty() && theirs.is_empty() {
        return InboundAction::Nothing;
    }
    InboundAction::Report(Box::new(InboundFlag {
        ours,
        theirs,
        text: content.map(str::to_owned),
    }))
}

/// Whether an id is on another server than ours, and can be fetched over HTTP. Our own objects are never read this way.
fn is_foreign(urls: &Urls, id: &str) -> bool {
    let url = Url::parse(id);
    url.is_ok_and(|url| matches!(url.scheme(), "https" | "http")) && !urls.is_ours(id)
}

#[cfg(test)]
#[path = "interpret_tests.rs"]
mod tests;
