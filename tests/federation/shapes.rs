//! Every kind of activity in every shape that servers send means what its plain form means: objects embedded or by id,
//! single values or lists, missing members.

use std::sync::LazyLock;

use crate::federation::receiver::incoming;
use serde_json::{Value, json};
use undersigned::activitystreams::{Activity, RemoteActor};

mod posts;

pub(crate) const ADA: &str = "https://m.example/users/ada";
pub(crate) const NOTE: &str = "https://m.example/users/ada/statuses/1";
pub(crate) const LIKE: &str = "https://m.example/users/ada#likes/1";
const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";
const LETTER: &str = "https://letter.example/letter";
const ACTOR: &str = "https://letter.example/actor";

/// A discoverable account that is ten years old.
pub(crate) fn ada() -> RemoteActor {
    let document = json!({
        "id": ADA,
        "type": "Person",
        "preferredUsername": "ada",
        "name": "Ada Lovelace",
        "inbox": format!("{ADA}/inbox"),
        "followers": format!("{ADA}/followers"),
        "discoverable": true,
        "published": "2016-01-01T00:00:00Z",
        "publicKey": {"id": format!("{ADA}#main-key"), "owner": ADA, "publicKeyPem": crate::support::fediverse::KEY.public_key_pem()},
    });
    RemoteActor::parse(document.to_string().as_bytes()).unwrap()
}

/// A reply that signs.
pub(crate) fn note() -> Value {
    json!({
        "id": NOTE,
        "type": "Note",
        "attributedTo": ADA,
        "inReplyTo": LETTER,
        "content": "<p>I sign</p>",
        "published": "2026-11-20T10:00:00Z",
        "to": [PUBLIC],
        "cc": [format!("{ADA}/followers"), ACTOR],
        "tag": [{"type": "Mention", "href": ACTOR, "name": "@letter@letter.example"}],
        "attachment": [],
    })
}

/// An activity of Ada's in the plainest form.
pub(crate) fn plain(kind: &str, object: &Value) -> Value {
    json!({"id": format!("{ADA}#{kind}/1"), "type": kind, "actor": ADA, "object": object})
}

fn with(mut activity: Value, member: &str, value: Value) -> Value {
    activity[member] = value;
    activity
}

/// What Ada may undo, in its original form.
pub(crate) fn follow() -> Value {
    plain("Follow", &json!(ACTOR))
}

pub(crate) fn like() -> Value {
    with(plain("Like", &json!(LETTER)), "id", json!(LIKE))
}

fn reaction(kind: &str) -> Value {
    with(plain(kind, &json!(LETTER)), "content", json!("🎉"))
}

/// Each kind with its plain form, and whether its object may be embedded as well as an id.
fn rows() -> Vec<(&'static str, Value, bool)> {
    let quoting = with(note(), "quote", json!(LETTER));
    let instrument = json!({"id": NOTE, "type": "Note", "attributedTo": ADA, "quote": LETTER});
    let quote_request = plain("QuoteRequest", &json!(LETTER));
    let actor = json!({
        "id": ADA, "type": "Person", "preferredUsername": "ada", "inbox": format!("{ADA}/inbox"),
    });
    let article = with(note(), "type", json!("Article"));
    vec![
        ("Follow", follow(), true),
        ("Undo Follow", plain("Undo", &follow()), false),
        (
            "QuoteRequest",
            with(quote_request, "instrument", instrument),
            true,
        ),
        (
            "FeatureRequest",
            with(
                plain("FeatureRequest", &json!(ACTOR)),
                "instrument",
                json!(format!("{ADA}/collections/1")),
            ),
            true,
        ),
        ("reply", plain("Create", &note()), false),
        ("quote", plain("Create", &quoting), false),
        ("article", plain("Create", &article), false),
        ("edit", plain("Update", &note()), false),
        ("Delete", plain("Delete", &json!(NOTE)), true),
        ("Delete of an account", plain("Delete", &json!(ADA)), true),
        ("Like", like(), true),
        (
            "Like of the page",
            plain("Like", &json!("https://letter.example/")),
            true,
        ),
        ("Like with emoji", reaction("Like"), true),
        ("EmojiReact", reaction("EmojiReact"), true),
        ("Dislike", plain("Dislike", &json!(LETTER)), true),
        ("Undo Like", plain("Undo", &like()), false),
        ("Undo by id", plain("Undo", &json!(LIKE)), false),
        (
            "Undo Like with emoji",
            plain("Undo", &reaction("Like")),
            false,
        ),
        (
            "Undo EmojiReact",
            plain("Undo", &reaction("EmojiReact")),
            false,
        ),
        (
            "Undo Dislike",
            plain("Undo", &plain("Dislike", &json!(LETTER))),
            false,
        ),
        ("Announce", plain("Announce", &json!(LETTER)), true),
        (
            "Undo Announce",
            plain("Undo", &plain("Announce", &json!(LETTER))),
            false,
        ),
        (
            "wrapper",
            plain("Announce", &plain("Create", &note())),
            false,
        ),
        ("Update of an account", plain("Update", &actor), false),
        (
            "Move",
            with(
                plain("Move", &json!(ADA)),
                "target",
                json!("https://n.example/ada"),
            ),
            true,
        ),
        ("Block", plain("Block", &json!(ACTOR)), true),
        (
            "Undo Block",
            plain("Undo", &plain("Block", &json!(ACTOR))),
            false,
        ),
        (
            "Flag",
            with(plain("Flag", &json!(LETTER)), "content", json!("spam")),
            true,
        ),
        ("Add", plain("Add", &json!(LETTER)), true),
        ("Accept", plain("Accept", &json!(LETTER)), true),
        ("View", plain("View", &json!(LETTER)), true),
    ]
}

