//! What a restart keeps, and until when the letter may change its name.

use serde_json::Value;

use crate::{both::on_both_databases, support::world::World};

on_both_databases!(
    a_restart_publishes_nothing_and_keeps_every_id,
    another_identity_is_accepted_until_somebody_follows,
);

/// Everything that other servers may have a copy of.
async fn documents(world: &World) -> Vec<Value> {
    let mut documents = Vec::new();
    for path in [
        "/actor",
        "/instance-actor",
        "/letter",
        "/outbox",
        "/featured",
        "/followers",
    ] {
        documents.push(world.letter.document(path).await);
    }
    documents
}

async fn a_restart_publishes_nothing_and_keeps_every_id(database: &str) {
    let mut world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    ada.does(&ada.like()).await;
    world.delivered("Accept").await;
    world.settle().await;
    let before = (documents(&world).await, world.letter.count().await);
    let sent = world.peer.all_deliveries().len();

    world.letter.stop().await;
    world
        .letter
        .edit_file(|text| text.replacen("\n\n", "\n\nQuite another text.\n\n", 1));
    world.letter.serve().await;
    assert_eq!(
        (documents(&world).await, world.letter.count().await),
        before
    );
    assert_eq!(
        world
            .letter
            .json(&["letter", "versions"])
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        world.letter.json(&["status"])["letter"]["file_differs"],
        true
    );
    world.letter.kill();
    world.letter.serve().await;
    assert_eq!(
        (documents(&world).await, world.letter.count().await),
        before
    );
    world.settle().await;
    // That the account is still there is asked by the sweep.
    assert_eq!(world.peer.all_deliveries().len(), sent, "nothing was sent");
}

async fn another_identity_is_accepted_until_somebody_follows(database: &str) {
    let mut world = World::new(database).await;
    let first = world.letter.document("/letter").await;
    world.letter.stop().await;
    world.letter.rename_host("localhost");
    world.letter.serve().await;
    let second = world.letter.document("/letter").await;
    assert_ne!(first["id"], second["id"]);
    assert_eq!(second["id"], format!("{}/letter", world.letter.origin));
    let log = world.letter.log();
    assert!(
        log.contains("127.0.0.1") && log.contains("starting with a new identity"),
        "{log}"
    );

    let ada = world.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    world.letter.stop().await;
    world.letter.rename_host("127.0.0.1");
    let (code, log) = world.letter.serve_in_vain().await;
    assert_eq!(code, Some(1), "{log}");
    assert!(
        log.contains("http://localhost:") && log.contains("http://127.0.0.1:"),
        "{log}"
    );

    world.letter.rename_host("localhost");
    world.letter.serve().await;
    assert_eq!(world.followers().await, 1);
    assert_eq!(world.letter.document("/letter").await, second);
}
