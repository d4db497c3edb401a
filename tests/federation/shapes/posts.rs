//! The shapes of posts.

use serde_json::{Value, json};

use super::{ACTOR, ADA, Change, NOTE, PUBLIC, embed, list, meaning, note, plain, same};

/// The shapes of a post's own members; all of them are the same public reply.
#[test]
fn a_post_means_the_same_in_every_shape() {
    let to: [Change; 5] = [
        same,
        |note| note["to"] = json!(PUBLIC),
        |note| note["to"] = json!("as:Public"),
        |note| note["to"] = json!(["Public", ACTOR]),
        |note| note["to"] = json!([{"id": PUBLIC}]),
    ];
    let cc: [Change; 4] = [
        same,
        |note| note["cc"] = json!(ACTOR),
        |note| note["cc"] = Value::Null,
        |note| drop(note.as_object_mut().unwrap().remove("cc")),
    ];
    let tag: [Change; 6] = [
        same,
        |note| note["tag"] = note["tag"][0].clone(),
        |note| note["tag"] = Value::Null,
        |note| drop(note.as_object_mut().unwrap().remove("tag")),
        |note| note["tag"] = json!([note["tag"][0], {"type": "Hashtag", "name": "#x"}, "?", 7]),
        |note| note["tag"][0]["0"] = note["tag"][0].clone(),
    ];
    let author: [Change; 4] = [
        same,
        |note| list(&mut note["attributedTo"]),
        |note| embed(&mut note["attributedTo"]),
        |note| note["attributedTo"] = json!([{"id": ADA, "type": "Person"}]),
    ];
    let answered: [Change; 4] = [
        same,
        |note| list(&mut note["inReplyTo"]),
        |note| embed(&mut note["inReplyTo"]),
        |note| note["inReplyTo"] = json!("https://letter.example/"),
    ];
    let rest: [Change; 4] = [
        same,
        |note| {
            note["attachment"] = json!({"type": "Document", "url": "https://m.example/1.png"});
            note["contentMap"] = json!({"de": "<p>Nein</p>", "fr": "<p>Non</p>"});
        },
        |note| {
            note["attachment"] = Value::Null;
            note["contentMap"] = json!({"en": note["content"]});
            note["content"] = Value::Null;
        },
        |note| {
            note["attachment"] = json!([{"type": "Image"}, {"type": "PropertyValue"}]);
            note["replies"] = json!({"type": "Collection", "first": {"items": [NOTE]}});
            note["_misskey_content"] = json!("No");
            note["source"] = json!("No");
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
                                // A post that names its language says no more by it.
                                let meant = meaning(&activity).0.replace("Some(\"en\")", "None");
                                assert_eq!(meant, expected, "{activity}");
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
