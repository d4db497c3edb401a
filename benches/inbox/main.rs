//! `cargo bench --bench inbox`: how many changes a second the inbox takes, from known actors over loopback.
//!
//! The server is the real program in a process of its own, with the settings of `benches/inbox.toml`. Its
//! database is seeded through the store; requests are signed beforehand. Every actor likes once, then takes
//! it back. At the end the public counts have to be right and `undersigned check` content.
//!
//! `--quick` is a small run for a gate: it checks the counts and judges no time. `--help` tells the rest.

#![expect(clippy::print_stdout, reason = "a benchmark says what it measured")]

#[expect(dead_code, reason = "shared with tests, which use all of it")]
#[path = "../../tests/support/database.rs"]
mod database;

mod load;
mod options;
mod people;
mod requests;
mod rsa;
mod server;

use std::{path::Path, time::Duration};

use anyhow::{Context as _, ensure};

use self::{
    load::Outcome,
    options::Options,
    server::{Program, Serving},
};

/// On the disk of the checkout: a folder in memory would make every fsync free.
const FOLDER: &str = env!("CARGO_TARGET_TMPDIR");

/// The rates that the project aims at are those of one thread: the generator leaves the rest to the server.
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let options = Options::read();
    let folder = tempfile::tempdir_in(FOLDER)?;
    if let Some(url) = &options.database {
        return measure(&options, url.clone()).await;
    }
    if options.postgres {
        let (_guard, url) = database::postgres().await.context("no PostgreSQL")?;
        return measure(&options, url).await;
    }
    let file = folder.path().join("register.db");
    measure(&options, format!("sqlite://{}", file.display())).await
}

async fn measure(options: &Options, database: String) -> anyhow::Result<()> {
    let program = Program::new(database, "inbox.toml")?;
    let people = people::people(options.actors, &Path::new(FOLDER).join("inbox-keys"))?;
    // The first start makes tables, keys and the letter.
    program.serve().await?.stop().await?;
    let store = program.store().await?;
    people::seed(&store, &people, options.endorsements).await?;
    store.close().await;
    let pairs = requests::signed(&people, &program.origin)?;
    let (likes, undos): (Vec<_>, Vec<_>) = pairs.into_iter().map(|it| (it.like, it.undo)).unzip();
    println!(
        "{} actors, {} endorsements before, {} connections",
        options.actors, options.endorsements, options.connections
    );

    let before = u64::try_from(options.endorsements)?;
    let all = before + u64::try_from(options.actors)?;
    let server = program.serve().await?;
    ensure!(program.likes().await? == before, "the seeding went wrong");
    let liking = one_phase("likes", &program, &server, likes, options).await?;
    ensure!(program.likes().await? == all, "not every like counts");
    let undoing = one_phase("undos", &program, &server, undos, options).await?;
    ensure!(program.likes().await? == before, "not every undo counts");
    server.stop().await?;
    program.check()?;
    println!("the counts are right, and `check` finds nothing wrong");
    if !options.quick {
        rsa::compare(&people, liking.rate().midpoint(undoing.rate()))?;
    }
    Ok(())
}

/// Sends one kind of request from everybody, and says how it went.
async fn one_phase(
    name: &str,
    program: &Program,
    server: &Serving,
    requests: Vec<Vec<u8>>,
    options: &Options,
) -> anyhow::Result<Outcome> {
    let before = server.usage()?;
    let outcome = load::send(program.address, requests, options.connections).await?;
    let after = server.usage()?;
    let n = u32::try_from(options.actors)?;
    println!(
        "{name}: {:.0}/s in {:.1} s; latency p50 {} p99 {} max {} ms; statuses {:?}",
        outcome.rate(),
        outcome.took.as_secs_f64(),
        millis(outcome.percentile(50)),
        millis(outcome.percentile(99)),
        millis(outcome.percentile(100)),
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

fn millis(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1000.0)
}
