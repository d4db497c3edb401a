//! What others know that was lost with an old database.

use super::{
    people::{boost, by, like, person},
    support::{DAY, HOUR, NOW, World},
};
use crate::{
    register::{
        InboundAction, InboundActivity,
        restored::{LostPosts, Restored},
    },
    store::NewActor,
};

async fn lost(world: &World) -> Vec<String> {
    LostPosts::read(&mut world.read().await).await.unwrap().0
}

fn follow(who: &str) -> InboundActivity {
    let object = "https://letter.example/actor".to_owned();
    by(who, "f1", InboundAction::Follow { object })
}

#[tokio::test]
async fn a_lost_post_is_believed_of_those_who_were_here_before_alone() {
    let world = World::with(&["ada", "bob", "eve"]).await;
    world.take(like("ada", "l1")).await;
    world.take(follow("bob")).await;
    let restored = Restored {
        at: NOW.plus(HOUR),
        taken_at: NOW,
        server_stopped: true,
    };
    world.clock.advance(DAY);
    let path = "/posts/01lost";
    let boosted = |who: &str, id: &str| boost(who, id, path);
    // Without a restore nothing was lost.
    world.take(boosted("ada", "b0")).await;
    assert!(lost(&world).await.is_empty());
    let mut tx = world.store.write().await.unwrap();
    restored.write(&mut tx).await.unwrap();
    tx.commit().await.unwrap();

    // One who was never anything, and one who came since.
    world.take(boosted("eve", "b1")).await;
    world
        .meet(NewActor {
            read_at: world.now(),
            ..person("mallory")
        })
        .await;
    world.take(follow("mallory")).await;
    for n in 0..30 {
        let invented = format!("/posts/invented{n}");
        world
            .take(boost("mallory", &format!("b{n}"), &invented))
            .await;
    }
    assert!(lost(&world).await.is_empty());
    // A supporter, and a follower.
    world.take(boosted("ada", "b1")).await;
    world.take(boosted("bob", "b1")).await;
    world.take(boost("bob", "b2", "/posts/02lost")).await;
    assert_eq!(lost(&world).await, [path, "/posts/02lost"]);
}
