//! What a restored backup sends and shows.

use super::{
    blocks::follow,
    people::reply,
    publish::{TEXT, file, settings},
    support::{SECOND, World},
};
use crate::{
    endorsement::decide::Decision,
    register::{
        InboundActivity,
        maintenance::restored::{RestoreOutcome, after_restore},
        moderation::decisions::Action,
        restored::Restored,
    },
};

impl World {
    /// Restores a backup of this moment, a second later.
    async fn restore(&self, server_stopped: bool) -> RestoreOutcome {
        let taken_at = self.now();
        self.clock.advance(SECOND);
        let restored = Restored {
            at: self.now(),
            taken_at,
            server_stopped,
        };
        let mut tx = self.store.write().await.unwrap();
        let (context, settings) = (&self.context, &settings());
        let outcome = after_restore(&mut tx, context, settings, &restored, &[], "mona").await;
        tx.commit().await.unwrap();
        outcome.unwrap()
    }
}

#[tokio::test]
async fn a_restore_publishes_nothing_whether_a_server_ran_or_not() {
    for server_stopped in [true, false] {
        let world = World::with(&["ada"]).await;
        world.take(follow("ada", "f")).await;
        world.publish(&file(TEXT, &[]), None).await.unwrap();
        let waiting = async || {
            let kinds = "SELECT kind FROM delivery JOIN activity ON activity.id = activity_id
                         WHERE state = 'queued' ORDER BY activity.id";
            world.column(kinds).await
        };
        assert_eq!(waiting().await, ["Accept", "Create"]);
        let outcome = world.restore(server_stopped).await;
        assert_eq!(outcome.dropped, 1, "{server_stopped}");
        assert_eq!(waiting().await, ["Accept"], "{server_stopped}");
    }
}

#[tokio::test]
async fn a_promoted_comment_from_before_is_a_number_until_it_was_read_again() {
    let promote = Action::Decide(Decision::Promote);
    for (server_stopped, state) in [(true, "listed Ada"), (false, "counted")] {
        let world = World::with(&["ada"]).await;
        world.take(reply("ada", "1", "What a letter")).await;
        world.restore(server_stopped).await;
        world.act(promote.clone(), "ada").await.unwrap();
        assert_eq!(world.state("ada").await, state, "{server_stopped}");
    }

    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    world.restore(false).await;
    // A moderator who takes it off and puts it back shows no more of it.
    let demote = Action::Decide(Decision::Demote);
    for action in [demote, promote.clone()] {
        world.act(action, "ada").await.unwrap();
    }
    assert_eq!(world.state("ada").await, "counted");
    let mut tx = world.read().await;
    assert_eq!(tx.restored_to_read().await.unwrap(), 1);
    drop(tx);

    // What came after the restore is not older than it.
    let world = World::with(&["ada"]).await;
    world.restore(false).await;
    let later = InboundActivity {
        at: world.now(),
        ..reply("ada", "1", "What a letter")
    };
    world.take(later).await;
    world.act(promote, "ada").await.unwrap();
    assert_eq!(world.state("ada").await, "listed Ada");
}
