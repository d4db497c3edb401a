//! `cargo bench --bench queue`: what the database allows when a letter with very many followers says something.
//!
//! Hosts, people and followers are made inside a real database. One publication is queued for all of them, then
//! workers without a network take and settle it, and try dead hosts again until these are given up; waiting is
//! skipped. At the end every delivery has to be settled, and none twice.
//!
//! `--quick` is a small run for a gate: it checks the counts and judges no time. `--help` tells the rest.

#![expect(clippy::print_stdout, reason = "a benchmark says what it measured")]

#[path = "../harness/mod.rs"]
#[expect(dead_code, reason = "other benchmarks use the rest")]
mod harness;
#[path = "../../tests/support/mod.rs"]
mod support;

mod disk;
mod options;
mod worker;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use self::{
    harness::{
        millis, percentile,
        seed::{Crowd, seed},
    },
    options::Options,
    worker::{Pass, Run},
};
use anyhow::{Context as _, ensure};
use tokio::task::JoinSet;
use undersigned::{
    clock::{Clock as _, Millis, SystemClock},
    store::{Access, NewActivity, Store},
};

/// Bytes of the activity: an `Update` says a letter of 19,000 characters twice, with and without its language.
const BODY: usize = 40_000;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::read();
    let database = options.common.database().await?;
    measure(options, &database.url).await
}

async fn measure(options: Options, url: &str) -> anyhow::Result<()> {
    let store = Store::open(url, 4, Access::Create).await?;
    let begun = Instant::now();
    let now = SystemClock.now();
    let crowd = Crowd {
        hosts: options.hosts,
        people: options.followers,
        endorsements: 0,
        followers: options.followers,
        keys: true,
    };
    seed(&store, crowd, now).await?;
    let before = disk::size(&store).await?;
    println!(
        "{} hosts, {} followers, {} worker(s) that take {} hosts at once; made in {:.0} s; database {} MiB",
        options.hosts,
        options.followers,
        options.workers,
        options.at_once,
        begun.elapsed().as_secs_f64(),
        mebi(before)
    );
    // What the kernel remembers as our peak begins anew; where it cannot, the peak is that of the seeding.
    std::fs::write("/proc/self/clear_refs", "5").ok();
    queue(&store, options, now).await?;
    println!(
        "  database {} KiB more",
        (disk::size(&store).await? - before) / 1024
    );
    deliver(&store, options, now).await?;
    let stats = store.read().await?.queue_stats().await?;
    println!(
        "database {} MiB at the end; memory at most {} MiB",
        mebi(disk::size(&store).await?),
        peak()? / 1024
    );
    let dead = (1..=options.hosts).filter(|it| it % 100 < options.dead);
    let dead = i64::try_from(dead.count())?;
    ensure!(
        (stats.queued, stats.abandoned, stats.delivered) == (0, dead, options.hosts - dead),
        "not everything was settled: {stats:?}"
    );
    println!("every delivery was settled, and none twice");
    store.close().await;
    Ok(())
}

/// One publication for everybody.
async fn queue(store: &Store, options: Options, now: Millis) -> anyhow::Result<()> {
    let activity = NewActivity {
        path: "/activities/0000000000000000".to_owned(),
        kind: "Update".to_owned(),
        subject: "/letter".to_owned(),
        body: "x".repeat(BODY),
        public: true,
        at: now,
        to: Vec::new(),
    };
    let begun = Instant::now();
    let mut tx = store.write().await?;
    let ids = tx.send(&[activity]).await?;
    let id = ids.first().context("no activity")?;
    let queued = tx.queue_for_followers(*id, now).await?;
    let stated = begun.elapsed();
    tx.commit().await?;
    println!(
        "queued {queued} deliveries in {} ms, {} ms with the commit",
        millis(stated),
        millis(begun.elapsed())
    );
    ensure!(i64::try_from(queued)? == options.hosts, "one for each host");
    Ok(())
}

async fn deliver(store: &Store, options: Options, now: Millis) -> anyhow::Result<()> {
    let run = Arc::new(Run::new(now, usize::try_from(options.hosts)?));
    let mut running = JoinSet::new();
    for number in 0..options.workers {
        let (run, store) = (Arc::clone(&run), store.clone());
        running.spawn(async move {
            worker::work(&run, &store, &format!("worker{number}"), options).await
        });
    }
    while let Some(done) = running.join_next().await {
        done??;
    }
    let (first, later, mut questions) = run.passes();
    tell("until everything was tried once", &first, Duration::ZERO);
    tell("until everything was settled", &later, first.ended);
    questions.sort_unstable();
    println!(
        "when is the next one due: asked {} times, p50 {} ms, max {} ms",
        questions.len(),
        millis(percentile(&questions, 50)),
        millis(percentile(&questions, 100)),
    );
    println!("delivered {}", run.delivered());
    Ok(())
}

fn tell(what: &str, pass: &Pass, from: Duration) {
    let mut turns = pass.turns.clone();
    turns.sort_unstable();
    let took = pass.ended.saturating_sub(from);
    let n = u32::try_from(pass.attempts).unwrap_or(u32::MAX);
    println!(
        "{what}: {} in {:.1} s, {:.0}/s; {} turns, p50 {} p99 {} max {} ms",
        pass.attempts,
        took.as_secs_f64(),
        f64::from(n) / took.as_secs_f64().max(0.001),
        turns.len(),
        millis(percentile(&turns, 50)),
        millis(percentile(&turns, 99)),
        millis(percentile(&turns, 100)),
    );
}

fn mebi(bytes: i64) -> i64 {
    bytes / 1024 / 1024
}

/// The most memory of this process, in KiB.
fn peak() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"));
    let number = line.and_then(|it| it.split_whitespace().next());
    Ok(number.context("no VmHWM")?.parse()?)
}
