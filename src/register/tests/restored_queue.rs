//! What a restored backup still sends.

use super::{
    blocks::follow,
    publish::{TEXT, file, settings},
    support::{SECOND, World},
};
use crate::register::{
    maintenance::restored::{RestoreOutcome, after_restore},
    restored::Restored,
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
