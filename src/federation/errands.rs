//! Objects that have to be read from their own server, because the activity that names them does not prove them.
//!
//! Pure: an activity in, an order to dereference or none out. From an activity that another server forwarded or a
//! group announced, only ids are taken; its embedded objects only tell whether they are worth reading. Linked Data
//! Signatures are not verified, because rearranged JSON-LD graphs have defeated them (Mastodon GHSA-53m7-2wrh-q839).
//!
//! **Not here:** how much is read (`register::looks`), and the reading ([`dereference_jobs`](super::dereference_jobs)).

use url::Url;

use super::remote_actor::belongs;
use crate::{
    activitystreams::{Activity, ActivityKind, Announced, Embedded, Own, RemoteNote, Urls},
    register::inbound::dereference_jobs::DereferenceTask,
};

/// What has to be read after an actor's own activity: an object of another server or actor, an object given as an id
/// only, the actor's own incomplete document, the target of its Move, or the object that a group announces.
pub fn own(urls: &Urls, activity: &Activity) -> Option<DereferenceTask> {
    match &activity.kind {
        ActivityKind::Update { object } if object.id() == Some(&activity.actor) => match object {
            Embedded::Id(_) | Embedded::Other { .. } => Some(DereferenceTask::Actor),
            Embedded::Note(_) | Embedded::Vote | Embedded::Actor(_) => None,
        },
        ActivityKind::Create { object } | ActivityKind::Update { object } => {
            carried(urls, object).filter(|_| !is_its_own(object, &activity.actor))
        }
        ActivityKind::Announce {
            object: Announced::Activity(inner),
        } => passed_on(urls, inner),
        ActivityKind::Move { target } => {
            let elsewhere = *target != activity.actor && is_foreign(urls, target);
            elsewhere.then(|| DereferenceTask::Moved { to: target.clone() })
        }
        ActivityKind::Follow { .. }
        | ActivityKind::Like { .. }
        | ActivityKind::React { .. }
        | ActivityKind::Dislike { .. }
        | ActivityKind::Announce { .. }
        | ActivityKind::Undo { .. }
        | ActivityKind::Delete { .. }
        | ActivityKind::Block { .. }
        | ActivityKind::Flag { .. }
        | ActivityKind::QuoteRequest { .. }
        | ActivityKind::Other(_) => None,
    }
}

