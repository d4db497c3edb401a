//! `cargo bench --bench inbox`: how many changes a second the inbox takes, from known actors over loopback.
//!
//! The server is the real program in a process of its own, with the settings of `benches/inbox.toml`. Its
//! database is seeded (`harness::seed`); requests are signed beforehand. Every actor likes once, then takes
//! it back. At the end the public counts have to be right and `undersigned check` content.
//!
//! `--strangers` measures people whose keys have to be fetched instead ([`strangers`]), and `--tls` likes, undos and replies
//! of few people through nginx ([`tls`]).
//!
//! `--quick` is a small run for a gate: it checks the counts and judges no time. `--help` tells the rest.

#![expect(clippy::print_stdout, reason = "a benchmark says what it measured")]

#[path = "../harness/mod.rs"]
#[expect(dead_code, reason = "other benchmarks use the rest")]
mod harness;
#[path = "../../tests/support/mod.rs"]
mod support;

mod load;
mod people;
mod requests;
mod strangers;
mod tls;

use std::path::Path;

use self::{
    harness::{Common, FOLDER, millis, percentile, rsa, seed::n_likes},
    load::Outcome,
    support::program::Program,
};
use anyhow::{Context as _, ensure};
use clap::Parser;
use undersigned::store::{Access, Store};

/// Signatures that each thread checks for the comparison.
const CHECKS: u32 = 50_000;

/// Measures how many likes and undos of known actors the inbox takes each second.
#[derive(Clone, Debug, Parser)]
struct Options {
    /// Known actors; each likes once, then takes it back
    #[arg(long, default_value_t = 80_000)]
    actors: usize,

    /// Endorsements of other actors that are there before
    #[arg(long, default_value_t = 1000)]
    endorsements: i64,

    /// Connections, each with one request under way
    #[arg(long, default_value_t = 64)]
    connections: usize,

    /// An empty database by its URL, in place of a SQLite file of its own
    #[arg(long, value_name = "URL", conflicts_with = "postgres")]
    database: Option<String>,

    /// Measure people whom nobody knows, and forgers, instead: with the default `[limits]`
    #[arg(long)]
    strangers: bool,

    /// Measure likes, undos and replies of 50 known people through nginx with TLS instead; needs nginx
    #[arg(long, conflicts_with = "strangers")]
    tls: bool,

    #[command(flatten)]
    common: Common,
}

/// The rates that the project aims at are those of one thread: the generator leaves the rest to the server.
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut options = Options::parse();
    if options.common.quick {
        options.actors = 2000;
    }
    let own = match options.database {
        Some(_) => None,
        None => Some(options.common.database().await?),
    };
    let given = options.database.as_deref();
    let url = own.as_ref().map_or(given, |database| Some(&database.url));
    let url = url.context("no database")?;
    if options.strangers {
        return strangers::measure(url, options.common.quick).await;
    }
    if options.tls {
        return tls::measure(&options, url).await;
    }
    measure(&options, url).await
}

async fn measure(options: &Options, database: &str) -> anyhow::Result<()> {
    // The first start makes tables, keys and the letter.
    let mut program = Program::start(database, include_str!("../inbox.toml")).await;
    program.stop().await;
    let keys = Path::new(FOLDER).join("inbox-keys");
    let people = people::people(options.actors, &program.origin, &keys)?;
    let store = Store::open(database, 2, Access::Existing).await?;
    people::seed(&store, &people, options.endorsements).await?;
    store.close().await;
    let pairs = requests::signed(&people)?;
    let (likes, undos): (Vec<_>, Vec<_>) =
        pairs.into_iter().map(|pair| (pair.like, pair.undo)).unzip();
    println!(
        "{} actors, {} endorsements before, {} connections",
        options.actors, options.endorsements, options.connections
    );

    let before = u64::try_from(n_likes(options.endorsements))?;
    let all = before + u64::try_from(options.actors)?;
    program.serve().await;
    ensure!(liked(&program).await? == before, "the seeding went wrong");
    let liking = one_phase("likes", &program, likes, options).await?;
    ensure!(liked(&program).await? == all, "not every like counts");
    let undoing = one_phase("undos", &program, undos, options).await?;
    ensure!(liked(&program).await? == before, "not every undo counts");
    program.stop().await;
    let checked = program.command(&["--quiet", "check"]);
    ensure!(checked.code == 0, "{}{}", checked.stdout, checked.stderr);
    println!("the counts are right, and `check` finds nothing wrong");
    if !options.common.quick {
        let rate = liking.rate().midpoint(undoing.rate());
        for threads in [1, 2] {
            let checks = rsa::checks(threads, CHECKS)?;
            println!(
                "RSA-2048 alone, {threads} threads: {checks:.0} checks/s; the inbox took {:.0} % of that",
                100.0 * rate / checks
            );
        }
    }
    Ok(())
}

/// How many like the letter, as everybody can read it.
async fn liked(program: &Program) -> anyhow::Result<u64> {
    let count = program.count().await;
    let liked = count.get("liked").and_then(serde_json::Value::as_u64);
    liked.context("count.json has no number of likes")
}

/// Sends one kind of request from everybody, and says how it went.
async fn one_phase(
    name: &str,
    program: &Program,
    requests: Vec<Vec<u8>>,
    options: &Options,
) -> anyhow::Result<Outcome> {
    let before = program.usage();
    let outcome = load::send(program.address(), requests, options.connections).await?;
    let after = program.usage();
    let n = u32::try_from(options.actors)?;
    let [half, most, all] = [50, 99, 100].map(|it| millis(percentile(&outcome.latencies, it)));
    println!(
        "{name}: {:.0}/s in {:.1} s; latency p50 {half} p99 {most} max {all} ms; statuses {:?}",
        outcome.rate(),
        outcome.took.as_secs_f64(),
        outcome.statuses,
    );
    println!(
        "  the server: {} us of processor each; memory {} MiB, at most {} MiB",
        (after.cpu.saturating_sub(before.cpu) / n).as_micros(),
        after.memory / 1024,
        after.peak / 1024,
    );
    let taken = outcome.statuses.get(&202).copied().unwrap_or_default();
    ensure!(taken == options.actors, "not everything was taken");
    Ok(outcome)
}
