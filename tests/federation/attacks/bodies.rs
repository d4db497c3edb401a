//! Signed bodies that are no activity, beside odd ones that are.

use serde_json::{Value, json};
use undersigned::clock::{Clock as _, SystemClock};
use url::Url;

use crate::{
    both::on_both_databases,
    federation::draft::Draft,
    support::{fediverse::signing::signed, world::World},
};

on_both_databases!(what_is_no_activity_is_refused);

/// A name, the body, the status of the answer, and whether it is a like that counts.
pub(super) type Row = (&'static str, Vec<u8>, u16, bool);

fn like(actor: &str, letter: &str) -> Value {
    json!({"id": format!("{actor}#likes/1"), "type": "Like", "actor": actor, "object": letter})
}

/// A new actor sends each row, because what is known of an actor would change the result.
#[expect(
    clippy::too_many_lines,
    reason = "a table, and what its rows are made with"
)]
pub(super) fn rows(actor: &str, letter: &str) -> Vec<Row> {
    let like = like(actor, letter);
    let with = |member: &str, value: Value| {
        let mut like = like.clone();
        like[member] = value;
        like.to_string().into_bytes()
    };
    let text = like.to_string();
    let nested = |depth: usize| {
        with(
            "extra",
            (1..depth).fold(json!([]), |inner, _| json!([inner])),
        )
    };
    let padded = |length: usize| (text.clone() + &" ".repeat(length - text.len())).into_bytes();
    let id = |length: usize| {
        let begin = format!("{actor}/");
        json!(format!("{begin}{}", "a".repeat(length - begin.len())))
    };
    let twice = |members: &str| text.replacen('{', &format!("{{{members},"), 1).into_bytes();
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let collection = json!({
        "type": "OrderedCollection", "actor": actor, "orderedItems": [like.clone()],
    });
    let inner = format!(r#"{{"id":"{letter}","i\u0064":"{actor}"}}"#);
    let two_ids = text
        .replace(&json!(letter).to_string(), &inner)
        .into_bytes();
    vec![
        ("larger than a MiB", padded(1024 * 1024 + 1), 413, false),
        ("nested too deep", nested(40), 400, false),
        ("empty", Vec::new(), 400, false),
        ("no JSON", b"Like".to_vec(), 400, false),
        ("an array", format!("[{text}]").into_bytes(), 400, false),
        ("a text", json!(text).to_string().into_bytes(), 400, false),
        ("cut off", text.trim_end_matches('}').into(), 400, false),
        (
            "followed by more",
            format!("{text}{text}").into_bytes(),
            400,
            false,
        ),
        (
            "with a mark of byte order",
            format!("\u{feff}{text}").into_bytes(),
            400,
            false,
        ),
        ("in UTF-16", utf16, 400, false),
        (
            "with bytes that are no text",
            [text.as_bytes(), b"\xff"].concat(),
            400,
            false,
        ),
        (
            "with half a character",
            twice(r#""name":"\ud800""#),
            400,
            false,
        ),
        (
            "with a number beyond all numbers",
            twice(r#""n":1e999"#),
            400,
            false,
        ),
        (
            "without a type",
            json!({"actor": actor, "object": letter}).to_string().into(),
            400,
            false,
        ),
        (
            "with a number for a type",
            with("type", json!(7)),
            400,
            false,
        ),
        ("without an actor", with("actor", Value::Null), 400, false),
        (
            "with a number for an actor",
            with("actor", json!(7)),
            400,
            false,
        ),
        ("with an empty actor", with("actor", json!("")), 400, false),
        (
            "with an actor without an id",
            with("actor", json!({"type": "Person"})),
            400,
            false,
        ),
        (
            "with an actor of 2049 bytes",
            with("actor", id(2049)),
            400,
            false,
        ),
        ("with an id of 2049 bytes", with("id", id(2049)), 400, false),
        ("with a number for an id", with("id", json!(7)), 400, false),
        (
            "with several ids",
            with("id", json!([actor, actor])),
            400,
            false,
        ),
        (
            "with two actors",
            twice(&format!(r#""actor":"{actor}/2""#)),
            400,
            false,
        ),
        (
            "with two actors, one of them escaped",
            twice(r#""\u0061ctor":"x""#),
            400,
            false,
        ),
        (
            "with two types, one with a NUL",
            twice(r#""ty\u0000pe":"Undo""#),
            400,
            false,
        ),
        ("with two ids in its object", two_ids, 400, false),
        (
            "of several activities",
            collection.to_string().into(),
            202,
            false,
        ),
        (
            "of a type that nobody knows",
            with("type", json!("Frobnicate")),
            202,
            false,
        ),
        (
            "of what is not ours",
            with("object", json!("https://m.example/1")),
            202,
            false,
        ),
        (
            "of our actor",
            with("object", json!(letter.replace("/letter", "/actor"))),
            202,
            false,
        ),
        ("of nothing", with("object", json!("")), 202, false),
        (
            "of two letters",
            with("object", json!([letter, letter])),
            202,
            false,
        ),
        (
            "of a letter on a host like ours",
            with("object", json!(letter.replace("://", "://x."))),
            202,
            false,
        ),
        (
            "of a letter below ours",
            with("object", json!(format!("{letter}/1"))),
            202,
            false,
        ),
        (
            "of a letter with an escape",
            with("object", json!(letter.replace("/letter", "/%6Cetter"))),
            202,
            false,
        ),
        (
            "of a letter of 2049 bytes",
            with("object", json!(format!("{letter}#{}", "a".repeat(2049)))),
            202,
            false,
        ),
        ("of a MiB", padded(1024 * 1024), 202, true),
        ("nested somewhat", nested(20), 202, true),
        ("with an id of 2048 bytes", with("id", id(2048)), 202, true),
        ("without an id", with("id", Value::Null), 202, true),
        (
            "with NUL in what is not read",
            with("name", json!("a\u{0}b")),
            202,
            true,
        ),
        (
            "with a list of types",
            with("type", json!(["Thing", "Like"])),
            202,
            true,
        ),
        (
            "with blanks around",
            format!(" \r\n\t{text}\n").into_bytes(),
            202,
            true,
        ),
    ]
}

async fn what_is_no_activity_is_refused(database: &str) {
    let world = World::with(database, super::LIMITS).await;
    let mut known = 0;
    let letter = format!("{}/letter", world.letter.origin);
    let count = rows("https://m.example/ada", &letter).len();
    for number in 0..count {
        let who = world.person(&format!("Ada{number} Lovelace"));
        let (name, body, status, counts) = rows(&who.id, &letter).remove(number);
        let url = Url::parse(&who.letters("/inbox")).unwrap();
        let headers = signed(&who.key_id, &url, &body, SystemClock.now());
        let draft = Draft { url, headers, body };
        assert_eq!(draft.send(&world).await.unwrap(), status, "{name}");
        known += i64::from(counts);
        assert_eq!(world.endorsers().await, known, "{name}");
        // The twin: the same like as it should be.
        who.does(&who.like()).await;
        known += i64::from(!counts);
        assert_eq!(world.endorsers().await, known, "the twin of: {name}");
    }
}
