//! `kill -9`: what was answered with 202 is on the disk, and what was queued goes out.

use std::time::Duration;

use tokio::{sync::mpsc, task::JoinSet};

use crate::{
    scene::{Person, Scene},
    server::eventually,
};

on_both_databases!(
    a_kill_loses_no_like_that_was_answered_with_202,
    an_answer_that_was_refused_once_goes_out_after_a_kill,
);

/// How many like the letter at the same time, and after how many answers the server is killed.
const LIKES: usize = 150;
const KILLED_AFTER: usize = 60;

async fn a_kill_loses_no_like_that_was_answered_with_202(database: &str) {
    let mut scene = Scene::with(database, "limits.fetches_in_flight = 200").await;
    let (answered, mut answers) = mpsc::channel(LIKES);
    let mut likes = JoinSet::new();
    for number in 0..LIKES {
        let fan: Person = scene.person(&format!("Fan{number} of the letter"));
        let answered = answered.clone();
        likes.spawn(async move {
            // A server with too much to ask for answers 503 (F-345): that is no loss, it is told again.
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
    scene.letter.kill();
    while let Some(fan) = answers.recv().await {
        taken.push(fan);
    }
    while let Some(done) = likes.join_next().await {
        done.unwrap();
    }
    scene.letter.serve().await;
    let listed = scene.listed(&[]);
    let lost: Vec<_> = taken
        .iter()
        .filter(|fan| !listed.iter().any(|it| it["actor"] == fan.as_str()))
        .collect();
    assert!(lost.is_empty(), "of {}: {lost:?}", taken.len());
    let endorsers = usize::try_from(scene.endorsers().await).unwrap();
    assert_eq!(endorsers, listed.len());
    assert!((taken.len()..=LIKES).contains(&endorsers));
    scene.assert_is_sound();
}

async fn an_answer_that_was_refused_once_goes_out_after_a_kill(database: &str) {
    let mut scene = Scene::new(database).await;
    scene.peer.answer_with(503);
    let ada = scene.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    let refused = eventually("the first attempt", async || {
        scene.peer.deliveries("Accept").pop()
    })
    .await;
    assert_eq!((refused.answer, refused.verified), (503, Ok(())));
    // Killed any earlier, the claim would have to run out first, which takes two minutes (F-171).
    eventually("the host is left alone for a while", async || {
        let stats = scene.letter.json(&["queue", "stats"]);
        (stats["hosts"]["backing_off"] == 1).then_some(())
    })
    .await;
    scene.letter.kill();
    scene.peer.answer_with(202);
    scene.letter.serve().await;
    // The second attempt at first contact comes after some fifteen seconds, counted from the first (F-347).
    let accept = scene.delivered("Accept").await;
    assert_eq!(accept.activity, refused.activity, "a retry repeats the id");
    tokio::time::timeout(Duration::from_secs(30), scene.settle())
        .await
        .unwrap();
    let accepts = scene.peer.deliveries("Accept");
    assert_eq!(accepts.iter().filter(|it| it.answer == 202).count(), 1);
    assert_eq!(scene.followers().await, 1);
}
