//! What the letter says besides itself: `post …`, and what people do with it (A7, F-98 … F-104, F-115).

use std::io::Write as _;

use serde_json::{Value, json};

use crate::{
    peer::Peer,
    scene::{Audience, Person, Scene},
    server::eventually,
};

on_both_databases!(
    a_post_reaches_the_followers_and_stands_below_the_letter,
    an_edit_reaches_them_once_and_no_edit_not_at_all,
    what_is_deleted_is_gone_for_servers_and_for_people,
    whoever_answers_a_post_with_signing_words_signs_the_letter,
);

const ACTIVITY: &str = "application/activity+json";

/// A Markdown file with this text.
fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

/// A scene with a follower.
async fn followed(database: &str) -> (Scene, Person) {
    let scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    scene.delivered("Accept").await;
    (scene, ada)
}

fn create(scene: &Scene, text: &str) -> Value {
    let file = file(text);
    let name = file.path().to_str().unwrap();
    scene.letter.json(&["post", "create", "--file", name])
}

/// The path of a post as a command printed it.
fn path(scene: &Scene, post: &Value) -> String {
    let url = post["url"].as_str().unwrap();
    url.strip_prefix(&scene.letter.origin).unwrap().to_owned()
}

/// Waits until the running server shows it, which takes two seconds at most.
async fn is_served(scene: &Scene, path: &str, status: u16) {
    eventually("the server took the change over", async || {
        let answer = scene.letter.get(path, Some(ACTIVITY)).await;
        (answer.status == status).then_some(())
    })
    .await;
}

async fn a_post_reaches_the_followers_and_stands_below_the_letter(database: &str) {
    let (scene, _) = followed(database).await;
    let post = create(&scene, "# News\n\nThey *answered*.\n");
    assert_eq!(post["state"], "published");
    let create = scene.delivered("Create").await;
    assert_eq!(create.inbox, "/inbox");
    assert_eq!(create.activity["object"]["id"], post["url"]);

    let path = path(&scene, &post);
    is_served(&scene, &path, 200).await;
    let mut embedded = create.activity["object"].clone();
    let served = scene.letter.document(&path).await;
    embedded["@context"] = served["@context"].clone();
    assert_eq!(served, embedded);
    let page = scene.letter.page(&path).await;
    assert!(page.contains("<h2>News</h2>"), "{page}");
    assert!(page.contains("They <em>answered</em>."), "{page}");
    let outbox = scene.letter.document("/outbox").await;
    assert_eq!(outbox["orderedItems"][0]["object"]["id"], post["url"]);
    let letter = scene.letter.document("/letter").await;
    assert_eq!(letter["replies"]["first"]["items"], json!([post["url"]]));

    // Ours first, then others' (F-115).
    let bo = scene.person("Bo");
    bo.says("I sign", Audience::Public).await;
    eventually("both are listed", async || {
        let replies = scene.letter.document("/letter/replies?page=1").await;
        let items = replies["items"].as_array().unwrap();
        (items.len() == 2).then(|| assert_eq!(items[0], post["url"]))
    })
    .await;
    let listed = scene.letter.json(&["post", "list"]);
    let members: Vec<_> = listed[0].as_object().unwrap().keys().collect();
    assert_eq!(members, ["id", "url", "published", "updated", "state"]);
}

async fn an_edit_reaches_them_once_and_no_edit_not_at_all(database: &str) {
    let (scene, _) = followed(database).await;
    let post = create(&scene, "One.\n");
    let id = post["id"].as_str().unwrap();
    let beginning = id.get(..6).unwrap();
    let (same, other) = (file("One.\n"), file("Two.\n"));
    let update = |file: &tempfile::NamedTempFile| {
        let name = file.path().to_str().unwrap();
        scene
            .letter
            .command(&["post", "update", beginning, "--file", name])
    };
    assert_eq!(update(&same).stdout, "unchanged\n");
    // Somebody elsewhere who does not follow, and answered: there is a copy, too (F-102).
    let elsewhere = Peer::start(scene.client.clone()).await;
    let bo = scene.person_on(&elsewhere, "Bo", |_| ());
    let mut reply = bo.reply("Interesting.", Audience::Public);
    reply["inReplyTo"] = post["url"].clone();
    bo.does(&bo.create(&reply)).await;
    let done = update(&other);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let sent = scene.delivered("Update").await;
    assert_eq!(sent.activity["object"]["content"], "<p>Two.</p>");
    assert_eq!(sent.activity["object"]["published"], post["published"]);
    assert!(sent.activity["object"]["updated"].as_str() > post["published"].as_str());
    scene.settle().await;
    assert_eq!(scene.peer.deliveries("Update").len(), 1);
    assert_eq!(elsewhere.deliveries("Update").len(), 1);
    assert_eq!(update(&file("")).code, 1);
}

async fn what_is_deleted_is_gone_for_servers_and_for_people(database: &str) {
    let (scene, _) = followed(database).await;
    let post = create(&scene, "A slip.\n");
    let (id, path) = (post["id"].as_str().unwrap(), path(&scene, &post));
    is_served(&scene, &path, 200).await;
    let asked = scene.letter.command(&["post", "delete", id]);
    assert_eq!(asked.code, 2, "{}", asked.stderr);
    assert!(asked.stderr.contains("A slip.") && asked.stderr.contains("--yes"));
    is_served(&scene, &path, 200).await;

    let deleted = scene.letter.json(&["post", "delete", id, "--yes"]);
    assert_eq!(deleted["state"], "deleted");
    let sent = scene.delivered("Delete").await;
    assert_eq!(
        sent.activity["object"],
        json!({"id": post["url"], "type": "Tombstone"})
    );
    is_served(&scene, &path, 410).await;
    let gone = scene.letter.get(&path, Some(ACTIVITY)).await.json();
    assert_eq!(
        (&gone["type"], &gone["id"]),
        (&json!("Tombstone"), &post["url"])
    );
    let page = scene.letter.get(&path, Some("text/html")).await;
    assert_eq!(page.status, 410);
    assert!(page.header("content-type").contains("text/html"));
    assert!(!scene.public_text().await.contains("A slip."));
    let again = scene.letter.command(&["post", "delete", id, "--yes"]);
    assert_eq!(again.code, 4, "{}", again.stderr);
    let never = scene.letter.command(&["post", "delete", "zzzz", "--yes"]);
    assert_eq!(never.code, 3, "{}", never.stderr);
}

async fn whoever_answers_a_post_with_signing_words_signs_the_letter(database: &str) {
    let (scene, ada) = followed(database).await;
    let post = create(&scene, "Please sign.\n");
    let like = ada.activity("Like", post["url"].clone());
    ada.does(&like).await;
    assert_eq!(scene.endorsers().await, 0, "a like of a post does nothing");
    let mut reply = ada.reply("I sign", Audience::Public);
    reply["inReplyTo"] = post["url"].clone();
    ada.does(&ada.create(&reply)).await;
    assert_eq!(scene.endorsers().await, 1);
    let boost = ada.activity("Announce", post["url"].clone());
    ada.does(&boost).await;
    assert_eq!(scene.number("reach").await, 1);
    ada.does(&ada.delete(&reply)).await;
    assert_eq!(scene.endorsers().await, 0);
    scene.assert_is_sound();
}
