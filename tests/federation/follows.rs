//! Follow and its Undo, and the actor that nobody can follow.

use std::time::Duration;

use undersigned::clock::{Clock as _, SystemClock};

use crate::{
    both::on_both_databases,
    federation::draft::Draft,
    support::{program::eventually, world::World},
};

on_both_databases!(
    a_follow_is_accepted_until_it_is_undone,
    a_follow_under_one_id_is_accepted_each_time,
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

/// Misskey's family and `PeerTube` have one Follow for each pair of accounts.
async fn a_follow_under_one_id_is_accepted_each_time(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    let follow = ada.follow();
    let undo = ada.undo(&follow);
    let now = SystemClock.now();
    let steps = [
        (&follow, 1, 1),
        (&undo, 0, 1),
        (&follow, 1, 2),
        // The Accept was lost, and the server asks again.
        (&follow, 1, 3),
        (&undo, 0, 3),
        (&follow, 1, 4),
    ];
    let mut sent = Vec::new();
    for (seconds, (activity, followers, accepts)) in (0..).zip(steps) {
        let at = now.plus(Duration::from_secs(seconds));
        let draft = Draft::of(&ada, &ada.key_id, activity, at);
        assert_eq!(draft.clone().send(&world).await.unwrap(), 202);
        assert_eq!(world.followers().await, followers, "{seconds}");
        eventually("the Accept", async || {
            (world.peer.deliveries("Accept").len() == accepts).then_some(())
        })
        .await;
        sent.push(draft);
    }
    for again in sent {
        assert_eq!(again.send(&world).await.unwrap(), 202);
        assert_eq!(world.followers().await, 1);
    }
    world.settle().await;
    assert_eq!(world.peer.deliveries("Accept").len(), 4);
}
