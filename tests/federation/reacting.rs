//! Emoji reactions and dislikes (F-205 … F-208, `product.md` 2.3).

use serde_json::{Value, json};

use crate::scene::{Person, Scene};

on_both_databases!(
    reactions_of_the_allowed_set_are_one_endorsement_and_others_none,
    a_dislike_takes_the_likes_of_the_same_person_back,
);

/// A Like with an emoji, as Misskey sends it.
fn misskey(person: &Person, emoji: &str) -> Value {
    let mut like = person.like();
    like["content"] = json!(emoji);
    like["_misskey_reaction"] = json!(emoji);
    like
}

/// An `EmojiReact`, as Pleroma and Akkoma send it.
fn pleroma(person: &Person, emoji: &str) -> Value {
    let mut react = person.activity("EmojiReact", person.letters("/letter").into());
    react["content"] = json!(emoji);
    react
}

async fn reactions_of_the_allowed_set_are_one_endorsement_and_others_none(database: &str) {
    let scene = Scene::new(database).await;
    let before = scene.letter.count().await;
    let ada = scene.person("Ada Lovelace");
    let grump = scene.person("Bob Carver");
    let (heart, party) = (misskey(&ada, "❤️"), pleroma(&ada, "🎉"));
    ada.does(&heart).await;
    ada.does(&party).await;
    for emoji in ["👎", ":blobcat@m.example:", "🤮"] {
        grump.does(&misskey(&grump, emoji)).await;
        grump.does(&pleroma(&grump, emoji)).await;
    }
    let count = scene.letter.count().await;
    assert_eq!(
        (&count["liked"], &count["fediverse"]),
        (&json!(1), &json!(1))
    );
    let likes = scene.letter.document("/letter/likes").await;
    assert_eq!(likes["totalItems"], 1);
    let endorsement = scene.endorsement(&ada);
    assert_eq!(endorsement["kind"], "reaction");
    assert_eq!(endorsement["state"], "listed");
    assert_eq!(endorsement["object"], Value::Null);
    assert!(
        scene
            .letter
            .page("/supporters")
            .await
            .contains("Ada Lovelace")
    );
    assert!(!scene.public_text().await.contains("Carver"));

    // One after the other is taken back: embedded, and by its bare id.
    ada.does(&ada.undo(&heart)).await;
    assert_eq!(scene.endorsers().await, 1);
    ada.does(&ada.activity("Undo", party["id"].clone())).await;
    assert_eq!(scene.letter.count().await, before);
    assert!(!scene.public_text().await.contains("Lovelace"));
    // One that was taken back before it came never counts.
    let late = pleroma(&ada, "⭐");
    ada.does(&ada.undo(&late)).await;
    ada.does(&late).await;
    assert_eq!(scene.endorsers().await, 0);
    scene.assert_is_sound();
}

async fn a_dislike_takes_the_likes_of_the_same_person_back(database: &str) {
    let scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    let bob = scene.person("Bob Carver");
    let dislike = |person: &Person| person.activity("Dislike", person.letters("/letter").into());
    ada.does(&ada.like()).await;
    ada.does(&pleroma(&ada, "👍")).await;
    bob.does(&dislike(&bob)).await;
    assert_eq!(scene.endorsers().await, 1);
    let taken = dislike(&ada);
    ada.does(&taken).await;
    assert_eq!(scene.endorsers().await, 0);
    assert_eq!(scene.state(&ada), "withdrawn");
    ada.does(&ada.undo(&taken)).await;
    assert_eq!(scene.endorsers().await, 0);
    ada.does(&ada.like()).await;
    assert_eq!(scene.endorsers().await, 1);
    scene.assert_is_sound();
}
