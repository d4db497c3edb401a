//! Interprets an authentic activity as an action on the register.
//!
//! The [`inbox`](super::inbox) has verified the signature, and that the actor is not on our server. Here it is checked
//! whether the actor may speak for the object: an embedded object counts only when it is on the actor's own server.
//! Missing checks of this kind allowed attackers to take over remote accounts on Mastodon (CVE-2024-23832).

use super::{
    remote_actor::{belongs, new_actor},
    requests::{ask_to_quote, report},
};
use crate::{
    activitystreams::{
        Activity, ActivityKind, Announced, Embedded, Own, RemoteNote, UndoneObject, Urls,
        visibility,
    },
    clock::Millis,
    endorsement::judge::PostKind,
    register::{InboundAction, InboundPost, Sender, Undo as Taken},
    text::{html_to_text, shorten},
};

/// Longest content warning that is stored, in graphemes; it is the visible title of a folded statement.
const MAX_WARNING: usize = 200;

/// The action of an activity. `sender` may get a document, because an actor's Update contains its own.
///
/// `followers` is the sender's followers collection, if known: it tells followers-only posts from direct ones.
pub fn deed(
    urls: &Urls,
    activity: &Activity,
    sender: &mut Sender,
    followers: Option<&str>,
    now: Millis,
) -> InboundAction {
    match &activity.kind {
        ActivityKind::Follow { object } => match urls.parse(object) {
            Some(Own::Actor) => InboundAction::Follow {
                object: object.clone(),
            },
            Some(Own::InstanceActor) => InboundAction::FollowInstance {
                object: object.clone(),
            },
            _ => InboundAction::Nothing,
        },
        ActivityKind::Like { object } => like(urls, object),
        ActivityKind::React { object, emoji } => match target(urls, object) {
            Some((target, letter)) => InboundAction::React {
                target,
                letter,
                emoji: emoji.clone(),
            },
            None => InboundAction::Nothing,
        },
        ActivityKind::Dislike { object } => match target(urls, object) {
            Some((target, _)) => InboundAction::Dislike { target },
            None => InboundAction::Nothing,
        },
        ActivityKind::Announce {
            object: Announced::Thing(object),
        } => match target(urls, object) {
            Some((target, _)) => InboundAction::Boost { target },
            None => InboundAction::Nothing,
        },
        ActivityKind::QuoteRequest { object, instrument } => {
            ask_to_quote(urls, activity, object, instrument)
        }
        ActivityKind::Flag { objects, content } => report(urls, objects, content.as_deref()),
        ActivityKind::Undo { object } => undo(urls, object),
        ActivityKind::Create {
            object: Embedded::Note(note),
        } => post(urls, activity, note, followers, Arrival::New),
        ActivityKind::Update {
            object: Embedded::Note(note),
        } => post(urls, activity, note, followers, Arrival::Edit),
        ActivityKind::Update {
            object: Embedded::Actor(actor),
        } if actor.id == activity.actor => {
            // The actor itself signed, so the embedded document is authentic.
            match new_actor(actor, now) {
                Some(document) => {
                    *sender = Sender::Read(Box::new(document));
                    InboundAction::ActorChanged
                }
                None => InboundAction::Nothing,
            }
        }
        ActivityKind::Delete { object } if *object == activity.actor => InboundAction::ActorDeleted,
        ActivityKind::Delete { object } if belongs(object, &activity.actor) => {
            InboundAction::Delete {
                object: object.clone(),
            }
        }
        ActivityKind::Block { object } if urls.parse(object) == Some(Own::Actor) => {
            InboundAction::Blocked
        }
        ActivityKind::Announce { .. }
        | ActivityKind::Move { .. }
        | ActivityKind::Create { .. }
        | ActivityKind::Update { .. }
        | ActivityKind::Delete { .. }
        | ActivityKind::Block { .. }
        | ActivityKind::Other(_) => InboundAction::Nothing,
    }
}

/// Whether a post is a `Create` or an `Update`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Arrival {
    New,
    Edit,
}

/// The path of the letter or post of ours that an activity targets, and whether it is the letter. The letter's page
/// counts as the letter, because servers may refer to a post by its `url` instead of its id.
pub(super) fn target(urls: &Urls, object: &str) -> Option<(String, bool)> {
    let own = urls.parse(object).filter(Own::is_post_or_letter)?;
    let letter = own.is_letter();
    Some((urls.path(if letter { &Own::Letter } else { &own }), letter))
}

fn like(urls: &Urls, object: &str) -> InboundAction {
    match target(urls, object) {
        Some((target, letter)) => InboundAction::Like { target, letter },
        None => InboundAction::Nothing,
    }
}

