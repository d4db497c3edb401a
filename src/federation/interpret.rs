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

use std::collections::HashMap;

use url::Url;

use super::remote_actor::{belongs, new_actor};
use crate::{
    activitystreams::{
        Activity, ActivityKind, Announced, Embedded, Own, RemoteNote, UndoneObject, Urls, UseKind,
        visibility,
    },
    clock::Millis,
    endorsement::judge::{Audience, PostKind},
    register::{
        DereferenceTask, InboundAction, InboundFlag, InboundPost, Sender, Undo as Taken, UseWish,
        rules::Context,
    },
    text::{html_to_text, shorten},
};

/// Longest content warning that is stored, in graphemes; it is the visible title of a folded statement.
const MAX_WARNING: usize = 200;

/// What of ours activities may speak of.
#[derive(Clone, Copy, Debug)]
pub struct Ours<'a> {
    /// Our URLs.
    pub urls: &'a Urls,
    /// The paths of our `Create` activities, each with that of the letter or post which it published.
    pub creates: &'a HashMap<String, String>,
    /// The letter's language, in which a post with several texts is read.
    pub language: &'a str,
    /// The content warnings of the letter and our posts.
    pub warnings: &'a [String],
}

impl<'a> Ours<'a> {
    /// As the context of the use cases has it.
    pub fn of(context: &'a Context) -> Self {
        Self {
            urls: &context.urls,
            creates: &context.rules.creates,
            language: &context.rules.language,
            warnings: &context.rules.warnings,
        }
    }

    /// Whether a content warning is one of ours: servers fill it in for who answers, some with "re:" before it.
    fn repeats(&self, warning: &str) -> bool {
        let bare = |text: &str| {
            let text = text.trim().to_lowercase();
            let text = text.strip_prefix("re:").unwrap_or(&text).trim_start();
            shorten(text, MAX_WARNING)
        };
        let said = bare(warning);
        self.warnings.iter().any(|ours| bare(ours) == said)
    }

    /// The letter or post of ours that an address means. Servers refer to a post by its id, by its page, and some by
    /// the `Create` that published it.
    fn meant(&self, address: &str) -> Option<Own> {
        let own = self.urls.parse_address(address)?;
        let own = if let Own::Activity(_) = &own {
            let path = self.creates.get(&self.urls.path(&own))?;
            self.urls.parse_path(path)?
        } else {
            own
        };
        own.is_post_or_letter().then_some(own)
    }
}

