//! Activities in the shapes in which servers send them.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::*;

const ADA: &str = "https://m.example/users/ada";
const LETTER: &str = "https://letter.example/letter";

fn parse(activity: &Value) -> Activity {
    Activity::parse(activity.to_string().as_bytes()).unwrap()
}

fn kind(activity: &Value) -> Kind {
    parse(activity).kind
}

fn activity(kind: &str, object: &Value) -> Value {
    json!({"id": "https://m.example/a/1", "type": kind, "actor": ADA, "object": object})
}

/// The three shapes of one reference: bare, embedded, alone in an array.
fn shapes(id: &str) -> [Value; 4] {
    [
        json!(id),
        json!({"id": id, "type": "Anything"}),
        json!([id]),
        json!([{"id": id}]),
    ]
}

#[test]
fn the_one_thing_that_is_meant_is_found_in_every_shape() {
    for object in shapes(LETTER) {
        let id = || LETTER.to_owned();
        let check =
            |name, expected| assert_eq!(kind(&activity(name, &object)), expected, "{object}");
        check("Follow", Kind::Follow { object: id() });
        check(
            "Like",
            Kind::Like {
                object: id(),
                reaction: None,
            },
        );
        check("Delete", Kind::Delete { object: id() });
    }
}

#[test]
fn actor_type_and_id_are_read_leniently() {
    for actor in shapes(ADA) {
        let read = parse(&json!({"type": "Like", "actor": actor, "object": LETTER}));
        assert_eq!((read.actor.as_str(), read.id), (ADA, None));
    }
    for name in [
        json!("Like"),
        json!(["Like"]),
        json!(["Fancy", "Like"]),
        json!([1, "Like"]),
    ] {
        let read = parse(&json!({"id": null, "type": name, "actor": ADA, "object": LETTER}));
        assert_eq!(read.kind.name(), "Like");
    }
    let fragment = format!("{ADA}#likes/1%20ü");
    let read = parse(&json!({"id": fragment, "type": "Like", "actor": ADA, "object": LETTER}));
    assert_eq!(read.id, Some(fragment));
}

#[test]
fn what_is_no_activity_is_refused() {
    let check = |body: Value, expected: &str| {
        let error = Activity::parse(body.to_string().as_bytes()).unwrap_err();
        assert!(
            format!("{error:?}").starts_with(expected),
            "{body}: {error:?}"
        );
    };
    check(json!([]), "Json(NotAnObject");
    check(json!({"actor": ADA}), "NoType");
    check(json!({"type": null, "actor": ADA}), "NoType");
    check(json!({"type": "Like"}), "NoActor");
    check(json!({"type": "Like", "actor": ""}), "NoActor");
    check(json!({"type": "Like", "actor": 1}), "NoActor");
    check(json!({"type": "Like", "actor": [ADA, ADA]}), "NoActor");
    check(json!({"type": "Like", "actor": {"name": "ada"}}), "NoActor");
    check(
        json!({"type": "Like", "actor": "a".repeat(2049)}),
        "NoActor",
    );
    check(json!({"type": "Like", "actor": ADA, "id": 1}), "BadId");
    check(
        json!({"type": "Like", "actor": ADA, "id": "a".repeat(2049)}),
        "BadId",
    );
    check(
        json!({"type": "OrderedCollection", "orderedItems": []}),
        "Collection",
    );
    let duplicate = br#"{"type":"Like","actor":"https://a.example","actor":"https://b.example"}"#;
    assert!(matches!(
        Activity::parse(duplicate),
        Err(BadActivity::Json(_))
    ));
    let deep = format!("{{\"type\":{}{}}}", "[".repeat(40), "]".repeat(40));
    assert!(matches!(
        Activity::parse(deep.as_bytes()),
        Err(BadActivity::Json(BadJson::TooDeep))
    ));
}

