//! `cargo bench --bench fanout`: how fast one publication reaches 5,000 inboxes on 500 hosts.
//!
//! The sender is the real program in a process of its own, with the settings of `benches/fanout.toml`; the servers
//! that receive are this program started again (`receivers`). Each scene has a fresh database, seeded through the
//! store, so every host is met for the first time. All inboxes that take anything must have got it once at the end.
//!
//! `--quick` is a small run for a gate: it checks the counts and judges no time. `--help` tells the rest.

#![expect(clippy::print_stdout, reason = "a benchmark says what it measured")]

#[path = "../harness/mod.rs"]
#[expect(dead_code, reason = "other benchmarks use the rest")]
mod harness;
#[path = "../../tests/support/mod.rs"]
mod support;

mod letter;
mod pages;
mod receivers;

use std::time::{Duration, Instant};

use anyhow::ensure;
use clap::Parser;
use undersigned::store::{Access, Store};
use url::Url;

use self::{
    harness::{Common, millis, rsa},
    receivers::{Kind, Receivers, Tally},
    support::{
        fediverse::temper::Temper,
        program::{Program, http},
    },
};

/// Signatures that each thread makes for the comparison.
const SIGNATURES: u32 = 3000;

/// Measures how fast one publication reaches many inboxes.
#[derive(Clone, Debug, Parser)]
struct Options {
    /// Hosts that take deliveries, a twentieth more that fail and as many that are dead
    #[arg(long, default_value_t = 450)]
    hosts: usize,

    /// Inboxes on each host
    #[arg(long, default_value_t = 10)]
    inboxes: usize,

    #[command(flatten)]
    common: Common,
}

/// The scene that others are compared with.
const ALONE: &str = "at once; nobody else";

/// The scene in which slow hosts must not hold up quick ones.
const BESIDE_SLOW: &str = "at once; others think for 500 ms or never answer";

/// How long a scene may take.
const DEADLINE: Duration = Duration::from_mins(5);

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    if receivers::are_we().await? {
        return Ok(());
    }
    let mut options = Options::parse();
    let quick = options.common.quick;
    if quick {
        (options.hosts, options.inboxes) = (36, 5);
    }
    let rate = if quick {
        None
    } else {
        let threads = u32::try_from(std::thread::available_parallelism()?.get())?;
        let rate = rsa::signatures(threads, SIGNATURES)?;
        println!("RSA-2048 alone, on all cores: {rate:.0} signatures/s");
        Some(rate)
    };
    let few = options.hosts.div_ceil(18);
    let others = |temper| Kind { temper, hosts: few };
    let takes = |millis| Kind {
        temper: match millis {
            0 => Temper::Fast,
            millis => Temper::Slow(Duration::from_millis(millis)),
        },
        hosts: options.hosts,
    };
    let (fail, dead) = (others(Temper::Sick), others(Temper::Dead));
    let slow = others(Temper::Slow(Duration::from_millis(500)));
    let mut scenes = vec![(
        "at once; others fail or are dead",
        vec![takes(0), fail, dead],
    )];
    if !quick {
        scenes.extend([
            (ALONE, vec![takes(0)]),
            (BESIDE_SLOW, vec![takes(0), slow, others(Temper::Silent)]),
            (
                "after 50 ms; others fail or are dead",
                vec![takes(50), fail, dead],
            ),
            (
                "after 500 ms; others fail or are dead",
                vec![takes(500), fail, dead],
            ),
        ]);
    }
    let mut took = Vec::new();
    for (name, kinds) in scenes {
        println!("{} hosts answer {name}:", options.hosts);
        took.push((name, measure(&options, &kinds, rate).await?));
    }
    let of = |scene| took.iter().find(|(name, _)| *name == scene);
    if let (Some((_, alone)), Some((_, beside))) = (of(ALONE), of(BESIDE_SLOW)) {
        println!(
            "quick hosts beside slow and hanging ones: {:.2} s, without them {:.2} s: {:.2} times (aim: 1.2)",
            beside.as_secs_f64(),
            alone.as_secs_f64(),
            beside.as_secs_f64() / alone.as_secs_f64(),
        );
    }
    Ok(())
}

/// One publication, from its transaction to the last inbox that takes it: how long the first kind of hosts took.
async fn measure(options: &Options, kinds: &[Kind], rate: Option<f64>) -> anyhow::Result<Duration> {
    let database = options.common.database().await?;
    // The first start makes tables, keys and the letter.
    let mut program = Program::start(&database.url, include_str!("../fanout.toml")).await;
    program.stop().await;
    let store = Store::open(&database.url, 2, Access::Existing).await?;
    let mut receivers = Receivers::start(kinds)?;
    letter::follow(&store, &receivers.authorities.concat(), options.inboxes).await;
    program.serve().await;
    let (browser, page) = (http(), format!("{}/", program.origin));
    let quiet = pages::look(&browser, &page, Duration::from_millis(500)).await?;

    let enqueued = letter::edit(&store, &Url::parse(&program.origin)?).await?;
    let wanted = options.hosts * options.inboxes;
    let before = program.usage();
    let begun = Instant::now();
    let mut busy = pages::PageTimes::default();
    let fast = loop {
        // The page is read all the while: readers must not feel a fan-out.
        busy.add(pages::look(&browser, &page, Duration::from_millis(100)).await?);
        let tally = receivers.tallies()?.first().copied().unwrap_or_default();
        if tally.requests >= wanted {
            break tally;
        }
        ensure!(
            begun.elapsed() < DEADLINE,
            "not everything arrives: {tally:?}"
        );
    };
    let after = program.usage();
    program.stop().await;
    let tallies = receivers.tallies()?;
    let n = u32::try_from(wanted)?;
    let stats = store.read().await?.queue_stats().await?;
    store.close().await;
    let taken: usize = kinds
        .iter()
        .zip(&tallies)
        .filter(|(kind, _)| kind.temper.is_living())
        .map(|(_, tally)| tally.requests)
        .sum();
    ensure!(
        tallies.first().is_some_and(|it| it.requests == wanted),
        "something came twice: {tallies:?}"
    );
    ensure!(
        usize::try_from(stats.delivered)? == taken,
        "{} are settled, {taken} were taken",
        stats.delivered
    );
    let Some(rate) = rate else {
        println!("  every inbox got it once");
        return Ok(fast.took);
    };
    print(&fast, n, rate);
    println!(
        "  enqueued in {} ms; the sender: {} us of processor each, memory {} MiB, at most {} MiB",
        millis(enqueued),
        (after.cpu.saturating_sub(before.cpu) / n).as_micros(),
        before.memory / 1024,
        after.peak / 1024,
    );
    println!("  a page before: {quiet}; meanwhile: {busy}");
    Ok(fast.took)
}

fn print(fast: &Tally, n: u32, rate: f64) {
    let deliveries = f64::from(n) / fast.took.as_secs_f64();
    println!(
        "  {n} deliveries in {:.2} s: {deliveries:.0}/s, {:.0} % of the signatures",
        fast.took.as_secs_f64(),
        100.0 * deliveries / rate,
    );
}
