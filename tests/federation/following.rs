//! Follow, Undo, and who may not be followed (F-193, F-229).

use crate::scene::Scene;

on_both_databases!(
    a_follow_is_accepted_until_it_is_undone,
    a_follow_of_the_instance_actor_is_rejected,
    an_undo_of_an_older_follow_that_comes_late_changes_nothing,
);

async fn a_follow_is_accepted_until_it_is_undone(database: &str) {
    let scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    let follow = ada.follow();
    ada.does(&follow).await;
    let accept = scene.delivered("Accept").await;
    assert_eq!(accept.inbox, "/users/ada/inbox");
    assert_eq!(accept.activity["actor"], ada.letters("/actor"));
    for member in ["id", "type", "actor", "object"] {
        assert_eq!(
            accept.activity["object"][member], follow[member],
            "{member}"
        );
    }
    assert_eq!(scene.followers().await, 1);
    let followers = scene.letter.json(&["follower", "list"]);
    assert_eq!(followers[0]["actor"], ada.id);
    assert!(!scene.public_text().await.contains("Lovelace"));

    ada.does(&ada.undo(&follow)).await;
    assert_eq!(scene.followers().await, 0);
}

async fn a_follow_of_the_instance_actor_is_rejected(database: &str) {
    let scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    let follow = ada.activity("Follow", ada.letters("/instance-actor").into());
    ada.does(&follow).await;
    // The peer took it, so it was signed by the key of the actor that rejects.
    let reject = scene.delivered("Reject").await;
    assert_eq!(reject.activity["actor"], ada.letters("/instance-actor"));
    assert_eq!(reject.activity["object"]["id"], follow["id"]);
    assert_eq!(scene.followers().await, 0);
}

async fn an_undo_of_an_older_follow_that_comes_late_changes_nothing(database: &str) {
    let scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    let (older, newer) = (ada.follow(), ada.follow());
    ada.does(&older).await;
    ada.does(&newer).await;
    ada.does(&ada.undo(&older)).await;
    assert_eq!(scene.followers().await, 1);
    // By its bare id, as some servers do it.
    ada.does(&ada.activity("Undo", newer["id"].clone())).await;
    assert_eq!(scene.followers().await, 0);
}
