//! Everything at once, at full speed: people who change their minds, and others who pretend to be them.
//!
//! Each person keeps count of what is true of them; at the end the letter has to agree with all of them. The
//! choices are random from a seed that is printed. `STORM_SECONDS` says how long it blows; `STORM_SEED`
//! repeats the choices of a run.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use crate::{
    dice::{Dice, random_seed, setting},
    peer::Peer,
    scene::Scene,
};
use futures_util::future::join_all;
use undersigned::random::SeededRandom;

mod forgers;
mod people;

use forgers::Forger;
use people::{Stands, Visitor};

on_both_databases!(the_counts_are_right_after_a_storm);

/// How long it blows when nobody says otherwise, in seconds: a gate takes a minute, a careful person ten.
const SECONDS: u64 = 3;

/// People on each server.
const PEOPLE: usize = 12;

/// Servers of the test's own.
const PEERS: usize = 3;

/// The most memory that the server may have, in KiB, and how much more than after the first part. A build for
/// tests has more than a release.
const MOST_MEMORY: u64 = 128 * 1024;
const MOST_GROWTH: u64 = 16 * 1024;

/// Nothing holds the storm back but the machine. What `[limits]` does is tested elsewhere.
const SETTINGS: &str = "limits.per_address_per_minute = 10000000\n\
                        limits.per_actor_per_minute = 10000000\n\
                        limits.per_host_per_minute = 10000000\n\
                        endorsing.acknowledge = 'none'\n";

#[expect(
    clippy::print_stderr,
    reason = "whoever reads a failure needs the seed"
)]
async fn the_counts_are_right_after_a_storm(database: &str) {
    let seed = setting("STORM_SEED").unwrap_or_else(random_seed);
    let seconds = setting("STORM_SECONDS").unwrap_or(SECONDS);
    eprintln!("STORM_SEED={seed} STORM_SECONDS={seconds}");
    let scene = Scene::with(database, SETTINGS).await;
    let before = scene.letter.count().await;
    let mut peers = Vec::new();
    for _ in 0..PEERS {
        peers.push(Peer::start(scene.client.clone()).await);
    }
    let mut visitors = Vec::new();
    for (peer, number) in peers
        .iter()
        .flat_map(|it| (0..PEOPLE).map(move |n| (it, n)))
    {
        let person = scene.person_on(peer, &format!("Visitor{number} of the Storm"), |_| ());
        let dice = Dice(SeededRandom::new(
            seed.wrapping_add(u64::try_from(visitors.len()).unwrap()),
        ));
        visitors.push(Visitor::new(person, dice));
    }
    let forgers = peers.iter().zip(1..).map(|(peer, number)| {
        let eve = scene.person_on(peer, "Eve Moore", |_| ());
        let dice = Dice(SeededRandom::new(seed.wrapping_sub(number)));
        let victims = (0..PEOPLE).map(|it| peer.url(&format!("/users/visitor{it}")));
        Forger::new(eve, victims.collect(), dice)
    });
    let forgers: Vec<_> = forgers.collect();
    let log_before = scene.letter.log().len();

    let steps = AtomicU64::new(0);
    let begun = Instant::now();
    let end = begun + Duration::from_secs(seconds);
    let goes_on = || {
        steps.fetch_add(1, Ordering::Relaxed);
        Instant::now() < end
    };
    let genuine = visitors.into_iter().map(async |mut visitor| {
        while goes_on() {
            visitor.does_something().await;
        }
        visitor.stands()
    });
    let hostile = forgers.iter().map(async |forger| {
        while goes_on() {
            forger.tries_something(&scene).await;
        }
    });
    let first_part = begun + Duration::from_millis(seconds * 400);
    let warm = async {
        tokio::time::sleep_until(first_part.into()).await;
        scene.letter.memory()
    };
    let (all, _, warm) = tokio::join!(join_all(genuine), join_all(hostile), warm);
    let memory = scene.letter.memory();
    eprintln!(
        "{} steps; memory {} MiB, after the first part {} MiB",
        steps.load(Ordering::Relaxed),
        memory / 1024,
        warm / 1024
    );

    assert_eq!(all.len(), PEERS * PEOPLE);
    let count = |fits: fn(&Stands) -> bool| {
        i64::try_from(all.iter().filter(|it| fits(it)).count()).unwrap()
    };
    let signed = before["signed"].as_i64().unwrap();
    let now = scene.letter.count().await;
    assert_eq!(now["signed"], signed + count(|it| it.signs), "{now}");
    assert_eq!(now["liked"], count(|it| it.likes && !it.signs), "{now}");
    assert_eq!(scene.followers().await, count(|it| it.follows));
    let listed = scene.listed(&["--limit", "1000"]);
    for one in &all {
        let counts = listed.iter().any(|it| {
            it["actor"] == one.id && (it["state"] == "listed" || it["state"] == "counted")
        });
        assert_eq!(counts, one.signs || one.likes, "{one:?}");
    }
    scene.assert_is_sound();
    let log = scene.letter.log().split_off(log_before);
    let bad = |it: &&str| {
        ["ERROR", "WARN", "panicked"]
            .iter()
            .any(|word| it.contains(word))
    };
    assert_eq!(log.lines().filter(bad).collect::<Vec<_>>(), [""; 0]);
    assert!(memory < MOST_MEMORY, "{memory} KiB");
    assert!(memory < warm + MOST_GROWTH, "{memory} KiB after {warm} KiB");
}
