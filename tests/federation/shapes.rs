//! One meaning, many shapes: every row of what arrives (F-193 … F-217, F-229) in every shape that servers send
//! means what its plain form means (F-192).

use std::sync::LazyLock;

use crate::desk::incoming;
use serde_json::{Value, json};
use undersigned::activitystreams::{Activity, RemoteActor};

mod posts;

pub(crate) const ADA: &str = "https://m.example/users/ada";
pub(crate) const NOTE: &str = "https://m.example/users/ada/statuses/1";
pub(crate) const LIKE: &str = "https://m.example/users/ada#likes/1";
const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";
const LETTER: &str = "https://letter.example/letter";
const ACTOR: &str = "https://letter.example/actor";

/// Somebody of ten years, who may be found.
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
        "publicKey": {"id": format!("{ADA}#main-key"), "owner": ADA, "publicKeyPem": "pem"},
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

/// What Ada may take back, as she did it.
pub(crate) fn follow() -> Value {
    plain("Follow", &json!(ACTOR))
}

pub(crate) fn like() -> Value {
    with(plain("Like", &json!(LETTER)), "id", json!(LIKE))
}

fn reaction(kind: &str) -> Value {
    with(plain(kind, &json!(LETTER)), "content", json!("🎉"))
}

/// Each row with its plain form, and whether its object may as well be embedded, or an id.
fn rows() -> Vec<(&'static str, Value, bool)> {
    let quoting = with(note(), "quote", json!(LETTER));
    let instrument = json!({"id": NOTE, "type": "Note", "attributedTo": ADA, "quote": LETTER});
    let quote_request = plain("QuoteRequest", &json!(LETTER));
    let actor = json!({
        "id": ADA, "type": "Person", "preferredUsername": "ada", "inbox": format!("{ADA}/inbox"),
    });
    let article = with(note(), "type", json!("Article"));
    vec![
        ("F-193 Follow", follow(), true),
        ("F-229 Undo Follow", plain("Undo", &follow()), false),
        (
            "F-194 QuoteRequest",
            with(quote_request, "instrument", instrument),
            true,
        ),
        ("F-195 reply", plain("Create", &note()), false),
        ("F-198 quote", plain("Create", &quoting), false),
        ("F-200 article", plain("Create", &article), false),
        ("F-201 edit", plain("Update", &note()), false),
        ("F-202 Delete", plain("Delete", &json!(NOTE)), true),
        (
            "F-203 Delete of an account",
            plain("Delete", &json!(ADA)),
            true,
        ),
        ("F-204 Like", like(), true),
        (
            "F-204 Like of the page",
            plain("Like", &json!("https://letter.example/")),
            true,
        ),
        ("F-205 Like with emoji", reaction("Like"), true),
        ("F-206 EmojiReact", reaction("EmojiReact"), true),
        ("F-207 Dislike", plain("Dislike", &json!(LETTER)), true),
        ("F-208 Undo Like", plain("Undo", &like()), false),
        ("F-208 Undo by id", plain("Undo", &json!(LIKE)), false),
        (
            "F-208 Undo Like with emoji",
            plain("Undo", &reaction("Like")),
            false,
        ),
        (
            "F-208 Undo EmojiReact",
            plain("Undo", &reaction("EmojiReact")),
            false,
        ),
        (
            "F-208 Undo Dislike",
            plain("Undo", &plain("Dislike", &json!(LETTER))),
            false,
        ),
        ("F-209 Announce", plain("Announce", &json!(LETTER)), true),
        (
            "F-210 Undo Announce",
            plain("Undo", &plain("Announce", &json!(LETTER))),
            false,
        ),
        (
            "F-211 wrapper",
            plain("Announce", &plain("Create", &note())),
            false,
        ),
        ("F-212 Update of an account", plain("Update", &actor), false),
        (
            "F-213 Move",
            with(
                plain("Move", &json!(ADA)),
                "target",
                json!("https://n.example/ada"),
            ),
            true,
        ),
        ("F-214 Block", plain("Block", &json!(ACTOR)), true),
        (
            "F-214 Undo Block",
            plain("Undo", &plain("Block", &json!(ACTOR))),
            false,
        ),
        (
            "F-215 Flag",
            with(plain("Flag", &json!(LETTER)), "content", json!("spam")),
            true,
        ),
        ("F-216 Add", plain("Add", &json!(LETTER)), true),
        ("F-217 Accept", plain("Accept", &json!(LETTER)), true),
        ("F-217 View", plain("View", &json!(LETTER)), true),
    ]
}

