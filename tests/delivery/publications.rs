//! The publications of these tests: the letter, an edit, another one together with a post, and the deletion of the post.
//!
//! Each is one transaction, made once however often it is ordered.

use serde_json::{Value, json};
use undersigned::{
    activitystreams::{self, Urls},
    clock::Millis,
    random::{PublicId, Random},
    store::{NewActivity, OwnObject, Tx},
};
use url::Url;

use crate::support::publication::publish_letter;

/// The number of publications, which are numbered from 0.
pub(super) const STATEMENTS: usize = 4;

/// Types and objects (as paths) of all their activities, in order.
pub(super) const ACTIVITIES: [(&str, &str); 5] = [
    ("Create", "/letter"),
    ("Update", "/letter"),
    ("Update", "/letter"),
    ("Create", POST),
    ("Delete", POST),
];

/// The last text of the letter.
pub(super) const LAST_TEXT: &str = "Let us build 2 bridges.";

/// The post, as a path.
pub(super) const POST: &str = "/posts/thesameinallrun0";

/// The URLs of the letter, which nobody fetches.
pub(super) fn urls() -> Urls {
    let base = Url::parse("https://letter.example").unwrap();
    Urls::new(&base, "", "letter")
}

/// Makes publication `number` in this transaction, unless it was made before.
pub(super) async fn say(tx: &mut Tx, random: &dyn Random, now: Millis, number: usize) {
    let revisions = tx
        .current_revision()
        .await
        .unwrap()
        .map_or(0, |it| it.number);
    if usize::try_from(revisions).unwrap() > number {
        return;
    }
    if number + 1 < STATEMENTS {
        letter(tx, random, now, number).await;
    }
    if number + 2 == STATEMENTS {
        let note = json!({
            "id": format!("{}{POST}", urls().origin()),
            "type": "Note",
            "attributedTo": urls().actor(),
            "content": "<p>It begins.</p>",
            "published": now,
        });
        let id = PublicId::random(random);
        post(
            tx,
            now,
            None,
            "Create",
            id.clone(),
            activitystreams::create(&urls(), &id, &note),
        )
        .await;
    } else if number + 1 == STATEMENTS {
        let known = tx.own_object(POST).await.unwrap().unwrap();
        if known.deleted_at.is_none() {
            let (id, url) = (
                PublicId::random(random),
                format!("{}{POST}", urls().origin()),
            );
            post(
                tx,
                now,
                Some(now),
                "Delete",
                id.clone(),
                activitystreams::delete(&urls(), &id, &url),
            )
            .await;
        }
    }
}

/// A revision of the letter, as `letter publish` makes it.
async fn letter(tx: &mut Tx, random: &dyn Random, now: Millis, number: usize) {
    let source =
        format!("**A letter**\n\nLet us build {number} bridges.\n\nSigned,\n\n- Ada Byron\n");
    publish_letter(tx, &urls(), random, now, &source).await;
}

/// Saves the post and sends an activity about it to all followers.
async fn post(
    tx: &mut Tx,
    now: Millis,
    deleted_at: Option<Millis>,
    kind: &str,
    id: PublicId,
    body: Value,
) {
    let object = OwnObject {
        path: POST.to_owned(),
        kind: "post".to_owned(),
        published_at: now,
        updated_at: None,
        deleted_at,
    };
    tx.save_own_object(&object).await.unwrap();
    let activity = NewActivity {
        path: format!("/activities/{id}"),
        kind: kind.to_owned(),
        subject: POST.to_owned(),
        body: body.to_string(),
        public: true,
        at: now,
        to: Vec::new(),
    };
    for id in tx.send(&[activity]).await.unwrap() {
        tx.queue_for_followers(id, now).await.unwrap();
    }
}
