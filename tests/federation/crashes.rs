//! `kill -9`: what was answered with 202 is on the disk, and what was queued is sent.

use std::time::Duration;

use tokio::{sync::mpsc, task::JoinSet};

use crate::{
    both::on_both_databases,
    support::{
        program::eventually,
        world::{Person, World},
    },
};

on_both_databases!(
    a_kill_loses_no_like_that_was_answered_with_202,
    an_answer_that_was_refused_once_goes_out_after_a_kill,
    what_a_killed_server_had_in_hands_goes_out_within_seconds,
);

/// How soon after a start everything goes on. The lease of a host lasts two minutes.
const SOON: Duration = Duration::from_secs(12);

/// The number of simultaneous likes, and of answers before the server is killed.
const LIKES: usize = 150;
const KILLED_AFTER: usize = 60;

async fn a_kill_loses_no_like_that_was_answered_with_202(database: &str) {
    let mut world = World::new(database).await;
    let (answered, mut answers) = mpsc::channel(LIKES);
    let mut likes = JoinSet::new();
    for number in 0..LIKES {
        let fan: Person = world.person(&format!("Fan{number} of the letter"));
        let answered = answered.clone();
        likes.spawn(async move {
            // A server with too many key fetches in flight answers 503: nothing is lost, senders try again.
            let like = fan.like();
            while let Some(status) = fan.sends("/inbox", &like).await {
                if status == 202 {
                    return answered.send(fan.id).await.unwrap();
                }
                assert_eq!(status, 503);
            }
        });
    }
    drop(answered);
    let mut taken = Vec::new();
    while taken.len() < KILLED_AFTER {
        taken.push(answers.recv().await.unwrap());
    }
    world.letter.kill();
    while let Some(fan) = answers.recv().await {
        taken.push(fan);
    }
    while let Some(done) = likes.join_next().await {
        done.unwrap();
    }
    world.letter.serve().await;
    let listed = world.listed(&[]);
    let lost: Vec<_> = taken
        .iter()
        .filter(|fan| !listed.iter().any(|listed| listed["actor"] == fan.as_str()))
        .collect();
    assert!(lost.is_empty(), "of {}: {lost:?}", taken.len());
    let endorsers = usize::try_from(world.endorsers().await).unwrap();
    assert_eq!(endorsers, listed.len());
    assert!((taken.len()..=LIKES).contains(&endorsers));
    world.assert_is_sound();
}

async fn an_answer_that_was_refused_once_goes_out_after_a_kill(database: &str) {
    let mut world = World::new(database).await;
    world.peer.answer_with(503);
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    let refused = eventually("the first attempt", async || {
        world.peer.deliveries("Accept").pop()
    })
    .await;
    assert_eq!((refused.answer, refused.verified), (503, Ok(())));
    eventually("the host is left alone for a while", async || {
        let stats = world.letter.json(&["queue", "stats"]);
        (stats["hosts"]["backing_off"] == 1).then_some(())
    })
    .await;
    world.letter.kill();
    world.peer.answer_with(202);
    world.letter.serve().await;
    // The second attempt at first contact comes after some fifteen seconds, counted from the first.
    let accept = world.delivered("Accept").await;
    assert_eq!(accept.activity, refused.activity, "a retry repeats the id");
    tokio::time::timeout(Duration::from_secs(30), world.settle())
        .await
        .unwrap();
    let accepts = world.peer.deliveries("Accept");
    assert_eq!(accepts.iter().filter(|it| it.answer == 202).count(), 1);
    assert_eq!(world.followers().await, 1);
}

async fn what_a_killed_server_had_in_hands_goes_out_within_seconds(database: &str) {
    let mut world = World::new(database).await;
    // The host is leased for as long as it does not answer.
    world.peer.hold(true);
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    eventually("the first attempt", async || {
        world.peer.deliveries("Accept").pop()
    })
    .await;
    world.letter.kill();
    world.peer.hold(false);
    world.letter.serve().await;
    let again = eventually("the second attempt", async || {
        (world.peer.deliveries("Accept").len() > 1).then_some(())
    });
    tokio::time::timeout(SOON, again).await.unwrap();
    world.settle().await;
}
