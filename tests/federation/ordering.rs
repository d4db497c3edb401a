//! Activities that arrive twice or in the wrong order: the end is the same.

use serde_json::{Value, json};

use crate::federation::{
    receiver::{Desk, incoming},
    shapes::{ADA, LIKE, NOTE, ada, follow, like, note, plain},
};

/// The state of Ada's account after these activities in this order.
async fn after(activities: &[Value]) -> String {
    let desk = Desk::new().await;
    let ada = ada();
    desk.meet(&ada).await;
    let activities: Vec<_> = activities.iter().map(|it| incoming(it, &ada)).collect();
    desk.take(&activities).await;
    desk.state(ADA).await
}

/// The same without the details that depend on the order.
fn standing(state: &str) -> String {
    let (follows, rest) = state.split_once("; ").unwrap();
    let (endorsement, _) = rest.split_once("; acts").unwrap();
    let stands = !endorsement.starts_with("withdrawn") && endorsement != "no endorsement";
    format!(
        "{follows}; {}",
        if stands { endorsement } else { "nothing" }
    )
}

/// Each activity that has an effect by itself, with that effect.
fn actions() -> [(&'static str, Value, &'static str); 8] {
    let article = json!({
        "id": NOTE, "type": "Article", "attributedTo": ADA, "name": "Why",
        "inReplyTo": "https://letter.example/letter", "content": "I sign",
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
    });
    let mention = json!({
        "id": NOTE, "type": "Note", "attributedTo": ADA, "content": "I sign this letter",
        "tag": {"type": "Mention", "href": "https://letter.example/actor"},
        "to": "https://www.w3.org/ns/activitystreams#Public",
    });
    let mut comment = note();
    comment["content"] = json!("What about tea?");
    [
        ("Follow", follow(), "follows; nothing"),
        ("Like", like(), "does not follow; listed by like"),
        (
            "reply",
            plain("Create", &note()),
            "does not follow; listed by reply",
        ),
        (
            "article",
            plain("Create", &article),
            "does not follow; listed by reply",
        ),
        (
            "mention",
            plain("Create", &mention),
            "does not follow; listed by mention",
        ),
        (
            "edit of an unknown reply",
            plain("Update", &note()),
            "does not follow; listed by reply",
        ),
        (
            "comment",
            plain("Create", &comment),
            "does not follow; nothing",
        ),
        (
            "Block",
            plain("Block", &json!("https://letter.example/actor")),
            "does not follow; nothing",
        ),
    ]
}

#[tokio::test]
async fn what_comes_twice_happens_once() {
    for (name, activity, expected) in actions() {
        let once = after(std::slice::from_ref(&activity)).await;
        assert!(standing(&once).starts_with(expected), "{name}: {once}");
        let mut other = activity.clone();
        other["id"] = json!("https://m.example/another-id");
        let mut nameless = activity.clone();
        nameless.as_object_mut().unwrap().remove("id");
        for again in [&activity, &other, &nameless] {
            let twice = [activity.clone(), again.clone(), activity.clone()];
            assert_eq!(after(&twice).await, once, "{name}, then {again}");
        }
    }
}

/// Activities that withdraw something, with what they withdraw.
fn ends() -> Vec<(&'static str, Value, Value)> {
    let id = |it: &Value| plain("Undo", &it["id"]);
    let reply = plain("Create", &note());
    let tombstone = json!({"id": NOTE, "type": "Tombstone"});
    let mut old_form = tombstone.clone();
    old_form["atomUri"] = json!(NOTE);
    vec![
        ("Undo Follow", follow(), plain("Undo", &follow())),
        ("Undo Follow by id", follow(), id(&follow())),
        ("Undo Like", like(), plain("Undo", &like())),
        ("Undo Like by id", like(), plain("Undo", &json!(LIKE))),
        ("Delete", reply.clone(), plain("Delete", &json!(NOTE))),
        (
            "Delete of a tombstone",
            reply.clone(),
            plain("Delete", &tombstone),
        ),
        (
            "Delete in the old form",
            reply.clone(),
            plain("Delete", &json!([old_form])),
        ),
        ("Delete of the whole post", reply, plain("Delete", &note())),
    ]
}

#[tokio::test]
async fn an_end_counts_whenever_it_comes() {
    for (name, begun, ended) in ends() {
        let (a, b) = (begun.clone(), ended.clone());
        let in_order = after(&[a.clone(), b.clone()]).await;
        assert_eq!(standing(&in_order), "does not follow; nothing", "{name}");
        let before = after(std::slice::from_ref(&a)).await;
        assert_ne!(standing(&before), standing(&in_order), "{name}");
        let orders = [
            (
                "each twice",
                vec![a.clone(), a.clone(), b.clone(), b.clone()],
            ),
            (
                "both twice",
                vec![a.clone(), b.clone(), a.clone(), b.clone()],
            ),
            ("the beginning again", vec![a.clone(), b.clone(), a.clone()]),
        ];
        for (order, activities) in orders {
            assert_eq!(after(&activities).await, in_order, "{name}, {order}");
        }
        let reversed = [
            ("reversed", vec![b.clone(), a.clone()]),
            (
                "reversed, each twice",
                vec![b.clone(), b.clone(), a.clone(), a.clone()],
            ),
            ("reversed and again", vec![b.clone(), a.clone(), b, a]),
        ];
        for (order, activities) in reversed {
            let end = standing(&after(&activities).await);
            assert_eq!(end, standing(&in_order), "{name}, {order}");
        }
    }
}

/// An edit that overtakes its post, and a reply that overtakes an edit of itself.
#[tokio::test]
async fn the_newest_words_win_in_any_order() {
    let version = |kind: &str, words: &str, second: u32| {
        let mut note = note();
        note["content"] = json!(words);
        note["updated"] = json!(format!("2026-11-20T10:00:0{second}Z"));
        let mut activity = plain(kind, &note);
        activity["id"] = json!(format!("{NOTE}#updates/{second}"));
        activity
    };
    let words = [
        plain("Create", &note()),
        version("Update", "I sign. Tea for some.", 1),
        version("Update", "I sign. Tea for everybody.", 2),
    ];
    let expected = after(&words).await;
    assert!(
        expected.contains("statement \"Tea for everybody.\""),
        "{expected}"
    );
    for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let activities = order.map(|it| words[it].clone());
        let end = after(&activities).await;
        assert_eq!(standing(&end), standing(&expected), "{order:?}");
    }
}