#[test]
fn what_is_not_understood_has_no_effect() {
    let other = |name: &str| Kind::Other(name.to_owned());
    assert_eq!(
        kind(&activity("Announce", &json!(LETTER))),
        other("Announce")
    );
    assert_eq!(kind(&activity("View", &json!(LETTER))), other("View"));
    assert_eq!(
        kind(&activity(&"x".repeat(1000), &json!(LETTER))),
        other(&"x".repeat(64))
    );
    for object in [
        json!(null),
        json!(1),
        json!({}),
        json!([]),
        json!(["a", "b"]),
        json!([[LETTER]]),
    ] {
        for name in ["Follow", "Like", "Undo", "Create", "Update", "Delete"] {
            let read = kind(&activity(name, &object));
            assert_eq!(read, other(name), "{object}");
        }
    }
}

#[test]
fn a_reaction_is_a_like_with_an_emoji() {
    let check = |members: Value, expected: Option<&str>| {
        let mut like = activity("Like", &json!(LETTER));
        like.as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        let expected = expected.map(str::to_owned);
        assert_eq!(
            kind(&like),
            Kind::Like {
                object: LETTER.to_owned(),
                reaction: expected
            }
        );
    };
    check(json!({}), None);
    check(json!({"content": ""}), None);
    check(
        json!({"content": "🎉", "_misskey_reaction": "👍"}),
        Some("🎉"),
    );
    check(
        json!({"_misskey_reaction": ":blob@m.example:"}),
        Some(":blob@m.example:"),
    );
    check(json!({"content": "x".repeat(400)}), Some(&"x".repeat(300)));
}

#[test]
fn an_undo_is_read_in_every_shape() {
    let id = "https://m.example/a/0".to_owned();
    let undone = |object: Value| {
        let read = kind(&activity("Undo", &object));
        let Kind::Undo { object } = read else {
            panic!("{read:?}")
        };
        object
    };
    let object = || LETTER.to_owned();
    assert_eq!(undone(json!(id)), Undone::Id(id.clone()));
    assert_eq!(undone(json!([id])), Undone::Id(id.clone()));
    assert_eq!(undone(json!({"id": id})), Undone::Id(id.clone()));
    assert_eq!(
        undone(json!({"id": id, "type": "Like"})),
        Undone::Id(id.clone())
    );
    let like = json!({"id": id, "type": "Like", "actor": ADA, "object": {"id": LETTER}});
    assert_eq!(
        undone(like),
        Undone::Like {
            id: Some(id.clone()),
            object: object()
        }
    );
    let follow = json!({"type": "Follow", "actor": {"id": ADA}, "object": LETTER});
    assert_eq!(
        undone(follow),
        Undone::Follow {
            id: None,
            object: object()
        }
    );
    let block = json!({"id": id, "type": "Block", "actor": null, "object": LETTER});
    assert_eq!(
        undone(block),
        Undone::Other {
            id: Some(id),
            kind: "Block".into()
        }
    );
}

#[test]
fn nobody_takes_back_what_others_did() {
    for actor in [
        json!("https://m.example/users/eve"),
        json!(1),
        json!([ADA, "https://e.example"]),
    ] {
        let like = json!({"id": "https://m.example/a/0", "type": "Like", "actor": actor, "object": LETTER});
        assert_eq!(
            kind(&activity("Undo", &like)),
            Kind::Other("Undo".into()),
            "{actor}"
        );
    }
}