/// What an activity means: its deed, and how it was read.
fn meaning(activity: &Value) -> (String, String) {
    let parsed = Activity::parse(activity.to_string().as_bytes()).unwrap();
    let deed = format!("{:?}", incoming(activity, &ACTIVE).action);
    (deed, format!("{:?}", parsed.kind))
}

/// Ada's document, read once.
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
    |it| it["id"] = json!("https://m.example/7f3a"),
    |it| it["id"] = json!("https://m.example/a/%2Fb?c=d#é/undo"),
    |it| it["id"] = json!(format!("https://m.example/{}", "a".repeat(2048 - 18))),
    |it| it["id"] = Value::Null,
];

const TYPES: [Change; 3] = [
    same,
    |it| list(&mut it["type"]),
    |it| it["type"] = json!([it["type"], "https://other.example/ns#Thing"]),
];

const ACTORS: [Change; 4] = [
    same,
    |it| list(&mut it["actor"]),
    |it| it["actor"] = json!({"id": ADA, "type": "Person", "name": "Somebody else"}),
    |it| it["actor"] = json!([{"id": ADA}]),
];

/// What stands around it and says nothing.
const AROUND: [Change; 4] = [
    same,
    |it| {
        it["@context"] = json!("https://www.w3.org/ns/activitystreams");
        it["to"] = json!("https://letter.example/actor");
    },
    |it| {
        it["@context"] = Value::Null;
        it["to"] = json!([PUBLIC]);
        it["cc"] = json!(null);
        it["bto"] = json!([]);
        it["audience"] = json!("https://m.example/groups/1");
    },
    |it| {
        it["@context"] = json!(["https://www.w3.org/ns/activitystreams", {"toot": "x:"}]);
        it["signature"] = json!({"type": "RsaSignature2017", "signatureValue": "x"});
        it["proof"] = json!({"type": "DataIntegrityProof"});
        let service = json!({"type": "Service"});
        it["instrument"] = it.get("instrument").cloned().unwrap_or(service);
        it["diaspora:guid"] = json!("1");
        it["context"] = json!("https://m.example/contexts/1");
        it["published"] = json!("2026-11-20T10:00:00.123456Z");
    },
];

/// The shapes of `object`: as it is, an array of it, and both of an embedded thing.
const OBJECTS: [Change; 4] = [
    same,
    |it| list(&mut it["object"]),
    |it| embed(&mut it["object"]),
    |it| {
        embed(&mut it["object"]);
        list(&mut it["object"]);
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
    // 16 rows take four shapes of the object, 14 rows two.
    assert_eq!(checked, (16 * 4 + 14 * 2) * 5 * 3 * 4 * 4);
}

/// What a server may leave out of what is taken back, or write otherwise.
#[test]
fn what_is_taken_back_means_the_same_in_every_shape() {
    let inner: [Change; 9] = [
        same,
        |it| list(&mut it["type"]),
        |it| list(&mut it["object"]),
        |it| embed(&mut it["object"]),
        |it| it["actor"] = Value::Null,
        |it| drop(it.as_object_mut().unwrap().remove("actor")),
        |it| it["actor"] = json!([{"id": ADA}]),
        |it| it["@context"] = json!("https://www.w3.org/ns/activitystreams"),
        |it| it["to"] = json!([ACTOR]),
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

/// Where one shape says less than another: it is not guessed.
#[test]
fn a_shape_that_says_less_means_nothing() {
    let nothing = |activity: &Value| {
        assert_eq!(meaning(activity).0, "Nothing", "{activity}");
    };
    for kind in ["Create", "Update"] {
        // What did not come along is read from its own server first (F-237).
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
    // A doubtful audience is direct, and says so.
    let mut hidden = note();
    for to in [
        json!(null),
        json!([]),
        json!(7),
        json!("public"),
        json!([[PUBLIC]]),
    ] {
        hidden["to"] = to;
        let (deed, _) = meaning(&plain("Create", &hidden));
        assert!(deed.contains("audience: Followers"), "{deed}");
        let mut alone = hidden.clone();
        alone["cc"] = json!([ACTOR]);
        let (deed, _) = meaning(&plain("Create", &alone));
        assert!(deed.contains("audience: Direct"), "{deed}");
    }
}