/// What has to be read after an activity that another actor forwarded: posts only, because likes and follows cannot be
/// dereferenced.
pub fn passed_on(urls: &Urls, activity: &Activity) -> Option<DereferenceTask> {
    match &activity.kind {
        ActivityKind::Create { object } | ActivityKind::Update { object } => carried(urls, object),
        ActivityKind::Delete { object } => {
            is_foreign(urls, object).then(|| DereferenceTask::Gone {
                url: object.clone(),
            })
        }
        ActivityKind::Follow { .. }
        | ActivityKind::Like { .. }
        | ActivityKind::React { .. }
        | ActivityKind::Dislike { .. }
        | ActivityKind::Announce { .. }
        | ActivityKind::Undo { .. }
        | ActivityKind::Block { .. }
        | ActivityKind::Move { .. }
        | ActivityKind::Flag { .. }
        | ActivityKind::QuoteRequest { .. }
        | ActivityKind::Other(_) => None,
    }
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

/// Whether an embedded post is the actor's own. Then it is authentic, and was applied or does not concern us.
fn is_its_own(object: &Embedded, actor: &str) -> bool {
    match object {
        Embedded::Note(note) => {
            note.attributed_to.as_deref() == Some(actor) && belongs(&note.id, actor)
        }
        Embedded::Id(_) | Embedded::Vote | Embedded::Actor(_) | Embedded::Other { .. } => false,
    }
}

/// Whether an id is on another server than ours, and can be fetched over HTTP. Our own objects are never read this way.
fn is_foreign(urls: &Urls, id: &str) -> bool {
    let url = Url::parse(id);
    url.is_ok_and(|url| matches!(url.scheme(), "https" | "http")) && !urls.is_ours(id)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ADA: &str = "https://m.example/users/ada";
    const POST: &str = "https://m.example/users/ada/statuses/1";

    fn urls() -> Urls {
        let base = "https://letter.example".parse().unwrap();
        Urls::new(&base, "letter.example", "letter")
    }

    fn activity(kind: &str, actor: &str, object: &Value) -> Activity {
        let text = json!({
            "id": format!("{actor}/activities/1"),
            "type": kind,
            "actor": actor,
            "object": object,
            "target": "https://new.example/users/ada",
        });
        Activity::parse(text.to_string().as_bytes()).unwrap()
    }

    fn note(members: &Value) -> Value {
        let mut note = json!({
            "id": POST,
            "type": "Note",
            "attributedTo": ADA,
            "inReplyTo": "https://letter.example/letter",
            "content": "<p>I sign</p>",
        });
        let object = note.as_object_mut().unwrap();
        object.extend(members.as_object().unwrap().clone());
        note
    }

    fn post(url: &str, concerns_us: bool) -> DereferenceTask {
        DereferenceTask::Post {
            url: url.to_owned(),
            concerns_us,
        }
    }

    #[test]
    fn of_what_is_passed_on_only_the_ids_of_posts_are_taken() {
        let gone = |url: &str| {
            Some(DereferenceTask::Gone {
                url: url.to_owned(),
            })
        };
        let check = |kind, object: Value, expected: Option<DereferenceTask>| {
            let found = passed_on(&urls(), &activity(kind, ADA, &object));
            assert_eq!(found, expected, "{kind} {object}");
        };
        let ours = "https://letter.example/posts/0123456789abcdef";
        let elsewhere = json!({"inReplyTo": "https://m.example/1"});
        let mentions = json!({
            "inReplyTo": null,
            "tag": {"type": "Mention", "href": "https://letter.example/actor"},
        });
        check("Create", note(&json!({})), Some(post(POST, true)));
        check("Update", note(&json!({})), Some(post(POST, true)));
        check("Create", note(&elsewhere), Some(post(POST, false)));
        check("Create", note(&mentions), Some(post(POST, true)));
        let quotes = json!({"inReplyTo": null, "quoteUrl": "https://letter.example/letter"});
        check("Create", note(&quotes), Some(post(POST, true)));
        check("Create", json!(POST), Some(post(POST, true)));
        check(
            "Create",
            json!({"id": POST, "type": "Video"}),
            Some(post(POST, false)),
        );
        check("Create", note(&json!({"id": ours})), None);
        check("Create", json!("acct:ada@m.example"), None);
        check("Delete", json!(POST), gone(POST));
        check(
            "Delete",
            json!({"id": POST, "type": "Tombstone"}),
            gone(POST),
        );
        check("Delete", json!(ours), None);
        for kind in [
            "Like", "Announce", "Follow", "Undo", "Block", "Flag", "Dislike",
        ] {
            check(kind, json!("https://letter.example/letter"), None);
        }
        check("Move", json!(ADA), None);
    }

    #[test]
    fn of_an_actors_own_activity_only_what_it_does_not_prove_is_looked_up() {
        let check = |kind, object: Value, expected: Option<DereferenceTask>| {
            let found = own(&urls(), &activity(kind, ADA, &object));
            assert_eq!(found, expected, "{kind} {object}");
        };
        let elsewhere = "https://other.example/1";
        check("Create", note(&json!({})), None);
        check("Update", note(&json!({})), None);
        check("Create", json!(POST), Some(post(POST, true)));
        check(
            "Create",
            note(&json!({"id": elsewhere})),
            Some(post(elsewhere, true)),
        );
        let bobs = json!({"attributedTo": "https://m.example/users/bob"});
        check("Create", note(&bobs), Some(post(POST, true)));
        check("Update", json!(ADA), Some(DereferenceTask::Actor));
        check(
            "Update",
            json!({"id": ADA, "type": "Person"}),
            Some(DereferenceTask::Actor),
        );
        check("Create", json!(ADA), Some(post(ADA, true)));
        check("Delete", json!(POST), None);
        let to = "https://new.example/users/ada".to_owned();
        check("Move", json!(ADA), Some(DereferenceTask::Moved { to }));
    }

    #[test]
    fn what_a_group_wraps_is_treated_as_passed_on() {
        let wrapped = |kind: &str, object: Value| {
            let inner =
                json!({"id": "https://m.example/1", "type": kind, "actor": ADA, "object": object});
            let group = activity("Announce", "https://lemmy.example/c/letters", &inner);
            own(&urls(), &group)
        };
        assert_eq!(wrapped("Create", note(&json!({}))), Some(post(POST, true)));
        assert_eq!(wrapped("Update", json!(POST)), Some(post(POST, true)));
        assert_eq!(
            wrapped("Delete", json!(POST)),
            Some(DereferenceTask::Gone {
                url: POST.to_owned()
            })
        );
        let letter = json!("https://letter.example/letter");
        for vote in ["Like", "Dislike", "Undo", "Announce", "Move"] {
            assert_eq!(wrapped(vote, letter.clone()), None, "{vote}");
        }
    }
}