/// The meaning of an activity: its action, and how it was read.
fn meaning(activity: &Value) -> (String, String) {
    let parsed = Activity::parse(activity.to_string().as_bytes()).unwrap();
    let action = format!("{:?}", incoming(activity, &ACTIVE).action);
    (action, format!("{:?}", parsed.kind))
}

/// Ada's document, parsed once.
static ACTIVE: LazyLock<RemoteActor> = LazyLock::new(ada);

type Change = fn(&mut Value);

fn list(value: &mut Value) {
    *value = json!([value.take()]);
}

fn embed(value: &mut Value) {
    if value.is_string() {
        *value = json!({"id": value.take(), "type": "Object", "name": "said along"});
    }
}

fn same(_: &mut Value) {}

const IDS: [Change; 5] = [
    same,
    |activity| activity["id"] = json!("https://m.example/7f3a"),
    |activity| activity["id"] = json!("https://m.example/a/%2Fb?c=d#é/undo"),
    |activity| activity["id"] = json!(format!("https://m.example/{}", "a".repeat(2048 - 18))),
    |activity| activity["id"] = Value::Null,
];

const TYPES: [Change; 3] = [
    same,
    |activity| list(&mut activity["type"]),
    |activity| activity["type"] = json!([activity["type"], "https://other.example/ns#Thing"]),
];

const ACTORS: [Change; 4] = [
    same,
    |activity| list(&mut activity["actor"]),
    |activity| activity["actor"] = json!({"id": ADA, "type": "Person", "name": "Somebody else"}),
    |activity| activity["actor"] = json!([{"id": ADA}]),
];

/// Members that change no meaning.
const AROUND: [Change; 4] = [
    same,
    |activity| {
        activity["@context"] = json!("https://www.w3.org/ns/activitystreams");
        activity["to"] = json!("https://letter.example/actor");
    },
    |activity| {
        activity["@context"] = Value::Null;
        activity["to"] = json!([PUBLIC]);
        activity["cc"] = json!(null);
        activity["bto"] = json!([]);
        activity["audience"] = json!("https://m.example/groups/1");
    },
    |activity| {
        activity["@context"] = json!(["https://www.w3.org/ns/activitystreams", {"toot": "x:"}]);
        activity["signature"] = json!({"type": "RsaSignature2017", "signatureValue": "x"});
        activity["proof"] = json!({"type": "DataIntegrityProof"});
        let service = json!({"type": "Service"});
        activity["instrument"] = activity.get("instrument").cloned().unwrap_or(service);
        activity["diaspora:guid"] = json!("1");
        activity["context"] = json!("https://m.example/contexts/1");
        activity["published"] = json!("2026-11-20T10:00:00.123456Z");
    },
];

