//! Public replies: signatures, statements, comments, edits and their end (F-195, F-201, F-202).

use serde_json::{Value, json};

use crate::scene::{Audience, Scene};

on_both_databases!(
    a_signing_reply_is_listed_and_acknowledged_until_it_is_deleted,
    a_statement_waits_and_stands_on_no_public_page,
    a_comment_stands_on_no_public_page,
    a_delete_that_comes_before_its_post_wins,
    an_edit_that_no_longer_signs_ends_the_signature,
    an_edit_that_narrows_who_may_read_it_ends_the_signature,
    a_like_that_stands_takes_over_from_a_deleted_reply_without_the_name,
    the_word_withdraw_as_a_reply_ends_everything,
);

async fn a_signing_reply_is_listed_and_acknowledged_until_it_is_deleted(database: &str) {
    let scene = Scene::new(database).await;
    let before = scene.number("signed").await;
    let ada = scene.person("Ada Lovelace");
    let note = ada.reply("I sign", Audience::Public);
    let create = ada.create(&note);
    for inbox in ["/inbox", "/actor/inbox"] {
        assert_eq!(ada.sends(inbox, &create).await.unwrap(), 202);
    }
    assert_eq!(scene.number("signed").await, before + 1);
    assert!(scene.letter.page("/").await.contains("Ada Lovelace"));
    let replies = scene.letter.document("/letter/replies?page=1").await;
    assert!(replies.to_string().contains(note["id"].as_str().unwrap()));

    let like = scene.delivered("Like").await;
    assert_eq!(like.inbox, "/users/ada/inbox");
    assert_eq!(like.activity["object"], note["id"]);
    scene.settle().await;
    assert_eq!(scene.peer.deliveries("Like").len(), 1);

    ada.does(&ada.delete(&note)).await;
    assert_eq!(scene.number("signed").await, before);
    let public = scene.public_text().await;
    assert!(!public.contains("Lovelace") && !public.contains("/users/ada"));
    let undo = scene.delivered("Undo").await;
    assert_eq!(undo.activity["object"]["id"], like.activity["id"]);
    // What was deleted never comes back.
    ada.does(&ada.create(&note)).await;
    assert_eq!(scene.number("signed").await, before);
    scene.settle().await;
    assert_eq!(scene.peer.deliveries("Like").len(), 1);
    assert_eq!(scene.peer.deliveries("Undo").len(), 1);
    scene.assert_is_sound();
}

async fn a_statement_waits_and_stands_on_no_public_page(database: &str) {
    let scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    let note = ada
        .says("I sign. Because it matters.", Audience::Unlisted)
        .await;
    assert_eq!(scene.endorsers().await, 1);
    let endorsement = scene.endorsement(&ada);
    assert_eq!(endorsement["state"], "listed");
    let waiting = json!({"text": "Because it matters.", "state": "pending"});
    assert_eq!(endorsement["statement"], waiting);
    let public = scene.public_text().await;
    assert!(public.contains("Ada Lovelace"));
    assert!(!public.contains("Because it matters"));
    assert!(!public.contains(note["id"].as_str().unwrap()));
    // More than the signing words is acknowledged only after somebody has read it.
    scene.settle().await;
    assert!(scene.peer.deliveries("Like").is_empty());
}

async fn a_comment_stands_on_no_public_page(database: &str) {
    let scene = Scene::new(database).await;
    let bob = scene.person("Bob Carver");
    let note = bob.says("This is wrong", Audience::Public).await;
    let comments = scene.listed(&["--state", "comment"]);
    assert_eq!(comments.len(), 1);
    assert_eq!(comments[0]["actor"], bob.id);
    assert_eq!(comments[0]["object"], note["id"]);
    assert_eq!(scene.endorsers().await, 0);
    let public = scene.public_text().await;
    for text in ["This is wrong", "Carver", "/users/bob"] {
        assert!(!public.contains(text), "{text}");
    }
    bob.does(&bob.activity("Delete", note["id"].clone())).await;
    assert!(scene.listed(&["--state", "comment"]).is_empty());
}

async fn a_delete_that_comes_before_its_post_wins(database: &str) {
    let scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    let note = ada.reply("I sign", Audience::Public);
    ada.does(&ada.delete(&note)).await;
    ada.does(&ada.create(&note)).await;
    assert_eq!(scene.endorsers().await, 0);
    // Another post is another matter.
    ada.says("I sign", Audience::Public).await;
    assert_eq!(scene.endorsers().await, 1);
}

async fn an_edit_that_no_longer_signs_ends_the_signature(database: &str) {
    let scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    let note = ada.says("I sign", Audience::Public).await;
    assert_eq!(scene.endorsers().await, 1);
    let edit = ada.edit(&note, |it| {
        it["content"] = json!("<p>Interesting read.</p>");
    });
    ada.does(&edit).await;
    assert_eq!(scene.endorsers().await, 0);
    let public = scene.public_text().await;
    assert!(!public.contains("Lovelace") && !public.contains("Interesting read"));
    // The acknowledgement goes with it.
    let undo = scene.delivered("Undo").await;
    assert_eq!(undo.activity["object"]["object"], note["id"]);
}

async fn an_edit_that_narrows_who_may_read_it_ends_the_signature(database: &str) {
    let scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    let note = ada.says("I sign", Audience::Public).await;
    assert_eq!(scene.endorsers().await, 1);
    let edit = ada.edit(&note, |it| {
        it["to"] = json!([format!("{}/followers", ada.id)]);
        it["cc"] = Value::Null;
    });
    ada.does(&edit).await;
    assert_eq!(scene.endorsers().await, 0);
    assert!(!scene.public_text().await.contains("Lovelace"));
}

async fn a_like_that_stands_takes_over_from_a_deleted_reply_without_the_name(database: &str) {
    let scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    ada.does(&ada.like()).await;
    let note = ada.says("I sign", Audience::Public).await;
    let count = scene.letter.count().await;
    assert_eq!(
        (&count["fediverse"], &count["liked"]),
        (&json!(1), &json!(0))
    );
    ada.does(&ada.delete(&note)).await;
    let count = scene.letter.count().await;
    assert_eq!(
        (&count["fediverse"], &count["liked"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(scene.state(&ada), "counted");
    assert!(!scene.public_text().await.contains("Lovelace"));
    scene.assert_is_sound();
    // A new act may widen what is shown.
    ada.does(&ada.like()).await;
    assert_eq!(scene.state(&ada), "listed");
    assert!(scene.letter.page("/").await.contains("Ada Lovelace"));
}

async fn the_word_withdraw_as_a_reply_ends_everything(database: &str) {
    let scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    ada.does(&ada.like()).await;
    ada.says("I sign. Because it matters.", Audience::Public)
        .await;
    assert_eq!(scene.endorsers().await, 1);
    ada.says("withdraw", Audience::Public).await;
    assert_eq!(scene.endorsers().await, 0);
    assert_eq!(scene.state(&ada), "withdrawn");
    assert!(!scene.public_text().await.contains("Lovelace"));
    scene.assert_is_sound();
    // Only a new act counts after that.
    ada.says("I sign", Audience::Public).await;
    assert_eq!(scene.endorsers().await, 1);
}
