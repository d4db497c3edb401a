//! Requests of other servers: `QuoteRequest` (FEP-044f) and `Flag`.

use super::{
    interpret::{is_own, target},
    remote_actor::belongs,
};
use crate::{
    activitystreams::{Activity, Embedded, Own, Urls, visibility},
    endorsement::judge::Audience,
    register::{InboundAction, InboundFlag, QuoteWish},
};

/// A request to quote an object of ours. The quoting post has to be the actor's own, public, and to quote the
/// requested object. When only the post's id is given, only its server can be checked. That is enough: servers that
/// verify our authorization compare its ids with the post, and the answer is the same for every actor.
pub(super) fn ask_to_quote(
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
pub(super) fn report(urls: &Urls, objects: &[String], content: Option<&str>) -> InboundAction {
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{clock::Millis, federation::interpret::deed, register::Sender};

    const ADA: &str = "https://m.example/users/ada";
    const LETTER: &str = "https://letter.example/letter";
    const POST: &str = "https://letter.example/posts/0123456789abcdef";

    /// The action of an activity by Ada with these members.
    fn done(members: &Value) -> InboundAction {
        let mut activity = json!({"id": format!("{ADA}/1"), "actor": ADA});
        let object = activity.as_object_mut().unwrap();
        object.extend(members.as_object().unwrap().clone());
        let activity = Activity::parse(activity.to_string().as_bytes()).unwrap();
        let base = "https://letter.example".parse().unwrap();
        let urls = Urls::new(&base, "letter.example", "letter");
        let mut sender = Sender::Known(ADA.to_owned());
        deed(&urls, &activity, &mut sender, None, Millis::from_millis(0))
    }

    /// The path that may be quoted after Ada asked for `object` with this instrument.
    fn asked(object: &str, instrument: &Value) -> Option<String> {
        let request = json!({"type": "QuoteRequest", "object": object, "instrument": instrument});
        let InboundAction::AskToQuote(asked) = done(&request) else {
            panic!("{request} asks for nothing");
        };
        asked.target
    }

    fn note(members: &Value) -> Value {
        let mut note = json!({
            "id": format!("{ADA}/statuses/1"),
            "type": "Note",
            "attributedTo": ADA,
            "to": "as:Public",
            "quote": LETTER,
        });
        let object = note.as_object_mut().unwrap();
        object.extend(members.as_object().unwrap().clone());
        note
    }

    #[test]
    fn a_post_may_quote_when_it_is_the_asking_actors_own_public_and_quotes_what_is_asked_for() {
        let check = |object: &str, instrument: Value, expected: Option<&str>| {
            let found = asked(object, &instrument);
            assert_eq!(found.as_deref(), expected, "{object} {instrument}");
        };
        let yes = Some("/letter");
        check(LETTER, note(&json!({})), yes);
        check("https://letter.example/", note(&json!({})), yes);
        check(LETTER, json!(format!("{ADA}/statuses/1")), yes);
        check(
            LETTER,
            note(&json!({"to": [], "cc": ["https://www.w3.org/ns/activitystreams#Public"]})),
            yes,
        );
        let quoteless = json!({"quote": null, "_misskey_quote": "https://letter.example"});
        check(LETTER, note(&quoteless), yes);
        check(
            POST,
            note(&json!({"quote": POST})),
            Some("/posts/0123456789abcdef"),
        );

        check(POST, note(&json!({})), None);
        check("https://letter.example/actor", note(&json!({})), None);
        check("https://other.example/letter", note(&json!({})), None);
        for members in [
            json!({"attributedTo": "https://m.example/users/bob"}),
            json!({"id": "https://other.example/1"}),
            json!({"id": "https://letter.example/posts/0123456789abcdef"}),
            json!({"quote": "https://m.example/1"}),
            json!({"to": [format!("{ADA}/followers")]}),
            json!({"type": "Event"}),
        ] {
            check(LETTER, note(&members), None);
        }
        check(LETTER, json!("https://other.example/1"), None);
    }

    #[test]
    fn a_report_keeps_what_is_ours_apart_from_what_is_not() {
        let flag =
            |objects: Value| done(&json!({"type": "Flag", "object": objects, "content": "x"}));
        let InboundAction::Report(report) = flag(json!([
            "https://letter.example/actor",
            "https://letter.example/@letter",
            "https://letter.example",
            POST,
            "https://letter.example/inbox",
            "https://m.example/users/bob",
            {"id": "https://m.example/1", "type": "Note"},
        ])) else {
            panic!("a report");
        };
        assert_eq!(
            report.ours,
            ["/actor", "/actor", "/letter", "/posts/0123456789abcdef"]
        );
        assert_eq!(
            report.theirs,
            ["https://m.example/users/bob", "https://m.example/1"]
        );
        assert_eq!(report.text.as_deref(), Some("x"));
        assert!(matches!(
            flag(json!("https://letter.example/inbox")),
            InboundAction::Nothing
        ));
    }

    #[test]
    fn boosts_reactions_and_dislikes_are_about_what_is_ours_or_nothing() {
        let of = |kind: &str, object: &str| {
            let deed = done(&json!({"type": kind, "object": object, "content": "🎉"}));
            if let InboundAction::React { target, letter, .. } = deed {
                format!("react {target} {letter}")
            } else if let InboundAction::Dislike { target } = deed {
                format!("dislike {target}")
            } else if let InboundAction::Boost { target } = deed {
                format!("boost {target}")
            } else {
                format!("{deed:?}").to_lowercase()
            }
        };
        let page = "https://letter.example/";
        assert_eq!(of("Like", LETTER), "react /letter true");
        assert_eq!(
            of("EmojiReact", POST),
            "react /posts/0123456789abcdef false"
        );
        assert_eq!(of("Dislike", page), "dislike /letter");
        assert_eq!(of("Announce", page), "boost /letter");
        assert_eq!(of("Announce", POST), "boost /posts/0123456789abcdef");
        for kind in ["Like", "EmojiReact", "Dislike", "Announce"] {
            for object in ["https://m.example/1", "https://letter.example/actor"] {
                assert_eq!(of(kind, object), "nothing", "{kind} {object}");
            }
        }
    }
}