#[test]
fn a_create_carries_a_post_an_id_or_something_else() {
    let carried = |object: Value| {
        let read = kind(&activity("Create", &object));
        let Kind::Create { object } = read else {
            panic!("{read:?}")
        };
        object
    };
    let id = "https://m.example/n/1";
    assert_eq!(carried(json!(id)), Embedded::Id(id.into()));
    assert_eq!(carried(json!({"id": id})), Embedded::Id(id.into()));
    for name in RemoteNote::TYPES {
        let Embedded::Note(note) = carried(json!({"id": id, "type": name})) else {
            panic!("{name}")
        };
        assert_eq!((note.id.as_str(), note.kind.as_str()), (id, name));
    }
    let vote = json!({"id": id, "type": "Note", "name": "Yes", "inReplyTo": LETTER});
    assert_eq!(carried(vote), Embedded::Vote);
    let chat = Embedded::Other {
        id: Some(id.into()),
        kind: "ChatMessage".into(),
    };
    assert_eq!(carried(json!({"id": id, "type": "ChatMessage"})), chat);
    let without_id = Embedded::Other {
        id: None,
        kind: "Note".into(),
    };
    assert_eq!(carried(json!({"type": "Note", "content": "x"})), without_id);
    let votes = activity(
        "Create",
        &json!([{"id": id, "type": "Note"}, {"id": id, "type": "Note"}]),
    );
    assert_eq!(kind(&votes), Kind::Other("Create".into()));
}

#[test]
fn an_update_carries_an_actor_when_it_is_whole() {
    let actor = json!({
        "id": ADA, "type": "Person", "preferredUsername": "ada", "inbox": format!("{ADA}/inbox"),
    });
    let whole = parse(&activity("Update", &actor));
    assert!(matches!(&whole.kind, Kind::Update { object: Embedded::Actor(it) } if it.id == ADA));
    assert!(whole.concerns_its_actor() && !whole.deletes_its_actor());
    let torso = parse(&activity("Update", &json!({"id": ADA, "type": "Person"})));
    let expected = Embedded::Other {
        id: Some(ADA.into()),
        kind: "Person".into(),
    };
    assert_eq!(torso.kind, Kind::Update { object: expected });
    assert!(torso.concerns_its_actor());
}

#[test]
fn an_actors_own_end_is_told_from_the_end_of_a_post() {
    for object in shapes(ADA) {
        let read = parse(&activity("Delete", &object));
        assert!(read.deletes_its_actor() && read.concerns_its_actor());
    }
    let tombstone = json!({"id": "https://m.example/n/1", "type": "Tombstone"});
    let read = parse(&activity("Delete", &tombstone));
    assert!(!read.deletes_its_actor() && !read.concerns_its_actor());
    let read = parse(&activity("Follow", &json!(ADA)));
    assert!(!read.concerns_its_actor());
}

/// JSON with the member names that we read, and values of any shape behind them.
fn hostile() -> impl Strategy<Value = Value> {
    let names = [
        "id",
        "type",
        "actor",
        "object",
        "to",
        "cc",
        "tag",
        "inReplyTo",
        "attributedTo",
        "url",
        "content",
        "contentMap",
        "publicKey",
        "inbox",
        "endpoints",
        "preferredUsername",
        "href",
    ];
    let words = [
        "Create", "Update", "Undo", "Like", "Note", "Person", "Mention", ADA, "\0", "",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        prop::sample::select(words.to_vec()).prop_map(Value::from),
    ];
    let name = prop::sample::select(names.to_vec());
    leaf.prop_recursive(5, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..8).prop_map(|members| {
                Value::Object(
                    members
                        .into_iter()
                        .map(|(k, v)| (k.to_owned(), v))
                        .collect(),
                )
            }),
        ]
    })
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _activity = Activity::parse(&body).is_ok();
        let _actor = RemoteActor::parse(&body).is_ok();
        let _key = find_key(&body, ADA).is_ok();
    }

    #[test]
    fn no_json_makes_it_panic(object in hostile(), name in "(Create|Update|Undo|Like|Delete)") {
        let body = activity(&name, &object).to_string();
        prop_assert!(Activity::parse(body.as_bytes()).is_ok());
        let body = object.to_string();
        let _actor = RemoteActor::parse(body.as_bytes()).is_ok();
        if let Ok(note) = RemoteNote::parse(body.as_bytes()) {
            visibility(&note, Some(ADA));
        }
    }
}