/// The action of an activity that its own actor sent.
///
/// `followers` is the sender's followers collection, if known: it tells followers-only posts from direct ones.
pub fn interpret(ours: Ours<'_>, activity: &Activity, followers: Option<&str>) -> InboundAction {
    let actor = activity.actor.as_str();
    match &activity.kind {
        ActivityKind::Follow { object } => follow(ours, object),
        ActivityKind::Answer { accepted, id, by } => {
            follow_answered(ours, *accepted, id.as_deref(), by.as_deref())
        }
        ActivityKind::Like { object } => about_ours(ours, object, |target, letter| {
            InboundAction::Like { target, letter }
        }),
        ActivityKind::React { object, emoji } => {
            about_ours(ours, object, |target, letter| InboundAction::React {
                target,
                letter,
                emoji: emoji.clone(),
            })
        }
        ActivityKind::Dislike { object } => {
            about_ours(ours, object, |target, _| InboundAction::Dislike { target })
        }
        ActivityKind::Announce { object } => match object {
            Announced::Thing(object) => {
                about_ours(ours, object, |target, _| InboundAction::Boost { target })
            }
            Announced::Activity(inner) => passed_on(ours, inner),
        },
        ActivityKind::Undo { object } => undo(ours, object),
        ActivityKind::Create { object } => {
            published(ours, activity, object, followers, Arrival::New)
        }
        ActivityKind::Update { object } if object.id() == Some(actor) => match object {
            Embedded::Actor(_) => InboundAction::ActorChanged,
            Embedded::Id(_) | Embedded::Other { .. } => {
                InboundAction::Dereference(DereferenceTask::Actor)
            }
            Embedded::Note(_) | Embedded::Vote => {
                published(ours, activity, object, followers, Arrival::Edit)
            }
        },
        ActivityKind::Update { object } => {
            published(ours, activity, object, followers, Arrival::Edit)
        }
        ActivityKind::Delete { object } if object == actor => InboundAction::ActorDeleted,
        ActivityKind::Delete { object } if belongs(object, actor) => InboundAction::Delete {
            object: object.clone(),
        },
        ActivityKind::Block { object } if ours.urls.parse(object) == Some(Own::Actor) => {
            InboundAction::Blocked
        }
        ActivityKind::Move { target } if target != actor && is_foreign(ours, target) => {
            InboundAction::Dereference(DereferenceTask::Moved { to: target.clone() })
        }
        ActivityKind::Flag { objects, content } => report(ours, objects, content.as_deref()),
        ActivityKind::QuoteRequest { object, instrument } => {
            ask_to_quote(ours, activity, object, instrument)
        }
        ActivityKind::FeatureRequest { object, instrument } => {
            ask_to_feature(ours, activity, object, instrument)
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
pub fn passed_on(ours: Ours<'_>, activity: &Activity) -> InboundAction {
    let task = match &activity.kind {
        ActivityKind::Create { object } | ActivityKind::Update { object } => carried(ours, object),
        ActivityKind::Delete { object } => {
            is_foreign(ours, object).then(|| DereferenceTask::Gone {
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
pub fn speaks_of_us(ours: Ours<'_>, note: &RemoteNote) -> bool {
    let is_ours = |id: &String| ours.meant(id).is_some();
    note.in_reply_to.iter().any(is_ours)
        || note.quotes.iter().any(is_ours)
        || note.mentions(&ours.urls.actor())
}

/// The path of the letter or post of ours that an activity targets, and whether it is the letter.
fn target(ours: Ours<'_>, object: &str) -> Option<(String, bool)> {
    let own = ours.meant(object)?;
    let letter = own.is_letter();
    Some((
        ours.urls.path(if letter { &Own::Letter } else { &own }),
        letter,
    ))
}

/// An action about the letter or a post of ours, made of its path and whether it is the letter.
fn about_ours(
    ours: Ours<'_>,
    object: &str,
    action: impl FnOnce(String, bool) -> InboundAction,
) -> InboundAction {
    target(ours, object).map_or(InboundAction::Nothing, |(path, letter)| {
        action(path, letter)
    })
}

fn follow(ours: Ours<'_>, object: &str) -> InboundAction {
    let object = object.to_owned();
    match ours.urls.parse(&object) {
        Some(Own::Actor) => InboundAction::Follow { object },
        Some(Own::InstanceActor) => InboundAction::FollowInstance { object },
        _ => InboundAction::Nothing,
    }
}

fn undo(ours: Ours<'_>, object: &UndoneObject) -> InboundAction {
    let of_ours = |object: &str| target(ours, object).map(|(path, _)| path);
    let undone = match object {
        UndoneObject::Id(id) => Some(Taken::Activity(id.clone())),
        UndoneObject::Follow { id, object } => {
            (ours.urls.parse(object) == Some(Own::Actor)).then(|| Taken::Follow(id.clone()))
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

/// How a Follow of ours was answered. Servers name it by its id, or repeat it as they stored it.
fn follow_answered(
    ours: Ours<'_>,
    accepted: bool,
    id: Option<&str>,
    by: Option<&str>,
) -> InboundAction {
    let own = id.and_then(|id| ours.urls.parse(id));
    let follow = match own {
        Some(own @ Own::Activity(_)) => Some(ours.urls.path(&own)),
        Some(_) => return InboundAction::Nothing,
        None => None,
    };
    if follow.is_none() && by != Some(ours.urls.actor().as_str()) {
        return InboundAction::Nothing;
    }
    InboundAction::FollowAnswered { follow, accepted }
}

/// A post that was published or edited. Only the actor's own post, on its own server, is believed; another one, or one
/// that is only named, is read from its server.
fn published(
    ours: Ours<'_>,
    activity: &Activity,
    object: &Embedded,
    followers: Option<&str>,
    arrival: Arrival,
) -> InboundAction {
    if let Embedded::Note(note) = object
        && is_own(note, &activity.actor)
    {
        return post(ours, note, followers, arrival);
    }
    carried(ours, object).map_or(InboundAction::Nothing, InboundAction::Dereference)
}

fn post(
    ours: Ours<'_>,
    note: &RemoteNote,
    followers: Option<&str>,
    arrival: Arrival,
) -> InboundAction {
    let Some((kind, target)) = hangs_on(ours, note) else {
        return match arrival {
            Arrival::New => InboundAction::Nothing,
            Arrival::Edit => InboundAction::Unhung {
                post: note.id.clone(),
                updated: note.updated,
                narrowed: matches!(
                    visibility(note, followers),
                    Audience::Unlisted | Audience::Followers | Audience::Direct
                ),
            },
        };
    };
    // The excerpt of an article warns of nothing. Its title is shown and read like a content warning.
    let title = note.name.as_deref();
    let warning = note.summary.as_deref().filter(|_| !note.is_article());
    let warning = warning
        .or(title)
        .map(|html| shorten(&html_to_text(html), MAX_WARNING))
        .filter(|text| !text.trim().is_empty() && !ours.repeats(text));
    InboundAction::Post(Box::new(InboundPost {
        id: note.id.clone(),
        kind,
        target,
        audience: visibility(note, followers),
        to_us_alone: is_to_us_alone(ours, note),
        html: note.html(ours.language).unwrap_or_default().to_owned(),
        warning,
        language: note.language(ours.language).map(str::to_owned),
        poll: note.kind == "Question",
        published: note.published,
        updated: note.updated,
        edit: arrival == Arrival::Edit,
        is_authors: true,
    }))
}

/// Whether a post addresses the letter's actor, and nobody else but its own author.
fn is_to_us_alone(ours: Ours<'_>, note: &RemoteNote) -> bool {
    let us = ours.urls.actor();
    let mut addressees = note.to.iter().chain(&note.cc);
    let is_author = |id: &String| note.attributed_to.contains(id);
    note.to.contains(&us) && addressees.all(|id| *id == us || is_author(id))
}

/// How a post relates to us: it replies to the letter or a post of ours, quotes one of them, or mentions the actor. A
/// quote comes before a mention, because a person has to read a quote's words before they sign, and servers deliver
/// quotes with and without a mention.
fn hangs_on(ours: Ours<'_>, note: &RemoteNote) -> Option<(PostKind, String)> {
    if let Some((answered, _)) = note.in_reply_to.iter().find_map(|id| target(ours, id)) {
        return Some((PostKind::Reply, answered));
    }
    if let Some((quoted, _)) = note.quotes.iter().find_map(|id| target(ours, id)) {
        return Some((PostKind::Quote, quoted));
    }
    let mentions = note.mentions(&ours.urls.actor());
    mentions.then(|| (PostKind::Mention, ours.urls.path(&Own::Actor)))
}

/// Whether a post is attributed to this actor, or to nobody, and on its server.
fn is_own(note: &RemoteNote, actor: &str) -> bool {
    let authors = &note.attributed_to;
    let is_author = authors.is_empty() || authors.iter().any(|author| author == actor);
    is_author && belongs(&note.id, actor)
}

/// The order to read a post from its own server.
fn carried(ours: Ours<'_>, object: &Embedded) -> Option<DereferenceTask> {
    let (url, concerns_us) = match object {
        // An id alone does not tell whether it concerns us.
        Embedded::Id(id) => (id, true),
        Embedded::Note(note) => (&note.id, speaks_of_us(ours, note)),
        Embedded::Other { id: Some(id), .. } => (id, false),
        Embedded::Other { id: None, .. } | Embedded::Vote | Embedded::Actor(_) => return None,
    };
    is_foreign(ours, url).then(|| DereferenceTask::Post {
        url: url.clone(),
        concerns_us,
    })
}

/// A request to quote an object of ours. The quoting post has to be the actor's own, public, and to quote the
/// requested object. When only the post's id is given, only its server can be checked. That is enough: servers that
/// verify our authorization compare its ids with the post. What a moderator takes back is taken from the asking actor alone.
fn ask_to_quote(
    ours: Ours<'_>,
    activity: &Activity,
    object: &str,
    instrument: &Embedded,
) -> InboundAction {
    let Some(post) = instrument.id() else {
        return InboundAction::Nothing;
    };
    let quoted = target(ours, object).map(|(path, _)| path);
    let fits = match instrument {
        Embedded::Id(id) => belongs(id, &activity.actor),
        Embedded::Note(note) => {
            let mut named = note.quotes.iter().filter_map(|id| target(ours, id));
            is_own(note, &activity.actor)
                && matches!(
                    visibility(note, None),
                    Audience::Public | Audience::Unlisted
                )
                && named.any(|(path, _)| Some(&path) == quoted.as_ref())
        }
        Embedded::Vote | Embedded::Actor(_) | Embedded::Other { .. } => false,
    };
    InboundAction::AskToUse(Box::new(UseWish {
        kind: UseKind::Quote,
        object: object.to_owned(),
        post: post.to_owned(),
        target: quoted.filter(|_| fits),
    }))
}

/// A request to show our actor in a collection, which has to be on the asking actor's own server: others compare its id
/// with the authorization.
fn ask_to_feature(
    ours: Ours<'_>,
    activity: &Activity,
    object: &str,
    collection: &str,
) -> InboundAction {
    let is_ours = ours.urls.parse(object) == Some(Own::Actor);
    let fits = is_ours && belongs(collection, &activity.actor);
    InboundAction::AskToUse(Box::new(UseWish {
        kind: UseKind::Feature,
        object: object.to_owned(),
        post: collection.to_owned(),
        target: fits.then(|| ours.urls.path(&Own::Actor)),
    }))
}

/// A report. Reported ids on our host that are neither the actor, the letter nor a post are ignored.
fn report(ours: Ours<'_>, objects: &[String], content: Option<&str>) -> InboundAction {
    let urls = ours.urls;
    let (mut of_ours, mut theirs) = (Vec::new(), Vec::new());
    for object in objects {
        match urls.parse_address(object) {
            Some(Own::Actor | Own::Profile) => of_ours.push(urls.path(&Own::Actor)),
            Some(own) if own.is_letter() => of_ours.push(urls.path(&Own::Letter)),
            Some(own @ Own::Post(_)) => of_ours.push(urls.path(&own)),
            Some(_) => (),
            None if urls.is_ours(object) => (),
            None => theirs.push(object.clone()),
        }
    }
    if of_ours.is_empty() && theirs.is_empty() {
        return InboundAction::Nothing;
    }
    InboundAction::Report(Box::new(InboundFlag {
        ours: of_ours,
        theirs,
        text: content.map(str::to_owned),
    }))
}

/// Whether an id is on another server than ours, and can be fetched over HTTP. Our own objects are never read this way.
fn is_foreign(ours: Ours<'_>, id: &str) -> bool {
    let url = Url::parse(id);
    url.is_ok_and(|url| matches!(url.scheme(), "https" | "http")) && !ours.urls.is_ours(id)
}

#[cfg(test)]
#[path = "interpret_tests.rs"]
mod tests;