fn undo(urls: &Urls, object: &UndoneObject) -> InboundAction {
    match object {
        UndoneObject::Id(id) => InboundAction::Undo(Taken::Activity(id.clone())),
        UndoneObject::Follow { id, object } if urls.parse(object) == Some(Own::Actor) => {
            InboundAction::Undo(Taken::Follow(id.clone()))
        }
        UndoneObject::Like { id, object } => match target(urls, object) {
            Some((target, _)) => InboundAction::Undo(Taken::Like {
                target,
                activity: id.clone(),
            }),
            None => InboundAction::Nothing,
        },
        UndoneObject::React { id, object, emoji } => match target(urls, object) {
            Some((target, _)) => InboundAction::Undo(Taken::React {
                target,
                emoji: emoji.clone(),
                activity: id.clone(),
            }),
            None => InboundAction::Nothing,
        },
        UndoneObject::Announce { id, object } => match target(urls, object) {
            Some((target, _)) => InboundAction::Undo(Taken::Boost {
                target,
                activity: id.clone(),
            }),
            None => InboundAction::Nothing,
        },
        UndoneObject::Follow { .. } | UndoneObject::Other { .. } => InboundAction::Nothing,
    }
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
pub(super) fn is_own(note: &RemoteNote, actor: &str) -> bool {
    note.attributed_to.as_deref() == Some(actor) && belongs(&note.id, actor)
}

/// A post that relates to us. It has to be the sender's own, on the sender's server.
fn post(
    urls: &Urls,
    activity: &Activity,
    note: &RemoteNote,
    followers: Option<&str>,
    arrival: Arrival,
) -> InboundAction {
    if !is_own(note, &activity.actor) || note.is_vote() {
        return InboundAction::Nothing;
    }
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
        published: note.published,
        updated: note.updated,
        edit: arrival == Arrival::Edit,
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// The action of a Create of a post by Ada with these additional members.
    fn created(members: &Value) -> InboundAction {
        let mut note = json!({
            "id": "https://m.example/users/ada/statuses/1",
            "type": "Note",
            "attributedTo": "https://m.example/users/ada",
            "to": ["https://www.w3.org/ns/activitystreams#Public"],
            "content": "<p>I sign</p>",
        });
        let object = note.as_object_mut().unwrap();
        object.extend(members.as_object().unwrap().clone());
        let activity = json!({
            "id": "https://m.example/users/ada/statuses/1/activity",
            "type": "Create",
            "actor": "https://m.example/users/ada",
            "object": note,
        });
        let activity = Activity::parse(activity.to_string().as_bytes()).unwrap();
        let base = "https://letter.example".parse().unwrap();
        let urls = Urls::new(&base, "letter.example", "letter");
        let mut sender = Sender::Known("https://m.example/users/ada".to_owned());
        deed(&urls, &activity, &mut sender, None, Millis::from_millis(0))
    }

    #[test]
    fn a_post_hangs_on_the_letter_by_its_answer_its_mention_or_its_quote() {
        let check = |members: Value, expected: Option<(PostKind, &str)>| {
            let deed = created(&members);
            let found = deed.post().map(|post| (post.kind, post.target.as_str()));
            assert_eq!(found, expected, "{members}");
        };
        let letter = "https://letter.example/letter";
        let mention = json!({"type": "Mention", "href": "https://letter.example/actor"});
        check(
            json!({"inReplyTo": letter}),
            Some((PostKind::Reply, "/letter")),
        );
        check(
            json!({"inReplyTo": letter, "tag": [mention]}),
            Some((PostKind::Reply, "/letter")),
        );
        check(
            json!({"tag": [mention]}),
            Some((PostKind::Mention, "/actor")),
        );
        check(
            json!({"inReplyTo": "https://m.example/users/bob/statuses/2", "tag": mention}),
            Some((PostKind::Mention, "/actor")),
        );
        check(
            json!({"tag": [mention], "quote": letter}),
            Some((PostKind::Quote, "/letter")),
        );
        check(json!({"quote": letter}), Some((PostKind::Quote, "/letter")));
        check(
            json!({"quoteUrl": "https://letter.example/posts/0123456789abcdef"}),
            Some((PostKind::Quote, "/posts/0123456789abcdef")),
        );
        check(
            json!({"quote": "https://m.example/users/bob/statuses/2"}),
            None,
        );
        check(
            json!({"tag": [{"type": "Mention", "href": "https://m.example/users/bob"}]}),
            None,
        );
        check(json!({}), None);
    }

    #[test]
    fn a_content_warning_is_kept_as_far_as_a_page_can_show_it() {
        let long =
            json!({"inReplyTo": "https://letter.example/letter", "summary": "w".repeat(100_000)});
        let deed = created(&long);
        let warning = deed
            .post()
            .and_then(|post| post.warning.as_deref())
            .unwrap();
        assert!((150..=210).contains(&warning.len()), "{}", warning.len());
    }

    #[test]
    fn a_post_that_is_somebody_elses_or_on_another_server_says_nothing() {
        let letter = "https://letter.example/letter";
        for members in [
            json!({"inReplyTo": letter, "attributedTo": "https://m.example/users/bob"}),
            json!({"inReplyTo": letter, "id": "https://other.example/1"}),
        ] {
            assert!(created(&members).post().is_none(), "{members}");
        }
    }
}
