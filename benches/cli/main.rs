//! `cargo bench --bench cli`: how long commands take beside a hundred thousand endorsements.
//!
//! The real program runs each list command with its default limit, `status` and `check`, each in a process of its own, on a
//! filled database: endorsements in every state, hosts, followers, comments, reports, blocks, rules, quotes, signatories,
//! audit, inbox log and deliveries. No server runs beside it. At the end of the table stands what a process takes that reads
//! no database.
//!
//! `--quick` is a small run for a gate: it checks the answers and judges no time. `--help` tells the rest.

#![expect(clippy::print_stdout, reason = "a benchmark says what it measured")]

#[path = "../harness/mod.rs"]
#[expect(dead_code, reason = "other benchmarks use the rest")]
mod harness;
#[path = "../../tests/support/mod.rs"]
mod support;

mod fill;

use std::time::{Duration, Instant};

use anyhow::ensure;
use clap::Parser;
use undersigned::{
    clock::{Clock as _, SystemClock},
    store::{Access, Store},
};

use self::{
    harness::{Common, millis, percentile},
    support::program::Program,
};

/// What a list may take.
const LIST_AIM: Duration = Duration::from_millis(300);
/// What `check` may take.
const CHECK_AIM: Duration = Duration::from_secs(3);

/// Measures how long commands take.
#[derive(Clone, Copy, Debug, Parser)]
struct Options {
    /// Endorsements that are there
    #[arg(long, default_value_t = 100_000)]
    endorsements: i64,

    /// How often each command is run
    #[arg(long, default_value_t = 5)]
    samples: usize,

    #[command(flatten)]
    common: Common,
}

/// The commands, and whether there has to be an answer.
const COMMANDS: &[(&str, bool)] = &[
    ("status", true),
    ("endorsement list", true),
    ("endorsement list --state listed", true),
    ("endorsement list --state counted", true),
    ("endorsement list --state pending", true),
    ("endorsement list --state hidden", true),
    ("endorsement list --state rejected", false),
    ("endorsement list --state comment", true),
    (
        "endorsement list --state comment --host crowd7.example",
        false,
    ),
    ("endorsement list --kind reply", true),
    ("endorsement list --kind like", true),
    ("endorsement list --kind quote", false),
    ("endorsement list --host crowd7.example", true),
    ("endorsement list --host crowd7*", true),
    ("endorsement list --waits-for unsure", true),
    ("endorsement list --waits-for surge", false),
    ("endorsement list --frozen", false),
    ("endorsement list --after 1h", true),
    ("endorsement list --before 1m", true),
    ("endorsement list --name ada", true),
    ("endorsement list --name zzz", false),
    ("endorsement list --search p", true),
    ("endorsement list --search wing", true),
    ("endorsement list --search zzz", false),
    (
        "endorsement list --state pending --kind reply --search grace",
        true,
    ),
    ("report list", true),
    ("block list", true),
    ("block export", true),
    ("host list", true),
    ("rule list", true),
    ("quote list", true),
    ("signatory list", true),
    ("follower list", true),
    ("follower count", true),
    ("audit list", true),
    ("audit list --by mona", true),
    ("audit list --action endorsement.*", true),
    ("audit list --since 1h", true),
    ("audit list --target nobody", false),
    ("inbox log", true),
    ("inbox log --host crowd7.example", true),
    ("queue list", true),
    ("queue list --host crowd7.example", false),
    ("queue stats", true),
    ("post list", false),
    ("letter versions", true),
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut options = Options::parse();
    if options.common.quick {
        (options.endorsements, options.samples) = (1000, 1);
    }
    let database = options.common.database().await?;
    // The first start makes tables, keys and the letter.
    let mut program = Program::start(&database.url, include_str!("../inbox.toml")).await;
    program.stop().await;
    let begun = Instant::now();
    let store = Store::open(&database.url, 2, Access::Existing).await?;
    fill::fill(&store, options.endorsements, SystemClock.now()).await?;
    store.close().await;
    println!(
        "{} endorsements; made in {:.1} s",
        options.endorsements,
        begun.elapsed().as_secs_f64()
    );
    println!(
        "  {:<62} {:>9} {:>9} {:>9}",
        "ms", "half", "slowest", "lines"
    );
    for (command, answers) in COMMANDS {
        measure(&program, command, *answers, LIST_AIM, options)?;
    }
    measure(&program, "check", true, CHECK_AIM, options)?;
    measure(&program, "config check", false, LIST_AIM, options)
}

/// Runs a command several times, and prints how long it took.
fn measure(
    program: &Program,
    command: &str,
    answers: bool,
    aim: Duration,
    options: Options,
) -> anyhow::Result<()> {
    let arguments: Vec<&str> = command.split(' ').collect();
    let (mut times, mut lines) = (Vec::new(), 0);
    for _ in 0..options.samples {
        let begun = Instant::now();
        let printed = program.command(&arguments);
        times.push(begun.elapsed());
        ensure!(
            printed.code == 0,
            "`{command}` ended with {}: {}{}",
            printed.code,
            printed.stdout,
            printed.stderr
        );
        lines = printed.stdout.lines().count();
        ensure!(!answers || lines > 0, "`{command}` found nothing");
    }
    times.sort_unstable();
    let half = percentile(&times, 50);
    let over = if half > aim { "  over the aim" } else { "" };
    println!(
        "  {command:<62} {:>9} {:>9} {lines:>9}{over}",
        millis(half),
        millis(percentile(&times, 100))
    );
    Ok(())
}
