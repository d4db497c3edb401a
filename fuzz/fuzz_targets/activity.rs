//! The body of a delivery or of a fetched document: parsed, and interpreted as if its actor had signed it.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use undersigned::{
    activitystreams::{Activity, MAX_ID, RemoteActor, RemoteNote, Urls, find_key, visibility},
    clock::Millis,
    federation::{
        interpret::{interpret, sender},
        remote_actor::belongs,
    },
    register::{InboundAction, Sender},
};

static URLS: LazyLock<Urls> = LazyLock::new(|| {
    let base = "https://letter.example/".parse().unwrap();
    Urls::new(&base, "", "letter")
});

const NOW: Millis = Millis::from_millis(1_795_348_800_000);

fuzz_target!(|body: &[u8]| {
    if let Ok(activity) = Activity::parse(body) {
        assert!(!activity.actor.is_empty() && activity.actor.len() <= MAX_ID);
        assert!(activity.id.as_ref().is_none_or(|it| it.len() <= MAX_ID));
        assert_eq!(Activity::parse(&spelled_otherwise(body)).unwrap(), activity);
        understand(&activity);
    }
    if let Ok(actor) = RemoteActor::parse(body) {
        assert_eq!(RemoteActor::parse(&spelled_otherwise(body)).unwrap(), actor);
        assert!(belongs(&actor.id, &actor.id));
        for key in &actor.public_keys {
            assert_eq!(key.owner, actor.id);
            assert_eq!(find_key(body, &key.id).unwrap().id, key.id);
        }
    }
    if let Ok(note) = RemoteNote::parse(body) {
        assert_eq!(RemoteNote::parse(&spelled_otherwise(body)).unwrap(), note);
        visibility(&note, None);
    }
});

/// The same JSON with other whitespace and escapes. Unchanged when it contains a name that only `serde_json` treats
/// specially.
fn spelled_otherwise(body: &[u8]) -> Vec<u8> {
    const PRIVATE: &[u8] = b"$serde_json::private";
    if body.windows(PRIVATE.len()).any(|it| it == PRIVATE) {
        return body.to_vec();
    }
    let value: Value = serde_json::from_slice(body).unwrap();
    serde_json::to_vec_pretty(&value).unwrap()
}

/// Interprets the activity: no actor may speak for objects of another server or of ours.
fn understand(activity: &Activity) {
    let known = Sender::Known(activity.actor.clone());
    assert_eq!(sender(activity, known, NOW).url(), activity.actor);
    let action = interpret(&URLS, activity, None);
    match &action {
        InboundAction::Post(post) => assert!(belongs(&post.id, &activity.actor)),
        InboundAction::Delete { object } => assert!(belongs(object, &activity.actor)),
        _ => (),
    }
}
