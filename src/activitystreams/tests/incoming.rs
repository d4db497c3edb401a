//! Activities in the shapes in which servers send them.

use serde_json::{Value, json};

use super::super::*;

const ADA: &str = "https://m.example/users/ada";
const LETTER: &str = "https://letter.example/letter";

fn parse(activity: &Value) -> Activity {
    Activity::parse(activity.to_string().as_bytes()).unwrap()
}

fn kind(activity: &Value) -> ActivityKind {
    parse(activity).kind
}

fn activity(kind: &str, object: &Value) -> Value {
    json!({"id": "https://m.example/a/1", "type": kind, "actor": ADA, "object": object})
}

/// The shapes of one reference: bare, embedded, alone in an array.
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
        check("Follow", ActivityKind::Follow { object: id() });
        check("Like", ActivityKind::Like { object: id() });
        check("Dislike", ActivityKind::Dislike { object: id() });
        check("Block", ActivityKind::Block { object: id() });
        check(
            "Announce",
            ActivityKind::Announce {
                object: Announced::Thing(id()),
            },
        );
        check("Delete", ActivityKind::Delete { object: id() });
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
    let other = |name: &str| ActivityKind::Other(name.to_owned());
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
        for name in [
            "Follow",
            "Like",
            "Dislike",
            "Announce",
            "Undo",
            "Create",
            "Update",
            "Delete",
            "Block",
            "Move",
            "QuoteRequest",
            "FeatureRequest",
        ] {
            let read = kind(&activity(name, &object));
            assert_eq!(read, other(name), "{object}");
        }
    }
}

#[test]
fn a_reaction_is_a_like_or_an_emoji_react_with_an_emoji() {
    let check = |name, members: Value, expected: Option<&str>| {
        let mut like = activity(name, &json!(LETTER));
        like.as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        let object = LETTER.to_owned();
        let expected = match expected {
            Some(emoji) => ActivityKind::React {
                object,
                emoji: emoji.to_owned(),
            },
            None if name == "Like" => ActivityKind::Like { object },
            None => ActivityKind::Other(name.to_owned()),
        };
        assert_eq!(kind(&like), expected, "{name}");
    };
    for name in ["Like", "EmojiReact"] {
        check(name, json!({}), None);
        check(name, json!({"content": ""}), None);
        let both = json!({"content": "🎉", "_misskey_reaction": "👍"});
        check(name, both, Some("🎉"));
        let custom = json!({"_misskey_reaction": ":blob@m.example:"});
        check(name, custom, Some(":blob@m.example:"));
        let long = json!({"content": "x".repeat(400)});
        check(name, long, Some(&"x".repeat(300)));
    }
}

#[test]
fn what_a_group_passes_on_is_read_as_what_somebody_else_did() {
    let create = activity(
        "Create",
        &json!({"id": "https://m.example/n/1", "type": "Page"}),
    );
    let wrapped = json!({"id": "https://g.example/a/1", "type": "Announce", "actor": "https://g.example/c/letters", "object": create});
    let ActivityKind::Announce {
        object: Announced::Activity(inner),
    } = kind(&wrapped)
    else {
        panic!("{wrapped}")
    };
    assert_eq!((inner.actor.as_str(), inner.kind.name()), (ADA, "Create"));
    // A post that is announced whole is a boost of it.
    let boost = activity(
        "Announce",
        &json!({"id": LETTER, "type": "Note", "content": "x"}),
    );
    let thing = Announced::Thing(LETTER.to_owned());
    assert_eq!(kind(&boost), ActivityKind::Announce { object: thing });
}

#[test]
fn only_an_account_itself_moves() {
    let moved = |object: &str| {
        let mut moved = activity("Move", &json!(object));
        moved["target"] = json!("https://n.example/users/ada");
        kind(&moved)
    };
    let target = "https://n.example/users/ada".to_owned();
    assert_eq!(moved(ADA), ActivityKind::Move { target });
    let other = ActivityKind::Other("Move".to_owned());
    assert_eq!(moved("https://m.example/users/eve"), other);
    assert_eq!(kind(&activity("Move", &json!(ADA))), other);
}

