//! Load from people who change their minds, and from others who pretend to be them.
//!
//! Each person keeps count of what is true of them; at the end the letter has to agree with all of them. The
//! choices are random from a seed that is printed. Then every request is sent again, byte for byte and in any order, and
//! everything stays as it is. `STORM_SECONDS` is the duration; `STORM_SEED`
//! repeats the choices of a run.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use futures_util::future::join_all;

use crate::{
    both::on_both_databases,
    federation::draft::Draft,
    support::{
        fediverse::FakeServer,
        random::{Choices, number_variable, random_seed},
        world::World,
    },
};

mod forgers;
mod people;

use forgers::Forger;
use people::{Stands, Visitor};

on_both_databases!(the_counts_are_right_after_a_storm);

/// The duration without `STORM_SECONDS`: CI takes a minute, a release ten.
const SECONDS: u64 = 3;

/// People on each server.
const PEOPLE: usize = 12;

/// Fake servers.
const PEERS: usize = 3;

/// The most memory that the server may have, in KiB, and how much more than after the first part. A build for
/// tests has more than a release.
const MOST_MEMORY: u64 = 128 * 1024;
const MOST_GROWTH: u64 = 16 * 1024;

/// Requests that are sent again at the same time.
const AT_ONCE: usize = 16;

/// No limit slows the storm down; `limits` tests `[limits]`.
const SETTINGS: &str = "limits.per_address_per_minute = 10000000\n\
                        limits.per_actor_per_minute = 10000000\n\
                        limits.per_host_per_minute = 10000000\n\
                        endorsing.acknowledge = 'none'\n";

#[expect(
    clippy::print_stderr,
    reason = "whoever reads a failure needs the seed"
)]
async fn the_counts_are_right_after_a_storm(database: &str) {
    let seed = number_variable("STORM_SEED").unwrap_or_else(random_seed);
    let seconds = number_variable("STORM_SECONDS").unwrap_or(SECONDS);
    eprintln!("STORM_SEED={seed} STORM_SECONDS={seconds}");
    let world = World::with(database, SETTINGS).await;
    let before = world.letter.count().await;
    let mut peers = Vec::new();
    for _ in 0..PEERS {
        peers.push(FakeServer::start());
    }
    let mut visitors = Vec::new();
    for (peer, number) in peers
        .iter()
        .flat_map(|peer| (0..PEOPLE).map(move |n| (peer, n)))
    {
        let person = world.person_on(peer, &format!("Visitor{number} of the Storm"), |_| ());
        let choices = Choices::new(seed.wrapping_add(u64::try_from(visitors.len()).unwrap()));
        visitors.push(Visitor::new(person, choices));
    }
    let forgers = peers.iter().zip(1..).map(|(peer, number)| {
        let eve = world.person_on(peer, "Eve Moore", |_| ());
        let choices = Choices::new(seed.wrapping_sub(number));
        let victims = (0..PEOPLE).map(|it| peer.url(&format!("/users/visitor{it}")));
        Forger::new(eve, victims.collect(), choices)
    });
    let forgers: Vec<_> = forgers.collect();
    let log_before = world.letter.log().len();

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
        (visitor.stands(), visitor.past())
    });
    let hostile = forgers.iter().map(async |forger| {
        while goes_on() {
            forger.tries_something(&world).await;
        }
    });
    let first_part = begun + Duration::from_millis(seconds * 400);
    let warm = async {
        tokio::time::sleep_until(first_part.into()).await;
        world.letter.usage().memory
    };
    let (all, _, warm) = tokio::join!(join_all(genuine), join_all(hostile), warm);
    let (all, mut requests): (Vec<_>, Vec<_>) = all.into_iter().unzip();
    requests.extend(forgers.iter().map(Forger::past));
    let memory = world.letter.usage().memory;
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
    let now = world.letter.count().await;
    assert_eq!(now["signed"], signed + count(|it| it.signs), "{now}");
    assert_eq!(now["liked"], count(|it| it.likes && !it.signs), "{now}");
    assert_eq!(world.followers().await, count(|it| it.follows));
    let listed = world.listed(&["--limit", "1000"]);
    for one in &all {
        let counts = listed.iter().any(|row| {
            row["actor"] == one.id && (row["state"] == "listed" || row["state"] == "counted")
        });
        assert_eq!(counts, one.signs || one.likes, "{one:?}");
    }
    send_again(&world, requests.concat(), &Choices::new(seed)).await;
    assert_eq!(world.letter.count().await, now);
    assert_eq!(world.followers().await, count(|it| it.follows));
    assert_eq!(world.listed(&["--limit", "1000"]), listed);
    world.assert_is_sound();
    let log = world.letter.log().split_off(log_before);
    let bad = |it: &&str| {
        ["ERROR", "WARN", "panicked"]
            .iter()
            .any(|word| it.contains(word))
    };
    assert_eq!(log.lines().filter(bad).collect::<Vec<_>>(), [""; 0]);
    assert!(memory < MOST_MEMORY, "{memory} KiB");
    assert!(memory < warm + MOST_GROWTH, "{memory} KiB after {warm} KiB");
}

/// Sends all of these requests as they are, in a random order.
async fn send_again(world: &World, mut requests: Vec<Draft>, choices: &Choices) {
    for last in (1..requests.len()).rev() {
        requests.swap(last, choices.below(last + 1));
    }
    for some in requests.chunks(AT_ONCE) {
        let sent = some.iter().map(|draft| draft.clone().send(world));
        join_all(sent).await;
    }
}
