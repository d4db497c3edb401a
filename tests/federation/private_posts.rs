//! Private replies: never kept, answered once, and obeyed when they withdraw.

use serde_json::Value;
use sqlx::Connection as _;

use crate::{
    both::on_both_databases,
    support::world::{Audience, World},
};

on_both_databases!(
    a_private_signature_is_answered_once_and_not_kept,
    the_word_withdraw_as_a_direct_message_ends_everything,
    a_direct_command_is_obeyed_and_answered,
    a_post_without_an_audience_has_that_of_its_create,
);

async fn a_private_signature_is_answered_once_and_not_kept(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    let note = ada
        .says("I sign. For my daughter.", Audience::Followers)
        .await;
    let answer = world.delivered("Create").await;
    assert_eq!(answer.inbox, "/users/ada/inbox");
    let message = &answer.activity["object"];
    assert_eq!(message["to"], serde_json::json!([ada.id]));
    assert_eq!(message["cc"], serde_json::json!([]));
    assert_eq!(message["inReplyTo"], note["id"]);
    assert_eq!(message["tag"][0]["href"], ada.id);

    ada.says("I sign. For my daughter.", Audience::Direct).await;
    ada.says("I sign", Audience::Followers).await;
    ada.says("Just asking about my daughter", Audience::Direct)
        .await;
    world.settle().await;
    assert_eq!(world.peer.deliveries("Create").len(), 1);
    assert_eq!(world.endorsers().await, 0);
    for conditions in [&[][..], &["--state", "comment"]] {
        assert!(world.listed(conditions).is_empty());
    }
    let public = world.public_text().await;
    assert!(!public.contains("Lovelace") && !public.contains("daughter"));
    // The message is addressed to the sender alone, and its URL shows it to nobody.
    let path = message["id"]
        .as_str()
        .unwrap()
        .replace(&world.letter.origin, "");
    let stranger = world
        .letter
        .get(&path, Some("application/activity+json"))
        .await;
    assert_eq!(stranger.status, 404);
    assert!(!whole_database_contains(database, "daughter").await);
    // The search does find what may be kept.
    ada.says("A question about my grandmother", Audience::Public)
        .await;
    assert!(whole_database_contains(database, "grandmother").await);
}

async fn the_word_withdraw_as_a_direct_message_ends_everything(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    ada.says("I sign", Audience::Public).await;
    assert_eq!(world.endorsers().await, 1);
    ada.says("withdraw", Audience::Direct).await;
    assert_eq!(world.endorsers().await, 0);
    assert_eq!(world.state(&ada), "withdrawn");
    assert!(!world.public_text().await.contains("Lovelace"));
}

async fn a_direct_command_is_obeyed_and_answered(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    ada.says("I sign. It matters.", Audience::Public).await;
    assert_eq!(world.state(&ada), "listed");
    let note = ada.says("Hide me, please", Audience::Direct).await;
    assert_eq!(world.state(&ada), "counted");
    assert!(!world.public_text().await.contains("Lovelace"));
    let answer = world.delivered("Create").await;
    let message = &answer.activity["object"];
    assert_eq!(message["inReplyTo"], note["id"]);
    assert_eq!(message["to"], serde_json::json!([ada.id]));
    assert!(!whole_database_contains(database, "Hide me, please").await);
    ada.says("show me", Audience::Direct).await;
    assert_eq!(world.state(&ada), "listed");
    assert!(world.public_text().await.contains("Lovelace"));
    world.assert_is_sound();
}

async fn a_post_without_an_audience_has_that_of_its_create(database: &str) {
    let world = World::new(database).await;
    let around = |note: &Value, activity: &mut Value| {
        for name in ["to", "cc"] {
            activity[name] = note[name].clone();
        }
    };
    // Named by the Create alone.
    let ada = world.person("Ada Lovelace");
    let mut create = ada.create(&ada.reply("I sign", Audience::Public));
    let note = create["object"].clone();
    around(&note, &mut create);
    let members = create["object"].as_object_mut().unwrap();
    for name in ["to", "cc"] {
        members.remove(name);
    }
    ada.does(&create).await;
    assert_eq!(world.state(&ada), "listed");
    // A private post is not made public by what is around it, and whoever addressed everybody gets no hint.
    let bob = world.person("Bob Carver");
    let mut create = bob.create(&bob.reply("I sign", Audience::Followers));
    around(&bob.reply("I sign", Audience::Public), &mut create);
    bob.does(&create).await;
    world.settle().await;
    assert!(world.peer.deliveries("Create").is_empty());
    assert_eq!(world.endorsers().await, 1);
    assert!(!world.public_text().await.contains("Carver"));
    // The twin: whoever did not is told.
    bob.says("I sign", Audience::Followers).await;
    let answer = world.delivered("Create").await;
    assert_eq!(answer.inbox, "/users/bob/inbox");
}

/// Whether this word stands anywhere in the database, evidence included.
pub(super) async fn whole_database_contains(database: &str, word: &str) -> bool {
    if let Some(file) = database.strip_prefix("sqlite://") {
        let written = ["", "-wal"].map(|suffix| std::fs::read(format!("{file}{suffix}")));
        let contains = |bytes: &[u8]| {
            bytes
                .windows(word.len())
                .any(|some| some == word.as_bytes())
        };
        return written.into_iter().flatten().any(|it| contains(&it));
    }
    let mut connection = sqlx::PgConnection::connect(database).await.unwrap();
    let everything: (String,) = sqlx::query_as("SELECT database_to_xml(true, false, '')::text")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let bodies: (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM evidence WHERE position($1 IN body) > 0")
            .bind(word.as_bytes())
            .fetch_one(&mut connection)
            .await
            .unwrap();
    connection.close().await.unwrap();
    everything.0.contains(word) || bodies.0 > 0
}
