//! Readers do not panic, whatever the bytes or the JSON.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::*;

const ADA: &str = "https://m.example/users/ada";

/// JSON with the member names that we read, and values of any shape.
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
        "target",
        "instrument",
    ];
    let words = [
        "Create",
        "Update",
        "Undo",
        "Like",
        "Announce",
        "Flag",
        "Move",
        "QuoteRequest",
        "EmojiReact",
        "Note",
        "Person",
        "Mention",
        ADA,
        "\0",
        "",
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
    fn no_json_makes_it_panic(object in hostile(), name in "(Create|Update|Undo|Like|Delete|Announce|Flag|Move|QuoteRequest|EmojiReact)") {
        let body = json!({"type": name, "actor": ADA, "object": object, "target": object, "instrument": object})
            .to_string();
        prop_assert!(Activity::parse(body.as_bytes()).is_ok());
        let body = object.to_string();
        let _actor = RemoteActor::parse(body.as_bytes()).is_ok();
        if let Ok(note) = RemoteNote::parse(body.as_bytes()) {
            visibility(&note, Some(ADA));
        }
    }
}
