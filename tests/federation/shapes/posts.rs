//! The shapes of posts.

use serde_json::{Value, json};

use super::{ACTOR, ADA, Change, NOTE, PUBLIC, embed, list, meaning, note, plain, same};

/// The shapes of a post's own members; all of them are the same public reply.
#[test]
fn a_post_means_the_same_in_every_shape() {
    let to: [Change; 5] = [
        same,
        |it| it["to"] = json!(PUBLIC),
        |it| it["to"] = json!("as:Public"),
        |it| it["to"] = json!(["Public", ACTOR]),
        |it| it["to"] = json!([{"id": PUBLIC}]),
    ];
    let cc: [Change; 4] = [
        same,
        |it| it["cc"] = json!(ACTOR),
        |it| it["cc"] = Value::Null,
        |it| drop(it.as_object_mut().unwrap().remove("cc")),
    ];
    let tag: [Change; 6] = [
        same,
        |it| it["tag"] = it["tag"][0].clone(),
        |it| it["tag"] = Value::Null,
        |it| drop(it.as_object_mut().unwrap().remove("tag")),
        |it| it["tag"] = json!([it["tag"][0], {"type": "Hashtag", "name": "#x"}, "?", 7]),
        |it| it["tag"][0]["0"] = it["tag"][0].clone(),
    ];
    let author: [Change; 4] = [
        same,
        |it| list(&mut it["attributedTo"]),
        |it| embed(&mut it["attributedTo"]),
        |it| it["attributedTo"] = json!([{"id": ADA, "type": "Person"}]),
    ];
    let answered: [Change; 4] = [
        same,
        |it| list(&mut it["inReplyTo"]),
        |it| embed(&mut it["inReplyTo"]),
        |it| it["inReplyTo"] = json!("https://letter.example/"),
    ];
    let rest: [Change; 4] = [
        same,
        |it| {
            it["attachment"] = json!({"type": "Document", "url": "https://m.example/1.png"});
            it["contentMap"] = json!({"de": "<p>Nein</p>", "en": it["content"]});
        },
        |it| {
            it["attachment"] = Value::Null;
            it["contentMap"] = json!({"en": it["content"]});
            it["content"] = Value::Null;
        },
        |it| {
            it["attachment"] = json!([{"type": "Image"}, {"type": "PropertyValue"}]);
            it["replies"] = json!({"type": "Collection", "first": {"items": [NOTE]}});
            it["_misskey_content"] = json!("No");
            it["source"] = json!("No");
        },
    ];
    let mut checked = 0;
    for kind in ["Create", "Update"] {
        let (expected, _) = meaning(&plain(kind, &note()));
        assert!(expected.starts_with("Post("), "{expected}");
        for to in to {
            for cc in cc {
                for tag in tag {
                    for author in author {
                        for answered in answered {
                            for rest in rest {
                                let mut shaped = note();
                                for change in [to, cc, tag, author, answered, rest] {
                                    change(&mut shaped);
                                }
                                let activity = plain(kind, &shaped);
                                assert_eq!(meaning(&activity).0, expected, "{activity}");
                                checked += 1;
                            }
                        }
                    }
                }
            }
        }
    }
    assert_eq!(checked, 2 * 5 * 4 * 6 * 4 * 4 * 4);
}
