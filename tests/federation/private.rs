//! Posts for few: never kept, answered once, and obeyed when they withdraw (F-196, `product.md` 2.3).

use sqlx::Connection as _;

use crate::scene::{Audience, Scene};

on_both_databases!(
    who_signs_in_private_gets_one_answer_ever_and_nothing_is_kept,
    the_word_withdraw_as_a_direct_message_ends_everything,
);

async fn who_signs_in_private_gets_one_answer_ever_and_nothing_is_kept(database: &str) {
    let scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    let note = ada
        .says("I sign. For my daughter.", Audience::Followers)
        .await;
    let answer = scene.delivered("Create").await;
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
    scene.settle().await;
    assert_eq!(scene.peer.deliveries("Create").len(), 1);
    assert_eq!(scene.endorsers().await, 0);
    for conditions in [&[][..], &["--state", "comment"]] {
        assert!(scene.listed(conditions).is_empty());
    }
    let public = scene.public_text().await;
    assert!(!public.contains("Lovelace") && !public.contains("daughter"));
    // The message is between the two of us, and its address shows nobody anything.
    let path = message["id"]
        .as_str()
        .unwrap()
        .replace(&scene.letter.origin, "");
    let stranger = scene
        .letter
        .get(&path, Some("application/activity+json"))
        .await;
    assert_eq!(stranger.status, 404);
    assert!(!whole_database_contains(database, "daughter").await);
    // What may be kept would be found.
    ada.says("A question about my grandmother", Audience::Public)
        .await;
    assert!(whole_database_contains(database, "grandmother").await);
}

async fn the_word_withdraw_as_a_direct_message_ends_everything(database: &str) {
    let scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    ada.says("I sign", Audience::Public).await;
    assert_eq!(scene.endorsers().await, 1);
    ada.says("withdraw", Audience::Direct).await;
    assert_eq!(scene.endorsers().await, 0);
    assert_eq!(scene.state(&ada), "withdrawn");
    assert!(!scene.public_text().await.contains("Lovelace"));
}

/// Whether this word stands anywhere in the database, evidence included.
async fn whole_database_contains(database: &str, word: &str) -> bool {
    if let Some(file) = database.strip_prefix("sqlite://") {
        let written = ["", "-wal"].map(|suffix| std::fs::read(format!("{file}{suffix}")));
        let contains = |bytes: &[u8]| bytes.windows(word.len()).any(|it| it == word.as_bytes());
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
