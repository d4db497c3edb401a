//! Follow and its Undo, and the actor that nobody can follow.

use crate::{both::on_both_databases, support::world::World};

on_both_databases!(
    a_follow_is_accepted_until_it_is_undone,
    a_follow_of_the_instance_actor_is_rejected,
);

async fn a_follow_is_accepted_until_it_is_undone(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    let follow = ada.follow();
    ada.does(&follow).await;
    let accept = world.delivered("Accept").await;
    assert_eq!(accept.inbox, "/users/ada/inbox");
    assert_eq!(accept.activity["actor"], ada.letters("/actor"));
    for member in ["id", "type", "actor", "object"] {
        assert_eq!(
            accept.activity["object"][member], follow[member],
            "{member}"
        );
    }
    assert_eq!(world.followers().await, 1);
    let followers = world.letter.json(&["follower", "list"]);
    assert_eq!(followers[0]["actor"], ada.id);
    assert!(!world.public_text().await.contains("Lovelace"));

    ada.does(&ada.undo(&follow)).await;
    assert_eq!(world.followers().await, 0);
}

async fn a_follow_of_the_instance_actor_is_rejected(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    let follow = ada.activity("Follow", ada.letters("/instance-actor").into());
    ada.does(&follow).await;
    // The peer accepted it, so it was signed by the key of the actor that rejects.
    let reject = world.delivered("Reject").await;
    assert_eq!(reject.activity["actor"], ada.letters("/instance-actor"));
    assert_eq!(reject.activity["object"]["id"], follow["id"]);
    assert_eq!(world.followers().await, 0);
}
