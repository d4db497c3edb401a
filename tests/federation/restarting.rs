//! What a restart keeps, and when a letter may still change its name (`product.md` 2.1, 2.2).

use serde_json::Value;

use crate::scene::Scene;

on_both_databases!(
    a_restart_publishes_nothing_and_keeps_every_id,
    another_identity_is_accepted_until_somebody_follows,
);

/// Everything that others may have copied.
async fn documents(scene: &Scene) -> Vec<Value> {
    let mut documents = Vec::new();
    for path in [
        "/actor",
        "/instance-actor",
        "/letter",
        "/outbox",
        "/featured",
        "/followers",
    ] {
        documents.push(scene.letter.document(path).await);
    }
    documents
}

async fn a_restart_publishes_nothing_and_keeps_every_id(database: &str) {
    let mut scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    ada.does(&ada.like()).await;
    scene.delivered("Accept").await;
    scene.settle().await;
    let before = (documents(&scene).await, scene.letter.count().await);
    let asked = scene.peer.requests().len();

    scene.letter.stop().await;
    scene
        .letter
        .edit_file(|text| text.replacen("\n\n", "\n\nQuite another text.\n\n", 1));
    scene.letter.serve().await;
    assert_eq!(
        (documents(&scene).await, scene.letter.count().await),
        before
    );
    assert_eq!(
        scene
            .letter
            .json(&["letter", "versions"])
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        scene.letter.json(&["status"])["letter"]["file_differs"],
        true
    );
    scene.letter.kill();
    scene.letter.serve().await;
    assert_eq!(
        (documents(&scene).await, scene.letter.count().await),
        before
    );
    scene.settle().await;
    assert_eq!(
        scene.peer.requests().len(),
        asked,
        "nothing was sent or asked"
    );
}

async fn another_identity_is_accepted_until_somebody_follows(database: &str) {
    let mut scene = Scene::new(database).await;
    let first = scene.letter.document("/letter").await;
    scene.letter.stop().await;
    scene.letter.rename_host("localhost");
    scene.letter.serve().await;
    let second = scene.letter.document("/letter").await;
    assert_ne!(first["id"], second["id"]);
    assert_eq!(second["id"], format!("{}/letter", scene.letter.origin));
    let log = scene.letter.log();
    assert!(log.contains("127.0.0.1") && log.contains("afresh"), "{log}");

    let ada = scene.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    scene.letter.stop().await;
    scene.letter.rename_host("127.0.0.1");
    let (code, log) = scene.letter.serve_in_vain().await;
    assert_eq!(code, Some(1), "{log}");
    assert!(
        log.contains("http://localhost:") && log.contains("http://127.0.0.1:"),
        "{log}"
    );

    scene.letter.rename_host("localhost");
    scene.letter.serve().await;
    assert_eq!(scene.followers().await, 1);
    assert_eq!(scene.letter.document("/letter").await, second);
}
