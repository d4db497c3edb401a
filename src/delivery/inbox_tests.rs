//! Inboxes that moved, are gone, or are not found: their owners are read again.

use super::testing::{DAY, Reply, World};
use crate::{
    clock::Clock as _,
    register::inbound::refresh_jobs::REFRESH_ACTOR,
    store::{FollowerRow, JobLane, JobRow},
};

const INBOX: &str = "m.example/inbox";

/// The jobs that were ordered since the last call.
async fn refresh_jobs(world: &World) -> Vec<JobRow> {
    let mut tx = world.store.write().await.unwrap();
    let now = world.clock.now();
    let jobs = tx
        .lease_jobs("w", JobLane::Main, now, now.plus(DAY), 9)
        .await
        .unwrap();
    let ids: Vec<_> = jobs.iter().map(|job| job.id).collect();
    tx.finish_jobs(&ids).await.unwrap();
    tx.commit().await.unwrap();
    jobs
}

/// A follower's inbox answers the next deliveries with these statuses, each so many days after the one before.
async fn after(replies: &[(u16, u32)]) -> (World, Vec<usize>) {
    let world = World::new().await;
    world.queue("hello", "hello", &[INBOX]).await;
    let worker = world.worker(1);
    worker.step().await.unwrap();
    world.follows(INBOX).await;
    let mut ordered = Vec::new();
    for (n, (status, days)) in replies.iter().enumerate() {
        world.clock.advance(*days * DAY);
        // A second knock is answered like the first.
        world.script(INBOX, vec![Reply::Status(*status); 2]);
        world.queue(&n.to_string(), &n.to_string(), &[INBOX]).await;
        worker.step().await.unwrap();
        world.heal();
        ordered.push(refresh_jobs(&world).await.len());
    }
    (world, ordered)
}

#[tokio::test]
async fn whose_inbox_moved_or_is_gone_is_read_again_once_a_day() {
    for status in [301, 307, 410] {
        let (_, ordered) = after(&[(status, 2)]).await;
        assert_eq!(ordered, [1], "{status}");
        // Its owner was read less than a day ago.
        let (_, ordered) = after(&[(status, 0)]).await;
        assert_eq!(ordered, [0], "{status}");
    }
    for status in [202, 400, 401, 403, 404, 500] {
        let (_, ordered) = after(&[(status, 2)]).await;
        assert_eq!(ordered, [0], "{status}");
    }
}

#[tokio::test]
async fn whose_inbox_is_not_found_is_read_again_after_three_times_over_seven_days() {
    let (_, ordered) = after(&[(404, 2), (404, 3), (404, 4), (404, 1)]).await;
    assert_eq!(ordered, [0, 0, 1, 0]);
    let (_, ordered) = after(&[(404, 2), (404, 1), (404, 5), (404, 1)]).await;
    assert_eq!(ordered, [0, 0, 0, 1]);
    let (_, ordered) = after(&[(404, 2), (404, 1), (202, 1), (404, 6), (404, 1)]).await;
    assert_eq!(ordered, [0, 0, 0, 0, 0], "it was there in between");
}

#[tokio::test]
async fn who_neither_follows_nor_endorses_is_not_read_again() {
    let world = World::new().await;
    world.queue("a", "a", &[INBOX]).await;
    world.clock.advance(2 * DAY);
    world.script(INBOX, [Reply::Status(410)]);
    world.worker(1).step().await.unwrap();
    assert_eq!(refresh_jobs(&world).await, []);
}

#[tokio::test]
async fn the_look_is_a_job_about_the_actor() {
    let world = World::new().await;
    world.queue("a", "a", &[INBOX]).await;
    world.follows(INBOX).await;
    world.clock.advance(2 * DAY);
    world.script(INBOX, [Reply::Status(410)]);
    world.worker(1).step().await.unwrap();
    let jobs = refresh_jobs(&world).await;
    let jobs: Vec<_> = jobs
        .iter()
        .map(|job| (job.kind.as_str(), job.payload.as_str()))
        .collect();
    assert_eq!(jobs, [(REFRESH_ACTOR, "https://m.example/inbox/owner")]);
    assert_eq!(world.stats().await.refused, 1);
}

impl World {
    /// The owner of this inbox follows.
    async fn follows(&self, inbox: &str) {
        let (name, path) = inbox.split_once('/').unwrap();
        let url = format!("https://{name}/{path}/owner");
        let mut tx = self.store.write().await.unwrap();
        let actors = tx.actors(&[crate::hash::Sha256::of(&url)]).await.unwrap();
        let follower = FollowerRow {
            actor_id: actors[0].id,
            follow_id: None,
            since: self.clock.now(),
        };
        tx.save_followers(&[follower]).await.unwrap();
        tx.commit().await.unwrap();
    }
}
