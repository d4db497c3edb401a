//! `cargo bench --bench fanout`: how fast one publication reaches 5,000 inboxes on 500 hosts.
//!
//! The sender is the real program in a process of its own, with the settings of `benches/fanout.toml`; the servers
//! that receive are this program started again (`receivers`). Each scene has a fresh database, seeded through the
//! store, so every host is met for the first time. All inboxes that take anything must have got it once at the end.
//!
//! `--quick` is a small run for a gate: it checks the counts and judges no time. `--help` tells the rest.

#![expect(clippy::print_stdout, reason = "a benchmark says what it measured")]

#[expect(dead_code, reason = "shared with tests, which use all of it")]
#[path = "../../tests/support/database.rs"]
mod database;
#[expect(dead_code, reason = "shared with another benchmark")]
#[path = "../inbox/server.rs"]
mod server;
#[expect(dead_code, reason = "shared with tests, which use all of it")]
#[path = "../../tests/support/wire.rs"]
mod wire;

mod letter;
mod options;
mod pages;
mod receivers;
mod rsa;

use std::time::{Duration, Instant};

use self::{
    options::Options,
    receivers::{Kind, Receivers, Tally, Way},
    server::Program,
};
use anyhow::{Context as _, ensure};
use undersigned::clock::{Clock as _, SystemClock};

/// On the disk of the checkout: a folder in memory would make every fsync free.
const FOLDER: &str = env!("CARGO_TARGET_TMPDIR");

/// How long a scene may take.
const DEADLINE: Duration = Duration::from_mins(5);

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    if receivers::are_we().await? {
        return Ok(());
    }
    let options = Options::read();
    let rate = if options.quick {
        None
    } else {
        let rate = rsa::signatures()?;
        println!("RSA-2048 alone, on all cores: {rate:.0} signatures/s");
        Some(rate)
    };
    let few = options.hosts.div_ceil(18);
    let others = |way| Kind { way, hosts: few };
    let takes = |millis| Kind {
        way: Way::Takes(millis),
        hosts: options.hosts,
    };
    let mut scenes = vec![(
        "at once; others fail or are dead",
        vec![takes(0), others(Way::Fails), others(Way::Dead)],
    )];
    if !options.quick {
        scenes.extend([
            ("at once; nobody else", vec![takes(0)]),
            (
                "at once; others think for 500 ms or never answer",
                vec![takes(0), others(Way::Takes(500)), others(Way::Hangs)],
            ),
            (
                "after 50 ms; others fail or are dead",
                vec![takes(50), others(Way::Fails), others(Way::Dead)],
            ),
            (
                "after 500 ms; others fail or are dead",
                vec![takes(500), others(Way::Fails), others(Way::Dead)],
            ),
        ]);
    }
    for (name, kinds) in scenes {
        println!("{} hosts answer {name}:", options.hosts);
        measure(&options, &kinds, rate).await?;
    }
    Ok(())
}

async fn measure(options: &Options, kinds: &[Kind], rate: Option<f64>) -> anyhow::Result<()> {
    if options.postgres {
        let (_guard, url) = database::postgres().await.context("no PostgreSQL")?;
        return one_scene(options, kinds, rate, url).await;
    }
    let folder = tempfile::tempdir_in(FOLDER)?;
    let file = folder.path().join("register.db");
    one_scene(options, kinds, rate, format!("sqlite://{}", file.display())).await
}

/// One publication, from its transaction to the last inbox that takes it.
async fn one_scene(
    options: &Options,
    kinds: &[Kind],
    rate: Option<f64>,
    database: String,
) -> anyhow::Result<()> {
    let program = Program::new(database, "fanout.toml")?;
    // The first start makes tables, keys and the letter.
    program.serve().await?.stop().await?;
    let store = program.store().await?;
    let mut receivers = Receivers::start(kinds)?;
    letter::follow(&store, &receivers.authorities.concat(), options.inboxes).await?;
    let server = program.serve().await?;
    let (browser, page) = (pages::browser()?, &program.origin);
    let quiet = pages::look(&browser, page, Duration::from_millis(500)).await?;

    let enqueued = letter::edit(&store, &program.origin).await?;
    let wanted = options.hosts * options.inboxes;
    let before = server.usage()?;
    let begun = Instant::now();
    let mut busy = pages::DereferenceJobs::default();
    let fast = loop {
        // Pages are looked at all the while: a fan-out must not be felt by whoever reads.
        busy.add(pages::look(&browser, page, Duration::from_millis(100)).await?);
        let tally = receivers.tallies()?.first().copied().unwrap_or_default();
        if tally.requests >= wanted {
            break tally;
        }
        ensure!(
            begun.elapsed() < DEADLINE,
            "not everything arrives: {tally:?}"
        );
    };
    let after = server.usage()?;
    server.stop().await?;
    let tallies = receivers.tallies()?;
    let n = u32::try_from(wanted)?;
    let stats = store.read().await?.queue_stats(SystemClock.now()).await?;
    store.close().await;
    let taken: usize = kinds
        .iter()
        .zip(&tallies)
        .filter(|(kind, _)| matches!(kind.way, Way::Takes(_)))
        .map(|it| it.1.requests)
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
        return Ok(());
    };
    print(&fast, n, rate);
    println!(
        "  enqueued in {:.0} ms; the sender: {} us of processor each, memory {} MiB, at most {} MiB",
        millis(enqueued),
        (after.cpu.saturating_sub(before.cpu) / n).as_micros(),
        before.memory / 1024,
        after.peak / 1024,
    );
    println!("  a page before: {quiet}; meanwhile: {busy}");
    Ok(())
}

fn print(fast: &Tally, n: u32, rate: f64) {
    let deliveries = f64::from(n) / fast.took.as_secs_f64();
    println!(
        "  {n} deliveries in {:.2} s: {deliveries:.0}/s, {:.0} % of the signatures",
        fast.took.as_secs_f64(),
        100.0 * deliveries / rate,
    );
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