#[test]
fn a_report_names_one_or_many_things() {
    let check = |object: Value, expected: &[&str]| {
        let mut flag = activity("Flag", &object);
        flag["content"] = json!("x".repeat(6000));
        let objects = expected.iter().map(|id| (*id).to_owned()).collect();
        let content = Some("x".repeat(5000));
        assert_eq!(kind(&flag), ActivityKind::Flag { objects, content });
    };
    check(json!(LETTER), &[LETTER]);
    check(json!([ADA, {"id": LETTER}, 1]), &[ADA, LETTER]);
    let empty = kind(&activity("Flag", &json!([])));
    assert_eq!(empty, ActivityKind::Other("Flag".to_owned()));
}

#[test]
fn a_quote_request_carries_the_post_or_its_id() {
    let id = "https://m.example/n/1";
    let asked = |instrument: Value| {
        let mut request = activity("QuoteRequest", &json!(LETTER));
        request["instrument"] = instrument;
        kind(&request)
    };
    let instrument = Embedded::Id(id.to_owned());
    let object = LETTER.to_owned();
    assert_eq!(
        asked(json!(id)),
        ActivityKind::QuoteRequest { object, instrument }
    );
    let note = json!({"id": id, "type": "Note", "quote": LETTER});
    let ActivityKind::QuoteRequest {
        instrument: Embedded::Note(note),
        ..
    } = asked(note)
    else {
        panic!("no post")
    };
    assert_eq!(note.quotes, [LETTER]);
    assert_eq!(
        asked(json!(null)),
        ActivityKind::Other("QuoteRequest".to_owned())
    );
}

#[test]
fn an_undo_is_read_in_every_shape() {
    let id = "https://m.example/a/0".to_owned();
    let undone = |object: Value| {
        let read = kind(&activity("Undo", &object));
        let ActivityKind::Undo { object } = read else {
            panic!("{read:?}")
        };
        object
    };
    let object = || LETTER.to_owned();
    assert_eq!(undone(json!(id)), UndoneObject::Id(id.clone()));
    assert_eq!(undone(json!([id])), UndoneObject::Id(id.clone()));
    assert_eq!(undone(json!({"id": id})), UndoneObject::Id(id.clone()));
    assert_eq!(
        undone(json!({"id": id, "type": "Like"})),
        UndoneObject::Id(id.clone())
    );
    let like = json!({"id": id, "type": "Like", "actor": ADA, "object": {"id": LETTER}});
    assert_eq!(
        undone(like),
        UndoneObject::Like {
            id: Some(id.clone()),
            object: object()
        }
    );
    let follow = json!({"type": "Follow", "actor": {"id": ADA}, "object": LETTER});
    assert_eq!(
        undone(follow),
        UndoneObject::Follow {
            id: None,
            object: object()
        }
    );
    let boost = json!({"id": id, "type": "Announce", "actor": ADA, "object": LETTER});
    assert_eq!(
        undone(boost),
        UndoneObject::Announce {
            id: Some(id.clone()),
            object: object()
        }
    );
    for name in ["Like", "EmojiReact"] {
        let reaction = json!({"type": name, "actor": ADA, "object": LETTER, "content": "🎉"});
        assert_eq!(
            undone(reaction),
            UndoneObject::React {
                id: None,
                object: object(),
                emoji: "🎉".to_owned()
            }
        );
    }
    let block = json!({"id": id, "type": "Block", "actor": null, "object": LETTER});
    assert_eq!(
        undone(block),
        UndoneObject::Other {
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
            ActivityKind::Other("Undo".into()),
            "{actor}"
        );
    }
}

#[test]
fn a_create_carries_a_post_an_id_or_something_else() {
    let carried = |object: Value| {
        let read = kind(&activity("Create", &object));
        let ActivityKind::Create { object } = read else {
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
    assert_eq!(kind(&votes), ActivityKind::Other("Create".into()));
}

#[test]
fn an_update_carries_an_actor_when_it_is_whole() {
    let actor = json!({
        "id": ADA, "type": "Person", "preferredUsername": "ada", "inbox": format!("{ADA}/inbox"),
    });
    let whole = parse(&activity("Update", &actor));
    assert!(
        matches!(&whole.kind, ActivityKind::Update { object: Embedded::Actor(actor) } if actor.id == ADA)
    );
    let torso = parse(&activity("Update", &json!({"id": ADA, "type": "Person"})));
    let expected = Embedded::Other {
        id: Some(ADA.into()),
        kind: "Person".into(),
    };
    assert_eq!(torso.kind, ActivityKind::Update { object: expected });
}