/// The shapes of `object`: as it is, an array of it, and both of an embedded thing.
const OBJECTS: [Change; 4] = [
    same,
    |activity| list(&mut activity["object"]),
    |activity| embed(&mut activity["object"]),
    |activity| {
        embed(&mut activity["object"]);
        list(&mut activity["object"]);
    },
];

#[test]
fn every_activity_means_the_same_in_every_shape() {
    let mut checked = 0;
    for (row, activity, either) in rows() {
        let expected = meaning(&activity);
        let objects = &OBJECTS[..if either { 4 } else { 2 }];
        for object in objects {
            for id in IDS {
                for kind in TYPES {
                    for actor in ACTORS {
                        for around in AROUND {
                            let mut shaped = activity.clone();
                            for change in [*object, id, kind, actor, around] {
                                change(&mut shaped);
                            }
                            assert_eq!(meaning(&shaped), expected, "{row}: {shaped}");
                            checked += 1;
                        }
                    }
                }
            }
        }
    }
    // 17 rows take four shapes of the object, 14 rows two.
    assert_eq!(checked, (17 * 4 + 14 * 2) * 5 * 3 * 4 * 4);
}

/// What a server may leave out of the object of an Undo, or write otherwise.
#[test]
fn what_is_taken_back_means_the_same_in_every_shape() {
    let inner: [Change; 9] = [
        same,
        |activity| list(&mut activity["type"]),
        |activity| list(&mut activity["object"]),
        |activity| embed(&mut activity["object"]),
        |activity| activity["actor"] = Value::Null,
        |activity| drop(activity.as_object_mut().unwrap().remove("actor")),
        |activity| activity["actor"] = json!([{"id": ADA}]),
        |activity| activity["@context"] = json!("https://www.w3.org/ns/activitystreams"),
        |activity| activity["to"] = json!([ACTOR]),
    ];
    let undone = [follow(), like(), reaction("Like"), reaction("EmojiReact")];
    let announced = plain("Announce", &json!(LETTER));
    let mut checked = 0;
    for activity in undone.iter().chain([&announced]) {
        let expected = meaning(&plain("Undo", activity));
        for one in inner {
            for other in inner {
                let mut shaped = activity.clone();
                one(&mut shaped);
                other(&mut shaped);
                let undo = plain("Undo", &shaped);
                // Two lists are no list of one.
                if shaped["type"][0].is_array() || shaped["object"][0].is_array() {
                    continue;
                }
                assert_eq!(meaning(&undo), expected, "{undo}");
                checked += 1;
            }
        }
    }
    assert_eq!(checked, 5 * (9 * 9 - 2));
}

/// Where a shape says less than another, nothing is guessed.
#[test]
fn a_shape_that_says_less_means_nothing() {
    let nothing = |activity: &Value| {
        assert_eq!(meaning(activity).0, "Nothing", "{activity}");
    };
    for kind in ["Create", "Update"] {
        // What did not come along is read from its own server first.
        let read_first = meaning(&plain(kind, &json!(NOTE))).0;
        assert!(read_first.starts_with("Dereference(Post"), "{read_first}");
        nothing(&plain(kind, &json!([note(), note()])));
    }
    for kind in [
        "Follow", "Like", "Dislike", "Announce", "Undo", "Delete", "Block", "Move",
    ] {
        let mut activity = plain(kind, &json!(null));
        nothing(&activity);
        for object in [
            json!([]),
            json!(7),
            json!([LETTER, LETTER]),
            json!({"type": "Note"}),
            json!(""),
        ] {
            activity["object"] = object;
            nothing(&activity);
        }
    }
    // A doubtful audience counts as direct, and is marked.
    let mut hidden = note();
    for to in [
        json!(null),
        json!([]),
        json!(7),
        json!("public"),
        json!([[PUBLIC]]),
    ] {
        hidden["to"] = to;
        let (action, _) = meaning(&plain("Create", &hidden));
        assert!(action.contains("audience: Followers"), "{action}");
        let mut alone = hidden.clone();
        alone["cc"] = json!([ACTOR]);
        let (action, _) = meaning(&plain("Create", &alone));
        assert!(action.contains("audience: Direct"), "{action}");
    }
}
