//! Emoji reactions and dislikes.

use serde_json::{Value, json};

use crate::{
    both::on_both_databases,
    support::world::{Person, World},
};

on_both_databases!(
    only_allowed_reactions_endorse,
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

async fn only_allowed_reactions_endorse(database: &str) {
    let world = World::new(database).await;
    let before = world.letter.count().await;
    let ada = world.person("Ada Lovelace");
    let grump = world.person("Bob Carver");
    let (heart, party) = (misskey(&ada, "❤️"), pleroma(&ada, "🎉"));
    ada.does(&heart).await;
    ada.does(&party).await;
    for emoji in ["👎", ":blobcat@m.example:", "🤮"] {
        grump.does(&misskey(&grump, emoji)).await;
        grump.does(&pleroma(&grump, emoji)).await;
    }
    let count = world.letter.count().await;
    assert_eq!(
        (&count["liked"], &count["fediverse"]),
        (&json!(1), &json!(1))
    );
    let likes = world.letter.document("/letter/likes").await;
    assert_eq!(likes["totalItems"], 1);
    let endorsement = world.endorsement(&ada);
    assert_eq!(endorsement["kind"], "reaction");
    assert_eq!(endorsement["state"], "listed");
    assert_eq!(endorsement["object"], Value::Null);
    assert!(
        world
            .letter
            .page("/supporters")
            .await
            .contains("Ada Lovelace")
    );
    assert!(!world.public_text().await.contains("Carver"));

    // One after the other is taken back: embedded, and by its bare id.
    ada.does(&ada.undo(&heart)).await;
    assert_eq!(world.endorsers().await, 1);
    ada.does(&ada.activity("Undo", party["id"].clone())).await;
    assert_eq!(world.letter.count().await, before);
    assert!(!world.public_text().await.contains("Lovelace"));
    // One whose Undo came first never counts.
    let late = pleroma(&ada, "⭐");
    ada.does(&ada.undo(&late)).await;
    ada.does(&late).await;
    assert_eq!(world.endorsers().await, 0);
    world.assert_is_sound();
}

async fn a_dislike_takes_the_likes_of_the_same_person_back(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    let bob = world.person("Bob Carver");
    let dislike = |person: &Person| person.activity("Dislike", person.letters("/letter").into());
    ada.does(&ada.like()).await;
    ada.does(&pleroma(&ada, "👍")).await;
    bob.does(&dislike(&bob)).await;
    assert_eq!(world.endorsers().await, 1);
    let taken = dislike(&ada);
    ada.does(&taken).await;
    assert_eq!(world.endorsers().await, 0);
    assert_eq!(world.state(&ada), "withdrawn");
    ada.does(&ada.undo(&taken)).await;
    assert_eq!(world.endorsers().await, 0);
    ada.does(&ada.like()).await;
    assert_eq!(world.endorsers().await, 1);
    world.assert_is_sound();
}
